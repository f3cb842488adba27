// Four builds, each fed by the one before: the WebAssembly module, the same without ONNX and exports, the npm package
// around both, the page that uses it.

import { cpSync, readdirSync, rmSync } from "node:fs";
import { buildLean, buildWasm } from "./build-wasm.mjs";
import { at, duration, outputOf, run, say } from "./house.mjs";
import { inputsOf, isUpToDate, writeStamp } from "./stamp.mjs";

const licences = ["LICENSE-APACHE", "LICENSE-MIT"];

async function buildPackage() {
  // What an earlier build wrote for a source that is gone must not be packed.
  for (const name of readdirSync(at("pkg", "dist"))) {
    if (name !== "wasm" && name !== "lean") rmSync(at("pkg", "dist", name), { recursive: true });
  }
  await run("tsc", ["-p", "pkg"]);
  // In one piece: what traces or copies the files of a deployment takes a worker's script for one without imports.
  const thread = at("pkg", "dist", "worker-thread.js");
  const options = ["--bundle", "--format=esm", "--allow-overwrite", "--log-level=warning"];
  await run("esbuild", [thread, `--outfile=${thread}`, ...options]);
  // npm packs no file from outside the package's own folder.
  for (const licence of licences) cpSync(at(licence), at("pkg", licence));
  rmSync(at("pkg", "models"), { recursive: true, force: true });
  for (const name of readdirSync(at("models")).filter((name) => name.endsWith(".safetensors"))) {
    cpSync(at("models", name), at("pkg", "models", name));
  }
}

const buildPage = () => run("npm", ["run", "--silent", "build"], { cwd: at("www") });

const crate = ["src", "Cargo.toml", "Cargo.lock", ".cargo/config.toml"];
const compiled = {
  inputs: [...crate, "scripts/lib/build-wasm.mjs", "scripts/lib/glue.mjs"],
  tools: ["rustc", "wasm-pack", "wasm-opt"],
  usually: "1 min",
};

const steps = {
  wasm: { ...compiled, outputs: ["pkg/dist/wasm"], build: buildWasm },
  lean: { ...compiled, after: "wasm", outputs: ["pkg/dist/lean"], build: buildLean },
  pkg: {
    after: "lean",
    inputs: ["pkg/src", "pkg/package.json", "pkg/tsconfig.json", "tsconfig.base.json", "models", ...licences],
    // The module's own types decide how the sources compile, and all of it is packed.
    outputs: ["pkg/dist", "pkg/models", ...licences.map((licence) => `pkg/${licence}`)],
    tools: ["tsc"],
    usually: "2 s",
    build: buildPackage,
  },
  www: {
    after: "pkg",
    inputs: [
      "www",
      "study/energy.json",
      "examples/evaluate/data.mjs",
      "models",
      "pkg/dist",
      "pkg/package.json",
      "package-lock.json",
    ],
    outputs: ["www/dist"],
    tools: [],
    usually: "5 s",
    build: buildPage,
  },
};

/** The names of the builds, in their order. */
export const targets = Object.keys(steps);

/** The builds that lead to `name`, first to last. */
const upTo = (name) => (name ? [...upTo(steps[name].after), name] : []);

/** Builds what is out of date, up to and including the named target; silent when nothing is. */
export async function build(last, { force = false } = {}) {
  for (const name of upTo(last)) {
    const { tools, usually, ...rest } = steps[name];
    const step = { name, salt: tools.map((tool) => outputOf(tool, ["--version"])).join(), ...rest };
    if (!force && isUpToDate(step)) continue;
    const begun = Date.now();
    say(`Build: ${name} (usually ${usually})`);
    const before = inputsOf(step);
    await step.build();
    writeStamp(step, before);
    say(`Build: ${name} done in ${duration(Date.now() - begun)}\n`);
  }
}
