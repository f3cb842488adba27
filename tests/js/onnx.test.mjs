// ONNX files as real exporters write them, through the package, against onnxruntime: the scores that it stored in
// Python, and those that its WebAssembly gives here.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as runtime from "onnxruntime-web";
import { load, QuarticError } from "quartic-snn";
import {
  argmax,
  count,
  fixture,
  fixtureFloats,
  fixtureInputs,
  fixtureJson,
  sameScores,
  softmax,
} from "./lib/models.mjs";
import { node, onnx, tensor } from "./lib/onnx.mjs";
import { refused } from "./lib/refused.mjs";

runtime.env.wasm.numThreads = 1;
runtime.env.logLevel = "error";

const quartic = await load();
const all = fixtureJson("onnx/index.json");
const index = all.filter(({ opset }) => opset >= 13);
/** onnxruntime computes in half precision what is in half precision. */
const tolerance = ({ name }) => (name.startsWith("f16") && !name.includes("keep-io") ? 3e-3 : 1e-4);

/** Channel-first images as channels-last ones. */
function channelsLast(inputs, [height, width, channels]) {
  const size = height * width * channels;
  return inputs.map((_, at) => {
    const [row, place] = [Math.floor(at / size), at % size];
    return inputs[row * size + (place % channels) * height * width + Math.floor(place / channels)];
  });
}

/** What onnxruntime gives for the same inputs, one by one: some models have a batch of 1. */
async function scoresOf({ file, inputShape, channelsLast: last, outputs }, inputs) {
  const session = await runtime.InferenceSession.create(fixture(`onnx/${file}`), { executionProviders: ["wasm"] });
  const given = last ? channelsLast(inputs, inputShape) : inputs;
  const size = given.length / count;
  const scores = new Float32Array(count * outputs);
  for (let row = 0; row < count; row++) {
    const values = given.subarray(row * size, (row + 1) * size);
    const tensor = new runtime.Tensor("float32", values, [1, ...inputShape]);
    const results = await session.run({ [session.inputNames[0]]: tensor });
    const [found] = Object.values(results).filter(({ type, size: length }) => type === "float32" && length === outputs);
    scores.set(found.data, row * outputs);
  }
  await session.release();
  return scores;
}

test("every model gives the scores and decisions of onnxruntime", async (t) => {
  assert.ok(index.length >= 35);
  for (const entry of index) {
    await t.test(entry.name, () => {
      const ann = quartic.readModel(fixture(`onnx/${entry.file}`));
      const [height, width, channels] = entry.inputShape;
      // A row of a table is a vector here.
      const shape = entry.channelsLast ? [channels, height, width] : entry.inputShape;
      assert.deepEqual([...ann.inputShape], shape.length === 2 ? [shape[0] * shape[1]] : shape);
      assert.equal(ann.outputs, entry.outputs);
      const found = ann.predict(fixtureInputs(ann.inputs));
      const expected = fixtureFloats(`onnx/${entry.name}.${entry.scores}.bin`);
      assert.deepEqual(argmax(found, ann.outputs), argmax(expected, ann.outputs));
      const scores = entry.scores === "probabilities" ? softmax(found, ann.outputs) : found;
      sameScores(scores, expected, entry.outputs, 10 * tolerance(entry), 0);
      assert.ok(ann.report.rewrites.every(({ largestDifference }) => largestDifference <= 1e-4));
    });
  }
});

test("onnxruntime in WebAssembly agrees here and now", async (t) => {
  // Half precision inputs and scikit-learn's own operators are not all in that build.
  const able = index.filter(({ name }) => !/^f16|^sklearn|rows/.test(name));
  assert.ok(able.length >= 25);
  for (const entry of able) {
    await t.test(entry.name, async () => {
      const ann = quartic.readModel(fixture(`onnx/${entry.file}`));
      const inputs = fixtureInputs(ann.inputs);
      const found = ann.predict(inputs);
      const expected = await scoresOf(entry, inputs);
      const scores = entry.scores === "probabilities" ? softmax(found, ann.outputs) : found;
      sameScores(scores, expected, ann.outputs, 1e-3, 0);
      const largest = Math.max(...expected.map(Math.abs));
      scores.forEach((score, at) => {
        assert.ok(Math.abs(score - expected[at]) <= 1e-4 * largest, `${score} is not ${expected[at]}`);
      });
    });
  }
});

