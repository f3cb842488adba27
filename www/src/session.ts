import { batch } from "@preact/signals";
import { load, type Quartic } from "quartic-snn";
import { writeAddress } from "./address";
import { CLASSES, fetchCalibration, fetchSamples, imageOf } from "./data";
import { Networks } from "./networks";
import type { Settings } from "./parameters";
import { moveTo, pause, play, prefersStillness } from "./player";
import { Run } from "./run";
import { defaultSample, digit, firstSample, head, phase, problem, run, samples, settings, simulated } from "./store";

/** A slider that moves gives many values; the networks are converted for the one it rests on. */
const SETTLE = 60;

let session: { quartic: Quartic; networks: Networks } | undefined;
let turn = 0;
/** A run that is not on show yet. */
let upcoming: Run | undefined;
/** What was drawn before everything was loaded. */
let early: (() => void) | undefined;
let settling: ReturnType<typeof setTimeout> | undefined;

/** Loads everything and runs the first digit. */
export async function begin(): Promise<void> {
  try {
    const [quartic, calibration, digits] = await Promise.all([load(), fetchCalibration(), fetchSamples()]);
    session = { quartic, networks: new Networks(quartic, calibration) };
    batch(() => {
      samples.value = digits;
      phase.value = "ready";
    });
    if (early) early();
    else chooseSample(firstSample);
  } catch (error) {
    phase.value = "failed";
    report(error);
  }
}

export function chooseSample(index: number): void {
  const set = samples.peek();
  if (!set) return;
  digit.value = { kind: "sample", index, label: index % CLASSES, pixels: imageOf(set, index) };
  void restart("from the start");
}

/** Takes a drawing as what both networks look at. */
export function showDrawing(ink: Float32Array, size: { width: number; height: number }): void {
  if (!session) {
    early = () => showDrawing(ink, size);
    return;
  }
  try {
    digit.value = { kind: "drawing", pixels: session.quartic.mnistDigit(ink, size) };
    void restart("from the start");
  } catch (error) {
    report(error);
  }
}

export function clearDigit(): void {
  turn += 1;
  pause();
  run.peek()?.stop();
  upcoming?.stop();
  upcoming = undefined;
  batch(() => {
    digit.value = null;
    run.value = null;
    head.value = 0;
    simulated.value = 0;
    problem.value = null;
  });
  remember();
}

export function change<Id extends keyof Settings>(id: Id, value: Settings[Id]): void {
  settings.value = { ...settings.peek(), [id]: value };
  clearTimeout(settling);
  settling = setTimeout(() => void restart("at the same step"), SETTLE);
}

/** Converts where needed and begins a new run; a settings change keeps the place of the play head. */
async function restart(where: "from the start" | "at the same step"): Promise<void> {
  turn += 1;
  const mine = turn;
  const current = settings.peek();
  remember();
  const input = digit.peek()?.pixels;
  if (!session || !input) return;
  const { quartic, networks } = session;
  try {
    const pair = await networks.prepare(current);
    if (mine !== turn) return;
    const { steps, seed } = current;
    const next: Run = new Run({
      steps,
      sizes: [input.length, ...pair[0].layers.map(({ thresholds }) => thresholds.length)],
      open: (signal) => quartic.compare(pair, input, { steps, seed, record: ["spikes"], signal }),
      onProgress: () => batch(() => follow(next)),
      onError: report,
    });
    upcoming?.stop();
    upcoming = next;
    if (where === "from the start") startOver(next);
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
    simulated.value = next.frames.length;
    problem.value = null;
    moveTo(ended ? next.steps : head.peek());
  });
}

function remember(): void {
  const chosen = digit.peek();
  const sample = chosen?.kind === "sample" && chosen.index !== defaultSample ? chosen.index : undefined;
  writeAddress(settings.peek(), sample);
}

function report(error: unknown): void {
  pause();
  problem.value = error instanceof Error ? error.message : String(error);
}
