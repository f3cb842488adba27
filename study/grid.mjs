// What is run: networks, settings, seeds. One entry becomes one job for each seed.

import { constant, methods } from "./methods.mjs";

export const SEEDS = [1, 2, 3, 4, 5];

const DENSE = [5, 10, 20, 35, 50, 100, 200];
const CONVOLUTIONAL = [5, 10, 20, 35, 50, 100];

const networks = [
  { model: "mnist-mlp", data: "mnist", steps: DENSE, images: 10_000 },
  { model: "fashion-mlp", data: "fashion", steps: DENSE, images: 10_000 },
  { model: "mnist-mlp-small", data: "mnist", steps: DENSE, images: 10_000 },
  { model: "mnist-cnn", data: "mnist", steps: CONVOLUTIONAL, images: 2_000 },
  { model: "fashion-cnn", data: "fashion", steps: CONVOLUTIONAL, images: 2_000 },
  { model: "mnist-cnn-max", data: "mnist", steps: CONVOLUTIONAL, images: 2_000, maxPools: true },
];

const settings = [
  { coding: "poisson", inputRate: 0.25, floor: null },
  { coding: "poisson", inputRate: 0.25, floor: 0 },
  { coding: "constant", inputRate: 1, floor: null },
  { coding: "poisson", inputRate: 1, floor: null },
  { coding: "poisson", inputRate: 1, floor: 0 },
];

/**
 * The jobs, the most telling first. The images of a network are shared out over the seeds, so that each is shown once;
 * with `full` every seed gets the whole test set, and with `quick` a few images of some networks have to do.
 */
export function jobs({ full = false, quick = false } = {}) {
  const list = [];
  for (const setting of settings) {
    for (const seed of SEEDS) {
      for (const network of networks) list.push(job(network, setting, seed, full));
    }
  }
  return quick ? list.filter(isQuick).map(shortened) : list;
}

function job(network, { coding, inputRate, floor }, seed, full) {
  const { model, data, steps, maxPools = false } = network;
  const share = network.images / SEEDS.length;
  const part = full ? { first: 0, images: 10_000 } : { first: (seed - 1) * share, images: share };
  const of = coding === "constant" ? constant : methods;
  const possible = of.filter((method) => !(maxPools && method.maxPools === false));
  return { model, data, steps, coding, inputRate, floor, seed, ...part, methods: possible.map(({ name }) => name) };
}

const QUICK = ["plain", "l4", "l4, not corrected", "uniform"];

const isQuick = ({ model, coding, inputRate, seed }) =>
  ["mnist-mlp", "fashion-mlp", "fashion-cnn"].includes(model) && coding === "poisson" && inputRate === 0.25 && seed === 1;

const shortened = (job) => ({
  ...job,
  steps: [20, 100],
  images: job.model.endsWith("cnn") ? 200 : 1_000,
  methods: QUICK,
});
