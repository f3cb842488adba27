// What single neurons do: how far their noise is predicted, and how their rates follow the activations. Runs the package in
// this process.

import { readFileSync } from "node:fs";
import { load } from "quartic-snn";
import { loadData } from "../examples/evaluate/data.mjs";
import { at } from "../scripts/lib/house.mjs";
import { IMAGES as COUNTED, multiplications } from "./multiplications.mjs";

const STEPS = 100;
const IMAGES = 10;
const STREAMS = 40;
/** The points of a plot, at most. */
const POINTS = 150;

const sum = (values) => values.reduce((total, value) => total + value, 0);

const rms = (values) => Math.sqrt(sum(values.map((value) => value ** 2)) / values.length);

/** Pearson's correlation coefficient. */
export function pearson(points) {
  const n = points.length;
  const [mx, my] = [0, 1].map((axis) => sum(points.map((point) => point[axis])) / n);
  const product = (a, b) => sum(points.map((point) => (point[a] - [mx, my][a]) * (point[b] - [mx, my][b])));
  return product(0, 1) / Math.sqrt(product(0, 0) * product(1, 1));
}

/** Every so many points, so that a plot stays a small file; r is of all of them. */
function thinned(points) {
  const every = Math.ceil(points.length / POINTS);
  return points
    .filter((_, index) => index % every === 0)
    .map((point) => point.map((value) => Number(value.toPrecision(4))));
}

const series = (name, points) => ({ name, r: pearson(points), points: thinned(points) });

/** Everything that a neuron has received in a run, in ANN units: what is left and what it has sent. */
function charges(run, layers) {
  return layers.map(({ thresholds, fires }, index) => {
    const { neurons, values } = run.potentials[index];
    const last = values.subarray((STEPS - 1) * neurons, STEPS * neurons);
    const received = Float64Array.from(last);
    const { step, neuron } = run.spikes[index + 1];
    if (fires) {
      step.forEach((at, k) => {
        if (at < STEPS - 1) received[neuron[k]] += 1;
      });
    }
    return received.map((value, j) => value * thresholds[j]);
  });
}

/** A bundled network with its calibration and its first test images, one after the other. */
export async function subject(model, count) {
  const quartic = await load();
  const ann = quartic.readModel(readFileSync(at("models", `${model}.safetensors`)));
  const data = loadData(model);
  const { images } = data.test(count);
  return { quartic, ann, calibration: data.calibration(), images, inputs: images.length / count };
}

/** For each layer of neurons but the last, the points of its plots. */
export async function measure(model) {
  const { quartic, ann, calibration, images, inputs } = await subject(model, IMAGES);
  // Without a margin, whose thresholds are not noise times one number.
  const convert = (options) => quartic.convert(ann, { calibration, steps: STEPS, margin: 0, ...options });
  const networks = { plain: convert({ adjustment: "none" }), l4: convert({ gainCorrection: false }) };
  const { l4 } = networks;
  // Thresholds that are the noise and nothing else.
  const unbound = { headroom: null, noiseLimit: null, channelNoise: "mean", biasCorrection: false };
  const norms = Object.fromEntries(
    ["l1", "l2"].map((adjustment) => [adjustment, convert({ adjustment, ...unbound }).layers]),
  );
  // Of the very images that are measured, in the first layer alone: further on it is the noise of other thresholds.
  const [first, coins] = ["poisson", "bernoulli"].map(
    (noise) => convert({ calibration: images, gainCorrection: false, noise }).layers[0],
  );
  const moments = l4.layers.map(({ thresholds }) => new Float64Array(thresholds.length));
  for (let image = 0; image < IMAGES; image++) {
    const input = images.slice(image * inputs, (image + 1) * inputs);
    const sums = l4.layers.map(({ thresholds }) => [0, 0].map(() => new Float64Array(thresholds.length)));
    for (let stream = 0; stream < STREAMS; stream++) {
      const run = l4.run(input, { steps: STEPS, seed: 1, stream, record: ["spikes", "potentials"] });
      charges(run, l4.layers).forEach((charge, layer) => {
        charge.forEach((value, j) => {
          sums[layer][0][j] += value;
          sums[layer][1][j] += value ** 2;
        });
      });
    }
    sums.forEach(([firsts, seconds], layer) => {
      firsts.forEach((total, j) => {
        moments[layer][j] += (seconds[j] - total ** 2 / STREAMS) / (STREAMS - 1) / IMAGES;
      });
    });
  }
  const rates = Object.entries(networks).map(([name, network]) => [
    name,
    ratesOf(network, networks.plain, images, inputs),
  ]);
  return l4.layers.slice(0, -1).map((report, layer) => {
    const measured = Array.from(moments[layer], Math.sqrt);
    const against = (predicted) => measured.map((value, j) => [value, predicted[j]]);
    const byNorm = (adjustment) => norms[adjustment][layer].thresholds.map((theta) => theta / 0.9);
    return {
      name: report.name,
      sigma: [
        series("L4 norm", against(report.sigmaL4)),
        series("L2 norm", against(byNorm("l2"))),
        series("L1 norm", against(byNorm("l1"))),
        series("exact formula", against(report.sigma)),
      ],
      // The measured noise of the layer, RMS over its neurons, in parts of what the exact formula says: of the images that
      // are measured in the first layer, of the calibration further on.
      scale: Object.fromEntries(
        Object.entries(layer === 0 ? { poisson: first, coins } : { poisson: report }).map(([model, { sigma }]) => [
          model,
          rms(measured) / rms(Array.from(sigma)),
        ]),
      ),
      rates: rates.map(([name, points]) => series(name, points[layer])),
    };
  });
}

/** For each layer, `[activation, rate times threshold times gain]` of every neuron on every image. */
function ratesOf(network, trained, images, inputs) {
  const points = network.layers.map(() => []);
  for (let image = 0; image < IMAGES; image++) {
    const input = images.slice(image * inputs, (image + 1) * inputs);
    const activations = trained.drift(input);
    const { spikes } = network.run(input, { steps: STEPS, seed: 1, record: ["spikes"] });
    network.layers.forEach(({ thresholds, gains }, layer) => {
      const sent = new Float64Array(thresholds.length);
      for (const neuron of spikes[layer + 1].neuron) sent[neuron] += 1;
      sent.forEach((count, j) => {
        points[layer].push([Math.max(activations[layer][j], 0), (count * thresholds[j] * gains[j]) / STEPS]);
      });
    });
  }
  return points;
}

/**
 * What each trained network has to compute: the multiplications of one pass, all and by what is not 0, and the additions of
 * biases of one step, as it is and with biases corrected, when every neuron has one.
 */
export async function costs(models) {
  const costs = [];
  for (const model of models) {
    const { quartic, ann, calibration, images } = await subject(model, COUNTED);
    const snn = quartic.convert(ann, { calibration, adjustment: "none" });
    // Without an input only biases drive a network.
    const drifts = snn.drift(new Float32Array(ann.inputs));
    const neurons = drifts.reduce((sum, { length }) => sum + length, 0);
    const isBiased = drifts.some((drift) => drift.some((value) => value !== 0));
    costs.push([model, multiplications(ann, snn, images), { trained: isBiased ? neurons : 0, corrected: neurons }]);
  }
  return {
    multiplications: Object.fromEntries(costs.map(([model, counts]) => [model, counts])),
    biasAdditions: Object.fromEntries(costs.map(([model, , additions]) => [model, additions])),
  };
}
