// Both networks on the test set, beside the run.

import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, openPlots, picturesUntil, prediction, test } from "./page.js";

test.use({ contextOptions: { reducedMotion: "reduce" } });

test.beforeEach(async ({ page }) => {
  await page.goto("./#model=mnist-mlp-small");
  await expect(prediction(page, "l4")).toHaveText("7");
});

test("1,000 digits are evaluated, and one of a cell of the confusion matrix runs again", async ({ page }) => {
  test.setTimeout(90_000);
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("evaluated")).toContainText("1,000 of 1,000 images, done", { timeout: 60_000 });
  const rows = page.getByTestId("results").locator("tbody tr");
  await expect(rows).toHaveCount(4);
  for (const text of await rows.locator("td:nth-of-type(1)").allTextContents()) {
    expect(Number.parseFloat(text)).toBeGreaterThan(97);
  }
  const cells = await page.locator(".confusion.l4 button").allTextContents();
  expect(cells.reduce((sum, count) => sum + Number(count), 0)).toBe(1000);
  const wrong = page.locator(".confusion.l4 td:not(.diagonal) button").first();
  const [, label, read] = (await wrong.getAttribute("aria-label"))?.match(/of (\d) read as (\d)/) ?? [];
  await wrong.click();
  await page.getByTestId("cell-images").getByRole("button").first().click();
  await expect(page.locator(".network.l4 header")).toBeInViewport();
  // The same image on the same spikes: the same mistake.
  await expect(prediction(page, "l4")).toHaveText(read ?? "");
  await expect(page.getByTestId("announcement")).toHaveText(
    new RegExp(`L4-adjusted (reads|favours) ${read}\\b.*, wrong\\.`),
  );
  expect(read).not.toBe(label);
  await expect(page).toHaveURL(/test=\d+/);
});

test("a hundred right of a hundred are not told as certain", async ({ page }) => {
  await page.goto("./#model=mnist-mlp");
  await expect(prediction(page, "l4")).toHaveText("7");
  await page.getByTestId("images-count").selectOption("100");
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("evaluated")).toContainText("100 of 100 images, done", { timeout: 60_000 });
  const first = page.getByTestId("results").locator("tbody tr").first();
  // By hand, Wilson's interval of 95 %: 100 / (100 + 1.96^2).
  await expect(first).toContainText("100.00 % (≥ 96.30 %, 95 % confidence)");
});

test("an image of an evaluation on clothes runs again on the spikes that it had", async ({ page }) => {
  await page.goto("./#model=fashion-mlp&steps=10");
  await expect(prediction(page, "l4")).toHaveText("7");
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("evaluated")).toContainText("100 of 100 images, done", { timeout: 60_000 });
  await expect(page.getByRole("status").filter({ hasText: "Evaluation: done" })).toHaveCount(1);
  const wrong = page.locator(".confusion.l4 td:not(.diagonal) button");
  const count = await wrong.count();
  expect(count).toBeGreaterThan(3);
  const readsAgain = async (read = "") => {
    const said = new RegExp(`L4-adjusted (reads|favours) ${read}\\b.*, wrong\\.`);
    await expect(page.getByTestId("announcement")).toHaveText(said);
  };
  let read: string | undefined;
  for (let place = 0; place < count; place += 1) {
    [, read] = (await wrong.nth(place).getAttribute("aria-label"))?.match(/read as (.+?)(,|$)/) ?? [];
    await wrong.nth(place).click();
    await page.getByTestId("cell-images").getByRole("button").first().click();
    await readsAgain(read);
  }
  await expect(page).toHaveURL(/test=\d+/);
  await page.reload();
  await readsAgain(read);
});

test("an evaluation whose images are still on their way can be seen and ended", async ({ page }) => {
  let go = () => {};
  const wait = new Promise<void>((resolve) => (go = resolve));
  await page.route(/mnist-test/, async (route) => {
    await wait;
    await route.continue();
  });
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("evaluated")).toContainText("0 of 1,000 images, starting");
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("evaluated")).toContainText("cancelled");
  go();
  await page.getByTestId("images-count").selectOption("100");
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("evaluated")).toContainText("100 of 100 images, done", { timeout: 60_000 });
});

