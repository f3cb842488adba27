import { floats, knownKeys } from "./check.js";
import { guarded, invalidOption, QuarticError } from "./errors.js";
import { Handle } from "./handle.js";
import type { Wasm } from "./load.js";
import type { NetworkSpec } from "./types.js";
import type { Ann as RawAnn } from "./wasm/quartic_snn.js";

/** A trained network. */
export class Ann extends Handle<RawAnn> {
  /** The name in the model file, where there is one. */
  readonly name: string | undefined;
  /** The shape of one input. */
  readonly inputShape: readonly number[];
  /** The number of values in one input. */
  readonly inputs: number;
  /** The number of outputs (classes). */
  readonly outputs: number;

  /** @internal */
  constructor(raw: RawAnn) {
    super("network", raw);
    this.name = raw.name;
    this.inputShape = Object.freeze([...raw.inputShape]);
    this.inputs = this.inputShape.reduce((product, size) => product * size, 1);
    this.outputs = raw.outputs;
  }

  /**
   * The outputs `[n, outputs]` for inputs `[n, inputs]`, both flat.
   *
   * @throws {QuarticError} `shape-mismatch`, `invalid-input`, `closed`
   */
  predict(inputs: Float32Array): Float32Array {
    return guarded(() => this.raw.predict(floats("inputs", inputs)));
  }
}

/** Puts a network together. */
export function makeNetwork(wasm: Wasm, spec: NetworkSpec): Ann {
  if (typeof spec !== "object" || spec === null) throw invalidOption("network", spec, "an object");
  knownKeys(spec, ["inputShape", "layers"]);
  if (!Array.isArray(spec.layers)) throw invalidOption("layers", spec.layers, "an array of layers");
  if (!Array.isArray(spec.inputShape)) throw invalidOption("inputShape", spec.inputShape, "an array of sizes");
  for (const [index, size] of spec.inputShape.entries()) {
    if (!Number.isInteger(size) || size < 1) throw invalidOption(`inputShape[${index}]`, size, "a whole number from 1");
  }
  let inputs = spec.inputShape.reduce((product, size) => product * size, 1);
  const layers = spec.layers.map((layer: NetworkSpec["layers"][number], index: number) => {
    if (typeof layer !== "object" || layer === null) throw invalidOption(`layers[${index}]`, layer, "an object");
    if (layer.type !== "dense") return layer;
    knownKeys(layer, ["type", "weights", "bias", "activation"]);
    const weights = floats(`layers[${index}].weights`, layer.weights);
    const outputs = weights.length / inputs;
    if (weights.length === 0 || !Number.isInteger(outputs)) {
      const message = `weights of layer ${index} must be [outputs, ${inputs}], got ${weights.length} values`;
      throw new QuarticError("shape-mismatch", message, {
        details: { layer: index, inputs, received: weights.length },
      });
    }
    const described = { ...layer, inputs };
    inputs = outputs;
    return described;
  });
  return guarded(() => new Ann(new wasm.Ann(spec.inputShape, layers)));
}