/** Both runtimes on a few inputs of a model that is made here, and the spiking network that it becomes. */
async function agree(dims, nodes, tensors) {
  const file = onnx([1, ...dims], nodes, tensors);
  const ann = quartic.readModel(file);
  const inputs = fixtureInputs(ann.inputs).subarray(0, 20 * ann.inputs);
  const session = await runtime.InferenceSession.create(file, { executionProviders: ["wasm"] });
  const expected = [];
  for (let row = 0; row < 20; row++) {
    const values = inputs.slice(row * ann.inputs, (row + 1) * ann.inputs);
    const results = await session.run({ x: new runtime.Tensor("float32", values, [1, ...dims]) });
    expected.push(...Object.values(results)[0].data);
  }
  await session.release();
  sameScores(ann.predict(inputs), Float32Array.from(expected), ann.outputs, 1e-4, 0);
  assert.ok(
    quartic.convert(ann, { calibration: inputs, steps: 10 }).run(inputs.slice(0, ann.inputs), { seed: 1, steps: 10 }),
  );
}

const spread = (length) => Float32Array.from({ length }, (_, index) => ((index * 7) % 11) / 11 - 0.4);

test("what PyTorch makes of a clamp is a ReLU: the larger of a value and 0, the smaller of that and a maximum", async () => {
  const bounds = (...names) => names.map((name) => tensor(name, [], new Float32Array([name === "zero" ? 0 : 0.25])));
  const dense = (name, input) => node(name, "Gemm", [input, `w${name}`], { transB: 1 });
  const weights = [tensor("wa", [8, 6], spread(48)), tensor("wb", [3, 8], spread(24))];
  for (const [cut, end] of [
    [[node("m", "Max", ["a", "zero"])], "m"],
    [[node("m", "Max", ["zero", "a"]), node("n", "Min", ["m", "cap"])], "n"],
    [[node("m", "Relu", ["a"]), node("n", "Clip", ["m", "", "cap"])], "n"],
  ]) {
    await agree([6], [dense("a", "x"), ...cut, dense("b", end)], [...weights, ...bounds("zero", "cap")]);
  }
  const file = onnx(
    [1, 6],
    [dense("a", "x"), node("m", "Min", ["a", "cap"]), dense("b", "m")],
    [...weights, ...bounds("cap")],
  );
  refused(() => quartic.readModel(file), "unsupported-layer", "Min", "ReLU");
});

test("windows of a max pool that reach over the edge take what is there", async () => {
  for (const [side, kernel, stride, pad] of [
    [6, 3, 2, 0],
    [7, 2, 2, 0],
    [8, 3, 3, 1],
    [5, 2, 3, 0],
  ]) {
    const nodes = [
      node("c", "Conv", ["x", "k"]),
      node("r", "Relu", ["c"]),
      node("p", "MaxPool", ["r"], {
        ["kernel_shape"]: [kernel, kernel],
        strides: [stride, stride],
        pads: [pad, pad, pad, pad],
        ["ceil_mode"]: 1,
      }),
      node("g", "GlobalAveragePool", ["p"]),
      node("f", "Flatten", ["g"]),
      node("d", "Gemm", ["f", "w"], { transB: 1 }),
    ];
    await agree([2, side, side], nodes, [tensor("k", [4, 2, 1, 1], spread(8)), tensor("w", [3, 4], spread(12))]);
  }
});

test("a scale of the input goes into a convolution with padding, and a last convolution is averaged over positions", async () => {
  const nodes = [
    node("s", "Div", ["x", "n"]),
    node("c", "Conv", ["s", "k"], { pads: [1, 1, 1, 1] }),
    node("r", "Relu", ["c"]),
    node("l", "Conv", ["r", "w"]),
    node("g", "GlobalAveragePool", ["l"]),
    node("f", "Flatten", ["g"]),
  ];
  const tensors = [
    tensor("n", [], new Float32Array([0.5])),
    tensor("k", [4, 2, 3, 3], spread(72)),
    tensor("w", [3, 4, 1, 1], spread(12)),
  ];
  await agree([2, 5, 5], nodes, tensors);
});

