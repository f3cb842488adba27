// The answers of the study in short, as README.md and docs/results.md have them. Every number is read from the results.

import { beaten, inPairs, STRENGTHS, strengths } from "./losses.mjs";
import { BASELINE, DEFAULT, TUNED } from "./methods.mjs";
import { cellName, withError } from "./results.mjs";

const LARGE = ["mnist-mlp", "fashion-mlp"];
const SMALL = "mnist-mlp-small";
const DENSE = [...LARGE, SMALL];
const CONVOLUTIONAL = ["mnist-cnn", "mnist-cnn-max", "fashion-cnn"];
const NETWORKS = [...DENSE, ...CONVOLUTIONAL];
/** The network whose channels differ in their norms, by folded batch normalisation, and those without any. */
const UNLIKE = "fashion-cnn";
const ALIKE = NETWORKS.filter((model) => model !== UNLIKE);

const list = (one) => (Array.isArray(one) ? one : [one]);

/**
 * How a method stands to the default on some networks, in cells of some numbers of steps at the usual input rate: by how
 * many points it is less accurate, and how many times the operations it takes.
 */
function beside(results, method, networks, { from = 0, at, floor } = {}) {
  const cells = list(networks).flatMap((model) => {
    const { methods } = results.entry(model, { floor });
    return methods[method].map((cell, k) => ({ ...cell, of: methods[DEFAULT][k] }));
  });
  const asked = cells.filter(({ steps }) => (at ? steps === at : steps >= from));
  return {
    behind: asked.map(({ lessDefault: [mean] }) => -100 * mean),
    times: asked.map(({ operations: [count], of }) => count / of.operations[0]),
  };
}

/** `1.2 to 3.4`, or one number where both read alike. */
function range(values, digits = 1) {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return least === most ? least : `${least} to ${most}`;
}

/** The smallest number of tenths that no value exceeds either way. */
const within = (values) => (Math.ceil(10 * Math.max(...values.map(Math.abs)) - 1e-9) / 10).toFixed(1);

/** `0.2 to 1.3 points behind`, `0.8 to 2.7 points ahead`, or `between 0.6 points behind and 0.9 ahead`. */
function either(behind) {
  const [least, most] = [Math.min(...behind), Math.max(...behind)].map((value) => Number(value.toFixed(1)));
  if (least >= 0) return `${range(behind.map((value) => Math.max(0, value)))} points behind`;
  if (most <= 0) return `${range(behind.map((value) => Math.max(0, -value)))} points ahead`;
  return `between ${most.toFixed(1)} points behind and ${(-least).toFixed(1)} ahead`;
}

/** What the default costs, in per cent of what another method does. */
const shares = (results, networks, steps, method = BASELINE) =>
  range(
    beside(results, method, networks, { at: steps }).times.map((times) => 100 / times),
    0,
  );

/** By how many points a method is behind after 20 and after 100 steps. */
const twice = (results, method, network, floor) =>
  [20, 100].map((steps) => range(beside(results, method, network, { at: steps, floor }).behind));

/** In how many cells another method does better than the default. */
function counted(results) {
  const cells = results.spiking().reduce((sum, { limit }) => sum + limit.filter(({ steps }) => steps >= 10).length, 0);
  const { published, own } = inPairs(results);
  const many = (number) => number.toLocaleString("en");
  return `From 10 steps on, another method is both cheaper and more accurate by two standard errors of both accuracies in ${beaten(results).length || "none"} of ${cells} cells (network, setting, number of steps). By the smaller errors of paired differences, a cheaper published method (one from papers alone) is more accurate by two of them in ${published.better.length || "none"} of ${many(published.count)} cases and less accurate in ${many(published.worse)}; one of our own variations or controls in ${own.better.length} of ${many(own.count)}, and less accurate in ${many(own.worse)}.`;
}

/** How often the default is far below the input limit, and where furthest, of cells whose images were shown with every seed. */
function furthest(results) {
  const cells = results
    .everySeed(() => true)
    .flatMap((entry) =>
      entry.methods[DEFAULT]
        .filter(({ steps }) => steps >= 20)
        .map(({ steps, lessLimit }) => ({
          where: cellName(entry, steps),
          lessLimit,
        })),
    );
  const worst = cells.reduce((a, b) => (b.lessLimit[0] < a.lessLimit[0] ? b : a));
  const [mean, error] = worst.lessLimit;
  const far = cells.filter(({ lessLimit: [mean] }) => mean < -0.002).length;
  return `Of ${cells.length} cells from 20 steps on in which every image was shown with every seed, L4 is more than 0.2 points below the input limit in ${far || "none"}; it is furthest below on ${worst.where}, ${withError([-mean, error])} points.`;
}

/** How ten steps of a plain conversion on constant currents stand to a hundred steps of the default on spikes. */
function ofCurrents(results) {
  const behind = NETWORKS.map((model) => {
    const still = results.cell(model, "constant, half", 10, { coding: "constant", inputRate: 1 });
    return 100 * (results.cell(model, DEFAULT, 100).accuracy[0] - still.accuracy[0]);
  });
  return either(behind);
}

