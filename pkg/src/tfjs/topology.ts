import { isBroken, show } from "../errors.js";
import { invalidModel, isObject, isSize, type Json } from "./fields.js";

/** A layer where it stands in the model. A layer that is used several times stands there several times. */
export interface ModelLayer {
  /** Its place in the model's list. */
  readonly index: number;
  readonly name: string;
  /** The models within the model that it is in, from the outermost. */
  readonly within: readonly string[];
  readonly operator: string;
  readonly config: Json;
  /** What it reads, by key. */
  readonly inputs: readonly string[];
}

/** What passes a value on under another key: a model within the model, and the inputs of that. */
interface Alias {
  readonly to: string;
}

/** The layers of a model, each after those that it reads. */
export interface Topology {
  readonly name: string | undefined;
  readonly layers: ReadonlyMap<string, ModelLayer>;
  readonly output: string;
}

const CONTAINERS = ["Sequential", "Functional", "Model"];
/** As many layers as the core takes. */
const MOST_LAYERS = 5000;
/** Models within models. */
const DEEPEST = 20;
/** The most entries of lists that say what layers read, the lists among them; each is read twice at every use. */
const MOST_REFERENCES = 500_000;

/** Reads a topology as `model.toJSON` and `model.json` have it. */
export function readTopology(json: unknown): Topology {
  const found = isObject(json) && isObject(json["model_config"]) ? json["model_config"] : json;
  if (isObject(found) && Array.isArray(found["node"])) {
    throw invalidModel("it is a graph model; only layers models (tf.loadLayersModel) can be read");
  }
  const { operator, config } = entry(found, "the topology");
  if (!CONTAINERS.includes(operator)) {
    throw invalidModel(`its topology is ${show(operator)}, not one of ${CONTAINERS.join(", ")}`);
  }
  const reader = new Reader();
  const outputs = reader.container({ operator, config }, "", [], undefined, undefined);
  const [output, second] = outputs;
  if (output === undefined) throw invalidModel("it names no output");
  if (second !== undefined) throw invalidModel(`it has ${outputs.length} outputs, but only one is supported`);
  const name = isObject(config) ? config["name"] : undefined;
  return {
    name: typeof name === "string" && name.length > 0 && name.length <= 200 && !isBroken(name) ? name : undefined,
    ...sorted(reader.nodes, output),
  };
}

interface Entry {
  readonly operator: string;
  readonly config: Json | readonly unknown[];
}

function entry(value: unknown, what: string): Entry {
  if (!isObject(value)) throw invalidModel(`${what} must be an object, got ${show(value)}`);
  const { class_name: operator, config } = value;
  if (typeof operator !== "string") throw invalidModel(`${what} has no \`class_name\``);
  if (!isObject(config) && !Array.isArray(config)) throw invalidModel(`${what} has no \`config\``);
  return { operator, config };
}

/** Where a model stands within the model. */
interface Context {
  readonly path: string;
  readonly within: readonly string[];
  /** What it reads. */
  readonly given: readonly string[] | undefined;
  /** The place of the outermost model that it is in. */
  readonly outer: number | undefined;
}

class Reader {
  readonly nodes = new Map<string, ModelLayer | Alias>();
  #depth = 0;
  #references = 0;

  /**
   * Adds the layers of a model and returns what it gives. A model within a model reads `given`; `index` is that of the
   * layer that it is.
   */
  container(
    model: Entry,
    path: string,
    within: readonly string[],
    given: readonly string[] | undefined,
    index: number | undefined,
  ): string[] {
    this.#depth++;
    if (this.#depth > DEEPEST) throw invalidModel("models are nested too deeply");
    // Old sequential models have the layers themselves as their configuration.
    const config = isObject(model.config) ? model.config : { layers: model.config };
    const layers = config["layers"];
    if (!Array.isArray(layers)) throw invalidModel("a model in it has no list of `layers`");
    const outputs =
      model.operator === "Sequential"
        ? this.#sequential(layers, config, { path, within, given, outer: index })
        : this.#functional(layers, config, { path, within, given, outer: index });
    this.#depth--;
    return outputs;
  }

  #sequential(layers: unknown[], model: Json, { path, within, given, outer }: Context): string[] {
    let last = given?.[0];
    layers.forEach((value: unknown, at) => {
      const { operator, config } = entry(value, `layer ${at}`);
      const name = nameOf(value as Json, config, at);
      const key = `${path}${at}`;
      const index = outer ?? at;
      if (last === undefined && operator !== "InputLayer" && !CONTAINERS.includes(operator)) {
        const shape = shapeOf(config) ?? model["build_input_shape"];
        last = `${key} input`;
        const of = { operator: "InputLayer", config: { batch_input_shape: shape }, inputs: [] };
        this.#add(last, { index, name, within, ...of });
      }
      this.#layer(key, { operator, config }, { index, name, within }, last === undefined ? undefined : [last]);
      last = key;
    });
    if (last === undefined) throw invalidModel("a model in it has no layers");
    return [last];
  }

