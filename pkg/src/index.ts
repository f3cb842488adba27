/**
 * Trained ReLU networks as spiking networks, plain and L4-adjusted, on the same Poisson spikes.
 *
 * @packageDocumentation
 */

import { type Ann, makeNetwork } from "./ann.js";
import { floats, knownKeys, optionsObject } from "./check.js";
import { compare } from "./compare.js";
import { guarded, invalidOption } from "./errors.js";
import { evaluate } from "./evaluate.js";
import { loadWasm, type Wasm, type WasmSource } from "./load.js";
import { readModel } from "./model.js";
import { convert, readSnn, type Snn } from "./snn.js";
import { fromTensorFlow, type TensorFlowArtifacts, type TensorFlowModel } from "./tfjs.js";
import type {
  CompareOptions,
  ConvertOptions,
  DataSet,
  EvaluateOptions,
  EvaluateResult,
  Frame,
  NetworkSpec,
  ReadModelOptions,
  ReadSnnOptions,
} from "./types.js";

export type { Ann } from "./ann.js";
export { compareDefaults, convertDefaults, runDefaults } from "./defaults.js";
export { QuarticError, type QuarticErrorCode } from "./errors.js";
export type { WasmSource } from "./load.js";
export type { Snn } from "./snn.js";
export type { TensorFlowArtifacts, TensorFlowLayer, TensorFlowModel, TensorFlowTensor } from "./tfjs.js";
export type * from "./types.js";

/** How to load. */
export interface LoadOptions {
  /** Where the WebAssembly module comes from, where a bundler or server does not find it by itself. */
  wasm?: WasmSource;
}

/**
 * Loads the WebAssembly module and gives the API. May be called again and at the same time: the module is loaded once,
 * and a failed load may be tried again.
 *
 * @throws {QuarticError} `load-failed`, `unsupported-runtime`, `invalid-option`
 */
export async function load(options?: LoadOptions): Promise<Quartic> {
  const given = optionsObject(options);
  knownKeys(given, ["wasm"]);
  return new Quartic(await loadWasm(given.wasm));
}

/** The API. */
export class Quartic {
  readonly #wasm: Wasm;

  /** @internal */
  constructor(wasm: Wasm) {
    this.#wasm = wasm;
  }

  /** The version of the module. */
  get version(): string {
    return this.#wasm.version();
  }

  /**
   * A trained network from its layers.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `unsupported-layer`
   */
  network(spec: NetworkSpec): Ann {
    return makeNetwork(this.#wasm, spec);
  }

  /**
   * A trained network from a model file: ONNX, or safetensors with a description of the layers. `ann.report` tells what
   * was dropped and rewritten on the way.
   *
   * @throws {QuarticError} `invalid-model`, `unsupported-layer`, `shape-mismatch`, `invalid-input`
   */
  readModel(bytes: ArrayBuffer | Uint8Array, options?: ReadModelOptions): Ann {
    return readModel(this.#wasm, bytes, options);
  }

  /**
   * A trained network from a layers model of TensorFlow.js: the model itself, or what it was saved as, for which
   * TensorFlow.js is not needed.
   *
   * ```js
   * const json = await (await fetch("model/model.json")).json();
   * const files = json.weightsManifest.flatMap(({ paths }) => paths);
   * const weightData = await Promise.all(files.map(async (file) => (await fetch(`model/${file}`)).arrayBuffer()));
   * const ann = quartic.fromTensorFlow({ ...json, weightData });
   * ```
   *
   * Inputs become channel-first, `[channels, height, width]`; a softmax at the end is left out. `report` tells. Layers
   * that are used: Dense, Conv2D, DepthwiseConv2D, SeparableConv2D, BatchNormalization, Activation, ReLU, the pools,
   * ZeroPadding2D, Flatten, some Reshape, Add, Concatenate, Rescaling; models within models; those for training only
   * are left out.
   *
   * @throws {QuarticError} `invalid-option`, `invalid-model`, `unsupported-layer`, `shape-mismatch`, `invalid-input`
   */
  fromTensorFlow(model: TensorFlowModel | TensorFlowArtifacts): Ann {
    return fromTensorFlow(this.#wasm, model);
  }

  /**
   * Converts a trained network into a spiking one.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `unsupported-layer`,
   * `conversion-failed`, `closed`
   */
  convert(ann: Ann, options: ConvertOptions): Snn {
    return convert(this.#wasm, ann, options);
  }

  /**
   * A spiking network that was saved by {@link Snn.save} as safetensors: the same seed gives the same spikes.
   *
   * @throws {QuarticError} `invalid-model`, `shape-mismatch`, `invalid-input`, `invalid-option`, `closed`
   */
  readSnn(bytes: ArrayBuffer | Uint8Array, options?: ReadSnnOptions): Snn {
    return readSnn(this.#wasm, bytes, options);
  }

  /**
   * Runs networks side by side on the same input spikes, frame by frame, as fast as the frames are consumed.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `closed`, `aborted`
   */
  compare(networks: readonly Snn[], input: Float32Array, options?: CompareOptions): AsyncGenerator<Frame, void> {
    return compare(this.#wasm, networks, input, options);
  }

  /**
   * Runs networks on a data set, all on the same input spikes, in slices of about 8 ms.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `closed`, `aborted`
   */
  evaluate(networks: readonly Snn[], data: DataSet, options?: EvaluateOptions): Promise<EvaluateResult> {
    return evaluate(this.#wasm, networks, data, options);
  }

  /**
   * Brings a drawing (`[height, width]`, ink from 0 to 1) into the form of an MNIST image: 28 x 28, scaled to 20 x 20,
   * centred by mass.
   *
   * @throws {QuarticError} `shape-mismatch`; `invalid-input` where nothing is drawn
   */
  mnistDigit(ink: Float32Array, size: { width: number; height: number }): Float32Array {
    if (typeof size !== "object" || size === null) throw invalidOption("size", size, "an object { width, height }");
    const { width, height } = size;
    if (typeof width !== "number") throw invalidOption("width", width, "a number");
    if (typeof height !== "number") throw invalidOption("height", height, "a number");
    return guarded(() => this.#wasm.mnistDigit(floats("ink", ink), width, height));
  }
}
