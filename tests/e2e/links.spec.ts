// Every experiment is a link, and the browser's buttons go from one to another.

import type { Page } from "@playwright/test";
import { expect, live, prediction, slide, stepCount, stroke, test, total } from "./page.js";

// Runs are shown at their end at once.
test.use({ contextOptions: { reducedMotion: "reduce" } });

const selected = (name: string) => ({ name, exact: true, selected: true }) as const;

/** Opens the page and draws a one. */
async function drawOne(page: Page): Promise<void> {
  await page.goto("./");
  await expect(prediction(page, "l4")).toHaveText("7");
  await stroke(page, [
    [0.5, 0.1],
    [0.5, 0.9],
  ]);
  await expect(prediction(page, "plain")).toHaveText("1");
  await expect(page).toHaveURL(/drawing=/);
}

test("a link restores model, options, sample and step exactly", async ({ page, context }) => {
  await page.goto("./#model=mnist-mlp-small&strength=1.2&steps=60&sample=3&seed=5&at=41");
  await expect(stepCount(page)).toHaveText("41");
  await expect(page.getByRole("option", selected("3, sample 1"))).toHaveCount(1);
  await expect(page.getByTestId("strength")).toHaveValue("1.2");
  await page.getByTestId("step").click();
  await expect(page).toHaveURL(/at=42/);
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(stepCount(other)).toHaveText("42");
  for (const side of ["Plain", "L4-adjusted"] as const) {
    expect(await total(other, side, "Spikes")).toBe(await total(page, side, "Spikes"));
  }
});

