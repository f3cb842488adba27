// What the importer of TensorFlow.js refuses: layers without a spiking form, broken models, wrong arguments.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { refused } from "./lib/refused.mjs";
import { graph, inUse, saved, sequential, weight } from "./lib/tensorflow.mjs";

const quartic = await load();
const read = (model) => quartic.fromTensorFlow(model);
const dense = (inputs, units, config) => [
  "Dense",
  { units, ["use_bias"]: false, ...config },
  { kernel: weight([inputs, units]) },
];
const conv = (inputs, filters, config) => [
  "Conv2D",
  { filters, ["kernel_size"]: 3, ["use_bias"]: false, ...config },
  { kernel: weight([3, 3, inputs, filters]) },
];

/** Asserts that a layer is refused, by place, name and class. */
function unsupported(model, layer, operator, ...texts) {
  refused(() => read(model), "unsupported-layer", `layer ${layer}`, operator, ...texts);
  assert.throws(
    () => read(model),
    ({ details }) => {
      assert.deepEqual([details.layer, details.operator], [layer, operator]);
      assert.ok(details.name.length > 0 && details.reason.length > 0);
      return true;
    },
  );
}

const image = [6, 6, 1];
const relu = { activation: "relu" };
const padded = [
  "ZeroPadding2D",
  {
    padding: [
      [0, 1],
      [0, 1],
    ],
  },
];
const cases = {
  "an unknown layer": [[4], [dense(4, 3), ["LSTM", { units: 3 }]], 1, "LSTM", "only Dense", "Conv2D"],
  "an object's own words": [[4], [["constructor", {}]], 0, "constructor"],
  "a layer over one axis": [[6, 1], [["Conv1D", { filters: 2 }]], 0, "Conv1D"],
  "a tanh": [[4], [dense(4, 3, { activation: "tanh" })], 0, "Dense", "tanh"],
  "an activation that is an object": [[4], [dense(4, 3, { activation: {} })], 0, "Dense", "an object"],
  "a leaky ReLU": [[4], [dense(4, 3), ["ReLU", { ["negative_slope"]: 0.1 }]], 1, "ReLU", "negative_slope"],
  "a ReLU with a threshold": [[4], [dense(4, 3), ["ReLU", { threshold: 1 }]], 1, "ReLU", "threshold"],
  "a ReLU of nothing": [[4], [dense(4, 3), ["ReLU", { ["max_value"]: 0 }]], 1, "ReLU", "max_value"],
  "a softmax inside": [[4], [dense(4, 3, { activation: "softmax" }), dense(3, 2)], 0, "Dense", "at the end"],
  "a softmax layer inside": [[4], [dense(4, 3), ["Softmax", {}], dense(3, 2)], 1, "Softmax", "at the end"],
  "a softmax behind a softmax": [
    [4],
    [dense(4, 3, { activation: "softmax" }), ["Activation", { activation: "softmax" }]],
    0,
    "Dense",
    "at the end",
  ],
  "a ReLU behind a softmax": [
    [4],
    [dense(4, 3, { activation: "softmax" }), ["Activation", relu]],
    0,
    "Dense",
    "at the end",
  ],
  "a softmax over padding": [
    [1, 1, 2],
    [padded, ["Activation", { activation: "softmax" }]],
    1,
    "Activation",
    "zero padding",
  ],
  "a softmax over pixels": [image, [conv(1, 2, { activation: "softmax" })], 0, "Conv2D", "classes"],
  "one softmax": [[4], [dense(4, 1, { activation: "softmax" })], 0, "Dense", "two or more classes"],
  "an average that pads what is padded": [
    image,
    [padded, ["AveragePooling2D", { ["pool_size"]: 4, padding: "same" }]],
    1,
    "AveragePooling2D",
    "padded already",
  ],
  "padding before a dense layer": [image, [padded, ["Flatten", {}], dense(49, 2)], 1, "Flatten", "zero padding"],
  "a maximum over padding": [image, [padded, ["MaxPooling2D", {}]], 1, "MaxPooling2D", "behind a ReLU"],
  "a maximum over padding behind a shifted ReLU": [
    image,
    [conv(1, 2, relu), ["Rescaling", { offset: -1 }], padded, ["MaxPooling2D", {}]],
    3,
    "MaxPooling2D",
    "behind a ReLU",
  ],
  "a maximum over padding behind no ReLU": [
    image,
    [conv(1, 2), padded, ["MaxPooling2D", {}]],
    2,
    "MaxPooling2D",
    "ReLU",
  ],
  "padding of one pixel at the end": [[3, 3, 1], [conv(1, 2, relu), padded], 1, "ZeroPadding2D", "one score per class"],
  "padding at the end": [image, [conv(1, 1, relu), padded], 1, "ZeroPadding2D", "one score per class"],
  "an image at the end": [image, [conv(1, 2, relu)], 0, "Conv2D", "one score per class", "[4, 4, 2]"],
  "a flattened image at the end": [image, [conv(1, 2, relu), ["Flatten", {}]], 1, "Flatten", "one score per class"],
  "a norm over two axes": [
    image,
    [["BatchNormalization", { axis: [3, 1] }]],
    0,
    "BatchNormalization",
    "not the channels",
  ],
  "a norm over the batch": [[4], [["BatchNormalization", { axis: 0 }]], 0, "BatchNormalization", "axis 0 of [4]"],
  "a norm over rows": [image, [["BatchNormalization", { axis: 1 }]], 0, "BatchNormalization", "axis 1"],
  "a reshape of an image": [
    image,
    [conv(1, 2, relu), ["Reshape", { ["target_shape"]: [2, 4, 4] }]],
    1,
    "Reshape",
    "it reshapes [4, 4, 2] to [2, 4, 4]",
  ],
  "a reshape of the image that the model takes": [
    [2, 2, 2],
    [["Reshape", { ["target_shape"]: [4, 1, 2] }]],
    0,
    "Reshape",
    "it reshapes [2, 2, 2]",
  ],
  "a Flatten that moves an axis of rows": [
    [2, 4],
    [
      ["Flatten", { ["data_format"]: "channels_first" }],
      ["Reshape", { ["target_shape"]: [1, 2, 4] }],
      conv(1, 2, { ["data_format"]: "channels_first" }),
    ],
    0,
    "Flatten",
    "channel-first images",
  ],
  "a dense layer over rows": [[4, 4], [dense(4, 2)], 0, "Dense", "[4, 4]"],
  "a dense layer over channel-first images": [
    [1, 6, 6],
    [conv(1, 2, { ["data_format"]: "channels_first" }), dense(4, 2)],
    1,
    "Dense",
    "[2, 4, 4]",
  ],
  "a convolution of a vector": [[4], [conv(1, 2)], 0, "Conv2D", "[4]"],
  "a convolution of an image without channels": [[6, 6], [conv(1, 2)], 0, "Conv2D", "[6, 6]"],
  "a kernel beyond its image": [[2, 2, 1], [conv(1, 2)], 0, "Conv2D", "3 does not fit into 2"],
  "an input of any size": [[null, 6, 1], [conv(1, 2)], 0, "InputLayer", "fixed size"],
  "an absurd image": [[65_536, 65_536, 3], [["Flatten", {}]], 0, "InputLayer", "at most"],
  "a vector of one value too many": [[2 ** 22 + 1], [["Flatten", {}]], 0, "InputLayer", `at most ${2 ** 22} values`],
  "layouts that differ": [
    image,
    [conv(1, 2, { ["data_format"]: "channels_last" }), ["MaxPooling2D", { ["data_format"]: "channels_first" }]],
    1,
    "MaxPooling2D",
    "channels_last",
  ],
};

