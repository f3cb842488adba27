// Three builds, each fed by the one before: the WebAssembly module, the npm package around it, the page that uses it.

import { cpSync, readdirSync, rmSync } from "node:fs";
import { buildWasm } from "./build-wasm.mjs";
import { at, duration, outputOf, run, say } from "./house.mjs";
import { isUpToDate, writeStamp } from "./stamp.mjs";

const licences = ["LICENSE-APACHE", "LICENSE-MIT"];

async function buildPackage() {
  // What an earlier build wrote for a source that is gone must not be packed.
  for (const name of readdirSync(at("pkg", "dist"))) {
    if (name !== "wasm") rmSync(at("pkg", "dist", name), { recursive: true });
  }
  await run("tsc", ["-p", "pkg"]);
  // npm packs no file from outside the package's own folder.
  for (const licence of licences) cpSync(at(licence), at("pkg", licence));
  rmSync(at("pkg", "models"), { recursive: true, force: true });
  for (const name of readdirSync(at("models")).filter((name) => name.endsWith(".safetensors"))) {
    cpSync(at("models", name), at("pkg", "models", name));
  }
}

const buildPage = () => run("npm", ["run", "--silent", "build"], { cwd: at("www") });

const steps = {
  wasm: {
    inputs: [
      "src",
      "Cargo.toml",
      "Cargo.lock",
      ".cargo/config.toml",
      "scripts/lib/build-wasm.mjs",
      "scripts/lib/glue.mjs",
    ],
    outputs: ["pkg/dist/wasm"],
    tools: ["rustc", "wasm-pack", "wasm-opt"],
    usually: "1 min",
    build: buildWasm,
  },
  pkg: {
    inputs: ["pkg/src", "pkg/package.json", "pkg/tsconfig.json", "tsconfig.base.json", "models", ...licences],
    // The module's own types decide how the sources compile, and all of it is packed.
    outputs: ["pkg/dist", "pkg/models", ...licences.map((licence) => `pkg/${licence}`)],
    tools: ["tsc"],
    usually: "2 s",
    build: buildPackage,
  },
  www: {
    inputs: ["www", "models", "pkg/dist", "pkg/package.json", "package-lock.json"],
    outputs: ["www/dist"],
    tools: [],
    usually: "5 s",
    build: buildPage,
  },
};

/** The names of the builds, in their order. */
export const targets = Object.keys(steps);

/** Builds what is out of date, up to and including the named target; silent when nothing is. */
export async function build(last, { force = false } = {}) {
  for (const name of targets.slice(0, targets.indexOf(last) + 1)) {
    const { tools, usually, ...rest } = steps[name];
    const step = { name, salt: tools.map((tool) => outputOf(tool, ["--version"])).join(), ...rest };
    if (!force && isUpToDate(step)) continue;
    const begun = Date.now();
    say(`Build: ${name} (usually ${usually})`);
    await step.build();
    writeStamp(step);
    say(`Build: ${name} done in ${duration(Date.now() - begun)}\n`);
  }
}
