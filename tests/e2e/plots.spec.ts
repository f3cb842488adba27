// The plots: what each says in numbers is what the page says elsewhere, and everybody can read them.

import type { Page } from "@playwright/test";
import { expect, live, openPlots, picturesUntil, prediction, stepCount, test, total } from "./page.js";

// Runs are shown at their end at once.
test.use({ contextOptions: { reducedMotion: "reduce" } });

async function open(page: Page, tab: string, hash = "#model=mnist-mlp-small"): Promise<void> {
  await page.goto(`./${hash}`);
  await expect(prediction(page, "l4")).toHaveText(/\d/);
  await openPlots(page, tab);
}

const caption = (page: Page) => page.getByTestId("caption");
const plot = (page: Page, id: string) => page.getByTestId(`plot-${id}`);
const numbers = (text: string | null) =>
  [...(text ?? "").matchAll(/-?[\d,]*\.?\d+/g)].map(([n]) => Number(n.replaceAll(",", "")));

test("plots are fetched only when somebody comes near them", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.setViewportSize({ width: 1440, height: 700 });
  await page.goto("./");
  await expect(prediction(page, "l4")).toHaveText("7");
  expect(asked.filter((url) => /Plot|Panel/.test(url))).toEqual([]);
  await page.locator(".analysis").scrollIntoViewIfNeeded();
  await expect(plot(page, "spikes-over-time").locator("canvas")).toBeVisible();
});

test("spikes over time add up to the totals above", async ({ page }) => {
  await open(page, "time");
  const [, plain, , l4] = numbers(await caption(page).textContent());
  expect(plain).toBe(await total(page, "Plain", "Spikes"));
  expect(l4).toBe(await total(page, "L4-adjusted", "Spikes"));
  const slider = plot(page, "spikes-over-time").getByRole("slider");
  await slider.focus();
  let sum = 0;
  await page.keyboard.press("Home");
  for (let step = 1; step <= 100; step += 1) {
    const text = await slider.getAttribute("aria-valuetext");
    expect(text).toContain(`step ${step}:`);
    sum += Number(text?.match(/Plain ([\d,]+)/)?.[1]?.replace(",", ""));
    await page.keyboard.press("ArrowRight");
  }
  expect(sum).toBe(plain);
});

test("rates go with the trained activations, layer by layer, and single neurons are read by keys and pointer", async ({
  page,
}) => {
  await open(page, "rates");
  const correlations = async () =>
    [...((await caption(page).textContent()) ?? "").matchAll(/r = (\d\.\d+)/g)].map(([, r]) => Number(r));
  for (const r of await correlations()) expect(r).toBeGreaterThan(0.9);
  const slider = plot(page, "rates").getByRole("slider");
  await slider.focus();
  await page.keyboard.press("End");
  await expect(slider).toHaveAttribute("aria-valuetext", /^neuron \d+: (Plain|L4-adjusted), r = [\d.]+ [\d.]+/);
  const canvas = slider.locator(".u-over");
  const box = await canvas.boundingBox();
  await canvas.hover({ position: { x: 12, y: (box?.height ?? 0) - 6 } });
  await expect(plot(page, "rates").locator(".legend")).toContainText(/neuron \d+/);
  await page.getByTestId("plot-layer").selectOption("2");
  await expect(caption(page)).toContainText("of Output");
});

test("noise is measured beside the run, can be cancelled at once, and goes with its prediction", async ({ page }) => {
  await open(page, "noise");
  const button = page.getByTestId("measure-noise");
  await page.getByTestId("noise-runs").selectOption("1600");
  await button.click();
  await expect(page.getByTestId("measured")).toContainText(/[1-9]\d* of 1,600 runs/);
  expect(await picturesUntil(button, "Measure")).toBeLessThanOrEqual(2);
  await page.getByTestId("noise-runs").selectOption("400");
  await button.click();
  await expect(plot(page, "noise").locator("canvas")).toBeVisible({ timeout: 30_000 });
  const [l4, exact] = [...((await caption(page).textContent()) ?? "").matchAll(/r = (\d\.\d+)/g)].map(([, r]) =>
    Number(r),
  );
  expect(l4).toBeGreaterThan(0.4);
  expect(exact).toBeGreaterThan(0.4);
  await page.getByTestId("strength").fill("1.5");
  // What was measured belongs to other settings.
  await expect(plot(page, "noise")).toHaveCount(0);
});

test("the noise of one network of one's own is not shown as that of the next", async ({ page }) => {
  await open(page, "noise", "");
  const take = (path: string) => page.getByTestId("model-file").setInputFiles(path);
  const report = page.getByTestId("report");
  // Both have inputs of the same form: what is on show stays.
  await take("models/mnist-mlp-small.safetensors");
  await expect(report).toContainText("mnist-mlp-small");
  await page.getByTestId("measure-noise").click();
  await expect(caption(page)).toContainText("r = ");
  await take("models/mnist-mlp.safetensors");
  await expect(report).not.toContainText("mnist-mlp-small");
  await expect(plot(page, "noise")).toHaveCount(0);
  await expect(caption(page)).not.toContainText("r = ");
});

