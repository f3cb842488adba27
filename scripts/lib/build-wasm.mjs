// The WebAssembly module: wasm-pack compiles the crate and writes the binding, wasm-opt makes it small and fast.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asFactory, asScript } from "./glue.mjs";
import { at, run } from "./house.mjs";

/** What the module may use: exactly what rustc emits for wasm32-unknown-unknown with our `.cargo/config.toml`. */
const features = [
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
  // Aside first: what is in use stays whole while the compiler works, and when it fails.
  const aside = at("target", "house", "wasm");
  // wasm-opt runs below with its flags in plain sight: wasm-pack would look for one of its own, or download it.
  await run("wasm-pack", [
    ...["--log-level", "error", "build", "--target", "web", "--mode", "no-install", "--release"],
    ...["--no-pack", "--no-opt", "--out-dir", aside, "--out-name", "quartic_snn"],
  ]);
  const module = join(aside, "quartic_snn_bg.wasm");
  // The inner loops stay functions of their own: within a large one, V8 unrolls them for the worse.
  const optimise = ["-O3", "--one-caller-inline-max-function-size=50"];
  await run("wasm-opt", [module, "-o", module, ...optimise, ...features.map((feature) => `--enable-${feature}`)]);
  const out = at("pkg", "dist", "wasm");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const text = (name) => readFileSync(join(aside, name), "utf8");
  cpSync(module, join(out, "quartic_snn_bg.wasm"));
  writeBoth(join(out, "quartic_snn"), asFactory({ js: text("quartic_snn.js"), types: text("quartic_snn.d.ts") }));
  writeBoth(join(out, "module"), asScript(readFileSync(module)));
}

function writeBoth(path, { js, types }) {
  writeFileSync(`${path}.js`, js);
  writeFileSync(`${path}.d.ts`, types);
}
