// The dynamics of docs/method.md once more, as plainly as possible: trained weights, 64-bit numbers, every synapse at
// every step, nothing folded.

/** Spikes as a set of "step:neuron" per step. */
function trains({ step, neuron }, steps) {
  const fired = Array.from({ length: steps }, () => []);
  step.forEach((at, index) => {
    fired[at].push(neuron[index]);
  });
  return fired;
}

/** Runs one layer on the spikes of the layer before; `amplitudes` are the thresholds of that layer. */
function runLayer({ weights, bias }, before, amplitudes, { thresholds, fires }, { reset, floor, initialPotential }) {
  const inputs = amplitudes.length;
  const start = fires ? initialPotential : 0;
  const potentials = Array.from(thresholds, (threshold) => start * threshold);
  const traces = [];
  const spikes = before.map((arrived) => {
    const fired = [];
    traces.push(
      Array.from(thresholds, (threshold, j) => {
        let v = potentials[j] + (bias?.[j] ?? 0);
        for (const i of arrived) v += weights[j * inputs + i] * amplitudes[i];
        if (fires && floor !== null) v = Math.max(v, floor * threshold);
        const spike = fires && v >= threshold;
        if (spike) fired.push(j);
        potentials[j] = spike ? (reset === "zero" ? 0 : v - threshold) : v;
        return v / threshold;
      }),
    );
    return fired;
  });
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
