// The examples in the READMEs run as they stand.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "quartic-snn";
import { safetensors } from "./lib/safetensors.mjs";

const root = new URL("../../", import.meta.url);

for (const file of ["README.md", "pkg/README.md", "docs/models.md"]) {
  test(`every JavaScript example in ${file} runs`, () => {
    const blocks = [...readFileSync(new URL(file, root), "utf8").matchAll(/```js\n(.*?)```/gs)];
    assert.ok(blocks.length > 0);
    for (const [, code] of blocks) {
      const args = ["--input-type=module", "--eval", code];
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: fileURLToPath(root), encoding: "utf8" });
      assert.equal(status, 0, stderr);
    }
  });
}

test("the description in docs/models.md is that of a network, in the file and beside it", async () => {
  const text = readFileSync(new URL("docs/models.md", root), "utf8");
  const [, description] = text.match(/```json\n(.*?)```/s);
  const shapes = { "conv.weight": [4, 1, 3, 3], "fc.weight": [10, 784], "fc.bias": [10] };
  for (const name of ["weight", "bias", "running_mean", "running_var"]) shapes[`norm.${name}`] = [4];
  const values = (shape) => new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(0.1);
  const tensors = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, values: values(shape) }]),
  );
  const quartic = await load();
  const inside = quartic.readModel(safetensors(tensors, { "quartic-snn": description }));
  const beside = quartic.readModel(safetensors(tensors), { description: JSON.parse(description) });
  for (const ann of [inside, beside]) {
    assert.deepEqual([ann.name, ...ann.inputShape, ann.outputs], ["mnist-cnn", 1, 28, 28, 10]);
    assert.deepEqual(
      ann.layers.map(({ type }) => type),
      ["conv2d", "avgPool2d", "flatten", "dense"],
    );
  }
});
