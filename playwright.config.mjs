// The page from end to end, in the system's Chrome or Chromium: Playwright's own browsers are never downloaded.

import { defineConfig } from "@playwright/test";
import { chromeFlags, findBrowser } from "./scripts/lib/browser.mjs";

const { chrome } = findBrowser();

export default defineConfig({
  testDir: "tests/e2e",
  globalSetup: "./tests/e2e/serve.mjs",
  // The page is drawn by timers and animation frames: tests beside each other would slow what they measure.
  workers: 1,
  // A machine that does other things as well is slow, not wrong.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  // On CI alone a test may fail once: it is told as flaky, and is a fault to be found all the same.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: "list",
  use: {
    baseURL: process.env.PAGE_URL,
    launchOptions: { executablePath: chrome, args: chromeFlags },
    // It would keep the page of every test; its own test wants it.
    serviceWorkers: "block",
    trace: "retain-on-failure",
  },
});
