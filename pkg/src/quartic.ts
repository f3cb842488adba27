import { type Ann, encode, makeNetwork } from "./ann.js";
import { abortSignal, floats, knownKeys, objectOf, optionsObject, progress } from "./check.js";
import { compare } from "./compare.js";
import { invalidOption } from "./errors.js";
import { evaluate } from "./evaluate.js";
import type { Instance } from "./instance.js";
import { checkSource, loadInstance, type WasmSource } from "./load.js";
import { modelFile, readModel } from "./model.js";
import { convert, convertInSlices, readSnn, type Snn } from "./snn.js";
import { fromTensorFlow, type TensorFlowArtifacts, type TensorFlowModel } from "./tfjs.js";
import type {
  AsyncConvertOptions,
  CompareOptions,
  ConvertOptions,
  DataSet,
  EvaluateOptions,
  EvaluateResult,
  Frame,
  NetworkSpec,
  ReadModelOptions,
  ReadSnnOptions,
  Usage,
} from "./types.js";

/** Options of `load`. */
export interface LoadOptions {
  /**
   * The source of the WebAssembly module, if a bundler or server does not find it by itself. A page has one module,
   * that of the first load: later, `load()` returns the same API from anywhere without a source, and any other valid source
   * is ignored.
   */
  wasm?: WasmSource | undefined;
}

/** Loads the module, from `own` where no other source is given. */
export async function loadQuartic(own: () => WasmSource, options: LoadOptions | undefined): Promise<Quartic> {
  return new Quartic(await loadInstance(wasmSource(own, options)));
}

/** Where the module comes from. */
export function wasmSource(own: () => WasmSource, options: LoadOptions | undefined): () => WasmSource {
  const { wasm, ...rest } = optionsObject(options);
  knownKeys(rest, ["wasm"]);
  if (wasm === undefined) return own;
  checkSource(wasm); // Whether or not there is a module already.
  // Nobody else may look at a promise that is ignored.
  if ("then" in wasm) wasm.then(undefined, () => undefined);
  return () => wasm;
}

/** The API. */
export class Quartic {
  readonly #instance: Instance;

  /** @internal */
  constructor(instance: Instance) {
    this.#instance = instance;
  }

  /** A kind of its own, which frameworks (Vue) do not wrap in proxies: those have no memory of the module. */
  get [Symbol.toStringTag](): string {
    return "Quartic";
  }

  /** The version of the module. */
  get version(): string {
    return this.#instance.call((glue) => glue.version());
  }

  /**
   * What the instance of the module has simulated, and the memory that it holds, including other work in the same
   * instance.
   */
  usage(): Usage {
    return this.#instance.call((glue) => glue.usage() as Usage);
  }

  /**
   * Builds a trained network from its layers.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `unsupported-layer`
   */
  network(spec: NetworkSpec): Ann {
    return makeNetwork(this.#instance, encode(spec));
  }

  /**
   * Reads a trained network from a model file: ONNX, or safetensors with a description of the layers. `ann.report`
   * lists what was dropped and rewritten.
   *
   * @throws {QuarticError} `invalid-option`, `invalid-model`, `unsupported-layer`, `shape-mismatch`, `invalid-input`,
   * `too-large`, `left-out`
   */
  readModel(bytes: ArrayBuffer | Uint8Array, options?: ReadModelOptions): Ann {
    return readModel(this.#instance, modelFile(bytes, options));
  }

  /**
   * Reads a trained network from a layers model of TensorFlow.js: the model itself, or its saved form, which does not
   * require TensorFlow.js.
   *
   * ```js
   * const json = await (await fetch("model/model.json")).json();
   * const files = json.weightsManifest.flatMap(({ paths }) => paths);
   * const weightData = await Promise.all(files.map(async (file) => (await fetch(`model/${file}`)).arrayBuffer()));
   * const ann = quartic.fromTensorFlow({ ...json, weightData });
   * ```
   *
   * Inputs become channel-first, `[channels, height, width]`, and a softmax at the end is left out; `ann.report` lists
   * such changes. Supported layers are Dense, Conv2D, DepthwiseConv2D, SeparableConv2D, BatchNormalization, Activation,
   * ReLU, the pools, ZeroPadding2D, Flatten, some uses of Reshape, Add, Concatenate and Rescaling. Models may contain
   * models. Layers for training only are left out.
   *
   * @throws {QuarticError} `invalid-option`, `invalid-model`, `unsupported-layer`, `shape-mismatch`, `invalid-input`
   */
  fromTensorFlow(model: TensorFlowModel | TensorFlowArtifacts): Ann {
    const { encoded, imported } = fromTensorFlow(model);
    return makeNetwork(this.#instance, encoded, imported);
  }

  /**
   * Converts a trained network into a spiking one.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `unsupported-layer`,
   * `conversion-failed`, `too-large`, `closed`
   */
  convert(ann: Ann, options: ConvertOptions): Snn {
    return convert(this.#instance, ann, options);
  }

  /**
   * The same in slices of about 8 ms, between which other tasks of the thread run: with progress, and a signal to abort
   * it. The network is the same to the last bit.
   *
   * @throws {QuarticError} as `convert`, and `aborted`
   */
  async convertAsync(ann: Ann, options: AsyncConvertOptions): Promise<Snn> {
    const { signal, onProgress, ...rest } = optionsObject(options);
    const watched = { signal: abortSignal(signal), onProgress: progress(onProgress) };
    return convertInSlices(this.#instance, ann, { ...rest, ...watched });
  }

  /**
   * Reads a spiking network that {@link Snn.save} saved as safetensors. The same seed gives the same spikes.
   *
   * @throws {QuarticError} `invalid-model`, `shape-mismatch`, `invalid-input`, `invalid-option`, `too-large`,
   * `left-out`, `closed`
   */
  readSnn(bytes: ArrayBuffer | Uint8Array, options?: ReadSnnOptions): Snn {
    return readSnn(this.#instance, bytes, options);
  }

  /**
   * Runs networks side by side on the same input spikes, frame by frame, as fast as the frames are consumed.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `too-large`, `no-seed`, `closed`,
   * `aborted`
   */
  compare(networks: readonly Snn[], input: Float32Array, options?: CompareOptions): AsyncGenerator<Frame, void> {
    return compare(this.#instance, networks, input, options);
  }

  /**
   * Runs networks on a data set, all on the same input spikes, in slices of about 8 ms.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `too-large`, `no-seed`, `closed`,
   * `aborted`
   */
  evaluate(networks: readonly Snn[], data: DataSet, options?: EvaluateOptions): Promise<EvaluateResult> {
    return evaluate(this.#instance, networks, data, options);
  }

  /**
   * Converts a drawing (`[height, width]`, ink from 0 to 1) into an image like those of MNIST: 28 x 28 pixels, with the
   * digit scaled to 20 x 20 and centred by mass.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`; `invalid-input` if nothing is drawn
   */
  mnistDigit(ink: Float32Array, size: { width: number; height: number }): Float32Array {
    const [values, side] = [floats("ink", ink), drawingSize(size)];
    return this.#instance.call((glue) => glue.mnistDigit(values, side.width, side.height));
  }
}

/** The size of a drawing, where it is one. */
export function drawingSize(size: { width: number; height: number }): { width: number; height: number } {
  const { width, height, ...rest } = objectOf("size", size);
  knownKeys(rest, ["width", "height"]);
  if (typeof width !== "number") throw invalidOption("width", width, "a number");
  if (typeof height !== "number") throw invalidOption("height", height, "a number");
  return { width, height };
}
