// From a raster to one of its neurons: its potential, its noise, its weights and its numbers.

import { readFileSync } from "node:fs";
import { expect, live, stepCount, test, total } from "./page.js";

// Runs are shown at their end at once.
test.use({ contextOptions: { reducedMotion: "reduce" } });

const number = (text: string | null, pattern: RegExp) => Number(text?.match(pattern)?.[1]?.replace("−", "-"));

test("pointing shows a neuron, a click keeps it, in both networks and in the link", async ({ page, context }) => {
  await page.goto("./");
  await live(page);
  const raster = page.getByTestId("raster-plain-1");
  const height = (await raster.boundingBox())?.height ?? 0;
  await raster.hover({ position: { x: 50, y: height / 2 } });
  await expect(page.getByTestId("neuron-card")).toContainText("Hidden 1, neuron");
  await expect(page.getByTestId("row-mark")).toHaveCount(2);
  await raster.click({ position: { x: 50, y: height / 2 } });
  const panel = page.getByTestId("neuron");
  for (const plot of ["potential-plain", "potential-l4", "arrived-plain", "arrived-l4"]) {
    await expect(panel.getByTestId(`plot-${plot}`).locator("canvas")).toBeVisible();
  }
  await expect(page).toHaveURL(/neuron=1\.25\d/);
  const title = await panel.getByRole("heading").textContent();
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByTestId("neuron").getByRole("heading")).toHaveText(title ?? "");
  await page.goBack();
  await expect(panel).toHaveCount(0);
});

test("a neuron is drawn over one scale in both networks", async ({ page }) => {
  await page.goto("./#model=mnist-mlp-small&neuron=1.37");
  await expect(page.getByTestId("plot-arrived-l4").locator("canvas")).toBeVisible();
  for (const kind of ["potential", "arrived"]) {
    // The same value of the axis stands at the same height.
    const axes: string[] = [];
    for (const side of ["plain", "l4"]) {
      const download = page.waitForEvent("download");
      await page.getByTestId(`plot-${kind}-${side}`).getByRole("button", { name: "as SVG" }).click();
      const svg = readFileSync(await (await download).path(), "utf8");
      axes.push([...svg.matchAll(/y="([\d.]+)" text-anchor="end"[^>]*>([^<]+)</g)].map(([, ...at]) => at).join(" "));
    }
    expect(axes[0]).toMatch(/\d/);
    expect(axes[1]).toBe(axes[0]);
  }
});

test("the numbers of the formula multiply to the threshold, and follow the strength", async ({ page }) => {
  await page.goto("./#neuron=1.37");
  const formula = page.getByTestId("formula");
  await expect(formula).toContainText("‖w‖₄");
  const read = async () => {
    const text = await formula.locator("dd").first().textContent();
    const [, k, steps, norm, scale, threshold] =
      text?.match(/= ([\d.]+) × √(\d+) × ([\d.]+) × ([\d.]+) = ([\d.]+)/)?.map(Number) ?? [];
    expect(Math.abs((k ?? 0) * Math.sqrt(steps ?? 0) * (norm ?? 0) * (scale ?? 0) - (threshold ?? 0))).toBeLessThan(
      0.01 * (threshold ?? 0),
    );
    return threshold ?? 0;
  };
  const before = await read();
  await page.getByTestId("strength").fill("1.8");
  await expect.poll(read).toBeGreaterThan(1.9 * before);
});

test("what has come in is the same wherever the potential starts", async ({ page }) => {
  await page.goto("./#neuron=1.37&correction=none");
  const formula = page.getByTestId("formula");
  await expect(formula).toContainText("σ");
  const [before, spikes] = [await formula.textContent(), await total(page, "Plain", "Spikes")];
  await page.getByTestId("start").selectOption("0.5");
  await expect.poll(() => total(page, "Plain", "Spikes")).not.toBe(spikes);
  await live(page);
  await expect(formula).toHaveText(before ?? "");
});

