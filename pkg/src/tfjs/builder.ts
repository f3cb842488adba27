import { beginning, QuarticError, shortened, show } from "../errors.js";
import type { ActivationSpec, LayerSpec, NetworkSpec } from "../specs.js";
import { Fields, invalidModel, isSize } from "./fields.js";
import type { ModelLayer, Topology } from "./topology.js";
import type { Tensor, Weights } from "./weights.js";

/** `[channels, height, width]`. */
export type Image = readonly [number, number, number];

/** Zeros around an image: top, left, bottom, right. */
export type Border = readonly [number, number, number, number];

/** What a layer gives, as the model and as the network to come see it. */
export interface Value {
  /** The layer of the network that has it, or `input`. */
  readonly source: string;
  /** In the model, without the batch. */
  readonly shape: readonly number[];
  /** In the network, where it is an image there. */
  readonly image?: Image | undefined;
  /** Of a flattened image: where the model has our value `i`. */
  readonly order?: Uint32Array | undefined;
  /** After a ReLU. */
  readonly positive?: boolean;
  /** Zeros that the model has around it and that a later layer will add. */
  readonly border?: Border | undefined;
  /** The softmax that was left out before it. */
  readonly scores?: ModelLayer;
}

/** The most values that the core takes in one layer. */
const MOST_VALUES = 2 ** 22;
/** The most weights in all: half of what the core takes, which has its own copy. A layer that is used again has them again. */
const MOST_WEIGHTS = 2 ** 27;

/** How a layer of the model becomes layers of the network. */
export type Handler = (at: Place) => Value;

/** The network to come. */
export class Builder {
  readonly specs: LayerSpec[] = [];
  readonly dropped: string[] = [];
  readonly notes: string[] = [];
  readonly channelsFirst: boolean;
  readonly #topology: Topology;
  readonly #weights: Weights;
  readonly #names = new Set(["input"]);
  /** `shape` is what the model takes: a Reshape may follow. */
  #input: { key: string; shape: readonly number[]; value: Value } | undefined;
  #kept = 0;

  constructor(topology: Topology, weights: Weights) {
    this.#topology = topology;
    this.#weights = weights;
    this.channelsFirst = layoutOf(topology);
  }

