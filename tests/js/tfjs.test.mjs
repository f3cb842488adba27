// Models of TensorFlow.js, as they were saved and as objects in use, against the scores that it gave itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { count, fixtureFloats, fixtureInputs, fixtureJson, sameScores, softmax } from "./lib/models.mjs";
import { asKeras3, inUse, saved, sequential, weight } from "./lib/tensorflow.mjs";

const quartic = await load();
const index = fixtureJson("tfjs/index.json");
const floats = (...values) => Float32Array.from(values);

/** Asserts that a network gives the scores of a fixture, and returns its outputs. */
function givesTheScores(ann, { name, inputShape, outputs, scores }) {
  const [height, width, channels] = inputShape;
  assert.deepEqual([...ann.inputShape], [channels, height, width]);
  assert.equal(ann.outputs, outputs);
  const found = ann.predict(fixtureInputs(ann.inputs));
  assert.equal(found.length, count * outputs);
  const expected = fixtureFloats(`tfjs/${name}/${scores}.bin`);
  sameScores(scores === "probabilities" ? softmax(found, outputs) : found, expected, outputs);
  return found;
}

test("every saved model gives the scores that TensorFlow.js gave", async (t) => {
  assert.ok(index.length >= 10);
  for (const entry of index) {
    await t.test(entry.name, () => {
      givesTheScores(quartic.fromTensorFlow(saved(entry.name)), entry);
    });
  }
});

test("every model in use gives what the saved one does", async (t) => {
  // Quantised weights are a matter of files.
  const plain = index.filter(({ name }) => !/float16|uint8/.test(name));
  for (const entry of plain) {
    await t.test(entry.name, () => {
      const found = givesTheScores(quartic.fromTensorFlow(inUse(saved(entry.name))), entry);
      const ann = quartic.fromTensorFlow(saved(entry.name));
      assert.deepEqual(found, ann.predict(fixtureInputs(ann.inputs)));
    });
  }
});

test("what the handlers of tf.io give is read, in one buffer or several, and models of Keras 3", () => {
  for (const name of ["functional", "mlp", "keras-cnn"]) {
    const { weightsManifest, weightData, ...rest } = saved(name);
    const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
    const one = Uint8Array.from(Buffer.concat(weightData.map((part) => new Uint8Array(part))));
    const forms = [
      { ...rest, weightSpecs, weightData: one.buffer },
      { ...rest, weightSpecs, weightData: one },
      { ...rest, weightSpecs, weightData: [one.slice(0, 7), one.slice(7).buffer] },
      asKeras3({ ...rest, weightSpecs, weightData }),
    ];
    const entry = index.find((other) => other.name === name);
    for (const form of forms) givesTheScores(quartic.fromTensorFlow(form), entry);
  }
});

test("an imported model is converted and runs", () => {
  // Batch norm between a ReLU and a max pool has no spiking form where its scale is negative: see keras-norms.
  for (const { name } of index.filter((entry) => entry.name !== "keras-norms")) {
    const ann = quartic.fromTensorFlow(saved(name));
    const inputs = fixtureInputs(ann.inputs);
    const snn = quartic.convert(ann, { calibration: inputs.subarray(0, 20 * ann.inputs) });
    assert.ok(snn.run(inputs.subarray(0, ann.inputs), { seed: 1 }).spikesPerLayer[1] > 0, name);
  }
});

test("the report says what was dropped, rewritten and noted", () => {
  const { report, name } = quartic.fromTensorFlow(saved("cnn"));
  assert.equal(name, "sequential_2");
  assert.deepEqual(report.dropped, ["dropout_Dropout2 (Dropout)", "dense_Dense4 (softmax)"]);
  assert.deepEqual(
    report.rewrites.map(({ layers }) => layers),
    [["activation_Activation1"], ["batch_normalization_BatchNormalization1"]],
  );
  assert.deepEqual(report.notes, [
    "inputs are channel-first, [3, 10, 10]; the model takes [10, 10, 3]",
    "`dense_Dense4`: its weights follow the image before it, which is channel-first here",
  ]);
  const { dropped, notes, rewrites } = quartic.fromTensorFlow(saved("variety")).report;
  assert.deepEqual(dropped, ["gaussian_noise_GaussianNoise1 (GaussianNoise)"]);
  assert.ok(notes.some((note) => /rescaling.*times 0.5/.test(note)));
  const joined = rewrites.find(({ step }) => step === "joined layers with no activation between them");
  assert.match(joined?.layers.join() ?? "", /separable/);
});

