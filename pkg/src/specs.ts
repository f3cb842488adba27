// What a trained network is described by, and what is told of it.

/** A layer of a trained network. */
export type LayerSpec =
  | DenseSpec
  | Conv2dSpec
  | BatchNormSpec
  | AvgPoolSpec
  | MaxPoolSpec
  | (Placed & ActivationSpec & { type: "activation" })
  | (Placed & { type: "globalAvgPool2d" | "flatten" | "identity" | "dropout" })
  | (Placed & { type: "add" | "concat"; inputs: readonly string[] });

/** Fields that any layer may have. */
export interface Placed {
  /** A name that no other layer has. Defaults to the type and the position, such as `dense0`. */
  name?: string | undefined;
  /** The names of the layers that it reads, or `input` for the input of the network. Defaults to the previous layer. */
  inputs?: readonly string[] | undefined;
}

/** The activation that a layer applies to its sums. */
export interface ActivationSpec {
  /**
   * A layer that sends spikes needs a `relu`; the last layer may be `linear`. `relu6` is a `relu` with a `maximum` of
   * 6.
   */
  activation: "relu" | "relu6" | "linear";
  /** The upper limit of a `relu`. */
  maximum?: number | undefined;
}

/** One number for both axes, or `[y, x]`. */
export type Pair = number | readonly [number, number];

/** One number for all sides, `[y, x]`, or `[top, left, bottom, right]`. */
export type Padding = Pair | readonly [number, number, number, number];

/** A fully connected layer. Images are flattened channel-first. */
export interface DenseSpec extends Placed, ActivationSpec {
  type: "dense";
  /** `[outputs, inputs]`, flat, in the order of PyTorch. */
  weights: Float32Array;
  /** `[outputs]`. */
  bias?: Float32Array | null | undefined;
}

/** A convolution over `[channels, height, width]`; depthwise with as many groups as channels. */
export interface Conv2dSpec extends Placed, ActivationSpec {
  type: "conv2d";
  outChannels: number;
  kernel: Pair;
  /** 1 by default. */
  stride?: Pair | undefined;
  /** Zeros around the image; 0 by default. */
  padding?: Padding | undefined;
  /** 1 by default. */
  dilation?: Pair | undefined;
  /** 1 by default. */
  groups?: number | undefined;
  /** `[outChannels, inChannels / groups, kernel height, kernel width]`, flat, in the order of PyTorch. */
  weights: Float32Array;
  /** `[outChannels]`, or one for every value that it gives, `[outChannels, height, width]`. */
  bias?: Float32Array | null | undefined;
}

/**
 * Batch normalisation, `(x - mean) / sqrt(variance + epsilon) * scale + offset`, with one value per channel. It is
 * folded into neighbouring layers, or scales the sums or spikes that it reads.
 */
export interface BatchNormSpec extends Placed, Partial<ActivationSpec> {
  type: "batchNorm";
  scale: Float32Array;
  offset: Float32Array;
  mean: Float32Array;
  variance: Float32Array;
  epsilon: number;
}

interface Pool extends Placed {
  kernel: Pair;
  /** The kernel by default. */
  stride?: Pair | undefined;
  /** 0 by default. */
  padding?: Padding | undefined;
}

/** The mean over a window. */
export interface AvgPoolSpec extends Pool {
  type: "avgPool2d";
  /** Whether padding counts as zeros, as it does by default; the mean is of fewer values at the border otherwise. */
  countIncludePad?: boolean | undefined;
}

/** The maximum over a window. */
export interface MaxPoolSpec extends Pool {
  type: "maxPool2d";
}

/** A trained network. */
export interface NetworkSpec {
  name?: string | undefined;
  /** `[inputs]` or `[channels, height, width]`; any other number of sizes is a vector of as many inputs as their product. */
  inputShape: readonly number[];
  layers: readonly LayerSpec[];
}

/** A layer of a trained network after reading and simplification. */
export interface TrainedLayer {
  name: string;
  type: string;
  shape: number[];
}

/** What was changed between a model and the network read from it. */
export interface ImportReport {
  /**
   * Layers that were left out because they do nothing after training or do not affect the decision: name and operator.
   */
  dropped: string[];
  /** The rewriting steps. Outputs were compared after each step. */
  rewrites: {
    step: string;
    layers: string[];
    /** The largest difference in an output over pseudo-random inputs, relative to the largest output. */
    largestDifference: number;
  }[];
  /** Other remarks, such as the order in which the input is expected. */
  notes: string[];
}
