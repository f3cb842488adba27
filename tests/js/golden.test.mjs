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

function layers(widths) {
  return widths.slice(1).map((outputs, layer) => {
    const inputs = widths[layer];
    return {
      type: "dense",
      weights: floats(outputs * inputs, (index) => weight(layer, Math.floor(index / inputs), index % inputs)),
      bias: floats(outputs, (j) => weight(layer + 7, j, 0) / 4),
      activation: layer + 2 < widths.length ? "relu" : "linear",
    };
  });
}

test("golden rasters are replayed to the last bit", async () => {
  const quartic = await load();
  const [inputs] = golden.widths;
  const ann = quartic.network({ inputShape: [inputs], layers: layers(golden.widths) });
  const calibration = floats(8 * inputs, (index) => intensity(Math.floor(index / inputs), index % inputs));
  const { steps, seed } = golden;
  for (const { options, thresholds, scores, spikes } of golden.cases) {
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
