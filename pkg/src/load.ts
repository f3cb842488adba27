import { isBuffer, isKind } from "./check.js";
import { invalidOption, QuarticError } from "./errors.js";
import { Instance } from "./instance.js";
import { instantiate } from "./wasm/quartic_snn.js";

/** A source of the WebAssembly module. */
export type WasmSource = URL | Response | BufferSource | WebAssembly.Module | PromiseLike<Response>;

type ByteSource = URL | Response | BufferSource;

/** The load that there is, and where it loads from. */
let ready: { instance: Promise<Instance>; source: () => WasmSource } | undefined;

/**
 * Loads the module once. Calls at the same time share one load, but not the failure of a source that is not theirs; a
 * failed load may be tried again, and an instance that has had a fault is replaced by a fresh one.
 */
export async function loadInstance(source: () => WasmSource): Promise<Instance> {
  const before = ready;
  if (before) {
    const instance = await before.instance.catch((error) => {
      if (before.source === source) throw error;
    });
    if (instance && !instance.dead) return instance;
    if (ready === before) ready = undefined;
    return loadInstance(source);
  }
  const own = { instance: compile(source).then(instanceOf), source };
  ready = own;
  try {
    return await own.instance;
  } catch (error) {
    if (ready === own) ready = undefined;
    throw error;
  }
}

/** Compiles the module. */
export async function compile(source: () => WasmSource): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(SIMD_PROBE)) {
    throw new QuarticError(
      "unsupported-runtime",
      "this platform has no WebAssembly with SIMD; it needs Chrome 91, Firefox 90, Safari 16.4 or Node 20 or later",
    );
  }
  try {
    const given = await source();
    return isModule(given) ? given : await WebAssembly.compile(await bytesOf(given));
  } catch (error) {
    if (error instanceof QuarticError) throw error;
    throw new QuarticError("load-failed", `the WebAssembly module could not be fetched or compiled: ${reason(error)}`, {
      cause: error,
    });
  }
}

/** An instance of the module, where it is the one that belongs to this package. */
export async function instanceOf(module: WebAssembly.Module): Promise<Instance> {
  try {
    if (!WebAssembly.Module.exports(module).some(({ name }) => name === "__wbindgen_start")) {
      throw new TypeError("it lacks an expected export");
    }
    return new Instance(await instantiate(module));
  } catch (error) {
    throw new QuarticError("load-failed", `${whyNot(error)}: ${reason(error)}`, { cause: error });
  }
}

function whyNot(error: unknown): string {
  if (error instanceof ReferenceError) return "this platform lacks something that the WebAssembly module needs";
  if (error instanceof RangeError) return "there is not enough memory for the WebAssembly module";
  return "the WebAssembly module is not the one that belongs to this version, quartic_snn_bg.wasm";
}

/** Refuses what no module can come from; what a promise brings is seen later. */
export function checkSource(source: WasmSource): void {
  const isPromise = typeof (source as PromiseLike<Response> | null)?.then === "function";
  if (!isPromise && !isModule(source) && !isBytes(source) && !isAddress(source) && !isResponse(source)) {
    throw noSource(source);
  }
}

const isModule = (source: unknown) => isKind<WebAssembly.Module>(source, "WebAssembly.Module");

const isAddress = (source: unknown) => isKind<URL>(source, "URL");

const isResponse = (source: unknown) => isKind<Response>(source, "Response");

const isBytes = (source: unknown) => isBuffer(source) || ArrayBuffer.isView(source);

const noSource = (source: unknown) => invalidOption("wasm", source, "a URL, a Response, bytes or a WebAssembly.Module");

async function bytesOf(source: ByteSource): Promise<BufferSource> {
  if (isBytes(source)) return checked(source as BufferSource, "the given source");
  if (isAddress(source)) return checked(await fetchBytes(source), source.href);
  if (isResponse(source)) {
    const from = source.url || "the response";
    return checked(await bodyOf(source, from), from);
  }
  throw noSource(source);
}

const COPY = "Copy it beside your script and pass its address: load({ wasm: new URL(...) })";
/** What helps where a bundler has moved scripts of a server. */
const SERVER =
  "; if a bundler has moved this script, leave quartic-snn out of the server's bundle, or use quartic-snn/inline";

/** What helps a page that was opened as a file. */
const FILE = "; a page that is opened as a file cannot fetch others: serve it, or use quartic-snn/inline";

/** Where the development server of Vite before version 8 keeps scripts that it has moved, itself or for Nuxt. */
const MOVED = /\/\.(cache\/)?vite\/(.+\/)?deps\//;
const VITE =
  "Before version 8, Vite moves scripts without it: set optimizeDeps: { exclude: ['quartic-snn'] } in its configuration";

async function fetchBytes(url: URL): Promise<BufferSource> {
  // Node cannot fetch files. `getBuiltinModule` needs no import that a bundler for browsers would stumble over.
  const isServer = typeof globalThis.process?.getBuiltinModule === "function";
  const fs = isServer && url.protocol === "file:" ? globalThis.process.getBuiltinModule("node:fs/promises") : undefined;
  try {
    return fs ? new Uint8Array(await fs.readFile(url)) : await bodyOf(await fetch(url), url.href);
  } catch (error) {
    if (error instanceof QuarticError) throw error;
    throw new QuarticError(
      "load-failed",
      `the WebAssembly module could not be fetched from ${url}: ${reason(error)}${isServer ? SERVER : url.protocol === "file:" ? FILE : ""}`,
      { details: { url: url.href }, cause: error },
    );
  }
}

async function bodyOf(response: Response, url: string): Promise<BufferSource> {
  if (response.ok) return response.arrayBuffer();
  throw new QuarticError(
    "load-failed",
    `the WebAssembly module was not found at ${url}: status ${response.status}. ${MOVED.test(url) ? VITE : `${COPY}, or use quartic-snn/inline`}`,
    { details: { url, status: response.status } },
  );
}

/** Recognises a web page that a server sent in place of the module. */
function checked(bytes: BufferSource, from: string): BufferSource {
  const view = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes);
  const first = new Uint8Array(view.buffer, view.byteOffset, Math.min(4, view.byteLength));
  if (first[0] === 0 && first[1] === 0x61 && first[2] === 0x73 && first[3] === 0x6d) return bytes;
  const what = first[0] === 0x3c ? " but a web page (HTML)" : "";
  throw new QuarticError(
    "load-failed",
    `${from} is not a WebAssembly module${what}; the server or bundler does not serve quartic_snn_bg.wasm there. ` +
      (MOVED.test(from) ? VITE : COPY),
    { details: { from } },
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A module of one function that returns a vector: valid only where there is SIMD. */
// biome-ignore format: bytes
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);
