// Model files, whole and broken.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, QuarticError } from "quartic-snn";
import { readModelFile, testDigits } from "../../examples/evaluate/data.mjs";
import { random } from "./lib/fixtures.mjs";
import { refused } from "./lib/refused.mjs";

const quartic = await load();
const good = Uint8Array.from(readModelFile("mnist-mlp-small"));
const headerLength = Number(new DataView(good.buffer, good.byteOffset).getBigUint64(0, true));

/** A safetensors file of 2 inputs and 2 outputs with this description. */
function file(changes = {}, { tensor = {}, metadata, data = [1, 2, 3, 4] } = {}) {
  const layer = { type: "dense", weights: "w", activation: "linear" };
  const description = { version: 1, name: "tiny", inputShape: [2], layers: [layer], ...changes };
  const header = JSON.stringify({
    ["__metadata__"]: metadata ?? { "quartic-snn": JSON.stringify(description) },
    w: { dtype: "F32", shape: [2, 2], ["data_offsets"]: [0, data.length * 4], ...tensor },
  });
  const length = new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer);
  return Buffer.concat([length, Buffer.from(header), new Uint8Array(Float32Array.from(data).buffer)]);
}

/** Any refusal will do, but not a fault. */
function neverAFault(bytes) {
  try {
    quartic.readModel(bytes).close();
  } catch (error) {
    assert.ok(error instanceof QuarticError, `${error}`);
    assert.notEqual(error.code, "internal", error.message);
  }
}

test("a model is read from an array, a buffer, a view and with its format", () => {
  const moved = new Uint8Array(good.length + 5);
  moved.set(good, 5);
  const image = testDigits(1).images;
  const models = [
    quartic.readModel(good),
    quartic.readModel(good.slice().buffer),
    quartic.readModel(moved.subarray(5)),
    quartic.readModel(good, { format: "safetensors" }),
  ];
  for (const model of models) {
    assert.deepEqual([model.name, model.inputs, model.outputs], ["mnist-mlp-small", 784, 10]);
    assert.deepEqual(model.predict(image), models[0].predict(image));
  }
});

test("a model file's weights are in the order of PyTorch", () => {
  const model = quartic.readModel(file());
  assert.equal(model.name, "tiny");
  assert.deepEqual(model.predict(Float32Array.of(1, 10)), Float32Array.of(21, 43));
});

test("files that are no models are refused", () => {
  const bytes = random(3);
  refused(() => quartic.readModel(new Uint8Array()), "invalid-model", "empty");
  refused(() => quartic.readModel(new ArrayBuffer(0)), "invalid-model", "empty");
  refused(() => quartic.readModel(Uint8Array.from({ length: 5000 }, () => 256 * bytes())), "invalid-model");
  refused(() => quartic.readModel(new TextEncoder().encode("<!doctype html>")), "invalid-model", "web page");
  refused(() => quartic.readModel(new TextEncoder().encode("some text")), "invalid-model", "ONNX", "safetensors");
  refused(() => quartic.readModel(new TextEncoder().encode("12345678{}")), "invalid-model");
});

test("a description beside the file counts before the one inside", () => {
  const layer = { type: "dense", weights: "w", activation: "relu" };
  const description = { version: 1, name: "beside", inputShape: [2], layers: [layer] };
  const bytes = file({}, { metadata: {} });
  const model = quartic.readModel(bytes, { description });
  assert.equal(model.name, "beside");
  assert.deepEqual(model.predict(Float32Array.of(1, 10)), Float32Array.of(21, 43));
  refused(() => quartic.readModel(bytes), "invalid-model", "`description`");
  for (const description of ["{}", null]) {
    refused(() => quartic.readModel(bytes, { description }), "invalid-option", "`description`", "an object {");
  }
  refused(() => quartic.readModel(bytes, { description: {} }), "invalid-model", "version");
  description.itself = description;
  refused(() => quartic.readModel(bytes, { description }), "invalid-option", "`description`");
  delete description.itself;
  refused(() => quartic.readModel(bytes, { description, format: "onnx" }), "invalid-option", "`description`");
});

test("truncated files are refused", () => {
  for (const length of [1, 7, 8, 9, 20, 8 + headerLength - 1, 8 + headerLength, good.length - 2, good.length - 1]) {
    refused(() => quartic.readModel(good.subarray(0, length)), "invalid-model");
  }
  const small = file();
  for (let length = 0; length < small.length; length++) {
    refused(() => quartic.readModel(small.subarray(0, length)), "invalid-model");
  }
});

