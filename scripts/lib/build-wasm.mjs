// The WebAssembly module: wasm-pack compiles the crate and writes the binding, wasm-opt makes it small and fast.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { asFactory, asScript } from "./glue.mjs";
import { at, root, run, Trouble } from "./house.mjs";

/** What the module may use: exactly what rustc emits for wasm32-unknown-unknown with our `.cargo/config.toml`. */
const instructions = [
  "simd",
  "bulk-memory",
  "bulk-memory-opt",
  "nontrapping-float-to-int",
  "sign-ext",
  "mutable-globals",
  "multivalue",
  "reference-types",
];

export async function buildWasm() {
  const aside = at("target", "house", "wasm");
  await compile({ out: aside });
  const out = at("pkg", "dist", "wasm");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const text = (name) => readFileSync(join(aside, name), "utf8");
  const module = join(aside, "quartic_snn_bg.wasm");
  cpSync(module, join(out, "quartic_snn_bg.wasm"));
  writeBoth(join(out, "quartic_snn"), asFactory({ js: text("quartic_snn.js"), types: text("quartic_snn.d.ts") }));
  writeBoth(join(out, "module"), asScript(readFileSync(module)));
}

/** The module without ONNX and without what writes files. It takes the place of the other: `load({ wasm })`. */
export async function buildLean() {
  const aside = at("target", "house", "lean");
  await compile({ out: aside, features: ["--no-default-features", "--features", "import,bindings"] });
  // wasm-bindgen numbers some of the imports: the package's binding must have each of them, in the same words.
  const known = new Set(readFileSync(at("pkg", "dist", "wasm", "quartic_snn.js"), "utf8").split("\n"));
  const text = (name) => readFileSync(join(aside, name), "utf8");
  const own = asFactory({ js: text("quartic_snn.js"), types: text("quartic_snn.d.ts") }).js;
  const strange = own.split("\n").filter((line) => !known.has(line));
  if (strange.length > 0) {
    throw new Trouble(`The lean module needs lines that the package's binding lacks:\n${strange.join("\n")}`);
  }
  mkdirSync(at("pkg", "dist", "lean"), { recursive: true });
  cpSync(join(aside, "quartic_snn_bg.wasm"), at("pkg", "dist", "lean", "quartic_snn_lean_bg.wasm"));
}

/**
 * Compiles the module and its binding into a folder aside: what is in use stays whole meanwhile, and on failure. The same
 * sources give the same bytes in any folder, for which the messages of panics must not name it.
 */
export async function compile({ from = root, out, features = [] }) {
  const cargo = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const anywhere = [`--remap-path-prefix=${cargo}=/cargo`, `--remap-path-prefix=${from}=/quartic-snn`];
  // wasm-opt runs below with its flags in plain sight: wasm-pack would look for one of its own, or download it.
  await run(
    "wasm-pack",
    [
      ...["--log-level", "error", "build", "--target", "web", "--mode", "no-install", "--release"],
      ...["--no-pack", "--no-opt", "--out-dir", out, "--out-name", "quartic_snn", from],
      // As a list: flags in a variable end at every space of a path.
      ...["--", "--config", `target.wasm32-unknown-unknown.rustflags=${JSON.stringify(anywhere)}`],
      ...["--locked", ...features],
    ],
    { cwd: from },
  );
  const module = join(out, "quartic_snn_bg.wasm");
  // The inner loops stay functions of their own: within a large one, V8 unrolls them for the worse.
  const optimise = ["-O3", "--one-caller-inline-max-function-size=50"];
  await run("wasm-opt", [module, "-o", module, ...optimise, ...instructions.map((feature) => `--enable-${feature}`)]);
}

function writeBoth(path, { js, types }) {
  writeFileSync(`${path}.js`, js);
  writeFileSync(`${path}.d.ts`, types);
}