  #functional(layers: unknown[], model: Json, { path, within, given, outer }: Context): string[] {
    const heads = new Map(
      this.#listed(model["input_layers"]).map((reference, at) => [path + reference, given?.[at]] as const),
    );
    const outputs = this.#listed(model["output_layers"]);
    const read = new Set([
      ...outputs,
      ...layers.flatMap((layer: unknown) => this.#listed(isObject(layer) ? layer["inbound_nodes"] : undefined)),
    ]);
    layers.forEach((value: unknown, at) => {
      const { operator, config } = entry(value, `layer ${at}`);
      const name = nameOf(value as Json, config, at);
      const place = { index: outer ?? at, name, within };
      const uses = this.#usesOf((value as Json)["inbound_nodes"], name);
      if (uses.length === 0) {
        const key = `${path}${name}/0`;
        const outside = heads.get(key);
        this.#layer(key, { operator, config }, place, outside === undefined ? undefined : [outside]);
      }
      // Of a model within the model, use 0 may be the one within itself.
      const first = CONTAINERS.includes(operator) && read.has(`${name}/${uses.length}`) ? 1 : 0;
      uses.forEach((inputs, use) => {
        const keys = inputs.map((reference) => path + reference);
        this.#layer(`${path}${name}/${first + use}`, { operator, config }, place, keys);
      });
    });
    return outputs.map((reference) => path + reference);
  }

  #layer(
    key: string,
    layer: Entry,
    place: Pick<ModelLayer, "index" | "name" | "within">,
    inputs: readonly string[] | undefined,
  ) {
    if (CONTAINERS.includes(layer.operator)) {
      const [output, more] = this.container(layer, `${key}/`, [...place.within, place.name], inputs, place.index);
      if (output === undefined || more !== undefined) {
        throw invalidModel(`the model \`${place.name}\` in it must have one output`);
      }
      this.#add(key, { to: output });
    } else if (layer.operator === "InputLayer" && inputs?.[0] !== undefined) {
      this.#add(key, { to: inputs[0] });
    } else {
      const config = isObject(layer.config) ? layer.config : {};
      this.#add(key, { ...place, operator: layer.operator, config, inputs: inputs ?? [] });
    }
  }

  #add(key: string, node: ModelLayer | Alias): void {
    if (this.nodes.has(key)) throw invalidModel(`two of its layers are called ${show(key.replace(/\/\d+$/, ""))}`);
    if (this.nodes.size >= MOST_LAYERS) throw invalidModel(`it has more than ${MOST_LAYERS} layers`);
    this.nodes.set(key, node);
  }

  /** The inputs of every use of a layer. */
  #usesOf(nodes: unknown, name: string): string[][] {
    if (nodes === undefined || nodes === null) return [];
    if (!Array.isArray(nodes)) throw invalidModel(`\`inbound_nodes\` of layer \`${name}\` must be an array`);
    return nodes.map((node: unknown) => {
      const inputs = this.#listed(node);
      if (inputs.length === 0) throw invalidModel(`layer \`${name}\` reads something that is not a layer`);
      return inputs;
    });
  }

  /**
   * The layers (with the number of the use) that a list names: `["name", use, tensor]`, lists of such, or Keras 3's
   * `{ config: { keras_history: ["name", use, tensor] } }`.
   */
  #listed(value: unknown, depth = 0): string[] {
    this.#references++;
    if (this.#references > MOST_REFERENCES) throw invalidModel("its layers name too many others that they read");
    if (isObject(value)) {
      const config = value["config"];
      return this.#listed(isObject(config) ? config["keras_history"] : value["args"], depth + 1);
    }
    if (!Array.isArray(value) || depth > DEEPEST) return [];
    const [name, use] = value as unknown[];
    if (typeof name !== "string") return value.flatMap((part: unknown) => this.#listed(part, depth + 1));
    if (use !== 0 && !isSize(use)) throw invalidModel(`the reference to layer ${show(name)} has no number`);
    return [`${name}/${use}`];
  }
}

function nameOf(layer: Json, config: Entry["config"], at: number): string {
  const name = layer["name"] ?? (isObject(config) ? config["name"] : undefined);
  if (typeof name === "string" && name.length > 0 && !isBroken(name)) return name;
  throw invalidModel(`layer ${at} has no name of whole characters`);
}

function shapeOf(config: Entry["config"]): unknown {
  return isObject(config) ? (config["batch_input_shape"] ?? config["batch_shape"]) : undefined;
}

/** Finds the layer behind a key, for whoever reads it. */
function finder(nodes: ReadonlyMap<string, ModelLayer | Alias>): (asked: string, who: string) => string {
  const found = new Map<string, string>();
  return (asked, who) => {
    let key = found.get(asked) ?? asked;
    for (let hops = 0; hops <= nodes.size; hops++) {
      const node = nodes.get(key);
      if (node === undefined) throw invalidModel(`${who} reads a layer that is not there: ${show(key)}`);
      if (!("to" in node)) {
        found.set(asked, key);
        return key;
      }
      key = node.to;
    }
    throw invalidModel(`${who} depends on its own output`);
  };
}

/** The layers that the output needs, each after those that it reads. Not recursive: models can be deep. */
function sorted(nodes: ReadonlyMap<string, ModelLayer | Alias>, output: string) {
  const real = finder(nodes);
  const layers = new Map<string, ModelLayer>();
  const open = new Map<string, ModelLayer>();
  const last = real(output, "the output");
  const stack = [last];
  for (let key = stack.at(-1); key !== undefined; key = stack.at(-1)) {
    const begun = open.get(key);
    if (layers.has(key)) {
      stack.pop();
    } else if (begun !== undefined) {
      // All that it reads has had its turn, unless that waits for this layer itself.
      if (!begun.inputs.every((input) => layers.has(input))) {
        throw invalidModel(`layer \`${begun.name}\` depends on its own output`);
      }
      layers.set(key, begun);
    } else {
      const layer = nodes.get(key) as ModelLayer;
      const inputs = layer.inputs.map((input) => real(input, `layer \`${layer.name}\``));
      open.set(key, { ...layer, inputs });
      for (const input of new Set(inputs)) stack.push(input);
    }
  }
  return { layers, output: last };
}
