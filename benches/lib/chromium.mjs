// The benchmark in headless Chromium: a page whose every file Playwright answers, so that no server is needed.

import { readFileSync } from "node:fs";
import { chromium } from "@playwright/test";
import { chromeFlags, findBrowser } from "../../scripts/lib/browser.mjs";
import { settings, spread } from "./engine.mjs";

const origin = "http://localhost/";
const dist = new URL(".", import.meta.resolve("quartic-snn"));
const types = { js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm", html: "text/html" };

/** Only an isolated page has a clock finer than 0.1 ms. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** The bytes behind a path of the page. */
function bodyOf(path, data) {
  if (path === "index.html") return "<!doctype html><title>Benchmark</title>";
  if (path === "engine.mjs") return readFileSync(new URL("engine.mjs", import.meta.url));
  if (path.startsWith("data/")) return data[path.slice("data/".length)];
  return readFileSync(new URL(path.slice("pkg/".length), dist));
}

function answer(route, data) {
  const path = new URL(route.request().url()).pathname.slice(1) || "index.html";
  const contentType = types[path.split(".").at(-1)] ?? "application/octet-stream";
  try {
    return route.fulfill({ body: bodyOf(path, data), contentType, headers: isolation });
  } catch {
    return route.fulfill({ status: 404 });
  }
}

/** Runs in the page. */
async function measureInPage(model) {
  const { start, measure } = await import("/engine.mjs");
  const { quartic } = await start("/pkg/index.js");
  const bytes = async (name) => (await fetch(`/data/${name}`)).arrayBuffer();
  const [images, calibration] = await Promise.all(
    ["images", "calibration"].map(async (name) => new Float32Array(await bytes(name))),
  );
  return measure(quartic, { bytes: await bytes(model), images, calibration });
}

/** Runs in the page. */
async function startInPage() {
  const { start } = await import("/engine.mjs");
  return (await start("/pkg/index.js")).milliseconds;
}

/** Runs in the page. */
async function rooflineInPage() {
  const { roofline } = await import("/engine.mjs");
  return roofline(await (await fetch("/data/loop")).arrayBuffer());
}

async function inPage(page, { models, ...data }) {
  const files = Object.fromEntries([
    ...models.map(({ model, bytes }) => [model, Buffer.from(bytes)]),
    ...Object.entries(data).map(([name, values]) => [
      name,
      Buffer.from(values.buffer, values.byteOffset, values.byteLength),
    ]),
  ]);
  await page.route(`${origin}**`, (route) => answer(route, files));
  const starts = [];
  for (let round = 0; round < settings.passes; round++) {
    await page.goto(origin);
    starts.push(await page.evaluate(startInPage));
  }
  const results = [];
  for (const { model } of models) results.push({ model, ...(await page.evaluate(measureInPage, model)) });
  return { startUp: spread(starts), results, roofline: data.loop && (await page.evaluate(rooflineInPage)) };
}

/** The results for every model, or `undefined` with a word on why where there is no browser. */
export async function inChromium(data, say) {
  const { chrome, missing } = findBrowser();
  if (!chrome) return void say(`No figures for Chromium: ${missing}.`);
  const browser = await chromium.launch({ executablePath: chrome, args: chromeFlags });
  try {
    return { runtime: "chromium", version: browser.version(), ...(await inPage(await browser.newPage(), data)) };
  } finally {
    await browser.close();
  }
}