test("a model whose images are channel-first is taken as it is", () => {
  const model = saved("cnn");
  const { layers } = model.modelTopology.config;
  for (const { config } of layers) {
    if (config.data_format) config.data_format = "channels_first";
    if (config.batch_input_shape) config.batch_input_shape = [null, 3, 10, 10];
    if (config.axis === -1) config.axis = 1;
  }
  // Such a Flatten moves the channels to the end, so that the weights behind it stay what they are.
  layers.find((layer) => layer.class_name === "Flatten").config.data_format = "channels_first";
  const entry = index.find(({ name }) => name === "cnn");
  const ann = quartic.fromTensorFlow(model);
  givesTheScores(ann, entry);
  assert.equal(ann.report.notes.length, 1);
});

const kernel = weight([1, 1, 1, 2], [1, -2]);
const conv = ["Conv2D", { filters: 2, ["kernel_size"]: 1, ["use_bias"]: false, activation: "relu" }, { kernel }];
const outputs = (made) => [...quartic.fromTensorFlow(made).predict(floats(1, 2, 3, 4))];

test("flattening, reshaping and dense layers keep the order of the model", () => {
  const dense = (inputs, values) => [
    "Dense",
    { units: 2 },
    { kernel: weight([inputs, 2], values), bias: weight([2], [0, 100]) },
  ];
  // The model's order behind the convolution of one row of 4 is x0 c0, x0 c1, x1 c0, ...
  const values = [1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 8, 1, 0, 0];
  for (const middle of [
    [["Flatten", {}]],
    [["Reshape", { ["target_shape"]: [8] }]],
    [
      ["Reshape", { ["target_shape"]: [-1] }],
      ["Flatten", {}],
      ["Dropout", { rate: 0.5 }],
    ],
    [
      ["Reshape", { ["target_shape"]: [1, 4, 2] }],
      ["Flatten", {}],
      ["Reshape", { ["target_shape"]: [8] }],
    ],
  ]) {
    const layers = [conv, ...middle, dense(8, values)];
    assert.deepEqual(outputs(sequential([1, 4, 1], layers)), [1 + 4 + 12 + 32, 104]);
    const reshaped = [["Reshape", { ["target_shape"]: [1, 4, 1] }], ...layers];
    assert.deepEqual(outputs(sequential([4], reshaped)), [49, 104]);
    assert.deepEqual(outputs(sequential([1, 4], reshaped)), [49, 104]);
  }
  const made = sequential([4], [["Reshape", { ["target_shape"]: [1, 4, 1] }], conv, ["Flatten", {}], dense(8, values)]);
  assert.deepEqual([...quartic.fromTensorFlow(made).inputShape], [1, 1, 4]);
});

test("a capped ReLU, a norm without scale and a rescaling per channel are what they say", () => {
  const norm = { center: true, scale: false, epsilon: 0 };
  const flat = [
    ["Rescaling", { scale: [1, 2, 3, 4], offset: 1 }],
    [
      "BatchNormalization",
      norm,
      { beta: weight([4], 1), ["moving_mean"]: weight([4]), ["moving_variance"]: weight([4], 4) },
    ],
    ["ReLU", { ["max_value"]: 5, ["negative_slope"]: 0, threshold: 0 }],
    ["Dense", { units: 2, ["use_bias"]: false }, { kernel: weight([4, 2], [1, 0, 10, 0, 100, 0, 0, 1]) }],
  ];
  // ((x * scale + 1) - 1) / 2 + 1, at most 5: 1.5, 3, 5 and 5 of 9.
  const [first, second] = outputs(sequential([4], flat));
  assert.ok(Math.abs(first - (1.5 + 30 + 500)) < 1e-3 && Math.abs(second - 5) < 1e-5);
});

test("sigmoids over several classes are left out, and names may be anything", () => {
  const layer = ["Dense", { units: 2, activation: "sigmoid", ["use_bias"]: false }, { kernel: weight([4, 2]) }];
  const made = sequential([4], [layer]);
  made.modelTopology.config.layers[0].config.name = "input";
  made.weightSpecs[0].name = "input/kernel";
  const ann = quartic.fromTensorFlow(made);
  assert.deepEqual([...ann.predict(floats(1, 2, 3, 4))], [10, 10]);
  assert.deepEqual(ann.report.dropped, ["input (sigmoid)"]);
});