  /** Takes the layers one by one. */
  build(handlers: ReadonlyMap<string, Handler>): NetworkSpec {
    const values = new Map<string, Value>();
    const inputs = [...this.#topology.layers.values()].filter(({ operator }) => operator === "InputLayer");
    const [, second] = inputs.sort((a, b) => a.index - b.index);
    if (second !== undefined) throw unsupported(second, "only one input is supported");
    for (const [key, layer] of this.#topology.layers) {
      const read = layer.inputs.map((input) => values.get(input) as Value);
      const at = new Place(this, layer, this.#weights, read, key);
      const handler =
        layer.operator === "InputLayer" ? (place: Place) => this.#begin(place) : handlers.get(layer.operator);
      if (handler === undefined) throw at.refuse(`only ${[...handlers.keys()].join(", ")} are supported`);
      const value = handler(at);
      at.limit(sizeOf(value.shape));
      values.set(key, value);
    }
    return this.#spec(values.get(this.#topology.output) as Value);
  }

  /** What was built, once it is sure that its output is one score per class. */
  #spec(output: Value): NetworkSpec {
    const last = this.#topology.layers.get(this.#topology.output) as ModelLayer;
    if (this.#input === undefined) throw invalidModel("it has no input");
    const flat = output.image === undefined || sizeOf(output.shape) === output.image[0];
    if (output.border !== undefined || output.order !== undefined || !flat) {
      throw unsupported(last, `the output must be one score per class, got [${output.shape.join(", ")}]`);
    }
    const { shape, value } = this.#input;
    if (!this.channelsFirst && value.image !== undefined && value.image[0] > 1) {
      const turned = shape.length === value.shape.length ? "" : `, which it reads as [${value.shape.join(", ")}]`;
      this.notes.unshift(
        `inputs are channel-first, [${value.image.join(", ")}]; the model takes [${shape.join(", ")}]${turned}`,
      );
    }
    if (sizeOf(output.shape) === 1) this.#chooseBetweenTwo(last, output);
    return {
      ...(this.#topology.name !== undefined && { name: this.#topology.name }),
      inputShape: value.image ?? value.shape,
      layers: this.specs,
    };
  }

  /** Minus half of the one score and half of it, of which a sigmoid is the softmax. */
  #chooseBetweenTwo(last: ModelLayer, { scores, image, source }: Value): void {
    if (scores === undefined) {
      this.notes.push(
        "the model gives a single score, so that every prediction is class 0; if it decides between two classes, end it with a sigmoid",
      );
      return;
    }
    this.notes.push(
      `the sigmoid of \`${shortened(scores.name, 100)}\` makes a probability of one score; there are two scores here, half of it with and without its sign turned, so that class 1 is what the probability speaks for`,
    );
    const name = this.unique(last.name);
    const layer = { name, weights: Float32Array.of(-0.5, 0.5), activation: "linear", inputs: [source] } as const;
    // Either joins the layer before it.
    if (image === undefined) this.specs.push({ type: "dense", ...layer });
    else this.specs.push({ type: "conv2d", kernel: 1, outChannels: 2, ...layer });
  }

  #begin(at: Place): Value {
    const shape = at.fields.get("batch_input_shape") ?? at.fields.get("batch_shape");
    if (!Array.isArray(shape)) throw invalidModel("it does not state the shape of its input; was it built?");
    const sizes = shape.slice(1) as unknown[];
    if (!sizes.every(isSize)) throw at.refuse("an input of fixed size is supported");
    return this.setInput(at.key, sizes);
  }

  /** The shape of the input; a Reshape behind it may have the last word. */
  setInput(key: string, shape: readonly number[]): Value {
    const value: Value = { source: "input", shape, image: this.imageOf(shape) };
    this.#input = { key, shape: this.#input?.shape ?? shape, value };
    return value;
  }

  /** The input, where the layer alone reads it. */
  ownInput(layer: ModelLayer): string | undefined {
    const key = this.#input?.key;
    const readers = [...this.#topology.layers.values()].filter(({ inputs }) => inputs.some((input) => input === key));
    return readers.length === 1 && readers[0]?.inputs[0] === layer.inputs[0] ? key : undefined;
  }

  /** The image that a shape of the model is; two axes are a grey one. */
  imageOf(shape: readonly number[]): Image | undefined {
    const [a, b, c] = shape;
    if (a === undefined || b === undefined || shape.length > 3) return undefined;
    if (c === undefined) return [1, a, b];
    return this.channelsFirst ? [a, b, c] : [c, a, b];
  }

  /** The shape that the model has for an image. */
  shapeOf([channels, height, width]: Image): readonly number[] {
    return this.channelsFirst ? [channels, height, width] : [height, width, channels];
  }

  /** Counts the weights of a layer. */
  count(spec: LayerSpec, layer: ModelLayer): void {
    for (const values of Object.values(spec)) {
      if (values instanceof Float32Array) this.#kept += values.length;
    }
    if (this.#kept > MOST_WEIGHTS) throw unsupported(layer, `at most ${MOST_WEIGHTS} weights in all are supported`);
  }

  /** A name that no other layer has. */
  unique(name: string): string {
    const short = beginning(name, 180);
    let free = short;
    for (let count = 1; this.#names.has(free); count++) free = `${short}:${count}`;
    this.#names.add(free);
    return free;
  }
}

/** A layer of the model while it is taken, with what it reads. */
export class Place {
  readonly builder: Builder;
  readonly layer: ModelLayer;
  readonly fields: Fields;
  readonly inputs: readonly Value[];
  readonly key: string;
  readonly #weights: Weights;

  constructor(builder: Builder, layer: ModelLayer, weights: Weights, inputs: readonly Value[], key: string) {
    this.builder = builder;
    this.layer = layer;
    this.fields = new Fields(layer.name, layer.config);
    this.inputs = inputs;
    this.key = key;
    this.#weights = weights;
  }

  /** The one input. What cannot stand behind a softmax, or behind zero padding, says so by not asking for it. */
  input(allowed: { scores?: boolean; border?: boolean } = {}): Value {
    const [input, more] = this.inputs;
    if (input === undefined || more !== undefined) {
      throw invalidModel(`layer \`${this.layer.name}\` must have one input, but has ${this.inputs.length}`);
    }
    return this.check(input, allowed);
  }

  /** The same for one of several. */
  check(input: Value, { scores = false, border = false } = {}): Value {
    if (input.scores !== undefined && !scores) {
      throw unsupported(input.scores, "softmax and sigmoid are only supported at the end");
    }
    if (input.border !== undefined && !border) {
      throw this.refuse("it reads zero padding, which is only supported before convolutions and pools");
    }
    return input;
  }

  /** The one input, which must be an image. */
  image(allowed?: { border?: boolean }): Value & { image: Image } {
    const input = this.input(allowed);
    const { image } = input;
    if (image === undefined || input.shape.length !== 3) {
      throw this.refuse(`it needs an image, but reads [${input.shape.join(", ")}]`);
    }
    return { ...input, image };
  }

  /** A weight of this shape, in which `null` stands for any size. */
  weight(which: string, all: readonly string[], shape: readonly (number | null)[]): Tensor {
    const tensor: Tensor = this.#weights(this.layer, which, all);
    const fits = shape.every((size, axis) => size === null || tensor.shape[axis] === size);
    if (fits && tensor.shape.length === shape.length && tensor.values.length > 0) return tensor;
    const expected = shape.map((size) => size ?? "any").join(", ");
    const name = `${this.layer.name}/${which}`;
    throw invalidModel(`weight \`${name}\` must have the shape [${expected}], got [${tensor.shape.join(", ")}]`);
  }

  /** The weight `bias`, where there is one. */
  bias(all: readonly string[], outputs: number): { bias?: Float32Array } {
    return all.includes("bias") ? { bias: this.weight("bias", all, [outputs]).values } : {};
  }

  /** Adds a layer to the network. */
  emit(spec: LayerSpec, inputs: readonly Value[], value: Omit<Value, "source">): Value {
    this.builder.count(spec, this.layer);
    const name = this.builder.unique(this.layer.name);
    this.builder.specs.push({ ...spec, name, inputs: inputs.map(({ source }) => source) });
    return { ...value, source: name };
  }

  /** Leaves the layer, or a part of it, out. */
  drop(what = this.layer.operator): void {
    this.builder.dropped.push(`${this.layer.name} (${what})`);
  }

  /** Refuses more values than the core takes. */
  limit(values: number): void {
    if (values > MOST_VALUES) throw this.refuse(`at most ${MOST_VALUES} values are supported`);
  }

  refuse(reason: string): QuarticError {
    return unsupported(this.layer, reason);
  }

  /** The field `activation`; a softmax at the end is left out, since it keeps the order of the scores. */
  activation(shape: readonly number[]): ActivationSpec & { scores?: ModelLayer } {
    const given = this.fields.get("activation") ?? "linear";
    const known = typeof given === "string" ? given.toLowerCase().replaceAll("_", "") : "";
    if (known === "relu" || known === "relu6" || known === "linear") return { activation: known };
    if (["softmax", "logsoftmax", "sigmoid"].includes(known)) return this.scores(known, shape);
    const name = typeof given === "string" ? given : show(given);
    throw this.refuse(`the activation ${name} is not among relu, relu6, linear, and softmax or sigmoid at the end`);
  }

  scores(what: string, shape: readonly number[]): ActivationSpec & { scores: ModelLayer } {
    const classes = shape.at(-1) ?? 0;
    const fewest = what === "sigmoid" ? 1 : 2;
    if (sizeOf(shape) !== classes || classes < fewest) {
      throw this.refuse(`${what} is supported over two or more classes, but reads [${shape.join(", ")}]`);
    }
    this.drop(what);
    return { activation: "linear", scores: this.layer };
  }
}

/** A layer that cannot be converted. */
function unsupported(layer: ModelLayer, why: string): QuarticError {
  const { index } = layer;
  const [name, operator, reason] = [shortened(layer.name, 100), shortened(layer.operator, 100), shortened(why, 600)];
  const message = `layer ${index} (\`${name}\`, ${operator}) is not supported: ${reason}`;
  return new QuarticError("unsupported-layer", message, { details: { layer: index, name, operator, reason } });
}

/** Whether images are channel-first in the model. Flatten says so too, but says how it orders, not how it reads. */
function layoutOf({ layers }: Topology): boolean {
  let found: string | undefined;
  for (const layer of layers.values()) {
    const { operator, name, config } = layer;
    if (operator === "Flatten") continue;
    const formats = ["channels_last", "channels_first"] as const;
    if (config["data_format"] === undefined || config["data_format"] === null) continue;
    const format = new Fields(name, config).oneOf("data_format", formats, "channels_last");
    if (found !== undefined && format !== found) throw unsupported(layer, `it is ${format}, others are ${found}`);
    found = format;
  }
  return found === "channels_first";
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
