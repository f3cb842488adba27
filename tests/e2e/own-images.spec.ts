// Images of the visitor's: what they are for, and what they leave as it is.

import type { Page } from "@playwright/test";
import { expect, live, prediction, stepCount, test, total } from "./page.js";

// Runs are shown at their end at once.
test.use({ contextOptions: { reducedMotion: "reduce" } });

/** Takes two bright patches as a visitor's images. */
async function takeTwo(page: Page): Promise<void> {
  // The run that the page begins with is there before it can take any.
  await live(page);
  const made = await page.evaluate(() =>
    [4, 12].map((side) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [28, 28];
      const context = canvas.getContext("2d");
      if (context) context.fillStyle = "#fff";
      context?.fillRect(8, 8, side, side);
      return canvas.toDataURL().split(",")[1] ?? "";
    }),
  );
  const files = made.map((text, index) => ({
    name: `patch-${index}.png`,
    mimeType: "image/png",
    buffer: Buffer.from(text, "base64"),
  }));
  await page.getByTestId("image-file").setInputFiles(files);
  await expect(page.getByTestId("images")).toHaveValue("0");
}

test("names of any length fit, and of too many images the rest is named", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("./");
  await live(page);
  const picture = await page.evaluate(() => document.createElement("canvas").toDataURL().split(",")[1] ?? "");
  const buffer = Buffer.from(picture, "base64");
  const name = (index: number) => `${index}_a picture that somebody has taken with a telephone of theirs_20260101.png`;
  const files = Array.from({ length: 203 }, (_, index) => ({ name: name(index), mimeType: "image/png", buffer }));
  await page.getByTestId("image-file").setInputFiles(files);
  await expect(page.getByTestId("refusal")).toContainText("At most 200 images are used, and there were 203.");
  await expect(page.getByTestId("images").locator("option")).toHaveCount(200);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});

test("of several files that are no images all are named, and the others are taken", async ({ page }) => {
  await page.goto("./");
  await live(page);
  const picture = await page.evaluate(() => document.createElement("canvas").toDataURL().split(",")[1] ?? "");
  const file = (name: string, buffer: Buffer) => ({ name, mimeType: "image/png", buffer });
  const bad = Buffer.from("no image");
  await page
    .getByTestId("image-file")
    .setInputFiles([file("a.png", bad), file("b.png", Buffer.from(picture, "base64")), file("c.png", bad)]);
  await expect(page.getByTestId("refusal")).toContainText(
    "Not accepted: a.png, c.png. Some files could not be read as images.",
  );
  await expect(page.getByTestId("images").locator("option")).toHaveText(["b.png"]);
});

test("images that are refused were told of beside the network", async ({ page }) => {
  await page.goto("./");
  await live(page);
  const bad = { name: "a.png", mimeType: "image/png", buffer: Buffer.from("no image") };
  await page.getByTestId("image-file").setInputFiles(bad);
  const refusal = page.locator(".digit").getByTestId("refusal");
  await expect(refusal).toContainText("Not accepted: a.png");
  await refusal.getByRole("button").click();
  await expect(page.getByRole("button", { name: "Your own images…" })).toBeFocused();
});

test("images of one's own leave the thresholds of the page's networks as they are", async ({ page }) => {
  await page.goto("./#sample=2");
  await expect(prediction(page, "l4")).toHaveText("2");
  const spikes = async () => [await total(page, "Plain", "Spikes"), await total(page, "L4-adjusted", "Spikes")];
  const before = await spikes();
  await takeTwo(page);
  await expect.poll(spikes).not.toEqual(before);
  await page.getByRole("option", { name: "2, sample 1", exact: true }).click();
  await expect(page).toHaveURL(/#sample=2$/);
  await expect.poll(spikes).toEqual(before);
});

test("images of one's own calibrate one's own network, and its evaluation goes by them", async ({ page }) => {
  await page.goto("./");
  await expect(prediction(page, "l4")).toHaveText("7");
  await page.getByTestId("model-file").setInputFiles("models/mnist-mlp-small.safetensors");
  const report = page.getByTestId("report");
  await expect(report).toContainText("Calibrated on 1000 training images of MNIST.");
  const evaluated = async () => {
    await page.getByTestId("images-count").selectOption("100");
    await page.getByTestId("evaluate").click();
    await expect(page.getByTestId("evaluated")).toContainText("done");
    return page.getByTestId("results").locator("tbody").textContent();
  };
  const usual = await evaluated();
  await takeTwo(page);
  await expect(report).toContainText("Calibrated on your 2 images.");
  await expect(page.getByTestId("evaluation-of")).toContainText("Other settings are in use now.");
  expect(await evaluated()).not.toBe(usual);
  await expect(page.getByTestId("evaluation-of")).not.toContainText("in use now");
});

test("dark ink on nothing became nothing", async ({ page }) => {
  await page.goto("./");
  await live(page);
  /** How bright the networks see a patch on nothing, and what is around it. */
  const seen = async (ink: string) => {
    const picture = await page.evaluate((ink) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [28, 28];
      const context = canvas.getContext("2d");
      if (context) context.fillStyle = ink;
      context?.fillRect(8, 8, 12, 12);
      return canvas.toDataURL().split(",")[1] ?? "";
    }, ink);
    const file = { name: `${ink}.png`, mimeType: "image/png", buffer: Buffer.from(picture, "base64") };
    await page.getByTestId("image-file").setInputFiles(file);
    await expect(page.getByTestId("images").locator("option")).toHaveText([file.name]);
    return page.locator(".preview canvas").evaluate((canvas: HTMLCanvasElement) => {
      const copy = new OffscreenCanvas(28, 28).getContext("2d", { willReadFrequently: true });
      copy?.drawImage(canvas, 0, 0);
      const at = (place: number) => copy?.getImageData(place, place, 1, 1).data[3];
      return { patch: at(14), around: at(2) };
    });
  };
  expect(await seen("black")).toEqual({ patch: 0, around: 255 });
  expect(await seen("white")).toEqual({ patch: 255, around: 0 });
});

test("a proposed experiment put a sample in place of an image of one's own", async ({ page }) => {
  await page.goto("./");
  await expect(prediction(page, "l4")).toHaveText("7");
  await takeTwo(page);
  await page.getByTestId("images").selectOption("1");
  await page.getByRole("button", { name: "Few steps" }).click();
  await expect(page.getByTestId("steps")).toHaveValue("10");
  await expect(stepCount(page)).toHaveText("10");
  await expect(page.getByTestId("images")).toHaveValue("1");
  // To a network for the same images, and to one for others.
  await page.getByRole("button", { name: "Where L4 does not help" }).click();
  await expect(page.locator(".layer canvas")).toHaveCount(6);
  await expect(page.getByTestId("images")).toHaveValue("1");
  await page.getByRole("button", { name: "Spikes taken back" }).click();
  await expect(page.getByText("Draw a piece of clothing")).toBeVisible();
  await expect(page.getByTestId("images")).toHaveCount(0);
});

test("a picture that is drawn by its text was refused", async ({ page }) => {
  await page.goto("./");
  await live(page);
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28"><path fill="#fff" d="M13 4h3v20h-3z"/></svg>';
  await page
    .getByTestId("image-file")
    .setInputFiles({ name: "one.svg", mimeType: "image/svg+xml", buffer: Buffer.from(svg) });
  await expect(page.getByTestId("images")).toHaveValue("0");
  await expect(prediction(page, "l4")).toHaveText("1", { timeout: 15_000 });
  await expect(page.getByRole("alert")).toHaveCount(0);
});
