/// <reference lib="esnext.disposable" preserve="true" />

import { fileFormat, floats, optionsObject, place } from "../check.js";
import { closed, invalidOption } from "../errors.js";
import { dispose, whenForgotten } from "../handle.js";
import { RUN, runOptions } from "../options.js";
import type { Afferent, FileBytes, ImportReport, LayerReport, RunOptions, RunResult, TrainedLayer } from "../types.js";
import type { AnnFacts, Id, SnnFacts } from "./protocol.js";
import type { Remote } from "./remote.js";

/** The symbol of `await using`. */
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for("Symbol.asyncDispose") as typeof Symbol.asyncDispose);

/** Where a handle is kept: in the worker that made it, and in those that were given the same. */
type Places = Map<Remote, Promise<Id>>;

const forgotten = whenForgotten<Places>(forget);

function forget(places: Places): void {
  for (const [remote, id] of places) {
    id.then(
      (known) => remote.forget(known),
      () => undefined,
    );
  }
}

/** A handle of something that a worker keeps until it is closed. */
export abstract class RemoteHandle {
  readonly #what: string;
  readonly #home: Remote;
  readonly #places: Places;
  #closed = false;
  /** The calls that use it, whether it is closed in the meantime or not. */
  #holds = 0;

  /** @internal */
  constructor(what: string, home: Remote, id: Id) {
    this.#what = what;
    this.#home = home;
    this.#places = new Map([[home, Promise.resolve(id)]]);
    forgotten.register(this, this.#places, this);
  }

  /** @internal Whether it is one itself, not a proxy of one or made from one, which no worker knows. */
  static isOne(value: object): boolean {
    return #home in value;
  }

  /** A kind of its own, which frameworks (Vue) do not wrap in proxies: no worker knows those. */
  get [Symbol.toStringTag](): string {
    return "Handle";
  }

  /** @internal The worker that made it. */
  get home(): Remote {
    return this.#home;
  }

  /** @internal Its number in the worker that made it. */
  number(): Promise<Id> {
    return this.#closed ? Promise.reject(closed(this.#what)) : this.in(this.#home);
  }

  /** @internal Keeps it in its workers, even if it is closed, until what is returned is called. */
  hold(): () => void {
    if (this.#closed) throw closed(this.#what);
    this.#holds += 1;
    return () => {
      this.#holds -= 1;
      this.#letGo();
    };
  }

  /** @internal The number of one that is held or not closed; in a worker where it is not yet, `copy` makes it. */
  in(remote: Remote, copy?: () => Promise<Id>): Promise<Id> {
    const known = this.#places.get(remote) ?? copy?.();
    if (!known) return Promise.reject(invalidOption(this.#what, "one of another load()", "made by this API"));
    this.#places.set(remote, known);
    known.catch(() => this.#places.delete(remote)); // Another try may do better.
    return known;
  }

  #letGo(): void {
    if (!this.#closed || this.#holds > 0) return;
    forgotten.unregister(this);
    forget(this.#places);
  }

  /**
   * Frees the memory once earlier calls are done. May be called again; any other use afterwards is an error with the
   * code `closed`.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#letGo();
  }

  /** The same as {@link close}, for `using`. */
  [dispose](): void {
    this.close();
  }

  /** The same as {@link close}, for `await using`. */
  async [asyncDispose](): Promise<void> {
    this.close();
  }
}

/** A trained network in a worker. */
export class Ann extends RemoteHandle {
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

  /** @internal */
  constructor(home: Remote, { id, name, inputShape, inputs, outputs, layers, report }: AnnFacts) {
    super("network", home, id);
    this.name = name;
    this.inputShape = Object.freeze(inputShape);
    this.inputs = inputs;
    this.outputs = outputs;
    this.layers = Object.freeze(layers);
    this.report = Object.freeze(report);
  }

  /**
   * The outputs, `[n, outputs]`, for inputs of shape `[n, inputs]`, both flat. Inputs may be any finite numbers.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `too-large`, `closed`
   */
  async predict(inputs: Float32Array): Promise<Float32Array> {
    const values = floats("inputs", inputs).slice();
    const ann = await this.number();
    return this.home.call("predict", { ann, inputs: values }, { transfer: [values.buffer] });
  }
}

/** Whether it is a trained network in a worker. */
export const isAnn = (value: unknown): value is Ann => value instanceof Ann && Ann.isOne(value);

/** A spiking network in a worker. */
export class Snn extends RemoteHandle {
  /** Its name in frames and results. */
  readonly name: string;
  /** What the conversion chose for each layer. */
  readonly layers: readonly LayerReport[];
  /** The largest difference in a logit that folding caused on the calibration inputs, relative to the largest logit. */
  readonly functionError: number;
  /** The number of synapses behind the pools. */
  readonly synapses: number;
  /** The number of steps that it was converted for, and the default for its runs. */
  readonly steps: number;
  /** The number of values in one input. */
  readonly inputs: number;
  /** The spike probability per step of an input of intensity 1; meaningless with constant currents. */
  readonly inputRate: number;

  /** @internal */
  constructor(home: Remote, facts: SnnFacts) {
    super("spiking network", home, facts.id);
    this.name = facts.name;
    this.layers = Object.freeze(facts.layers);
    this.functionError = facts.functionError;
    this.synapses = facts.synapses;
    this.steps = facts.steps;
    this.inputs = facts.inputs;
    this.inputRate = facts.inputRate;
  }

  /**
   * Runs the network on one input (intensities from 0 to 1). The same seed gives the same spikes everywhere.
   *
   * @throws {QuarticError} `invalid-option`, `shape-mismatch`, `invalid-input`, `too-large`, `no-seed`, `closed`
   */
  async run(input: Float32Array, options?: RunOptions): Promise<RunResult> {
    const [values, plain] = [
      floats("input", input).slice(),
      runOptions([this], optionsObject(options), RUN, Object.keys(RUN)),
    ];
    const snn = await this.number();
    return this.home.call("run", { snn, input: values, options: plain }, { transfer: [values.buffer] });
  }

  /**
   * The trained weights of one neuron, one entry per connection. Layer 1 is the first after the input.
   *
   * @throws {QuarticError} `invalid-option` if there is no such neuron, or if the network was read without `ann`;
   * `closed`
   */
  async weightsOf(layer: number, neuron: number): Promise<Afferent[]> {
    const at = place(layer, neuron);
    return this.home.call("weightsOf", { snn: await this.number(), ...at });
  }

  /**
   * What an input adds to every potential per step on average, in ANN units, layer by layer.
   *
   * @throws {QuarticError} `invalid-input`, `shape-mismatch`; `invalid-option` if the network was read without `ann`;
   * `closed`
   */
  async drift(input: Float32Array): Promise<Float32Array[]> {
    const values = floats("input", input).slice();
    const snn = await this.number();
    return this.home.call("drift", { snn, input: values }, { transfer: [values.buffer] });
  }

  /**
   * The response of the trained network to an input: the activations that the neurons stand for, layer by layer; for
   * the last layer, the logits.
   *
   * @throws {QuarticError} as for `drift`
   */
  async activations(input: Float32Array): Promise<Float32Array[]> {
    const values = floats("input", input).slice();
    const snn = await this.number();
    return this.home.call("activations", { snn, input: values }, { transfer: [values.buffer] });
  }

  /**
   * Saves the network as the bytes of a file: `safetensors` or `nir`.
   *
   * @throws {QuarticError} `invalid-option`, `unsupported-layer`, `left-out`, `too-large`, `closed`
   */
  async save(format: "safetensors" | "nir" = "safetensors"): Promise<FileBytes> {
    const known = fileFormat(format);
    return this.home.call("save", { snn: await this.number(), format: known });
  }

  /** @internal The number of one that is held; a worker that has none is given a copy. */
  everywhere(remote: Remote): Promise<Id> {
    return this.in(remote, async () => {
      const copy = await this.home.call("copy", { snn: await this.in(this.home) });
      return (await remote.call("adopt", copy)).id;
    });
  }
}

/** Whether it is a spiking network in a worker. */
export const isSnn = (value: unknown): value is Snn => value instanceof Snn && Snn.isOne(value);
