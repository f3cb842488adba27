import { show } from "../errors.js";
import type { ActivationSpec, LayerSpec } from "../specs.js";
import { type Handler, type Place, sizeOf, type Value } from "./builder.js";
import { transposed } from "./images.js";

/** Values in the order of the network. */
function ordered(values: Float32Array, order: Uint32Array | undefined): Float32Array {
  return order === undefined ? values : Float32Array.from(order, (index) => values[index] ?? 0);
}

const dense: Handler = (at) => {
  const input = at.input();
  const inputs = input.shape.at(-1) ?? 0;
  const outputs = at.fields.size("units");
  const names = at.fields.flag("use_bias", true) ? ["kernel", "bias"] : ["kernel"];
  const perPixel = input.shape.length === 3 && !at.builder.channelsFirst;
  if (input.shape.length !== 1 && !perPixel)
    throw at.refuse(`it needs a vector, but reads [${input.shape.join(", ")}]`);
  const kernel = transposed(at.weight("kernel", names, [inputs, outputs]).values, 1, inputs, outputs);
  const shape = [...input.shape.slice(0, -1), outputs];
  const { scores, ...activation } = at.activation(shape);
  const rest = { ...at.bias(names, outputs), ...activation };
  const value = { shape, positive: activation.activation !== "linear", ...(scores && { scores }) };
  if (perPixel) {
    const image = at.builder.imageOf(shape);
    return at.emit({ type: "conv2d", outChannels: outputs, kernel: 1, weights: kernel, ...rest }, [input], {
      ...value,
      image,
    });
  }
  const { order } = input;
  if (order !== undefined) {
    at.builder.notes.push(`\`${at.layer.name}\`: its weights follow the image before it, which is channel-first here`);
  }
  const weights =
    order === undefined
      ? kernel
      : Float32Array.from(kernel, (_, at) => kernel[at - (at % inputs) + (order[at % inputs] ?? 0)] ?? 0);
  return at.emit({ type: "dense", weights, ...rest }, [input], value);
};

/** One value per channel of an image, or per value of a vector. */
function channelsOf(input: Value): number {
  return input.image?.[0] ?? sizeOf(input.shape);
}

/** Whether an axis, of which the batch is the first, is that of the channels. */
function isChannelAxis(at: Place, { shape }: Value, axis: unknown): boolean {
  const [only, more] = Array.isArray(axis) ? (axis as unknown[]) : [axis];
  if (typeof only !== "number" || more !== undefined) return false;
  const position = only < 0 ? shape.length + only : only - 1;
  if (shape.length === 1) return position === 0;
  return shape.length === 3 && position === (at.builder.channelsFirst ? 0 : 2);
}

function norm(at: Place, input: Value, statistics: readonly Float32Array[], epsilon: number) {
  const [scale, offset, mean, variance] = statistics.map((values) => ordered(values, input.order));
  if (scale === undefined || offset === undefined || mean === undefined || variance === undefined) return input;
  const spec: LayerSpec = { type: "batchNorm", scale, offset, mean, variance, epsilon };
  return at.emit(spec, [input], { ...input, positive: false });
}

const batchNorm: Handler = (at) => {
  const input = at.input();
  const axis = at.fields.get("axis") ?? -1;
  if (!isChannelAxis(at, input, axis))
    throw at.refuse(`it normalises axis ${show(axis)} of [${input.shape.join(", ")}], not the channels`);
  const channels = channelsOf(input);
  const gamma = at.fields.flag("scale", true);
  const beta = at.fields.flag("center", true);
  const names = [...(gamma ? ["gamma"] : []), ...(beta ? ["beta"] : []), "moving_mean", "moving_variance"];
  const weight = (which: string, fallback: number) =>
    names.includes(which) ? at.weight(which, names, [channels]).values : new Float32Array(channels).fill(fallback);
  const statistics = [weight("gamma", 1), weight("beta", 0), weight("moving_mean", 0), weight("moving_variance", 1)];
  return norm(at, input, statistics, at.fields.number("epsilon", 1e-3));
};

const rescaling: Handler = (at) => {
  const input = at.input();
  const channels = channelsOf(input);
  const perChannel = (key: string, fallback: number): Float32Array => {
    const value = at.fields.get(key) ?? fallback;
    if (typeof value === "number" && Number.isFinite(value)) return new Float32Array(channels).fill(value);
    const channelsLast = !at.builder.channelsFirst || input.shape.length === 1;
    if (Array.isArray(value) && channelsLast && value.length === channels && value.every(Number.isFinite)) {
      return Float32Array.from(value as number[]);
    }
    throw at.fields.wrong(key, `a number, or ${channels} for the last axis`);
  };
  const [scale, offset] = [perChannel("scale", 1), perChannel("offset", 0)];
  if (input.source === "input") {
    const short = (number = 0) => Number(number.toPrecision(6));
    const text = `\`${at.layer.name}\` rescales the input (times ${short(scale[0])}, plus ${short(offset[0])})`;
    at.builder.notes.push(`${text}: conversion takes inputs from 0 to 1 as they are before it`);
  }
  const zeros = new Float32Array(channels);
  return norm(at, input, [scale, offset, zeros, new Float32Array(channels).fill(1)], 0);
};

