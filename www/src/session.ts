// One experiment: the model in use, the input and the settings, converted and run again when one of them changes.

import { batch } from "@preact/signals";
import { markPlace } from "./address";
import { calibrationFor } from "./calibration";
import { engine, wasEnded } from "./engine/engine";
import { idOf, type Model } from "./model";
import { defaults, type Settings } from "./parameters";
import { moveTo, pause, play, prefersStillness } from "./player";
import { Run } from "./run";
import {
  calibratedOn,
  hasNeuron,
  head,
  type Input,
  inked,
  input,
  layers,
  model,
  outdated,
  ownInputs,
  pinned,
  problem,
  run,
  settings,
  simulated,
} from "./store";

/** A slider that moves gives many values; the networks are converted for the one it rests on. */
const SETTLE = 60;

/** A run that takes over while another is played is simulated this many steps ahead. */
const LEAD = 10;

/** A run that comes sooner needs no word on the one that is still on show, in milliseconds. */
const PATIENCE = 300;

let turn = 0;
/** A run that is not on show yet, and the step at which it will be. */
let upcoming: { run: Run; place: () => number } | undefined;
/** Where the newest run is to be shown, until it is. */
let wanted: Place | undefined;
/** Where the newest run is to be shown, if its worker was ended for a network that is being chosen. */
let interrupted: Place | undefined;
/** What was the problem before something else was asked for. */
let told: string | null = null;
let settling: ReturnType<typeof setTimeout> | undefined;
let ageing: ReturnType<typeof setTimeout> | undefined;

let choices = 0;

/** Begins a choice of what both networks look at; what it gives tells whether none was begun after it. */
export function choosing(): () => boolean {
  choices += 1;
  const mine = choices;
  return () => mine === choices;
}

/** What it gives tells whether nothing was chosen since; a file that is refused ends no other choice. */
export function nothingChosen(): () => boolean {
  const mine = choices;
  return () => mine === choices;
}

/** Whether anything was chosen or cleared since the page was opened. */
export const hasChosen = () => choices > 0;

/** Takes another input and runs it. */
export function show(next: Input): void {
  choosing();
  markPlace();
  input.value = next;
  void restart("from the start");
}

export function clearInput(): void {
  choosing();
  turn += 1;
  endRun();
  batch(() => {
    input.value = null;
    inked.value = false;
    problem.value = null;
  });
}

/** Ends what runs, where the next run will have nothing in common with it. */
export function endRun(): void {
  pause();
  run.peek()?.stop();
  upcoming?.run.stop();
  upcoming = undefined;
  wanted = undefined;
  interrupted = undefined;
  renew();
  batch(() => {
    run.value = null;
    head.value = 0;
    simulated.value = 0;
  });
}

/** Another run is asked for than the one on show. */
export function age(): void {
  ageing ??= setTimeout(() => {
    batch(() => {
      outdated.value = run.peek() !== null;
      // It was of what was asked for before.
      told = problem.peek();
      problem.value = null;
    });
  }, PATIENCE);
}

/** The run that was asked for last goes on after all: nothing comes of what was chosen since. */
export function stay(): void {
  if (interrupted !== undefined) void restart(interrupted);
  else if (run.peek()?.engine?.broken) void restart("at the same step");
  else if (run.peek()?.id === turn) renew();
  else if (wanted === undefined && upcoming === undefined) {
    // What was asked for last has failed, and is told again.
    batch(() => {
      renew();
      outdated.value = run.peek() !== null;
      problem.value ??= told;
    });
  }
}

/** Where something else has ended the worker of a run that stands still, it begins again in the next one. */
export function revive(current: Run, error: unknown): void {
  const stands = current === run.peek() && wanted === undefined && upcoming === undefined;
  if (stands && wasEnded(error) && error.code === "aborted") void restart("at the same step");
}

/** What was asked for last is on show, or never will be. */
function renew(): void {
  clearTimeout(ageing);
  ageing = undefined;
  outdated.value = false;
}

export function change<Id extends keyof Settings>(id: Id, value: Settings[Id]): void {
  if (typeof value === "string") markPlace();
  setAll({ ...settings.peek(), [id]: value });
}

/** All settings but the network as the page begins. */
export function restoreDefaults(): void {
  markPlace();
  setAll({ ...defaults, model: settings.peek().model });
}

function setAll(next: Settings): void {
  settings.value = next;
  age();
  clearTimeout(settling);
  settling = setTimeout(() => void restart("at the same step"), SETTLE);
}

/** Where a run begins to be shown: played, at the place of the play head, or at a step. */
export type Place = "from the start" | "at the same step" | number;

