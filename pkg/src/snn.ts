import { type Ann, isAnn } from "./ann.js";
import { checkName, fileFormat, floats, knownKeys, optionsObject, place, readable } from "./check.js";
import { invalidOption } from "./errors.js";
import { Handle } from "./handle.js";
import type { Instance } from "./instance.js";
import { CONVERT, CONVERT_ASYNC_NAMES, CONVERT_NAMES, plainOptions, RUN, runOptions } from "./options.js";
import { Slices } from "./slices.js";
import type {
  Afferent,
  AsyncConvertOptions,
  ConvertOptions,
  FileBytes,
  LayerReport,
  ReadSnnOptions,
  RunOptions,
  RunResult,
} from "./types.js";
import type { Conversion as RawConversion, Snn as RawSnn } from "./wasm/quartic_snn.js";

/** A spiking network. */
export class Snn extends Handle<RawSnn> {
  /** Its name in frames and results. */
  readonly name: string;
  /** What the conversion chose for each layer. */
  readonly layers: readonly LayerReport[];
  /**
   * The largest difference in a logit that folding caused on the calibration inputs, relative to the largest logit; in
   * fixed point with that of rounding.
   */
  readonly functionError: number;
  /** The number of steps that it was converted for, and the default for its runs. */
  readonly steps: number;
  /** The number of values in one input. */
  readonly inputs: number;
  /** The spike probability per step of an input of intensity 1; meaningless with constant currents. */
  readonly inputRate: number;

  /** @internal */
  constructor(instance: Instance, raw: RawSnn, name: string) {
    super("spiking network", instance, raw);
    this.name = name;
    this.layers = Object.freeze(raw.layers as LayerReport[]);
    this.functionError = raw.functionError;
    this.steps = raw.steps;
    this.inputs = raw.inputs;
    this.inputRate = raw.inputRate;
  }

  /**
   * Runs the network on one input (intensities from 0 to 1). The same seed gives the same spikes everywhere.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `too-large`, `no-seed`, `closed`
   */
  run(input: Float32Array, options?: RunOptions): RunResult {
    const values = floats("input", input);
    const plain = runOptions([this], optionsObject(options), RUN, Object.keys(RUN));
    return this.use((raw) => raw.run(values, plain) as RunResult);
  }

  /**
   * The number of synapses behind the pools. It equals the number of multiplications in one pass of the trained network
   * and, without pools, the number of synaptic operations if every input and neuron spikes once.
   */
  get synapses(): number {
    return this.use((raw) => raw.synapses);
  }

  /**
   * The trained weights of one neuron, one entry per connection. Layer 1 is the first after the input; the neurons of
   * an image are numbered channel-first.
   *
   * @throws {QuarticError} `invalid-option` if there is no such neuron, or if the network was read without `ann`;
   * `closed`
   */
  weightsOf(layer: number, neuron: number): Afferent[] {
    const at = place(layer, neuron);
    return this.use((raw) => raw.weightsOf(at.layer, at.neuron) as Afferent[]);
  }

  /**
   * What an input adds to every potential per step on average, in ANN units, starting with the first layer after the
   * input: the sums of the trained network before the activation, plus what a bias shift or bias correction added in
   * that layer. With gain correction, the trained activations pass through weights that include the gains, so this
   * addition differs from input to input.
   *
   * @throws {QuarticError} `invalid-input`, `shape-mismatch`; `invalid-option` if the network was read without `ann`;
   * `closed`
   */
  drift(input: Float32Array): Float32Array[] {
    const values = floats("input", input);
    return this.use((raw) => raw.drift(values) as Float32Array[]);
  }

  /**
   * The response of the trained network to an input: the activations that the neurons stand for, layer by layer and in
   * the order of `drift`; for the last layer, the logits. A neuron whose activation is 0, or whose logit is negative,
   * should be silent: any spikes that it sends are false.
   *
   * @throws {QuarticError} as for `drift`
   */
  activations(input: Float32Array): Float32Array[] {
    const values = floats("input", input);
    return this.use((raw) => raw.activations(values) as Float32Array[]);
  }

