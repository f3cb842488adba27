// A network of convolution, average pool and dense layer, trained and spiking, in 64-bit numbers and plain loops. It
// knows nothing of folded weights, and nothing of the order in which the engine works.

import { raisedBy } from "./naive.mjs";

/** Sizes and weights; images are channel-first. */
export function network({ side, channels, kernel, outputs, weights, bias, dense }) {
  const inner = side - kernel + 1;
  const pooled = inner / 2;
  const conv = { side, inner, pooled, channels, kernel, weights, bias };
  return { conv, outputs, dense, cells: channels * pooled * pooled };
}

/** Calls `each` with every weight of the convolution: neuron, channel, input, weight. */
function eachTap({ side, inner, channels, kernel, weights }, each) {
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < inner; y++) {
      for (let x = 0; x < inner; x++) {
        for (let tap = 0; tap < kernel * kernel; tap++) {
          const input = (y + Math.floor(tap / kernel)) * side + x + (tap % kernel);
          each((c * inner + y) * inner + x, c, input, weights[c * kernel * kernel + tap]);
        }
      }
    }
  }
}

/** The cell of the 2 x 2 pool that a neuron belongs to. */
function cellOf({ inner, pooled }, neuron) {
  const [c, y, x] = [Math.floor(neuron / inner / inner), Math.floor(neuron / inner) % inner, neuron % inner];
  return (c * pooled + Math.floor(y / 2)) * pooled + Math.floor(x / 2);
}

/** Activations before and behind the pool, and scores. */
export function forward({ conv, outputs, dense, cells }, input) {
  const sums = Array.from(
    { length: conv.channels * conv.inner ** 2 },
    (_, j) => conv.bias[Math.floor(j / conv.inner ** 2)],
  );
  eachTap(conv, (neuron, _, i, w) => {
    sums[neuron] += w * input[i];
  });
  const pooled = new Array(cells).fill(0);
  sums.forEach((sum, neuron) => {
    pooled[cellOf(conv, neuron)] += Math.max(0, sum) / 4;
  });
  const scores = Array.from({ length: outputs }, (_, k) =>
    pooled.reduce((s, a, cell) => s + a * dense[k * cells + cell], 0),
  );
  return { activations: sums.map((sum) => Math.max(0, sum)), pooled, scores };
}

/** How much larger than its RMS the noise of the convolution is where it is, from the variance at every position. */
function concentration({ conv }, calibration, carried) {
  let [local, mean] = [0, 0];
  for (const input of calibration) {
    const variances = new Array(conv.inner ** 2).fill(0);
    eachTap(conv, (neuron, _, i, w) => {
      variances[neuron % variances.length] += w * w * carried(input[i], input[i] ** 2);
    });
    const sum = variances.reduce((all, one) => all + one, 0);
    local += variances.reduce((all, one) => all + one * one, 0) / sum;
    mean += sum / variances.length;
  }
  return Math.sqrt(local / mean);
}

/**
 * The thresholds of both layers by the rule `k sqrt(T) ||w||_4 s`, from the formula, with the noise of a channel where it
 * is (`channelNoise: "local"`), up to `noiseLimit` times its largest activation. Behind each channel there is `measured`
 * times the noise of Poisson spikes.
 */
export function l4Thresholds(net, calibration, options, measured = new Array(net.conv.channels).fill(1)) {
  const { strength, steps, inputRate, noise, channelNoise, noiseLimit } = options;
  const { conv, outputs, dense, cells } = net;
  const count = calibration.length;
  const mean = (values) => values[0].map((_, at) => values.reduce((sum, row) => sum + row[at], 0) / count);
  const squared = (values) => values.map((value) => value ** 2);
  const inputs = calibration.map((input) => Array.from(input));
  const pooled = calibration.map((input) => forward(net, input).pooled);
  // What spikes carry, per step, given the mean of a value and of its square: at most one a step is less noise.
  const certain = noise === "bernoulli" ? 1 : 0;
  const carried = (a, square) => a / inputRate - certain * square;
  const means = { inputs: mean(inputs), pooled: mean(pooled) };
  const squares = { inputs: mean(inputs.map(squared)), pooled: mean(pooled.map(squared)) };
  const rms = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  const rule = (norms, variances) => {
    const scale = rms(variances.map(Math.sqrt)) / rms(norms);
    return norms.map((norm) => strength * Math.sqrt(steps) * norm * scale);
  };
  const variances = new Array(conv.channels).fill(0);
  const norms = new Array(conv.channels).fill(0);
  eachTap(conv, (_, c, i, w) => {
    variances[c] += (w * w * carried(means.inputs[i], squares.inputs[i])) / conv.inner ** 2;
    norms[c] += w ** 4 / conv.inner ** 2;
  });
  const first = rule(
    norms.map((norm) => norm ** 0.25),
    variances,
  ).map((theta, c) => {
    const said = calibration.map((input) => forward(net, input).activations.slice(c * conv.inner ** 2));
    const largest = Math.max(...said.map((activations) => Math.max(...activations.slice(0, conv.inner ** 2))));
    const local = channelNoise === "local" ? theta * concentration(net, calibration, carried) : theta;
    return noiseLimit === null ? local : Math.min(local, strength * Math.sqrt(steps) * noiseLimit * largest);
  });
  // A spike behind the pool has a quarter of its amplitude. All outputs share the RMS threshold.
  const rows = Array.from({ length: outputs }, (_, k) => dense.subarray(k * cells, (k + 1) * cells));
  const channel = (cell) => Math.floor(cell / conv.pooled ** 2);
  const amplitude = (cell) => first[channel(cell)] * measured[channel(cell)];
  const behind = (cell) => Math.max(0, amplitude(cell) * means.pooled[cell] - certain * squares.pooled[cell]);
  const second = rule(
    rows.map(() => 1),
    rows.map((row) => row.reduce((sum, w, cell) => sum + (w * w * behind(cell)) / 4, 0)),
  );
  return [first, second];
}

