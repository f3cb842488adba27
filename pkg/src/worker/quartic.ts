import { type Encoded, encode, type Imported } from "../ann.js";
import {
  abortSignal,
  asGiven,
  checkName,
  copied,
  floats,
  knownKeys,
  optionsObject,
  progress,
  readable,
} from "../check.js";
import { listed, named } from "../compare.js";
import { invalidOption, QuarticError, throwIfAborted } from "../errors.js";
import { dataSet, NAMED_BESIDE } from "../evaluate.js";
import { dispose, whenForgotten } from "../handle.js";
import { modelFile } from "../model.js";
import { CONVERT, CONVERT_ASYNC_NAMES, FRAMES, plainOptions, RUN, runOptions } from "../options.js";
import { drawingSize } from "../quartic.js";
import { fromTensorFlow, type TensorFlowArtifacts, type TensorFlowModel } from "../tfjs.js";
import type {
  AsyncConvertOptions,
  CompareOptions,
  DataSet,
  EvaluateOptions,
  EvaluateResult,
  Frame,
  NetworkSpec,
  ReadModelOptions,
  Usage,
} from "../types.js";
import { onAbort } from "./aborts.js";
import { Ann, asyncDispose, isAnn, isSnn, type RemoteHandle, Snn } from "./handles.js";
import { Remote } from "./remote.js";
import { partsOf, runParts } from "./share.js";
import type { OwnWorker } from "./threads.js";

/** Options of a conversion in a worker. */
export type WorkerConvertOptions = AsyncConvertOptions;

/** Options of an evaluation in workers. */
export interface WorkerEvaluateOptions extends Omit<EvaluateOptions, "onProgress"> {
  /** Called between slices of work. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
  /** The number of workers, from 1 to 64. Defaults to the number of cores. */
  workers?: number | undefined;
}

/** Options for reading a saved spiking network in a worker. */
export interface WorkerReadSnnOptions {
  /** The trained network that it was converted from; required for an evaluation. */
  ann?: Ann | undefined;
  /** The name in frames and results. Defaults to the name that it was saved with. */
  name?: string | undefined;
}

/** What a worker is started from. */
export interface Start {
  module: WebAssembly.Module;
  worker: OwnWorker | undefined;
}

/** What a comparison has in the worker before its last frame. */
interface Held {
  end: (() => void) | undefined;
}

/** Ends comparisons that nobody can go on with. */
const forgotten = whenForgotten<Held>(({ end }) => end?.());

/** The most workers of one evaluation. */
const MOST_WORKERS = 64;

/** The API, in workers. Every call is asynchronous and fails with the same errors as in `quartic-snn`. */
export class Quartic {
  /** A kind of its own, which frameworks (Vue) do not wrap in proxies: those know no worker. */
  get [Symbol.toStringTag](): string {
    return "Quartic";
  }

  /** The version of the module. */
  readonly version: string;
  readonly #start: Start;
  readonly #first: Remote;
  /** Further ones, for evaluations, with what they are once they have started. */
  readonly #others = new Map<Promise<Remote>, Remote | undefined>();

  private constructor(start: Start, first: Remote, version: string) {
    this.#start = start;
    this.#first = first;
    this.version = version;
  }

  /** @internal */
  static async start(start: Start): Promise<Quartic> {
    const { remote, version } = await Remote.start(start.module, start.worker);
    return new Quartic(start, remote, version);
  }

  /**
   * Builds a trained network from its layers.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `unsupported-layer`
   */
  async network(spec: NetworkSpec): Promise<Ann> {
    return this.#network({ encoded: encode(spec) });
  }

