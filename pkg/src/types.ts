import type { Ann } from "./ann.js";

export type * from "./specs.js";

/**
 * How base thresholds are chosen, before any adjustment: from a `percentile` of a layer's activations (Rueckauer et al.
 * 2017) or of each `channel`'s, from their maximum (`max`) or from the `weights` alone (Diehl et al. 2015), as the
 * least-squares threshold `mse` (Li et al. 2021), by local threshold balancing (`balanced`, Bu et al. 2025), or as 1
 * (`none`).
 */
export type Base = "percentile" | "none" | "max" | "channel" | "weights" | "mse" | "balanced";

/**
 * How thresholds are adjusted. `none` uses the base thresholds as they are; with the base `percentile`, this is the
 * plain conversion. `l4-relative` keeps the mean of a layer's thresholds at the base and distributes it by L4 norms.
 *
 * The others are the noise forms. They set each threshold to `strength` standard deviations of the neuron's noise, and
 * differ in where the standard deviation comes from: the L4 norm of the neuron's weights (`l4`); for comparison, their
 * L2 or L1 norm (`l2`, `l1`); one value for the whole layer (`uniform`); or each neuron's own value, from the
 * calibration inputs (`exact`).
 */
export type Adjustment = "none" | "l4" | "l4-relative" | "l2" | "l1" | "uniform" | "exact";

