// What is run: networks, settings, seeds. One entry becomes one job for each seed.

import { TEST_DIGITS } from "../examples/evaluate/data.mjs";
import { channelNoises, headrooms, margins, starts, strengths, tuning } from "./choices.mjs";
import { constant, DEFAULT, MEASURED, methods, SIGNED } from "./methods.mjs";

export const SEEDS = [1, 2, 3, 4, 5];

/** Raise it when the engine or a conversion gives other spikes, so that nothing that was kept is taken for the new. */
export const VERSION = 4;

const STEPS = [5, 10, 20, 35, 50, 100, 200];

/**
 * Where options are chosen, on held-out images, some networks see only a `few`; margins are chosen where they are `hard` to
 * choose, with so many seeds.
 */
const networks = [
  { model: "mnist-mlp", data: "mnist" },
  { model: "fashion-mlp", data: "fashion", hard: 20 },
  { model: "mnist-mlp-small", data: "mnist" },
  { model: "mnist-cnn", data: "mnist", few: 200, channels: true },
  { model: "fashion-cnn", data: "fashion", few: 200, channels: true, hard: 8 },
  { model: "mnist-cnn-max", data: "mnist", few: 200, channels: true, maxPools: true },
];
const withChannels = networks.filter(({ channels }) => channels);
const hard = networks.filter((network) => network.hard);

/** Networks in which neurons of a layer differ more, and what is of interest there. */
const variants = ["rescaled", "pruned"].flatMap((variant) =>
  networks.slice(0, 2).map((network) => ({ ...network, variant, steps: [10, 20, 50, 100] })),
);
const OF_VARIANTS = [
  "plain",
  "plain, corrected",
  "channel",
  "light",
  "l4",
  "l4, margin",
  "l4, measured",
  "l4, gain",
  "l2",
  "l1",
  "uniform",
  "exact",
];

const settings = [
  { coding: "poisson", inputRate: 0.25, floor: null },
  { coding: "constant", inputRate: 1, floor: null },
  { coding: "poisson", inputRate: 0.25, floor: 0 },
  { coding: "poisson", inputRate: 1, floor: null },
  { coding: "poisson", inputRate: 1, floor: 0 },
];

const ON_SPIKES = settings.filter(({ coding }) => coding === "poisson");

/** Where every seed shows the whole test set to all methods, by network: elsewhere that takes days. */
const WHOLE = new Map([
  ["mnist-mlp-small", settings],
  ["mnist-mlp", ON_SPIKES],
  ["fashion-mlp", ON_SPIKES],
  ["mnist-cnn", settings.slice(0, 1)],
  ["fashion-cnn", settings.slice(0, 1)],
  ["mnist-cnn-max", settings.slice(0, 1)],
]);
const isWhole = ({ model, variant }, setting) => !variant && (WHOLE.get(model)?.includes(setting) ?? false);

/** What every seed shows the whole test set of other networks to. */
const MAIN = [DEFAULT, MEASURED, SIGNED];

/** Where the strength that is derived for a floor is checked. */
const ABOVE_FLOOR = settings[2];
const OF_EVERY_SEED = ON_SPIKES.map((setting) => ({
  setting,
  of: networks.filter((network) => !isWhole(network, setting)),
}));

/**
 * The jobs, the most telling first. The images of most networks are shared out over the seeds, so that each is shown once,
 * but for those of the main methods at the end; with `full` every seed always gets the whole test set, and with `quick` a
 * few images of some networks have to do.
 */
export function jobs({ full = false, quick = false } = {}) {
  const list = [
    ...networks.map((network) => tuned(network, tuning)),
    ...networks.map((network) => tuned(network, strengths, { setting: ABOVE_FLOOR })),
    ...networks.map((network) => tuned(network, headrooms, { steps: [5, 10] })),
    ...hard.map((network) => tuned(network, margins, many(network))),
    ...hard.map((network) => tuned(network, starts, { setting: ABOVE_FLOOR, ...many(network) })),
    // Chosen above; whether it holds at full rate, where the default is furthest from its input limit on test images.
    tuned(hard[0], starts, { setting: settings[4], ...many(hard[0]), steps: [20] }),
    ...[settings[0], ABOVE_FLOOR].flatMap((setting) =>
      withChannels.map((network) => tuned(network, channelNoises, { setting, steps: [5, 10, 20, 35], images: 1_000 })),
    ),
  ];
  const [usual, ...unusual] = settings;
  for (const network of networks) list.push(job(network, usual, full));
  for (const network of variants) {
    list.push({ ...job(network, usual, full), variant: network.variant, methods: OF_VARIANTS });
  }
  for (const setting of unusual) {
    for (const network of networks) list.push(job(network, setting, full));
  }
  if (!full) {
    const all = OF_EVERY_SEED.flatMap(({ setting, of }) => of.map((network) => job(network, setting, true)));
    list.push(...all.map(ofEverySeed));
  }
  return quick ? list.filter(isQuick).map(shortened) : list;
}

function job(network, setting, full) {
  const { model, data, steps = STEPS, channels = false, maxPools = false } = network;
  const { coding, inputRate, floor } = setting;
  const share = TEST_DIGITS / SEEDS.length;
  const whole = full || isWhole(network, setting);
  const part = (seed, place) => ({ seed, first: whole ? 0 : place * share, images: whole ? TEST_DIGITS : share });
  const of = coding === "constant" ? constant : methods;
  const possible = of.filter(
    (method) =>
      !(maxPools && method.maxPools === false) &&
      !(method.floors && floor === null) &&
      !(method.floors === false && floor !== null) &&
      !(method.channels && !channels) &&
      !(method.usualRate && inputRate === 1),
  );
  return {
    model,
    data,
    split: "test",
    steps,
    coding,
    inputRate,
    floor,
    parts: SEEDS.map(part),
    methods: possible.map(({ name }) => name),
  };
}

function ofEverySeed(job) {
  const main = MAIN.filter((name) => name !== SIGNED || job.inputRate < 1);
  return { ...job, everySeed: true, methods: job.methods.filter((name) => main.includes(name)) };
}

/** What it takes to tell margins apart: all images that were held back, with other spikes for each seed. */
function many({ hard }) {
  return { steps: [20, 35, 50], images: 5_000, seeds: Array.from({ length: hard }, (_, seed) => seed + 1) };
}

/** The job behind the choice of the defaults. */
function tuned(network, methods, { setting = settings[0], steps = [20, 100], images, seeds = [1] } = {}) {
  const { model, data, few = 2_000, maxPools = false } = network;
  const { coding, inputRate, floor } = setting;
  const possible = methods.filter((method) => !(maxPools && method.maxPools === false));
  return {
    model,
    data,
    split: "validation",
    steps,
    coding,
    inputRate,
    floor,
    parts: seeds.map((seed) => ({ seed, first: 0, images: images ?? few })),
    methods: possible.map(({ name }) => name),
  };
}

const QUICK = ["plain", "l4", "l4, margin", "l4, measured", "l4, not corrected", "uniform"];

const isQuick = ({ model, variant, everySeed, split, coding, inputRate }) =>
  !variant &&
  !everySeed &&
  split === "test" &&
  ["mnist-mlp", "fashion-mlp", "fashion-cnn"].includes(model) &&
  coding === "poisson" &&
  inputRate === 0.25;

const shortened = (job) => ({
  ...job,
  steps: [20, 100],
  // Another seed than any of the study's: the same images would be a poorer test.
  parts: [{ seed: 6, first: 0, images: job.model.endsWith("cnn") ? 200 : 1_000 }],
  methods: job.methods.filter((name) => QUICK.includes(name)),
});
