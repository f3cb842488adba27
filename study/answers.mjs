// The answers of docs/results.md. Every number in them is read from the results; the lists say what the cells say.

import { atFive, beaten, beatenByOtherSteps, below, dearer, inPairs, lost, STRENGTHS, strengths } from "./losses.mjs";
import { DEFAULT, isPublished, MEASURED, REFERENCE, SIGNED, SIGNED_MEASURED, TUNED } from "./methods.mjs";
import { points, short, withError } from "./results.mjs";

const STEPS = [20, 100];
const NETWORKS = ["mnist-mlp", "fashion-mlp", "mnist-mlp-small", "mnist-cnn", "mnist-cnn-max", "fashion-cnn"];

const CONVOLUTIONAL = NETWORKS.slice(3).map((model) => ({ model }));

const USUAL = NETWORKS.map((model) => ({ model }));
const ABOVE_FLOOR = NETWORKS.map((model) => ({ model, floor: 0 }));

const AT_FULL_RATE = NETWORKS.flatMap((model) => [
  { model, inputRate: 1 },
  { model, inputRate: 1, floor: 0 },
]);

/** The settings with spikes, as heads of columns. */
const SETTINGS = [
  ["usual", {}],
  ["above 0", { floor: 0 }],
  ["rate 1", { inputRate: 1 }],
  ["rate 1, above 0", { inputRate: 1, floor: 0 }],
];

/** Those beside the usual one, in which every seed shows all images, at full rate to the dense networks alone. */
const OTHERS = SETTINGS.slice(1);

const VARIANTS = ["rescaled", "pruned"].flatMap((variant) =>
  ["mnist-mlp", "fashion-mlp"].map((model) => ({ model, variant })),
);

const list = (texts, none) => (texts.length > 0 ? texts.map((text) => `- ${text}`).join("\n") : `- ${none}`);

/** A table over networks, with one column for each of `columns`, which gives the text of a cell. */
function table(networks, heads, columns, everySteps = STEPS) {
  const rows = networks.flatMap((network) =>
    everySteps.map((steps) => {
      const cells = columns.map((column) => column(network, steps));
      const floor = network.floor === undefined ? "" : ` above ${network.floor}`;
      return `| ${[network.model, network.variant].filter(Boolean).join(" ")}${floor}, ${steps} | ${cells.join(" | ")} |`;
    }),
  );
  return [`| network, steps | ${heads.join(" | ")} |`, `|---|${heads.map(() => "---").join("|")}|`, ...rows].join("\n");
}

/** The difference of a method to another one, and the multiple of what that costs. */
function beside(results, model, name, { than, of }, steps, setting) {
  if (!results.entry(model, setting).methods[name]) return "";
  const cell = results.cell(model, name, steps, setting);
  const cost = cell.operations[0] / results.cell(model, than, steps, setting).operations[0];
  return `${withError(cell[of])}, ${cost.toFixed(2)} x`;
}

const less =
  (than) =>
  (results, names, networks = USUAL, steps) => {
    const column =
      (name) =>
      ({ model, ...setting }, steps) =>
        beside(results, model, name, than, steps, setting);
    return table(networks, names, names.map(column), steps);
  };

/** Against what `convert` does where nothing is said, the same without a margin, and that without gain correction. */
const DEFAULTS = { than: DEFAULT, of: "lessDefault" };
const WITHOUT_MARGIN = { than: MEASURED, of: "lessMeasured" };
const WITHOUT_GAINS = { than: REFERENCE, of: "lessL4" };
const against = less(DEFAULTS);
const withoutMargin = less(WITHOUT_MARGIN);
const withoutGains = less(WITHOUT_GAINS);

/** One method less another, in all settings. */
function everywhere(results, name, than) {
  const column =
    ([, setting]) =>
    ({ model }, steps) =>
      beside(results, model, name, than, steps, setting);
  return table(
    USUAL,
    SETTINGS.map(([head]) => head),
    SETTINGS.map(column),
    [10, 20, 100],
  );
}