/** Options of a conversion. {@link convertDefaults} has the default values. */
export interface ConvertOptions {
  /** Training inputs, `[n, inputs]`, flat, intensities from 0 to 1. About 100 are enough. Never use test images. */
  calibration: Float32Array;
  /**
   * Used by the adjustments `none` and `l4-relative`; the others set thresholds from the noise. `channel`, `mse` and
   * `balanced` give each channel or neuron its own threshold, so they cannot be combined with `l4-relative`.
   *
   * @defaultValue `"percentile"`
   */
  base?: Base | undefined;
  /**
   * The percentile for the bases `percentile` and `channel`, over all activations, including zeros. Above 0 and up to
   * 100.
   *
   * @defaultValue `99.9`
   */
  percentile?: number | undefined;
  /** @defaultValue `"l4"` */
  adjustment?: Adjustment | undefined;
  /**
   * The thresholds of the noise forms, in standard deviations of the noise. Above 0 and up to 100. `null` means 0.8
   * with a margin and 0.9 without (0.6 for signed neurons). Above a floor, the default is raised so that noise makes a
   * neuron fire about as often as without one: with a floor at 0, from 0.8 to 1.25 and from 0.9 to 1.33.
   *
   * @defaultValue `null`
   */
  strength?: number | null | undefined;
  /**
   * How far above its threshold a potential must initially be for the neuron to fire, in thresholds, so that noise
   * causes fewer spikes while little input has arrived. The margin falls linearly to 0 over `steps` steps. From 0 to
   * 10. `null` means the smaller of 1 and `50 / steps`, plus twice the initial potential, in the noise forms with
   * `reset: "subtract"`, and 0 elsewhere.
   *
   * @defaultValue `null`
   */
  margin?: number | null | undefined;
  /**
   * In the noise forms, a lower bound on the threshold: this percentile of the neuron's or channel's own activations. A
   * neuron fires at most once per step, so any activation above its threshold is cut off. Above 0 and up to 100, or
   * `null` for no such bound. All outputs share one bound, as do the neurons of a layer with `uniform`.
   *
   * @defaultValue `99`
   */
  headroom?: number | null | undefined;
  /**
   * The number of steps that the network is converted for, and the default for its runs. From 1 to 1,000,000.
   *
   * @defaultValue `100`
   */
  steps?: number | undefined;
  /**
   * The spike probability per step of an input of intensity 1. From 0.000001 to 1. Probabilities are rounded to multiples
   * of 2^-32. Networks that are compared or
   * evaluated together must have the same value, and the same `coding`, because they read the same spikes.
   *
   * @defaultValue `0.25`
   */
  inputRate?: number | undefined;
  /**
   * Whether firing subtracts the threshold from the potential or sets the potential to zero.
   *
   * @defaultValue `"subtract"`
   */
  reset?: "subtract" | "zero" | undefined;
  /**
   * The lowest potential, in thresholds. From -1,000 to 0, or `null` for no floor.
   *
   * @defaultValue `null`
   */
  floor?: number | null | undefined;
  /**
   * The potential before the first step, in thresholds. From 0 up to but not including 1. `null` means 0, except above
   * a floor in the noise forms with a margin and `reset: "subtract"`. There it is half a threshold above the floor,
   * such as 0.5 with a floor at 0, and at least 0, so that a neuron remembers early negative input.
   *
   * @defaultValue `null`
   */
  initialPotential?: number | null | undefined;
  /**
   * How class scores are read: as spike counts times thresholds (`count`), or as the potentials of outputs that do not
   * fire (`potential`).
   *
   * @defaultValue `"count"`
   */
  readout?: "count" | "potential" | undefined;
  /**
   * Whether a neuron takes a spike back, by sending a negative one, when its potential falls to minus its threshold and
   * it has spikes to take back (Wang et al. 2022). Not possible where a max pool reads the neuron, nor with a `floor`
   * above -1, where no potential falls that far. NIR files cannot express it.
   *
   * @defaultValue `false`
   */
  signed?: boolean | undefined;
  /**
   * Whether intensities enter the network as spikes or as constant currents. Constant currents have no noise that
   * thresholds could be adjusted to.
   *
   * @defaultValue `"poisson"`
   */
  coding?: "poisson" | "constant" | undefined;
  /**
   * The noise that the noise forms assume for a neuron:
   *
   * - `poisson`: that of Poisson spikes on its synapses.
   * - `measured`: the same at the input; behind hidden layers, that of their own spikes. Requires gain correction.
   * - `bernoulli`: that of at most one spike per step, as given by coin flips, which is less where rates are high.
   * - `propagated`: that of the input spikes alone, carried through the trained network (for `signed` neurons).
   *
   * `null` means `measured` with gain correction, otherwise `poisson`.
   *
   * @defaultValue `null`
   */
  noise?: "poisson" | "measured" | "bernoulli" | "propagated" | null | undefined;
  /**
   * Which noise represents all neurons of a convolution channel, which share a threshold: that at the positions where
   * the noise is, found on up to 30 calibration inputs (`local`), or the RMS over all positions (`mean`). Not used with
   * propagated noise.
   *
   * @defaultValue `"local"`
   */
  channelNoise?: "local" | "mean" | undefined;
  /**
   * The largest noise that counts for a channel, per square root of a step, in multiples of its largest activation.
   * Without a limit, a channel whose noise exceeds all its activations would stay silent at every position. The headroom
   * may still exceed it. Above 0 and up to 1,000, or `null` for no limit.
   *
   * @defaultValue `1.4`
   */
  noiseLimit?: number | null | undefined;
  /**
   * The total that is added to every potential over `steps` steps, in thresholds. From 0 to 1; 0.5 is the shift of Deng
   * and Gu 2021. Bias correction follows it and removes most of what it added.
   *
   * @defaultValue `0`
   */
  biasShift?: number | undefined;
  /**
   * Whether the biases of hidden layers make up for the mean difference between trained and spiking activations over
   * up to 100 calibration inputs, simulated for `steps` steps (Li et al. 2021). The network then deliberately no longer
   * computes exactly the trained function. `null` means only in the noise forms.
   *
   * @defaultValue `null`
   */
  biasCorrection?: boolean | null | undefined;
  /**
   * Whether a spike of a hidden neuron or channel stands for a gain, fitted to the activations by least squares over
   * the same inputs, instead of for one threshold. The weights that read the spike are multiplied by the gain. Requires
   * bias correction. `null` means in the noise forms, if biases are corrected.
   *
   * @defaultValue `null`
   */
  gainCorrection?: boolean | null | undefined;
  /**
   * The numbers that weights and potentials are stored as: 32-bit floating point (`f32`), or 16-bit fixed point in
   * steps of 1/1024 of a threshold (`fixed`), which is faster and takes little more than half the memory. In fixed point, sums are
   * limited to 32 thresholds in either direction, and a network with larger weights is refused.
   *
   * @defaultValue `"f32"`
   */
  precision?: "f32" | "fixed" | undefined;
  /**
   * The name in frames and results. Defaults to `plain` without an adjustment, otherwise to the name of the adjustment.
   * Where several networks have the same name, all but the first get a number appended; in an evaluation, so does one
   * named `inputLimit`.
   */
  name?: string | undefined;
}

