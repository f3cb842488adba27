// The package and the page in Firefox, driven by WebDriver BiDi: the engine's bits, and a visitor's way through the page.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import puppeteer from "puppeteer-core";
import { load } from "quartic-snn";
import { readModelFile, testDigits } from "../../examples/evaluate/data.mjs";
import { findFirefox } from "../../scripts/lib/browser.mjs";
import { at } from "../../scripts/lib/house.mjs";
import { serve } from "../../scripts/lib/static-server.mjs";

const VIEW = { width: 1440, height: 900 };
const PATIENCE = 60_000;
const seven = [
  [0.25, 0.2],
  [0.75, 0.2],
  [0.42, 0.85],
];

let browser;
let servers;

before(async () => {
  browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: findFirefox(),
    headless: true,
    // Runs are shown at their end at once.
    extraPrefsFirefox: { "ui.prefersReducedMotion": 1 },
  });
  const folders = { page: "www/dist", pkg: "pkg" };
  const served = Object.entries(folders).map(async ([name, folder]) => [
    name,
    await serve(at(folder), { base: "/a/" }),
  ]);
  servers = Object.fromEntries(await Promise.all(served));
});

after(async () => {
  await browser?.close();
  for (const { server } of Object.values(servers ?? {})) server.close();
});

/** A page, with what it complains of and whom else it asks. */
async function open(url) {
  const page = await browser.newPage();
  await page.setViewport(VIEW);
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) complaints.push(request.url());
  });
  await page.goto(url);
  return { page, complaints };
}

const textOf = (page, id) => page.$eval(`[data-testid="${id}"]`, (element) => element.textContent);

/** Waits until an element of the page says `text`. */
const says = (page, id, text) =>
  page.waitForFunction(
    (id, text) => document.querySelector(`[data-testid="${id}"]`)?.textContent === text,
    { timeout: PATIENCE },
    id,
    text,
  );

test("the engine gives the very spikes that it gives in Node", async () => {
  const image = testDigits(1).images;
  const bytes = readModelFile("mnist-mlp-small");
  const options = { steps: 60, seed: 5, record: ["spikes"] };
  const quartic = await load();
  const runs = (api) =>
    ["f32", "fixed"].map((precision) =>
      api.convert(api.readModel(bytes), { calibration: image, adjustment: "l4", precision }).run(image, options),
    );
  const expected = runs(quartic).map(({ spikes }) => spikes.map(({ neuron, step }) => [[...neuron], [...step]]));
  const { page } = await open(`${servers.pkg.url}package.json`);
  const found = await page.evaluate(
    async (address, bytes, image, options) => {
      const { load } = await import(address);
      const [api, input] = [await load(), Float32Array.from(image)];
      return ["f32", "fixed"].map((precision) => {
        const ann = api.readModel(Uint8Array.from(bytes));
        const snn = api.convert(ann, { calibration: input, adjustment: "l4", precision });
        return snn.run(input, options).spikes.map(({ neuron, step }) => [[...neuron], [...step]]);
      });
    },
    `${servers.pkg.url}dist/index.js`,
    [...bytes],
    [...image],
    options,
  );
  assert.ok(expected.every((layers) => layers.every(([neurons]) => neurons.length > 0)));
  assert.deepEqual(found, expected);
  await page.close();
});

test("the page runs by itself, reads what is drawn and looks into a neuron", async () => {
  const { page, complaints } = await open(servers.page.url);
  await page.waitForSelector('.networks[data-live="true"]', { timeout: PATIENCE });
  await says(page, "step-count", "100");
  assert.equal(await textOf(page, "prediction-plain"), await textOf(page, "prediction-l4"));

  const canvas = await (await page.$("[data-testid=digit-canvas]")).boundingBox();
  await page.click("[data-testid=clear]");
  await says(page, "prediction-plain", "–");
  for (const [index, [x, y]] of seven.entries()) {
    await page.mouse.move(canvas.x + x * canvas.width, canvas.y + y * canvas.height, { steps: 8 });
    if (index === 0) await page.mouse.down();
  }
  await page.mouse.up();
  for (const side of ["plain", "l4"]) await says(page, `prediction-${side}`, "7");

  await page.click("[data-testid=raster-l4-1]");
  const neuron = await page.waitForSelector("[data-testid=neuron]", { timeout: PATIENCE });
  await neuron.scrollIntoView();
  await page.waitForSelector("[data-testid=neuron] .plot svg, [data-testid=neuron] .plot canvas", {
    timeout: PATIENCE,
  });
  assert.match(await page.evaluate(() => location.hash), /neuron=/);
  assert.deepEqual(complaints, []);
  await page.close();
});