test("an evaluation grows while it runs and is cancelled at once", async ({ page }) => {
  await page.getByTestId("images-count").selectOption("10000");
  const button = page.getByTestId("evaluate");
  await button.click();
  await expect(page.getByTestId("evaluated")).toContainText(" left");
  await expect(page.getByTestId("plot-accuracy-steps").locator("canvas")).toBeVisible();
  // In the next picture but one, whatever the worker is at.
  expect(await picturesUntil(button, "Evaluate")).toBeLessThanOrEqual(2);
  const text = await page.getByTestId("evaluated").textContent();
  expect(text).toContain("cancelled");
  await page.waitForTimeout(500);
  expect(await page.getByTestId("evaluated").textContent()).toBe(text);
});

test("the time left was told by how long the worker took to start", async ({ page }) => {
  // The module of the next worker comes late.
  await page.route(/\.wasm$/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 5000));
    await route.continue();
  });
  const told = page.getByTestId("evaluated");
  await page.getByTestId("images-count").selectOption("10000");
  await page.getByTestId("evaluate").click();
  await expect(told).toContainText("0 of 10,000 images, starting");
  await told.evaluate((element) => {
    const texts: (string | null)[] = [];
    new MutationObserver(() => texts.push(element.textContent)).observe(element, {
      subtree: true,
      characterData: true,
      childList: true,
    });
    Object.assign(window, { texts });
  });
  await expect(told).toContainText(" left");
  await page.getByTestId("evaluate").click();
  const texts = await page.evaluate(() => (window as unknown as { texts: string[] }).texts);
  // Not from the first of them on.
  expect(texts.some((text) => /^[1-9].* images, running$/.test(text))).toBe(true);
  const [first = ""] = texts.filter((text) => text.endsWith(" left"));
  expect(first).toMatch(/about \d+ s left$/);
});

test("marks of code were shown, and lines touched what they belong to", async ({ page }) => {
  await page.goto("./#model=fashion-mlp&steps=10");
  const section = page.getByRole("region", { name: "How often are they right?" });
  await expect(section.locator("code")).toHaveText("npm run evaluate");
  await expect(section).not.toContainText("`");
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("evaluation-of")).toHaveCSS("margin-top", "8px");
  await expect(page.getByText("Choose a number to see its images.")).toHaveCSS("margin-top", "8px");
});

/** Evaluates on 100 images. */
async function evaluateFew(page: Page): Promise<void> {
  await page.getByTestId("images-count").selectOption("100");
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("evaluated")).toContainText("100 of 100 images, done");
}

test("an evaluation says what it is of, and is not taken for one of other settings", async ({ page }) => {
  const of = page.getByTestId("evaluation-of");
  await evaluateFew(page);
  await expect(of).toHaveText("Network: Digits: 128 hidden neurons. Settings: defaults. ");
  await openPlots(page, "energy");
  await expect(page.getByTestId("energy-table")).toContainText("mean of 100 images");
  await page.getByTestId("strength").fill("1.5");
  await expect(of).toContainText("Other settings are in use now.");
  await expect(page.getByTestId("energy-table")).not.toContainText("mean of");
  await openPlots(page, "tradeoff");
  await expect(page.getByTestId("caption")).toContainText("made with other settings");
  const points = page.getByTestId("plot-accuracy-operations");
  await expect(points).toContainText("Plain, earlier");
  await expect(points).not.toContainText("input limit");
  await page.getByTestId("evaluate-here").click();
  await expect(of).toHaveText(
    "Network: Digits: 128 hidden neurons. Settings: L4 strength: 1.50 σ, otherwise defaults. ",
  );
  await expect(points).toContainText("input limit");
  await page.getByTestId("strength-automatic").click();
  await expect(of).toContainText("Other settings are in use now.");
  await openPlots(page, "energy");
  await expect(page.getByTestId("energy-table")).toContainText("mean of 100 images");
});

