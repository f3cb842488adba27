/**
 * Converts trained ReLU networks into spiking networks, plain and L4-adjusted, and simulates them on the same Poisson
 * spikes.
 *
 * @packageDocumentation
 */

import { type LoadOptions, loadQuartic, type Quartic } from "./quartic.js";
import { ownModule } from "./source.js";

export type { Ann } from "./ann.js";
export { compareDefaults, convertDefaults, runDefaults } from "./defaults.js";
export { QuarticError, type QuarticErrorCode } from "./errors.js";
export type { WasmSource } from "./load.js";
export type { LoadOptions, Quartic } from "./quartic.js";
export type { Snn } from "./snn.js";
export type { TensorFlowArtifacts, TensorFlowLayer, TensorFlowModel, TensorFlowTensor } from "./tfjs.js";
export type * from "./types.js";

/**
 * Loads the WebAssembly module and returns the API. May be called again, even concurrently: the module is loaded once.
 * After a failed load it can be tried again, and after a fault (`internal`, `out-of-memory`) it gives a fresh instance.
 *
 * @throws {QuarticError} `load-failed`, `unsupported-runtime`, `invalid-option`
 */
export function load(options?: LoadOptions): Promise<Quartic> {
  return loadQuartic(ownModule, options);
}