/** The same with every cell: less the input limit, a column for each method in its setting. */
function lessLimit(results, columns, steps) {
  const column =
    ([, name, setting]) =>
    ({ model }, steps) => {
      const { floor = null, inputRate = 0.25 } = setting;
      const [entry] = results.everySeed(
        (one) => one.model === model && one.floor === floor && one.inputRate === inputRate,
      );
      const cell = entry?.methods[name]?.find((one) => one.steps === steps);
      return cell ? withError(cell.lessLimit) : "";
    };
  const heads = columns.map(([head]) => head);
  return table(USUAL, heads, columns.map(column), steps);
}

/** How well the noise of neurons is predicted, layer by layer. */
function predictions(results) {
  const layers = Object.entries(results.data.correlations).flatMap(([model, layers]) =>
    layers.map(({ name, sigma }) => ({ name: `${model}, ${name}`, sigma })),
  );
  const heads = Object.keys(layers[0].sigma);
  const rows = layers.map(
    ({ name, sigma }) => `| ${name} | ${heads.map((head) => sigma[head].toFixed(2)).join(" | ")} |`,
  );
  return [`| network, layer | ${heads.join(" | ")} |`, `|---|${heads.map(() => "---").join("|")}|`, ...rows].join("\n");
}

/** In how many layers L4 predicts the noise best, and worst, of the three norms. */
function ranks(results) {
  const all = Object.values(results.data.correlations)
    .flat()
    .map(({ sigma }) => ["L4 norm", "L2 norm", "L1 norm"].map((name) => sigma[name]));
  const count = (extreme) => all.filter((r) => r[0] === extreme(...r)).length;
  return `best in ${count(Math.max)} of ${all.length} layers and worst in ${count(Math.min)}`;
}

/** Constant currents beside spikes. */
function currents(results) {
  const rows = NETWORKS.map((model) => {
    const still = (name) => results.cell(model, name, 10, { coding: "constant", inputRate: 1 });
    const spiking = results.cell(model, DEFAULT, 100);
    const told = ({ accuracy, operations }) => `${withError(accuracy)}, ${short(operations[0])}`;
    return `| ${model} | ${told(still("constant"))} | ${told(still("constant, half"))} | ${told(spiking)} |`;
  });
  const heads = ["network", "`constant`, 10 steps", "`constant, half`, 10 steps", "L4 on spikes, 100 steps"];
  return [`| ${heads.join(" | ")} |`, "|---|---|---|---|", ...rows].join("\n");
}

/** The default beside the trained network, and beside it on constant currents. */
function untilTrained(results) {
  const steps = [20, 50, 100, 200];
  const rows = USUAL.map(({ model }) => {
    const [trained] = results.entry(model).ann;
    const less = (name, count, setting) => points(results.cell(model, name, count, setting).accuracy[0] - trained);
    const still = less("constant, half", 10, { coding: "constant", inputRate: 1 });
    return `| ${[model, withError(results.entry(model).ann), ...steps.map((count) => less(DEFAULT, count)), still].join(" | ")} |`;
  });
  const heads = ["network", "trained %", ...steps.map((count) => `${count} steps`), "`constant, half`, 10 steps"];
  return [
    `| ${heads.join(" | ")} |`,
    `|---|${heads
      .map(() => "---")
      .join("|")
      .slice(4)}|`,
    ...rows,
  ].join("\n");
}

/** Which neurons fire that should be silent, and which stay silent that should not. */
function silence(results) {
  const all = Object.entries(results.data.silence);
  const percent = ([share, error]) => `${(100 * share).toFixed(2)} ± ${(100 * error).toFixed(2)}`;
  const told = (model, name) => {
    const { fired, falseSpikes, lost } = model.methods[name];
    return [fired, falseSpikes, lost].map(percent).join("; ");
  };
  const [[, { methods }]] = all;
  const rows = Object.keys(methods).map(
    (name) => `| \`${name}\` | ${all.map(([, model]) => told(model, name)).join(" | ")} |`,
  );
  return [`| | ${all.map(([model]) => model).join(" | ")} |`, `|---|${all.map(() => "---").join("|")}|`, ...rows].join(
    "\n",
  );
}

