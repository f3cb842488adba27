import { type Encoded, encode, type Imported } from "./ann.js";
import { read } from "./check.js";
import { invalidOption } from "./errors.js";
import { Builder, type Handler } from "./tfjs/builder.js";
import { invalidModel, isObject } from "./tfjs/fields.js";
import { images } from "./tfjs/images.js";
import { shapes } from "./tfjs/shapes.js";
import { readTopology } from "./tfjs/topology.js";
import { values } from "./tfjs/values.js";
import { savedWeights, type TensorFlowLayer, type Weights, weightsInUse } from "./tfjs/weights.js";

export type { TensorFlowLayer, TensorFlowTensor } from "./tfjs/weights.js";

/** The part of a `LayersModel` of TensorFlow.js that is used here. */
export interface TensorFlowModel {
  readonly layers: readonly TensorFlowLayer[];
  toJSON(unused?: unknown, returnString?: boolean): unknown;
}

/**
 * A layers model as TensorFlow.js saves it: what a handler of `tf.io` receives, or the content of `model.json` with the
 * bytes of its weight files.
 */
export interface TensorFlowArtifacts {
  readonly modelTopology?: unknown;
  /** The list of weights. `weightsManifest` of `model.json` may be given instead. */
  readonly weightSpecs?: unknown;
  readonly weightsManifest?: unknown;
  /** An ArrayBuffer or a view, or several in order. */
  readonly weightData?: unknown;
}

const handlers = new Map<string, Handler>([...values, ...images, ...shapes]);

/** A model of TensorFlow.js as the module reads it, and what was dropped and noted on the way. */
export function fromTensorFlow(model: TensorFlowModel | TensorFlowArtifacts): { encoded: Encoded; imported: Imported } {
  // A model that is an object of the caller may run code of the caller wherever it is looked at.
  return read("model", () => {
    const { topology, weights } = open(model);
    const builder = new Builder(readTopology(topology), weights);
    const encoded = encode(builder.build(handlers));
    const { dropped, notes } = builder;
    return { encoded, imported: { dropped, notes } };
  });
}

function open(model: unknown): { topology: unknown; weights: Weights } {
  if (isObject(model) && typeof model["toJSON"] === "function" && Array.isArray(model["layers"])) {
    return { topology: topologyOf(model as unknown as TensorFlowModel), weights: weightsInUse(model["layers"]) };
  }
  if (!isObject(model) || model["modelTopology"] === undefined) {
    const allowed = "a LayersModel of TensorFlow.js, or an object { modelTopology, weightSpecs, weightData }";
    throw invalidOption("model", model, allowed);
  }
  const { modelTopology: topology, weightSpecs, weightsManifest, weightData } = model;
  return { topology, weights: savedWeights(weightSpecs ?? listOf(weightsManifest), weightData) };
}

/** What a model in use calls its topology is the text that it would be saved as. */
function topologyOf(model: TensorFlowModel): unknown {
  try {
    const json = model.toJSON(null, false);
    return typeof json === "string" ? JSON.parse(json) : json;
  } catch (error) {
    throw invalidModel(`its topology cannot be read: ${error}`, error);
  }
}

function listOf(manifest: unknown): unknown {
  if (!Array.isArray(manifest)) throw invalidModel("it has neither `weightSpecs` nor `weightsManifest`");
  return manifest.flatMap((group: unknown) => (isObject(group) ? group["weights"] : undefined));
}
