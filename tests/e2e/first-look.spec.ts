// What a visitor sees who does nothing.

import { expect, holdFiles, live, prediction, stepCount, stroke, test } from "./page.js";

test("a sample runs on load and both networks read it", async ({ page }) => {
  await page.goto("./");
  await expect(stepCount(page)).toHaveText("100", { timeout: 15_000 });
  await expect(prediction(page, "plain")).toHaveText("7");
  await expect(prediction(page, "l4")).toHaveText("7");
  await expect(page.getByRole("region", { name: "Plain" }).getByRole("img", { name: "right" })).toBeVisible();
  await expect(page.getByTestId("announcement")).toHaveText(/After 100 steps plain reads 7, right/);
});

test("spikes are drawn in every layer of both networks", async ({ page }) => {
  await page.goto("./");
  await expect(stepCount(page)).toHaveText("100", { timeout: 15_000 });
  const inked = await page.locator(".layer canvas").evaluateAll((canvases) =>
    canvases.map((element) => {
      const canvas = element as HTMLCanvasElement;
      const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return pixels.some((value, index) => index % 4 === 3 && value > 0);
    }),
  );
  expect(inked).toEqual(Array.from({ length: 8 }, () => true));
});

test("the page runs from a path of its own", async ({ page, baseURL }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto("./");
  // The run that is played first needs no module; the live one does.
  await live(page);
  expect(new URL(baseURL ?? "").pathname).not.toBe("/");
  expect(asked.filter((url) => url.endsWith(".wasm"))).toHaveLength(1);
});

test("a phone shows both networks without scrolling sideways", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("./");
  await expect(stepCount(page)).not.toHaveText("0");
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  const [plain, l4] = await Promise.all([
    page.getByRole("region", { name: "Plain" }).boundingBox(),
    page.getByRole("region", { name: "L4-adjusted" }).boundingBox(),
  ]);
  expect(plain?.y).toBe(l4?.y);
});

test("a phone says first what to do, and the pad that one can draw on it", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 700 });
  await page.goto("./");
  await live(page);
  await expect(page.getByText("Draw a digit; two spiking networks read it.")).toBeInViewport({ ratio: 1 });
  const here = page.getByText("Draw here", { exact: true });
  await expect(here).toBeInViewport({ ratio: 1 });
  await stroke(page, [
    [0.5, 0.2],
    [0.5, 0.8],
  ]);
  await expect(page).toHaveURL(/drawing=/);
  await expect(here).toHaveCount(0);
  // Whoever has drawn once knows it.
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(page).toHaveURL(/sample=3/);
  await expect(here).toHaveCount(0);
});

test("no sample is marked before there are pictures of them", async ({ page }) => {
  const letGo = await holdFiles(page, /-samples/);
  await page.goto("./");
  const chosen = page.getByRole("option", { name: "7, sample 1", exact: true });
  await expect(chosen).toHaveAttribute("aria-selected", "true");
  await expect(chosen).toHaveCSS("box-shadow", "none");
  letGo();
  await expect(chosen).not.toHaveCSS("box-shadow", "none");
});

test("nothing moves by itself for those who prefer it so", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto("./");
  await expect(prediction(page, "l4")).toHaveText("7");
  await expect(stepCount(page)).toHaveText("100");
  await expect(page.getByTestId("play")).toHaveAccessibleName("Play again");
});

test("missing data is reported in words", async ({ page, complaints }) => {
  await page.route("**/data/mnist-calibration.bin", (route) => route.fulfill({ status: 404, body: "" }));
  await page.goto("./");
  await expect(page.getByRole("alert")).toHaveText(/^mnist-calibration\.bin could not be fetched: status 404\./);
  // The browser itself reports the missing file.
  expect(complaints.splice(0)).toEqual([expect.stringContaining("404")]);
  await page.unroute("**/data/mnist-calibration.bin");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(prediction(page, "l4")).toHaveText("7", { timeout: 15_000 });
  await expect(page.getByRole("alert")).toHaveCount(0);
  // And the address follows again.
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(page).toHaveURL(/sample=/);
});

