import type { Encoded, Imported } from "../ann.js";
import { QuarticError, type QuarticErrorCode } from "../errors.js";
import type { ModelFile } from "../model.js";
import type {
  Afferent,
  CompareOptions,
  ConvertOptions,
  EvaluateOptions,
  EvaluateResult,
  FileBytes,
  Frame,
  ImportReport,
  LayerReport,
  RunOptions,
  RunResult,
  TrainedLayer,
  Usage,
} from "../types.js";

/** A worker script and whoever starts it may have messages of their own: those of this package are under this key. */
const KEY = "quartic-snn";

/** A message as it is sent. */
export const sealed = (message: Request | Answer) => ({ [KEY]: message });

/** What came, where it is of this package. */
export function opened<Message extends Request | Answer>(data: unknown): Message | undefined {
  return typeof data === "object" && data !== null ? (data as { [KEY]?: Message })[KEY] : undefined;
}

/** The number of a handle that a worker keeps. */
export type Id = number;

/** What is known of a trained network. */
export interface AnnFacts {
  id: Id;
  name: string | undefined;
  inputShape: readonly number[];
  inputs: number;
  outputs: number;
  layers: readonly TrainedLayer[];
  report: ImportReport;
}

/** What is known of a spiking network. */
export interface SnnFacts {
  id: Id;
  name: string;
  layers: readonly LayerReport[];
  functionError: number;
  synapses: number;
  steps: number;
  inputs: number;
  inputRate: number;
}

/** How a trained network was made, so that another worker can make the same. */
export type AnnSource =
  | { call: "network"; asks: { encoded: Encoded; imported: Imported | undefined } }
  | { call: "readModel"; asks: { file: ModelFile } };

/** A spiking network for another worker, with the trained one that it was converted from. */
export interface Copy {
  bytes: Uint8Array;
  name: string;
  trained: { key: Id; source: AnnSource } | undefined;
}

/** A part of a data set. */
export interface Part {
  images: Float32Array;
  labels: Uint32Array;
  first: number;
}

/** What can be asked of a worker, and what it gives. Both cross as structured clones. */
export interface Calls {
  start: { asks: { module: WebAssembly.Module }; gives: { version: string } };
  network: { asks: { encoded: Encoded; imported: Imported | undefined }; gives: AnnFacts };
  readModel: { asks: { file: ModelFile }; gives: AnnFacts };
  predict: { asks: { ann: Id; inputs: Float32Array }; gives: Float32Array };
  convert: { asks: { ann: Id; options: ConvertOptions }; gives: SnnFacts };
  readSnn: { asks: { bytes: Uint8Array; name: string | undefined; ann: Id | undefined }; gives: SnnFacts };
  copy: { asks: { snn: Id }; gives: Copy };
  adopt: { asks: Copy; gives: SnnFacts };
  save: { asks: { snn: Id; format: "safetensors" | "nir" }; gives: FileBytes };
  run: { asks: { snn: Id; input: Float32Array; options: RunOptions | undefined }; gives: RunResult };
  weightsOf: { asks: { snn: Id; layer: number; neuron: number }; gives: Afferent[] };
  drift: { asks: { snn: Id; input: Float32Array }; gives: Float32Array[] };
  activations: { asks: { snn: Id; input: Float32Array }; gives: Float32Array[] };
  compare: { asks: { snns: Id[]; input: Float32Array; options: CompareOptions }; gives: Id };
  frame: { asks: { comparison: Id }; gives: Frame | undefined };
  evaluate: { asks: { snns: Id[]; part: Part; options: EvaluateOptions }; gives: Float64Array };
  seed: { asks: Record<never, never>; gives: number };
  report: { asks: { names: string[]; parts: Float64Array[]; options: object }; gives: EvaluateResult };
  mnistDigit: { asks: { ink: Float32Array; size: { width: number; height: number } }; gives: Float32Array };
  usage: { asks: Record<never, never>; gives: Usage };
  close: { asks: { id: Id }; gives: undefined };
}

export type CallName = keyof Calls;

/** To the worker: a call, or that a call is to be stopped. */
export type Request = { id: number; call: CallName; asks: unknown } | { stop: number };

/** From the worker: how far a call is, what it gave, or why it failed. */
export type Answer = { id: number } & ({ done: number; total?: number } | { gives: unknown } | { failed: Failure });

/** An error as it crosses. */
export interface Failure {
  code: QuarticErrorCode;
  message: string;
  details: Readonly<Record<string, unknown>>;
  cause: string | undefined;
}

/** An error in the form in which it crosses. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof QuarticError))
    return { code: "internal", message: String(error), details: {}, cause: undefined };
  const { code, message, details, cause } = error;
  return { code, message, details, cause: cause === undefined ? undefined : String(cause) };
}

/** The error that crossed. */
export function errorOf({ code, message, details, cause }: Failure): QuarticError {
  return new QuarticError(code, message, { details, ...(cause !== undefined && { cause }) });
}
