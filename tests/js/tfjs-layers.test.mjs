// Layers of TensorFlow.js one by one, against sums that were done by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { graph, sequential, weight } from "./lib/tensorflow.mjs";

const quartic = await load();
const read = (shape, layers) => quartic.fromTensorFlow(sequential(shape, layers));
const outputs = (shape, layers, inputs) => [...read(shape, layers).predict(Float32Array.from(inputs))];

const upTo = (count) => Array.from({ length: count }, (_, index) => index + 1);
const dense = (values, config) => ["Dense", { units: 1, ["use_bias"]: false, ...config }, { kernel: values }];
/** A dense layer that writes its inputs down as digits, the first as the last one. */
const digits = (count) =>
  dense(
    weight(
      [count, 1],
      upTo(count).map((place) => 10 ** (place - 1)),
    ),
  );
const conv = (kernel, config) => [
  "Conv2D",
  { filters: kernel.shape[3], ["kernel_size"]: kernel.shape.slice(0, 2), ["use_bias"]: false, ...config },
  { kernel },
];
const same = (channels) => {
  const diagonal = (index) => Number(index % (channels + 1) === 0);
  return weight(
    [1, 1, channels, channels],
    Array.from({ length: channels ** 2 }, (_, index) => diagonal(index)),
  );
};

test("a window that is smaller than its step is not padded", () => {
  assert.deepEqual(
    outputs([1, 2, 1], [conv(weight([1, 1, 1, 2], [1, -2]), { strides: 2, padding: "same" })], [3, 5]),
    [3, -6],
  );
});

test("zero paddings one after the other add up, one is 1 where nothing is said, and none is none", () => {
  const padding = (...sides) => ["ZeroPadding2D", { padding: sides }];
  const counted = (height, width) => conv(weight([height, width, 1, 1], upTo(height * width)));
  // The two values are behind one row and one column of zeros, in rows of 5 and of 4.
  assert.deepEqual(
    outputs([1, 2, 1], [padding([1, 1], [0, 2]), padding([0, 1], [1, 0]), counted(4, 5)], [1, 10]),
    [87],
  );
  assert.deepEqual(outputs([1, 2, 1], [["ZeroPadding2D", {}], counted(3, 4)], [1, 10]), [76]);
  assert.deepEqual(outputs([1, 2, 1], [padding(0, 0), ["Flatten", {}], digits(2)], [1, 2]), [21]);
});

test("a maximum over zero padding is taken wherever nothing is negative", () => {
  const padded = ["ZeroPadding2D", { padding: 1 }];
  const maximum = ["MaxPooling2D", { ["pool_size"]: 3 }];
  const relu = conv(same(2), { activation: "relu" });
  for (const between of [
    [],
    [["MaxPooling2D", { ["pool_size"]: 1 }]],
    [["GlobalMaxPooling2D", { keepdims: true }]],
    [conv(same(2)), ["ReLU", {}]],
    [conv(same(2)), ["Activation", { activation: "relu" }]],
  ]) {
    assert.deepEqual(outputs([1, 1, 2], [relu, ...between, padded, maximum], [3, -5]), [3, 0]);
  }
  for (const operator of ["Add", "Concatenate"]) {
    const layers = [relu, [operator, {}, {}, ["layer0", "layer0"]], padded, maximum];
    const ann = quartic.fromTensorFlow(graph([1, 1, 2], layers));
    assert.deepEqual([...ann.predict(Float32Array.of(3, -5))], operator === "Add" ? [6, 0] : [3, 0, 3, 0]);
  }
});

test("a sigmoid of one score is a choice between its halves: with 0, no neuron spoke for one class", () => {
  const score = (activation) => dense(weight([2, 1], [1, -2]), { activation });
  const pixel = conv(weight([1, 1, 2, 1], [1, -2]), { activation: "sigmoid" });
  const apart = [dense(weight([2, 1], [1, -2])), ["Activation", { activation: "sigmoid" }]];
  for (const [shape, layers] of [
    [[2], [score("sigmoid")]],
    [[2], apart],
    [[1, 1, 2], [pixel]],
  ]) {
    const ann = read(shape, layers);
    assert.deepEqual([...ann.predict(Float32Array.of(0.75, 0.25, 0.25, 0.75))], [-0.125, 0.125, 0.625, -0.625]);
    assert.match(ann.report.notes.join(), /two scores here, half of it/);
    const snn = quartic.convert(ann, {
      calibration: Float32Array.of(1, 0, 0, 1, 0.5, 0.5),
      steps: 50,
      adjustment: "none",
    });
    const decided = [Float32Array.of(0.75, 0.25), Float32Array.of(0.25, 0.75)].map((input) =>
      snn.run(input, { seed: 1 }),
    );
    assert.deepEqual(
      decided.map(({ prediction }) => prediction),
      [1, 0],
    );
  }
  const alone = read([2], [score("linear")]);
  assert.deepEqual([alone.outputs, /end it with a sigmoid/.test(alone.report.notes.join())], [1, true]);
});