for (const [name, [shape, layers, place, operator, ...texts]] of Object.entries(cases)) {
  test(`${name} is refused by name`, () => unsupported(sequential(shape, layers), place, operator, ...texts));
}

test("fields of a wrong kind are refused by name", () => {
  const reshape = (target) => [[4], [["Reshape", { ["target_shape"]: target }]], "target_shape"];
  for (const [shape, layers, key, ...texts] of [
    [image, [conv(1, 2, { strides: [2, 0] })], "strides", "a whole number from 1, or two"],
    [image, [conv(1, 2, { strides: [1, 1, 1] })], "strides", "an array of 3"],
    [image, [conv(1, 2, { ["use_bias"]: 1 })], "use_bias", "true or false, got 1"],
    [[6, 6, 2], [conv(1, 3, { groups: 2 })], "groups", "a divisor of the channels"],
    [[6, 6, 3], [conv(1, 4, { groups: 2 })], "groups", "a divisor of the channels"],
    [[4], [["ReLU", { ["max_value"]: Number.POSITIVE_INFINITY }]], "max_value", "a number, got Infinity"],
    [image, [["ZeroPadding2D", { padding: [[-1, 0], 0] }]], "padding", "whole numbers"],
    [image, [["Rescaling", { scale: [1, 2] }]], "scale", "a number, or 1 for the last axis"],
    [[2], [["Rescaling", { offset: [1, "2"] }]], "offset", "a number, or 2"],
    [
      [2, 3, 3],
      [["Rescaling", { scale: [1, 2] }], conv(2, 2, { ["data_format"]: "channels_first" })],
      "scale",
      "last axis",
    ],
    ...[[3], ["4"], [-1, 4, -1], [-2, -2], [0, -1]].map(reshape),
  ]) {
    refused(() => read(sequential(shape, layers)), "invalid-model", `\`${key}\` of layer \`layer0\``, ...texts);
  }
});

