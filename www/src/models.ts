// Which trained network is in use: one of the page's, or the visitor's own.

import { batch, signal } from "@preact/signals";
import { experiment, markPlace } from "./address";
import { calibrationFor } from "./calibration";
import { catalogue } from "./catalogue";
import { fetchCalibration, fetchSamples } from "./data";
import { type Engine, engine, freeEngine } from "./engine/engine";
import { fetchBytes, Unreachable } from "./fetch";
import { earlyInput, firstInput, inputOf } from "./inputs";
import type { Kept } from "./kept";
import { type Experiment, runLink } from "./link";
import { describe, idOf, type Model, OWN, sameForm, takenFor } from "./model";
import { once } from "./once";
import { defaults } from "./parameters";
import {
  age,
  choosing,
  clearInput,
  endRun,
  hasChosen,
  letGoOfMissing,
  type Place,
  reasonOf,
  report,
  restart,
  standAt,
  stay,
} from "./session";
import {
  converted,
  type Input,
  images,
  input,
  inverted,
  layer,
  layers,
  model,
  opened,
  ownInputs,
  ownModel,
  phase,
  pinned,
  playing,
  plot,
  problem,
  reading,
  refusal,
  run,
  samples,
  settings,
  tour,
} from "./store";

/** Larger files would not fit into the memory of a WebAssembly module beside what is made of them. */
const LARGEST = 256 * 1024 * 1024;

const OFFERED = { own: false };
/** Those that have been read. */
const offered = new Set<string>();
let choice = 0;
/** The visitor's file that is being read. */
let underway: { worker: Engine; key: string } | undefined;

/** What could not be loaded, in words, and how that is tried again. It stays until something else is chosen. */
export const missing = signal<{ what: string; again: () => void } | null>(null);

/** Begins a choice of a network; what it gives tells whether none was begun after it. */
function begun(): () => boolean {
  choice += 1;
  batch(() => {
    missing.value = null;
    refusal.value = null;
    // Nobody waits any longer for what was being read.
    reading.value = null;
    converted.value = 0;
  });
  underway?.worker.forget(underway.key);
  underway = undefined;
  const mine = choice;
  return () => mine === choice;
}

/** The network in use stays where another could not be had. */
function fail(id: string, error: unknown, again: () => void): void {
  name(idInUse());
  stay();
  if (error instanceof Unreachable)
    missing.value = { what: offered.has(id) || id === OWN ? "The requested data" : titleOf(id), again };
  else report(error);
}

const titleOf = (id: string) => catalogue.find((one) => one.id === id)?.title ?? id;

/** Loads everything and runs the first input. */
export async function begin(): Promise<void> {
  batch(() => {
    phase.value = "loading";
    problem.value = null;
  });
  try {
    // Its worker loads while the network is fetched.
    engine(OFFERED);
    const first = await offer(settings.peek().model);
    const linked = hasChosen() ? null : await inputOf(opened.input, first);
    const early = await earlyInput(first);
    if (early) markPlace();
    // A run that is on show already goes on, now simulated here.
    const shown = run.peek() && input.peek();
    // What was cleared stays so.
    const chosen = early ?? shown ?? (hasChosen() ? null : linked);
    // What was chosen meanwhile stays.
    if (!model.peek()) await use(first, chosen, shown && !early ? "at the same step" : (opened.at ?? "from the start"));
    phase.value = "ready";
  } catch (error) {
    phase.value = "failed";
    report(error);
  }
}

/** What settings call the network in use, or the one that the page begins with. */
function idInUse(): string {
  const network = model.peek();
  return network ? idOf(network) : opened.settings.model;
}

/** Has settings and address name a network: one that is chosen, or again the one in use. */
function name(id: string): void {
  settings.value = { ...settings.peek(), model: id };
}

/** Waits no longer for a network that was chosen and is still being loaded; nothing changes where there is none. */
function abandon(): void {
  if (settings.peek().model !== idInUse()) name(idInUse());
}

interface How {
  /** What both networks look at stays where it fits. */
  stay?: boolean;
  /** It is what was kept. */
  back?: Kept | undefined;
  /** The experiment is an entry of the history: without a step, its run was played or had ended. */
  entry?: boolean;
}

/** Goes to an experiment; where the one on show differs only in the step or the neuron, it runs on. */
export async function go(next: Experiment, how: How = {}): Promise<void> {
  const isLast = begun();
  abandon();
  try {
    const held = how.back !== undefined && how.back.input.values === input.peek()?.values;
    const same = (held || !how.back) && isRun(next, held || how.stay === true);
    if (same) stay();
    else age();
    const network = same ? null : await named(next.settings.model);
    const chosen = network && (await inputFor(next, network, how));
    if (!isLast()) return;
    choosing();
    batch(() => {
      pinned.value = next.neuron ?? null;
      tour.value = next.tour ?? null;
      plot.value = next.plot ?? null;
      layer.value = next.layer ?? 1;
      const end = how.entry && !playing.peek() ? run.peek()?.steps : undefined;
      const at = next.at ?? end;
      if (same && at !== undefined) standAt(at);
    });
    if (!network) return letGoOfMissing();
    if (!chosen) clearInput();
    settings.value = next.settings;
    await use(network, chosen, next.at ?? "from the start", how.back);
  } catch (error) {
    if (isLast()) fail(next.settings.model, error, () => void go(next, how));
  }
}

/** Whether the run on show is that of an experiment, but for what both networks look at where that may stay. */
function isRun(next: Experiment, stay: boolean): boolean {
  const before = experiment();
  if (!model.peek() || !input.peek() || next.input === null) return false;
  if (before.settings.model !== next.settings.model) return false;
  // No link tells what is on show.
  if (!stay && before.input === undefined) return false;
  return runLink(before) === runLink(stay ? { ...next, input: before.input } : next);
}

