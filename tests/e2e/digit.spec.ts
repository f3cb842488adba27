// What both networks look at: drawn, chosen, cleared.

import { expect, holdCalls, holdFiles, live, prediction, stepCount, stroke, test } from "./page.js";

const seven = [
  [0.25, 0.2],
  [0.75, 0.2],
  [0.42, 0.85],
] as const;

// Runs are shown at their end at once.
test.use({ contextOptions: { reducedMotion: "reduce" } });

test.beforeEach(async ({ page }) => {
  await page.goto("./");
  await expect(stepCount(page)).not.toHaveText("0");
});

test("a seven drawn with the mouse runs when the pen lifts, and both networks read it", async ({ page }) => {
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await stroke(page, seven);
  await expect(page.getByTestId("samples").getByRole("option", { selected: true })).toHaveCount(0);
  await expect(stepCount(page)).toHaveText("100", { timeout: 15_000 });
  await expect(prediction(page, "plain")).toHaveText("7");
  await expect(prediction(page, "l4")).toHaveText("7");
});

test("a stroke drawn off centre is brought to the middle: a one in the corner", async ({ page }) => {
  await stroke(page, [
    [0.85, 0.1],
    [0.82, 0.5],
  ]);
  await expect(stepCount(page)).toHaveText("100", { timeout: 15_000 });
  await expect(prediction(page, "plain")).toHaveText("1");
  await expect(prediction(page, "l4")).toHaveText("1");
});

test("a tap on the drawing area takes nothing away, and on an empty one it leaves a dot", async ({ page }) => {
  // It is said a moment after the end.
  await expect(page.getByTestId("announcement")).not.toBeEmpty();
  const before = await page.getByTestId("announcement").textContent();
  const box = await page.getByTestId("digit-canvas").boundingBox();
  if (!box) throw new Error("the canvas is not on the page");
  const tap = () => page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await tap();
  await expect(page.getByTestId("samples").getByRole("option", { selected: true })).toHaveCount(1);
  await expect(page.getByTestId("announcement")).toHaveText(before ?? "");
  await page.getByTestId("clear").click();
  await tap();
  await expect(stepCount(page)).toHaveText("100", { timeout: 15_000 });
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("clear empties the page, and a new drawing runs", async ({ page }) => {
  await page.getByTestId("clear").click();
  await expect(prediction(page, "plain")).toHaveText("–");
  await expect(page.getByTestId("play")).toBeDisabled();
  await stroke(page, seven);
  await expect(prediction(page, "plain")).toHaveText("7");
  await expect(prediction(page, "l4")).toHaveText("7");
});

test("after clear another network shows no neurons of the one before", async ({ page }) => {
  await expect(page.getByText("512 neurons").first()).toBeVisible();
  await page.getByTestId("clear").click();
  await page.getByTestId("model").selectOption("mnist-cnn");
  await expect(page.getByText("512 neurons")).toHaveCount(0);
  await stroke(page, seven);
  await expect(prediction(page, "l4")).toHaveText("7");
});

test("on small screens samples were cut, or too small for a finger", async ({ page }) => {
  await page.goto("./");
  const samples = page.getByTestId("samples");
  for (const width of [360, 412, 500, 540, 600, 620, 760]) {
    await page.setViewportSize({ width, height: 800 });
    const [frame, first] = [await samples.boundingBox(), await samples.getByRole("option").first().boundingBox()];
    const [end, bottom] = [(frame?.y ?? 0) + (frame?.height ?? 0), (first?.y ?? 0) + (first?.height ?? 0)];
    expect(first?.height, `${width} px`).toBeGreaterThanOrEqual(24);
    expect(bottom, `${width} px`).toBeLessThanOrEqual(end);
  }
});

test("arrow keys choose samples, and the address links to them", async ({ page }) => {
  await page.getByTestId("samples").getByRole("option", { selected: true }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("option", { name: "8, sample 1", exact: true })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("option", { name: "8, sample 2", exact: true })).toHaveAttribute("aria-selected", "true");
  await expect(page).toHaveURL(/#sample=18$/);
  await page.reload();
  await expect(page.getByRole("option", { name: "8, sample 2", exact: true })).toHaveAttribute("aria-selected", "true");
});

test("a sample that is chosen while a drawing is read was taken away by it", async ({ page }) => {
  await live(page);
  const letGo = await holdCalls(page, "digit");
  await stroke(page, seven);
  const three = page.getByRole("option", { name: "3, sample 1", exact: true });
  await three.click();
  await expect(prediction(page, "l4")).toHaveText("3");
  await letGo();
  await expect(three).toHaveAttribute("aria-selected", "true");
  await expect(prediction(page, "l4")).toHaveText("3");
});

test("clear could not be pressed while a drawing is read, or was undone by it", async ({ page }) => {
  await live(page);
  const clear = page.getByTestId("clear");
  for (const before of ["nothing", "a drawing"]) {
    const letGo = await holdCalls(page, "digit");
    await stroke(page, seven);
    await expect(clear).toHaveAttribute("aria-disabled", "false");
    await clear.click();
    await letGo();
    await expect(page.getByText("Draw a digit here"), `after ${before}`).toBeVisible();
    await expect(clear).toHaveAttribute("aria-disabled", "true");
    await expect(page.getByTestId("play")).toBeDisabled();
    await stroke(page, seven);
    await expect(prediction(page, "l4")).toHaveText("7");
  }
});

test.describe("while the page is loaded", () => {
  for (const drawn of [false, true]) {
    test(`clear was undone ${drawn ? "by what was drawn before" : "when the network came"}`, async ({ page }) => {
      const letGo = await holdFiles(page, /\.safetensors$/);
      await page.goto("about:blank");
      await page.goto("./");
      await expect(stepCount(page)).not.toHaveText("0");
      if (drawn) await stroke(page, seven);
      await page.getByTestId("clear").click();
      const hint = page.getByText("Draw a digit here");
      await expect(hint).toBeVisible();
      letGo();
      await expect(page.locator("main")).toHaveAttribute("aria-busy", "false");
      await expect(hint).toBeVisible();
      await expect(page.getByTestId("play")).toBeDisabled();
      await stroke(page, seven);
      await expect(prediction(page, "l4")).toHaveText("7");
    });
  }
});

test("ink that was cleared in the middle of a stroke stayed, and was read", async ({ page }) => {
  await page.getByTestId("clear").click();
  const box = await page.getByTestId("digit-canvas").boundingBox();
  if (!box) throw new Error("the canvas is not on the page");
  const at = (x: number, y: number) => page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 8 });
  await at(0.2, 0.2);
  await page.mouse.down();
  await at(0.8, 0.2);
  await page.getByTestId("clear").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Draw a digit here")).toBeVisible();
  await at(0.8, 0.8);
  await page.mouse.up();
  const ink = await page.getByTestId("digit-canvas").evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    return data.some((value) => value > 0);
  });
  expect(ink).toBe(false);
  await expect(prediction(page, "l4")).toHaveText("–");
  await stroke(page, seven);
  await expect(prediction(page, "l4")).toHaveText("7", { timeout: 15_000 });
  await expect(page.getByText("Draw a digit here")).toHaveCount(0);
});
