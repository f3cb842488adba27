// Evaluates beside the page and beside its other worker, so that the run on show goes on and an end comes at once.

import { type EvaluateResult, load } from "quartic-snn";
import { intensities } from "../fetch";
import type { Conversion } from "./calls";
import { Networks } from "./networks";

export interface Task {
  model: Uint8Array;
  calibration: Float32Array;
  conversion: Conversion;
  /** One byte per value. */
  images: Uint8Array;
  labels: Uint8Array;
  seed: number;
}

/** How far it is, the result over the images done, or what went wrong. */
export type News = { done: number; total: number; result: EvaluateResult } | { failed: string };

/** Results are sent this often, in milliseconds. */
const PAUSE = 150;

async function evaluate({ model, calibration, conversion, images, labels, seed }: Task): Promise<void> {
  const quartic = await load();
  const networks = new Networks(quartic, quartic.readModel(model));
  networks.calibrate(calibration);
  let told = 0;
  const tell = (news: News) => postMessage(news);
  const data = { images: intensities(images), labels };
  await quartic.evaluate(networks.prepare(conversion), data, {
    steps: conversion.steps,
    seed,
    onProgress: ({ done, total }, soFar) => {
      if (done < total && performance.now() - told < PAUSE) return;
      told = performance.now();
      tell({ done, total, result: soFar() });
    },
  });
}

addEventListener("message", async ({ data }: MessageEvent<Task>) => {
  try {
    await evaluate(data);
  } catch (error) {
    postMessage({ failed: error instanceof Error ? error.message : String(error) } satisfies News);
  }
});