test("cells of an evaluation of another network keep their classes and run nothing", async ({ page }) => {
  await evaluateFew(page);
  const cell = page.locator(".confusion.plain .diagonal button").nth(3);
  await cell.click();
  const images = page.getByTestId("cell-images");
  await expect(images).toContainText("3 read as 3 by Plain; run one again");
  // Also to those who do not see the table.
  await expect(images.getByRole("status")).toContainText("3 read as 3 by Plain");
  await expect(cell).toHaveAttribute("aria-pressed", "true");
  await expect(images).toBeInViewport();
  await page.getByTestId("model").selectOption("fashion-mlp");
  await expect(page.getByText("Draw a piece of clothing")).toBeVisible();
  await expect(page.getByTestId("evaluation-of")).toContainText("128 hidden neurons");
  await expect(page.getByTestId("evaluation-of")).toContainText("Another network is in use now.");
  await expect(images).toContainText("3 read as 3 by Plain");
  await expect(images.getByRole("button")).toHaveCount(0);
});

test("an evaluation on digits was taken for one on clothes, which the same network was said to read", async ({
  page,
}) => {
  await page.getByTestId("model-file").setInputFiles("models/fashion-mlp.safetensors");
  await expect(page.getByTestId("report")).toBeVisible();
  await evaluateFew(page);
  await page.locator(".confusion.plain button").first().click();
  const images = page.getByTestId("cell-images");
  await expect(images.getByRole("button")).not.toHaveCount(0);
  await page.getByTestId("reads").selectOption("clothes");
  await expect(page.getByText("Draw a piece of clothing")).toBeVisible();
  await expect(images.getByRole("button")).toHaveCount(0);
  await openPlots(page, "tradeoff");
  await expect(page.getByTestId("caption")).not.toContainText("These points were made with other settings");
});

test("an evaluation goes on where it can be seen and ended when another model is loaded", async ({ page }) => {
  // One that takes longer than the other one needs to be there.
  await page.getByTestId("model").selectOption("mnist-mlp");
  await expect(page.locator(".layer canvas")).toHaveCount(8);
  await page.getByTestId("images-count").selectOption("10000");
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("evaluated")).toContainText(" left");
  await page.getByTestId("model-file").setInputFiles("tests/fixtures/onnx/lenet-torchscript.onnx");
  await expect(page.getByTestId("report")).toContainText("1 × 12 × 12");
  await expect(page.getByTestId("evaluation-of")).toContainText(
    "Network: Digits: 512 + 512 hidden neurons. Settings: defaults.",
  );
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByTestId("evaluated")).toContainText("cancelled");
  await expect(page.getByTestId("evaluate")).toHaveCount(0);
});

/** The small network without the outputs from 5 on. */
function withFiveOutputs(): Buffer {
  const whole = readFileSync("models/mnist-mlp-small.safetensors");
  const start = 8 + Number(whole.readBigUInt64LE(0));
  const header = JSON.parse(whole.toString("utf8", 8, start));
  const last = header["layers.1.weight"];
  const [from, to] = last.data_offsets;
  last.shape[0] = 5;
  last.data_offsets = [from, (from + to) / 2];
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(8 * Math.ceil(text.length / 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, whole.subarray(start, start + (from + to) / 2)]);
}

test("a network with other outputs than ten is not evaluated on digits, and its rows are numbered", async ({
  page,
}) => {
  const file = { name: "five.safetensors", mimeType: "application/octet-stream", buffer: withFiveOutputs() };
  await page.getByTestId("model-file").setInputFiles(file);
  await expect(page.getByTestId("report").locator("dd").nth(2)).toHaveText("5");
  await expect(page.locator(".plain .rows span")).toHaveText(["0", "1", "2", "3", "4"]);
  await expect(page.getByRole("region", { name: "How often are they right?" })).toContainText("has 5 outputs");
  await expect(page.getByTestId("evaluate")).toHaveCount(0);
  await openPlots(page, "tradeoff");
  await expect(page.getByTestId("evaluate-here")).toHaveCount(0);
});
