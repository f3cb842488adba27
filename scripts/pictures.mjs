// `npm run pictures`: the pictures of the README, taken of the built page.

import { chromeFlags, findBrowser } from "./lib/browser.mjs";
import { build } from "./lib/build.mjs";
import { at, main, say } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";
import { serve } from "./lib/static-server.mjs";

/** Runs for the plot of the noise: enough for their own scatter to be small. */
const RUNS = "400";

async function take(page, url) {
  await page.goto(url);
  await page.locator('.networks[data-live="true"]').waitFor();
  await page.locator(".samples").waitFor();
  await page.waitForTimeout(1000);
  await page.screenshot({ path: at("docs", "screenshot.png") });
  const plots = page.locator(".analysis");
  await plots.scrollIntoViewIfNeeded();
  await page.getByTestId("tab-noise").click();
  await page.getByTestId("noise-runs").selectOption(RUNS);
  await page.getByTestId("measure-noise").click();
  await page.getByTestId("plot-noise").locator("canvas").waitFor({ timeout: 300_000 });
  await plots.screenshot({ path: at("docs", "plots.png") });
}

await main(async () => {
  await setup("packages", "rust", "wasm", "browser");
  await build("www");
  const { chromium } = await import("@playwright/test");
  const { server, url } = await serve(at("www", "dist"));
  const browser = await chromium.launch({ executablePath: findBrowser().chrome, args: chromeFlags });
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 1090 }, reducedMotion: "reduce" });
    await take(await context.newPage(), url);
  } finally {
    await browser.close();
    server.close();
  }
  say("docs/screenshot.png and docs/plots.png are as the page is now.");
});
