// Both networks on many test images, as the controls stand, beside the run on show.

import { batch, signal } from "@preact/signals";
import type { EvaluateResult } from "quartic-snn";
import { calibrationFor, sourceOf } from "./calibration";
import { fetchTestSet, PIXELS } from "./data";
import { Engine } from "./engine/engine";
import type { Model } from "./model";
import type { Settings } from "./parameters";
import { reasonOf, settingsOf } from "./session";
import { input, model, ownInputs } from "./store";

export interface Evaluation {
  /** What it was made with. */
  settings: Settings;
  model: Omit<Model, "bytes">;
  source: ReturnType<typeof sourceOf>;
  dataSet: string;
  labels: Uint8Array;
  total: number;
  done: number;
  /** Seconds, once that can be told. */
  left: number | undefined;
  state: "running" | "finished" | "cancelled";
  /** Over the images done. */
  result: EvaluateResult | undefined;
}

export const evaluation = signal<Evaluation | null>(null);
/** Those that came to their end, oldest first. */
export const evaluated = signal<readonly Evaluation[]>([]);
export const evaluationProblem = signal<string | null>(null);

/** The time left is told after this many milliseconds, or this share of the images. */
const SURE = { time: 1000, share: 0.02 };

let worker: Engine | undefined;
let turn = 0;

/** Evaluates on the first images of the test set, in place of the evaluation before. */
export async function evaluate(count: number): Promise<void> {
  cancel();
  turn += 1;
  const mine = turn;
  evaluationProblem.value = null;
  const network = model.peek();
  const set = network?.dataSet;
  // Labels mean something only where the outputs are the classes of the data.
  if (!set || !network.classes) return;
  const conversion = settingsOf(network);
  const values = input.peek()?.values ?? new Float32Array(network.inputs);
  const images = ownInputs.peek();
  // A file of the visitor's may be large, and another may take its place.
  const { bytes: _, ...about } = network;
  const source = sourceOf(network, values, images);
  const of = { settings: conversion, model: about, source, dataSet: set.id };
  const begun = { done: 0, left: undefined, state: "running" as const, result: undefined };
  evaluation.value = { ...of, labels: new Uint8Array(), total: count, ...begun };
  try {
    const test = await fetchTestSet(set.id);
    const { inputs } = await calibrationFor(network, values, images);
    if (mine !== turn) return;
    const labels = test.labels.slice(0, count);
    const total = labels.length;
    const common = { ...of, labels, total };
    evaluation.value = { ...common, ...begun };
    // The worker is started and the networks are converted before the first image: that says nothing of the others.
    let first: { done: number; at: number } | undefined;
    // A worker of its own: the run on show goes on, and an end comes at once.
    worker = new Engine(network);
    await worker.prepare(network, inputs);
    const { key } = network;
    const asks = { key, conversion, images: test.images.slice(0, total * PIXELS), labels, seed: conversion.seed };
    const result = await worker.call("evaluate", asks, ({ done, result }) => {
      if (mine !== turn) return;
      first ??= { done, at: performance.now() };
      const [time, images] = [performance.now() - first.at, done - first.done];
      const sure = time >= SURE.time || images >= SURE.share * total;
      const left = sure ? (time / 1000 / images) * (total - done) : undefined;
      evaluation.value = { ...common, done, left, state: "running", result };
    });
    if (mine !== turn) return;
    end();
    const finished: Evaluation = { ...common, done: total, left: 0, state: "finished", result };
    batch(() => {
      evaluation.value = finished;
      evaluated.value = [...evaluated.peek(), finished];
    });
  } catch (error) {
    if (mine === turn) fail(reasonOf(error));
  }
}

/** Ends the work at once; what is known stays. */
export function cancel(): void {
  turn += 1;
  end();
  const current = evaluation.peek();
  if (current?.state === "running") evaluation.value = { ...current, state: "cancelled" };
}

function end(): void {
  worker?.close("the evaluation has ended");
  worker = undefined;
}

function fail(reason: string): void {
  end();
  evaluationProblem.value = reason;
  evaluation.value = null;
}
