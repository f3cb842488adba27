// What the page shows before anything is loaded: the run that it begins with, simulated here as it will be there.

import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { calibrationDigits, PIXELS } from "../../examples/evaluate/data.mjs";

/** The sample and the seed of a page that is opened without a link. */
const SAMPLE = 7;
const SEED = 1;

const intensities = (bytes) => Float32Array.from(bytes, (value) => value / 255);

/** Gaps between the spikes of a neuron as letters, which pack well: `$` is a gap of 1, `~` adds LONGEST to the next. */
const FIRST = 35;
const LONGEST = 56;

function gaps(steps) {
  let text = "";
  let last = -1;
  for (const step of steps) {
    let gap = step - last;
    for (; gap > LONGEST; gap -= LONGEST) text += "~";
    text += String.fromCharCode(FIRST + gap);
    last = step;
  }
  return text;
}

/** The spikes of one layer: what each neuron has, with `!` after it. */
function spikeText({ step, neuron }, neurons) {
  const byNeuron = Array.from({ length: neurons }, () => []);
  for (const [index, one] of neuron.entries()) byNeuron[one].push(step[index]);
  return byNeuron.map((steps) => `${gaps(steps)}!`).join("");
}

export async function firstRun() {
  const { load, convertDefaults } = await import("quartic-snn");
  const quartic = await load();
  const samples = gunzipSync(await readFile(new URL("../src/assets/mnist-samples.bin", import.meta.url)));
  const pixels = samples.subarray(SAMPLE * PIXELS, (SAMPLE + 1) * PIXELS);
  const calibration = calibrationDigits();
  const ann = quartic.readModel(await readFile(new URL("../../models/mnist-mlp.safetensors", import.meta.url)));
  const { steps } = convertDefaults;
  const common = { calibration, steps, inputRate: convertDefaults.inputRate };
  const pair = [
    quartic.convert(ann, { ...common, adjustment: "none", name: "plain" }),
    quartic.convert(ann, { ...common, adjustment: "l4", name: "l4" }),
  ];
  const networks = pair.map(({ name, layers }) => {
    // A score is the spikes so far times a threshold.
    const thresholds = [...layers.at(-1).thresholds];
    return { name, thresholds, predictions: "", operations: [], spikes: [] };
  });
  for await (const frame of quartic.compare(pair, intensities(pixels), { steps, seed: SEED, record: [] })) {
    for (const [index, { prediction, synapticOperations }] of frame.networks.entries()) {
      networks[index].predictions += prediction;
      networks[index].operations.push(synapticOperations);
    }
  }
  for (const [index, snn] of pair.entries()) {
    const { spikes } = snn.run(intensities(pixels), { steps, seed: SEED, record: ["spikes"] });
    const sizes = [PIXELS, ...snn.layers.map(({ thresholds }) => thresholds.length)];
    networks[index].spikes = spikes.map((layer, place) => spikeText(layer, sizes[place]));
  }
  const activations = pair[0].activations(intensities(pixels));
  const silent = activations.map((layer) => Array.from(layer, (value) => (value > 0 ? 0 : 1)).join(""));
  const layers = pair[0].layers.map(({ name, shape }, index) => ({ name, shape, silent: silent[index] }));
  const [plain, l4] = networks;
  // Both read the same input.
  l4.spikes[0] = "";
  return {
    sample: SAMPLE,
    seed: SEED,
    steps,
    pixels: Buffer.from(pixels).toString("base64"),
    layers,
    networks: [plain, l4],
  };
}