/** Converts where needed and begins a new run; a settings change keeps the place of the play head. */
export async function restart(where: Place): Promise<void> {
  turn += 1;
  const mine = turn;
  const network = model.peek();
  const chosen = input.peek();
  if (!network || !chosen) return;
  // The run that comes with the page is made again as it is.
  if (run.peek()?.engine) age();
  wanted = where;
  interrupted = undefined;
  const conversion = settingsOf(network);
  try {
    const { values } = chosen;
    const calibration = await calibrationFor(network, values, ownInputs.peek());
    if (mine !== turn) return;
    calibratedOn.value = calibration.about;
    const worker = engine(network);
    await worker.prepare(network, calibration.inputs);
    if (mine !== turn) return;
    const { steps, seed } = conversion;
    const stream = streamOf(chosen);
    const asks = { run: mine, key: network.key, conversion, input: values, steps, seed, stream };
    const facts = await worker.call("begin", asks);
    const source = worker.frames(mine);
    if (mine !== turn) {
      await source.return?.();
      return;
    }
    const next: Run = new Run({
      id: mine,
      steps,
      settings: conversion,
      input: chosen,
      layers: [{ name: "", shape: network.inputShape }, ...facts],
      source,
      engine: worker,
      onProgress: () => batch(() => follow(next)),
      onError: (error) => recover(next, error),
    });
    upcoming?.run.stop();
    upcoming = { run: next, place: () => 0 };
    // What changes before the first run is on show keeps no place.
    if (typeof wanted === "number") showAt(next, wanted);
    else if (wanted === "from the start" || run.peek() === null) startOver(next);
    else catchUp(next);
  } catch (error) {
    if (mine === turn) goOn(wanted ?? where, error);
  }
}

/** Stands still at a step: of the run on show, or of the one that will take its place. */
export function standAt(step: number): void {
  pause();
  if (wanted === undefined) moveTo(step);
  else wanted = step;
  if (upcoming) showAt(upcoming.run, step);
}

/** The settings with the network in use, which another is already chosen for while that is loaded. */
export const settingsOf = (network: Model) => ({ ...settings.peek(), model: idOf(network) });

/** An image of the test set runs on the spikes that it had in an evaluation. */
export const streamOf = (chosen: Input) => (chosen.kind === "test" ? chosen.index : 0);

function startOver(next: Run): void {
  const still = prefersStillness();
  batch(() => {
    pause();
    adopt(next, 0);
    if (still) moveTo(next.steps);
    else play();
  });
}

/** The play head may move while the next run is on its way; where the run on show has ended, the next one has as well. */
function catchUp(next: Run): void {
  waitFor(next, () => {
    const before = run.peek();
    return before && head.peek() >= before.steps ? next.steps : Math.min(head.peek(), next.steps);
  });
}

/** Who asks for a step wants to look at it. */
function showAt(next: Run, step: number): void {
  pause();
  waitFor(next, () => Math.min(step, next.steps));
}

/** It takes over when it is that far. */
function waitFor(next: Run, place: () => number): void {
  upcoming = { run: next, place };
  if (place() < 1) adopt(next, place());
  else next.advanceTo(place());
}

function follow(next: Run): void {
  if (upcoming?.run === next) {
    const place = upcoming.place();
    // The play head has gone on meanwhile: what is on show must not be less than before.
    if (next.frames.length < Math.floor(place)) next.advanceTo(place + LEAD);
    else adopt(next, place);
  }
  if (next === run.peek()) simulated.value = next.frames.length;
}

/** Puts a run on show in place of the one before. */
function adopt(next: Run, place: number): void {
  run.peek()?.stop();
  upcoming = undefined;
  if (next.id === turn) {
    wanted = undefined;
    renew();
  }
  batch(() => {
    run.value = next;
    layers.value = next.layers;
    simulated.value = next.frames.length;
    problem.value = null;
    told = null;
    letGoOfMissing();
    moveTo(place);
  });
}

/** A link may name a neuron that its networks do not have. As long as others are on show, nothing is known of that. */
export function letGoOfMissing(): void {
  const key = pinned.peek();
  if (key && run.peek()?.id === turn && !hasNeuron(layers.peek(), key)) pinned.value = null;
}

function recover(failed: Run, error: unknown): void {
  if (failed === upcoming?.run || failed === run.peek()) goOn(wanted ?? "at the same step", error);
  else report(error);
}

/**
 * A run whose worker was ended for another reason begins again in the next one. Where that was done for another network,
 * which the next worker is to read, it first waits for what comes of that.
 */
function goOn(where: Place, error: unknown): void {
  if (!wasEnded(error)) {
    wanted = undefined;
    report(error);
  } else if (error.code === "interrupted") interrupted = where;
  else void restart(where);
}

export function report(error: unknown): void {
  pause();
  renew();
  // What is on show may be of another choice.
  outdated.value = run.peek() !== null && run.peek()?.id !== turn;
  problem.value = reasonOf(error);
}

/** As a sentence: what the package says has a small letter first and code in backticks. */
export function reasonOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).replaceAll("`", "").trim();
  const begun = text.replace(/^(?!https?:)[a-z](?=[a-z]*[ ,:])/, (letter) => letter.toUpperCase());
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
