// What a visitor takes away: the spikes on show as text, and the code that repeats the run.

import { FEW } from "./calibration";
import { catalogue } from "./catalogue";
import { optionsOf } from "./conversion";
import { calibrationFile, PIXELS } from "./data";
import { hasConvolutions, type Model } from "./model";
import type { Settings } from "./parameters";
import type { Run } from "./run";
import { streamOf } from "./session";
import { type Input, sides } from "./store";

/** One spike. Steps are counted from 1, as on the page; layer 0 is the input, which both networks share. */
interface Spike {
  network: string;
  layer: number;
  step: number;
  neuron: number;
  /** -1 where it is taken back; only of signed neurons. */
  sign?: number;
}

/** The spikes of the first `shown` steps, in the order of network, step, layer and neuron. */
function spikesOf({ frames }: Run, shown: number): Spike[] {
  return sides.flatMap(({ id }, network) =>
    frames.slice(0, shown).flatMap(({ networks }, step) =>
      (networks[network]?.spikes ?? []).flatMap(({ layer, neuron: neurons, sign: signs }) =>
        [...neurons].map((neuron, index) => {
          const sign = signs?.[index];
          return { network: id, layer, step: step + 1, neuron, ...(sign && { sign }) };
        }),
      ),
    ),
  );
}

export function spikesAsCsv(run: Run, shown: number): string {
  const spikes = spikesOf(run, shown);
  // One more column where there is something to tell apart.
  const signed = spikes.some(({ sign }) => sign);
  const rows = spikes.map(({ network, layer, step, neuron, sign = 1 }) =>
    [network, layer, step, neuron, ...(signed ? [sign] : [])].join(),
  );
  return `${[`network,layer,step,neuron${signed ? ",sign" : ""}`, ...rows].join("\n")}\n`;
}

export const spikesAsJson = (run: Run, shown: number) =>
  JSON.stringify({ settings: run.settings, steps: shown, spikes: spikesOf(run, shown) });

/** A module for Node that gives the run on show, spike by spike; none for what the page does not serve. */
export function codeOf(model: Model, input: Input, settings: Settings, page: string): string | undefined {
  const offer = catalogue.find(({ id }) => id === model.key);
  if (!offer || !model.dataSet || input.kind === "image") return undefined;
  const { steps, seed } = settings;
  const [plain, l4] = optionsOf(settings).map((options) => JSON.stringify(options));
  const bytes = btoa(String.fromCharCode(...input.values.map((value) => Math.round(value * 255))));
  const some = hasConvolutions(model) ? `.subarray(0, ${FEW * PIXELS})` : "";
  const address = (file: string) => JSON.stringify(new URL(file, page).href);
  return `import { gunzipSync } from "node:zlib";
import { load } from "quartic-snn";
const get = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
const intensities = (bytes) => Float32Array.from(bytes, (value) => value / 255);
const quartic = await load();
const ann = quartic.readModel(await get(${address(offer.url)}));
const calibration = intensities(gunzipSync(await get(${address(calibrationFile(model.dataSet.id))})))${some};
const plain = quartic.convert(ann, { calibration, ...${plain} });
const l4 = quartic.convert(ann, { calibration, ...${l4} });
const input = intensities(Buffer.from("${bytes}", "base64"));
const run = { steps: ${steps}, seed: ${seed}, stream: ${streamOf(input)} };
for (const snn of [plain, l4]) console.log(JSON.stringify({ name: snn.name, ...snn.run(input, run) }));
`;
}
