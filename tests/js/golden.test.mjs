// The golden rasters of tests/golden, through the package: bit-identical to the native engine (tests/golden.rs).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "quartic-snn";

const golden = JSON.parse(readFileSync(new URL("../golden/rasters.json", import.meta.url), "utf8"));

// The same weights and inputs as in tests/golden.rs: multiples of powers of two.
const weight = (layer, j, i) => ((i * 7919 + j * 104_729 + layer * 1_299_709) % 2001) / 2048 - 0.375;
const intensity = (sample, i) => (((i + 1) * (sample + 3) * 37) % 129) / 128;
const floats = (length, value) => Float32Array.from({ length }, (_, index) => value(index));

function tensor({ shape, layer, divisor, add }) {
  const row = shape.slice(1).reduce((product, size) => product * size, 1);
  return floats(shape[0] * row, (e) => weight(layer, Math.floor(e / row), e % row) / divisor + add);
}

/** The description with arrays in place of names; only JavaScript asks for the sizes of a convolution. */
function spec({ description: { inputShape, layers }, tensors }) {
  const sizes = ({ type, weights }) => {
    if (type !== "conv2d") return {};
    const [outChannels, , ...kernel] = tensors[weights].shape;
    return { outChannels, kernel };
  };
  const arrays = (layer) =>
    Object.entries(layer).map(([key, value]) => [key, value in tensors ? tensor(tensors[value]) : value]);
  return { inputShape, layers: layers.map((layer) => ({ ...Object.fromEntries(arrays(layer)), ...sizes(layer) })) };
}

for (const [index, model] of golden.entries()) {
  test(`golden rasters are replayed to the last bit, network ${index}`, async () => {
    const quartic = await load();
    const ann = quartic.network(spec(model));
    const { inputs } = ann;
    const calibration = floats(8 * inputs, (at) => intensity(Math.floor(at / inputs), at % inputs));
    const { steps, seed } = model;
    for (const { options, thresholds, scores, spikes } of model.cases) {
      const snn = quartic.convert(ann, { ...options, calibration });
      const chosen = snn.layers.map((layer) => layer.thresholds);
      const expected = thresholds.map((layer) => Float32Array.from(layer));
      assert.deepEqual(chosen, expected, JSON.stringify(options));
      const result = snn.run(
        floats(inputs, (i) => intensity(100, i)),
        { steps, seed, record: ["spikes"] },
      );
      assert.deepEqual(result.scores, Float32Array.from(scores));
      const raster = result.spikes.map(({ neuron, step }) => [[...neuron], [...step]]);
      assert.deepEqual(raster, spikes, JSON.stringify(options));
    }
  });
}