test("noise of settings that are in use no more was measured on, unseen", async ({ page }) => {
  await open(page, "noise", "#model=mnist-mlp-small");
  const button = page.getByTestId("measure-noise");
  await page.getByTestId("noise-runs").selectOption("1600");
  const worker = page.waitForEvent("worker");
  await button.click();
  const ended = (await worker).waitForEvent("close");
  await expect(button).toHaveText("Cancel");
  await page.getByTestId("strength").fill("1.5");
  await expect(button).toHaveText("Measure");
  await ended;
  // As it was measured: it would be there, had it gone on.
  await page.getByTestId("strength-automatic").click();
  await expect(page.getByTestId("strength-value")).toContainText("0.80");
  await expect(button).toHaveText("Measure");
  await expect(plot(page, "noise")).toHaveCount(0);
});

test("a floor is left out where noise is measured, and said to be", async ({ page }) => {
  await open(page, "noise", "#model=mnist-mlp-small&floor=0&reset=zero");
  await page.getByTestId("measure-noise").click();
  await expect(caption(page)).toContainText("Measured without the floor");
});

test("histograms of thresholds and norms count every neuron", async ({ page }) => {
  await open(page, "thresholds");
  await expect(caption(page)).toContainText(
    /thresholds of plain are [\d.]+ throughout, those of L4 [\d.]+ to [\d.]+: each is proportional/,
  );
  const slider = plot(page, "thresholds").getByRole("slider");
  await slider.focus();
  await page.keyboard.press("Home");
  let [plain, l4] = [0, 0];
  for (let bin = 0; bin < 24; bin += 1) {
    const text = (await slider.getAttribute("aria-valuetext")) ?? "";
    plain += Number(text.match(/Plain (\d+)/)?.[1] ?? 0);
    l4 += Number(text.match(/L4-adjusted (\d+)/)?.[1] ?? 0);
    await page.keyboard.press("ArrowRight");
  }
  expect([plain, l4]).toEqual([128, 128]);
});

test("captions do not say more than holds", async ({ page }) => {
  await open(page, "thresholds");
  await page.getByTestId("plot-layer").selectOption("2");
  await expect(caption(page)).toContainText("all outputs share one");
  await expect(caption(page)).not.toContainText("proportion");
  await openPlots(page, "rates");
  await page.getByTestId("plot-layer").selectOption("2");
  await expect(caption(page)).toContainText("No neuron is saturated");
  await openPlots(page, "time");
  await page.getByRole("slider", { name: "Position", exact: true }).fill("1");
  await expect(caption(page)).toContainText("Neither has had an output spike yet.");
});

test("energy is operations times the stated prices, also on the mean of an evaluation", async ({ page }) => {
  await open(page, "energy");
  const table = page.getByTestId("energy-table");
  const cells = async (row: number) =>
    (await table.locator("tbody tr").nth(row).locator("td").allTextContents()).map((text) =>
      Number(text.replaceAll(",", "")),
    );
  const [trained, energy] = await cells(0);
  expect(trained).toBe(784 * 128 + 128 * 10);
  expect(energy).toBeCloseTo(((trained ?? 0) * 4.6) / 1e6, 2);
  const [plain] = await cells(1);
  expect(plain).toBe(await total(page, "Plain", "Synaptic"));
  await page.getByTestId("images-count").selectOption("100");
  await page.getByTestId("evaluate").click();
  await expect(table).toContainText("mean of 100 images");
  const [, mean, , meanEnergy] = await cells(2);
  expect(meanEnergy).toBeCloseTo(((mean ?? 0) * 0.9) / 1e6, 2);
});

test("every evaluation leaves its points beside the input limit", async ({ page }) => {
  await open(page, "tradeoff");
  await page.getByTestId("evaluate-here").click();
  const points = plot(page, "accuracy-operations");
  await expect(points).toContainText("input limit");
  await expect(page.getByTestId("evaluated")).toContainText("1,000 of 1,000 images, done", { timeout: 60_000 });
  await expect(caption(page)).toContainText("Over 1,000 images plain is right on 9");
  await page.getByTestId("steps").fill("20");
  await page.getByTestId("images-count").selectOption("100");
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("evaluated")).toContainText("100 of 100 images, done", { timeout: 60_000 });
  await expect(points).toContainText("Plain, earlier");
  await expect(points).toContainText("input limit, latest");
  await points.getByRole("slider").focus();
  await page.keyboard.press("End");
  await expect(points.getByRole("slider")).toHaveAttribute(
    "aria-valuetext",
    /earlier \(1,000 images, 100 steps, rate 0.25/,
  );
});

test("tabs are changed by the arrow keys", async ({ page }) => {
  await open(page, "time");
  await page.getByTestId("tab-time").focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByTestId("tab-rates")).toBeFocused();
  await expect(plot(page, "rates")).toBeVisible();
  await page.keyboard.press("End");
  await expect(page.getByTestId("tab-tradeoff")).toHaveAttribute("aria-selected", "true");
});

test("a link to the thresholds before the first step showed none", async ({ page }) => {
  await page.goto("./#at=0&plot=thresholds");
  await live(page);
  await page.locator(".analysis").scrollIntoViewIfNeeded();
  await expect(plot(page, "thresholds")).toBeVisible({ timeout: 15_000 });
  await expect(stepCount(page)).toHaveText("0");
});