/** Lines as long as those around them, within a list. */
const wrapped = (text) => `- ${text.replace(/(.{1,116})(?: |$)/g, "$1\n  ").trim()}`;

/** The answers as a list in Markdown; `to` is the path of docs/results.md from where they stand. */
export function inShort(results, to = "") {
  const plain = (networks, options) => beside(results, BASELINE, networks, options);
  const margin = (networks) => beside(results, "plain, margin", networks, { from: 10 });
  const uniform = (floor) => beside(results, "uniform, margin", ALIKE, { from: 20, floor }).behind;
  const norms = ["l2, margin", "exact, margin"].flatMap((method) =>
    [undefined, 0].flatMap((floor) => beside(results, method, NETWORKS, { from: 20, floor }).behind),
  );
  const tuned = [CONVOLUTIONAL, LARGE, SMALL].map((networks) => shares(results, networks, 100, TUNED));
  const rivals = (networks) => {
    const [a, b] = [`${TUNED}, gain`, "max, gain"].map((method) => beside(results, method, networks, { from: 20 }));
    return { behind: [...a.behind, ...b.behind], times: [...a.times, ...b.times] };
  };
  const signed = (networks) => beside(results, "plain, signed, gain", networks, { from: 20 });
  const late = beside(results, "l4, margin, for 100 steps", NETWORKS, { at: 20 }).behind;
  const [after20, after100] = twice(results, BASELINE, UNLIKE);
  const [uniform20, uniform100] = twice(results, "uniform, margin", UNLIKE);
  const ruined = plain(["fashion-mlp", ...CONVOLUTIONAL], { at: 100, floor: 0 }).behind;
  const answers = [
    `**Fewer operations at the same accuracy.** From 10 steps on, L4 is never more than ${within([Math.max(0, -Math.min(...plain(NETWORKS, { from: 10 }).behind))])} points less accurate than plain. After 100 steps it takes ${shares(results, CONVOLUTIONAL, 100)} % of plain's operations on the networks with convolutions, ${shares(results, LARGE, 100)} % on the large dense ones, and ${shares(results, SMALL, 100)} % on ${SMALL}: almost no saving. Against plain with the 99.99th percentile, the cheapest of three tried on held-out images, it takes ${tuned[0]} %, ${tuned[1]} % and ${tuned[2]} %. If adding a bias counts as an operation, it takes [somewhat more](${to}#energy-estimated).`,
    `**Higher accuracy where noise does harm**: on fashion-cnn ${after20} points after 20 steps and ${after100} after 100. With a floor at 0, plain is ${range(ruined)} points behind L4 on fashion-mlp and the networks with convolutions after 100 steps.`,
    `**Margin and corrections bring most of the accuracy, L4 thresholds the saving.** Plain thresholds with the same margin and corrections are within ${within(margin(ALIKE).behind)} points of L4 from 10 steps on (on fashion-cnn ${either(margin(UNLIKE).behind)}), but take ${range(margin(DENSE).times)} times the operations on dense networks and ${range(margin(CONVOLUTIONAL).times)} times with convolutions.`,
    `**The rule matters more than the norm.** The rule sets a threshold at so many standard deviations of the noise. With the L2 norm or each neuron's exact noise instead of the L4 norm, accuracy stays within ${within(norms)} points from 20 steps on, with a floor and without. One threshold per layer stays within ${within([...uniform(), ...uniform(0)])}, except on fashion-cnn, where folded batch normalisation leaves channels with different norms: ${uniform20} points behind after 20 steps and ${uniform100} after 100.`,
    `**One strength is a fair compromise for all networks and steps.** Against the best of 0.6, 0.8 and 1.2, \`k\` = 0.8 costs ${strengths(results, STRENGTHS)}, without a floor at input rate 0.25.`,
    `**The strongest rivals use our corrections.** With both of them, the 99.99th percentile or the largest activation as threshold is within ${within(rivals(DENSE).behind)} points of L4 on dense networks from 20 steps on, for ${range(rivals(DENSE).times)} times the operations; on networks with convolutions it is ${either(rivals(CONVOLUTIONAL).behind)}, for ${range(rivals(CONVOLUTIONAL).times)} times. Plain thresholds with both corrections and neurons that can take a spike back (Wang 2022) are ${either(signed(UNLIKE).behind)} on fashion-cnn, for ${range(signed(UNLIKE).times)} times.`,
    `**Where it loses.** ${counted(results)} ${furthest(results)} It decides late: converted for 100 steps and read after 20, it is ${range(late, 0)} points behind a conversion for 20, so convert for the number of steps you run, or set \`margin: 0\`. Where the input can be a constant current, ten steps of a plain conversion starting at half a threshold are ${ofCurrents(results)} of a hundred steps of L4 on spikes.`,
  ];
  return answers.map(wrapped).join("\n");
}
