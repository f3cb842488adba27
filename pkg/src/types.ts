import type { Ann } from "./ann.js";

export type * from "./specs.js";

/**
 * What thresholds follow from without an adjustment: a percentile of a layer's activations (Rueckauer et al. 2017), of
 * each `channel`'s, their maximum or the `weights` alone (Diehl et al. 2015), the threshold of least squares `mse` (Li et
 * al. 2021), local threshold balancing `balanced` (Bu et al. 2025), or 1 (`none`).
 */
export type Base = "percentile" | "none" | "max" | "channel" | "weights" | "mse" | "balanced";

/**
 * How thresholds are adjusted. `none`: not at all; with the base `percentile` that is the plain conversion. In the noise forms a
 * threshold is so many standard deviations of the neuron's noise (`strength`), which are told by the L4 norm of its weights
 * (`l4`), or for comparison by their L2 or L1 norm (`l2`, `l1`), by one value for the whole layer (`uniform`) or neuron by neuron
 * from the calibration inputs (`exact`). `l4-relative` keeps the layer's base threshold on the mean, and shares it out by L4 norms.
 */
export type Adjustment = "none" | "l4" | "l4-relative" | "l2" | "l1" | "uniform" | "exact";

/** How to convert; {@link convertDefaults} has what is not said. */
export interface ConvertOptions {
  /** Training inputs, `[n, inputs]`, flat, intensities from 0 to 1. About 100 suffice; never test images. */
  calibration: Float32Array;
  /**
   * Used by the adjustments `none` and `l4-relative`; the others set thresholds from the noise. `channel`, `mse` and `balanced`
   * give every channel or neuron a threshold of its own, which `l4-relative` cannot share out.
   *
   * @defaultValue `"percentile"`
   */
  base?: Base | undefined;
  /**
   * For the bases `percentile` and `channel`, over all activations, zeros included; above 0 and up to 100.
   *
   * @defaultValue `99.9`
   */
  percentile?: number | undefined;
  /** @defaultValue `"l4"` */
  adjustment?: Adjustment | undefined;
  /**
   * Thresholds in standard deviations of the noise; above 0 and up to 100. `null`: 0.8 with a margin;
   * without one 0.9, and 0.6 for signed neurons; above a floor what makes noise fire a neuron no more often than without,
   * such as 1.25 in place of 0.8 with a floor at 0, and 1.33 in place of 0.9.
   *
   * @defaultValue `null`
   */
  strength?: number | null | undefined;
  /**
   * What neurons need at first beyond their threshold to fire, in thresholds, so that noise fires them less often while
   * little has come in; it falls to nothing in equal parts per step over `steps` steps. From 0 to 10. `null`: 1, or
   * `50 / steps` where that is less, and twice the initial potential on top, in the noise forms where neurons are reset by
   * their threshold; 0 elsewhere.
   *
   * @defaultValue `null`
   */
  margin?: number | null | undefined;
  /**
   * The percentile of a neuron's or channel's own activations that its threshold reaches at least, in the noise forms: a
   * neuron fires at most once a step, so that what exceeds its threshold is cut off. Above 0 and up to 100, or `null` for no
   * such bound. All outputs share theirs, as do the neurons of a layer with `uniform`.
   *
   * @defaultValue `99`
   */
  headroom?: number | null | undefined;
  /**
   * The steps that the network is made for, and then runs for where nothing else is said; from 1 to 1,000,000.
   *
   * @defaultValue `100`
   */
  steps?: number | undefined;
  /**
   * Spike probability per step of an input of intensity 1; from 0.000001 to 1. Networks that are compared or evaluated together
   * share it, as they do `coding`: they read the same spikes.
   *
   * @defaultValue `0.25`
   */
  inputRate?: number | undefined;
  /**
   * Subtract the threshold from the potential of a neuron that fires, or set it to zero.
   *
   * @defaultValue `"subtract"`
   */
  reset?: "subtract" | "zero" | undefined;
  /**
   * The lowest potential, in thresholds, from -1,000 to 0; `null` for none.
   *
   * @defaultValue `null`
   */
  floor?: number | null | undefined;
  /**
   * The potential before the first step, in thresholds; from 0 up to but not including 1. `null`: 0, and in the noise forms
   * with a margin, where `reset` is `subtract`, what lifts it half a threshold above the floor, such as 0.5 with a floor at 0, so that a neuron remembers
   * what speaks against it at first.
   *
   * @defaultValue `null`
   */
  initialPotential?: number | null | undefined;
  /**
   * Class scores are spike counts times thresholds, or the potentials of outputs that do not fire.
   *
   * @defaultValue `"count"`
   */
  readout?: "count" | "potential" | undefined;
  /**
   * Whether a neuron takes a spike back, as a negative one, when its potential falls to minus its threshold and it has
   * spikes to take back (Wang et al. 2022). Not where a max pool reads it, nor with a `floor` above -1, where no potential
   * falls that far; NIR files cannot express it.
   *
   * @defaultValue `false`
   */
  signed?: boolean | undefined;
  /**
   * Whether intensities come as spikes, or as constant currents without noise; the latter has no noise to adjust to.
   *
   * @defaultValue `"poisson"`
   */
  coding?: "poisson" | "constant" | undefined;
  /**
   * What the noise forms take for the noise of a neuron: that of Poisson spikes on its synapses; the same at the input and
   * behind hidden layers that of their own spikes, `measured` where gains are corrected, which it needs; that of at most
   * one spike a step, as coin flips give them, which is less where rates are high; or that of the input spikes alone,
   * carried through the trained network (for `signed` neurons). `null`: measured where gains are corrected, else Poisson.
   *
   * @defaultValue `null`
   */
  noise?: "poisson" | "measured" | "bernoulli" | "propagated" | null | undefined;
  /**
   * What stands for the noise of all the neurons of a channel of a convolution, which share a threshold: that of the
   * positions where the noise is, found on up to 30 calibration inputs, or the RMS over all positions. Not with
   * propagated noise.
   *
   * @defaultValue `"local"`
   */
  channelNoise?: "local" | "mean" | undefined;
  /**
   * What the noise of a channel counts for at most, per square root of a step, in multiples of its largest activation: a
   * channel that noise would keep silent whatever it has to say is lost at every position. Above 0 and up to 1,000, or
   * `null` for no such limit.
   *
   * @defaultValue `1.4`
   */
  noiseLimit?: number | null | undefined;
  /**
   * Added to every potential in the course of `steps` steps, in thresholds; from 0 to 1. 0.5: Deng and Gu 2021. Bias
   * correction comes after it, and takes most of what it has added off again.
   *
   * @defaultValue `0`
   */
  biasShift?: number | undefined;
  /**
   * Whether the biases of hidden layers make up for the mean difference between trained and spiking activations over
   * 100 calibration inputs, simulated for `steps` steps (Li et al. 2021); `null`: with the noise forms only. The network
   * then no longer computes quite the trained function, on purpose.
   *
   * @defaultValue `null`
   */
  biasCorrection?: boolean | null | undefined;
  /**
   * Whether the spikes of hidden neurons and channels stand for what they say of the activation, by least squares over the
   * same inputs, in place of one threshold: the weights that read them are multiplied by it. Needs bias correction;
   * `null`: with the noise forms, where biases are corrected.
   *
   * @defaultValue `null`
   */
  gainCorrection?: boolean | null | undefined;
  /**
   * What weights and potentials are kept as: 32-bit floating-point numbers, or 16-bit fixed-point numbers in steps of
   * 1/1024 of a threshold, which are faster and take half the memory. Sums then stay within 32 thresholds either way, and
   * a network with larger weights is refused.
   *
   * @defaultValue `"f32"`
   */
  precision?: "f32" | "fixed" | undefined;
  /**
   * The name in frames and results; `plain` without adjustment, else that of the adjustment. Of those with one name all but
   * the first get a number there, and in an evaluation one named `inputLimit` as well.
   */
  name?: string | undefined;
}

