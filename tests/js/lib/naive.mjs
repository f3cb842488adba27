// The dynamics of docs/method.md once more, as plainly as possible: trained weights, 64-bit numbers, every synapse at
// every step, nothing folded.

/** The neurons that fired at every step. */
function trains({ step, neuron }, steps) {
  const fired = Array.from({ length: steps }, () => []);
  step.forEach((at, index) => {
    fired[at].push(neuron[index]);
  });
  return fired;
}

/** The potential of neuron `j` after the spikes that arrived, in ANN units. */
function charged(before, j, { weights, bias }, arrived, amplitudes) {
  const row = j * amplitudes.length;
  return arrived.reduce((v, i) => v + weights[row + i] * amplitudes[i], before + (bias?.[j] ?? 0));
}

/** Runs one layer on the spikes of the layer before; `amplitudes` are the thresholds of that layer. */
function runLayer(layer, before, amplitudes, { thresholds, fires }, dynamics) {
  const initial = fires ? dynamics.initialPotential : 0;
  const floor = fires && dynamics.floor !== null ? dynamics.floor : Number.NEGATIVE_INFINITY;
  const afterSpike = (v, threshold) => (dynamics.reset === "zero" ? 0 : v - threshold);
  const potentials = Array.from(thresholds, (threshold) => initial * threshold);
  const spikes = [];
  const traces = [];
  for (const arrived of before) {
    const reached = potentials.map((v, j) =>
      Math.max(charged(v, j, layer, arrived, amplitudes), floor * thresholds[j]),
    );
    const fired = reached.flatMap((v, j) => (fires && v >= thresholds[j] ? [j] : []));
    reached.forEach((v, j) => {
      potentials[j] = fired.includes(j) ? afterSpike(v, thresholds[j]) : v;
    });
    traces.push(reached.map((v, j) => v / thresholds[j]));
    spikes.push(fired);
  }
  return { spikes, traces };
}

/**
 * What a spiking network does with these input spikes: per layer after the input, the neurons that fire at every step
 * (`spikes`) and all potentials before firing in thresholds (`traces`).
 */
export function simulate(layers, reports, inputSpikes, { steps, inputRate, ...dynamics }) {
  let before = trains(inputSpikes, steps);
  let amplitudes = new Array(layers[0].weights.length / reports[0].thresholds.length).fill(1 / inputRate);
  return layers.map((layer, index) => {
    const result = runLayer(layer, before, amplitudes, reports[index], dynamics);
    before = result.spikes;
    amplitudes = reports[index].thresholds;
    return result;
  });
}

/** How many spikes two records of one layer have in all, and how many only one of them has. */
export function disagreement(recorded, simulated) {
  const known = new Set(Array.from(recorded.step, (step, index) => `${step}:${recorded.neuron[index]}`));
  const own = simulated.flatMap((fired, step) => fired.map((neuron) => `${step}:${neuron}`));
  const shared = own.filter((spike) => known.has(spike)).length;
  return { spikes: known.size, different: known.size + own.length - 2 * shared };
}