/** All answers, as Markdown. */
export function answers(results) {
  const scale = (model, layer, noise = "poisson") => results.data.correlations[model][layer].scale[noise].toFixed(2);
  const { published, own, unpaired, unpairedPublished } = inPairs(results);
  const [silenced] = Object.values(results.data.silence);
  const fired = (name) =>
    Object.values(results.data.silence)
      .map(({ methods }) => points(methods[name].fired[0]))
      .join(", ");
  const ofLimit = (steps) => points(-results.cell("fashion-cnn", "l4, no limit", steps).lessL4[0]);
  const without = [MEASURED, "l4, k = 0.6, measured", "l4, k = 1.3, measured"];
  return `All tables of differences have accuracy in points, of the method in the head of a column less that of the method that is named
above the table (minus: the column's is less accurate), with the standard error of the paired difference, and the multiple of
the other's operations. The names are explained under ["Methods"](#methods). *Above 0* is with a floor at 0: no potential
falls below it.

**What does the default buy?** Less the default, which is L4 with a margin, biases and gains corrected: the plain
conversion, the same with biases corrected, with both and with a margin too, and with signed neurons, as they were published
and with both corrections. What the multiples are where the additions of biases count is under
["Energy"](#energy-estimated).

${against(results, ["plain", "plain, corrected", "plain, gain", "plain, margin", "plain, signed", "plain, signed, gain"])}

**And beside other ways to choose thresholds?** The 99.99th percentile, the cheapest of three on [held-out images](#tuning), and
the largest activation, both as they are and with both corrections; one threshold per channel; and two that choose thresholds
by their own rules, with and without what else helps them ([papers](#methods)). Less the default:

${against(results, [TUNED, `${TUNED}, gain`, "max", "max, gain", "channel", "light, gain"])}

${against(results, ["balanced", "balanced, potential", "light", "light, shift", "light, potential"])}

**And beside the trained network?** Accuracy of the default less that of the trained network, in points, on the same 10,000
images (errors of these differences were not kept; those of both accuracies are in the tables below), and that of the plain
conversion on constant currents:

${untilTrained(results)}

**Do neurons fire that should be silent?** That is what the adjustment is for. In per cent, each with its standard error: hidden
neurons with a trained activation of 0 that fire all the same; the spikes of these among all spikes of hidden neurons; and, what
higher thresholds cost, the activations of neurons that never fire, of all activations. Over the first
${silenced.images} test images, seed ${silenced.seed}, ${silenced.steps} steps at input rate ${silenced.inputRate}, without a floor:

${silence(results)}

Higher thresholds do that, whatever they follow: with one per layer (\`uniform\`) ${fired("uniform")} % of these neurons fire, with L4 norms
(\`l4\`) ${fired("l4")} %. What norms change is how much is lost for it in fashion-cnn, and how many spikes are false there.

**What does the margin buy?** Neurons wait while little has come in ([formula](method.md#the-margin)), and thresholds may be lower
for it. \`l4, measured\`, the same without a margin and at the default strength without one (0.9, above a floor at 0 1.33), less the
default:

${everywhere(results, MEASURED, DEFAULTS)}

It goes with plain thresholds as well (the table above). What it costs is time to decide. Converted for 100 steps and read
before, less the default for as many steps as are read:

${against(results, ["l4, margin, for 100 steps"], undefined, [10, 20, 35, 50])}

**What does it buy that potentials begin above the floor?** With a floor at 0 the default begins at half a threshold and has a margin
of 2 up to 50 steps ([why](method.md#where-potentials-begin-above-a-floor)). Less the default: the same from 0, with a
margin of 1, and the plain conversion with both corrections, without and with such a start and margin:

${against(results, ["l4, margin, from 0", "plain, gain", "plain, margin, half"], ABOVE_FLOOR, [10, 20, 100])}

**What does gain correction buy?** \`l4, gain\` less the same without it, \`l4\`, at the usual input rate of 0.25 and at 1,
without a floor and with one at 0. It costs no operation when the network runs; what it changes in operations comes of biases that
are corrected once more:

${everywhere(results, "l4, gain", WITHOUT_GAINS)}

It goes with every way to choose thresholds, plain ones included (the table above).

**What does it buy to measure the noise of hidden layers?** With gains known before the thresholds of the next layer are chosen,
these can follow the noise that its input has ([formula](method.md#other-noise)). \`l4, gain\`, which takes it for Poisson's of a
threshold each, less \`l4, measured\`:

${everywhere(results, "l4, gain", WITHOUT_MARGIN)}

The controls below are about thresholds alone: each has its biases corrected, no gains and no margin, and is compared with
\`l4\`, which is the default without these and with the noise of Poisson spikes.

**Does the norm of each neuron matter beyond one threshold per layer?** Not in dense networks without batch normalisation,
nor in the CNNs for MNIST; it does in fashion-cnn, whose folded batch normalisation leaves channels with different norms.
There it is not the norm alone: \`uniform\` has one limit of the noise and one headroom per layer as well, and that the limit is each
channel's own is worth ${ofLimit(20)} and ${ofLimit(100)} points of the difference after 20 and 100 steps (\`l4, no limit\` below).
L4 stands in for the noise of a neuron, and so do other norms. Less \`l4\`:

${withoutGains(results, ["uniform", "exact", "l2", "l1"])}

The same where the neurons of a layer differ more: hidden neurons rescaled by factors from 1/4 to 4, which leaves the function
what it is, and networks without the smallest 80 % of the weights of each layer, not trained again:

${withoutGains(results, ["uniform", "exact", "l2", "l1", "plain", "channel"], VARIANTS)}

How well the noise of a neuron is predicted (Pearson's r over the neurons of a hidden layer, measured on 10 test images with 40 runs
of 100 steps each). Of the three norms L4 is ${ranks(results)}:

${predictions(results)}

![mnist-mlp, first layer: predicted against measured noise](plots/study-sigma-mnist-mlp-${results.data.correlations["mnist-mlp"][0].name}.svg)

What is measured are coin flips; what is predicted is for Poisson spikes, which is their limit for small rates.

**What is the noise of a convolution's channel?** Its neurons share a threshold, but the noise is where the spikes are. The
RMS over all positions in its place, and the noise where it is without a limit, against \`l4\`:

${withoutGains(results, ["l4, mean noise", "l4, no limit"], CONVOLUTIONAL)}

**Are spikes Poisson?** Those of the input are coin flips, with less noise where rates are high. At an input rate of 0.25 the
measured noise of the first layer, on 10 test images, is ${scale("mnist-mlp", 0)} (mnist-mlp) and ${scale("fashion-cnn", 0)} (fashion-cnn) of what the Poisson form says, ${scale("mnist-mlp", 0, "coins")} and ${scale("fashion-cnn", 0, "coins")}
of what it says for coin flips on these images. Neurons fire more evenly than that: in the second layer it is ${scale("mnist-mlp", 1)} and ${scale("fashion-cnn", 1)} of the
Poisson form on the training images that thresholds follow, where images and thresholds differ as well. \`l4, coin flips\` takes account of the coins ([formula](method.md#other-noise)). At an input rate of 0.25 it is
much the same as \`l4\`:

${withoutGains(results, ["l4, coin flips"])}

At an input rate of 1, beside a smaller strength, which buys much the same; *above 0* is with a floor at 0:

${withoutGains(results, ["l4, coin flips", "l4, k = 0.6"], AT_FULL_RATE, [5, 10, 20])}

**Is the noise worth having at all?** Where the input may be a current in place of spikes, there is none. Accuracy after 10 steps
and operations, of the plain conversion on constant currents, from 0 and from half a threshold, beside L4 on spikes after
100 steps:

${currents(results)}

Constant currents need multiplications at the input, once for a run, and a chip that takes them. Poisson spikes are for
those who have them: from a sensor, from another spiking network, or from a chip without multipliers.

**Does one strength serve all networks and steps?** As a compromise. Without a margin, \`k\` = 0.9 and above a floor 1.33 cost, against the best of
themselves, 0.6 and 1.3, ${strengths(results, without)}.
With a margin, other strengths were run without a floor at an input rate of 0.25 alone. There 0.8 costs, against the best of
itself, 0.6 and 1.2, ${strengths(results, STRENGTHS)}, and 0.9 without one, as above,
${strengths(results, without, STRENGTHS)}. In accuracy, that is: networks that
are easy would do with fewer operations. Less the default:

${against(results, ["l4, margin, k = 0.6", "l4, margin, k = 1.2"], undefined, [10, 20, 100])}

**What does L4 add to other methods, and they to L4?** Less \`l4\`:

${withoutGains(results, ["l4, not corrected", "l4, half", "l4, signed", "l4, potential", "l4-relative"])}

With gains corrected and noise measured on both sides, less \`l4, measured\`: one threshold per layer, and two other norms:

${withoutMargin(results, ["uniform, measured", "l1, measured", "exact, measured"])}

The same with a margin on both sides, less the default:

${against(results, ["uniform, margin", "l2, margin", "exact, margin"], [...USUAL, ...ABOVE_FLOOR])}

**What do signed neurons buy?** They take back what noise made them send. With a margin, as is usual, they have the strength
of others, 0.8; that, the same weaker, and signed neurons without a margin, less the default:

${against(results, [SIGNED, "l4, signed, margin, k = 0.6", SIGNED_MEASURED], undefined, [10, 20, 100])}

Without a margin thresholds may be smaller than those of others, and their strength is 0.6
([why](method.md#what-else-helps-a-conversion)). That, and signed neurons as strong as \`l4, measured\`, less \`l4, measured\`:

${withoutMargin(results, [SIGNED_MEASURED, "l4, signed, k = 0.9, measured"], undefined, [10, 20, 100])}

**Where does it lose?** More accurate by two standard errors is the plain conversion here:

${list(lost(results), "nowhere in the study.")}

From 10 steps on another method is both cheaper and more accurate by two standard errors here:

${list(beaten(results), "nowhere in the study.")}

That is by the errors of both accuracies, as if they were of different images. Errors of differences that are paired image by
image are smaller. By these, of ${published.count} cells of published methods from 10 steps on that cost less than the default, ${published.worse} are less
accurate by two errors, and ${published.better.length || "none"} more; of ${own.count} cells of variations and controls of ours ${own.worse} and ${own.better.length}. They share
images and the default's errors, so that no number can be said that chance would make it. ${unpaired} further cells that cost
less, of which ${unpairedPublished} are of published methods, were not run beside the default and have no such difference. More accurate are:

${list([...published.better, ...own.better], "none.")}

For as many operations or more, these are more accurate by two such errors from 10 steps on:

${list(dearer(results), "none.")}

And with 5 steps, which is fewer than the default is meant for, by such errors, in these places:

${list(atFive(results), "none.")}

**Would it have been better to run for more steps, or fewer?** With any number of steps a published method is both cheaper
than the default at 10 steps or more, and more accurate by two errors of both accuracies, here:

${list(beatenByOtherSteps(results, isPublished), "nowhere in the study.")}

Variations and controls of ours are, here; each time it is the best of them that is named. It takes higher thresholds and more steps:

${list(
  beatenByOtherSteps(results, (name) => !isPublished(name)),
  "nowhere in the study.",
)}

Without a floor the default stays more than 0.2 points below the input limit from 20 steps on here, all images shown with
each of ${results.data.seeds.length} seeds (networks with convolutions at an input rate of 0.25 alone; the tables below have the errors):

${list(below(results, DEFAULT), "nowhere in the study.")}

Above a floor at 0 it does so here:

${list(below(results, DEFAULT, 0), "nowhere in the study.")}

Signed neurons, without a floor, do so here:

${list(below(results, SIGNED), "nowhere in the study.")}

Accuracy less the input limit, likewise:

${lessLimit(
  results,
  [DEFAULT, MEASURED, SIGNED].map((name) => [name, name, {}]),
  [10, 20, 35, 50, 100],
)}

The default in the other settings:

${lessLimit(
  results,
  OTHERS.map(([head, setting]) => [head, DEFAULT, setting]),
  [10, 20, 35, 50, 100],
)}

![fashion-cnn: accuracy against operations](plots/study-operations-fashion-cnn.svg)

![mnist-cnn: accuracy against operations](plots/study-operations-mnist-cnn.svg)
`;
}
