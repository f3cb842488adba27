// `npm run bench:page [-- --json] [--rounds N]`: how the built page feels in headless Chromium, 1440 pixels wide.

import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync } from "node:zlib";
import { chromium } from "@playwright/test";
import { chromeFlags, findBrowser } from "../scripts/lib/browser.mjs";
import { serve } from "../scripts/lib/static-server.mjs";

const MODELS = ["mnist-mlp", "mnist-cnn"];
const VIEW = { width: 1440, height: 900 };

const median = (values) => quantile(values, 0.5);
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Runs in the page before anything of it: notes when the live run is on show, and what blocked the thread. */
function watch() {
  globalThis.noted = { blocks: [], live: undefined };
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) globalThis.noted.blocks.push({ startTime, duration });
  }).observe({ type: "longtask", buffered: true });
  new MutationObserver(() => {
    if (document.querySelector('.networks[data-live="true"]')) globalThis.noted.live ??= performance.now();
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-live"] });
}

/** Runs in the page: plays from the start and measures every frame: how long after the last, and how long it worked. */
async function playThrough() {
  const click = (id) => document.querySelector(`[data-testid=${id}]`).click();
  const ended = () => document.querySelector("[data-testid=play]").getAttribute("aria-label") === "Play again";
  const frames = [];
  const { port1, port2 } = new MessageChannel();
  click("reset");
  await new Promise((resolve) => setTimeout(resolve, 300));
  const begun = performance.now();
  click("play");
  let last;
  await new Promise((resolve) => {
    let start;
    // A message that is sent in a frame arrives after style, layout and paint.
    port1.onmessage = () => frames.push({ worked: performance.now() - start, apart: start - (last ?? Number.NaN) });
    const frame = (time) => {
      last = start;
      start = time;
      if (ended() || performance.now() - begun > 15_000) return resolve();
      port2.postMessage(0);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const blocks = globalThis.noted.blocks.filter(({ startTime }) => startTime >= begun);
  return { frames: frames.filter(({ apart }) => apart > 0), blocks };
}

/**
 * What the page's own thread was busy with while something was done: every task by the time of the processor, which
 * other programs on the machine do not lengthen as they do the time of the clock.
 */
async function traced(browser, page, work) {
  await browser.startTracing(page, { categories: ["toplevel", "__metadata"] });
  const outcome = await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const threadOf = ({ pid, tid }) => `${pid} ${tid}`;
  const mains = new Set(
    traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(threadOf),
  );
  // Chromium keeps an empty process ready: the page's is the busy one.
  const tasks = [...mains].map((thread) =>
    traceEvents.filter((event) => isTask(event) && threadOf(event) === thread).map(({ tdur }) => tdur / 1000),
  );
  const sum = (list) => list.reduce((all, one) => all + one, 0);
  const busiest = tasks.sort((a, b) => sum(b) - sum(a))[0] ?? [];
  return { outcome, longest: Math.max(0, ...busiest), total: sum(busiest) };
}

const isTask = ({ ph, name, tdur }) => ph === "X" && name === "ThreadControllerImpl::RunTask" && tdur !== undefined;

/** A page that a visitor opens for the first time, and what brings it to its live run. */
async function fresh(browser, url, model) {
  const context = await browser.newContext({ viewport: VIEW, serviceWorkers: "block" });
  const page = await context.newPage();
  await page.addInitScript(watch);
  const open = async () => {
    await page.goto(model === MODELS[0] ? url : `${url}#model=${model}`);
    await page.waitForFunction(() => globalThis.noted.live !== undefined, undefined, { timeout: 60_000 });
  };
  return { context, page, open };
}

async function measure(browser, url, model) {
  const { context, page, open } = await fresh(browser, url, model);
  const asked = [];
  page.on("response", (response) => asked.push(response.url()));
  await open();
  const { live, blocks, painted } = await page.evaluate(() => ({
    ...globalThis.noted,
    painted: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
  }));
  const loaded = [...new Set(asked)];
  await page.waitForTimeout(500);
  const played = await page.evaluate(playThrough);
  // Once more, and in another page: tracing itself takes time, which is not the page's.
  const { longest, total, outcome } = await traced(browser, page, () => page.evaluate(playThrough));
  await context.close();
  const again = await fresh(browser, url, model);
  const load = await traced(browser, again.page, again.open);
  await again.context.close();
  const block = (list) => Math.max(0, ...list.map(({ duration }) => duration));
  return {
    live,
    painted,
    loaded,
    loading: { clock: block(blocks), processor: load.longest },
    playing: { clock: block(played.blocks), processor: longest, frame: total / outcome.frames.length },
    frames: played.frames,
  };
}

/** What a visitor downloads until the page is live, as a host sends it. */
function transferred(urls, base) {
  const folder = new URL("../www/dist/", import.meta.url);
  const sizes = urls
    .filter((address) => address.startsWith(base))
    .map((address) => {
      const path = address.slice(base.length).replace(/#.*$/, "");
      const bytes = readFileSync(new URL(path === "" ? "index.html" : path, folder));
      return { path, size: brotliCompressSync(bytes).length };
    });
  const sum = (pattern) => sizes.filter(({ path }) => pattern.test(path)).reduce((all, { size }) => all + size, 0);
  const all = sum(/./) + sum(/^$/);
  return {
    all,
    module: sum(/\.wasm$/),
    data: sum(/\.(safetensors|bin)$/),
    code: all - sum(/\.(wasm|safetensors|bin)$/),
  };
}

function row(model, rounds, base) {
  const frames = rounds.flatMap((round) => round.frames);
  const worked = frames.map((frame) => frame.worked);
  const apart = frames.map((frame) => frame.apart);
  return {
    model,
    firstPaint: median(rounds.map(({ painted }) => painted)),
    interactive: median(rounds.map(({ live }) => live)),
    longestLoading: median(rounds.map(({ loading }) => loading.clock)),
    longestLoadingProcessor: median(rounds.map(({ loading }) => loading.processor)),
    longestPlaying: median(rounds.map(({ playing }) => playing.clock)),
    longestPlayingProcessor: median(rounds.map(({ playing }) => playing.processor)),
    frameProcessor: median(rounds.map(({ playing }) => playing.frame)),
    frameMedian: median(worked),
    frame95: quantile(worked, 0.95),
    intervalMedian: median(apart),
    interval95: quantile(apart, 0.95),
    transferred: transferred(rounds[0].loaded, base),
  };
}

const columns = [
  ["model", ({ model }) => model],
  ["first paint, ms", ({ firstPaint }) => firstPaint.toFixed(0)],
  ["live, ms", ({ interactive }) => interactive.toFixed(0)],
  ["longest block loading, ms", ({ longestLoading: block }) => block.toFixed(0)],
  ["its processor time, ms", ({ longestLoadingProcessor: block }) => block.toFixed(0)],
  ["longest block playing, ms", ({ longestPlaying: block }) => block.toFixed(0)],
  ["work a frame, median, ms", ({ frameMedian }) => frameMedian.toFixed(1)],
  ["work a frame, 95 %, ms", ({ frame95 }) => frame95.toFixed(1)],
  ["between frames, median, ms", ({ intervalMedian }) => intervalMedian.toFixed(1)],
  ["between frames, 95 %, ms", ({ interval95 }) => interval95.toFixed(1)],
  ["code, kB", ({ transferred: { code } }) => (code / 1000).toFixed(0)],
  ["module, kB", ({ transferred: { module } }) => (module / 1000).toFixed(0)],
  ["model and images, kB", ({ transferred: { data } }) => (data / 1000).toFixed(0)],
];

function table(rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const titles = columns.map(([title]) => title);
  return [
    line(titles),
    line(titles.map(() => "---")),
    ...rows.map((one) => line(columns.map(([, text]) => text(one)))),
  ];
}

const string = { type: "string" };
const { values: options } = parseArgs({ options: { json: { type: "boolean" }, rounds: { ...string, default: "5" } } });
const { chrome, missing } = findBrowser();
if (!chrome) throw new Error(missing);
const { server, url } = await serve(fileURLToPath(new URL("../www/dist", import.meta.url)), { base: "/page/" });
const browser = await chromium.launch({ executablePath: chrome, args: chromeFlags });
const before = loadavg()[0];
const rows = [];
for (const model of MODELS) {
  const rounds = [];
  for (let round = 0; round < Number(options.rounds); round++) rounds.push(await measure(browser, url, model));
  rows.push(row(model, rounds, url));
}
const result = {
  chromium: browser.version(),
  rounds: Number(options.rounds),
  load: { before, after: loadavg()[0] },
  rows,
};
await browser.close();
server.close();
if (options.json) console.log(JSON.stringify(result, null, 2));
else {
  const { chromium: version, rounds, load } = result;
  const busy = `load of the machine ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after`;
  console.log([...table(rows), "", `Chromium ${version}, ${rounds} rounds each, ${busy}.`].join("\n"));
}
