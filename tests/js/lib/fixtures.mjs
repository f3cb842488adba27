// Small networks and inputs with fixed pseudo-random values.

/** A generator of numbers in 0..1 (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

function uniform(length, low, high, next) {
  return Float32Array.from({ length }, () => low + (high - low) * next());
}

/** Dense layers of these widths, the first being the input; weights are scaled so that activity neither dies nor grows. */
export function denseLayers(widths, { seed = 1, bias = true } = {}) {
  const next = random(seed);
  return widths.slice(1).map((outputs, index) => {
    const inputs = widths[index];
    const reach = 2 / Math.sqrt(inputs);
    return {
      type: "dense",
      weights: uniform(outputs * inputs, -0.8 * reach, reach, next),
      ...(bias && { bias: uniform(outputs, -0.1, 0.2, next) }),
      activation: index + 2 < widths.length ? "relu" : "linear",
    };
  });
}

/** A network of dense layers, as `network()` takes it. */
export function denseSpec(widths, options) {
  return { inputShape: [widths[0]], layers: denseLayers(widths, options) };
}

/** `count` inputs of `width` intensities, flat; about a third of them are 0. */
export function intensities(count, width, seed = 100) {
  const next = random(seed);
  return Float32Array.from({ length: count * width }, () => Math.max(0, 1.5 * next() - 0.5));
}

/** What most tests need: a network of 20-40-30-5, calibration inputs and one input. */
export function small(quartic, options) {
  const widths = [20, 40, 30, 5];
  const spec = denseSpec(widths, options);
  const ann = quartic.network(spec);
  return { widths, spec, ann, calibration: intensities(50, 20), input: intensities(1, 20, 7) };
}
