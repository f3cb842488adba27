import { abortSignal, floats, knownKeys, labels, optionsObject } from "./check.js";
import { named } from "./compare.js";
import { guarded, invalidOption } from "./errors.js";
import type { Wasm } from "./load.js";
import { Slices } from "./slices.js";
import type { Snn } from "./snn.js";
import type { DataSet, EvaluateOptions, EvaluateResult } from "./types.js";

/** Runs networks on a data set, in slices that leave the thread to others. */
export async function evaluate(
  wasm: Wasm,
  networks: readonly Snn[],
  data: DataSet,
  options?: EvaluateOptions,
): Promise<EvaluateResult> {
  const list = named(networks);
  const { signal, onProgress, ...rest } = optionsObject(options);
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw invalidOption("onProgress", onProgress, "a function");
  }
  if (typeof data !== "object" || data === null) throw invalidOption("data", data, "an object { images, labels }");
  knownKeys(data, ["images", "labels"]);
  const classes = labels(data.labels);
  const slices = new Slices(abortSignal(signal));
  const raw = guarded(() => new wasm.Evaluation());
  try {
    guarded(() => {
      for (const [name, network] of list) raw.add(name, network.raw);
      raw.begin(floats("images", data.images), classes, rest);
    });
    let done = 0;
    const soFar = () => guarded(() => raw.report() as EvaluateResult);
    while (guarded(() => raw.advance())) {
      done += 1;
      if (!slices.over) continue;
      onProgress?.({ done, total: classes.length }, soFar);
      await slices.next();
    }
    onProgress?.({ done, total: classes.length }, soFar);
    return soFar();
  } finally {
    raw.free();
  }
}
