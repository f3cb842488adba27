// The package in a strict project of its own that checks its declarations, and knows `using` by them alone. What is not said
// may be left out or `undefined`.

import { type Ann, load, type Snn } from "quartic-snn";
import { load as loadWorker, type Ann as RemoteAnn, type Snn as RemoteSnn } from "quartic-snn/worker";

export async function counts(spec: Parameters<Awaited<ReturnType<typeof load>>["network"]>[0], input: Float32Array) {
  const quartic = await load();
  using ann: Ann = quartic.network(spec);
  using snn: Snn = quartic.convert(ann, { calibration: input });
  return snn.run(input).counts;
}

export async function scores(spec: Parameters<Awaited<ReturnType<typeof load>>["network"]>[0], input: Float32Array) {
  await using quartic = await loadWorker();
  await using ann: RemoteAnn = await quartic.network(spec);
  using snn: RemoteSnn = await quartic.convert(ann, { calibration: input });
  return (await snn.run(input)).scores;
}

export const download = (snn: Snn): Blob => new Blob([snn.save()]);
export const answer = async (snn: RemoteSnn): Promise<Response> => new Response(await snn.save("nir"));

export const disposable = (snn: Snn): Disposable => snn;
export const later = (snn: RemoteSnn): AsyncDisposable => snn;

export const maybe = (snn: Snn, input: Float32Array, steps: number | undefined, seed: number | undefined) =>
  snn.run(input, { steps, seed, record: undefined });
export async function perhaps(ann: Ann, calibration: Float32Array, signal: AbortSignal | undefined) {
  const quartic = await load({ wasm: undefined });
  const snn = quartic.convert(ann, { calibration, steps: undefined, strength: undefined, name: undefined });
  return quartic.compare([snn], calibration, { signal });
}
