// Files that want to fill the memory or to keep the reader busy: small ones that declare, repeat or nest much. Each is
// refused with a short message, or read because it is a network after all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, QuarticError } from "quartic-snn";
import { node, onnx, tensor } from "./lib/onnx.mjs";
import { refused } from "./lib/refused.mjs";
import { safetensors } from "./lib/safetensors.mjs";

const quartic = await load();
const some = (count, value = 0.01) => new Float32Array(count).fill(value);
const times = (count, make) => Array.from({ length: count }, (_, k) => make(k));
const chain = (count, operator, more = [], attributes = {}, first = "x") =>
  times(count, (k) => node(`${operator}${k}`, operator, [k ? `${operator}${k - 1}` : first, ...more], attributes));
const statistics = ["s", "s", "s", "s"];
const dense = node("dense", "Gemm", ["x", "w"], { transB: 1 });

/** Layers that a safetensors file describes. */
const described = (inputShape, layers, tensors = {}) =>
  safetensors(tensors, { "quartic-snn": JSON.stringify({ version: 1, inputShape, layers }) });
const weights = (...shape) => ({ shape, values: some(shape.reduce((product, size) => product * size, 1)) });

const graphs = {
  "an image of 2^62 pixels": [[1, 1, 2 ** 31, 2 ** 31], [node("c", "Conv", ["x", "w"])], "2147483648"],
  "an image of 16 million pixels": [
    [1, 1, 4096, 4096],
    [node("c", "MaxPool", ["x"], { ["kernel_shape"]: [2, 2] })],
    "4096",
  ],
  "windows of 4,000 taps over four million pixels": [
    [1, 1, 2000, 2000],
    [node("c", "MaxPool", ["x"], { ["kernel_shape"]: [64, 64], pads: [31, 31, 32, 32] })],
    "multiplications",
  ],
  "6,000 norms": [[1, 1, 2, 2], chain(6000, "BatchNormalization", statistics), "at most 5000"],
  "9,000 activations": [[1, 4], [dense, ...chain(9000, "Relu", [], {}, "dense")], "at most 5000"],
  "20,000 nodes": [[1, 4], [dense, ...chain(20_000, "Identity", [], {}, "dense")], "at most 10000 nodes"],
  "a cycle": [[1, 4], [node("a", "Relu", ["b"]), node("b", "Relu", ["a"])], "cycle"],
  "a node that reads itself": [[1, 4], [node("a", "Add", ["a", "x"])], "cycle"],
  "a name of a million letters": [[1, 4], [node("n".repeat(1e6), "Tanh", ["x"])], "nnn..."],
  "an operator of a million letters": [[1, 4], [node("n", "O".repeat(1e6), ["x"])], "OOO..."],
  "an input that is read by name only": [[1, 4], [node("n", "Gemm", ["x", "v".repeat(1e6)])], "vvv..."],
  "an expansion to 2^40 numbers": [
    [1, 4],
    [node("e", "Expand", ["s", "sizes"]), node("m", "MatMul", ["x", "e"])],
    "values",
  ],
};

for (const [name, [shape, nodes, text]] of Object.entries(graphs)) {
  test(`ONNX: ${name}`, () => {
    const sizes = tensor("sizes", [2], BigInt64Array.of(2n ** 20n, 2n ** 20n));
    const file = onnx(shape, nodes, [tensor("w", [4, 4], some(16)), tensor("s", [1], some(1, 1)), sizes]);
    assert.throws(
      () => quartic.readModel(file, { format: "onnx" }),
      ({ code, message }) => {
        assert.ok(["invalid-model", "shape-mismatch", "unsupported-layer"].includes(code), `${code}: ${message}`);
        assert.ok(message.includes(text) && message.length < 2000, message.slice(0, 3000));
        return true;
      },
    );
  });
}

test("ONNX: graphs within graphs, 100,000 deep", () => {
  // An attribute `g` that holds a graph with a node with an attribute, and so on, from the inside out.
  const field = (tag, bytes) => {
    const length = [];
    for (let left = bytes.length; ; left = Math.floor(left / 128)) {
      length.push(left < 128 ? left : (left % 128) + 128);
      if (left < 128) break;
    }
    return Buffer.concat([Buffer.from([(tag << 3) | 2, ...length]), bytes]);
  };
  let inner = Buffer.from([]);
  for (let depth = 0; depth < 500; depth++) inner = field(1, field(5, field(6, inner)));
  refused(() => quartic.readModel(Buffer.concat([Buffer.from([8, 8]), field(7, inner)])), "invalid-model");
});