test("a link forgot the layer of the plots", async ({ page, context }) => {
  await page.goto("./#plot=thresholds");
  await page.getByTestId("plot-layer").selectOption({ label: "Output" });
  await expect(page).toHaveURL(/#plot=thresholds&layer=3$/);
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByTestId("caption")).toContainText("In Output");
  await other.getByTestId("plot-layer").selectOption("1");
  await expect(other).toHaveURL(/#plot=thresholds$/);
  // The network has fewer.
  await other.goto("./#plot=thresholds&layer=9");
  await expect(other).toHaveURL(/#plot=thresholds&layer=3$/);
});

test("a drawing is part of the link", async ({ page, context }) => {
  await drawOne(page);
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(prediction(other, "plain")).toHaveText("1");
  expect(await total(other, "Plain", "Spikes")).toBe(await total(page, "Plain", "Spikes"));
  expect(await total(other, "Plain", "Synaptic")).toBe(await total(page, "Plain", "Synaptic"));
});

test("a drawing that is come back to is on the drawing area, and strokes go on from it", async ({ page, context }) => {
  const ink = (page: Page) =>
    page.getByTestId("digit-canvas").evaluate((canvas: HTMLCanvasElement) => {
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
      copy?.drawImage(canvas, 0, 0);
      const all = copy?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      const dark = [...all].filter((_, index) => index % 4 === 3).map((alpha, pixel) => (alpha > 99 ? pixel : -1));
      const columns = new Set(dark.filter((pixel) => pixel >= 0).map((pixel) => pixel % canvas.width));
      return columns.size / canvas.width;
    });
  await drawOne(page);
  const link = page.url();
  await page.getByRole("option", { name: "0, sample 1", exact: true }).click();
  await expect(prediction(page, "plain")).toHaveText("0");
  await expect.poll(() => ink(page)).toBeGreaterThan(0.4);
  await page.goBack();
  await expect(prediction(page, "plain")).toHaveText("1");
  await expect.poll(() => ink(page)).toBeLessThan(0.3);
  const other = await context.newPage();
  await other.goto(link);
  await expect(prediction(other, "plain")).toHaveText("1");
  await expect.poll(() => ink(other)).toBeGreaterThan(0.05);
  await expect(other.getByText("Draw a digit here")).toHaveCount(0);
  await stroke(other, [
    [0.2, 0.15],
    [0.5, 0.15],
  ]);
  await expect.poll(() => ink(other)).toBeGreaterThan(0.3);
});

test("a link that opens something else was told as copied all the same", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-write"]);
  await page.goto("./");
  await live(page);
  const copy = page.getByTestId("copy-link");
  const told = page.locator(".actions").getByRole("status");
  await copy.click();
  await expect(told).toHaveText("Link copied.");
  await page.getByTestId("clear").click();
  await expect(told).toHaveText("");
  await copy.click();
  await expect(told).toHaveText("Link copied, without the empty pad: it opens with a sample.");
  await page.getByTestId("model-file").setInputFiles("models/mnist-mlp-small.safetensors");
  await expect(page.getByTestId("report")).toBeVisible();
  await copy.click();
  await expect(told).toHaveText("Link copied, without your model: it opens with one of the page’s own.");
  const picture = await page.evaluate(() => document.createElement("canvas").toDataURL().split(",")[1] ?? "");
  const file = { name: "a.png", mimeType: "image/png", buffer: Buffer.from(picture, "base64") };
  await page.getByTestId("image-file").setInputFiles(file);
  await expect(page.getByTestId("images")).toHaveValue("0");
  await copy.click();
  await expect(told).toHaveText("Link copied, without your model and image: it opens with one of the page’s own.");
});

test("of settings that do not go together a link keeps what does", async ({ page }) => {
  for (const link of ["floor=0&signed=both", "floor=0&signed=l4&reset=zero"]) {
    await page.goto("about:blank");
    await page.goto(`./#${link}`);
    await expect(prediction(page, "l4")).toHaveText("7");
    await expect(page.getByRole("alert")).toHaveCount(0);
  }
});

test("back and forward go through inputs and networks", async ({ page }) => {
  await page.goto("./");
  await expect(prediction(page, "l4")).toHaveText("7");
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(prediction(page, "l4")).toHaveText("3");
  await expect(page).toHaveURL(/sample=3/);
  await page.getByTestId("model").selectOption("mnist-mlp-small");
  await expect(page.locator(".layer canvas")).toHaveCount(6);
  await expect(page).toHaveURL(/model=mnist-mlp-small/);
  await page.goBack();
  await expect(page.locator(".layer canvas")).toHaveCount(8);
  await expect(page).toHaveURL(/#sample=3$/);
  await page.goBack();
  await expect(prediction(page, "l4")).toHaveText("7");
  await page.goForward();
  await expect(prediction(page, "l4")).toHaveText("3");
  await expect(page.getByRole("option", selected("3, sample 1"))).toHaveCount(1);
});

test("back from a drawing showed a sample that nobody had chosen, and from a cleared pad as well", async ({ page }) => {
  await page.goto("./");
  await live(page);
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(page).toHaveURL(/sample=3/);
  const places = await page.evaluate(() => history.length);
  await stroke(page, [
    [0.5, 0.1],
    [0.5, 0.9],
  ]);
  await expect(page).toHaveURL(/drawing=/);
  // A stroke over it is one place, not two.
  expect(await page.evaluate(() => history.length)).toBe(places + 1);
  await page.goBack();
  await expect(page.getByRole("option", selected("3, sample 1"))).toHaveCount(1);
  await expect(prediction(page, "l4")).toHaveText("3");
  await page.goForward();
  await expect(prediction(page, "l4")).toHaveText("1");
  await page.getByTestId("clear").click();
  await expect(page).not.toHaveURL(/#/);
  await page.getByRole("option", { name: "7, sample 1", exact: true }).click();
  await expect(prediction(page, "l4")).toHaveText("7");
  // The cleared pad is a place, though its link is that of the sample.
  await page.goBack();
  await expect(page.getByText("Draw a digit here")).toBeVisible();
  await expect(page.getByTestId("play")).toBeDisabled();
  await page.goBack();
  await expect(prediction(page, "l4")).toHaveText("1");
  await page.goForward();
  await expect(page.getByText("Draw a digit here")).toBeVisible();
  await page.goForward();
  await expect(page.getByRole("option", selected("7, sample 1"))).toHaveCount(1);
  await expect(prediction(page, "l4")).toHaveText("7");
});

test("back to one's own image or values showed a sample or chance in their place", async ({ page }) => {
  await page.goto("./");
  await live(page);
  const picture = await page.evaluate(() => document.createElement("canvas").toDataURL().split(",")[1] ?? "");
  const file = (name: string) => ({ name, mimeType: "image/png", buffer: Buffer.from(picture, "base64") });
  await page.getByTestId("image-file").setInputFiles([file("a.png"), file("b.png")]);
  await expect(page.getByTestId("images")).toHaveValue("0");
  await page.getByTestId("images").selectOption("1");
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(prediction(page, "l4")).toHaveText("3");
  await page.goBack();
  await expect(page.getByTestId("images")).toHaveValue("1");
  await page.goBack();
  await expect(page.getByTestId("images")).toHaveValue("0");
  await page.goBack();
  await expect(page.getByRole("option", selected("7, sample 1"))).toHaveCount(1);
  await expect(prediction(page, "l4")).toHaveText("7");
  await page.goForward();
  await expect(page.getByTestId("images")).toHaveValue("0");
  // Values of another network, which has no images at all.
  await page.getByTestId("model-file").setInputFiles("tests/fixtures/onnx/sklearn-plain.onnx");
  const values = page.getByTestId("values");
  const typed = (value: number) => Array.from({ length: 20 }, () => value).join(", ");
  for (const value of [0.25, 0.5]) {
    await values.fill(typed(value));
    await values.blur();
    await live(page);
  }
  await page.goBack();
  await expect(values).toHaveValue(typed(0.25));
  await page.goForward();
  await expect(values).toHaveValue(typed(0.5));
});

test("what is told of a copied link moved all below it", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-write"]);
  for (const width of [1440, 600, 360]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto("./");
    await live(page);
    const place = () => page.getByTestId("model").boundingBox();
    const before = await place();
    // What is to be told there takes no room before it is.
    const [button, column] = [
      await page.getByTestId("copy-link").boundingBox(),
      await page.locator("main").boundingBox(),
    ];
    const end = (box: typeof button) => Math.round((box?.x ?? 0) + (box?.width ?? 0));
    if (width === 1440) expect(end(button)).toBe(end(column));
    await page.getByTestId("copy-link").click();
    await expect(page.locator(".actions").getByRole("status")).toBeVisible();
    expect(await place()).toEqual(before);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});

test("a sample that is chosen before the first run has begun runs all the same", async ({ page }) => {
  // The network and the samples come late; what is on show was simulated when the page was built.
  await page.route(/\.safetensors$|-samples/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue();
  });
  await page.goto("./");
  await expect(prediction(page, "l4")).toHaveText("7");
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(prediction(page, "l4")).toHaveText("3");
  await expect(page).toHaveURL(/sample=3/);
  await page.goBack();
  await expect(prediction(page, "l4")).toHaveText("7");
});

test("what a link says wrongly is passed over", async ({ page }) => {
  await page.goto("./#steps=7000&drawing=%25&at=900&neuron=x&model=none&sample=1000");
  await expect(stepCount(page)).toHaveText("100");
  await expect(prediction(page, "plain")).toHaveText("7");
});

test("a neuron that the network does not have is passed over, and one at step 0 says what to do", async ({ page }) => {
  await page.goto("./#neuron=99.99&at=30");
  await live(page);
  await expect(page).toHaveURL(/#at=30$/);
  await expect(page.getByTestId("neuron")).toHaveCount(0);
  await page.goto("about:blank");
  await page.goto("./#neuron=1.457&at=0");
  await live(page);
  await expect(page.getByTestId("neuron")).toContainText("Press Play or Step");
  await page.getByTestId("step").click();
  await expect(page.getByTestId("formula")).toBeVisible();
  await expect(page.getByTestId("neuron")).not.toContainText("Press Play");
});

test("a slider that moves leaves one place, not one for every value", async ({ page }) => {
  await page.goto("./");
  await expect(prediction(page, "l4")).toHaveText("7");
  const before = await page.evaluate(() => history.length);
  for (const value of [1, 1.5, 2]) await slide(page.getByTestId("strength"), value);
  await expect(page).toHaveURL(/strength=2/);
  expect(await page.evaluate(() => history.length)).toBe(before);
});

test("a plot is part of the link, and is seen by who follows it", async ({ page }) => {
  await page.goto("./#model=mnist-mlp-small&plot=energy");
  await expect(page.getByTestId("energy-table")).toBeInViewport();
  await page.getByTestId("tab-thresholds").click();
  await expect(page).toHaveURL(/plot=thresholds/);
  await page.goBack();
  await expect(page.getByTestId("tab-energy")).toHaveAttribute("aria-selected", "true");
});

test("back and forward keep a network of one's own, which no link can name", async ({ page }) => {
  await page.goto("./");
  await live(page);
  const report = page.getByTestId("report");
  const layers = page.locator(".layer canvas");
  await page.getByTestId("model-file").setInputFiles("models/mnist-mlp-small.safetensors");
  await expect(report).toBeVisible();
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(prediction(page, "l4")).toHaveText("3");
  await expect(page).toHaveURL(/#sample=3$/);
  await page.goBack();
  await expect(page.getByRole("option", selected("7, sample 1"))).toHaveCount(1);
  await expect(report).toBeVisible();
  await expect(layers).toHaveCount(6);
  // To the page's own network, whose link is the same: still on this page.
  await page.goBack();
  await expect(layers).toHaveCount(8);
  await expect(report).toHaveCount(0);
  await page.goForward();
  await expect(report).toBeVisible();
  await expect(layers).toHaveCount(6);
  await page.getByTestId("model").selectOption("mnist-mlp");
  await expect(layers).toHaveCount(8);
  await page.goBack();
  await expect(report).toBeVisible();
});

test.describe("while something plays", () => {
  test.use({ contextOptions: { reducedMotion: "no-preference" } });

  test("back to a step that was looked at played on from there", async ({ page }) => {
    await page.goto("./#sample=3&at=30");
    await expect(stepCount(page)).toHaveText("30");
    await live(page);
    // So that it does not come to its end.
    await page.locator(".speed select").selectOption("5");
    await page.getByRole("option", { name: "2, sample 2", exact: true }).click();
    await expect(page.getByTestId("play")).toHaveAccessibleName("Pause");
    await expect(page).toHaveURL(/#sample=12$/);
    await page.goBack();
    await expect(page.getByTestId("play")).toHaveAccessibleName("Play");
    await expect(stepCount(page)).toHaveText("30");
    await expect(page.getByRole("option", selected("3, sample 1"))).toHaveCount(1);
  });
});

test("a network that was chosen twice while it was loaded was read twice, and closed under its run", async ({
  page,
}) => {
  await page.goto("./#steps=20");
  await live(page);
  let asked = 0;
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route(/mnist-cnn-(?!max).*safetensors/, async (route) => {
    asked += 1;
    await held;
    await route.continue();
  });
  const choose = (id: string) => page.getByTestId("model").selectOption(id);
  for (const id of ["mnist-cnn", "mnist-mlp", "mnist-cnn", "mnist-mlp", "mnist-cnn"]) await choose(id);
  letGo();
  await expect(page.getByText("Converting the network …")).toHaveCount(0);
  await expect(page.locator(".networks")).not.toHaveAttribute("data-outdated", "true", { timeout: 20_000 });
  await expect(page).toHaveURL(/model=mnist-cnn/);
  await expect(page.getByRole("alert")).toHaveCount(0);
  expect(asked).toBe(1);
});

test("a link whose drawing was cut off showed another input without a word", async ({ page }) => {
  await page.goto("./#drawing=AAAA");
  await live(page);
  await expect(page.getByTestId("refusal")).toHaveText(/^Not accepted: the drawing in this link\. It is damaged/);
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(prediction(page, "l4")).toHaveText("3", { timeout: 15_000 });
});
