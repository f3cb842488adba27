// How every method chooses thresholds and biases, once more and as plainly as possible: dense layers, 64-bit numbers, the
// formulas of docs/method.md, nothing shared with the core.

import { marginOf, simulate } from "./naive.mjs";

const rectified = (values) => values.map((value) => Math.max(value, 0));
const sum = (values) => values.reduce((total, value) => total + value, 0);
const mean = (values) => sum(values) / values.length;
const rms = (values) => Math.sqrt(mean(values.map((value) => value ** 2)));

/** The sums of every layer before its activation. */
function forward(layers, x) {
  let values = Array.from(x);
  return layers.map(({ weights, bias }, index) => {
    const inputs = values.length;
    const sums = Array.from({ length: weights.length / inputs }, (_, j) =>
      values.reduce((total, value, i) => total + value * weights[j * inputs + i], bias?.[j] ?? 0),
    );
    values = index + 1 < layers.length ? rectified(sums) : sums;
    return sums;
  });
}

function percentile(values, p) {
  const sorted = rectified(values).sort((a, b) => a - b);
  const place = (p / 100) * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place % 1);
}

/**
 * The threshold of least squares (Li et al. 2021). Values are rounded to 32 bits, as those of the core are: two candidates
 * can be as good as each other to seven digits.
 */
function leastSquares(exact, steps, initial) {
  const values = exact.map(Math.fround);
  const largest = Math.max(...values);
  let best = { error: Number.POSITIVE_INFINITY, theta: 0 };
  for (let percent = 100; percent > 4; percent--) {
    const theta = (largest * percent) / 100;
    const said = (a) => (theta / steps) * Math.min(Math.max(Math.floor((steps * a) / theta + initial), 0), steps);
    const error = sum(rectified(values).map((a) => (a - said(a)) ** 2));
    if (error < best.error) best = { error, theta };
  }
  return best.theta;
}

/** Local threshold balancing (Bu et al. 2025). */
function balanced(values) {
  let theta = 0;
  for (let pass = 0; pass < 100; pass++) {
    const before = theta;
    for (const a of values) theta += 0.1 * Math.max(a - theta, 0);
    if (theta - before <= 1e-3 * theta) break;
  }
  return theta;
}

/** `sums[n][layer][neuron]` as the values of one neuron. */
const ofNeuron = (sums, layer, j) => sums.map((input) => input[layer][j]);

function baseThresholds(layers, sums, { base, percentile: p, steps, initialPotential }) {
  let bound = 1;
  return layers.map(({ weights, bias }, layer) => {
    const neurons = sums[0][layer].length;
    const all = sums.flatMap((input) => input[layer]);
    const shared = percentile(all, base === "max" ? 100 : p);
    const own = (choose) => {
      const thresholds = Array.from({ length: neurons }, (_, j) => choose(rectified(ofNeuron(sums, layer, j))));
      return thresholds.map((theta) => (theta > 0 ? theta : shared));
    };
    if (base === "channel") return own((values) => percentile(values, p));
    if (base === "mse") return own((values) => leastSquares(values, steps, initialPotential ?? 0));
    if (base === "balanced") return own(balanced);
    if (base === "none") return new Array(neurons).fill(1);
    if (base !== "weights") return new Array(neurons).fill(shared);
    const inputs = weights.length / neurons;
    const largest = (j) => {
      const positive = sum(rectified(Array.from(weights.subarray(j * inputs, (j + 1) * inputs))));
      return bound * positive + Math.max(bias?.[j] ?? 0, 0);
    };
    bound = Math.max(...Array.from({ length: neurons }, (_, j) => largest(j)));
    return new Array(neurons).fill(bound);
  });
}

const norm = (weights, power) => sum(Array.from(weights, (w) => Math.abs(w) ** power)) ** (1 / power);

/**
 * The standard deviation of spikes on the synapses of every neuron, per square root of a step: Poisson spikes, or at most
 * one in a step. `said` has what every synapse says on every calibration input.
 */
function noiseOfSpikes(noise, { weights }, neurons, said, amplitudes) {
  const row = (j) => weights.subarray(j * said.length, (j + 1) * said.length);
  const carried = said.map((values, i) => {
    const certain = noise === "bernoulli" ? mean(values.map((a) => a ** 2)) : 0;
    return Math.max(0, amplitudes[i] * mean(values) - certain);
  });
  const variance = (j) => sum(Array.from(row(j), (w, i) => w ** 2 * carried[i]));
  return Array.from({ length: neurons }, (_, j) => Math.sqrt(variance(j)));
}