test("a threshold that the formula does not give is told with its reason", async ({ page }) => {
  const formula = page.getByTestId("formula").locator("dd").first();
  await page.goto("./#neuron=3.7");
  await expect(formula).toContainText(/in use: [\d.]+, which all outputs share/);
  // At full rate the noise of few steps asks for less than what the neuron says.
  await page.goto("./#neuron=1.291&steps=10&rate=1&strength=0.1");
  await expect(formula).toContainText(/in use: [\d.]+, so that it has room for the neuron’s activations/);
  await page.goto("./#neuron=1.291");
  await expect(formula).not.toContainText("in use");
});

test("the plots of a neuron showed its whole run, wherever the play head was", async ({ page }) => {
  await page.goto("./#neuron=3.7&at=100");
  await live(page);
  const title = page.getByTestId("plot-potential-l4").locator(".plot-title");
  const spikes = async () => Number((await title.textContent())?.match(/(\d+) spike/)?.[1]);
  await expect(title).toBeVisible();
  const all = await spikes();
  for (let back = 0; back < 3; back += 1) await page.locator(".transport [type=range]").press("PageDown");
  await expect.poll(spikes).toBeLessThan(all);
  await page.locator(".transport [type=range]").press("End");
  await expect.poll(spikes).toBe(all);
});

test("the threshold of a channel tells how much larger its noise is where spikes are, and when that is limited", async ({
  page,
}) => {
  const formula = page.getByTestId("formula").locator("dd").first();
  await page.goto("./#model=fashion-cnn&steps=20&neuron=1.4320");
  await expect(formula).toContainText(/× 1\.2\d? \(its channel is noisier where spikes are\) = [\d.]+/);
  await expect(formula).not.toContainText("in use");
  // Another channel has less to say than its noise.
  await page.goto("./#model=fashion-cnn&steps=20&neuron=1.2752");
  await expect(formula).toContainText(/in use: [\d.]+, so that the neuron’s activations can reach it/);
  await page.goto("./#neuron=1.37");
  await expect(formula).toContainText("‖w‖₄");
  await expect(formula).not.toContainText("its channel");
});

test("the noise is told at the step on show", async ({ page }) => {
  const sigma = async () => number(await page.getByTestId("formula").locator("dd").last().textContent(), /= ([\d.]+);/);
  await page.goto("./#neuron=1.37&at=25");
  await expect(stepCount(page)).toHaveText("25");
  await expect(page.getByTestId("formula")).toContainText("√25");
  const early = await sigma();
  await page.goto("./#neuron=1.37&at=100");
  await expect(page.getByTestId("formula")).toContainText("√100");
  expect((await sigma()) / early).toBeCloseTo(2, 1);
});

test("what a floor gives back was taken for input, and told as a deviation of many sigma", async ({ page }) => {
  const [formula, plot] = [page.getByTestId("formula"), page.getByTestId("plot-arrived-l4")];
  await page.goto("./#neuron=1.37");
  await expect(formula).toContainText("σ off its mean");
  await expect(plot).toContainText("All input so far");
  await page.goto("./#neuron=1.37&floor=0");
  await expect(plot).toContainText("Input as clipped by the floor");
  await expect(formula).not.toContainText("off its mean");
});

test("the mean that L4 was told to have was that of plain, without its corrections", async ({ page }) => {
  /** The last row of what has come in: the input, its mean and the edges of the band. */
  const last = async (side: string) => {
    const download = page.waitForEvent("download");
    await page.getByTestId(`plot-arrived-${side}`).getByRole("button", { name: "as CSV" }).click();
    const rows = readFileSync(await (await download).path(), "utf8")
      .trim()
      .split("\n");
    return (rows.at(-1) ?? "").split(",").map(Number);
  };
  // No pixel that it reads spikes: its bias is all that comes in, and L4 has another.
  await page.goto("./#model=fashion-cnn&steps=20&neuron=1.30");
  await expect(page.getByTestId("formula")).toContainText("is 0 σ off its mean");
  await expect(page.getByTestId("formula")).toContainText(/= [\d.]+ in plain, [\d.]+ in L4 per step/);
  for (const side of ["plain", "l4"]) {
    const [, input = 0, mean] = await last(side);
    expect(input).toBeCloseTo(mean ?? 0, 4);
  }
  // As the tour says of it: both receive less than the band predicts.
  await page.goto("./#neuron=3.7");
  await expect(page.getByTestId("neuron").getByRole("heading")).toHaveText("Output, neuron 7");
  await expect(page.getByTestId("formula")).toContainText("after 100");
  for (const side of ["plain", "l4"]) {
    const [, input = 0, , , , , lowest] = await last(side);
    expect(input).toBeLessThan(lowest ?? 0);
  }
});

