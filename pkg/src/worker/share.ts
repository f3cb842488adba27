// A data set shared out over workers: parts of some images, each done by whoever is free. Image i keeps stream i of the
// seed and the statistics are made from all images in their order, so that the result does not depend on the workers.

import { QuarticError, throwIfAborted } from "../errors.js";
import type { EvaluateOptions } from "../types.js";
import { onAbort } from "./aborts.js";
import type { Snn } from "./handles.js";
import type { Id, Part } from "./protocol.js";
import type { Remote } from "./remote.js";

/** The most images in a part. Their spikes take far longer than sending them. */
const MOST = 64;

/** Parts as small as need be for all workers to end at about the same time. */
export function* partsOf(
  data: { images: Float32Array; labels: Uint32Array },
  workers: number,
  { inputs, layers }: Snn,
): Generator<Part> {
  const { images, labels } = data;
  const total = labels.length;
  // What is wrong is refused by the module, in its own words, before anything runs.
  if (total === 0 || total * inputs !== images.length) {
    yield { images: images.slice(), labels, first: 0 };
    return;
  }
  const classes = layers.at(-1)?.thresholds.length ?? 0;
  const value = images.findIndex((intensity) => !(intensity >= 0 && intensity <= 1));
  const wrong = value >= 0 ? Math.floor(value / inputs) : labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    const image = images.slice(wrong * inputs, (wrong + 1) * inputs);
    yield { images: image, labels: labels.slice(wrong, wrong + 1), first: wrong };
    return;
  }
  const size = Math.min(MOST, Math.ceil(total / (8 * workers)));
  for (let first = 0; first < total; first += size) {
    const end = first + size;
    yield { images: images.slice(first * inputs, end * inputs), labels: labels.slice(first, end), first };
  }
}

/** The numbers of networks in a worker; none where the module has been built without what copies them. */
async function idsIn(remote: Remote, snns: readonly Snn[]): Promise<Id[] | undefined> {
  try {
    return await Promise.all(snns.map((snn) => snn.everywhere(remote)));
  } catch (error) {
    // The worker that made them does all the work then.
    if (error instanceof QuarticError && error.code === "left-out") return undefined;
    throw error;
  }
}

/** Runs all parts and gives what each gave. The first failure stops all others, and is thrown when they have stopped. */
export async function runParts(
  remotes: readonly Remote[],
  snns: readonly Snn[],
  parts: Iterator<Part>,
  options: EvaluateOptions,
  { signal, tell }: { signal: AbortSignal | undefined; tell: (done: number) => void },
): Promise<Float64Array[]> {
  // One for each: a signal with many listeners is taken for a leak.
  const stops = remotes.map(() => new AbortController());
  const stop = () => {
    for (const controller of stops) controller.abort();
  };
  const failures: unknown[] = [];
  const fail = (error: unknown) => {
    failures.push(error);
    stop();
  };
  const results: Float64Array[] = [];
  const done = new Map<Remote, number>();
  const told = (remote: Remote, images: number) => {
    done.set(remote, images);
    try {
      tell([...done.values()].reduce((sum, next) => sum + next, 0));
    } catch (error) {
      fail(error);
    }
  };
  const work = async (remote: Remote, stopped: AbortSignal): Promise<void> => {
    const ids = await idsIn(remote, snns);
    if (!ids) return;
    let before = 0;
    while (!stopped.aborted) {
      const next = parts.next();
      if (next.done) return;
      const part = next.value;
      const along = { signal: stopped, tell: (images: number) => told(remote, before + images) };
      const transfer = [part.images.buffer as ArrayBuffer];
      results.push(await remote.call("evaluate", { snns: ids, part, options }, { ...along, transfer }));
      before += part.labels.length;
    }
  };
  const forget = onAbort(signal, stop);
  await Promise.all(stops.map((own, index) => work(remotes[index] as Remote, own.signal).catch(fail)));
  forget();
  throwIfAborted(signal);
  if (failures.length > 0) throw failures[0];
  return results;
}
