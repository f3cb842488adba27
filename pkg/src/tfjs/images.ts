import type { Conv2dSpec, LayerSpec } from "../specs.js";
import type { Border, Handler, Image, Place, Value } from "./builder.js";
import type { Two } from "./fields.js";

/** A window over an image, as the core takes it, and what it gives. */
interface Window {
  readonly stride: Two;
  readonly dilation: Two;
  readonly padding: Border;
  readonly size: Two;
  /** Zeros that TensorFlow's `same` adds, in all. */
  readonly added: number;
}

/** TensorFlow's `same` pads as much as the last window needs, less at the top and left. */
function windowOf(at: Place, input: Value & { image: Image }, kernel: Two, stride: Two, dilation: Two): Window {
  const same = at.fields.oneOf("padding", ["valid", "same"], "valid") === "same";
  const border = input.border ?? [0, 0, 0, 0];
  const along = (axis: 0 | 1) => {
    const [before, after] = [border[axis], border[axis + 2] ?? 0];
    const length = input.image[axis + 1] ?? 0;
    const padded = length + before + after;
    const reach = (kernel[axis] - 1) * dilation[axis] + 1;
    const total = same ? Math.max((Math.ceil(padded / stride[axis]) - 1) * stride[axis] + reach - padded, 0) : 0;
    const size = Math.floor((padded + total - reach) / stride[axis]) + 1;
    if (size < 1) throw at.refuse(`a window of ${reach} does not fit into ${padded} values`);
    return { before: before + Math.floor(total / 2), after: after + Math.ceil(total / 2), size, total };
  };
  const [y, x] = [along(0), along(1)];
  return {
    stride,
    dilation,
    padding: [y.before, x.before, y.after, x.after],
    size: [y.size, x.size],
    added: y.total + x.total,
  };
}

interface Kernel {
  readonly weights: Float32Array;
  readonly outputs: number;
  readonly groups: number;
  readonly size: Two;
}

type Conv = Omit<Conv2dSpec, "type" | "name" | "inputs" | "bias" | "activation">;

function convolve(at: Place, input: Value & { image: Image }, kernel: Kernel, names: readonly string[]): Value {
  const [geometry, image] = geometryOf(at, input, kernel);
  return conclude(at, input, { ...geometry, weights: kernel.weights }, image, names);
}

/** The layer, but for its weights, with what it gives. */
function geometryOf(at: Place, input: Value & { image: Image }, { size, groups, outputs }: Omit<Kernel, "weights">) {
  const { fields } = at;
  const window = windowOf(at, input, size, fields.pair("strides", [1, 1]), fields.pair("dilation_rate", [1, 1]));
  const { stride, padding, dilation } = window;
  const geometry = { outChannels: outputs, kernel: size, stride, padding, dilation, groups };
  const image: Image = [outputs, ...window.size];
  return [geometry, image] as const;
}

/** Adds a convolution with the bias and the activation of the layer. */
function conclude(at: Place, input: Value, conv: Conv, image: Image, names: readonly string[]): Value {
  const shape = at.builder.shapeOf(image);
  const { scores, ...activation } = at.activation(shape);
  const bias = at.bias(names, image[0]);
  const value = { shape, image, positive: activation.activation !== "linear", ...(scores && { scores }) };
  return at.emit({ type: "conv2d", ...conv, ...bias, ...activation }, [input], value);
}

/** The weights of a layer in their order. */
function withBias(at: Place, ...names: string[]): string[] {
  return at.fields.flag("use_bias", true) ? [...names, "bias"] : names;
}

const conv2d: Handler = (at) => {
  const input = at.image({ border: true });
  const size = at.fields.pair("kernel_size");
  const outputs = at.fields.size("filters");
  const groups = at.fields.size("groups", 1);
  const inputs = input.image[0] / groups;
  const names = withBias(at, "kernel");
  if (!Number.isInteger(inputs) || outputs % groups > 0) throw at.fields.wrong("groups", "a divisor of the channels");
  const kernel = at.weight("kernel", names, [...size, inputs, outputs]);
  const weights = transposed(kernel.values, size[0] * size[1], inputs, outputs);
  return convolve(at, input, { weights, outputs, groups, size }, names);
};

/** `[taps, inputs, outputs]` as `[outputs, inputs, taps]`. */
export function transposed(kernel: Float32Array, taps: number, inputs: number, outputs: number): Float32Array {
  const weights = new Float32Array(kernel.length);
  let from = 0;
  for (let tap = 0; tap < taps; tap++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) weights[(o * inputs + i) * taps + tap] = kernel[from++] ?? 0;
    }
  }
  return weights;
}