test("a separable convolution and a factorised dense layer become one layer each", async () => {
  const nodes = [
    node("d", "Conv", ["x", "k"], { group: 2, pads: [1, 1, 1, 1] }),
    node("p", "Conv", ["d", "w", "b"]),
    node("r", "Relu", ["p"]),
    node("f", "Flatten", ["r"]),
    node("l", "Gemm", ["f", "low"], { transB: 1 }),
    node("o", "Gemm", ["l", "high", "c"], { transB: 1 }),
  ];
  const tensors = [
    tensor("k", [4, 1, 3, 3], spread(36)),
    tensor("w", [5, 4, 1, 1], spread(20)),
    tensor("b", [5], spread(5)),
    tensor("low", [2, 125], spread(250)),
    tensor("high", [3, 2], spread(6)),
    tensor("c", [3], spread(3)),
  ];
  await agree([2, 5, 5], nodes, tensors);
  const { layers } = quartic.readModel(onnx([1, 2, 5, 5], nodes, tensors));
  assert.deepEqual(
    layers.map(({ type }) => type),
    ["conv2d", "dense"],
  );
});

test("a constant of a node that many layers read filled the memory", () => {
  const side = 512;
  const nodes = [node("w", "Constant", [], { value: tensor("v", [side, side], spread(side * side)) })];
  for (let layer = 0; layer < 60; layer++) {
    nodes.push(
      node(`m${layer}`, "MatMul", [layer ? `r${layer - 1}` : "x", "w"]),
      node(`r${layer}`, "Relu", [`m${layer}`]),
    );
  }
  assert.equal(quartic.readModel(onnx([1, side], nodes.slice(0, 3))).layers.length, 1);
  refused(() => quartic.readModel(onnx([1, side], nodes)), "shape-mismatch", "accounts for");
});

test("what no layer reads as an image keeps its order, whatever its last axis looks like", async () => {
  const nodes = [node("f", "Flatten", ["x"]), node("g", "Gemm", ["f", "w"], { transB: 1 })];
  const tensors = [tensor("w", [2, 300], spread(600))];
  await agree([2, 50, 3], nodes, tensors);
  const { inputShape, report } = quartic.readModel(onnx([1, 2, 50, 3], nodes, tensors));
  assert.deepEqual([...inputShape], [300]);
  assert.deepEqual(report.notes, []);
});

test("an input whose order is another is told how to be brought into ours", async () => {
  const nodes = [
    node("r", "Reshape", ["x", "to"]),
    node("t", "Transpose", ["r"], { perm: [0, 3, 1, 2] }),
    node("c", "Conv", ["t", "w"]),
    node("f", "Flatten", ["c"]),
  ];
  const tensors = [tensor("to", [4], BigInt64Array.from([1n, 4n, 4n, 3n])), tensor("w", [5, 3, 4, 4], spread(240))];
  const ann = quartic.readModel(onnx([1, 48], nodes, tensors));
  const recipe = "x.reshape(16, 3).transpose(1, 0).reshape(3, 4, 4)";
  assert.deepEqual(ann.report.notes, [
    `the graph takes its input as [48]; give it as [3, 4, 4], in another order: ${recipe}`,
  ]);
  const given = Float32Array.from({ length: 48 }, (_, at) => (at % 7) / 7);
  const ours = Float32Array.from({ length: 48 }, (_, at) => given[(at % 16) * 3 + Math.floor(at / 16)]);
  const session = await runtime.InferenceSession.create(onnx([1, 48], nodes, tensors), {
    executionProviders: ["wasm"],
  });
  const [expected] = Object.values(await session.run({ x: new runtime.Tensor("float32", given, [1, 48]) }));
  sameScores(ann.predict(ours), expected.data, 5);
});

