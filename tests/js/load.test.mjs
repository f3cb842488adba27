// Loading the WebAssembly module.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { inFreshProcess } from "./lib/fresh.mjs";
import { refusedLater } from "./lib/refused.mjs";

/** That the script's `load(...)` gives a working module. */
async function loads(script) {
  assert.match(await inFreshProcess(`${script}\nanswer(quartic.version);`), /^\d+\.\d+\.\d+/);
}

/** That the first load fails with a code and texts, and that the next one works. */
async function failsThenLoads(source, code, ...texts) {
  const { failed, version } = await inFreshProcess(`
    const failed = await failure(load({ wasm: ${source} }));
    answer({ failed, version: (await load()).version });
  `);
  assert.ok(failed.known, `not a QuarticError: ${failed.message}`);
  assert.equal(failed.code, code, failed.message);
  for (const text of texts) assert.ok(failed.message.includes(text), failed.message);
  assert.match(version, /^\d/);
}

test("load may be called again and gives a working module each time", async () => {
  const [first, second] = [await load(), await load()];
  assert.equal(first.version, second.version);
  const spec = { inputShape: [1], layers: [{ type: "dense", weights: new Float32Array([2]), activation: "linear" }] };
  const [ann] = [first.network(spec)];
  const snn = second.convert(ann, { calibration: new Float32Array([1]) });
  assert.equal(snn.run(new Float32Array([1]), { seed: 1 }).counts.length, 1);
});

test("loads at the same time share one compilation", async () => {
  const counts = await inFreshProcess(`
    let compiled = 0;
    const { length } = await readFile(url); // Node compiles modules of its own, too.
    const compile = WebAssembly.compile;
    WebAssembly.compile = (bytes) => { compiled += bytes.byteLength === length; return compile(bytes); };
    const all = await Promise.all([load(), load(), load({ wasm: url })]);
    await load();
    answer([compiled, all.length]);
  `);
  assert.deepEqual(counts, [1, 3]);
});

test("the module may be a URL, bytes, a buffer, a Response, a promise of one or a compiled module", async () => {
  await Promise.all([
    loads("const quartic = await load({ wasm: url });"),
    loads("const quartic = await load({ wasm: await readFile(url) });"),
    loads("const quartic = await load({ wasm: new Uint8Array(await readFile(url)).buffer });"),
    loads("const quartic = await load({ wasm: new Uint8Array([1, 2, 3, ...(await readFile(url))]).subarray(3) });"),
    loads(
      'const data = "data:;base64," + (await readFile(url, "base64")), quartic = await load({ wasm: new URL(data) });',
    ),
    loads("const quartic = await load({ wasm: new Response(await readFile(url)) });"),
    loads("const quartic = await load({ wasm: readFile(url).then((bytes) => new Response(bytes)) });"),
    loads("const quartic = await load({ wasm: await WebAssembly.compile(await readFile(url)) });"),
  ]);
});

test("a load that failed may be tried again", async () => {
  await Promise.all([
    failsThenLoads('new URL("file:///nowhere/module.wasm")', "load-failed", "/nowhere/module.wasm"),
    failsThenLoads('new Response("gone", { status: 404 })', "load-failed", "404"),
    failsThenLoads('Promise.reject(new TypeError("no network"))', "load-failed", "no network"),
  ]);
});

test("loads at the same time after one that failed share one compilation", async () => {
  const counts = await inFreshProcess(`
    const failed = await failure(load({ wasm: new URL("file:///nowhere/module.wasm") }));
    let compiled = 0;
    const { length } = await readFile(url);
    const compile = WebAssembly.compile;
    WebAssembly.compile = (bytes) => { compiled += bytes.byteLength === length; return compile(bytes); };
    const all = await Promise.all([load(), load()]);
    answer([failed.code, compiled, ...all.map(({ version }) => typeof version)]);
  `);
  assert.deepEqual(counts, ["load-failed", 1, "string", "string"]);
});

test("a load does not fail for the source of another one at the same time", async () => {
  const codes = await inFreshProcess(`
    const nowhere = new URL("file:///nowhere/module.wasm");
    const [first, second, third] = [load({ wasm: nowhere }), load(), load({ wasm: url })];
    const failed = await failure(first);
    answer([failed.code, ...(await Promise.all([second, third])).map(({ version }) => typeof version)]);
  `);
  assert.deepEqual(codes, ["load-failed", "string", "string"]);
});