test("weights are found under the names that converters give them", () => {
  for (const name of ["model/layer0/kernel", "layer0/kernel:0", "layer0/vars/0", "layer0/cell/kernel"]) {
    const made = sequential([4], [["Dense", { units: 2, ["use_bias"]: false }, { kernel: weight([4, 2]) }]]);
    made.weightSpecs[0].name = name === "layer0/vars/0" ? "layer0/0" : name;
    assert.deepEqual(outputs(made), [10, 10], name);
  }
});

/** Two towers that share the names of their layers, side by side on one input, and a layer of that name behind them. */
function towers() {
  const dense = (more) => ({ ["class_name"]: "Dense", config: { name: "fc", units: 1, ["use_bias"]: false, ...more } });
  const tower = (name) => ({
    ["class_name"]: "Sequential",
    name,
    config: { name, layers: [dense({ activation: "relu", ["batch_input_shape"]: [null, 2] })] },
    ["inbound_nodes"]: [[["in", 0, 0, {}]]],
  });
  const topology = {
    ["class_name"]: "Model",
    config: {
      name: "towers",
      layers: [
        { ["class_name"]: "InputLayer", name: "in", config: { name: "in", ["batch_input_shape"]: [null, 2] } },
        tower("left"),
        tower("right"),
        {
          ["class_name"]: "Concatenate",
          name: "both",
          config: { name: "both" },
          ["inbound_nodes"]: [
            [
              ["left", 1, 0, {}],
              ["right", 1, 0, {}],
            ],
          ],
        },
        { ...dense({ units: 2 }), name: "fc", ["inbound_nodes"]: [[["both", 0, 0, {}]]] },
      ],
      ["input_layers"]: [["in", 0, 0]],
      ["output_layers"]: [["fc", 0, 0]],
    },
  };
  const weights = [
    ["left/fc/kernel", [2, 1], [1, 0]],
    ["right/fc/kernel", [2, 1], [0, 1]],
    ["fc/kernel", [2, 2], [10, 0, 0, 100]],
  ];
  return { topology, weights };
}

test("layers of one name in models within a model had each other's weights", () => {
  const { topology, weights } = towers();
  const specs = weights.map(([name, shape]) => ({ name, shape, dtype: "float32" }));
  const data = Float32Array.from(weights.flatMap(([, , values]) => values));
  const asSaved = { modelTopology: topology, weightSpecs: specs, weightData: data.buffer };
  const tensor = (name) => {
    const [, shape, values] = weights.find(([known]) => known === name);
    return { shape, dtype: "float32", dataSync: () => Float32Array.from(values) };
  };
  const fc = (name) => ({ name: "fc", getWeights: () => [tensor(name)] });
  const used = {
    toJSON: () => JSON.stringify(topology),
    layers: [
      { name: "left", layers: [fc("left/fc/kernel")] },
      { name: "right", layers: [fc("right/fc/kernel")] },
      fc("fc/kernel"),
    ],
  };
  for (const model of [asSaved, used]) {
    assert.deepEqual(quartic.fromTensorFlow(model).predict(floats(1, 2)), floats(10, 200));
  }
});

test("weights that may be of several layers are refused, and so is a weight that is listed twice", () => {
  const { topology, weights } = towers();
  const [left, , last] = weights;
  const specs = (...some) => some.map(([name, shape]) => ({ name, shape, dtype: "float32" }));
  const read = (weightSpecs, size) =>
    quartic.fromTensorFlow({ modelTopology: topology, weightSpecs, weightData: new ArrayBuffer(4 * size) });
  const shared = specs(["fc/kernel", [2, 1]]);
  assert.throws(() => read(shared, 2), { code: "invalid-model", message: /`right\/fc` or `left\/fc`/ });
  assert.throws(() => read(specs(left, left, last), 8), { code: "invalid-model", message: /listed twice/ });
});

test("a long name that was cut within a character was refused", () => {
  const model = sequential([2], [["Dense", { units: 1, ["use_bias"]: false }, { kernel: weight([2, 1]) }]]);
  const name = `${"x".repeat(179)}\u{1f4a5}`;
  model.modelTopology.config.layers[0].config.name = name;
  model.weightSpecs[0].name = `${name}/kernel`;
  assert.equal(quartic.fromTensorFlow(model).layers[0].name, "x".repeat(179));
});
