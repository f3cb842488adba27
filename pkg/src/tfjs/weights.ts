import { isBuffer, isDetached } from "../check.js";
import { invalidOption, show } from "../errors.js";
import { invalidModel, isObject, type Json } from "./fields.js";

/** A tensor of the model. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A layer by its name, and the models within the model that it is in, from the outermost. */
export interface Owner {
  readonly name: string;
  readonly within: readonly string[];
}

/** Finds the weight `which` of a layer, whose weights in their order are called `all`. */
export type Weights = (layer: Owner, which: string, all: readonly string[]) => Tensor;

/** The part of a layer of TensorFlow.js that is used here. */
export interface TensorFlowLayer {
  readonly name: string;
  getWeights(): readonly TensorFlowTensor[];
}

/** The part of a tensor of TensorFlow.js that is used here. */
export interface TensorFlowTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  dataSync(): unknown;
}

/** The weights of a model that is in use, by the names of its layers. Models within it may have layers of the same names. */
export function weightsInUse(layers: unknown): Weights {
  return (owner, which, all) => {
    const weights = weightsOf(layerOf(layers, owner));
    const { name } = owner;
    if (!Array.isArray(weights) || weights.length !== all.length) {
      const count = Array.isArray(weights) ? weights.length : "none";
      const needed = `${all.length} weights (${all.join(", ")})`;
      throw invalidModel(`layer \`${name}\` must have ${needed}, got ${count}; was the model built?`);
    }
    return tensorInUse(weights[all.indexOf(which)], `${name}/${which}`);
  };
}

function weightsOf(layer: TensorFlowLayer | undefined): unknown {
  if (typeof layer?.getWeights !== "function") return undefined;
  try {
    return layer.getWeights();
  } catch (error) {
    throw invalidModel(`the weights of layer \`${layer.name}\` cannot be read: ${error}`, error);
  }
}

function layerOf(layers: unknown, { name, within }: Owner): TensorFlowLayer | undefined {
  let found: (TensorFlowLayer & { layers?: unknown }) | undefined;
  let among = layers;
  for (const one of [...within, name]) {
    const named = (Array.isArray(among) ? (among as unknown[]) : []).filter(
      (layer) => isObject(layer) && layer["name"] === one,
    ) as (TensorFlowLayer & { layers?: unknown })[];
    if (named.length > 1) throw invalidModel(`two of its layers are called \`${one}\``);
    found = named[0];
    among = found?.layers;
  }
  return found;
}

function tensorInUse(tensor: unknown, name: string): Tensor {
  const { shape, dtype } = isObject(tensor) ? tensor : {};
  if (!isShape(shape)) throw invalidModel(`weight \`${name}\` has no shape`);
  let values: unknown;
  try {
    values = (tensor as TensorFlowTensor).dataSync();
  } catch (error) {
    throw invalidModel(`weight \`${name}\` cannot be read: ${error}`, error);
  }
  if (dtype !== "float32" || !(values instanceof Float32Array)) throw notFloat(name, dtype);
  if (values.length !== sizeOf(shape)) throw invalidModel(`weight \`${name}\` has ${values.length} values`);
  return { shape, values };
}

/** The weights of a model that was saved, by their names in the list that comes with the data. */
export function savedWeights(specs: unknown, data: unknown): Weights {
  const bytes = joined(data);
  const places = new Map<string, { spec: Json; start: number }>();
  let start = 0;
  for (const spec of Array.isArray(specs) ? (specs as unknown[]) : []) {
    if (!isObject(spec) || typeof spec["name"] !== "string") throw invalidModel("a weight has no name");
    if (places.has(spec["name"])) {
      throw invalidModel(`weight ${show(spec["name"])} is listed twice: give the layers unique names`);
    }
    places.set(spec["name"], { spec, start });
    start += bytesOf(spec, bytes.subarray(start));
    if (start > bytes.length) throw invalidModel(`the data ends within weight ${show(spec["name"])}`);
  }
  if (start < bytes.length) {
    throw invalidModel(`there are ${bytes.length} bytes of weights, but their list has ${start}`);
  }
  const found = finder(places);
  const owners = new Map<string, string>();
  return (owner, which, all) => {
    const layer = [...owner.within, owner.name].join("/");
    const name = found(owner, which, all.indexOf(which));
    const place = name === undefined ? undefined : places.get(name);
    if (name === undefined || place === undefined) throw invalidModel(`there is no weight \`${layer}/${which}\``);
    const before = owners.get(name) ?? layer;
    if (before !== layer) {
      throw invalidModel(
        `weight \`${name}\` may belong to \`${before}\` or \`${layer}\`: give the layers unique names`,
      );
    }
    owners.set(name, layer);
    return decoded(name, place.spec, bytes.subarray(place.start));
  };
}

