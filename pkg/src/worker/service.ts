// What a worker does with calls. Each is answered once; those that take long work in slices and listen in between.

import { type Ann, makeNetwork } from "../ann.js";
import { closed, QuarticError } from "../errors.js";
import { evaluatePart } from "../evaluate.js";
import type { Instance } from "../instance.js";
import { instanceOf } from "../load.js";
import { readModel } from "../model.js";
import { Quartic } from "../quartic.js";
import { convertInSlices, readSnn, type Snn } from "../snn.js";
import type { EvaluateResult, Frame } from "../types.js";
import type { Port } from "./port.js";
import {
  type AnnFacts,
  type AnnSource,
  type CallName,
  type Calls,
  failureOf,
  type Id,
  type SnnFacts,
} from "./protocol.js";

/** What a call may use while it runs. */
interface Running {
  signal: AbortSignal;
  /** Tells how far it is; what is not told of the total is known to the other end. */
  tell(done: number, total?: number): void;
}

type Handlers = {
  [Name in CallName]: (
    asks: Calls[Name]["asks"],
    running: Running,
  ) => Calls[Name]["gives"] | Promise<Calls[Name]["gives"]>;
};

/** Answers what comes in through a port. */
export function serve(port: Port): void {
  const handlers = new Service().handlers;
  const running = new Map<number, AbortController>();
  const handle = async (id: number, call: CallName, asks: unknown): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    const tell = (done: number, total?: number) => port.post({ id, done, ...(total !== undefined && { total }) });
    try {
      const handler = handlers[call] as (asks: unknown, running: Running) => unknown;
      port.post({ id, gives: await handler(asks, { signal: controller.signal, tell }) });
    } catch (error) {
      port.post({ id, failed: failureOf(error) });
    } finally {
      running.delete(id);
    }
  };
  port.listen((request) => {
    if ("stop" in request) running.get(request.stop)?.abort();
    else void handle(request.id, request.call, request.asks);
  });
}

/** A trained network, how it was made, and its number in the worker that made it first. */
interface Trained {
  ann: Ann;
  source: AnnSource;
  key: Id;
}

interface Converted {
  snn: Snn;
  trained: Trained | undefined;
  /** Whether it was given by another worker; nobody else then knows its trained network. */
  adopted: boolean;
}

/** What is compared, and what ends the frame that is being made. */
interface Comparison {
  frames: AsyncGenerator<Frame, void>;
  stop: AbortController;
}

class Service {
  #instance: Instance | undefined;
  #last: Id = 0;
  readonly #anns = new Map<Id, Trained>();
  readonly #snns = new Map<Id, Converted>();
  readonly #comparisons = new Map<Id, Comparison>();

