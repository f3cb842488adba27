// A visitor's way through the page in Firefox.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { at } from "../../scripts/lib/house.mjs";
import { firefoxOn, live, open, PATIENCE, press, says, textOf } from "./lib/firefox.mjs";

firefoxOn("www/dist");

const seven = [
  [0.25, 0.2],
  [0.75, 0.2],
  [0.42, 0.85],
];

test("the page runs by itself, reads what is drawn and looks into a neuron", async () => {
  const { page, complaints } = await open();
  await live(page);
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

test("the tour from end to end, by keys alone", async () => {
  const { page, complaints } = await open();
  await live(page);
  await press(page, "[data-testid=start-tour]", "Enter");
  const expected = [
    ["What a spike is", "20"],
    ["Rate coding", "60", "Input, neuron 602"],
    ["Why conversion works", "100", "Output, neuron 7"],
    ["The noise", "100", "Hidden 1, neuron 457"],
    ["The L4 norm", "100", "Hidden 1, neuron 37"],
    ["The adjustment", "100"],
  ];
  for (const [index, [title, step, neuron]] of expected.entries()) {
    await says(page, "tour", title);
    await says(page, "step-count", step);
    if (neuron) await says(page, "neuron", neuron);
    assert.match(await page.evaluate(() => location.hash), new RegExp(`tour=${index + 1}`));
    // "Next", and in the end "Done": both come after "Back".
    await press(page, "[data-testid=tour] button:nth-of-type(2)", "Enter");
  }
  await page.waitForFunction(() => !document.querySelector("[data-testid=tour]"), { timeout: PATIENCE });
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a link restores model, options, sample, step and neuron", async () => {
  const link = "#strength=1.2&steps=60&seed=5&correction=both&model=mnist-mlp-small&sample=3&at=41&neuron=1.37";
  const { page, complaints } = await open(link);
  await live(page);
  await says(page, "step-count", "41");
  await says(page, "neuron", "Hidden, neuron 37");
  const values = (page) =>
    page.$$eval(
      "[data-testid=model], [data-testid=strength], [data-testid=steps], [data-testid=correction]",
      (fields) => fields.map(({ value }) => value),
    );
  assert.deepEqual(await values(page), ["mnist-mlp-small", "1.2", "60", "both"]);
  const totals = (page) => page.$$eval(".totals dd", (all) => all.map(({ textContent }) => textContent));
  const other = await open(await page.evaluate(() => location.hash));
  await live(other.page);
  await says(other.page, "step-count", "41");
  assert.deepEqual(await totals(other.page), await totals(page));
  assert.deepEqual([...complaints, ...other.complaints], []);
  await page.close();
  await other.page.close();
});

test("an ONNX model is read, and one that is refused is refused by name", async () => {
  const { page, complaints } = await open();
  await live(page);
  const choose = async (name) =>
    (await page.$("[data-testid=model-file]")).uploadFile(at("tests", "fixtures", "onnx", name));
  await choose("lenet-torchscript.onnx");
  await says(page, "report", "1 × 12 × 12");
  await live(page);
  await choose("refused/sigmoid.onnx");
  await says(page, "refusal", "Sigmoid");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("1,000 digits are evaluated; of 10,000 the evaluation is cancelled within 100 ms", async () => {
  const { page, complaints } = await open("#model=mnist-mlp-small");
  await live(page);
  await press(page, "[data-testid=evaluate]", "Enter");
  await says(page, "evaluated", "1,000 of 1,000 images, done");
  const shares = await page.$$eval("[data-testid=results] tbody td:nth-of-type(1)", (cells) =>
    cells.map(({ textContent }) => Number.parseFloat(textContent)),
  );
  assert.equal(shares.length, 4);
  assert.ok(Math.min(...shares) > 97, String(shares));
  await page.select("[data-testid=images-count]", "10000");
  await press(page, "[data-testid=evaluate]", "Enter");
  await says(page, "evaluated", " left");
  const took = await page.$eval("[data-testid=evaluate]", async (button) => {
    const start = performance.now();
    button.click();
    while (button.textContent !== "Evaluate") await new Promise(requestAnimationFrame);
    return performance.now() - start;
  });
  assert.ok(took < 100, `${took} ms`);
  await says(page, "evaluated", "cancelled");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("axe finds nothing at 360, 768 and 1440 px, and nothing is wider than the screen", async () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
  for (const width of [360, 768, 1440]) {
    const { page } = await open("#neuron=1.37&model=mnist-mlp-small");
    await page.setViewport({ width, height: 900 });
    await live(page);
    await page.waitForSelector("[data-testid=formula]", { timeout: PATIENCE });
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      const { violations } = await globalThis.axe.run();
      return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
    });
    assert.deepEqual(found, []);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
    await page.close();
  }
});