const html = { contentType: "text/html", body: "<!doctype html><title>Log in</title>" };
test("a page to log in was taken for images, and kept", async ({ page }) => {
  const files = /mnist-(samples|calibration)[^/]*\.bin$/;
  await page.route(files, (route) => route.fulfill(html));
  await page.goto("./");
  await expect(page.getByRole("alert")).toContainText(/mnist-\w+.*\.bin could not be loaded\. Are you online\?/);
  await page.unroute(files);
  await page.getByRole("button", { name: "Try again" }).click();
  await live(page);
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(prediction(page, "l4")).toHaveText("3", { timeout: 15_000 });
  await expect(page.getByRole("alert")).toHaveCount(0);
});

for (const [how, answer] of [
  ["refused", { status: 404, body: "" }],
  ["out of reach", null],
  ["a page to log in", html],
] as const) {
  test(`the module that was ${how} once was never asked for again`, async ({ page, complaints }) => {
    const files = /\.wasm$/;
    await page.route(files, (route) => (answer ? route.fulfill(answer) : route.abort()));
    await page.goto("./");
    await expect(page.getByRole("alert")).toHaveText("The simulator could not be loaded. Are you online? Try again");
    // The browser itself reports the missing file.
    expect(complaints.splice(0).filter((text) => !/404|ERR_FAILED/.test(text))).toEqual([]);
    await page.unroute(files);
    await page.getByRole("button", { name: "Try again" }).click();
    await live(page);
    await expect(page.getByRole("alert")).toHaveCount(0);
    await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
    await expect(page).toHaveURL(/sample=3/);
  });
}

test("a network that can be had when another could not makes the page whole", async ({ page, complaints }) => {
  await page.route(/mnist-mlp-(?!small).*safetensors/, (route) => route.fulfill({ status: 503, body: "" }));
  await page.goto("./#steps=20");
  await expect(page.getByRole("alert")).toContainText("mnist-mlp");
  expect(complaints.splice(0)).toEqual([expect.stringContaining("503")]);
  await page.getByTestId("model").selectOption("mnist-mlp-small");
  await expect(prediction(page, "l4")).toHaveText("7", { timeout: 15_000 });
  await expect(page).toHaveURL(/#model=mnist-mlp-small&steps=20$|#steps=20&model=mnist-mlp-small$/);
});

test("words on the pad lay on ink, and at its border", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("./#model=fashion-mlp&sample=16");
  await live(page);
  // What is asked for fits what is read.
  await expect(page.getByText("Draw a garment; two spiking networks read it.")).toBeVisible();
  const here = page.getByText("Draw here", { exact: true });
  const ground = await here.evaluate((element) => getComputedStyle(element).backgroundColor);
  expect(ground).toMatch(/0\.85\)$/);
  // How soon the outputs spiked is told on phones as well.
  await expect(page.getByTestId("outcome")).toContainText("First output spike: step");
  await expect(page.locator(".soon")).toBeVisible();
  await page.getByTestId("clear").click();
  const gaps = await page.locator(".pad-hint").evaluate((element) => {
    const words = document.createRange();
    words.selectNodeContents(element);
    const [text, pad] = [words.getBoundingClientRect(), element.getBoundingClientRect()];
    return { left: text.left - pad.left, right: pad.right - text.right };
  });
  expect(gaps.left).toBeGreaterThanOrEqual(8);
  expect(Math.abs(gaps.left - gaps.right)).toBeLessThan(1);
});

test("on another screen rasters stayed as coarse as on the one before", async ({ page }) => {
  await page.goto("./");
  await live(page);
  const width = () => page.getByTestId("raster-plain-1").evaluate((canvas) => (canvas as HTMLCanvasElement).width);
  const before = await width();
  const metrics = { ...(page.viewportSize() ?? { width: 1280, height: 720 }), deviceScaleFactor: 2, mobile: false };
  await (await page.context().newCDPSession(page)).send("Emulation.setDeviceMetricsOverride", metrics);
  // A real screen tells that it is another one; this one is noticed when there is something to draw.
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect.poll(width).toBeGreaterThan(1.9 * before);
});
