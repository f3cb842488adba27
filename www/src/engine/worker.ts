// Reads, converts and simulates beside the page, so that neither a large model nor a broken one can freeze it.

import { type Frame, load, type Quartic, QuarticError, type Snn } from "quartic-snn";
import lean from "quartic-snn/quartic_snn_lean_bg.wasm?url";
import { optionsOf } from "../conversion";
import { intensities } from "../fetch";
import { marginOf, startOf, strengthOf } from "../parameters";
import type { Answer, Call, CallName, Calls, Failure, LayerFacts, Tells } from "./calls";
import { Inspection } from "./inspection";
import { Networks } from "./networks";
import { measureNoise } from "./noise";

/** Frames are sent when this much time has passed, in milliseconds. */
const SLICE = 12;
/** What is done so far is told this often, in milliseconds. */
const PAUSE = 150;

type Handlers = {
  [Name in CallName]: (asks: Calls[Name]["asks"], tell: (news: Tells<Name>) => void) => Promise<Calls[Name]["gives"]>;
};

const models = new Map<string, Networks>();
const runs = new Map<number, { frames: AsyncIterator<Frame>; inspection: Inspection }>();
let quartic: Promise<Quartic> | undefined;
/** Told by the very first call. */
let whole = false;
/** The newest run that was asked for. */
let newest = 0;

/** After a failure, the next call tries to load again. */
function loaded(): Promise<Quartic> {
  quartic ??= load(whole ? {} : { wasm: new URL(lean, location.href) }).catch((error) => {
    quartic = undefined;
    // What the package says of a module that did not come is for those who import it.
    const { url, from } = error instanceof QuarticError && error.code === "load-failed" ? error.details : {};
    throw url || from ? new Error("the simulator could not be loaded. Are you online?", { cause: error }) : error;
  });
  return quartic;
}

/** Waits as reading does, so that calls are answered in their order. */
async function known(key: string): Promise<Networks> {
  await loaded();
  const model = models.get(key);
  if (!model) throw new Error(`the model ${key} was not read`);
  return model;
}

function forget(key: string): void {
  models.get(key)?.close();
  models.delete(key);
}

const layersOf = (network: Snn): LayerFacts[] => network.layers.map(({ name, shape }) => ({ name, shape }));

const handlers: Handlers = {
  async start(asks) {
    whole = asks.whole;
    await loaded();
    return undefined;
  },
  async read({ key, bytes }) {
    const api = await loaded();
    const ann = api.readModel(bytes);
    forget(key);
    models.set(key, new Networks(api, ann));
    const { name, inputShape, inputs, outputs, layers, report } = ann;
    return { name, inputShape, inputs, outputs, layers, report };
  },
  async calibrate({ key, inputs }) {
    (await known(key)).calibrate(inputs);
    return undefined;
  },
  async convert({ key, conversion }, tell) {
    let told = performance.now();
    const [plain] = await (await known(key)).convert(conversion, (share) => {
      if (performance.now() - told < PAUSE) return;
      told = performance.now();
      tell(share);
    });
    return layersOf(plain);
  },
  async forget({ key }) {
    forget(key);
    return undefined;
  },
  async begin({ run, key, conversion, input, ...options }) {
    newest = run;
    const api = await loaded();
    // Messages that have come in meanwhile are delivered now; a newer run makes this one needless.
    await new Promise((resolve) => setTimeout(resolve));
    if (run !== newest) throw new QuarticError("aborted", "a newer run was asked for");
    const pair = (await known(key)).prepare(conversion);
    const frames = api.compare(pair, input, { ...options, record: ["spikes"] });
    runs.set(run, {
      frames: frames[Symbol.asyncIterator](),
      inspection: new Inspection(pair, input, { ...options, conversion }),
    });
    const silent = pair[0].activations(input).map((layer) => Uint8Array.from(layer, (value) => (value > 0 ? 0 : 1)));
    return layersOf(pair[0]).map((layer, index) => ({ ...layer, silent: silent[index] }));
  },
  async next({ run }) {
    const source = runs.get(run)?.frames;
    const frames: Frame[] = [];
    if (!source) return frames;
    const start = performance.now();
    // One at least, however busy the machine: none would be the end.
    do {
      const { value, done } = await source.next();
      if (done) break;
      frames.push(value);
    } while (performance.now() - start < SLICE);
    return frames;
  },
  async inspect({ run, layer, neuron }) {
    const inspection = runs.get(run)?.inspection;
    if (!inspection) throw new QuarticError("aborted", "the run was stopped");
    return inspection.neuron(layer, neuron);
  },
  async anatomy({ run }) {
    const inspection = runs.get(run)?.inspection;
    if (!inspection) throw new QuarticError("aborted", "the run was stopped");
    return inspection.anatomy();
  },
  async evaluate({ key, conversion, images, labels, seed }, tell) {
    const api = await loaded();
    const data = { images: intensities(images), labels };
    let told = 0;
    return api.evaluate((await known(key)).prepare(conversion), data, {
      steps: conversion.steps,
      seed,
      onProgress: ({ done, total }, soFar) => {
        if (done === total || performance.now() - told < PAUSE) return;
        const result = soFar();
        if (!result) return;
        told = performance.now();
        tell({ done, result });
      },
    });
  },
  async noise({ key, conversion, input, seed, runs }, tell) {
    // As they are, but for the floor: it would take the noise away that is measured. What L4 has because of it stays, its
    // strength to two digits.
    const usual = { strength: strengthOf(conversion), margin: marginOf(conversion) };
    const [plain, l4] = optionsOf({ ...conversion, ...usual, floor: "none" });
    const asShown = { ...l4, initialPotential: Number(startOf(conversion)) };
    const pair = (await known(key)).prepareAs([plain, asShown]);
    return measureNoise(pair, input, { steps: conversion.steps, seed, runs, reset: conversion.reset }, tell);
  },
  async stop({ run }) {
    await runs.get(run)?.frames.return?.();
    runs.delete(run);
    return undefined;
  },
  async digit({ ink, size }) {
    return (await loaded()).mnistDigit(ink, size);
  },
};

function failure(error: unknown): Failure {
  if (error instanceof QuarticError) return { code: error.code, message: error.message };
  return { code: undefined, message: error instanceof Error ? error.message : String(error) };
}

async function answer({ id, name, asks }: Call): Promise<Answer> {
  try {
    const handle = handlers[name] as (asks: unknown, tell: (news: unknown) => void) => Promise<unknown>;
    return { id, gives: await handle(asks, (tells) => postMessage({ id, tells } satisfies Answer)) };
  } catch (error) {
    return { id, failed: failure(error) };
  }
}

addEventListener("message", async ({ data }: MessageEvent<Call>) => postMessage(await answer(data)));