function activated(at: Place, input: Value, activation: ActivationSpec): Value {
  return at.emit({ type: "activation", ...activation }, [input], { ...input, positive: true });
}

const activation: Handler = (at) => {
  // What is left out may stand behind a softmax; a ReLU leaves zeros around an image as they are.
  const { scores, ...own } = at.activation(at.inputs[0]?.shape ?? []);
  const input = at.input({ border: scores === undefined, scores: own.activation === "linear" && scores === undefined });
  if (own.activation !== "linear") return activated(at, input, own);
  if (scores === undefined) at.drop();
  return { ...input, ...(scores && { scores }) };
};

const relu: Handler = (at) => {
  const input = at.input({ border: true });
  for (const key of ["negative_slope", "threshold"]) {
    if (at.fields.number(key, 0) !== 0) throw at.refuse(`a \`${key}\` other than 0 is not supported`);
  }
  if (!at.fields.has("max_value")) return activated(at, input, { activation: "relu" });
  const maximum = at.fields.number("max_value", 0);
  if (maximum <= 0) throw at.refuse("only a `max_value` above 0 is supported");
  return activated(at, input, { activation: "relu", maximum });
};

const softmax: Handler = (at) => {
  const input = at.input();
  const axis = at.fields.get("axis") ?? -1;
  if (!isChannelAxis(at, input, axis)) throw at.refuse(`it works on axis ${show(axis)}, not on the classes`);
  return { ...input, scores: at.scores("Softmax", input.shape).scores };
};

const dropped: Handler = (at) => {
  const input = at.input({ scores: true, border: true });
  at.drop();
  return input;
};

/** Layers of one shape, or of one vector each, beside each other. */
function together(at: Place): readonly Value[] {
  if (at.inputs.length < 2) throw at.refuse("it needs two or more inputs");
  const inputs = at.inputs.map((input) => at.check(input));
  if (inputs.every((input) => input.image !== undefined)) return inputs;
  // A global pool gives [channels, 1, 1] here and a vector in the model.
  const flat = (input: Value): Value => {
    if (input.image === undefined) return input;
    if (input.shape.length > 1) throw at.refuse("it reads images and vectors");
    return at.emit({ type: "flatten" }, [input], { ...input, image: undefined });
  };
  return inputs.map(flat);
}

const add: Handler = (at) => {
  const inputs = together(at);
  const [first] = inputs as [Value];
  const alike = (a: ArrayLike<number> = [], b: ArrayLike<number> = []) =>
    a.length === b.length && Array.prototype.every.call(a, (value, at) => value === b[at]);
  if (!inputs.every((input) => alike(input.shape, first.shape))) throw at.refuse("its inputs must have one shape");
  // Thousands may be one and the same.
  const orders = [...new Set(inputs.map(({ order }) => order))];
  if (!orders.every((order) => alike(order, first.order))) {
    throw at.refuse("one of its inputs is a flattened image with the channels last, another is not or has other sizes");
  }
  const positive = inputs.every((input) => input.positive === true);
  return at.emit({ type: "add", inputs: [] }, inputs, { ...first, positive });
};

const concat: Handler = (at) => {
  const inputs = together(at);
  const [first] = inputs as [Value];
  const axis = at.fields.get("axis") ?? -1;
  if (!inputs.every((input) => isChannelAxis(at, input, axis))) throw at.refuse("only channels can be concatenated");
  const { image } = first;
  const total = inputs.reduce((sum, input) => sum + channelsOf(input), 0);
  const value = { positive: inputs.every((input) => input.positive === true) };
  if (image === undefined) {
    at.limit(total);
    const order = inputs.some((input) => input.order !== undefined) ? orderOf(inputs, total) : undefined;
    return at.emit({ type: "concat", inputs: [] }, inputs, { ...value, shape: [total], order });
  }
  const [, height, width] = image;
  const fits = (input: Value) => input.image?.[1] === height && input.image[2] === width;
  if (!inputs.every(fits)) throw at.refuse("its images must have one size");
  const joined = [total, height, width] as const;
  const shape = first.shape.length === 1 ? [total] : at.builder.shapeOf(joined);
  return at.emit({ type: "concat", inputs: [] }, inputs, { ...value, shape, image: joined });
};

function orderOf(inputs: readonly Value[], total: number): Uint32Array {
  const order = new Uint32Array(total);
  let start = 0;
  for (const input of inputs) {
    const size = sizeOf(input.shape);
    for (let index = 0; index < size; index++) order[start + index] = start + (input.order?.[index] ?? index);
    start += size;
  }
  return order;
}

/** What works on any values. */
export const values: readonly (readonly [string, Handler])[] = [
  ["Dense", dense],
  ["BatchNormalization", batchNorm],
  ["Rescaling", rescaling],
  ["Activation", activation],
  ["ReLU", relu],
  ["Softmax", softmax],
  ["Add", add],
  ["Concatenate", concat],
  // Of use in training only.
  ["Dropout", dropped],
  ["SpatialDropout1D", dropped],
  ["SpatialDropout2D", dropped],
  ["AlphaDropout", dropped],
  ["GaussianDropout", dropped],
  ["GaussianNoise", dropped],
  ["ActivityRegularization", dropped],
];