test("the input is given another shape only where nothing else reads it", () => {
  const reshape = (reads) => ["Reshape", { ["target_shape"]: [1, 4, 1] }, {}, [reads]];
  const rest = (place, reads) => [
    ["Flatten", {}],
    [...dense(4, 4), [reads]],
    ["Add", {}, {}, [`layer${place + 1}`, `layer${place + 2}`]],
  ];
  unsupported(graph([4], [reshape("in"), ...rest(0, "in")]), 1, "Reshape", "it reshapes [4]");
  const behind = [["Dropout", { rate: 0.5 }, {}, ["in"]], reshape("layer0"), ...rest(1, "layer0")];
  unsupported(graph([4], behind), 2, "Reshape", "it reshapes [4]");
});

test("what stands side by side but does not fit together is refused", () => {
  const softmax = dense(4, 2, { activation: "softmax" });
  const both = (operator, reads, config) => [operator, config ?? {}, {}, reads];
  const twice = (name) => [name, name];
  unsupported(graph([4], [dense(4, 2), both("Add", ["layer0"])]), 2, "Add", "two or more inputs");
  unsupported(graph([4], [softmax, both("Add", twice("layer0"))]), 1, "Dense", "at the end");
  unsupported(graph(image, [both("Concatenate", twice("in"), { axis: 1 })]), 1, "Concatenate", "only channels");
  const half = graph(image, [["MaxPooling2D", {}], both("Concatenate", ["in", "layer0"])]);
  unsupported(half, 2, "Concatenate", "one size");
  const mixed = graph(image, [["Flatten", {}], both("Concatenate", ["in", "layer0"])]);
  unsupported(mixed, 2, "Concatenate", "images and vectors");
  const turned = graph([1, 2, 2], [["Flatten", {}], dense(4, 4), both("Add", ["layer0", "layer1"])]);
  unsupported(turned, 3, "Add", "a flattened image");
  for (const operator of ["Add", "Concatenate"]) {
    const layers = [conv(1, 2, relu), [...conv(1, 2), ["in"]], both(operator, ["layer0", "layer1"])];
    unsupported(graph(image, [...layers, padded, ["MaxPooling2D", {}]]), 5, "MaxPooling2D", "behind a ReLU");
  }
});

test("names and words of any length are shortened where a model is refused", () => {
  const long = "x".repeat(10_000);
  for (const layers of [[[long, {}]], [dense(4, 3, { name: long, units: long })]]) {
    assert.throws(
      () => read(sequential([4], layers)),
      ({ message }) => message.length < 800,
    );
  }
});

/** The functional fixture with a change. */
function functional(change) {
  const model = saved("functional");
  change(model.modelTopology.config, model);
  return model;
}

test("graphs that are none are refused", () => {
  const layer = ({ layers }, name) => layers.find((other) => other.name.startsWith(name));
  const refusal = (change, ...texts) => refused(() => read(functional(change)), "invalid-model", ...texts);
  refusal((model) => layer(model, "add").inbound_nodes[0].push(["nowhere", 0, 0, {}]), "add_Add1", "nowhere");
  refusal((model) => layer(model, "add").inbound_nodes[0].push(["flatten_Flatten3", 0, 0, {}]), "its own output");
  refusal((model) => layer(model, "add").inbound_nodes[0].push(["add_Add1", 0, 0, {}]), "its own output");
  refusal((model) => layer(model, "add").inbound_nodes[0].push(["input1", "x", 0, {}]), "input1", "no number");
  refusal((model) => layer(model, "re_lu").inbound_nodes[0].push(["input1", 0, 0, {}]), "one input");
  refusal((model) => layer(model, "re_lu").inbound_nodes.splice(0, 1, [[5, 0, 0, {}]]), "re_lu", "not a layer");
  refusal((model) => model.layers.push(structuredClone(layer(model, "add"))), "two of its layers", '"add_Add1"');
  refusal((model) => model.output_layers.push(["add_Add1", 0, 0]), "2 outputs");
  refusal((model) => model.output_layers.splice(0), "no output");
  refusal((model) => delete model.layers, "layers");
  refusal((model) => model.layers.splice(0, 3, null), "layer 0", "null");
  refusal((model) => delete layer(model, "add").class_name, "class_name");
  refusal((model) => Object.assign(layer(model, "add"), { name: 5 }), "name");
  unsupported(
    functional((model) => {
      const second = structuredClone(model.layers[0]);
      second.name = "second";
      model.layers.push(second);
      layer(model, "add").inbound_nodes[0].push(["second", 0, 0, {}]);
    }),
    13,
    "InputLayer",
    "one input",
  );
  unsupported(
    functional((model) => layer(model, "add").inbound_nodes[0].push(["input1", 0, 0, {}])),
    4,
    "Add",
    "one shape",
  );
});

