// What a user writes: two layers from fixed weights, converted, run with a seed. Where it runs must not change a spike.

/** A small generator, so that the weights are the same everywhere without a file. */
function* uniform(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

function array(length, seed, low, high) {
  const numbers = uniform(seed);
  return Float32Array.from({ length }, () => low + (high - low) * numbers.next().value);
}

/** FNV-1a over the step and the neuron of every spike of every layer. */
function hashOf(spikes) {
  let hash = 0x811c9dc5;
  for (const { step, neuron } of spikes) {
    for (const number of [...step, ...neuron]) hash = Math.imul(hash ^ number, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
}

/** The answer of the API, which may be here or in a worker. */
export async function answer(quartic) {
  const ann = await quartic.network({
    inputShape: [16],
    layers: [
      { type: "dense", weights: array(32 * 16, 1, -0.5, 1), activation: "relu" },
      { type: "dense", weights: array(4 * 32, 2, -1, 1), activation: "linear" },
    ],
  });
  const snn = await quartic.convert(ann, { calibration: array(20 * 16, 3, 0, 1), adjustment: "l4", steps: 50 });
  const { prediction, spikes } = await snn.run(array(16, 4, 0, 1), { steps: 50, seed: 1, record: ["spikes"] });
  const numberOfSpikes = spikes.reduce((sum, { step }) => sum + step.length, 0);
  snn.close();
  ann.close();
  return `prediction ${prediction}, ${numberOfSpikes} spikes, hash ${hashOf(spikes)}`;
}

/** The answers of several, which must be one and the same. */
export async function tell(...answers) {
  console.log([...new Set(await Promise.all(answers))].join(" but "));
}
