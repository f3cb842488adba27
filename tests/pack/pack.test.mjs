// The package as its users get it: packed, checked, installed from the tarball into a project outside this repository,
// and the same program run in Node, in three bundlers and in a page without any, all with the same spikes.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { build as vite } from "vite";
import webpack from "webpack";
import { serve } from "../../scripts/lib/static-server.mjs";
import { messageOf, openBrowser } from "./browser.mjs";

const execute = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const root = here("../..");

let project;
let tarball;
let packed;
let expected;
let site;
let browser;

before(async () => {
  project = await mkdtemp(join(tmpdir(), "quartic-snn-user-"));
  await cp(here("project"), project, { recursive: true });
  const pack = await execute("npm", ["pack", "--json", "--pack-destination", project], { cwd: join(root, "pkg") });
  [packed] = Object.values(JSON.parse(pack.stdout));
  tarball = join(project, packed.filename);
  await execute("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], { cwd: project });
  site = await serve(project);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  site?.server.close();
  if (project) await rm(project, { recursive: true, force: true });
});

test("holds what a user needs and nothing else", () => {
  const files = packed.files.map(({ path }) => path);
  for (const wanted of ["dist/index.js", "dist/index.d.ts", "dist/wasm/quartic_snn_bg.wasm", "README.md"]) {
    assert.ok(files.includes(wanted), `${wanted} is missing`);
  }
  assert.ok(
    files.some((path) => path.startsWith("LICENSE")),
    "the licences are missing",
  );
  const strange = files.filter(
    (path) => !/^(dist\/.*\.(js|d\.ts|wasm)|package\.json|[A-Z]+(-[A-Z]+)?(\.md)?)$/.test(path),
  );
  assert.deepEqual(strange, []);
});

test("has the version of the crate", async () => {
  const manifest = await readFile(join(root, "Cargo.toml"), "utf8");
  assert.equal(manifest.match(/^version = "(.+)"/m)[1], packed.version);
});

test("is published as publint wants it", async () => {
  const bytes = await readFile(tarball);
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg, { color: false })),
    [],
  );
});

test("has types that resolve in every mode that can import it (attw)", async () => {
  const attw = join(root, "node_modules", "@arethetypeswrong", "cli", "dist", "index.js");
  const options = ["--profile", "esm-only", "--exclude-entrypoints", "quartic_snn_bg.wasm", "--no-color", "--no-emoji"];
  // A failure prints its table to standard output.
  await execute(process.execPath, [attw, tarball, ...options]).catch(({ stdout }) => assert.fail(stdout));
});

test("runs in Node", async () => {
  const { stdout } = await execute(process.execPath, ["src/index.js"], { cwd: project });
  expected = stdout.trim();
  assert.match(expected, /^prediction \d, \d{3,} spikes, hash [0-9a-f]{8}$/);
});

test("runs in a page without a bundler", () => assertSame("plain.html"));

test("runs when built with Vite", async () => {
  const { output } = await vite({ root: project, base: "./", logLevel: "error", build: { outDir: "vite" } });
  assert.equal(output.filter(({ fileName }) => fileName.endsWith(".wasm")).length, 1);
  await assertSame("vite/");
});

test("runs when built with webpack", async () => {
  const compile = promisify(webpack);
  const stats = await compile({ context: project, mode: "production", output: { path: join(project, "webpack") } });
  // The only thing it may remark on is that a WebAssembly module is larger than its budget for scripts.
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  const remarks = warnings.filter(({ message }) => !/size limit|performance/.test(message));
  assert.deepEqual(
    [...errors, ...remarks].map(({ message }) => message),
    [],
  );
  await pageFor("webpack", "main.js");
  await assertSame("webpack/");
});

test("runs when built with esbuild, with its loader `file` for .wasm", async () => {
  const { warnings } = await esbuild({
    absWorkingDir: project,
    entryPoints: ["src/index.esbuild.js"],
    outfile: "esbuild/main.js",
    bundle: true,
    format: "esm",
    loader: { ".wasm": "file" },
    logLevel: "silent",
  });
  assert.deepEqual(warnings, []);
  await pageFor("esbuild", "main.js");
  await assertSame("esbuild/");
});

function pageFor(folder, script) {
  const head = '<!doctype html><meta charset="utf-8" /><link rel="icon" href="data:," />';
  return writeFile(join(project, folder, "index.html"), `${head}<script type="module" src="./${script}"></script>\n`);
}

async function assertSame(path) {
  assert.equal(await messageOf(browser, new URL(path, site.url).href), expected);
}