/** Spikes of both layers by step, from the input's spikes and the thresholds; unfolded, in ANN units. */
export function simulate(net, inputSpikes, [first, second], { steps, inputRate, margin }) {
  const { conv, outputs, dense, cells, outer: outerBias } = net;
  const size = conv.channels * conv.inner ** 2;
  const theta = (neuron) => first[Math.floor(neuron / conv.inner ** 2)];
  const potentials = [new Float64Array(size), new Float64Array(outputs)];
  const spikes = [[], []];
  for (let step = 0; step < steps; step++) {
    const on = new Set(inputSpikes.neuron.filter((_, at) => inputSpikes.step[at] === step));
    const [inner, outer] = potentials;
    const raised = raisedBy(margin, step, steps);
    inner.forEach((_, neuron) => {
      inner[neuron] += conv.bias[Math.floor(neuron / conv.inner ** 2)];
    });
    outer.forEach((_, k) => {
      outer[k] += outerBias?.[k] ?? 0;
    });
    eachTap(conv, (neuron, _, i, w) => {
      if (on.has(i)) inner[neuron] += w / inputRate;
    });
    inner.forEach((v, neuron) => {
      if (v < raised * theta(neuron)) return;
      inner[neuron] -= theta(neuron);
      spikes[0].push(`${step} ${neuron}`);
      for (let k = 0; k < outputs; k++) outer[k] += (dense[k * cells + cellOf(conv, neuron)] * theta(neuron)) / 4;
    });
    outer.forEach((v, k) => {
      if (v < raised * second[k]) return;
      outer[k] -= second[k];
      spikes[1].push(`${step} ${k}`);
    });
  }
  return spikes;
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

/**
 * The network with biases and gains of the convolution corrected, from the input spikes of every calibration input. A gain
 * is the slope of least squares of activations over rates, drawn to 1 as by 30 samples; the noise is what is left, in that
 * of Poisson spikes, or what spikes of such a size have.
 */
export function corrected(net, calibration, flips, thresholds, options) {
  const { conv, outputs, dense, cells } = net;
  const places = conv.inner ** 2;
  const count = calibration.length * places;
  const activations = calibration.map((input) => forward(net, input).activations);
  const of = (values, c) => values.flatMap((row) => row.slice(c * places, (c + 1) * places));
  const mean = (values) => sum(values) / values.length;
  const each = Array.from({ length: conv.channels }, (_, c) => c);
  const theta = (c) => thresholds[0][c];
  let bias = Array.from(conv.bias);
  let rates = [];
  for (let pass = 0; pass < 2; pass++) {
    const present = { ...net, conv: { ...conv, bias } };
    rates = flips.map((spikes) => {
      const sent = new Array(conv.channels * places).fill(0);
      for (const spike of simulate(present, spikes, thresholds, options)[0]) sent[Number(spike.split(" ")[1])] += 1;
      return sent.map((count, neuron) => (count * theta(Math.floor(neuron / places))) / options.steps);
    });
    bias = bias.map((b, c) => b + mean(of(activations, c)) - mean(of(rates, c)));
  }
  const spread = (x, y) => sum(x.map((value, n) => value * y[n])) / count - mean(x) * mean(y);
  const moments = each.map((c) => {
    const [a, s] = [activations, rates].map((values) => of(values, c).map((value) => value / theta(c)));
    return { covariance: spread(a, s), variance: spread(s, s), a, s };
  });
  const prior = (mean(moments.map(({ variance }) => variance)) * 30) / count;
  const gains = moments.map(({ covariance, variance }) => (covariance + prior) / (variance + prior));
  const noise = moments.map(({ a, s }, c) => {
    const errors = a.map((value, n) => value - gains[c] * s[n]);
    const left = (options.steps * spread(errors, errors)) / mean(a);
    return Math.max(gains[c] ** 2, (count * left + 30) / (count + 30));
  });
  const channel = (cell) => Math.floor((cell % cells) / conv.pooled ** 2);
  // A mean pool makes of a constant that constant.
  const said = (cell) => (1 - gains[channel(cell)]) * mean(of(activations, channel(cell)));
  const row = (k) => Array.from(dense.subarray(k * cells, (k + 1) * cells));
  const outer = Array.from({ length: outputs }, (_, k) => sum(row(k).map((w, cell) => w * said(cell))));
  const scaled = Array.from(dense, (w, at) => w * gains[channel(at)]);
  return { net: { ...net, conv: { ...conv, bias }, dense: scaled, outer }, gains, noise };
}
