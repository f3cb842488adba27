// One program in every runtime, with every bundler and with none: the same prediction and the same spikes.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import { createServer, build as vite } from "vite";
import webpack from "webpack";
import { serve } from "../../scripts/lib/static-server.mjs";
import { messageOf, openBrowser } from "./lib/browser.mjs";
import { ANSWER, execute, here, makeProject, pageFor, tool } from "./lib/project.mjs";

let project;
let folder;
let expected;
let site;
let browser;

before(async () => {
  project = await makeProject();
  folder = project.folder;
  site = await serve(folder);
  browser = await openBrowser();
  expected = await output(process.execPath, ["src/index.js"]);
  assert.match(expected, ANSWER);
});

after(async () => {
  await browser?.close();
  site?.server.close();
  await project?.remove();
});

const output = async (command, args) => (await execute(command, args, { cwd: folder })).stdout.trim();
const sameInRuntime = async (command, args) => assert.equal(await output(command, args), expected);
const sameInPage = async (path, base = site.url) =>
  assert.equal(await messageOf(browser, new URL(path, base).href), expected);

test("Node, with the module within the script", () => sameInRuntime(process.execPath, ["src/inline.js"]));

test("Node, from CommonJS", () => sameInRuntime(process.execPath, ["src/index.cjs"]));

test("Deno", async () => {
  for (const entry of ["src/index.js", "src/inline.js"])
    await sameInRuntime(tool("deno"), ["run", "--allow-read", entry]);
});

test("Bun", async () => {
  for (const entry of ["src/index.js", "src/inline.js"]) await sameInRuntime(tool("bun"), [entry]);
});

test("a page without a bundler", () => sameInPage("plain.html"));

test("a page without a bundler, with the module within the script", () => sameInPage("inline.html"));

test("a service worker", () => sameInPage("service-worker.html"));

test("Vite, built", async () => {
  const { output } = await vite({ root: folder, base: "./", logLevel: "error", build: { outDir: "vite" } });
  assert.equal(output.filter(({ fileName }) => fileName.endsWith(".wasm")).length, 1);
  await sameInPage("vite/");
});

test("Vite, its development server", async () => {
  const server = await createServer({ root: folder, logLevel: "error", server: { port: 0 } });
  try {
    await server.listen();
    await sameInPage("/", server.resolvedUrls.local[0]);
  } finally {
    await server.close();
  }
});

test("webpack", async () => {
  const compile = promisify(webpack);
  const stats = await compile({ context: folder, mode: "production", output: { path: join(folder, "webpack") } });
  // The only thing it may remark on is that a WebAssembly module is larger than its budget for scripts.
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  const remarks = warnings.filter(({ message }) => !/size limit|performance/.test(message));
  assert.deepEqual(
    [...errors, ...remarks].map(({ message }) => message),
    [],
  );
  await pageFor(join(folder, "webpack"), "main.js");
  await sameInPage("webpack/");
});

async function withEsbuild(entryPoints) {
  const options = { bundle: true, format: "esm", logLevel: "silent", entryNames: "[name]", outdir: "esbuild" };
  const { warnings } = await esbuild({ absWorkingDir: folder, entryPoints, ...options });
  assert.deepEqual(warnings, []);
}

test("esbuild, with the module within the script", async () => {
  await withEsbuild(["src/inline.js"]);
  await pageFor(join(folder, "esbuild"), "inline.js");
  await sameInPage("esbuild/");
});

/** A page of files that are named, with the worker's script as `worker` leaves it. */
async function namedFiles(worker) {
  const [built, from] = ["esbuild", "node_modules/quartic-snn/dist"].map((path) => join(folder, path));
  await withEsbuild(["src/own-files.js"]);
  await cp(join(from, "wasm", "quartic_snn_bg.wasm"), join(built, "quartic_snn_bg.wasm"));
  await worker(from, built);
  await pageFor(built, "own-files.js", "own-files.html");
  await sameInPage("esbuild/own-files.html");
}

test("esbuild, with files that are copied and named", () =>
  namedFiles((from, built) => cp(join(from, "worker-thread.js"), join(built, "worker-thread.js"))));

test("esbuild, with the worker's script bundled", () => namedFiles(() => withEsbuild(["quartic-snn/worker-thread"])));

test("a script of one's own that imports that of the worker was empty", () =>
  namedFiles(() => withEsbuild(["src/worker-thread.js"])));

test("Rollup, with the module within the script", async () => {
  const resolve = here("tools/node_modules/@rollup/plugin-node-resolve/dist/cjs/index.js");
  await execute(
    tool("rollup"),
    ["src/inline.js", "--silent", "--format", "es", "--plugin", resolve, "--dir", "rollup"],
    {
      cwd: folder,
    },
  );
  await pageFor(join(folder, "rollup"), "inline.js");
  await sameInPage("rollup/");
});

test("Parcel", async () => {
  const options = [
    "--no-cache",
    "--no-autoinstall",
    "--public-url",
    "./",
    "--dist-dir",
    "parcel",
    "--log-level",
    "error",
  ];
  await execute(tool("parcel"), ["build", "index.html", ...options], { cwd: folder });
  await sameInPage("parcel/");
});

test("Next.js", async () => {
  // Next.js must be found from within the project.
  const own = await makeProject(here("tools/project-"));
  const next = (...args) => [
    tool("next"),
    args,
    { cwd: own.folder, env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" } },
  ];
  let server;
  try {
    await execute(...next("build"));
    server = spawn(...next("start", "--port", "0", "--hostname", "127.0.0.1"));
    await sameInPage("/", await addressOf(server));
  } finally {
    server?.kill();
    await own.remove();
  }
});

test("the files that a server was traced to need lacked the module", async () => {
  const { nodeFileTrace } = createRequire(here("tools/package.json"))("next/dist/compiled/@vercel/nft");
  const dist = join(folder, "node_modules", "quartic-snn", "dist");
  const { fileList } = await nodeFileTrace([join(dist, "worker.js")], { base: dist });
  for (const file of [join("wasm", "quartic_snn_bg.wasm"), "worker-thread.js"]) assert.ok(fileList.has(file), file);
});

/** The address that a server prints. */
function addressOf(server) {
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (chunk) => {
      said += chunk;
      const address = said.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
      if (address) resolve(address);
    };
    server.stdout.on("data", listen);
    server.stderr.on("data", listen);
    server.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
}
