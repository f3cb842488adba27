// The system's Chrome or Chromium, driven by Playwright.

import { chromium } from "@playwright/test";
import { chromeFlags, findBrowser } from "../../../scripts/lib/browser.mjs";

export async function openBrowser() {
  const { chrome, missing } = findBrowser();
  if (missing) throw new Error(`${missing}; \`npm run setup\` says what to do`);
  return await chromium.launch({ executablePath: chrome, args: chromeFlags });
}

/** The first line that a page logs, not its bundler; whatever fails in it is the error. */
export async function messageOf(browser, url) {
  const page = await browser.newPage();
  try {
    return await new Promise((resolve, reject) => {
      page.on("console", (message) => {
        if (message.type() === "error") reject(new Error(message.text()));
        if (message.type() === "log") resolve(message.text());
      });
      page.on("pageerror", reject);
      page.on("requestfailed", (request) => reject(new Error(`${request.url()}: ${request.failure().errorText}`)));
      setTimeout(() => reject(new Error(`${url} logged nothing for 30 s`)), 30_000).unref();
      page.goto(url).catch(reject);
    });
  } finally {
    await page.close();
  }
}
