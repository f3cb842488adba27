// The answers of the study in short, as README.md and docs/results.md have them. Every number is read from the results.

import { atFive, beaten, inPairs, lost, ofLargerStrength, SILENT, STRENGTHS, strengths } from "./losses.mjs";
import { BASELINE, DEFAULT, TUNED } from "./methods.mjs";
import { CONVOLUTIONAL, DENSE, NETWORKS } from "./networks.mjs";
import { cellName, withError } from "./results.mjs";

const SMALL = "mnist-mlp-small";
const LARGE = DENSE.filter((model) => model !== SMALL);
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

/** The same with the additions of biases counted. */
const sharesWithBiases = (results, networks, steps) =>
  range(
    list(networks).map((model) => {
      const [l4, plain] = [DEFAULT, BASELINE].map((method) => results.additions(model, method, steps));
      return (100 * l4) / plain;
    }),
    0,
  );

/** How many times the energy of the trained network's multiplications, all or those by what is not 0, the default takes. */
const ofEnergy = (results, steps, which) =>
  range(
    NETWORKS.map((model) => results.energy(model, DEFAULT, steps) / results.energyTrained(model, which)),
    2,
  );

/** In how many cells another method does better than the default. */
function counted(results) {
  const cells = results.spiking().reduce((sum, { limit }) => sum + limit.filter(({ steps }) => steps >= 10).length, 0);
  const { published, own, unpaired } = inPairs(results);
  const many = (number) => number.toLocaleString("en");
  return `From 10 steps on, another method with as many steps is both cheaper and more accurate by two standard errors of both accuracies in ${beaten(results).length || "none"} of ${cells} cells (network, setting, number of steps). By the smaller errors of paired differences, a cheaper published method (one from papers alone, leaving out \`${SILENT}\`, which hardly fires) is more accurate by more than two such errors in ${published.better.length || "none"} of ${many(published.count)} cases and less accurate in ${many(published.worse)}; one of our own variations or controls in ${own.better.length} of ${many(own.count)}, and less accurate in ${many(own.worse)}. ${unpaired > 0 ? `Another ${many(unpaired)} cheaper cases of ours read the same spikes, but were not paired with L4. ` : ""}${lostToPlain(results, cells)}`;
}

