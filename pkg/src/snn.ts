import { Ann } from "./ann.js";
import { floats, knownKeys, optionsObject, readable } from "./check.js";
import { guarded, invalidOption } from "./errors.js";
import { Handle } from "./handle.js";
import type { Wasm } from "./load.js";
import type { Afferent, ConvertOptions, LayerReport, ReadSnnOptions, RunOptions, RunResult } from "./types.js";
import type { Snn as RawSnn } from "./wasm/quartic_snn.js";

/** A spiking network. */
export class Snn extends Handle<RawSnn> {
  /** Its name in frames and results. */
  readonly name: string;
  /** What the conversion chose, layer by layer. */
  readonly layers: readonly LayerReport[];
  /** The largest difference of a logit that folding caused on the calibration inputs, relative to the largest one. */
  readonly functionError: number;

  /** @internal */
  constructor(raw: RawSnn, name: string) {
    super("spiking network", raw);
    this.name = name;
    this.layers = Object.freeze(raw.layers as LayerReport[]);
    this.functionError = raw.functionError;
  }

  /**
   * Runs the network on one input (intensities from 0 to 1). The same seed gives the same spikes everywhere.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `closed`
   */
  run(input: Float32Array, options?: RunOptions): RunResult {
    return guarded(() => this.raw.run(floats("input", input), optionsObject(options)) as RunResult);
  }

  /**
   * The synapses behind the pools: the operations of one spike of every input and neuron, and the multiplications of
   * one pass of the trained network.
   */
  get synapses(): number {
    return this.raw.synapses;
  }

  /**
   * The trained weights of one neuron, one entry per connection. Layer 1 is the first after the input; the neurons of
   * an image are counted channel-first.
   *
   * @throws {QuarticError} `invalid-option` where there is none, or the network was read without `ann`; `closed`
   */
  weightsOf(layer: number, neuron: number): Afferent[] {
    if (typeof layer !== "number") throw invalidOption("layer", layer, "a whole number");
    if (typeof neuron !== "number") throw invalidOption("neuron", neuron, "a whole number");
    return guarded(() => this.raw.weightsOf(layer, neuron) as Afferent[]);
  }

  /**
   * What an input adds to every potential per step on the mean, in ANN units: the sums of the trained network before
   * the activation. The first layer after the input comes first.
   *
   * @throws {QuarticError} `invalid-input`, `shape-mismatch`; `invalid-option` where the network was read without `ann`;
   * `closed`
   */
  drift(input: Float32Array): Float32Array[] {
    return guarded(() => this.raw.drift(floats("input", input)) as Float32Array[]);
  }

  /**
   * The network as a file: `safetensors`, which {@link Quartic.readSnn} reads again with the same spikes, or `nir`, the
   * exchange format of the field (HDF5; without max pools, floors and initial potentials, which NIR cannot express).
   *
   * @throws {QuarticError} `invalid-option`, `unsupported-layer`, `closed`
   */
  save(format: "safetensors" | "nir" = "safetensors"): Uint8Array {
    if (typeof format !== "string") throw invalidOption("format", format, '"safetensors" or "nir"');
    return guarded(() => this.raw.save(format, this.name));
  }
}

/** Reads a network that was saved as safetensors. */
export function readSnn(wasm: Wasm, bytes: ArrayBuffer | Uint8Array, options?: ReadSnnOptions): Snn {
  const { ann, name } = optionsObject(options);
  knownKeys(options ?? {}, ["ann", "name"]);
  if (ann !== undefined && !(ann instanceof Ann)) {
    throw invalidOption("ann", ann, "a network made by network() or readModel()");
  }
  checkName(name);
  const raw = guarded(() => wasm.Snn.read(readable(bytes)));
  try {
    guarded(() => ann && raw.belongsTo(ann.raw));
    return new Snn(raw, name ?? raw.name ?? "saved");
  } catch (error) {
    raw.free();
    throw error;
  }
}

function checkName(name: unknown): void {
  if (name === undefined || (typeof name === "string" && name !== "")) return;
  throw invalidOption("name", name, "a string that is not empty");
}

/** Converts a trained network. */
export function convert(wasm: Wasm, ann: Ann, options: ConvertOptions): Snn {
  if (!(ann instanceof Ann)) throw invalidOption("ann", ann, "a network made by network() or readModel()");
  const { calibration, name, ...rest } = optionsObject(options);
  checkName(name);
  const adjustment = rest.adjustment ?? "l4";
  const raw = guarded(() => wasm.Snn.convert(ann.raw, floats("calibration", calibration), rest));
  return new Snn(raw, name ?? (adjustment === "none" ? "plain" : adjustment));
}
