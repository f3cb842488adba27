import { floats, isDetached } from "./check.js";
import { guarded, invalidOption, show } from "./errors.js";
import { Handle } from "./handle.js";
import type { Wasm } from "./load.js";
import type { ImportReport, NetworkSpec, TrainedLayer } from "./types.js";
import type { Ann as RawAnn } from "./wasm/quartic_snn.js";

/** What an importer written in TypeScript adds to the report. */
export type Imported = Pick<ImportReport, "dropped" | "notes">;

/** A trained network. */
export class Ann extends Handle<RawAnn> {
  /** The name in the model file, where there is one. */
  readonly name: string | undefined;
  /** The shape of one input. */
  readonly inputShape: readonly number[];
  /** The number of values in one input. */
  readonly inputs: number;
  /** The number of outputs (classes). */
  readonly outputs: number;
  /** Its layers, each after those that it reads. */
  readonly layers: readonly TrainedLayer[];
  /** What was dropped and rewritten on the way from the model to this network. */
  readonly report: ImportReport;

  /**
   * @internal
   * @param imported What was dropped and noted before the core saw the network.
   */
  constructor(raw: RawAnn, imported?: Imported) {
    super("network", raw);
    this.name = raw.name;
    this.inputShape = Object.freeze([...raw.inputShape]);
    this.inputs = this.inputShape.reduce((product, size) => product * size, 1);
    this.outputs = raw.outputs;
    this.layers = Object.freeze(raw.layers as TrainedLayer[]);
    const { dropped, rewrites, notes } = raw.report as ImportReport;
    this.report = Object.freeze({
      dropped: [...(imported?.dropped ?? []), ...dropped],
      rewrites,
      notes: [...(imported?.notes ?? []), ...notes],
    });
  }

  /**
   * The outputs `[n, outputs]` for inputs `[n, inputs]`, both flat.
   *
   * @throws {QuarticError} `shape-mismatch`, `invalid-input`, `closed`
   */
  predict(inputs: Float32Array): Float32Array {
    return guarded(() => this.raw.predict(floats("inputs", inputs)));
  }
}

/** Puts a network together. */
export function makeNetwork(wasm: Wasm, spec: NetworkSpec, imported?: Imported): Ann {
  if (typeof spec !== "object" || spec === null) throw invalidOption("network", spec, "an object");
  const { json, arrays } = encode(spec);
  return guarded(() => new Ann(new wasm.Ann(json, arrays), imported));
}

/** A description as JSON beside its arrays; what JSON cannot hold is shown as it would be in a message. */
function encode(spec: NetworkSpec): { json: string; arrays: Float32Array[] } {
  const arrays: Float32Array[] = [];
  const replace = (_key: string, value: unknown): unknown => {
    if (value instanceof Float32Array && !isDetached(value.buffer)) return { "\0tensor": arrays.push(value) - 1 };
    const plain = typeof value !== "bigint" && typeof value !== "function" && !ArrayBuffer.isView(value);
    if (plain && (typeof value !== "number" || Number.isFinite(value))) return value;
    return { "\0shown": show(value) };
  };
  try {
    return { json: JSON.stringify(spec, replace), arrays };
  } catch {
    throw invalidOption("network", spec, "an object without cycles");
  }
}