test("rows and columns of an image with the channels last that are exchanged were told to be given channel-first", async () => {
  const nodes = [
    node("t", "Transpose", ["x"], { perm: [0, 3, 2, 1] }),
    node("c", "Conv", ["t", "w"]),
    node("f", "Flatten", ["c"]),
  ];
  const tensors = [tensor("w", [5, 2, 4, 4], spread(160))];
  const ann = quartic.readModel(onnx([1, 4, 4, 2], nodes, tensors));
  const recipe = "x.reshape(4, 4, 2).transpose(2, 1, 0).reshape(2, 4, 4)";
  const [note] = ann.report.notes;
  assert.equal(note, `the graph takes its input as [4, 4, 2]; give it as [2, 4, 4], in another order: ${recipe}`);
  const given = Float32Array.from({ length: 32 }, (_, at) => (at % 7) / 7);
  // Channel, then what the graph has as its columns, then its rows.
  const ours = Float32Array.from({ length: 32 }, (_, at) => {
    const [channel, column, row] = [Math.floor(at / 16), Math.floor(at / 4) % 4, at % 4];
    return given[(row * 4 + column) * 2 + channel];
  });
  const session = await runtime.InferenceSession.create(onnx([1, 4, 4, 2], nodes, tensors), {
    executionProviders: ["wasm"],
  });
  const [expected] = Object.values(await session.run({ x: new runtime.Tensor("float32", given, [1, 4, 4, 2]) }));
  sameScores(ann.predict(ours), expected.data, 5);
});

test("a softmax over one score was taken for a sigmoid", () => {
  for (const operator of ["Softmax", "LogSoftmax", "ArgMax"]) {
    const nodes = [node("g", "Gemm", ["x", "w"], { transB: 1 }), node("s", operator, ["g"], { axis: 1 })];
    const read = () => quartic.readModel(onnx([1, 4], nodes, [tensor("w", [1, 4], spread(4))]));
    refused(read, "unsupported-layer", "a single score");
  }
});

test("what only computes constants is not taken for an activation", () => {
  const tensors = [tensor("v", [4], spread(4).map(Math.abs)), tensor("w", [2, 4], spread(8))];
  const nodes = [node("s", "Exp", ["v"]), node("d", "Div", ["x", "s"]), node("g", "Gemm", ["d", "w"], { transB: 1 })];
  refused(() => quartic.readModel(onnx([1, 4], nodes, tensors)), "unsupported-layer", "Exp", "onnxsim");
});

test("quantised models, other activations and other ways to choose values are refused by that name", () => {
  for (const [operator, ...texts] of [
    ["DequantizeLinear", "quantised", "floating-point"],
    ["QLinearMatMul", "quantised"],
    ["LeakyRelu", "ReLU", "train the network with it"],
    ["LayerNormalization", "batch normalisation"],
    ["Greater", "comparing", "ReLU"],
    ["Split", "channels of images"],
    ["Resize", "a fixed kernel"],
    ["ReduceSum", "ReduceMean"],
  ]) {
    refused(
      () => quartic.readModel(onnx([1, 4], [node("a", operator, ["x"])])),
      "unsupported-layer",
      operator,
      ...texts,
    );
  }
});

test("what cannot be converted is refused by operator and node", async (t) => {
  const files = fixtureJson("onnx/refused/index.json");
  assert.ok(files.length >= 35);
  for (const { name, file, validOnnx, operator, node } of files) {
    await t.test(name, () => {
      assert.throws(
        () => quartic.readModel(fixture(`onnx/refused/${file}`), { format: "onnx" }),
        (error) => {
          assert.ok(error instanceof QuarticError && error.code !== "internal", error.message);
          if (!validOnnx) return true;
          assert.equal(error.code, "unsupported-layer", error.message);
          assert.equal(error.details.operator, operator);
          assert.equal(error.details.name, node);
          assert.match(error.details.reason, /support/);
          return true;
        },
      );
    });
  }
});

test("an ONNX model becomes a spiking network that decides as it does", () => {
  const ann = quartic.readModel(fixture("onnx/lenet-torchscript.onnx"));
  const inputs = fixtureInputs(ann.inputs).subarray(0, 40 * ann.inputs);
  const snn = quartic.convert(ann, {
    calibration: inputs,
    adjustment: "none",
    base: "max",
    inputRate: 1,
    readout: "potential",
  });
  const decisions = argmax(ann.predict(inputs), ann.outputs);
  const right = decisions.filter((decision, row) => {
    const input = inputs.subarray(row * ann.inputs, (row + 1) * ann.inputs);
    return snn.run(input, { steps: 10_000, seed: 1, stream: row }).prediction === decision;
  });
  // Untrained weights and inputs that look random: some decisions hang by a thread.
  assert.ok(right.length >= 36, `${right.length} of ${decisions.length}`);
});