  /**
   * Reads a trained network from a model file: ONNX, or safetensors with a description of the layers.
   *
   * @throws {QuarticError} `invalid-option`, `invalid-model`, `unsupported-layer`, `shape-mismatch`, `invalid-input`,
   * `too-large`, `left-out`
   */
  async readModel(bytes: ArrayBuffer | Uint8Array, options?: ReadModelOptions): Promise<Ann> {
    const file = modelFile(bytes, options);
    return new Ann(this.#first, await this.#first.call("readModel", { file: { ...file, bytes: file.bytes.slice() } }));
  }

  /**
   * Reads a trained network from a layers model of TensorFlow.js: the model itself, or its saved form.
   *
   * @throws {QuarticError} `invalid-option`, `invalid-model`, `unsupported-layer`, `shape-mismatch`, `invalid-input`
   */
  async fromTensorFlow(model: TensorFlowModel | TensorFlowArtifacts): Promise<Ann> {
    return this.#network(fromTensorFlow(model));
  }

  /**
   * Converts a trained network into a spiking one.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `unsupported-layer`,
   * `conversion-failed`, `too-large`, `closed`, `aborted`
   */
  async convert(ann: Ann, options: WorkerConvertOptions): Promise<Snn> {
    this.#own("ann", ann, isAnn);
    const { calibration, name, signal, onProgress, ...rest } = optionsObject(options);
    const [stop, told] = [abortSignal(signal), progress(onProgress)];
    throwIfAborted(stop);
    const inputs = floats("calibration", calibration).slice();
    checkName(name);
    const plain = plainOptions(rest, CONVERT, CONVERT_ASYNC_NAMES);
    const all = { ...plain, ...(name !== undefined && { name }), calibration: inputs };
    const asks = { ann: await ann.number(), options: all };
    throwIfAborted(stop);
    const own = new AbortController();
    const end = () => own.abort();
    let thrown: { error: unknown } | undefined;
    const tell = (done: number, total = done) => {
      try {
        if (!thrown) told?.({ done, total });
      } catch (error) {
        thrown = { error };
        end();
      }
    };
    const forget = onAbort(stop, end);
    try {
      const along = { signal: own.signal, tell, transfer: [inputs.buffer] };
      const snn = new Snn(this.#first, await this.#first.call("convert", asks, along));
      if (!thrown) return snn;
      snn.close();
    } catch (error) {
      throwIfAborted(stop);
      if (!thrown) throw error;
    } finally {
      forget();
    }
    throw thrown.error;
  }

  /** As `convert`, which leaves the thread free here anyway. */
  convertAsync(ann: Ann, options: AsyncConvertOptions): Promise<Snn> {
    return this.convert(ann, options);
  }

  /**
   * Reads a spiking network that {@link Snn.save} saved as safetensors. The same seed gives the same spikes.
   *
   * @throws {QuarticError} `invalid-model`, `shape-mismatch`, `invalid-input`, `invalid-option`, `too-large`,
   * `left-out`, `closed`
   */
  async readSnn(bytes: ArrayBuffer | Uint8Array, options?: WorkerReadSnnOptions): Promise<Snn> {
    const { ann, name, ...rest } = optionsObject(options);
    knownKeys(rest, ["ann", "name"]);
    if (ann !== undefined) this.#own("ann", ann, isAnn);
    checkName(name);
    const copy = readable(bytes).slice();
    const id = await ann?.number();
    return new Snn(this.#first, await this.#first.call("readSnn", { bytes: copy, name, ann: id }));
  }

  /**
   * Runs networks side by side on the same input spikes, frame by frame. The worker makes a frame when it is requested,
   * so a consumer that pauses also pauses the work.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `too-large`, `no-seed`, `closed`,
   * `aborted`
   */
  compare(
    networks: readonly Snn[],
    input: Float32Array,
    options?: CompareOptions,
  ): AsyncGenerator<Frame, void, undefined> {
    const held: Held = { end: undefined };
    const frames = this.#frames(held, listed(networks), copied(input), asGiven(options));
    forgotten.register(frames, held);
    return frames;
  }

  async *#frames(
    held: Held,
    networks: readonly Snn[],
    input: Float32Array,
    options: CompareOptions | undefined,
  ): AsyncGenerator<Frame, void, undefined> {
    const { signal, ...rest } = optionsObject(options);
    const stop = abortSignal(signal);
    throwIfAborted(stop);
    const list = this.#list(networks);
    const snns = list.map(([, snn]) => snn);
    const values = floats("input", input).slice();
    const plain = runOptions(snns, rest, FRAMES, [...Object.keys(FRAMES), "signal"]);
    // From the first frame on the comparison holds the networks itself.
    const holds = snns.map((snn) => snn.hold());
    const letGo = () => {
      for (const release of holds.splice(0)) release();
    };
    try {
      const ids = await Promise.all(snns.map((snn) => snn.in(this.#first)));
      const asks = { snns: ids, input: values, options: plain };
      const comparison = await this.#first.call("compare", asks, { transfer: [values.buffer] });
      held.end = () => this.#first.forget(comparison);
      for (;;) {
        throwIfAborted(stop);
        const frame = await this.#first.call("frame", { comparison }, { signal: stop }).finally(() => {
          letGo();
          throwIfAborted(stop);
        });
        if (!frame) return;
        yield frame;
      }
    } finally {
      letGo();
      held.end?.();
      held.end = undefined;
    }
  }

  /**
   * Runs networks on a data set, all on the same input spikes, divided among workers. The result is the same to the
   * last bit, whatever their number.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `too-large`, `no-seed`, `closed`,
   * `aborted`
   */
  async evaluate(networks: readonly Snn[], data: DataSet, options?: WorkerEvaluateOptions): Promise<EvaluateResult> {
    const list = this.#list(networks, NAMED_BESIDE);
    const { signal, onProgress, workers = cores(), ...rest } = optionsObject(options);
    if (!Number.isInteger(workers) || workers < 1 || workers > MOST_WORKERS) {
      throw invalidOption("workers", workers, `a whole number from 1 to ${MOST_WORKERS}`);
    }
    const told = progress(onProgress);
    const stop = abortSignal(signal);
    throwIfAborted(stop);
    const { images, labels } = dataSet(data);
    // What happens to the array or to a handle after the call changes nothing.
    const own = { images: images.slice(), labels };
    const total = labels.length;
    const snns = list.map(([, snn]) => snn);
    const plain: EvaluateOptions = runOptions(snns, rest, RUN, ["steps", "seed", "signal", "onProgress", "workers"]);
    const holds = snns.map((snn) => snn.hold());
    try {
      const seed = plain.seed ?? (await this.#first.call("seed", {}));
      const remotes = await this.#remotes(Math.min(workers, Math.max(1, total)));
      throwIfAborted(stop);
      const parts = partsOf(own, remotes.length, snns[0] as Snn);
      const along = { signal: stop, tell: (done: number) => told?.({ done, total }) };
      const results = await runParts(remotes, snns, parts, { ...plain, seed }, along);
      const names = list.map(([name]) => name);
      return await this.#first.call("report", { names, parts: results, options: { ...plain, seed } });
    } finally {
      for (const release of holds) release();
    }
  }

  /**
   * Converts a drawing (`[height, width]`, ink from 0 to 1) into an image like those of MNIST.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`; `invalid-input` if nothing is drawn
   */
  async mnistDigit(ink: Float32Array, size: { width: number; height: number }): Promise<Float32Array> {
    const asks = { ink: floats("ink", ink).slice(), size: drawingSize(size) };
    return this.#first.call("mnistDigit", asks, { transfer: [asks.ink.buffer] });
  }

  /** What all workers have simulated, and the memory that they hold. */
  async usage(): Promise<Usage> {
    const remotes = [this.#first, ...(await Promise.all(this.#living()))];
    const all = await Promise.all(remotes.map((remote) => remote.call("usage", {})));
    return {
      steps: all.reduce((sum, { steps }) => sum + steps, 0),
      memory: all.reduce((sum, { memory }) => sum + memory, 0),
    };
  }

  /**
   * Ends the workers and frees everything in them. May be called again; any other use afterwards is an error with the
   * code `closed`.
   */
  close(): void {
    const error = new QuarticError("closed", "this API was closed; load() gives another", { details: { what: "API" } });
    this.#first.end(error);
    for (const other of this.#others.keys()) {
      other.then(
        (remote) => remote.end(error),
        () => undefined,
      );
    }
  }

  /** The same as {@link close}, for `using`. */
  [dispose](): void {
    this.close();
  }

  /** The same as {@link close}, for `await using`. */
  async [asyncDispose](): Promise<void> {
    this.close();
  }

  /** Makes a network from copies, so that nothing that happens to the arrays later can change it. */
  async #network({ encoded: { json, arrays }, imported }: { encoded: Encoded; imported?: Imported }): Promise<Ann> {
    const copies = arrays.map((values) => values.slice());
    const asks = { encoded: { json, arrays: copies }, imported };
    return new Ann(
      this.#first,
      await this.#first.call("network", asks, { transfer: copies.map(({ buffer }) => buffer) }),
    );
  }

  #own(name: string, handle: RemoteHandle, isOne: (value: unknown) => boolean): void {
    if (isOne(handle) && handle.home === this.#first) return;
    throw invalidOption(name, handle, "a network made by this API");
  }

  #list(networks: readonly Snn[], meaning?: readonly string[]): [string, Snn][] {
    const list = named(networks, isSnn, meaning);
    for (const [, snn] of list) this.#own("networks", snn, isSnn);
    return list;
  }

  /** The first workers, with new ones where there are fewer. */
  async #remotes(count: number): Promise<Remote[]> {
    // Nobody would end those that are started after the first one was closed; that one says so to whoever calls it.
    while (!this.#first.over && this.#living().length < count - 1) {
      const { module, worker } = this.#start;
      const other = Remote.start(module, worker).then(({ remote }) => {
        this.#others.set(other, remote);
        return remote;
      });
      this.#others.set(other, undefined);
      // Another try may do better.
      other.catch(() => this.#others.delete(other));
    }
    return [this.#first, ...(await Promise.all(this.#living().slice(0, count - 1)))];
  }

  /** The further workers, without those that have ended: others take their place. */
  #living(): Promise<Remote>[] {
    for (const [other, remote] of this.#others) if (remote?.over) this.#others.delete(other);
    return [...this.#others.keys()];
  }
}

/** The number of cores, as far as the platform tells. */
function cores(): number {
  const told = globalThis.navigator?.hardwareConcurrency;
  const count = told ?? globalThis.process?.getBuiltinModule?.("node:os").availableParallelism() ?? 1;
  return Math.min(MOST_WORKERS, Math.max(1, count));
}