test("a pool steps by its own size where nothing is said", () => {
  assert.deepEqual(outputs([1, 5, 1], [["MaxPooling2D", { ["pool_size"]: [1, 3] }]], [1, 2, 3, 4, 5]), [3]);
});

test("what pools of whole images give is joined to one vector", () => {
  const pools = ["Max", "Average"].map((kind) => [`Global${kind}Pooling2D`, {}, {}, ["in"]]);
  const layers = [...pools, ["Concatenate", {}, {}, ["layer0", "layer1"]], digits(2)];
  assert.deepEqual([...quartic.fromTensorFlow(graph([1, 3, 1], layers)).predict(Float32Array.of(1, 2, 6))], [36]);
});

test("a layer has a bias where nothing is said", () => {
  const layer = [
    "Conv2D",
    { filters: 1, ["kernel_size"]: 1 },
    { kernel: weight([1, 1, 1, 1], 2), bias: weight([1], 5) },
  ];
  assert.deepEqual(outputs([1, 1, 1], [layer], [3]), [11]);
});

test("a norm has a scale, an offset and an epsilon of 0.001 where nothing is said", () => {
  const statistics = { gamma: 2, beta: 5, ["moving_mean"]: 1, ["moving_variance"]: 0.999 };
  const weights = Object.fromEntries(Object.entries(statistics).map(([name, value]) => [name, weight([1], value)]));
  const [found] = outputs([1], [["BatchNormalization", {}, weights], digits(1)], [1001]);
  assert.ok(Math.abs(found - 2005) < 0.01, `${found}`);
});

test("flattening leaves the order of channel-first images and of vectors, whatever its format says", () => {
  const first = { ["data_format"]: "channels_first" };
  const layers = [
    conv(same(2), first),
    ["MaxPooling2D", { ["pool_size"]: 1, ["data_format"]: null }],
    ["Flatten", { ["data_format"]: "channels_last" }],
    digits(4),
  ];
  assert.deepEqual(outputs([2, 1, 2], layers, [1, 2, 3, 4]), [4321]);
  const scaled = [conv(same(2), first), ["Flatten", {}], ["Rescaling", { scale: [1, 10] }], digits(2)];
  assert.deepEqual(outputs([2, 1, 1], scaled, [3, 4]), [403]);
  assert.deepEqual(outputs([4], [["Flatten", first], digits(4)], [1, 2, 3, 4]), [4321]);
  // More axes than an image has.
  for (const kept of [[], [["Reshape", { ["target_shape"]: [1, 2, 2, 2] }]]]) {
    const flat = [...kept, ["Flatten", {}], digits(8)];
    assert.deepEqual(outputs([1, 2, 2, 2], flat, [1, 2, 3, 4, 0, 0, 0, 0]), [4321]);
  }
});

test("the free size of a Reshape may be null", () => {
  assert.deepEqual(
    outputs([4], [["Reshape", { ["target_shape"]: [null, 2] }], ["Flatten", {}], digits(4)], [1, 2, 3, 4]),
    [4321],
  );
});

test("what gives one value per channel may be the end", () => {
  assert.deepEqual(outputs([1, 2, 2], [conv(same(2)), ["GlobalAveragePooling2D", {}]], [1, 3, 5, 7]), [2, 6]);
});

