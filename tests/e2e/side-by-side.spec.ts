// The two networks beside each other: alike at every width, and in their places while numbers change.

import type { Page } from "@playwright/test";
import { expect, live, stepCount, test } from "./page.js";

test.use({ contextOptions: { reducedMotion: "reduce" } });

/** Where parts of the stage begin, step by step up to one and at the end: every set of places once. */
const places = (page: Page, upTo: number) =>
  page.evaluate(async (upTo) => {
    const slider = document.querySelector<HTMLInputElement>(".progress input");
    const found = new Set<string>();
    for (let step = 0; slider && step <= upTo + 1; step += 1) {
      slider.value = step <= upTo ? String(step) : slider.max;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      for (let pictures = 0; pictures < 2; pictures += 1) await new Promise(requestAnimationFrame);
      const tops = [...document.querySelectorAll(".outcome, .networks, .layers, .axis")].map(
        (part) => part.getBoundingClientRect().top + scrollY,
      );
      found.add(tops.map((top) => top.toFixed(1)).join(" "));
    }
    return [...found];
  }, upTo);

test("both networks line up, and what they count stays in their columns", async ({ page }) => {
  await page.goto("./#model=fashion-cnn");
  await live(page);
  await expect(stepCount(page)).toHaveText("100");
  for (const width of [360, 521, 600, 768, 861, 1024, 1280, 1440]) {
    await page.setViewportSize({ width, height: 800 });
    const tops = await page.evaluate(() =>
      [".scores", ".totals", ".layers", ".axis"].map((part) => [
        part,
        ...[...document.querySelectorAll(part)].map((one) => one.getBoundingClientRect().top),
      ]),
    );
    for (const [part, plain, l4] of tops) expect(plain, `${part} at ${width} px`).toBe(l4);
    // Words that are cut off on purpose are none that stand over.
    const over = await page.locator(".network").evaluateAll((all) =>
      all.flatMap((network) => {
        const { right } = network.getBoundingClientRect();
        return [...network.querySelectorAll("dt, dd, small, span, h2")].flatMap((part) => {
          const range = document.createRange();
          range.selectNodeContents(part);
          return range.getBoundingClientRect().right > right + 1 ? [`${part.textContent}`] : [];
        });
      }),
    );
    expect(over, `${width} px`).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  }
});

for (const width of [360, 1024, 1280]) {
  test(`numbers that grow, words that come and go: nothing moved at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    // Of false spikes L4 has very few here: the ratio goes beyond a thousand.
    await page.goto("./#model=mnist-cnn&sample=7");
    await live(page);
    await expect(stepCount(page)).toHaveText("100");
    expect(await places(page, 40)).toHaveLength(1);
  });
}
