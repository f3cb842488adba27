import { floats, isFloats } from "./check.js";
import { invalidOption, isBroken, QuarticError, show } from "./errors.js";
import { Handle } from "./handle.js";
import type { Instance } from "./instance.js";
import type { ImportReport, NetworkSpec, TrainedLayer } from "./types.js";
import type { Ann as RawAnn } from "./wasm/quartic_snn.js";

/** What an importer written in TypeScript adds to the report. */
export type Imported = Pick<ImportReport, "dropped" | "notes">;

/** A trained network. */
export class Ann extends Handle<RawAnn> {
  /** The name in the model file, if there is one. */
  readonly name: string | undefined;
  /** The shape of one input. */
  readonly inputShape: readonly number[];
  /** The number of values in one input. */
  readonly inputs: number;
  /** The number of outputs (classes). */
  readonly outputs: number;
  /** The layers, each after those that it reads. */
  readonly layers: readonly TrainedLayer[];
  /** What was dropped and rewritten between the model and this network. */
  readonly report: ImportReport;

  /**
   * @internal
   * @param imported What was dropped and noted before the core saw the network.
   */
  constructor(instance: Instance, raw: RawAnn, imported?: Imported) {
    super("network", instance, raw);
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
   * The outputs, `[n, outputs]`, for inputs of shape `[n, inputs]`, both flat. Inputs may be any finite numbers: only
   * spikes require intensities from 0 to 1.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `too-large`, `closed`
   */
  predict(inputs: Float32Array): Float32Array {
    return this.use((raw) => raw.predict(floats("inputs", inputs)));
  }
}

/** Whether it is a trained network. */
export const isAnn = (value: unknown): value is Ann => value instanceof Ann && Ann.isOne(value);

/** A description as JSON beside its arrays. */
export interface Encoded {
  json: string;
  arrays: Float32Array[];
}

/** Puts a network together. */
export function makeNetwork(instance: Instance, { json, arrays }: Encoded, imported?: Imported): Ann {
  return instance.call((glue) => new Ann(instance, new glue.Ann(json, arrays), imported));
}

/** A description in the form that the module reads; what JSON cannot hold is shown as it would be in a message. */
export function encode(spec: NetworkSpec): Encoded {
  if (typeof spec !== "object" || spec === null) throw invalidOption("network", spec, "an object");
  const arrays: Float32Array[] = [];
  const replace = (key: string, value: unknown): unknown => {
    if (isBroken(key)) throw invalidOption("network", key, "an object whose keys are whole characters");
    if (typeof value === "string" && isBroken(value)) throw invalidOption(key, value, "a text of whole characters");
    if (isFloats(value)) return { "\0tensor": arrays.push(floats(key, value)) - 1 };
    const plain = typeof value !== "bigint" && typeof value !== "function" && !ArrayBuffer.isView(value);
    if (plain && (typeof value !== "number" || Number.isFinite(value))) return value;
    return { "\0shown": show(value) };
  };
  const wrong = () => invalidOption("network", spec, "an object without cycles that can be read");
  try {
    const json = JSON.stringify(spec, replace) as string | undefined;
    if (json === undefined) throw wrong(); // That is what its `toJSON` gives.
    return { json, arrays };
  } catch (error) {
    if (error instanceof QuarticError) throw error;
    const { code, message, details } = wrong();
    throw new QuarticError(code, message, { details, cause: error });
  }
}