test("models within models without end are refused", () => {
  const model = sequential([4], [dense(4, 2)]);
  const { config } = model.modelTopology;
  config.layers = [{ ["class_name"]: "Sequential", config }];
  refused(() => read(model), "invalid-model", "nested");
});

test("weights that are missing, too short, too many or not of 32-bit numbers are refused by name", () => {
  const made = () => sequential([4], [dense(4, 3), dense(3, 2)]);
  const refusal = (change, ...texts) => {
    const model = made();
    change(model);
    refused(() => read(model), "invalid-model", ...texts);
  };
  refusal((model) => model.weightSpecs.pop(), "72 bytes", "48");
  refusal((model) => [model.weightSpecs.pop(), model.weightData.pop()], "layer1/kernel");
  refusal((model) => model.weightData.pop(), "layer1/kernel");
  refusal((model) => Object.assign(model.weightSpecs[0], { shape: [3, 4] }), "layer0/kernel", "[4, 3]", "[3, 4]");
  refusal((model) => Object.assign(model.weightSpecs[0], { shape: [4, 3, 1] }), "layer0/kernel", "got [4, 3, 1]");
  refusal((model) => Object.assign(model.weightSpecs[0], { dtype: "int32" }), "layer0/kernel", "float32", "int32");
  refusal((model) => Object.assign(model.weightSpecs[0], { dtype: "float99" }), "layer0/kernel", "float99");
  refusal((model) => Object.assign(model.weightSpecs[0], { shape: [-4, -3] }), "layer0/kernel", "has no shape");
  refusal((model) => Object.assign(model.weightSpecs[0], { shape: [2 ** 40, 2 ** 40] }), "layer0/kernel");
  refusal((model) => Object.assign(model.weightSpecs[0], { name: undefined }), "name");
  refusal((model) => Object.assign(model.weightSpecs[0], { quantization: { dtype: "uint8" } }), "36");
  const whole = { quantization: { dtype: "int32", scale: 1, min: 0 } };
  refusal((model) => Object.assign(model.weightSpecs[0], whole), "layer0/kernel", "int32");
  refusal((model) => Object.assign(model.weightSpecs[0], { name: "xlayer0/kernel" }), "no weight", "layer0/kernel");
  refusal((model) => {
    for (const [at, tower] of ["left", "right"].entries()) model.weightSpecs[at].name = `${tower}/layer0/kernel`;
  }, "no weight `layer0/kernel`");
  refusal((model) => Object.assign(model, { weightSpecs: undefined }), "weightSpecs");
  const none = { ["depthwise_kernel"]: weight([1, 1, 1, 0]) };
  const depthwise = ["DepthwiseConv2D", { ["kernel_size"]: 1, ["use_bias"]: false }, none];
  refused(() => read(sequential([1, 1, 1], [depthwise])), "invalid-model", "depthwise_kernel", "got [1, 1, 1, 0]");
  const bad = made();
  bad.weightData[0] = Float32Array.from({ length: 12 }, () => Number.NaN).buffer;
  refused(() => read(bad), "invalid-input", "NaN");
  const quantised = saved("keras-cnn-uint8");
  delete quantised.weightsManifest[0].weights[0].quantization.min;
  refused(() => read(quantised), "invalid-model", "uint8", "`min`");
});