const depthwise: Handler = (at) => {
  const input = at.image({ border: true });
  const [channels] = input.image;
  const size = at.fields.pair("kernel_size");
  const names = withBias(at, "depthwise_kernel");
  const kernel = at.weight("depthwise_kernel", names, [...size, channels, null]);
  const outputs = channels * (kernel.shape[3] ?? 1);
  const weights = transposed(kernel.values, size[0] * size[1], 1, outputs);
  return convolve(at, input, { weights, outputs, groups: channels, size }, names);
};

/** Both parts, one after the other; with no ReLU between them, they are joined later. */
const separable: Handler = (at) => {
  const input = at.image({ border: true });
  const [channels] = input.image;
  const size = at.fields.pair("kernel_size");
  const outputs = at.fields.size("filters");
  const names = withBias(at, "depthwise_kernel", "pointwise_kernel");
  // TensorFlow.js does not save `depth_multiplier`, but the weights have it.
  const { values: spatial, shape } = at.weight("depthwise_kernel", names, [...size, channels, null]);
  const between = channels * (shape[3] ?? 1);
  const { values: mixing } = at.weight("pointwise_kernel", names, [1, 1, between, outputs]);
  const [geometry, image] = geometryOf(at, input, { size, groups: channels, outputs: between });
  const first = { ...geometry, weights: transposed(spatial, size[0] * size[1], 1, between) };
  const middle = at.emit({ type: "conv2d", ...first, activation: "linear" }, [input], {
    shape: at.builder.shapeOf(image),
    image,
  });
  const [, height, width] = image;
  const second = { outChannels: outputs, kernel: 1, weights: transposed(mixing, 1, between, outputs) };
  return conclude(at, middle, second, [outputs, height, width], names);
};

function pool(type: "avgPool2d" | "maxPool2d"): Handler {
  return (at) => {
    const input = at.image({ border: true });
    const kernel = at.fields.pair("pool_size", [2, 2]);
    const window = windowOf(at, input, kernel, at.fields.pair("strides", kernel), [1, 1]);
    // Its own padding does not count, while zeros of a layer before it do.
    const own = type === "avgPool2d" && window.added > 0;
    if (own && input.border !== undefined) {
      throw at.refuse("an average that pads what is padded already is not supported; use padding `valid`");
    }
    // The core's maximum leaves padding out, while these zeros count: no difference where nothing is negative.
    if (type === "maxPool2d" && input.border !== undefined && !input.positive) {
      throw at.refuse("a maximum over zero padding is only supported behind a ReLU");
    }
    const { stride, padding } = window;
    const image: Image = [input.image[0], ...window.size];
    const { positive = false } = input;
    const spec: LayerSpec = { type, kernel, stride, padding, ...(own && { countIncludePad: false }) };
    return at.emit(spec, [input], { shape: at.builder.shapeOf(image), image, positive });
  };
}

function globalPool(type: "globalAvgPool2d" | "maxPool2d"): Handler {
  return (at) => {
    const input = at.image();
    const [channels, height, width] = input.image;
    const spec: LayerSpec = type === "maxPool2d" ? { type, kernel: [height, width] } : { type };
    const pooled: Image = [channels, 1, 1];
    const shape = at.fields.flag("keepdims", false) ? at.builder.shapeOf(pooled) : [channels];
    return at.emit(spec, [input], { shape, image: pooled, positive: input.positive ?? false });
  };
}

/** The core pads in the layer that reads it. */
const zeroPadding: Handler = (at) => {
  const input = at.image({ border: true });
  const given = at.fields.get("padding") ?? 1;
  const [y, x] = Array.isArray(given) ? (given as unknown[]) : [given, given];
  const ends = (both: unknown) => (Array.isArray(both) ? (both as unknown[]) : [both, both]);
  const sides = [ends(y)[0], ends(x)[0], ends(y)[1], ends(x)[1]];
  const old = input.border ?? [0, 0, 0, 0];
  const whole = (side: unknown): side is number => Number.isSafeInteger(side) && (side as number) >= 0;
  if (!sides.every(whole)) throw at.fields.wrong("padding", "whole numbers");
  const border: Border = [
    old[0] + (sides[0] ?? 0),
    old[1] + (sides[1] ?? 0),
    old[2] + (sides[2] ?? 0),
    old[3] + (sides[3] ?? 0),
  ];
  return border.some((side) => side > 0) ? { ...input, border } : input;
};

/** What works on images. */
export const images: readonly (readonly [string, Handler])[] = [
  ["Conv2D", conv2d],
  ["DepthwiseConv2D", depthwise],
  ["SeparableConv2D", separable],
  ["MaxPooling2D", pool("maxPool2d")],
  ["AveragePooling2D", pool("avgPool2d")],
  ["GlobalMaxPooling2D", globalPool("maxPool2d")],
  ["GlobalAveragePooling2D", globalPool("globalAvgPool2d")],
  ["ZeroPadding2D", zeroPadding],
];