/** How to read a model file. */
export interface ReadModelOptions {
  /** By default it is recognised by the first bytes. */
  format?: "onnx" | "safetensors" | undefined;
  /**
   * The description of the layers of a safetensors file, where it stands beside the file and not in its metadata:
   * `{ version: 1, inputShape, layers }` with the names of tensors.
   */
  description?: object | undefined;
}

/** The bytes of a file. With TypeScript 5.7 and later a `BlobPart` and a `BodyInit`, as a plain `Uint8Array` is not. */
export type FileBytes = ReturnType<Uint8Array["slice"]>;

/** How to read a saved spiking network. */
export interface ReadSnnOptions {
  /**
   * The trained network that it was converted from; an evaluation needs it. One with other layers is refused, and so is one with
   * other weights, by their L4 norms, neuron by neuron.
   */
  ann?: Ann | undefined;
  /** The name in frames and results; by default the one that it was saved with. */
  name?: string | undefined;
}

/** What a conversion chose for one layer. */
export interface LayerReport {
  name: string;
  shape: number[];
  /** False for the outputs of a potential read-out, whose threshold, 1 or the cap where there is a lower one, is a unit only. */
  fires: boolean;
  /** The threshold of every neuron, in ANN units. */
  thresholds: Float32Array;
  /** The L4 norm of every neuron's trained weights. */
  l4: Float32Array;
  /**
   * The predicted standard deviation of every neuron's noise after all steps, in ANN units, by the model of `noise`; that
   * of Poisson spikes with an adjustment of `none` or `l4-relative` where it would be propagated. A source that reaches
   * a neuron on several paths (overlapping pools, summed branches) counts as several.
   */
  sigma: Float32Array;
  /** The same, predicted from the L4 norm and one constant per layer. */
  sigmaL4: Float32Array;
  /**
   * How much larger than `sigma` the noise of a channel is where its spikes are, which the threshold of a noise form follows; 1
   * where every neuron has weights of its own, with `channelNoise: "mean"` and with propagated noise.
   */
  concentration: number;
  /** What a spike of every neuron stands for in the layers that read it, in thresholds: 1 where gains are not corrected. */
  gains: Float32Array;
  /**
   * A neuron fires in step `t` (from 0) where its potential reaches `1 + size * max(0, 1 - (t + 1) / steps)` thresholds,
   * and is reset by one threshold; `size` 0 where there is no margin.
   */
  margin: { size: number; steps: number };
  /** The potential of every neuron before the first step, in thresholds. */
  initialPotential: number;
}

