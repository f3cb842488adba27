// Both networks on many test images, as the controls stand, beside the run on show.

import { signal } from "@preact/signals";
import type { EvaluateResult } from "quartic-snn";
import { calibrationFor } from "./calibration";
import { fetchTestSet, PIXELS } from "./data";
import type { News, Task } from "./engine/evaluator";
import type { Settings } from "./parameters";
import { reasonOf } from "./session";
import { input, model, settings } from "./store";

export interface Evaluation {
  /** What it was made with. */
  settings: Settings;
  dataSet: string;
  labels: Uint8Array;
  total: number;
  done: number;
  /** Seconds. */
  left: number | undefined;
  state: "running" | "finished" | "cancelled";
  /** Over the images done. */
  result: EvaluateResult | undefined;
}

export const evaluation = signal<Evaluation | null>(null);
export const evaluationProblem = signal<string | null>(null);

let worker: Worker | undefined;
let turn = 0;

/** Evaluates on the first images of the test set, in place of the evaluation before. */
export async function evaluate(images: number): Promise<void> {
  cancel();
  turn += 1;
  const mine = turn;
  evaluationProblem.value = null;
  const network = model.peek();
  const set = network?.dataSet;
  if (!network || !set) return;
  const given = settings.peek();
  try {
    const test = await fetchTestSet(set.id);
    const { inputs } = await calibrationFor(network, input.peek()?.values ?? new Float32Array(network.inputs), []);
    if (mine !== turn) return;
    const labels = test.labels.slice(0, images);
    const total = labels.length;
    const common = { settings: given, dataSet: set.id, labels, total };
    evaluation.value = { ...common, done: 0, left: undefined, state: "running", result: undefined };
    const started = performance.now();
    worker = new Worker(new URL("./engine/evaluator.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<News>) => {
      if (mine !== turn) return;
      if ("failed" in data) return fail(data.failed);
      const { done, result } = data;
      const left = ((performance.now() - started) / 1000 / done) * (total - done);
      const state = done === total ? "finished" : "running";
      evaluation.value = { ...common, done, left, state, result };
      if (state === "finished") end();
    });
    worker.addEventListener("error", (event) => fail(event.message || "the evaluation could not be started"));
    const task: Task = {
      model: network.bytes,
      calibration: inputs,
      conversion: given,
      images: test.images.slice(0, total * PIXELS),
      labels,
      seed: given.seed,
    };
    worker.postMessage(task);
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
  worker?.terminate();
  worker = undefined;
}

function fail(reason: string): void {
  end();
  evaluationProblem.value = reason;
  evaluation.value = null;
}
