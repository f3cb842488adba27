// The engine in Firefox: the very bits of the others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { readModelFile, testDigits } from "../../examples/evaluate/data.mjs";
import { firefoxOn, open } from "./lib/firefox.mjs";

firefoxOn("pkg");

test("the engine gives the very spikes that it gives in Node", async () => {
  const image = testDigits(1).images;
  const bytes = readModelFile("mnist-mlp-small");
  const options = { steps: 60, seed: 5, record: ["spikes"] };
  const quartic = await load();
  const runs = (api) =>
    ["f32", "fixed"].map((precision) =>
      api.convert(api.readModel(bytes), { calibration: image, adjustment: "l4", precision }).run(image, options),
    );
  const expected = runs(quartic).map(({ spikes }) => spikes.map(({ neuron, step }) => [[...neuron], [...step]]));
  const { page } = await open("package.json");
  const found = await page.evaluate(
    async (bytes, image, options) => {
      const { load } = await import("/a/dist/index.js");
      const [api, input] = [await load(), Float32Array.from(image)];
      return ["f32", "fixed"].map((precision) => {
        const ann = api.readModel(Uint8Array.from(bytes));
        const snn = api.convert(ann, { calibration: input, adjustment: "l4", precision });
        return snn.run(input, options).spikes.map(({ neuron, step }) => [[...neuron], [...step]]);
      });
    },
    [...bytes],
    [...image],
    options,
  );
  assert.ok(expected.every((layers) => layers.every(([neurons]) => neurons.length > 0)));
  assert.deepEqual(found, expected);
  await page.close();
});
