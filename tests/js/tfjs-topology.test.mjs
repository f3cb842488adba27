// The forms in which versions of Keras and of TensorFlow.js write down how layers follow one another.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { refused } from "./lib/refused.mjs";
import { graph, sequential, weight } from "./lib/tensorflow.mjs";

const quartic = await load();
const read = (model) => quartic.fromTensorFlow(model);
const dense = (...values) => [
  "Dense",
  { units: 1, ["use_bias"]: false },
  { kernel: weight([values.length, 1], values) },
];

/** `sequential`, with a change of its configuration. */
function made(change) {
  const model = sequential([2], [["Dropout", {}], dense(1, 10)]);
  change(model.modelTopology.config, model);
  return model;
}

const inner = (name, layers) => ({ ["class_name"]: "Sequential", name, config: { name, layers } });
const inputLayer = (shape) => ({ ["class_name"]: "InputLayer", config: { name: "in", ["batch_input_shape"]: shape } });
const free = (layer) => {
  delete layer.config.batch_input_shape;
  return layer;
};

test("sequential models state their input in any of the ways there are", () => {
  const forms = {
    "in their first layer": () => undefined,
    "in an input layer": (config) => config.layers.unshift(inputLayer([null, 2])) && free(config.layers[1]),
    "in a model within them": (config) => config.layers.splice(0, 1, inner("in", [config.layers[0]])),
    "in an input layer of a model within them": (config) =>
      config.layers.splice(0, 1, inner("in", [inputLayer([null, 2]), free(config.layers[0])])),
    "beside their layers": (config) =>
      Object.assign(config, { ["build_input_shape"]: [null, 2], layers: config.layers.map(free) }),
    "in a list of layers alone": (config, model) => Object.assign(model.modelTopology, { config: config.layers }),
  };
  for (const [form, change] of Object.entries(forms)) {
    assert.deepEqual([...read(made(change)).predict(Float32Array.of(1, 2))], [21], form);
  }
});

test("a layer within a model is told by the place of that model", () => {
  const lstm = { ["class_name"]: "LSTM", config: { name: "lstm" } };
  const change = (config) => config.layers.push(inner("more", [inner("most", [lstm])]));
  assert.throws(
    () => read(made(change)),
    ({ details }) => details.layer === 2 && details.name === "lstm",
  );
});

test("many models within a model are not nested deeply, and are as many layers as they have", () => {
  const add = (count) => (config) => {
    const dropouts = Array.from({ length: count }, (_, at) => ({
      ["class_name"]: "Dropout",
      config: { name: `d${at}` },
    }));
    config.layers.splice(1, 0, ...dropouts);
  };
  const wrap = (config) => {
    config.layers = config.layers.map((layer, at) => (at === 0 ? layer : inner(`model${at}`, [layer])));
  };
  const both = made((config) => {
    add(30)(config);
    wrap(config);
  });
  assert.deepEqual([...read(both).predict(Float32Array.of(1, 2))], [21]);
  // With the input, the first Dropout and the dense layer.
  assert.equal(read(made(add(4997))).report.dropped.length, 4998);
  refused(() => read(made(add(4998))), "invalid-model", "more than 5000 layers");
});

test("a network has the name of its model, if that is one", () => {
  const named = (name) => read(made((config) => Object.assign(config, { name }))).name;
  assert.equal(named("n".repeat(200)), "n".repeat(200));
  for (const name of ["", "n".repeat(201), 5, null]) assert.equal(named(name), undefined);
});

test("references to a use or to an output that is not there are refused", () => {
  const model = graph([2], [["Dropout", {}], dense(1, 10)]);
  assert.deepEqual([...read(model).predict(Float32Array.of(1, 2))], [21]);
  const { layers } = model.modelTopology.config;
  layers[2].inbound_nodes = [[["layer0", 1, 0, {}]]];
  refused(() => read(model), "invalid-model", "layer1", "not there", "layer0/1");
  const two = graph([2], [["Dropout", {}], dense(1, 10)]);
  const { config } = graph(
    [2],
    [
      ["Dropout", {}],
      ["Dropout", {}, {}, ["in"]],
    ],
  ).modelTopology;
  config.output_layers.push(["layer0", 0, 0]);
  Object.assign(two.modelTopology.config.layers[1], { ["class_name"]: "Functional", config });
  refused(() => read(two), "invalid-model", "`layer0`", "one output");
});
