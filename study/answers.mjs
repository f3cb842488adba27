// The answers of docs/results.md. Every number in them is read from the results; the lists say what the cells say.

import {
  ABOVE_FLOOR,
  AT_FULL_RATE,
  against,
  currents,
  DEFAULTS,
  everywhere,
  lessLimit,
  OTHERS,
  ofCoins,
  predictions,
  ranks,
  silence,
  USUAL,
  untilTrained,
  VARIANTS,
  WITH_CONVOLUTIONS,
  WITHOUT_GAINS,
  WITHOUT_MARGIN,
  withoutGains,
  withoutMargin,
} from "./comparisons.mjs";
import {
  atFive,
  beaten,
  beatenByOtherSteps,
  below,
  dearer,
  inPairs,
  lost,
  SILENT,
  STRENGTHS,
  strengths,
  told,
} from "./losses.mjs";
import { DEFAULT, isPublished, MEASURED, SIGNED, SIGNED_MEASURED, TUNED } from "./methods.mjs";
import { points, withError } from "./results.mjs";

const list = (texts, none) => (texts.length > 0 ? texts.map((text) => `- ${text}`).join("\n") : `- ${none}`);

/** All answers, as Markdown. */
export function answers(results) {
  const scale = (model, layer, noise = "poisson") => results.data.correlations[model][layer].scale[noise].toFixed(2);
  const { published, silent, own, unpaired, unpairedPublished } = inPairs(results);
  const [silenced] = Object.values(results.data.silence);
  const fired = (name) =>
    Object.values(results.data.silence)
      .map(({ methods }) => points(methods[name].fired[0]))
      .join(", ");
  const ofLimit = (steps) => points(-results.cell("fashion-cnn", "l4, no limit", steps).lessL4[0]);
  const coins = ofCoins(results);
  const without = [MEASURED, "l4, k = 0.6, measured", "l4, k = 1.3, measured"];
  return `Tables of differences compare the method in the head of a column with the one named above the table. Each cell has the
difference in accuracy, in points (negative: the column is less accurate), with the standard error of the paired difference, and
the column's operations as a multiple of the other's. ["Methods"](#methods) explains the names. *Above 0* means a floor at 0: no
potential falls below it.

**What does the default buy?** Compared with the default (L4 with a margin, biases and gains corrected): the plain conversion; the
same with biases corrected, with biases and gains, and with a margin too; and plain with signed neurons, without and with both
corrections. ["Energy"](#energy-estimated) has the multiples with the additions of biases counted.

${against(results, ["plain", "plain, corrected", "plain, gain", "plain, margin", "plain, signed", "plain, signed, gain"])}

**How does it compare with other ways to choose thresholds?** Compared with the default: the 99.99th percentile (the cheapest of
three on [held-out images](#tuning)) and the largest activation, each as it is, with both corrections, and with a margin too:

${against(
  results,
  [TUNED, "max"].flatMap((name) => [name, `${name}, gain`, `${name}, margin`]),
)}

One threshold per channel; and two methods with threshold rules of their own, with and without what else helps them
([papers](#methods)):

${against(results, ["channel", "balanced", "balanced, potential", "light", "light, shift", "light, potential", "light, gain"])}

**How does it compare with the trained network?** Accuracy of the default minus that of the trained network, in points, on the same
10,000 images, and in the last column that of the plain conversion on constant currents. Errors of these differences were not kept;
those of the accuracies themselves are in the tables below.

${untilTrained(results)}

**Do neurons fire that should be silent?** Preventing that is the purpose of the adjustment. Three numbers per cell, in per cent,
each with its standard error: the hidden neurons with a trained activation of 0 that fire all the same, of all such neurons; their
share of all spikes of hidden neurons; and, as the price of higher thresholds, the share of all activations that belongs to neurons
that never fire. Measured over the first ${silenced.images} test images with seed ${silenced.seed}, ${silenced.steps} steps, an input rate of ${silenced.inputRate} and no floor:

${silence(results)}

Higher thresholds keep these neurons silent whatever rule sets them: with one threshold per layer (\`uniform\`) ${fired("uniform")} % of them
fire, with L4 norms (\`l4\`) ${fired("l4")} %. What the norms change, in fashion-cnn, is how much activation is lost in return and how many
spikes are false.

**What does the margin buy?** Neurons hold back while little input has arrived ([formula](method.md#the-margin)), which allows lower
thresholds. \`l4, measured\` is the default without a margin and with the default strength for that case (0.9; 1.33 above a floor
at 0). Compared with the default:

${everywhere(results, MEASURED, DEFAULTS)}

The margin works with plain thresholds as well (first table above). Its price is time to decide. A network converted for 100 steps
but read earlier, compared with the default converted for the steps that are read:

${against(results, ["l4, margin, for 100 steps"], undefined, [10, 20, 35, 50])}

**Why do potentials begin above the floor?** With a floor at 0 the default begins at half a threshold and has a margin of 2 for up to
50 steps ([why](method.md#where-potentials-begin-above-a-floor)). Compared with the default: the same beginning at 0 with a margin
of 1, the plain conversion with both corrections, without and with such a start and margin, and that with the largest activation as
threshold:

${against(results, ["l4, margin, from 0", "plain, gain", "plain, margin, half", "max, margin, half"], ABOVE_FLOOR, [10, 20, 100])}

**What does gain correction buy?** \`l4, gain\` compared with \`l4\`, which is the same without it, at input rates of 0.25 and 1, without
a floor and with one at 0. The correction itself costs no operations at run time; the number of operations changes because biases
are corrected once more:

${everywhere(results, "l4, gain", WITHOUT_GAINS)}

It works with plain thresholds (first table above) and with those of least squares (second table), most of all on fashion-cnn.

**What does it buy to measure the noise of hidden layers?** Once gains are known before the thresholds of the next layer are chosen,
these thresholds can follow the noise that their input really has ([formula](method.md#other-noise)). \`l4, gain\`, which assumes
Poisson spikes of one threshold each, compared with \`l4, measured\`:

${everywhere(results, "l4, gain", WITHOUT_MARGIN)}

The controls below concern thresholds alone: each has its biases corrected, but no gains and no margin, and is compared with
\`l4\`: the default without these two, with the noise of Poisson spikes and the strength that goes with that (0.9; 1.33 above a floor at
0).

**Does the norm of each neuron matter beyond one threshold per layer?** Not in the dense networks as they were trained, nor in the
CNNs for MNIST. It does where the neurons of a layer are scaled differently: in fashion-cnn, where folded batch normalisation leaves
channels with different norms, and in rescaled dense networks (second table). In fashion-cnn the norm is not the only difference: \`uniform\` also has one noise limit and one headroom per layer, and a limit of each channel's own is worth
${ofLimit(20)} and ${ofLimit(100)} points of the difference after 20 and 100 steps (\`l4, no limit\` below). The L4 norm stands in for the noise of a
neuron, and other norms do so as well. Compared with \`l4\`:

${withoutGains(results, ["uniform", "exact", "l2", "l1"])}

The same where the neurons of a layer differ more: with hidden neurons rescaled by factors from 1/4 to 4, which leaves the function
unchanged, and with the smallest 80 % of the weights of each layer removed, without retraining:

${withoutGains(results, ["uniform", "exact", "l2", "l1", "plain", "channel"], VARIANTS)}

How well is the noise of a neuron predicted? Pearson's r over the neurons of a hidden layer, measured on 10 test images with 40 runs
of 100 steps each. Of the three norms L4 is ${ranks(results)}:

${predictions(results)}

![mnist-mlp, first layer: predicted against measured noise](plots/study-sigma-mnist-mlp-${results.data.correlations["mnist-mlp"][0].name}.svg)

The measurement is of coin flips; the prediction is for Poisson spikes, their limit at small rates.

**What is the noise of a convolution's channel?** The neurons of a channel share a threshold, but noise occurs where the spikes are.
Compared with \`l4\`: the RMS over all positions instead, and the noise where the spikes are without its limit:

${withoutGains(results, ["l4, mean noise", "l4, no limit"], WITH_CONVOLUTIONS)}

**Are spikes Poisson?** Those of the input are coin flips, which are less noisy where rates are high. At an input rate of 0.25 the
measured noise of the first layer, on 10 test images, is ${scale("mnist-mlp", 0)} (mnist-mlp) and ${scale("fashion-cnn", 0)} (fashion-cnn) times the prediction for
Poisson spikes, and ${scale("mnist-mlp", 0, "coins")} and ${scale("fashion-cnn", 0, "coins")} times the prediction for coin flips on the same images. Neurons seem to fire more
regularly than either: in the second layer the measured noise is ${scale("mnist-mlp", 1)} and ${scale("fashion-cnn", 1)} times the prediction for Poisson spikes, which is
made from the calibration images, so that part of the difference may be that between the images. \`l4, coin flips\` takes account of
the coins ([formula](method.md#other-noise)). At an input rate of 0.25 it stays within ${coins.apart} points of \`l4\` from 20
steps on, for up to ${coins.times} times the operations:

${withoutGains(results, ["l4, coin flips"])}

At an input rate of 1 it is shown beside a smaller strength, which buys much the same; *above 0* is with a floor at 0:

${withoutGains(results, ["l4, coin flips", "l4, k = 0.6"], AT_FULL_RATE, [5, 10, 20])}

**Is the noise worth having at all?** Where the input can be a current instead of spikes, there is no noise. Accuracy and operations
after 10 steps on constant currents, of the plain conversion from 0 and from half a threshold and of three published methods in the
coding that their authors use, beside L4 on spikes after 100 steps:

${currents(results)}

Constant currents need multiplications at the input, once per run, and hardware that accepts them. Poisson spikes are for input that
arrives as spikes: from a sensor, from another spiking network, or on a chip without multipliers.

**Does one strength serve all networks and steps?** As a compromise. Without a margin, \`k\` = 0.9 (1.33 above a floor) costs, against
the best of itself, 0.6 and 1.3, ${strengths(results, without)}. With a
margin, other strengths were run only without a floor at an input rate of 0.25. There 0.8 costs, against the best of itself, 0.6 and
1.2, ${strengths(results, STRENGTHS)}; in the same cells 0.9 without a margin costs
${strengths(results, without, STRENGTHS)}. These are costs in accuracy:
easy networks would manage with fewer operations. Compared with the default:

${against(results, ["l4, margin, k = 0.6", "l4, margin, k = 1.2"], undefined, [10, 20, 100])}

**What does L4 add to other methods, and what do they add to L4?** Compared with \`l4\`:

${withoutGains(results, ["l4, not corrected", "l4, half", "l4, signed", "l4, potential", "l4-relative"])}

With gains corrected and noise measured on both sides, compared with \`l4, measured\`: one threshold per layer, and two other norms:

${withoutMargin(results, ["uniform, measured", "l1, measured", "exact, measured"])}

The same with a margin on both sides, compared with the default:

${against(results, ["uniform, margin", "l2, margin", "exact, margin"], [...USUAL, ...ABOVE_FLOOR])}

**What do signed neurons buy?** They take back spikes that noise caused. With a margin, the usual case, they have the same strength
as others, 0.8. Compared with the default: signed neurons, the same with a smaller strength, and signed neurons without a margin:

${against(results, [SIGNED, "l4, signed, margin, k = 0.6", SIGNED_MEASURED], undefined, [10, 20, 100])}

Without a margin their thresholds may be smaller than those of others, with a strength of 0.6
([why](method.md#what-else-helps-a-conversion)). Compared with \`l4, measured\`: these, and signed neurons with the same strength as
\`l4, measured\`:

${withoutMargin(results, [SIGNED_MEASURED, "l4, signed, k = 0.9, measured"], undefined, [10, 20, 100])}

**Where does it lose?** The plain conversion is more accurate by two standard errors here:

${list(
  lost(results).map(({ where, lessPlain }) => `${where}: ${withError(lessPlain)} points`),
  "nowhere in the study.",
)}

From 10 steps on another method is both cheaper and more accurate by two standard errors here:

${list(beaten(results), "nowhere in the study.")}

This uses the errors of both accuracies, as if they came from different images. Differences that are paired image by image have
smaller errors. By these, from 10 steps on, ${published.count} cells of published methods cost less than the default: ${published.worse} are less accurate by two
errors and ${published.better.length || "none"} more accurate. Left out are ${silent.count} cells of \`${SILENT}\`, which hardly fires: ${silent.worse} less accurate, ${silent.better.length || "none"} more accurate.
Of ${own.count} such cells of our own variations and controls ${own.worse} are less accurate and ${own.better.length} more accurate. All share their images and
the default's errors, so the number to expect by chance cannot be stated. Another ${unpaired} cheaper cells, ${unpairedPublished || "none"} of them of published
methods, read the same spikes in another run of the study, in which they were not paired with the default. More accurate are:

${list([...published.better, ...silent.better, ...own.better].map(told), "none.")}

For as many operations or more, these are more accurate by two such errors from 10 steps on:

${list(dearer(results).map(told), "none.")}

With 5 steps, fewer than the default is meant for, other methods are more accurate by two such errors here:

${list(
  atFive(results).map((one) => `${told(one)}, the best of ${one.of}, of which ${one.cheaper || "none"} cheaper`),
  "none.",
)}

**Would another number of steps have been better?** A published method, run for any number of steps, is both cheaper than the default
at 10 steps or more and more accurate by two errors of both accuracies here:

${list(beatenByOtherSteps(results, isPublished), "nowhere in the study.")}

Our own variations and controls are so here (the best is named each time). They need higher thresholds and more steps:

${list(
  beatenByOtherSteps(results, (name) => !isPublished(name)),
  "nowhere in the study.",
)}

From 20 steps on and without a floor, the default stays more than 0.2 points below the input limit here, with all images shown with
each of ${results.data.seeds.length} seeds (the tables below have the errors):

${list(below(results, DEFAULT), "nowhere in the study.")}

Above a floor at 0 it does so here:

${list(below(results, DEFAULT, 0), "nowhere in the study.")}

Signed neurons, without a floor, do so here:

${list(below(results, SIGNED), "nowhere in the study.")}

Accuracy minus the input limit, with the same images and seeds:

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
