// Models of TensorFlow.js without TensorFlow.js: as they were saved, and as objects that look like models in use.

import { fixture, fixtureJson } from "./models.mjs";

/** A fixture as a page would have fetched it: `model.json` and the bytes of its weight files. */
export function saved(name) {
  const json = fixtureJson(`tfjs/${name}/model.json`);
  const files = json.weightsManifest.flatMap(({ paths }) => paths);
  return { ...json, weightData: files.map((file) => Uint8Array.from(fixture(`tfjs/${name}/${file}`)).buffer) };
}

/** The weights of a saved model that stores 32-bit numbers, by name. */
function tensors({ weightsManifest, weightData }) {
  const bytes = Buffer.concat(weightData.map((part) => new Uint8Array(part)));
  const values = new Float32Array(Uint8Array.from(bytes).buffer);
  let start = 0;
  const tensor = ({ name, shape, dtype }) => {
    const begin = start;
    start += shape.reduce((product, size) => product * size, 1);
    const own = values.slice(begin, start);
    return [name, { shape, dtype, dataSync: () => own }];
  };
  return new Map(weightsManifest.flatMap(({ weights }) => weights).map(tensor));
}

// The order in which a layer gives its weights.
const order = [
  ...["depthwise_kernel", "pointwise_kernel", "kernel", "bias"],
  ...["gamma", "beta", "moving_mean", "moving_variance"],
];

/** What TensorFlow.js makes of a saved model, as far as the package uses it. */
export function inUse(model) {
  const topology = model.modelTopology.model_config ?? model.modelTopology;
  const all = tensors(model);
  const layer = ({ name, config }) => {
    const own = config.name ?? name;
    if (config.layers) return { name: own, layers: config.layers.map(layer) };
    const weights = order.flatMap((which) => all.get(`${own}/${which}`) ?? []);
    return { name: own, getClassName: () => "", getConfig: () => ({}), getWeights: () => weights };
  };
  return {
    layers: topology.config.layers.map(layer),
    toJSON: (_unused, asText = true) => (asText ? JSON.stringify(topology) : structuredClone(topology)),
  };
}

/** A saved sequential model of these layers, `[class, config, weights by name]`, that takes this shape. */
export function sequential(shape, layers) {
  const specs = [];
  const data = [];
  const entries = layers.map(([className, config, weights = {}], index) => {
    const name = `layer${index}`;
    for (const [which, { shape: sizes, values, dtype = "float32" }] of Object.entries(weights)) {
      specs.push({ name: `${name}/${which}`, shape: sizes, dtype });
      data.push(Float32Array.from(values).buffer);
    }
    const first = index === 0 && { ["batch_input_shape"]: [null, ...shape] };
    return { ["class_name"]: className, config: { name, ...first, ...config } };
  });
  const modelTopology = { ["class_name"]: "Sequential", config: { name: "made", layers: entries } };
  return { modelTopology, weightSpecs: specs, weightData: data };
}

/**
 * A saved functional model on an input `in` of this shape. Each layer is `[class, config, weights, reads]`, the last of
 * which are names: `in`, `layer0` and so on, the layer before where nothing is said. The last layer is the output.
 */
export function graph(shape, layers) {
  const { modelTopology, ...weights } = sequential(shape, layers);
  const input = { ["class_name"]: "InputLayer", name: "in", config: { ["batch_input_shape"]: [null, ...shape] } };
  const inner = modelTopology.config.layers.map((layer, index) => {
    const reads = layers[index][3] ?? [index === 0 ? "in" : `layer${index - 1}`];
    return { ...layer, name: `layer${index}`, ["inbound_nodes"]: [reads.map((name) => [name, 0, 0, {}])] };
  });
  const ends = { ["input_layers"]: [["in", 0, 0]], ["output_layers"]: [[inner.at(-1).name, 0, 0]] };
  return {
    modelTopology: { ["class_name"]: "Functional", config: { layers: [input, ...inner], ...ends } },
    ...weights,
  };
}

/** A weight with these values, or the same one everywhere. */
export function weight(shape, values = 1) {
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, values: Array.isArray(values) ? values : new Array(length).fill(values) };
}

/** A fixture in the words of Keras 3. */
export function asKeras3(model) {
  const clone = structuredClone(model);
  for (const layer of (clone.modelTopology.model_config ?? clone.modelTopology).config.layers) {
    const { batch_input_shape: shape, ...config } = layer.config;
    layer.config = { ...config, ...(shape && { ["batch_shape"]: shape }) };
    layer["inbound_nodes"] = layer.inbound_nodes?.map((inputs) => {
      const args = inputs.map(([name, use, tensor]) => ({
        ["class_name"]: "__keras_tensor__",
        config: { shape: [null], dtype: "float32", ["keras_history"]: [name, use, tensor] },
      }));
      return { args: args.length > 1 ? [args] : args, kwargs: {} };
    });
  }
  return clone;
}
