// Both networks on the test set, beside the run.

import { expect, prediction, test } from "./page.js";

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
  // The same image on the same spikes: the same mistake.
  await expect(prediction(page, "l4")).toHaveText(read ?? "");
  await expect(page.getByTestId("announcement")).toHaveText(new RegExp(`L4-adjusted reads ${read}, wrong`));
  expect(read).not.toBe(label);
  await expect(page).toHaveURL(/test=\d+/);
});

test("an evaluation grows while it runs and is cancelled at once", async ({ page }) => {
  await page.getByTestId("images-count").selectOption("10000");
  const button = page.getByTestId("evaluate");
  await button.click();
  await expect(page.getByTestId("evaluated")).toContainText("s left");
  await expect(page.getByTestId("plot-accuracy-steps").locator("canvas")).toBeVisible();
  // What the visitor sees of it, measured in the page.
  const took = await button.evaluate(async (element) => {
    const start = performance.now();
    (element as HTMLButtonElement).click();
    while (element.textContent !== "Evaluate") await new Promise(requestAnimationFrame);
    return performance.now() - start;
  });
  expect(took).toBeLessThan(100);
  const text = await page.getByTestId("evaluated").textContent();
  expect(text).toContain("cancelled");
  await page.waitForTimeout(500);
  expect(await page.getByTestId("evaluated").textContent()).toBe(text);
});
