// The examples in READMEs and guides run as they stand.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "quartic-snn";
import { safetensors } from "./lib/safetensors.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const guides = readdirSync(join(root, "docs", "guides")).map((name) => `docs/guides/${name}`);

// A reader's folder, with a model of his own in it; within this one, so that the package is found by its name.
mkdirSync(join(root, "target"), { recursive: true });
const folder = mkdtempSync(join(root, "target", "reader-"));
cpSync(join(root, "models"), join(folder, "models"), { recursive: true });
cpSync(join(root, "tests/fixtures/onnx/lenet-torchscript.onnx"), join(folder, "model.onnx"));
after(() => rmSync(folder, { recursive: true }));

/** Guides without an example in JavaScript: one lists the others, one is for a browser and runs there. */
const without = ["docs/guides/README.md", "docs/guides/react.md"];

for (const file of ["README.md", "pkg/README.md", "docs/models.md", ...guides]) {
  test(`every JavaScript example in ${file} runs`, () => {
    const blocks = [...readFileSync(join(root, file), "utf8").matchAll(/```js\n(.*?)```/gs)];
    assert.equal(blocks.length === 0, without.includes(file));
    for (const [, code] of blocks) {
      const type = /^import /m.test(code) ? "module" : "commonjs";
      const args = [`--input-type=${type}`, "--eval", code];
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
      assert.equal(status, 0, stderr);
    }
  });
}

test("the description in docs/models.md is that of a network, in the file and beside it", async () => {
  const text = readFileSync(join(root, "docs/models.md"), "utf8");
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

test("every link between the pages leads somewhere", () => {
  for (const file of [
    "README.md",
    "CONTRIBUTING.md",
    "docs/models.md",
    "docs/method.md",
    "docs/performance.md",
    ...guides,
  ]) {
    const links = readFileSync(join(root, file), "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)/g);
    for (const [, path] of links) assert.ok(existsSync(join(root, file, "..", path)), `${file}: ${path}`);
  }
});
