// Whether everybody can use the page: automatic checks at three widths, light and dark. Pictures are kept to be looked at.

import AxeBuilder from "@axe-core/playwright";
import { expect, prediction, test } from "./page.js";

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [360, 768, 1440]) {
    test.describe(`${width} px, ${colorScheme}`, () => {
      test.use({ colorScheme, viewport: { width, height: 900 }, contextOptions: { reducedMotion: "reduce" } });

      test("axe finds nothing, and nothing is wider than the screen", async ({ page }, info) => {
        await page.goto("./#neuron=1.37&model=mnist-mlp-small");
        await expect(prediction(page, "l4")).toHaveText("7");
        await expect(page.getByTestId("formula")).toBeVisible();
        await page.getByTestId("images-count").selectOption("100");
        await page.getByTestId("evaluate").click();
        await expect(page.getByTestId("confusion")).toBeVisible();
        await page.screenshot({ path: info.outputPath(`page-${width}-${colorScheme}.png`), fullPage: true });
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      });
    });
  }
}
