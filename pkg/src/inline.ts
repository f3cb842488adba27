/**
 * The same API as `quartic-snn`, with the WebAssembly module inside the script: no other file has to be served or
 * copied, but the script is larger.
 *
 * @packageDocumentation
 */

import { type LoadOptions, loadQuartic, type Quartic } from "./quartic.js";
import { gzipped } from "./wasm/module.js";

export type { Ann } from "./ann.js";
export { compareDefaults, convertDefaults, runDefaults } from "./defaults.js";
export { QuarticError, type QuarticErrorCode } from "./errors.js";
export type { WasmSource } from "./load.js";
export type { LoadOptions, Quartic } from "./quartic.js";
export type { Snn } from "./snn.js";
export type { TensorFlowArtifacts, TensorFlowLayer, TensorFlowModel, TensorFlowTensor } from "./tfjs.js";
export type * from "./types.js";

/**
 * Returns the API. May be called again, even concurrently.
 *
 * @throws {QuarticError} `load-failed`, `unsupported-runtime`, `invalid-option`
 */
export function load(options?: LoadOptions): Promise<Quartic> {
  return loadQuartic(unpacked, options);
}

async function unpacked(): Promise<Response> {
  const bytes = Uint8Array.from(atob(gzipped), (character) => character.charCodeAt(0));
  const { readable, writable } = new DecompressionStream("gzip");
  // Whatever fails here fails where it is read.
  const writer = writable.getWriter();
  writer.write(bytes).catch(() => undefined);
  writer.close().catch(() => undefined);
  return new Response(readable);
}
