import { batch } from "@preact/signals";
import { load, type Quartic } from "quartic-snn";
import { writeAddress } from "./address";
import { CLASSES, fetchCalibration, fetchSamples, imageOf } from "./data";
import { Networks } from "./networks";
import type { Settings } from "./parameters";
import { moveTo, pause, play, prefersStillness } from "./player";
import { Run } from "./run";
import { digit, firstSample, head, phase, playing, problem, run, samples, settings, simulated } from "./store";

/** A slider that moves gives many values; the networks are converted for the one it rests on. */
const SETTLE = 60;

let session: { quartic: Quartic; networks: Networks } | undefined;
let turn = 0;
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
    if (!digit.peek()) chooseSample(firstSample);
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
  if (!session) return;
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
    const next = new Run({
      steps,
      sizes: [input.length, ...pair[0].layers.map(({ thresholds }) => thresholds.length)],
      open: (signal) => quartic.compare(pair, input, { steps, seed, record: ["spikes"], signal }),
      onProgress: (frames) => {
        if (run.peek() === next) simulated.value = frames;
      },
      onError: report,
    });
    replace(next, where === "at the same step");
  } catch (error) {
    if (mine === turn) report(error);
  }
}

function replace(next: Run, keepPlace: boolean): void {
  const before = run.peek();
  before?.stop();
  const ended = before !== null && head.peek() >= before.steps;
  batch(() => {
    run.value = next;
    simulated.value = 0;
    problem.value = null;
    if (keepPlace) moveTo(ended ? next.steps : head.peek());
    else moveTo(prefersStillness() ? next.steps : 0);
    if (playing.peek() && head.peek() >= next.steps) playing.value = false;
  });
  if (!keepPlace && !prefersStillness()) play();
}

function remember(): void {
  const chosen = digit.peek();
  const sample = chosen?.kind === "sample" && chosen.index !== 7 ? chosen.index : undefined;
  writeAddress(settings.peek(), sample);
}

function report(error: unknown): void {
  pause();
  problem.value = error instanceof Error ? error.message : String(error);
}