  readonly handlers: Handlers = {
    start: async ({ module }) => {
      this.#instance = await instanceOf(module);
      return { version: this.#quartic.version };
    },
    network: (asks) => this.#keepAnn({ call: "network", asks }),
    readModel: (asks) => this.#keepAnn({ call: "readModel", asks }),
    predict: ({ ann, inputs }) => this.#ann(ann).ann.predict(inputs),
    convert: async ({ ann, options }, { signal, tell }) => {
      const trained = this.#ann(ann);
      const onProgress = ({ done, total }: { done: number; total: number }) => tell(done, total);
      const snn = await convertInSlices(this.#loaded, trained.ann, { ...options, signal, onProgress });
      return this.#keepSnn({ snn, trained, adopted: false });
    },
    readSnn: ({ bytes, name, ann }) => {
      const trained = ann === undefined ? undefined : this.#ann(ann);
      return this.#keepSnn({ snn: this.#read(bytes, name, trained?.ann), trained, adopted: false });
    },
    copy: ({ snn: id }) => {
      const { snn, trained } = this.#converted(id);
      return { bytes: snn.save(), name: snn.name, trained: trained && { key: trained.key, source: trained.source } };
    },
    adopt: ({ bytes, name, trained }) => {
      const known = trained && (this.#adopted(trained.key) ?? { ...trained, ann: this.#make(trained.source) });
      return this.#keepSnn({ snn: this.#read(bytes, name, known?.ann), trained: known, adopted: true });
    },
    save: ({ snn, format }) => this.#converted(snn).snn.save(format),
    run: ({ snn, input, options }) => this.#converted(snn).snn.run(input, options),
    weightsOf: ({ snn, layer, neuron }) => this.#converted(snn).snn.weightsOf(layer, neuron),
    drift: ({ snn, input }) => this.#converted(snn).snn.drift(input),
    activations: ({ snn, input }) => this.#converted(snn).snn.activations(input),
    compare: ({ snns, input, options }) => {
      const stop = new AbortController();
      const frames = this.#quartic.compare(this.#list(snns), input, { ...options, signal: stop.signal });
      return this.#keep(this.#comparisons, { frames, stop });
    },
    frame: async ({ comparison }, { signal }) => {
      const { frames, stop } = this.#comparisons.get(comparison) ?? {};
      signal.addEventListener("abort", () => stop?.abort());
      const next = await frames?.next();
      return next?.value ?? undefined;
    },
    evaluate: ({ snns, part: { images, labels, first }, options }, { signal, tell }) => {
      const onProgress = ({ done }: { done: number }) => tell(done);
      const all = { ...options, signal, onProgress };
      return evaluatePart(this.#loaded, this.#list(snns), { images, labels }, first, all, (raw) => raw.tallies());
    },
    seed: () => this.#loaded.call((glue) => glue.randomSeed()),
    report: ({ names, parts, options }) =>
      this.#loaded.call((glue) => glue.reportOf(names, parts, options) as EvaluateResult),
    mnistDigit: ({ ink, size }) => this.#quartic.mnistDigit(ink, size),
    usage: () => this.#quartic.usage(),
    close: async ({ id }) => {
      this.#anns.get(id)?.ann.close();
      const closing = this.#snns.get(id);
      closing?.snn.close();
      await this.#comparisons.get(id)?.frames.return();
      for (const kept of [this.#anns, this.#snns, this.#comparisons]) kept.delete(id);
      if (closing?.adopted && closing.trained && !this.#adopted(closing.trained.key)) closing.trained.ann.close();
      return undefined;
    },
  };

  get #loaded(): Instance {
    if (this.#instance) return this.#instance;
    throw new QuarticError("internal", "the worker was asked for something before it was started");
  }

  get #quartic(): Quartic {
    return new Quartic(this.#loaded);
  }

  #keep<Value>(kept: Map<Id, Value>, value: Value): Id {
    this.#last += 1;
    kept.set(this.#last, value);
    return this.#last;
  }

  #keepAnn(source: AnnSource): AnnFacts {
    const ann = this.#make(source);
    const { name, inputShape, inputs, outputs, layers, report } = ann;
    const id = this.#keep(this.#anns, { ann, source, key: this.#last + 1 });
    return { id, name, inputShape, inputs, outputs, layers, report };
  }

  #make(source: AnnSource): Ann {
    if (source.call === "readModel") return readModel(this.#loaded, source.asks.file);
    return makeNetwork(this.#loaded, source.asks.encoded, source.asks.imported);
  }

  #keepSnn(converted: Converted): SnnFacts {
    const { name, layers, functionError, synapses, steps, inputs, inputRate } = converted.snn;
    return { id: this.#keep(this.#snns, converted), name, layers, functionError, synapses, steps, inputs, inputRate };
  }

  #read(bytes: Uint8Array, name: string | undefined, ann: Ann | undefined): Snn {
    return readSnn(this.#loaded, bytes, { ...(name !== undefined && { name }), ...(ann && { ann }) });
  }

  /** The trained network that spiking ones from another worker share. */
  #adopted(key: Id): Trained | undefined {
    return [...this.#snns.values()].find(({ adopted, trained }) => adopted && trained?.key === key)?.trained;
  }

  #ann(id: Id): Trained {
    const known = this.#anns.get(id);
    if (known) return known;
    throw closed("network");
  }

  #converted(id: Id): Converted {
    const known = this.#snns.get(id);
    if (known) return known;
    throw closed("spiking network");
  }

  #list(ids: Id[]): Snn[] {
    return ids.map((id) => this.#converted(id).snn);
  }
}