test("loads of one source fail together, and the same source may be tried again", async () => {
  const found = await inFreshProcess(`
    const compile = WebAssembly.compile;
    let count = 0;
    WebAssembly.compile = async () => { count += 1; throw new Error("for once"); };
    const failed = await Promise.all([load(), load()].map(failure));
    WebAssembly.compile = compile;
    answer([count, ...failed.map(({ code }) => code), typeof (await load()).version]);
  `);
  assert.deepEqual(found, [1, "load-failed", "load-failed", "string"]);
});

test("a platform without WebAssembly is told as one", async () => {
  const codes = await inFreshProcess(`
    delete globalThis.WebAssembly;
    answer((await Promise.all([load(), load({ wasm: url })].map(failure))).map(({ code }) => code));
  `);
  assert.deepEqual(codes, ["unsupported-runtime", "unsupported-runtime"]);
});

test("the cause of a failed load is told", async () => {
  const causes = await inFreshProcess(`
    const causeOf = async (wasm) => load({ wasm }).catch(({ cause }) => cause.code ?? cause.message);
    answer([await causeOf(Promise.reject(new Error("mine"))), await causeOf(new URL("file:///nowhere/module.wasm"))]);
  `);
  assert.deepEqual(causes, ["mine", "ENOENT"]);
});

test("a web page in place of the module is recognised", async () => {
  await Promise.all([
    failsThenLoads("html", "load-failed", "HTML", "quartic_snn_bg.wasm"),
    failsThenLoads("html.buffer", "load-failed", "HTML"),
    failsThenLoads("new Response(html)", "load-failed", "the response is not", "HTML", "pass its address"),
    failsThenLoads('new URL("data:text/html,<html>")', "load-failed", "HTML", "pass its address"),
    failsThenLoads('new URL("data:text/html,<html>/.vite/deps/")', "load-failed", "HTML", "optimizeDeps"),
  ]);
});

test("bytes that are not this module are refused, and the next load works", async () => {
  await Promise.all([
    failsThenLoads("new Uint8Array(0)", "load-failed", "is not a WebAssembly module"),
    failsThenLoads("(await readFile(url)).subarray(0, 1000)", "load-failed", "compiled"),
    failsThenLoads("new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])", "load-failed"),
    failsThenLoads(
      "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))",
      "load-failed",
      "quartic_snn_bg.wasm",
    ),
  ]);
});

test("a source of another kind is refused by name", async () => {
  await Promise.all([
    failsThenLoads('"module.wasm"', "invalid-option", "`wasm`", '"module.wasm"'),
    failsThenLoads("5", "invalid-option", "`wasm`", "5"),
    failsThenLoads('Promise.resolve("module")', "invalid-option", "`wasm`", '"module"'),
  ]);
});

test("unknown options and options that are no object are refused", async () => {
  await refusedLater(load({ wasmUrl: "x" }), "invalid-option", "`wasmUrl`", "wasm");
  await refusedLater(load("module.wasm"), "invalid-option", "`options`", "module.wasm");
  await refusedLater(load(null), "invalid-option", "`options`", "null");
});

test("what a platform lacks was blamed on the module", async () => {
  const { code, message } = await inFreshProcess(`
    delete globalThis.TextDecoder;
    answer(await failure(load({ wasm: url })));
  `);
  assert.equal(code, "load-failed");
  assert.match(message, /platform lacks .*TextDecoder/);
});

test("a module that is not there is told with what helps", async () => {
  const messages = await inFreshProcess(`
    const lost = await failure(load({ wasm: new Response("", { status: 404 }) }));
    const moved = await failure(load({ wasm: new URL("gone.wasm", import.meta.url) }));
    answer([lost.message, moved.message]);
  `);
  assert.match(messages[0], /status 404\. Copy it .*quartic-snn\/inline/);
  assert.match(messages[1], /leave quartic-snn out of the server's bundle/);
});

test("a lack of memory was blamed on the module", async () => {
  const { code, message } = await inFreshProcess(`
    const error = new RangeError("WebAssembly.instantiate(): Out of memory");
    WebAssembly.instantiate = () => Promise.reject(error);
    answer(await failure(load({ wasm: url })));
  `);
  assert.equal(code, "load-failed");
  assert.match(message, /not enough memory .*Out of memory$/);
});
