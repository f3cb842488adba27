// `npm run bench:precision [-- --images 10000]`: what fixed point costs in accuracy. Plain and L4-adjusted networks in
// 32 bits and in fixed point, on the same input spikes.

import { parseArgs } from "node:util";
import { load } from "quartic-snn/worker";
import { loadData, readModelFile } from "../examples/evaluate/data.mjs";

const MODELS = ["mnist-mlp", "fashion-mlp", "mnist-cnn", "fashion-cnn"];
const { values } = parseArgs({ options: { images: { type: "string", default: "10000" } } });
const images = Number(values.images);
const run = { steps: 100, seed: 1 };
/** Of how many images spikes are compared one by one. */
const compared = Math.min(100, images);

const quartic = await load();
const percent = (share, digits = 2) => (100 * share).toFixed(digits);
const plusMinus = ({ mean, standardError }) => `${percent(mean)} ± ${percent(standardError)}`;

/** Every spike after the input as one text. */
function spikesOf({ spikes }) {
  const of = ({ layer, step, neuron }) => Array.from(step, (at, index) => `${layer} ${at} ${neuron[index]}`);
  return new Set(spikes.slice(1).flatMap(of));
}

/** The share of the spikes of either network that both have, over the first images. */
async function equalSpikes([one, other], pixels, inputs) {
  let [both, either] = [0, 0];
  for (let stream = 0; stream < compared; stream++) {
    const image = pixels.slice(stream * inputs, (stream + 1) * inputs);
    const options = { ...run, stream, record: ["spikes"] };
    const [first, second] = (await Promise.all([one.run(image, options), other.run(image, options)])).map(spikesOf);
    const common = first.intersection?.(second).size ?? [...first].filter((spike) => second.has(spike)).length;
    both += common;
    either += first.size + second.size - common;
  }
  return both / either;
}

console.log(
  "| model, method | 32 bits % | fixed % | fixed less 32 bits, points | same decision % | spikes, of 32 bits | same spikes % |",
);
console.log("|---|---|---|---|---|---|---|");
for (const model of MODELS) {
  const ann = await quartic.readModel(readModelFile(model));
  const data = loadData(model);
  const [calibration, test] = [data.calibration(), data.test(images)];
  for (const adjustment of ["none", "l4"]) {
    const convert = (precision) => quartic.convert(ann, { calibration, adjustment, precision, name: precision });
    const networks = [await convert("f32"), await convert("fixed")];
    const { networks: results, pairedDifferences } = await quartic.evaluate(networks, test, run);
    const [f32, fixed] = results;
    const same = f32.predictions.filter((prediction, index) => prediction === fixed.predictions[index]).length;
    const cells = [
      `${model}, ${adjustment === "none" ? "plain" : adjustment}`,
      percent(f32.accuracy),
      percent(fixed.accuracy),
      plusMinus(pairedDifferences[0].accuracy),
      percent(same / images),
      (fixed.spikesPerImage / f32.spikesPerImage).toFixed(4),
      percent(await equalSpikes(networks, test.images, ann.inputs), 1),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
quartic.close();