test("an average that pads by itself was refused: it leaves its padding out", () => {
  const average = (size, more) => ["AveragePooling2D", { ["pool_size"]: size, padding: "same", ...more }];
  const relu = { activation: "relu" };
  const rows = [conv(same(1), relu), average([1, 2]), ["Flatten", {}], digits(2)];
  assert.deepEqual(outputs([1, 3, 1], rows, [1, 3, 5]), [52]);
  const moved = [conv(same(1), relu), average(3, { strides: 1 }), ["Flatten", {}], digits(4)];
  assert.deepEqual(outputs([2, 2, 1], moved, [1, 3, 5, 7]), [4444]);
});

test("scores are found under all their names, and may be given another shape", () => {
  for (const activation of ["softmax", "logSoftmax", "log_softmax", "sigmoid"]) {
    const scores = dense(weight([2, 2], [1, 0, 0, 1]), { units: 2, activation });
    for (const more of [
      [],
      [["Flatten", {}]],
      [["Reshape", { ["target_shape"]: [2] }]],
      [["Activation", { activation: "linear" }]],
    ]) {
      const ann = read([2], [scores, ...more]);
      assert.deepEqual([...ann.predict(Float32Array.of(3, 4))], [3, 4]);
      assert.equal(ann.report.dropped[0], `layer0 (${activation.toLowerCase().replace("_", "")})`);
    }
  }
});

test("a softmax on its own is dropped once", () => {
  const layers = [dense(weight([2, 2]), { units: 2 }), ["Activation", { activation: "softmax" }]];
  assert.deepEqual(read([2], layers).report.dropped, ["layer1 (softmax)"]);
});

test("notes tell of an order only where there is one", () => {
  const two = dense(weight([4, 2], upTo(8)), { units: 2 });
  assert.deepEqual(read([2, 2, 1], [["Flatten", {}], two]).report.notes, []);
  assert.deepEqual(read([2], [dense(weight([2, 2]), { units: 2 }), ["Rescaling", { scale: 2 }]]).report.notes, []);
  const { notes } = read([4], [["Reshape", { ["target_shape"]: [1, 2, 2] }], ["Flatten", {}], digits(4)]).report;
  assert.equal(notes[0], "inputs are channel-first, [2, 1, 2]; the model takes [4], which it reads as [1, 2, 2]");
});

test("weights are found behind those of all other types", () => {
  const made = sequential([2], [digits(2)]);
  const [floats] = made.weightSpecs;
  const others = [
    { name: "flags", shape: [3], dtype: "bool" },
    { name: "waves", shape: [2], dtype: "complex64" },
    { name: "words", shape: [2], dtype: "string" },
    { name: "no words", shape: [0], dtype: "string" },
  ];
  // Texts of three letters and of none, each behind its length.
  const texts = Uint8Array.of(3, 0, 0, 0, 97, 98, 99, 0, 0, 0, 0);
  const parts = [new Uint8Array(3), new Uint8Array(16), texts];
  const last = [new Uint8Array(made.weightData[0]), texts];
  const weightData = Uint8Array.from([9, ...[...parts, ...last].flatMap((part) => [...part])]).subarray(1);
  const weightSpecs = [...others, floats, { ...others[2], name: "more words" }];
  const found = quartic.fromTensorFlow({ ...made, weightSpecs, weightData });
  assert.deepEqual([...found.predict(Float32Array.of(1, 2))], [21]);
  const cut = { ...made, weightSpecs, weightData: weightData.subarray(0, -2) };
  assert.throws(() => quartic.fromTensorFlow(cut), { code: "invalid-model", message: /their list has/ });
});

test("numbers of 16 bits may be as small as they can be, but not infinite", () => {
  const halves = (...bits) => {
    const made = sequential([2], [digits(2)]);
    const weightSpecs = [{ ...made.weightSpecs[0], quantization: { dtype: "float16" } }];
    return quartic.fromTensorFlow({ ...made, weightSpecs, weightData: Uint16Array.from(bits) });
  };
  assert.deepEqual([...halves(0x0001, 0x8002).predict(Float32Array.of(1, 1))], [-(2 ** -24)]);
  assert.throws(() => halves(0x3c00, 0x7c00), { code: "invalid-input", message: /inf/ });
});

test("names of layers may be longer than those of a network", () => {
  const name = "n".repeat(1000);
  const made = sequential([2], [digits(2)]);
  made.modelTopology.config.layers[0].config.name = name;
  made.weightSpecs[0].name = `${name}/kernel`;
  assert.deepEqual([...quartic.fromTensorFlow(made).predict(Float32Array.of(1, 2))], [21]);
});