test("models in use without their weights are refused", () => {
  const refusal = (change, ...texts) => {
    const model = inUse(saved("mlp"));
    change(model.layers[1], model);
    refused(() => read(model), "invalid-model", ...texts);
  };
  const give = (weights) => (layer) => Object.assign(layer, { getWeights: () => weights });
  refusal(give([]), "dense_Dense1", "kernel, bias", "got 0");
  refusal(give(undefined), "dense_Dense1", "none");
  refusal(give([null, null, null]), "dense_Dense1", "got 3");
  refusal(give([null, null]), "dense_Dense1/kernel");
  refusal((layer, model) => model.layers.push(layer), "two of its layers", "dense_Dense1");
  const values = new Float32Array(144 * 24);
  const tensor = { shape: [144, 24], dtype: "float32", dataSync: () => values };
  refusal(give([{ ...tensor, dtype: "int32" }, tensor]), "dense_Dense1/kernel", "float32", "int32");
  refusal(give([{ ...tensor, dataSync: () => values.subarray(1) }, tensor]), "dense_Dense1/kernel", "3455");
  const disposed = () => {
    throw new Error("Tensor is disposed.");
  };
  refusal(give([{ ...tensor, dataSync: disposed }, tensor]), "dense_Dense1/kernel", "disposed");
  refusal((layer) => Object.assign(layer, { getWeights: disposed }), "dense_Dense1", "disposed");
  refusal((_, model) => Object.assign(model, { toJSON: disposed }), "topology", "disposed");
  refusal((_, model) => model.layers.splice(1, 1), "dense_Dense1");
  const cause = new Error("mine");
  const fails = () => {
    throw cause;
  };
  for (const model of [
    { toJSON: fails },
    { layers: inUse(saved("mlp")).layers.map(({ name }) => ({ name, getWeights: fails })) },
  ]) {
    assert.throws(() => read({ ...inUse(saved("mlp")), ...model }), { code: "invalid-model", cause });
  }
});

test("what is no model is refused", () => {
  const gone = saved("mlp");
  structuredClone(gone.weightData[0], { transfer: [gone.weightData[0]] });
  refused(() => read(gone), "invalid-option", "`weightData`");
  for (const weightData of [undefined, "bytes", [1], {}]) {
    refused(() => read({ ...saved("mlp"), weightData }), "invalid-option", "`weightData`");
  }
  for (const model of [
    undefined,
    null,
    5,
    "model",
    [],
    {},
    () => 1,
    { layers: [] },
    { toJSON: () => "{}" },
    { weightData: [] },
  ]) {
    refused(() => read(model), "invalid-option", "`model`", "LayersModel");
  }
  const artifacts = (modelTopology) => ({ modelTopology, weightSpecs: [], weightData: new ArrayBuffer(0) });
  for (const topology of [null, 5, "{}", [], new ArrayBuffer(4), {}, { ["class_name"]: "Dense", config: {} }]) {
    refused(() => read(artifacts(topology)), "invalid-model");
  }
  refused(() => read(artifacts({ node: [] })), "invalid-model", "graph model", "loadLayersModel");
  refused(() => read(sequential([4], [])), "invalid-model", "no layers");
  const unbuilt = sequential([4], [dense(4, 2)]);
  delete unbuilt.modelTopology.config.layers[0].config.batch_input_shape;
  refused(() => read(unbuilt), "invalid-model", "shape", "built");
});

test("a size that is no number, and one beyond all numbers, let weights be read from anywhere", () => {
  const none = [...new Array(25).fill(2 ** 52), 0];
  const sound = sequential([2], [dense(2, 2)]);
  sound.weightSpecs.unshift({ name: "x", shape: none, dtype: "float32" });
  assert.deepEqual([...read(sound).predict(Float32Array.of(1, 2))], [3, 3]);
  sound.weightSpecs[1].shape = [2 ** 33];
  refused(() => read(sound), "invalid-model", "layer0/kernel");
});

test("what throws while a model is looked at is the cause, in its depths as well", () => {
  const boom = new Error("boom");
  const get = () => {
    throw boom;
  };
  const used = inUse(saved("mlp"));
  Object.defineProperty(used.layers[1], "name", { get });
  const model = sequential([4], [dense(4, 2)]);
  Object.defineProperty(model.modelTopology.config.layers[0].config, "units", { get });
  for (const one of [used, model]) assert.throws(() => read(one), { code: "invalid-option", cause: boom });
});

test("half a character in the name of a layer is refused by the place of the layer", () => {
  const model = sequential([4], [dense(4, 2)]);
  model.modelTopology.config.layers[0].config.name = "\ud800";
  refused(() => read(model), "invalid-model", "layer 0", "name");
});
