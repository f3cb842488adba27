// What `npm test` checks, stage by stage.

import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { findBrowser, findFirefox, writeCapabilities } from "./browser.mjs";
import { build } from "./build.mjs";
import { crates } from "./crates.mjs";
import { documentation } from "./docs.mjs";
import { at, forThisProcessor, root, run, say } from "./house.mjs";
import { setup } from "./setup.mjs";
import { checkSizes } from "./size.mjs";

const wasm = ["--target", "wasm32-unknown-unknown"];

async function lint() {
  await run("biome", ["ci", ...(process.stderr.isTTY ? [] : ["--colors=off"])]);
  for (const manifest of crates()) await run("cargo", ["fmt", "--check", "--manifest-path", manifest]);
  for (const target of [[], wasm]) {
    await run("cargo", ["clippy", "--locked", "--all-features", "--all-targets", ...target, "--", "-D", "warnings"]);
    for (const features of ["", "import", "onnx", "export", "bindings"]) {
      const part = ["--no-default-features", "--features", features, "--lib"];
      await run("cargo", ["clippy", "--locked", ...part, ...target, "--", "-D", "warnings"]);
    }
  }
}

/** The crate, and its golden rasters once more with whatever vectors this processor has. */
async function rust() {
  await run("cargo", ["test", "--locked", "--all-features"]);
  const apart = ["--target-dir", at("target", "native")];
  await run("cargo", ["test", "--locked", "--test", "golden", ...apart], { env: forThisProcessor() });
}

/** The binding's own tests, compiled to WebAssembly and run in a headless browser. */
async function wasmInBrowser() {
  const { chrome, chromedriver } = findBrowser();
  const args = ["test", "--headless", "--chrome", "--chromedriver", chromedriver, "--mode", "no-install"];
  await run("wasm-pack", [...args, "--", "--locked"], {
    env: { WASM_BINDGEN_TEST_TIMEOUT: "300", WASM_BINDGEN_TEST_WEBDRIVER_JSON: writeCapabilities(chrome) },
  });
}

/** Every part with a tsconfig.json of its own; they see the package as its users do, so it is built first. */
async function types() {
  await build("pkg");
  const projects = ["pkg", "www", "examples/evaluate", "tests", "tests/types"];
  for (const project of projects.filter((path) => existsSync(at(path, "tsconfig.json")))) {
    await run("tsc", ["--noEmit", "-p", project]);
  }
}

/** The files themselves: what `node --test FOLDER` means differs between the versions of Node. */
function testFiles(folder) {
  return readdirSync(at(folder), { recursive: true })
    .filter((name) => /\.test\.m?js$/.test(name) && !name.includes("node_modules"))
    .map((name) => relative(root, at(join(folder, name))))
    .sort();
}

async function nodeTests(folder, { env = {}, args = [] } = {}) {
  const files = testFiles(folder);
  if (files.length > 0) await run(process.execPath, ["--test", "--test-reporter=spec", ...args, ...files], { env });
}

async function size() {
  await build("www");
  await checkSizes();
}

async function js() {
  await build("pkg");
  await nodeTests("tests/js");
}

async function release() {
  await setup("deny");
  await run("cargo", ["deny", "--log-level=error", "--locked", "check", "licenses", "bans", "sources"]);
  await build("pkg");
  await nodeTests("tests/release");
}

async function packaging() {
  await setup("bundlers");
  await build("pkg");
  // Bundlers beside each other would only slow each other.
  await nodeTests("tests/pack", { env: { CHROME: findBrowser().chrome }, args: ["--test-concurrency=1"] });
}

async function page() {
  await build("www");
  await run("playwright", ["test"], { env: { CHROME: findBrowser().chrome } });
}

async function firefox() {
  await setup("firefox");
  if (!findFirefox()) return say("No Firefox found (FIREFOX can name one): its tests are skipped.");
  await build("www");
  await nodeTests("tests/firefox");
}

/** In this order: quick and telling first. */
export const stages = [
  { name: "lint", about: "layout and lints of Rust, JavaScript and TypeScript", run: lint },
  { name: "rust", about: "the crate, natively", run: rust },
  { name: "wasm", about: "the binding, in a headless browser", run: wasmInBrowser },
  { name: "build", about: "module, package and page", run: () => build("www") },
  { name: "size", about: "downloads against their budgets", run: size },
  { name: "types", about: "TypeScript of every part", run: types },
  { name: "docs", about: "both references, without a warning", run: documentation },
  { name: "js", about: "the package, in Node", run: js },
  { name: "release", about: "what would be published: files, versions, licences", run: release },
  { name: "pack", about: "the packed package, in every bundler and runtime", run: packaging },
  { name: "page", about: "the page, in a browser, from end to end", run: page },
  { name: "firefox", about: "the package and the page in Firefox, where there is one", run: firefox },
];
