// `npm run evaluate` as a person types it: what it takes, what it says, how it ends.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../examples/evaluate/evaluate.mjs", import.meta.url));
const few = ["--model", "mnist-mlp-small", "--images", "5", "--steps", "3", "--seed", "1", "--workers", "1"];

const evaluate = (...args) => spawnSync(process.execPath, [command, ...few, ...args], { encoding: "utf8" });

function json(...args) {
  const { status, stdout, stderr } = evaluate("--json", ...args);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

function refused(args, ...texts) {
  const { status, stdout, stderr } = evaluate(...args);
  assert.equal(status, 1, stderr);
  assert.equal(stdout, "");
  for (const text of texts) assert.ok(stderr.includes(text), `${JSON.stringify(text)} is not in: ${stderr}`);
  assert.ok(!/\n +at /.test(stderr), stderr);
}

test("floor, headroom and noise limit may be none", () => {
  const { networks } = json("--floor", "none", "--headroom", "none", "--noise-limit", "none");
  for (const { options } of networks) {
    assert.deepEqual([options.floor, options.headroom, options.noiseLimit], [null, null, null]);
  }
  assert.equal(json("--floor", "0").networks[1].options.floor, 0);
});

test("the table has a line for each network, and none says that nothing is a multiple of nothing", () => {
  const { status, stdout } = evaluate("--adjustment", "l4,uniform", "--input-rate", "0.000001");
  assert.equal(status, 0);
  for (const name of ["ANN", "input limit", "plain", "l4", "uniform"]) assert.ok(stdout.includes(name), stdout);
  assert.ok(!stdout.includes("NaN"), stdout);
});

test("what cannot be evaluated is told in one sentence", () => {
  refused(["--model", "."], "--model", "mnist-mlp", "ONNX or safetensors file");
  refused(["--model", command], "error:", "ONNX");
  refused(["--data", "fashion"], "--data", "mnist-mlp-small");
  refused(["--model", fileURLToPath(new URL("../fixtures/onnx/sklearn-plain.onnx", import.meta.url))], "28 x 28");
  refused(["--images", "0"], "--images", "1 to 10000");
  refused(["--floor", "low"], "--floor", "number");
  refused(["--gain-correction"], "gainCorrection", "biasCorrection");
});

test("what was refused in a terminal left a bar that never ended", () => {
  const terminal = ["--import", "data:text/javascript,process.stderr.isTTY=true"];
  const args = [...terminal, command, ...few, "--seed", "-1"];
  const { status, stderr, signal } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
  assert.deepEqual([signal, status], [null, 1], stderr);
  assert.ok(stderr.includes("`seed`"), stderr);
});