/** The trained weights of one neuron on one connection. */
export interface Afferent {
  /** The layer that it reads; 0 is the input. */
  source: number;
  /** That of what is read (dense), `[channels, height, width]` of the kernel (convolution), or `[1]` (a shortcut). */
  shape: number[];
  /** Channel-first, in ANN units. */
  weights: Float32Array;
}

/** How to run. */
export interface RunOptions {
  /**
   * From 1 to 1,000,000; `null`: as many as the networks were converted for, the most where they differ.
   *
   * @defaultValue `null`
   */
  steps?: number | null | undefined;
  /** From 0 to 2^53 - 1; drawn where there is none, and in every result. */
  seed?: number | undefined;
  /** The stream of the seed, from 0 to 2^53 - 1; 0 where nothing is said. `evaluate` gives sample `i` stream `i`, so this replays it. */
  stream?: number | undefined;
  /**
   * What to record over time; the frames of `compare` have their spikes without it.
   *
   * @defaultValue `[]`
   */
  record?: readonly ("spikes" | "potentials")[] | undefined;
}

/** The spikes of one layer as two parallel arrays, in order of step, and of neuron within a step. */
export interface LayerSpikes {
  /** 0 is the input. */
  layer: number;
  /** From 0. */
  step: Uint32Array;
  neuron: Uint32Array;
  /** 1, or -1 for a spike that is taken back; only of signed neurons. */
  sign?: Int8Array | undefined;
}

/** Membrane potentials before firing, `[steps, neurons]`, in thresholds. */
export interface LayerPotentials {
  /** 1 is the first layer after the input. */
  layer: number;
  neurons: number;
  values: Float32Array;
}