/** Where plain itself is more accurate, and how far behind others the default is at 5 steps. */
function lostToPlain(results, cells) {
  const cases = lost(results).filter(({ steps }) => steps >= 10);
  const [worst] = cases.toSorted((a, b) => a.lessPlain[0] - b.lessPlain[0]);
  const at = worst
    ? `, at most by ${withError([-worst.lessPlain[0], worst.lessPlain[1]])} points (${worst.where}), for ${range(cases.map(({ cost }) => cost))} times the operations`
    : "";
  const [five] = atFive(results).toSorted((a, b) => b.lessDefault[0] - a.lessDefault[0]);
  const ahead = five
    ? ` With 5 steps other methods are up to ${(100 * five.lessDefault[0]).toFixed(0)} points ahead (\`${five.name}\` on ${five.where.replace(/ at .*/, "")}).`
    : "";
  return `Plain itself is more accurate by two paired errors in ${cases.length || "none"} of the ${cells} cells${at}.${ahead}`;
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

/** How a method stands to the default, and for what multiple of its operations. */
const standing = ({ behind, times }) => `${either(behind)} at ${range(times)} times the operations`;

/** The energy section of docs/results.md, whose path from where the answers stand is `to`. */
const energySection = (text, to) => `[${text}](${to}#energy-estimated)`;

/** Networks on which a floor at 0 ruins plain. */
const RUINED = [...CONVOLUTIONAL, "fashion-mlp"];

function fewerOperations(results, to) {
  const groups = [CONVOLUTIONAL, LARGE, SMALL];
  const most = within([Math.max(0, -Math.min(...beside(results, BASELINE, NETWORKS, { from: 10 }).behind))]);
  const [convolutional, large, small] = groups.map((networks) => shares(results, networks, 100));
  const biased = groups.map((networks) => sharesWithBiases(results, networks, 100));
  const tuned = groups.map((networks) => shares(results, networks, 100, TUNED));
  const each = ([first, second, third]) => `${first} %, ${second} % and ${third} %`;
  return `**Fewer operations at the same accuracy.** From 10 steps on, L4 is never more than ${most} points less accurate than plain on the networks as they were trained. After 100 steps it takes ${convolutional} % of plain's operations on the networks with convolutions, ${large} % on the large dense ones, and ${small} % on ${SMALL}: almost no saving. With the additions of biases counted, which plain mostly does without, it is ${each(biased)} (${energySection("energy", to)}). Against plain with the 99.99th percentile, the cheapest of three tried on held-out images, it takes ${each(tuned)}.`;
}

function lessEnergy(results, to) {
  const [all, used] = ["all", "used"].map((which) => [20, 100].map((steps) => ofEnergy(results, steps, which)));
  const [less20, less100] = [20, 100].map((steps) =>
    range(
      NETWORKS.map((model) => {
        const [trained] = results.entry(model).ann;
        return 100 * (trained - results.cell(model, DEFAULT, steps).accuracy[0]);
      }),
    ),
  );
  return `**Less arithmetic than the trained network with few steps, at the price of accuracy.** With biases, L4 takes ${all[0]} times the energy of the trained network's arithmetic after 20 steps, at ${less20} points less accuracy, and ${all[1]} after 100, at ${less100} points; beside hardware that skips what the trained network multiplies by 0, as spikes do, ${used[0]} and ${used[1]} (${energySection("estimate", to)}).`;
}

function higherAccuracy(results) {
  const [after20, after100] = twice(results, BASELINE, UNLIKE);
  const behind = (method, networks) => range(beside(results, method, networks, { at: 100, floor: 0 }).behind);
  const others = RUINED.filter((model) => model !== UNLIKE);
  const [plain, largest] = ["plain, margin, half", "max, margin, half"].map((method) => ({
    others: behind(method, others),
    unlike: behind(method, UNLIKE),
  }));
  return `**Higher accuracy where noise does harm**: on fashion-cnn ${after20} points after 20 steps and ${after100} after 100. With a floor at 0, plain is ${behind(BASELINE, RUINED)} points behind L4 on fashion-mlp and the networks with convolutions after 100 steps. Most of that is margin, corrections and the potential to start from: plain thresholds with all of them are ${plain.others} points behind, and ${plain.unlike} on fashion-cnn; with the largest activation as threshold ${largest.others}, and ${largest.unlike}.`;
}

function marginAndCorrections(results) {
  const margin = (networks) => beside(results, "plain, margin", networks, { from: 10 });
  const [alike, unlike] = [ALIKE, UNLIKE].map((networks) => margin(networks).behind);
  const [dense, convolutional] = [DENSE, CONVOLUTIONAL].map((networks) => range(margin(networks).times));
  return `**Margin and corrections bring most of the accuracy, L4 thresholds the saving.** Plain thresholds with the same margin and corrections are within ${within(alike)} points of L4 from 10 steps on (on fashion-cnn ${either(unlike)}), but take ${dense} times the operations on dense networks and ${convolutional} times with convolutions.`;
}

function strongestRivals(results) {
  const rival = (method, networks) => beside(results, method, networks, { from: 20 });
  const [tuned, largest] = [`${TUNED}, margin`, "max, margin"].map((method) => ({
    dense: standing(rival(method, DENSE)),
    convolutional: standing(rival(method, CONVOLUTIONAL)),
  }));
  const signed = rival("plain, signed, gain", UNLIKE);
  return `**The strongest rivals use the same margin and corrections.** With them and from 20 steps on, thresholds at the 99.99th percentile are ${tuned.dense} of L4 on dense networks, and ${tuned.convolutional} on networks with convolutions; thresholds at the largest activation are ${largest.dense} and ${largest.convolutional}. Plain thresholds with both corrections and neurons that can take a spike back (Wang 2022) are ${either(signed.behind)} on fashion-cnn, for ${range(signed.times)} times.`;
}

function ruleOverNorm(results) {
  const floors = [undefined, 0];
  const behind = (method, networks) =>
    floors.flatMap((floor) => beside(results, method, networks, { from: 20, floor }).behind);
  const norms = ["l2, margin", "exact, margin"].flatMap((method) => behind(method, NETWORKS));
  const [without, above] = floors.map((floor) => twice(results, "uniform, margin", UNLIKE, floor));
  const [after20, after100] = without.map((one, k) => `${one} and ${above[k]}`);
  return `**The rule matters more than the norm.** The rule sets a threshold at so many standard deviations of the noise. With the L2 norm or each neuron's exact noise instead of the L4 norm, accuracy stays within ${within(norms)} points from 20 steps on, with a floor and without. One threshold per layer stays within ${within(behind("uniform, margin", ALIKE))}, except on fashion-cnn, where folded batch normalisation leaves channels with different norms: ${after20} points behind after 20 steps (without and with a floor) and ${after100} after 100. Part of that comes from limiting the noise of each channel by itself.`;
}

function oneStrength(results) {
  const { models, mostSteps, ahead } = ofLargerStrength(results);
  const where = models.size === CONVOLUTIONAL.length ? "networks with convolutions" : [...models].join(", ");
  return `**One strength is a fair compromise for all networks and steps.** Against the best of 0.6, 0.8 and 1.2, \`k\` = 0.8 costs ${strengths(results, STRENGTHS)}, without a floor at input rate 0.25 and with the same number of steps. Where operations count rather than steps, 1.2 with more steps is the better choice on ${where}: cheaper than L4 with up to ${mostSteps} steps and ${range(ahead)} points more accurate.`;
}

function whereItLoses(results) {
  const late = range(beside(results, "l4, margin, for 100 steps", NETWORKS, { at: 20 }).behind, 0);
  return `**Where it loses.** ${counted(results)} ${furthest(results)} It decides late: converted for 100 steps and read after 20, it is ${late} points behind a conversion for 20, so convert for the number of steps you run, or set \`margin: 0\`. Where the input can be a constant current, ten steps of a plain conversion starting at half a threshold are ${ofCurrents(results)} of a hundred steps of L4 on spikes.`;
}

/** The answers as a list in Markdown; `to` is the path of docs/results.md from where they stand. */
export function inShort(results, to = "") {
  const answers = [
    fewerOperations,
    lessEnergy,
    higherAccuracy,
    marginAndCorrections,
    strongestRivals,
    ruleOverNorm,
    oneStrength,
    whereItLoses,
  ];
  return answers.map((answer) => wrapped(answer(results, to))).join("\n");
}