async function inputFor(next: Experiment, network: Model, { stay, back }: How) {
  if (next.input === null && !back) return null;
  // Another network of the visitor's may be in the place of the one before.
  if (back && back.input.values.length === network.inputs) return back.input;
  return (stay && keeps(network) && input.peek()) || inputOf(next.input, network);
}

/** Takes one of the page's models, or again the visitor's own. */
export async function chooseModel(id: string): Promise<void> {
  markPlace();
  const isLast = begun();
  reading.value = offered.has(id) || id === OWN ? null : titleOf(id);
  name(id);
  age();
  try {
    const next = await named(id);
    if (isLast()) await use(next);
  } catch (error) {
    if (isLast()) fail(id, error, () => void chooseModel(id));
  }
  if (isLast()) reading.value = null;
}

/** Reads and converts a visitor's file; where that fails, the model in use stays. */
export async function takeModel(file: File): Promise<void> {
  const isLast = begun();
  stay();
  batch(() => {
    name(idInUse());
    reading.value = file.name;
  });
  try {
    const [next, first] = await read(file, `${OWN}-${choice}`);
    if (!isLast()) return engine(next).forget(next.key);
    const before = ownModel.peek();
    markPlace();
    batch(() => {
      ownModel.value = next;
      name(OWN);
    });
    await use(next, keeps(next) ? undefined : first);
    if (before) engine(before).forget(before.key);
  } catch (error) {
    if (isLast()) {
      refusal.value = { of: "model", file: file.name, reason: reasonOf(error) };
      stay();
    }
  }
  if (isLast()) reading.value = null;
}

/** Takes the visitor's own model for one that reads something else: what is shown to it and calibration follow. */
export async function takeFor(reading: string): Promise<void> {
  const own = ownModel.peek();
  if (!own) return;
  const isLast = begun();
  abandon();
  age();
  const next = takenFor(own, reading);
  try {
    if (next.dataSet) await Promise.all([fetchSamples(reading), fetchCalibration(reading)]);
    if (!isLast()) return;
    ownModel.value = next;
    await use(next);
  } catch (error) {
    if (isLast()) fail(OWN, error, () => void takeFor(reading));
  }
}

async function read(file: File, key: string): Promise<[Model, Input]> {
  if (file.size > LARGEST) {
    const size = Math.round(file.size / 1024 / 1024);
    throw new Error(`It is ${size} MB; this page reads models of up to ${LARGEST / 1024 / 1024} MB.`);
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const worker = freeEngine({ own: true });
  const mine = { worker, key };
  underway = mine;
  const facts = await worker.read(key, bytes);
  if (underway !== mine) {
    worker.forget(key);
    throw new Error("Another network was chosen.");
  }
  const next = describe(facts, { key, title: facts.name ?? file.name, bytes });
  const first = keeps(next) ? input.peek() : null;
  const chosen = first ?? (await firstInput(next));
  try {
    const { inputs } = await calibrationFor(next, chosen.values, keeps(next) ? ownInputs.peek() : []);
    await worker.prepare(next, inputs);
    await worker.call("convert", { key, conversion: settings.peek() }, (share) => {
      if (underway === mine) converted.value = share;
    });
  } catch (error) {
    if (!worker.broken) worker.forget(key);
    throw error;
  } finally {
    if (underway === mine) underway = undefined;
  }
  return [next, chosen];
}

/** A model by what the settings call it; without the visitor's own, which is not kept for a next visit, the usual one. */
async function named(id: string): Promise<Model> {
  return id === OWN ? (ownModel.peek() ?? offer(defaults.model)) : offer(id);
}

/** Chosen twice while it is being loaded, a network is read once: the worker lets go of what it had under the same key. */
const offer = once(async (id: string): Promise<Model> => {
  const found = catalogue.find((one) => one.id === id) ?? catalogue.find((one) => one.id === defaults.model);
  if (!found) throw new Error(`this page has no model ${id}`);
  const { title, url, dataSet } = found;
  const [bytes] = await Promise.all([fetchBytes(url), fetchSamples(dataSet), fetchCalibration(dataSet)]);
  const facts = await freeEngine(OFFERED).read(id, bytes);
  const made = describe(facts, { key: id, title, bytes, dataSet });
  offered.add(id);
  return made;
});

/** Whether what the networks look at fits this model too. */
function keeps(next: Model | null): boolean {
  const before = model.peek();
  return before !== null && next !== null && sameForm(before.form, next.form) && before.dataSet === next.dataSet;
}

/** Puts a model in use, and an input or none with it; where nothing is said of that, the one on show stays if it fits. */
async function use(next: Model, first?: Input | null, place?: Place, own?: Kept): Promise<void> {
  const isSame = model.peek() === next;
  const stays = keeps(next) || (model.peek() === null && first !== undefined && first === input.peek());
  const set = next.dataSet ? await fetchSamples(next.dataSet.id) : null;
  const chosen = first !== undefined ? first : stays ? input.peek() : await firstInput(next);
  if (!stays) {
    choosing();
    endRun();
  }
  batch(() => {
    // Another network has other neurons.
    if (model.peek() && model.peek() !== next && place === undefined) pinned.value = null;
    model.value = next;
    name(idOf(next));
    samples.value = set;
    // Without an input nothing is converted, and its neurons are not known.
    if (!chosen && !isSame) layers.value = [{ name: "", shape: next.inputShape }];
    if (own || !stays) {
      images.value = own?.images ?? [];
      inverted.value = own?.inverted ?? false;
    }
    input.value = chosen;
    // What could not be had when the page was opened may have come since.
    if (phase.peek() === "failed") phase.value = "ready";
  });
  await restart(place ?? (stays ? "at the same step" : "from the start"));
}
