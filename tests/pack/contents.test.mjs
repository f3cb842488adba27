// What is in the package, and how it says so.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { execute, makeProject, root } from "./lib/project.mjs";

let project;
let files;

before(async () => {
  project = await makeProject();
  files = project.packed.files.map(({ path }) => path);
});

after(() => project?.remove());

const manifest = async () => JSON.parse(await readFile(join(root, "pkg", "package.json"), "utf8"));

test("holds what a user needs and nothing else", () => {
  const module = "dist/wasm/quartic_snn_bg.wasm";
  for (const wanted of ["dist/index.js", "dist/index.d.ts", module, "README.md", "models/mnist-mlp.safetensors"]) {
    assert.ok(files.includes(wanted), `${wanted} is missing`);
  }
  assert.ok(
    files.some((path) => path.startsWith("LICENSE")),
    "the licences are missing",
  );
  const known =
    /^(dist\/.*\.(js|d\.ts|wasm)|models\/[\w-]+\.safetensors|(.*\/)?package\.json|[A-Z]+(-[A-Z]+)?(\.md)?)$/;
  assert.deepEqual(
    files.filter((path) => !known.test(path)),
    [],
  );
});

test("has the version of the crate", async () => {
  const crate = await readFile(join(root, "Cargo.toml"), "utf8");
  assert.equal(crate.match(/^version = "(.+)"/m)[1], project.packed.version);
});

test("every entry is there, with its types first, and runs nothing when it is installed or imported", async () => {
  const { exports, scripts, dependencies, sideEffects } = await manifest();
  // Only the script of a worker does anything, and it must not be left out where another script imports it.
  assert.deepEqual([scripts, dependencies, sideEffects], [undefined, undefined, ["./dist/worker-thread.js"]]);
  for (const [entry, target] of Object.entries(exports)) {
    if (entry.includes("*")) continue;
    const targets = typeof target === "string" ? [target] : Object.values(target);
    for (const path of targets) assert.ok(files.includes(path.slice(2)), `${entry} names ${path}`);
    if (typeof target === "object") assert.equal(Object.keys(target)[0], "types", entry);
  }
  const names = "[...Object.getOwnPropertyNames(globalThis), ...Reflect.ownKeys(Symbol)].map(String).sort().join()";
  for (const entry of ["quartic-snn", "quartic-snn/inline", "quartic-snn/worker"]) {
    const script = `const before = ${names}; await import("${entry}"); console.log(before === ${names});`;
    const args = ["--input-type=module", "--eval", script];
    assert.equal((await execute(process.execPath, args, { cwd: project.folder })).stdout.trim(), "true", entry);
  }
});

test("the bundled models are read by their names", async () => {
  const script = `
    import { readFile } from "node:fs/promises";
    import { load } from "quartic-snn";
    const bytes = await readFile(new URL(import.meta.resolve("quartic-snn/models/mnist-mlp.safetensors")));
    console.log((await load()).readModel(bytes).outputs);
  `;
  const args = ["--input-type=module", "--eval", script];
  assert.equal((await execute(process.execPath, args, { cwd: project.folder })).stdout.trim(), "10");
});

test("is published as publint wants it", async () => {
  const bytes = await readFile(project.tarball);
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg, { color: false })),
    [],
  );
});

test("has types that resolve in every mode that can import it (attw)", async () => {
  const attw = join(root, "node_modules", "@arethetypeswrong", "cli", "dist", "index.js");
  const excluded = ["--exclude-entrypoints", "quartic_snn_bg.wasm", "quartic_snn_lean_bg.wasm", "models/*"];
  const options = ["--profile", "esm-only", ...excluded, "--no-color", "--no-emoji"];
  // A failure prints its table to standard output.
  await execute(process.execPath, [attw, project.tarball, ...options]).catch(({ stdout }) => assert.fail(stdout));
});