  /**
   * Saves the network as the bytes of a file: `safetensors`, which {@link Quartic.readSnn} reads back with the same
   * spikes, or `nir`, the field's exchange format (HDF5). NIR cannot express max pools, floors, signed neurons, margins
   * together with a reset to zero, padding that differs between sides, or biases that differ between positions.
   *
   * @throws {QuarticError} `invalid-option`, `unsupported-layer`, `left-out`, `closed`; `too-large` for a network with so
   * many more neurons than weights that its `safetensors` would not be read again
   */
  save(format: "safetensors" | "nir" = "safetensors"): FileBytes {
    const known = fileFormat(format);
    return this.use((raw) => raw.save(known, this.name) as FileBytes);
  }
}

/** Whether it is a spiking network. */
export const isSnn = (value: unknown): value is Snn => value instanceof Snn && Snn.isOne(value);

/** Reads a network that was saved as safetensors. */
export function readSnn(instance: Instance, bytes: ArrayBuffer | Uint8Array, options?: ReadSnnOptions): Snn {
  const { ann, name, ...rest } = optionsObject(options);
  knownKeys(rest, ["ann", "name"]);
  if (ann !== undefined && !isAnn(ann)) {
    throw invalidOption("ann", ann, "a network made by network() or readModel()");
  }
  checkName(name);
  const [view, trained] = [readable(bytes), ann?.rawIn(instance)];
  return instance.call((glue) => {
    const raw = glue.Snn.read(view);
    try {
      if (trained) raw.belongsTo(trained);
      return new Snn(instance, raw, name ?? (raw.name || "saved"));
    } catch (error) {
      raw.free();
      throw error;
    }
  });
}

/** Converts a trained network. */
export function convert(instance: Instance, ann: Ann, options: ConvertOptions): Snn {
  const { signal, onProgress, ...rest }: AsyncConvertOptions = optionsObject(options);
  for (const [key, value] of Object.entries({ signal, onProgress })) {
    if (value === undefined) continue;
    throw invalidOption(key, value, "left out: `convertAsync` and `quartic-snn/worker` convert in slices");
  }
  const { conversion, name } = beginConversion(instance, ann, rest, CONVERT_NAMES);
  return new Snn(
    instance,
    instance.call(() => conversion.finish()),
    name,
  );
}

/** The same in slices that leave the thread to others. */
export async function convertInSlices(
  instance: Instance,
  ann: Ann,
  { signal, onProgress, ...options }: AsyncConvertOptions,
): Promise<Snn> {
  const tell = (done: number, total: number) => onProgress?.({ done, total });
  const slices = new Slices(signal);
  const { conversion, name } = beginConversion(instance, ann, options, CONVERT_ASYNC_NAMES);
  let kept = true;
  try {
    while (instance.call(() => conversion.advance())) {
      if (!slices.over) continue;
      tell(...instance.call(() => [conversion.done, conversion.total] as const));
      await slices.next();
    }
    tell(...instance.call(() => [conversion.total, conversion.total] as const));
    kept = false; // The end takes it.
    return new Snn(
      instance,
      instance.call(() => conversion.finish()),
      name,
    );
  } finally {
    if (kept) instance.free(conversion);
  }
}

function beginConversion(
  instance: Instance,
  ann: Ann,
  options: ConvertOptions,
  names: readonly string[],
): { conversion: RawConversion; name: string } {
  if (!isAnn(ann)) throw invalidOption("ann", ann, "a network made by network() or readModel()");
  const { calibration, name, ...rest } = options;
  checkName(name);
  const adjustment = rest.adjustment ?? "l4";
  const plain = plainOptions(rest, CONVERT, names);
  const [trained, inputs] = [ann.rawIn(instance), floats("calibration", calibration)];
  const conversion = instance.call((glue) => new glue.Conversion(trained, inputs, plain));
  return { conversion, name: name ?? (adjustment === "none" ? "plain" : adjustment) };
}
