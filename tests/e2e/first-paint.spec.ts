// What is painted first is a real run, the live one is the same, and nothing moves about meanwhile.

import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, live, stepCount, test } from "./page.js";

declare global {
  interface Window {
    shifts: { value: number; nodes: string[] }[];
  }
}

/** Keeps the module from the page until the function that it gives is called. */
async function withhold(page: Page): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/*.wasm", async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

async function spikes(page: Page): Promise<string> {
  const download = page.waitForEvent("download");
  await page.getByTestId("spikes-json").click();
  return readFileSync(await (await download).path(), "utf8");
}

/** Everything in words and numbers about both networks after some steps. */
async function stories(page: Page): Promise<string[]> {
  const told: string[] = [];
  for (const step of [1, 2, 9, 20, 33, 64, 99, 100]) {
    await page.getByRole("slider", { name: "Position", exact: true }).fill(String(step));
    await expect(stepCount(page)).toHaveText(String(step));
    told.push(await page.locator(".networks").innerText());
  }
  return told;
}

test.describe("still", () => {
  test.use({ contextOptions: { reducedMotion: "reduce" } });

  test("the run that was made at build time is the live one, spike by spike and number by number", async ({ page }) => {
    const release = await withhold(page);
    await page.goto("./");
    await expect(page.locator(".networks")).toHaveAttribute("data-live", "false");
    await expect(stepCount(page)).toHaveText("100");
    await page.getByTestId("take-away").locator("summary").click();
    const seen = async () => ({
      stories: await stories(page),
      spikes: await spikes(page),
      pictures: await page
        .locator(".layer canvas")
        .evaluateAll((all) => all.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()).join()),
    });
    const before = await seen();
    release();
    await live(page);
    const after = await seen();
    expect(after.stories).toEqual(before.stories);
    // Told apart without showing them: thousands of spikes and pixels.
    expect(after.spikes === before.spikes, "spikes").toBe(true);
    expect(after.pictures === before.pictures, "pictures").toBe(true);
  });
});

test("it is there with the first paint, plays, and the live run takes over where it is", async ({ page }) => {
  const release = await withhold(page);
  await page.addInitScript(() => {
    // Spikes on the canvases when the browser has painted for the first time.
    new PerformanceObserver((list, observer) => {
      if (!list.getEntriesByName("first-contentful-paint")[0]) return;
      observer.disconnect();
      const inked = [...document.querySelectorAll<HTMLCanvasElement>(".layer canvas")].map((canvas) =>
        canvas
          .getContext("2d")
          ?.getImageData(0, 0, canvas.width, canvas.height)
          .data.some((value) => value > 0),
      );
      document.documentElement.dataset["inked"] = JSON.stringify(inked);
    }).observe({ type: "paint", buffered: true });
  });
  await page.goto("./");
  await expect(page.locator("html")).toHaveAttribute(
    "data-inked",
    JSON.stringify(Array.from({ length: 8 }, () => true)),
  );
  // So slowly that the live run comes before the end on any machine.
  await page.getByRole("combobox", { name: "Speed" }).selectOption("5");
  const steps = page.evaluate(async () => {
    const seen: number[] = [];
    const networks = document.querySelector(".networks");
    const count = document.querySelector("[data-testid=step-count]");
    for (let pictures = 0; pictures < 30; pictures += networks?.getAttribute("data-live") === "true" ? 1 : 0) {
      seen.push(Number(count?.textContent));
      await new Promise(requestAnimationFrame);
    }
    return seen;
  });
  await page.waitForTimeout(700);
  release();
  const seen = await steps;
  expect(seen[0]).toBeGreaterThanOrEqual(25);
  for (const [index, step] of seen.entries()) expect(step).toBeGreaterThanOrEqual(seen[index - 1] ?? 0);
});

test("a live run that comes late takes over at the end, or wherever the play head is by then", async ({ page }) => {
  const release = await withhold(page);
  await page.goto("./");
  await page.getByRole("slider", { name: "Position", exact: true }).fill("90");
  release();
  await page.getByTestId("play").click();
  await live(page);
  await expect(stepCount(page)).toHaveText("100");
  await expect(page.getByTestId("announcement")).toHaveText(/After 100 steps plain reads 7, right/);
});

test("a module that is long in coming is waited for", async ({ page }) => {
  const release = await withhold(page);
  await page.goto("./#model=mnist-mlp-small");
  await page.waitForTimeout(2000);
  await page.getByTestId("model").selectOption("mnist-mlp");
  release();
  await live(page);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

for (const width of [360, 768, 1440, 2560]) {
  test(`nothing shifts while the page loads and plays, ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    await page.addInitScript(() => {
      window.shifts = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & {
          value: number;
          sources: { node?: HTMLElement }[];
        })[]) {
          const nodes = entry.sources.map(({ node }) => `${node?.nodeName} ${node?.className}`);
          window.shifts.push({ value: entry.value, nodes });
        }
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.goto("./");
    await live(page);
    await expect(stepCount(page)).toHaveText("100", { timeout: 15_000 });
    await page.getByTestId("play").click();
    await expect(stepCount(page)).not.toHaveText("100");
    await expect(stepCount(page)).toHaveText("100", { timeout: 15_000 });
    const shifts = await page.evaluate(() => window.shifts);
    const sum = shifts.reduce((total, { value }) => total + value, 0);
    expect(sum, JSON.stringify(shifts)).toBeLessThan(0.01);
  });
}