/** That of the input spikes alone: clean sums against those on the rates of coin flips. */
function propagatedNoise(layers, inputs, { steps, inputRate }, flips) {
  const squares = layers.map(() => []);
  for (const [n, x] of inputs.entries()) {
    const counts = new Array(x.length).fill(0);
    for (const neuron of flips(n).neuron) counts[neuron] += 1;
    const noisy = forward(
      layers,
      counts.map((count) => count / (steps * inputRate)),
    );
    forward(layers, x).forEach((clean, layer) => {
      squares[layer].push(clean.map((value, j) => (value - noisy[layer][j]) ** 2));
    });
  }
  return squares.map((of) => of[0].map((_, j) => Math.sqrt(steps * mean(of.map((input) => input[j])))));
}

/** The upper tail of the normal distribution, by Simpson's rule. */
function tail(from) {
  const [panels, width] = [2000, 10];
  const h = width / panels;
  const density = (i) => Math.exp(-((from + i * h) ** 2) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(panels);
  for (let i = 1; i < panels; i++) sum += (i % 2 === 1 ? 4 : 2) * density(i);
  return (sum * h) / 3;
}

/** The strength where none is given; above a floor noise fires as often as without. By the secant method. */
function usualStrength({ floor, signed, ...options }) {
  const unbounded = marginOf(options) > 0 ? 0.8 : signed ? 0.6 : 0.9;
  if (floor === null) return unbounded;
  const excess = (k) => tail(k) + tail(k * (1 - 2 * floor)) - tail(unbounded);
  let [before, k] = [unbounded, 1.5 * unbounded];
  while (Math.abs(k - before) > 1e-9) {
    const slope = (excess(k) - excess(before)) / (k - before);
    [before, k] = [k, k - excess(k) / slope];
  }
  return k;
}

/** `measured` has how much more noise the spikes of each layer have than those of Poisson, where it was measured. */
function noiseThresholds(layers, inputs, sums, options, flips, measured) {
  const { adjustment, steps, inputRate, noise, readout, headroom } = options;
  const strength = options.strength ?? usualStrength(options);
  const propagated = noise === "propagated" ? propagatedNoise(layers, inputs, options, flips) : undefined;
  let amplitudes = new Array(inputs[0].length).fill(1 / inputRate);
  let before = Array.from(inputs[0], (_, i) => inputs.map((x) => x[i]));
  return layers.map((layer, index) => {
    const neurons = sums[0][index].length;
    const exact = propagated?.[index] ?? noiseOfSpikes(noise, layer, neurons, before, amplitudes);
    const last = index + 1 === layers.length;
    const norms = exact.map((_, j) => {
      const row = layer.weights.subarray(j * before.length, (j + 1) * before.length);
      return norm(row, Number(adjustment[1]));
    });
    const of = { exact, uniform: exact.map(() => rms(exact)) };
    const sigmas = (last ? of.uniform : of[adjustment]) ?? norms.map((value) => (value * rms(exact)) / rms(norms));
    const said = exact.map((_, j) => rectified(ofNeuron(sums, index, j)));
    const shared = last || adjustment === "uniform" ? said.flat() : undefined;
    amplitudes = sigmas.map((sigma, j) => {
      const theta = strength * Math.sqrt(steps) * sigma;
      return headroom === null ? theta : Math.max(theta, percentile(shared ?? said[j], headroom));
    });
    const chosen = amplitudes;
    amplitudes = chosen.map((theta, j) => theta * (measured?.[index]?.[j] ?? 1));
    before = said;
    return last && readout === "potential" ? chosen.map(() => 1) : chosen;
  });
}

/**
 * The thresholds of every layer, in ANN units. `flips(n)` are the input spikes of calibration input `n`, `measured` the
 * noise that hidden layers have.
 */
export function thresholdsOf(layers, inputs, options, flips, measured) {
  const sums = inputs.map((x) => forward(layers, x));
  const { adjustment, readout } = options;
  if (adjustment !== "none" && adjustment !== "l4-relative") {
    return noiseThresholds(layers, inputs, sums, options, flips, measured);
  }
  const bases = baseThresholds(layers, sums, options);
  return bases.map((base, index) => {
    if (index + 1 === layers.length && readout === "potential") return base.map(() => 1);
    if (adjustment === "none") return base;
    const width = layers[index].weights.length / base.length;
    const norms = base.map((_, j) => norm(layers[index].weights.subarray(j * width, (j + 1) * width), 4));
    return base.map((theta, j) => (theta * norms[j]) / mean(norms));
  });
}

/** The spikes of every neuron less those taken back. */
function netCounts(spikes, neurons) {
  const sent = new Array(neurons).fill(0);
  for (const { up, down } of spikes) {
    for (const j of up) sent[j] += 1;
    for (const j of down) sent[j] -= 1;
  }
  return sent;
}

const covariance = (x, y) => mean(x.map((value, n) => (value - mean(x)) * (y[n] - mean(y))));

/**
 * What spikes of every neuron say of its activation by least squares, drawn to 1 as by 30 samples, and the variance of their
 * noise in that of Poisson spikes. Activations and rates in ANN units.
 */
function decoding(activations, rates, thresholds, steps) {
  const inThresholds = (values) => values[0].map((_, j) => values.map((of) => of[j] / thresholds[j]));
  const [a, s] = [inThresholds(activations), inThresholds(rates)];
  const samples = activations.length;
  const prior = (30 / samples) * mean(s.map((own) => covariance(own, own)));
  const slope = (own, j) => Math.max(0, (covariance(own, s[j]) + prior) / (covariance(s[j], s[j]) + prior));
  const gains = prior === 0 ? a.map(() => 1) : a.map(slope);
  const noise = a.map((own, j) => {
    const errors = own.map((value, n) => value - gains[j] * s[j][n]);
    const left = mean(own) > 0 ? (steps * covariance(errors, errors)) / mean(own) : 1;
    return Math.max(gains[j] ** 2, (samples * left + 30) / (samples + 30));
  });
  return { gains, noise };
}

/** The layer with what it reads multiplied by `gains`; to an output, what is lost on the mean is added. */
function reading(layer, gains, means, isOutput) {
  const weight = (j, i) => layer.weights[j * gains.length + i];
  const constant = (j) => sum(gains.map((gain, i) => weight(j, i) * (1 - gain) * means[i]));
  return {
    ...layer,
    weights: Array.from(layer.weights, (w, at) => w * gains[at % gains.length]),
    bias: layer.bias.map((bias, j) => bias + (isOutput ? constant(j) : 0)),
  };
}

/** The layers with the biases and weights that a shift and corrections leave, in ANN units, and the noise they follow. */
export function correctedLayers(layers, inputs, reports, options, flips) {
  const { adjustment, biasCorrection, gainCorrection, biasShift, steps, noise: model } = options;
  const follows = ["measured", null].includes(model);
  const corrected = layers.map((layer, index) => {
    const shift = reports[index].fires ? biasShift / steps : 0;
    const { thresholds } = reports[index];
    return { ...layer, bias: Array.from(thresholds, (theta, j) => (layer.bias?.[j] ?? 0) + shift * theta) };
  });
  const usual = !["none", "l4-relative"].includes(adjustment);
  if (!(biasCorrection ?? usual)) return { layers: corrected };
  const noise = [];
  const activations = layers.map((_, index) => inputs.map((x) => rectified(forward(layers, x)[index])));
  for (let index = 0; index + 1 < layers.length; index++) {
    const { thresholds } = reports[index];
    const wanted = activations[index];
    const means = wanted[0].map((_, j) => mean(wanted.map((of) => of[j])));
    const withGains = gainCorrection ?? usual;
    for (const last of withGains ? [false, true] : [false]) {
      const rates = inputs.map((x, n) => {
        const { spikes } = simulate(corrected, reports, flips(n), { ...options, input: x })[index];
        return netCounts(spikes, thresholds.length).map((sent, j) => (sent * thresholds[j]) / steps);
      });
      const lacking = (j) => means[j] - mean(rates.map((of) => of[j]));
      corrected[index].bias = corrected[index].bias.map((bias, j) => bias + lacking(j));
      if (!last) continue;
      const found = decoding(wanted, rates, thresholds, steps);
      noise.push(found.noise);
      corrected[index + 1] = reading(corrected[index + 1], found.gains, means, index + 2 === layers.length);
    }
  }
  return { layers: corrected, noise: follows ? noise : undefined };
}