test("wrong lengths of the header are refused", () => {
  for (const length of [0n, 1n, BigInt(headerLength - 1), BigInt(good.length), 2n ** 32n, 2n ** 53n, 2n ** 64n - 1n]) {
    const bad = good.slice();
    new DataView(bad.buffer).setBigUint64(0, length, true);
    refused(() => quartic.readModel(bad), "invalid-model");
  }
});

test("a flipped byte anywhere is at most a refusal", () => {
  const small = file();
  for (let index = 0; index < small.length; index++) {
    for (const flip of [1, 0x55, 0xff]) {
      const bad = Uint8Array.from(small);
      bad[index] ^= flip;
      neverAFault(bad);
    }
  }
});

test("random changes of a real file are at most refusals", () => {
  const next = random(17);
  for (let round = 0; round < 100; round++) {
    const bad = good.slice();
    for (let change = 0; change < 5; change++) bad[Math.floor(next() * (headerLength + 8))] = Math.floor(256 * next());
    neverAFault(bad);
  }
});

test("descriptions that do not fit are refused by name", () => {
  const read = (...args) => quartic.readModel(file(...args));
  const layer = { type: "dense", weights: "w", activation: "linear" };
  refused(() => read({}, { metadata: {} }), "invalid-model", "quartic-snn");
  refused(() => read({}, { metadata: { "quartic-snn": "{" } }), "invalid-model");
  refused(() => read({ version: 2 }), "invalid-model", "version 2");
  refused(() => read({ inputs: 2 }), "invalid-model", "inputs");
  refused(() => read({ layers: [{ ...layer, weights: "v" }] }), "invalid-model", "`v`", "w");
  refused(() => read({ layers: [{ ...layer, activation: "tanh" }] }), "invalid-model", "tanh");
  refused(() => read({ layers: [{ ...layer, type: "lstm" }] }), "unsupported-layer", "lstm", "dense", "conv2d");
  refused(() => read({ layers: [layer, { ...layer, bias: "w" }] }), "shape-mismatch", "bias");
  refused(() => read({ layers: [] }), "shape-mismatch", "layer");
  refused(() => read({ inputShape: [3] }), "shape-mismatch", "3");
  refused(() => read({ inputShape: [0] }), "shape-mismatch", "inputShape");
  neverAFault(file({ inputShape: [2 ** 31, 2 ** 31, 2 ** 31] }));
});

test("tensors that do not fit are refused by name", () => {
  const read = (options) => quartic.readModel(file({}, options));
  refused(() => read({ tensor: { dtype: "I32" } }), "invalid-model", "`w`", "I32");
  refused(() => read({ tensor: { shape: [4] } }), "shape-mismatch", "`w`");
  refused(() => read({ tensor: { shape: [2, 3] } }), "invalid-model");
  refused(() => read({ tensor: { shape: [0, 2], ["data_offsets"]: [0, 0] }, data: [] }), "shape-mismatch", "0");
  refused(() => read({ data: [1, Number.NaN, 3, 4] }), "invalid-input", "NaN");
});

test("wrong formats, options and arguments are refused", () => {
  refused(() => quartic.readModel(good, { format: "onnx" }), "invalid-model", "ONNX");
  refused(() => quartic.readModel(good, { format: "tflite" }), "invalid-option", "`format`", '"tflite"', "safetensors");
  refused(() => quartic.readModel(good, { format: 5 }), "invalid-option", "`format`", '"onnx" or "safetensors", got 5');
  refused(() => quartic.readModel(good, { kind: "safetensors" }), "invalid-option", "`kind`", "format");
  refused(() => quartic.readModel(good, "safetensors"), "invalid-option", "`options`", '"safetensors"');
  for (const bytes of [undefined, null, "bytes", [1, 2], new Float32Array(4), new DataView(new ArrayBuffer(9))]) {
    refused(() => quartic.readModel(bytes), "invalid-option", "`bytes`");
  }
  const gone = good.slice();
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  refused(() => quartic.readModel(gone), "invalid-option", "`bytes`");
  refused(() => quartic.readModel(gone.buffer), "invalid-option", "`bytes`");
});

test("after all these refusals the module still works", () => {
  assert.equal(quartic.readModel(good).outputs, 10);
});
