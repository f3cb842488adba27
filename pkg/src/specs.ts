// What a trained network is described by, and what is told of it.

/** A layer of a trained network. */
export type LayerSpec =
  | DenseSpec
  | Conv2dSpec
  | BatchNormSpec
  | PoolSpec
  | (Placed & ActivationSpec & { type: "activation" })
  | (Placed & { type: "globalAvgPool2d" | "flatten" | "identity" | "dropout" })
  | (Placed & { type: "add" | "concat"; inputs: readonly string[] });

/** What every layer may have. */
export interface Placed {
  /** A name that no other layer has; by default the type and the place, such as `dense0`. */
  name?: string | undefined;
  /** The names of the layers that it reads, or `input`; by default the layer before it. */
  inputs?: readonly string[] | undefined;
}

/** What a layer does to its sums. */
export interface ActivationSpec {
  /** Where spikes leave there must be a `relu`; the last layer may be `linear`. `relu6` has a `maximum` of 6. */
  activation: "relu" | "relu6" | "linear";
  /** The largest value that a `relu` lets through. */
  maximum?: number | undefined;
}

/** One number for both axes, or `[y, x]`. */
export type Pair = number | readonly [number, number];

/** One number for all sides, `[y, x]`, or `[top, left, bottom, right]`. */
export type Padding = Pair | readonly [number, number, number, number];

/** A fully connected layer. An image that comes in is flattened channel-first. */
export interface DenseSpec extends Placed, ActivationSpec {
  type: "dense";
  /** `[outputs, inputs]`, flat, the order of PyTorch. */
  weights: Float32Array;
  /** `[outputs]`. */
  bias?: Float32Array | null | undefined;
}

/** A convolution over `[channels, height, width]`; with as many groups as channels it is depthwise. */
export interface Conv2dSpec extends Placed, ActivationSpec {
  type: "conv2d";
  outChannels: number;
  kernel: Pair;
  /** 1 where nothing is said. */
  stride?: Pair | undefined;
  /** Zeros around the image; 0 where nothing is said. */
  padding?: Padding | undefined;
  /** 1 where nothing is said. */
  dilation?: Pair | undefined;
  /** 1 where nothing is said. */
  groups?: number | undefined;
  /** `[outChannels, inChannels / groups, kernel height, kernel width]`, flat, the order of PyTorch. */
  weights: Float32Array;
  /** `[outChannels]`. */
  bias?: Float32Array | null | undefined;
}

/** `(x - mean) / sqrt(variance + epsilon) * scale + offset`, one value per channel; folded into its neighbours. */
export interface BatchNormSpec extends Placed, Partial<ActivationSpec> {
  type: "batchNorm";
  scale: Float32Array;
  offset: Float32Array;
  mean: Float32Array;
  variance: Float32Array;
  epsilon: number;
}

/** The mean (padding counts as zeros) or the maximum over a window. */
export interface PoolSpec extends Placed {
  type: "avgPool2d" | "maxPool2d";
  kernel: Pair;
  /** The kernel where nothing is said. */
  stride?: Pair | undefined;
  /** 0 where nothing is said. */
  padding?: Padding | undefined;
}

/** A trained network. */
export interface NetworkSpec {
  name?: string | undefined;
  /** `[inputs]` or `[channels, height, width]`. */
  inputShape: readonly number[];
  layers: readonly LayerSpec[];
}

/** A layer of a trained network, as it was read and simplified. */
export interface TrainedLayer {
  name: string;
  type: string;
  shape: number[];
}

/** What happened on the way from a model to a network. */
export interface ImportReport {
  /** Layers that change nothing after training, or not the decision, and were left out: name and operator. */
  dropped: string[];
  /** What was rewritten; the outputs were compared after each step. */
  rewrites: {
    step: string;
    layers: string[];
    /** Of an output over pseudo-random inputs, relative to the largest output. */
    largestDifference: number;
  }[];
  /** What else there is to know, such as the order in which the input is expected. */
  notes: string[];
}
