// The dynamics of docs/method.md once more, as plainly as possible: trained weights, 64-bit numbers, every synapse at
// every step, nothing folded.

/** The threshold of a step in thresholds: as a 32-bit number, as the engine has it. */
export const raisedBy = (margin, step, steps) => Math.fround(1 + (margin * Math.max(0, steps - 1 - step)) / steps);

/** What neurons need at first beyond their threshold, where it is not said. */
export function marginOf({ steps, ...options }) {
  return options.margin ?? (waits(options) ? Math.min(1, 50 / steps) + 2 * initialOf(options) : 0);
}

/** The potential before the first step, in thresholds. */
export function initialOf({ initialPotential, floor, ...options }) {
  if (typeof initialPotential === "number") return initialPotential;
  return typeof floor === "number" && options.margin !== 0 && waits(options) ? Math.max(0, 0.5 + floor) : 0;
}

/** Whether there is a margin where nothing is said. */
const waits = ({ adjustment, reset }) => !["none", "l4-relative"].includes(adjustment) && reset === "subtract";

/** The neurons that fired at every step, and those that took a spike back. */
export function trains({ step, neuron, sign }, steps) {
  const fired = Array.from({ length: steps }, () => ({ up: [], down: [] }));
  step.forEach((at, index) => {
    fired[at][sign?.[index] === -1 ? "down" : "up"].push(neuron[index]);
  });
  return fired;
}

/** The potential of neuron `j` after the spikes that arrived, in ANN units. */
function charged(before, j, { weights, bias }, { up, down }, amplitudes) {
  const row = j * amplitudes.length;
  const raised = up.reduce((v, i) => v + weights[row + i] * amplitudes[i], before + (bias?.[j] ?? 0));
  return down.reduce((v, i) => v - weights[row + i] * amplitudes[i], raised);
}

/** A layer that gets the intensities `x` as a current. */
function driven({ weights, bias }, x) {
  const current = (j) => x.reduce((total, value, i) => total + value * weights[j * x.length + i], bias?.[j] ?? 0);
  return { weights, bias: Array.from({ length: weights.length / x.length }, (_, j) => current(j)) };
}

/** Runs one layer on the spikes of the layer before; `amplitudes` are the thresholds of that layer. */
function runLayer(layer, before, amplitudes, { thresholds, fires }, dynamics) {
  const initial = fires ? initialOf(dynamics) : 0;
  const margin = Math.fround(marginOf(dynamics));
  const floor = fires && dynamics.floor !== null ? dynamics.floor : Number.NEGATIVE_INFINITY;
  const after = (v, threshold) => (dynamics.reset === "zero" ? 0 : v - threshold);
  const signed = fires && dynamics.signed;
  const sent = Array.from(thresholds, () => 0);
  const potentials = Array.from(thresholds, (threshold) => initial * threshold);
  const spikes = [];
  const traces = [];
  for (const [step, arrived] of before.entries()) {
    const raised = raisedBy(margin, step, dynamics.prepared ?? dynamics.steps);
    const reached = potentials.map((v, j) =>
      Math.max(charged(v, j, layer, arrived, amplitudes), floor * thresholds[j]),
    );
    const up = reached.flatMap((v, j) => (fires && v >= raised * thresholds[j] ? [j] : []));
    const down = reached.flatMap((v, j) => (signed && v <= -thresholds[j] && sent[j] > 0 ? [j] : []));
    reached.forEach((v, j) => {
      const sign = Number(up.includes(j)) - Number(down.includes(j));
      sent[j] += sign;
      potentials[j] = sign === 0 ? v : after(v, sign * thresholds[j]);
    });
    traces.push(reached.map((v, j) => v / thresholds[j]));
    spikes.push({ up, down });
  }
  return { spikes, traces };
}

/**
 * What a spiking network does with these input spikes: per layer after the input, the neurons that fire (`up`) and that
 * take a spike back (`down`) at every step (`spikes`), and all potentials before firing in thresholds (`traces`).
 */
export function simulate(layers, reports, inputSpikes, { steps, inputRate, coding, input, ...dynamics }) {
  let before = trains(inputSpikes, steps);
  const inputs = layers[0].weights.length / reports[0].thresholds.length;
  let amplitudes = new Array(inputs).fill(1 / inputRate);
  return layers.map((layer, index) => {
    const constant = coding === "constant" && index === 0;
    const how = { ...dynamics, steps };
    const result = runLayer(constant ? driven(layer, input) : layer, before, amplitudes, reports[index], how);
    before = result.spikes;
    amplitudes = reports[index].thresholds;
    return result;
  });
}

/** How many spikes two records of one layer have in all, and how many only one of them has. */
export function disagreement(recorded, simulated) {
  const name = (step, neuron, sign) => `${step}:${sign}:${neuron}`;
  const sign = (index) => recorded.sign?.[index] ?? 1;
  const known = new Set(Array.from(recorded.step, (step, index) => name(step, recorded.neuron[index], sign(index))));
  const own = simulated.flatMap(({ up, down }, step) => [
    ...up.map((neuron) => name(step, neuron, 1)),
    ...down.map((neuron) => name(step, neuron, -1)),
  ]);
  const shared = own.filter((spike) => known.has(spike)).length;
  return { spikes: known.size, different: known.size + own.length - 2 * shared };
}