/**
 * A weight is called `layer/kernel`, or `model/layer/kernel` in a model within the model; converters put others around
 * the layer, or numbers for the weights.
 */
function finder(known: ReadonlyMap<string, unknown>) {
  // By every part of their paths: a model may have many.
  const all = new Map<string, { name: string; path: string; last: string | undefined }[]>();
  for (const name of known.keys()) {
    const parts = name.replace(/:0$/, "").split("/");
    const last = parts.pop();
    const path = `/${parts.join("/")}/`;
    for (const part of new Set(parts)) {
      const same = all.get(part) ?? [];
      same.push({ name, path, last });
      all.set(part, same);
    }
  }
  return ({ name: layer, within }: Owner, which: string, index: number): string | undefined => {
    const own = [[...within, layer], [layer]].map((path) => [...path, which].join("/"));
    const exact = own.find((name) => known.has(name));
    if (exact !== undefined) return exact;
    const near = all.get(layer.slice(layer.lastIndexOf("/") + 1)) ?? [];
    const found = near.filter(
      ({ path, last }) => (last === which || last === `${index}`) && path.includes(`/${layer}/`),
    );
    return found.length === 1 ? found[0]?.name : undefined;
  };
}

const WIDTHS = new Map([
  ["float32", 4],
  ["int32", 4],
  ["bool", 1],
  ["complex64", 8],
  ["uint8", 1],
  ["uint16", 2],
  ["float16", 2],
]);

function bytesOf(spec: Json, rest: Uint8Array): number {
  const { shape, quantization, dtype } = spec;
  if (!isShape(shape)) throw invalidModel(`weight ${show(spec["name"])} has no shape`);
  const size = sizeOf(shape);
  const stored = isObject(quantization) ? quantization["dtype"] : dtype;
  if (stored === "string") {
    // Each text comes with its length. None is a weight that is read, but others may stand behind it.
    const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
    let at = 0;
    for (let index = 0; index < size && at + 4 <= rest.length; index++) at += 4 + view.getUint32(at, true);
    return at;
  }
  const width = typeof stored === "string" ? WIDTHS.get(stored) : undefined;
  if (width === undefined) throw invalidModel(`weight ${show(spec["name"])} is of type ${show(stored)}`);
  return size * width;
}

function decoded(name: string, { shape, dtype, quantization }: Json, bytes: Uint8Array): Tensor {
  if (!isShape(shape) || dtype !== "float32") throw notFloat(name, dtype);
  const read = reader(name, isObject(quantization) ? quantization : { dtype }, bytes);
  return { shape, values: Float32Array.from({ length: sizeOf(shape) }, (_, index) => read(index)) };
}

/** How to read a value, which may have been stored with fewer bits. */
function reader(name: string, { dtype, scale, min }: Json, bytes: Uint8Array): (index: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dtype === "float32") return (index) => view.getFloat32(4 * index, true);
  if (dtype === "float16") return (index) => half(view.getUint16(2 * index, true));
  if (typeof scale !== "number" || typeof min !== "number" || (dtype !== "uint8" && dtype !== "uint16")) {
    throw invalidModel(`weight \`${name}\` was quantised to ${show(dtype)} without \`scale\` and \`min\``);
  }
  if (dtype === "uint8") return (index) => view.getUint8(index) * scale + min;
  return (index) => view.getUint16(2 * index, true) * scale + min;
}

/** The number that 16 bits stand for. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The bytes of one buffer, or of several one after the other. */
function joined(data: unknown): Uint8Array {
  const parts = (Array.isArray(data) ? (data as unknown[]) : [data]).map((part) => {
    const buffer = ArrayBuffer.isView(part) ? part.buffer : part;
    if (!isBuffer(buffer) || isDetached(buffer)) {
      throw invalidOption("weightData", part, "an ArrayBuffer, or an array of them in their order");
    }
    return ArrayBuffer.isView(part)
      ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
      : new Uint8Array(buffer);
  });
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const all = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function notFloat(name: string, dtype: unknown) {
  return invalidModel(`weight \`${name}\` must be of type float32, got ${show(dtype)}`);
}

function isShape(shape: unknown): shape is readonly number[] {
  const sizes = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  return sizes && Number.isSafeInteger(sizeOf(shape as number[]));
}

function sizeOf(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
}