test("ONNX: long chains of norms are read, and become one", () => {
  const norms = chain(1900, "BatchNormalization", statistics);
  const from = norms.at(-1).output[0];
  const one = [tensor("s", [1], some(1, 1))];
  const pooled = quartic.readModel(onnx([1, 1, 2, 2], [...norms, node("p", "GlobalAveragePool", [from])], one));
  assert.deepEqual(
    pooled.layers.map(({ type }) => type),
    ["globalAvgPool2d", "batchNorm"],
  );
  const pools = chain(99, "AveragePool", [], { ["kernel_shape"]: [1, 1] }, from);
  const file = onnx([1, 1, 2, 2], [...norms, ...pools], one);
  assert.deepEqual(
    quartic.readModel(file).layers.map(({ type }) => type),
    [...times(99, () => "avgPool2d"), "batchNorm"],
  );
  const all = [tensor("w", [500, 500], some(250_000)), tensor("s", [500], some(500, 1))];
  const folded = onnx([1, 500], [dense, ...chain(500, "BatchNormalization", statistics, {}, "dense")], all);
  assert.deepEqual(
    quartic.readModel(folded).layers.map(({ type }) => type),
    ["dense"],
  );
});

test("ONNX: thousands of sums were rewritten into more layers than are allowed, and it took half a minute", () => {
  const parts = times(1600, (k) => [
    node(`c${k}`, "Conv", [k ? `n${k - 1}` : "x", "w"]),
    node(`a${k}`, "Add", [k ? `n${k - 1}` : "x", `c${k}`]),
    node(`n${k}`, "BatchNormalization", [`a${k}`, "s", "z", "z", "s"]),
  ]);
  const end = [node("g", "GlobalAveragePool", ["n1599"]), node("f", "Flatten", ["g"])];
  const tensors = [tensor("w", [1, 1, 1, 1], some(1)), tensor("s", [1], some(1, 1)), tensor("z", [1], some(1, 0))];
  const { layers } = quartic.readModel(onnx([1, 1, 2, 2], [...parts.flat(), ...end], tensors));
  assert.ok(layers.length <= 5000, `${layers.length}`);
});

test("ONNX: a maximum over all of four million pixels is found", () => {
  const file = onnx([1, 1, 2000, 2000], [node("g", "GlobalMaxPool", ["x"]), node("f", "Flatten", ["g"])]);
  const input = some(4e6, 0.25);
  input[1_234_567] = 0.75;
  assert.deepEqual([...quartic.readModel(file).predict(input)], [0.75]);
});

test("safetensors: what is repeated, long or deep", () => {
  const layer = { type: "dense", weights: "w", activation: "relu" };
  const read = (file, code, ...texts) => {
    refused(() => quartic.readModel(file), code, ...texts);
    assert.throws(
      () => quartic.readModel(file),
      ({ message }) => message.length < 1000,
    );
  };
  // 2,000 times the same million weights.
  read(
    described(
      [1000],
      times(2000, () => layer),
      { w: weights(1000, 1000) },
    ),
    "shape-mismatch",
    "`w`",
    "accounts for",
  );
  const window = { type: "conv2d", weights: "w", padding: 31, activation: "relu" };
  read(described([1, 2000, 2000], [window], { w: weights(1, 1, 64, 64) }), "shape-mismatch", "multiplications");
  read(
    described(
      [4, 1024, 1024],
      times(5, () => ({ type: "activation", activation: "relu" })),
    ),
    "shape-mismatch",
    "in all",
  );
  read(described([2], [{ ...layer, weights: "w".repeat(1e6) }]), "invalid-model", "www...");
  read(described([2], [{ type: "w".repeat(1e6) }]), "unsupported-layer", "www...");
  read(described([2], [{ type: "flatten", ["w".repeat(1e6)]: 1 }]), "invalid-model", "www...");
  const many = Object.fromEntries(times(10_000, (k) => [`t${k}`, weights(0)]));
  read(described([2], [layer], many), "invalid-model", "9980 more");
  read(described([2], [layer], { w: weights(...times(10_000, () => 1)) }), "invalid-model", "10000 dimensions");
  read(
    described(
      times(10_000, () => 2),
      [layer],
    ),
    "shape-mismatch",
    "10000 sizes",
  );
  read(safetensors({}, { "quartic-snn": "[".repeat(1e6) }), "invalid-model", "recursion");
});

test("saved networks: images larger than the file accounts for", () => {
  const neuron = { reset: "subtract", floor: null, initialPotential: 0, fires: true };
  const saved = (inputShape, shape, count, pools, sizes = [1]) => {
    const layers = times(count, (k) => ({
      name: `l${k}`,
      shape,
      neuron,
      connections: [{ source: k, pools, synapses: { type: "pointwise", offset: 0 } }],
    }));
    const of = (k) =>
      ["thresholds", "bias", "l4", "sigma", "sigmaL4"].map((what) => [`layers.${k}.${what}`, weights(1)]);
    const tensors = times(count, (k) => [...of(k), [`layers.${k}.connections.0.weights`, weights(...sizes)]]).flat();
    const rest = { inputRate: "0.25", readout: "count", functionError: "0" };
    const description = { version: 1, name: null, inputShape, ...rest, layers };
    return safetensors(Object.fromEntries(tensors), { "quartic-snn-spiking": JSON.stringify(description) });
  };
  const pool = (side, more) => ({
    kind: "mean",
    window: { kernel: [side, side], stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], ...more },
  });
  assert.equal(quartic.readSnn(saved([1, 1, 1], [1, 1, 1], 3, [])).layers.length, 3);
  const read = (file, ...texts) => refused(() => quartic.readSnn(file), "shape-mismatch", ...texts);
  read(saved([1, 2000, 2000], [1, 2000, 2000], 100, []), "l2", "accounts for");
  read(
    saved(
      [1, 2000, 2000],
      [1, 2000, 2000],
      1,
      times(100, () => pool(1)),
    ),
    "pool",
    "accounts for",
  );
  read(saved([1, 2000, 2000], [1, 1001, 1001], 1, [pool(1000)]), "pool", "accounts for");
});