/** Options for reading a model file. */
export interface ReadModelOptions {
  /** The file format. By default, it is recognised from the first bytes. */
  format?: "onnx" | "safetensors" | undefined;
  /**
   * The description of the layers of a safetensors file, if it is kept beside the file rather than in its metadata:
   * `{ version: 1, inputShape, layers }`, where tensors are given by name.
   */
  description?: object | undefined;
}

/**
 * The bytes of a file. Unlike a plain `Uint8Array`, it is a `BlobPart` and a `BodyInit` in TypeScript 5.7 and later.
 */
export type FileBytes = ReturnType<Uint8Array["slice"]>;

/** Options for reading a saved spiking network. */
export interface ReadSnnOptions {
  /**
   * The trained network that it was converted from; required for an evaluation. A network with other layers is refused,
   * as is one with other weights, which are compared by each neuron's L4 norm.
   */
  ann?: Ann | undefined;
  /** The name in frames and results. Defaults to the name that it was saved with. */
  name?: string | undefined;
}

/** Options of a conversion in slices. */
export interface AsyncConvertOptions extends ConvertOptions {
  /** Aborts the work within one slice of about 8 ms. */
  signal?: AbortSignal | undefined;
  /**
   * Called between slices of work with the number of passes of an input through a network that are done, over all parts
   * of the conversion together.
   */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

/** What a conversion chose for one layer. */
export interface LayerReport {
  name: string;
  shape: number[];
  /** False for the outputs of a potential read-out. Their threshold (1, or the cap if that is lower) is only a unit. */
  fires: boolean;
  /** The threshold of each neuron, in ANN units. */
  thresholds: Float32Array;
  /** The L4 norm of each neuron's trained weights. */
  l4: Float32Array;
  /**
   * The predicted standard deviation of each neuron's noise after all steps, in ANN units, according to `noise`. With
   * the adjustments `none` and `l4-relative`, `propagated` is replaced by Poisson noise. A source that reaches a neuron
   * on several paths (overlapping pools, summed branches) counts as several.
   */
  sigma: Float32Array;
  /** The same, predicted from the L4 norm and one constant per layer. */
  sigmaL4: Float32Array;
  /**
   * The factor by which the noise of a channel exceeds `sigma` at the positions where its spikes are. The thresholds of
   * the noise forms take it into account. It is 1 where every neuron has its own weights, with `channelNoise: "mean"`
   * and with propagated noise.
   */
  concentration: number;
  /** What a spike of each neuron stands for in the layers that read it, in thresholds; 1 without gain correction. */
  gains: Float32Array;
  /**
   * A neuron fires in step `t` (from 0) if its potential reaches `1 + size * max(0, 1 - (t + 1) / steps)` thresholds;
   * the reset is the same as ever. Without a margin, `size` is 0.
   */
  margin: { size: number; steps: number };
  /** The potential of every neuron before the first step, in thresholds. */
  initialPotential: number;
}

/** The trained weights of one neuron on one connection. */
export interface Afferent {
  /** The layer that the neuron reads; 0 is the input. */
  source: number;
  /**
   * The shape of what is read (dense), `[channels, height, width]` of the kernel (convolution), or `[1]` (a shortcut).
   */
  shape: number[];
  /** Channel-first, in ANN units. */
  weights: Float32Array;
}

/** Options of a run. */
export interface RunOptions {
  /**
   * The number of steps, from 1 to 1,000,000. `null` means as many as the networks were converted for, or the largest
   * of those numbers if they differ.
   *
   * @defaultValue `null`
   */
  steps?: number | null | undefined;
  /** The seed of the input spikes, from 0 to 2^53 - 1. If omitted, one is drawn; every result contains it. */
  seed?: number | undefined;
  /**
   * The stream of the seed, from 0 to 2^53 - 1; 0 by default. `evaluate` gives sample `i` stream `i`, so this replays
   * it.
   */
  stream?: number | undefined;
  /**
   * What to record over time. The frames of `compare` always contain spikes.
   *
   * @defaultValue `[]`
   */
  record?: readonly ("spikes" | "potentials")[] | undefined;
}

/** The spikes of one layer as two parallel arrays, ordered by step and, within a step, by neuron. */
export interface LayerSpikes {
  /** The layer; 0 is the input. */
  layer: number;
  /** The step of each spike, from 0. */
  step: Uint32Array;
  neuron: Uint32Array;
  /** 1, or -1 for a spike that is taken back. Only for signed neurons. */
  sign?: Int8Array | undefined;
}

/** Membrane potentials before firing, `[steps, neurons]`, in thresholds. */
export interface LayerPotentials {
  /** The layer; 1 is the first after the input. */
  layer: number;
  neurons: number;
  values: Float32Array;
}

/** The decision of a network and its costs so far. */
export interface NetworkState {
  /** The class with the highest score; ties go to the larger residual potential. */
  prediction: number;
  /** The number of spikes of each output neuron, minus those taken back. */
  counts: Uint32Array;
  /** The score of each class, in ANN units, summed over the steps. */
  scores: Float32Array;
  /** The spikes of each layer, input first. Empty unless recorded; always present in the frames of `compare`. */
  spikes: LayerSpikes[];
  /** The potentials of each layer after the input, in order. Empty unless recorded. */
  potentials: LayerPotentials[];
  /** The number of spikes of each layer, input first. */
  spikesPerLayer: number[];
  /** Every spike times its fan-out, including input spikes. A constant current counts once per synapse. */
  synapticOperations: number;
}

/** The result of one run. */
export interface RunResult extends NetworkState {
  steps: number;
  seed: number;
}

/** Options of a comparison. */
export interface CompareOptions extends RunOptions {
  /** The number of steps between two frames, a whole number from 1; 1 by default. */
  stepsPerFrame?: number | undefined;
  /** Aborts the work. */
  signal?: AbortSignal | undefined;
}

/** What happened since the previous frame (spikes, potentials), and the state at its end (everything else). */
export interface Frame {
  /** The number of steps done. */
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
  /** The class of each image. */
  labels: ArrayLike<number>;
}

/** Options of an evaluation. */
export interface EvaluateOptions extends Omit<RunOptions, "record" | "stream"> {
  /** Aborts the work after the current slice of about 8 ms. */
  signal?: AbortSignal | undefined;
  /**
   * Called between slices of work. `soFar` returns the result over the images done so far, or `undefined` before the
   * first is done; call it before your function returns.
   */
  onProgress?:
    | ((progress: { done: number; total: number }, soFar: () => EvaluateResult | undefined) => void)
    | undefined;
}

/** What an instance of the module has simulated, and the memory that it holds. */
export interface Usage {
  /**
   * The number of steps simulated since it was loaded, over all networks and including bias correction during
   * conversion.
   */
  steps: number;
  /** The memory of the module, in bytes; it grows and never shrinks. */
  memory: number;
}

/**
 * A mean over images with its standard error. The error is 0 for a single image or if all images are alike, which says
 * nothing about other images.
 */
export interface Estimate {
  mean: number;
  standardError: number;
}

/**
 * The fraction of images classified correctly, from 0 to 1, with its standard error. The error is 0 for a single image
 * or if all are right or all are wrong, which says nothing about other images.
 */
export interface Accuracy {
  accuracy: number;
  standardError: number;
}

/** The result of one network on a data set. */
export interface NetworkResult extends Accuracy {
  name: string;
  /** The accuracy after each step. */
  accuracyByStep: number[];
  /** The number of spikes of all neurons after the input. */
  spikesPerImage: number;
  spikesStandardError: number;
  /** Every spike times its fan-out, including input spikes. */
  synapticOperationsPerImage: number;
  synapticOperationsStandardError: number;
  /** The class predicted for each image. */
  predictions: Uint32Array;
}

/** The difference between a network and its baseline, image by image. */
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

/** The result of an evaluation. */
export interface EvaluateResult {
  images: number;
  steps: number;
  seed: number;
  /** The accuracy of the trained network. */
  ann: Accuracy;
  /**
   * The accuracy of the trained network on the empirical rates of the input spikes. It is a reference, not an upper
   * bound: with few steps, thresholds that keep noise out may exceed it.
   */
  inputLimit: Accuracy;
  networks: NetworkResult[];
  inputSpikesPerImage: number;
  /** Every network after the first compared with the first, then every network compared with the input limit. */
  pairedDifferences: PairedDifference[];
}
