// Whether everybody can use the page: automatic checks at four widths, light and dark. Pictures are kept to be looked at.

import AxeBuilder from "@axe-core/playwright";
import { expect, openPlots, prediction, test } from "./page.js";

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [360, 768, 1440, 2560]) {
    test.describe(`${width} px, ${colorScheme}`, () => {
      test.use({ colorScheme, viewport: { width, height: 900 }, contextOptions: { reducedMotion: "reduce" } });

      test("axe finds nothing, and nothing is wider than the screen", async ({ page }, info) => {
        await page.goto("./#neuron=1.37&model=mnist-mlp-small");
        await expect(prediction(page, "l4")).toHaveText("7");
        await expect(page.getByTestId("formula")).toBeVisible();
        await page.getByTestId("images-count").selectOption("100");
        await page.getByTestId("evaluate").click();
        await expect(page.getByTestId("confusion")).toBeVisible();
        await openPlots(page, "rates");
        await expect(page.getByTestId("plot-rates").locator("canvas")).toBeVisible();
        await page.screenshot({ path: info.outputPath(`page-${width}-${colorScheme}.png`), fullPage: true });
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      });
    });
  }

  test.describe(`plots, ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("axe finds nothing in any of them", async ({ page }, info) => {
      test.setTimeout(60_000);
      await page.goto("./#model=mnist-mlp-small");
      await expect(prediction(page, "l4")).toHaveText("7");
      await openPlots(page, "noise");
      await page.getByTestId("measure-noise").click();
      await page.getByTestId("images-count").selectOption("100");
      await page.getByTestId("evaluate").click();
      await expect(page.getByTestId("confusion")).toBeVisible();
      for (const tab of ["time", "rates", "noise", "thresholds", "energy", "tradeoff"]) {
        await openPlots(page, tab);
        await expect(page.getByTestId("analysis").locator("canvas").first()).toBeVisible();
        await page.locator(".analysis").screenshot({ path: info.outputPath(`plot-${tab}-${colorScheme}.png`) });
        const { violations } = await new AxeBuilder({ page }).include(".analysis").analyze();
        expect(violations.map(({ id, nodes }) => [tab, id, nodes.map(({ html }) => html)])).toEqual([]);
      }
    });
  });
}

test("on a phone drawing and decisions are seen at once", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("./");
  for (const part of [page.getByTestId("digit-canvas"), page.getByTestId("play"), prediction(page, "plain")]) {
    await expect(part).toBeInViewport({ ratio: 1 });
  }
  await expect(page.locator(".network .scores").first()).toBeInViewport({ ratio: 1 });
});

test("the play head does not cross what the spikes are counted with", async ({ page }) => {
  // Where the counts stand, at the right edge.
  await page.goto("./#at=97");
  await expect(prediction(page, "l4")).toHaveText("7");
  const [label, plot] = [page.locator(".layer-label").nth(1), page.locator(".layer-plot").nth(1)];
  const pictures = async () => Promise.all([label.screenshot(), plot.screenshot()]);
  const [labelBefore, plotBefore] = await pictures();
  await page
    .locator(".playhead")
    .first()
    .evaluate((head) => (head.style.visibility = "hidden"));
  const [labelAfter, plotAfter] = await pictures();
  expect(labelAfter.equals(labelBefore)).toBe(true);
  expect(plotAfter.equals(plotBefore)).toBe(false);
});