test("the keyboard points at neurons, keeps one and reads its plots", async ({ page }) => {
  await page.goto("./");
  await live(page);
  const raster = page.getByTestId("raster-l4-2");
  await raster.focus();
  for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"]) await page.keyboard.press(key);
  await expect(raster).toHaveAttribute("aria-valuetext", "neuron 2");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("neuron").getByRole("heading")).toHaveText("Hidden 2, neuron 2");
  await expect(raster).toHaveAttribute("aria-valuetext", "neuron 2, open below");
  const plot = page.getByTestId("plot-potential-l4").getByRole("slider");
  await plot.focus();
  await page.keyboard.press("End");
  await expect(plot).toHaveAttribute("aria-valuetext", /step 100: potential −?-?[\d.]+, threshold and margin [\d.]+/);
  await raster.focus();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("neuron")).toHaveCount(0);
  await expect(raster).toHaveAttribute("aria-valuetext", "neuron 0");
  await page.keyboard.press("Enter");
  await page.getByTestId("neuron").getByRole("button", { name: "Close" }).press("Enter");
  await expect(raster).toBeFocused();
});

test("a neuron of a convolution shows its kernel, an input its rate", async ({ page }) => {
  await page.goto("./#model=mnist-cnn&neuron=2.5");
  await expect(page.getByTestId("weights")).toContainText(/16 × 5 × 5/);
  await page.goto("./#neuron=0.300");
  await expect(page.getByTestId("neuron")).toContainText("spikes with probability");
});

test("a neuron that the networks do not have is let go, in the link as well", async ({ page }) => {
  // The last is none at all.
  for (const key of ["9.99999", "1.99999", "1.2.3"]) {
    await page.goto("about:blank");
    await page.goto(`./#neuron=${key}`);
    await live(page);
    await expect(page.getByTestId("neuron")).toHaveCount(0);
    await expect(page).not.toHaveURL(/neuron/);
  }
  // From a link to another, without another run.
  await page.goto("./#neuron=1.37");
  await expect(page.getByTestId("formula")).toBeVisible();
  await page.goto("./#neuron=3.10");
  await expect(page.getByTestId("neuron")).toHaveCount(0);
  await expect(page).not.toHaveURL(/neuron/);
  // Neurons of a network that is on its way are none of the one on show.
  await page.goto("./#model=mnist-mlp-small");
  await expect(page.locator(".layer canvas")).toHaveCount(6);
  await page.goto("./#neuron=3.7");
  await expect(page.getByTestId("neuron").getByRole("heading")).toHaveText("Output, neuron 7");
});

test("on phones a tap on a neuron scrolled past the beginning of its panel", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("./");
  await live(page);
  await page.getByTestId("raster-plain-1").click({ position: { x: 50, y: 30 } });
  const panel = page.getByTestId("neuron");
  await expect(panel.getByTestId("plot-arrived-l4").locator("canvas")).toBeAttached();
  await expect(panel.getByRole("heading")).toBeInViewport();
  await expect(panel.getByRole("button", { name: "Close" })).toBeInViewport();
});

test("the focus of a raster was half hidden by the names of layers, and the middle of the axis stood beside it", async ({
  page,
}) => {
  await page.goto("./");
  await live(page);
  const raster = page.getByTestId("raster-plain-1");
  await raster.focus();
  await page.keyboard.press("ArrowDown");
  expect(await raster.evaluate((one) => Number.parseFloat(getComputedStyle(one).outlineOffset))).toBeLessThan(0);
  const middle = (box: { x: number; width: number } | null) => (box ? box.x + box.width / 2 : Number.NaN);
  const axis = page.locator(".axis").first();
  const label = await axis.locator("span").nth(1).boundingBox();
  expect(Math.abs(middle(label) - middle(await axis.boundingBox()))).toBeLessThan(1);
});
