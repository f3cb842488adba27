// Whether hidden neurons fire that should be silent, and whether others stay silent that have something to say. Runs the
// package in this process.

import { DEFAULT, methods } from "./methods.mjs";
import { subject } from "./neurons.mjs";

const STEPS = 100;
const IMAGES = 100;
const SEED = 1;
/** The conversions that are looked at, without a floor and at the usual input rate. */
const NAMES = ["plain", "plain, corrected", "channel", "light", "uniform", "l1", "l2", "exact", "l4", DEFAULT];
const INPUT_RATE = 0.25;

/**
 * Of one run, by the activations of the hidden layers and their spikes: the share of the neurons with an activation of 0 that
 * fire, the share of all spikes that are theirs, and the share of all activations that are of neurons that never fire.
 */
export function silenceOf(activations, spikes) {
  const neurons = activations.flatMap((values, layer) => {
    const counts = new Uint32Array(values.length);
    for (const neuron of spikes[layer].neuron) counts[neuron] += 1;
    return Array.from(values, (activation, neuron) => ({ activation, count: counts[neuron] }));
  });
  const silent = neurons.filter(({ activation }) => activation <= 0);
  const sum = (some, of) => some.reduce((total, neuron) => total + of(neuron), 0);
  const share = (part, whole) => (whole === 0 ? 0 : part / whole);
  const said = ({ activation }) => Math.max(0, activation);
  return {
    fired: share(silent.filter(({ count }) => count > 0).length, silent.length),
    falseSpikes: share(
      sum(silent, ({ count }) => count),
      sum(neurons, ({ count }) => count),
    ),
    lost: share(
      sum(
        neurons.filter(({ count }) => count === 0),
        said,
      ),
      sum(neurons, said),
    ),
  };
}

/** Mean and standard error. */
function estimate(values) {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return [mean, Math.sqrt(variance / n)].map((value) => Number(value.toPrecision(4)));
}

/** Per method, each share as a mean over test images with its standard error. */
export async function measureSilence(model) {
  const { quartic, ann, calibration, images, inputs } = await subject(model, IMAGES);
  const rows = NAMES.map((name) => {
    const { options } = methods.find((method) => method.name === name);
    const all = { margin: 0, ...options, calibration, steps: STEPS, inputRate: INPUT_RATE };
    const network = quartic.convert(ann, all);
    const shares = Array.from({ length: IMAGES }, (_, image) => {
      const input = images.slice(image * inputs, (image + 1) * inputs);
      const { spikes } = network.run(input, { steps: STEPS, seed: SEED, stream: image, record: ["spikes"] });
      // Of neurons in between: the input is what it is, and outputs are scores.
      return silenceOf(network.activations(input).slice(0, -1), spikes.slice(1, -1));
    });
    network.close();
    const of = (what) => estimate(shares.map((share) => share[what]));
    return [name, { fired: of("fired"), falseSpikes: of("falseSpikes"), lost: of("lost") }];
  });
  ann.close();
  return { images: IMAGES, steps: STEPS, seed: SEED, inputRate: INPUT_RATE, methods: Object.fromEntries(rows) };
}