test("none of them has taken much memory", () => {
  const mebibytes = process.resourceUsage().maxRSS / 1024;
  assert.ok(mebibytes < 900, `${mebibytes} MiB`);
});

test("a program that gives the same weights too often is told so", () => {
  const values = some(1e6);
  const layers = times(300, () => ({ type: "dense", weights: values, activation: "relu" }));
  refused(() => quartic.network({ inputShape: [1000], layers }), "shape-mismatch", "layers[268].weights", "268435456");
});

test("a model of TensorFlow.js without weights of its own does not make them without end", () => {
  const rescaling = (k) => ({ ["class_name"]: "Rescaling", config: { name: `r${k}`, scale: 0.5, offset: 0 } });
  const layers = times(100, rescaling);
  Object.assign(layers[0].config, { ["batch_input_shape"]: [null, 2 ** 22] });
  const modelTopology = { ["class_name"]: "Sequential", config: { name: "made", layers } };
  const model = { modelTopology, weightSpecs: [], weightData: new ArrayBuffer(0) };
  assert.throws(
    () => quartic.fromTensorFlow(model),
    (error) => error instanceof QuarticError && error.code === "unsupported-layer" && error.details.name === "r8",
  );
});

/** A model of TensorFlow.js of these layers, `[class, name, config, uses]`, that reads `in` and gives `last`. */
function functional(shape, layers, last = [layers.at(-1)[1], 0, 0]) {
  const all = [["InputLayer", "in", { ["batch_input_shape"]: [null, ...shape] }, []], ...layers];
  const list = all.map(([className, name, config, uses]) => {
    return { ["class_name"]: className, name, config: { name, ...config }, ["inbound_nodes"]: uses };
  });
  return { name: "made", layers: list, ["input_layers"]: [["in", 0, 0]], ["output_layers"]: [last] };
}

const readTensorFlow = (config, weightSpecs = [], weightData = new ArrayBuffer(0)) =>
  quartic.fromTensorFlow({ modelTopology: { ["class_name"]: "Functional", config }, weightSpecs, weightData });
const often = (count, name) => times(count, () => [name, 0, 0, {}]);

test("TensorFlow.js: two sums of 100,000 values each took hours", () => {
  const sums = functional(
    [2],
    [
      ["Add", "a", {}, [often(100_000, "in")]],
      ["Add", "b", {}, [often(100_000, "a")]],
    ],
  );
  assert.deepEqual([...readTensorFlow(sums).predict(some(2, 1))], [1e10, 1e10]);
});

test("TensorFlow.js: a sum of 200,000 values that are not there yet overflowed the stack", () => {
  const sum = functional([2], [["Add", "a", {}, [often(200_000, "in")]]]);
  assert.deepEqual([...readTensorFlow(sum).predict(some(2, 1))], [2e5, 2e5]);
});

test("TensorFlow.js: references that grow with every use of a model, or have no end, are too many", () => {
  const sum = functional([2], [["Add", "a", {}, [often(1000, "in")]]]);
  const uses = times(600, (k) => [[k ? "m" : "in", k ? k - 1 : 0, 0, {}]]);
  const nested = functional([2], [["Functional", "m", sum, uses]], ["m", 599, 0]);
  refused(() => readTensorFlow(nested), "invalid-model", "too many");
  const endless = [];
  endless.push(endless, endless, endless);
  refused(() => readTensorFlow({ ...sum, ["input_layers"]: endless }), "invalid-model", "too many");
});

test("TensorFlow.js: channels that are joined too often are not put in order first", () => {
  const layers = [
    ["Flatten", "f", {}, [often(1, "in")]],
    ["Concatenate", "c", {}, [often(2000, "f")]],
  ];
  refused(() => readTensorFlow(functional([1024, 2048, 2], layers)), "unsupported-layer", "`c`", "at most 4194304");
});

test("TensorFlow.js: weights were looked for among all others", () => {
  const layers = times(1900, (k) => {
    const from = k ? `d${k - 1}` : "in";
    return ["Dense", `d${k}`, { units: 1, ["use_bias"]: false }, [often(1, from)]];
  });
  const own = times(1900, (k) => ({ name: `m/z/d${k}/kernel`, shape: [1, 1], dtype: "float32" }));
  const others = times(200_000, (k) => ({ name: `${k}`, shape: [0], dtype: "float32" }));
  const ann = readTensorFlow(functional([1], layers), [...own, ...others], some(1900, 1).buffer);
  assert.deepEqual([...ann.predict(some(1, 0.5))], [0.5]);
});
