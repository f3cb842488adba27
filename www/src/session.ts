// One experiment: the model in use, the input and the settings, converted and run again when one of them changes.

import { batch } from "@preact/signals";
import { writeAddress } from "./address";
import { calibrationFor } from "./calibration";
import { EngineError, engine } from "./engine/engine";
import type { Settings } from "./parameters";
import { moveTo, pause, play, prefersStillness } from "./player";
import { Run } from "./run";
import {
  calibratedOn,
  defaultSample,
  head,
  type Input,
  input,
  layers,
  model,
  ownInputs,
  problem,
  run,
  settings,
  simulated,
} from "./store";

/** A slider that moves gives many values; the networks are converted for the one it rests on. */
const SETTLE = 60;

let turn = 0;
/** A run that is not on show yet. */
let upcoming: Run | undefined;
let settling: ReturnType<typeof setTimeout> | undefined;

/** Takes another input and runs it. */
export function show(next: Input): void {
  input.value = next;
  void restart("from the start");
}

export function clearInput(): void {
  turn += 1;
  endRun();
  batch(() => {
    input.value = null;
    problem.value = null;
  });
  remember();
}

/** Ends what runs, where the next run will have nothing in common with it. */
export function endRun(): void {
  pause();
  run.peek()?.stop();
  upcoming?.stop();
  upcoming = undefined;
  batch(() => {
    run.value = null;
    head.value = 0;
    simulated.value = 0;
  });
}

export function change<Id extends keyof Settings>(id: Id, value: Settings[Id]): void {
  settings.value = { ...settings.peek(), [id]: value };
  clearTimeout(settling);
  settling = setTimeout(() => void restart("at the same step"), SETTLE);
}

/** Converts where needed and begins a new run; a settings change keeps the place of the play head. */
export async function restart(where: "from the start" | "at the same step"): Promise<void> {
  turn += 1;
  const mine = turn;
  const conversion = settings.peek();
  remember();
  const network = model.peek();
  const values = input.peek()?.values;
  if (!network || !values) return;
  try {
    const calibration = await calibrationFor(network, values, ownInputs.peek());
    const worker = engine();
    await worker.prepare(network, calibration.inputs);
    if (mine !== turn) return;
    const { steps, seed } = conversion;
    const facts = await worker.call("begin", { run: mine, key: network.key, conversion, input: values, steps, seed });
    const source = worker.frames(mine);
    if (mine !== turn) {
      await source.return?.();
      return;
    }
    const next: Run = new Run({
      steps,
      layers: [{ name: "", shape: network.inputShape }, ...facts],
      source,
      onProgress: () => batch(() => follow(next)),
      onError: (error) => recover(next, error),
    });
    calibratedOn.value = calibration.about;
    upcoming?.stop();
    upcoming = next;
    // What changes before the first run is on show keeps no place.
    if (where === "from the start" || run.peek() === null) startOver(next);
    else catchUp(next);
  } catch (error) {
    if (mine === turn) report(error);
  }
}

function startOver(next: Run): void {
  const still = prefersStillness();
  pause();
  batch(() => {
    head.value = 0;
    adopt(next);
    if (still) moveTo(next.steps);
  });
  if (!still) play();
}

/** Where the run on show has ended, the next one is shown at its end too. It takes over when it is that far. */
function catchUp(next: Run): void {
  const before = run.peek();
  const place = before && head.peek() >= before.steps ? next.steps : Math.min(head.peek(), next.steps);
  if (place < 1) adopt(next);
  else next.advanceTo(place);
}

function follow(next: Run): void {
  if (next === upcoming) adopt(next);
  if (next === run.peek()) simulated.value = next.frames.length;
}

/** Puts a run on show in place of the one before. */
function adopt(next: Run): void {
  const before = run.peek();
  const ended = before !== null && head.peek() >= before.steps;
  before?.stop();
  upcoming = undefined;
  batch(() => {
    run.value = next;
    layers.value = next.layers;
    simulated.value = next.frames.length;
    problem.value = null;
    moveTo(ended ? next.steps : head.peek());
  });
}

/** A run whose worker was ended for another reason begins again in the next one. */
function recover(failed: Run, error: unknown): void {
  const current = failed === upcoming || failed === run.peek();
  if (current && error instanceof EngineError && error.code === "aborted") void restart("at the same step");
  else report(error);
}

function remember(): void {
  const chosen = input.peek();
  const sample = chosen?.kind === "sample" && chosen.index !== defaultSample ? chosen.index : undefined;
  writeAddress(settings.peek(), sample);
}

export function report(error: unknown): void {
  pause();
  problem.value = reasonOf(error);
}

export const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