/** What a network says and what it has cost so far. */
export interface NetworkState {
  /** The class with the highest score; ties go to the larger residual potential. */
  prediction: number;
  /** Spikes of every output neuron, less those taken back. */
  counts: Uint32Array;
  /** In ANN units, summed over the steps. */
  scores: Float32Array;
  /** Input first; empty unless recorded, but always there in the frames of `compare`. */
  spikes: LayerSpikes[];
  /** First layer after the input first; empty unless recorded. */
  potentials: LayerPotentials[];
  /** Input first. */
  spikesPerLayer: number[];
  /** Every spike times its fan-out, input spikes included; a constant current counts once per synapse. */
  synapticOperations: number;
}

/** What one run gave. */
export interface RunResult extends NetworkState {
  steps: number;
  seed: number;
}

/** How to compare. */
export interface CompareOptions extends RunOptions {
  /** Steps between two frames, a whole number from 1; 1 where nothing is said. */
  stepsPerFrame?: number | undefined;
  /** Stops the work. */
  signal?: AbortSignal | undefined;
}

/** What happened since the last frame (spikes, potentials), and what is known after it (everything else). */
export interface Frame {
  /** Steps done. */
  step: number;
  seed: number;
  /** The input spikes of this frame, which all networks read. */
  input: LayerSpikes;
  networks: (NetworkState & { name: string })[];
}

/** Labelled images. */
export interface DataSet {
  /** `[n, inputs]`, flat, intensities from 0 to 1. */
  images: Float32Array;
  /** Classes, one per image. */
  labels: ArrayLike<number>;
}

/** How to evaluate. */
export interface EvaluateOptions extends Omit<RunOptions, "record" | "stream"> {
  /** Stops the work after the slice at hand, of about 8 ms. */
  signal?: AbortSignal | undefined;
  /**
   * Called between slices of work. `soFar` gives the result over the images done, `undefined` before the first; call it
   * before returning.
   */
  onProgress?:
    | ((progress: { done: number; total: number }, soFar: () => EvaluateResult | undefined) => void)
    | undefined;
}

/** What an instance of the module has done and holds. */
export interface Usage {
  /** Steps simulated since it was loaded, those of every network and of conversions that correct biases counted. */
  steps: number;
  /** The memory of the module, in bytes; it grows and never shrinks. */
  memory: number;
}

/** A mean over images with its standard error: 0 where there is one image or all are alike, which says nothing of others. */
export interface Estimate {
  mean: number;
  standardError: number;
}

/**
 * The share of images classified correctly, from 0 to 1, with its standard error: 0 where there is one image or all are
 * right or wrong, which says nothing of others.
 */
export interface Accuracy {
  accuracy: number;
  standardError: number;
}

/** What one network did on a data set. */
export interface NetworkResult extends Accuracy {
  name: string;
  /** After each step. */
  accuracyByStep: number[];
  /** Spikes of all neurons after the input. */
  spikesPerImage: number;
  spikesStandardError: number;
  /** Every spike times its fan-out, input spikes included. */
  synapticOperationsPerImage: number;
  synapticOperationsStandardError: number;
  /** The class decided for every image. */
  predictions: Uint32Array;
}

/** A network less its baseline, image by image. */
export interface PairedDifference {
  network: string;
  /** Another network, or `inputLimit`. */
  baseline: string;
  accuracy: Estimate;
  /** `null` against the input limit. */
  spikesPerImage: Estimate | null;
  /** `null` against the input limit. */
  synapticOperationsPerImage: Estimate | null;
}

/** What an evaluation gave. */
export interface EvaluateResult {
  images: number;
  steps: number;
  seed: number;
  /** The trained network. */
  ann: Accuracy;
  /**
   * The trained network on the empirical rates of the input spikes: a mark to judge by, which thresholds that keep noise
   * out may pass when steps are few.
   */
  inputLimit: Accuracy;
  networks: NetworkResult[];
  inputSpikesPerImage: number;
  /** Every later network against the first, then every network against the input limit. */
  pairedDifferences: PairedDifference[];
}
