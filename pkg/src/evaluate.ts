import { abortSignal, floats, knownKeys, labels, objectOf, optionsObject, progress } from "./check.js";
import { named } from "./compare.js";
import { closed } from "./errors.js";
import type { Instance } from "./instance.js";
import { RUN, runOptions } from "./options.js";
import { Slices } from "./slices.js";
import { isSnn, type Snn } from "./snn.js";
import type { DataSet, EvaluateOptions, EvaluateResult } from "./types.js";
import type { Evaluation as RawEvaluation } from "./wasm/quartic_snn.js";

/** What the paired differences name beside networks. */
export const NAMED_BESIDE = ["inputLimit"];

/** Checks labelled images as far as that can be done without the networks. */
export function dataSet(data: DataSet): { images: Float32Array; labels: Uint32Array } {
  const given = objectOf("data", data);
  knownKeys(given, ["images", "labels"]);
  const images = floats("images", given.images);
  return { images, labels: labels(given.labels, images) };
}

/** Runs networks on a data set, in slices that leave the thread to others. */
export function evaluate(
  instance: Instance,
  networks: readonly Snn[],
  data: DataSet,
  options?: EvaluateOptions,
): Promise<EvaluateResult> {
  return evaluatePart(instance, networks, data, 0, options, (raw) => raw.report() as EvaluateResult);
}

/** The same for a part of a data set, which begins with image `first` of the whole; `take` reads what it gave. */
export async function evaluatePart<Result>(
  instance: Instance,
  networks: readonly Snn[],
  data: DataSet,
  first: number,
  options: EvaluateOptions | undefined,
  take: (raw: RawEvaluation) => Result,
): Promise<Result> {
  const all = named(networks, isSnn, NAMED_BESIDE);
  const list = all.map(([name, snn]) => [name, snn.rawIn(instance)] as const);
  const { signal, onProgress, ...rest } = optionsObject(options);
  const tell = progress(onProgress);
  const { images, labels } = dataSet(data);
  const snns = all.map(([, snn]) => snn);
  const plain = runOptions(snns, rest, RUN, ["steps", "seed", "signal", "onProgress"]);
  const slices = new Slices(abortSignal(signal));
  const raw = instance.call((glue) => new glue.Evaluation());
  let over = false;
  const soFar = () => {
    if (over) throw closed("evaluation");
    return instance.call(() => (raw.done > 0 ? (raw.report() as EvaluateResult) : undefined));
  };
  try {
    instance.call(() => {
      for (const [name, network] of list) raw.add(name, network);
      raw.begin(images, labels, first, plain);
    });
    while (instance.call(() => raw.advance())) {
      if (!slices.over) continue;
      tell?.({ done: instance.call(() => raw.done), total: labels.length }, soFar);
      await slices.next();
    }
    tell?.({ done: labels.length, total: labels.length }, soFar);
    return instance.call(() => take(raw));
  } finally {
    over = true;
    instance.free(raw);
  }
}
