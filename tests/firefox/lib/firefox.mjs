// Firefox and what it looks at, driven by WebDriver BiDi.

import { after, before } from "node:test";
import puppeteer from "puppeteer-core";
import { findFirefox } from "../../../scripts/lib/browser.mjs";
import { at } from "../../../scripts/lib/house.mjs";
import { serve } from "../../../scripts/lib/static-server.mjs";

const VIEW = { width: 1440, height: 900 };
export const PATIENCE = 60_000;

let browser;
let served;

/** Starts Firefox before the tests of a file and serves a folder of the project to it; both end after them. */
export function firefoxOn(folder) {
  before(async () => {
    browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: findFirefox(),
      headless: true,
      // Runs are shown at their end at once.
      extraPrefsFirefox: { "ui.prefersReducedMotion": 1 },
    });
    served = await serve(at(folder), { base: "/a/" });
  });
  after(async () => {
    await browser?.close();
    served?.server.close();
  });
}

/** A page, with what it complains of and whom else it asks. `path` begins behind the folder's own. */
export async function open(path = "") {
  const page = await browser.newPage();
  await page.setViewport(VIEW);
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(served.url) && !/^(data|blob):/.test(request.url())) complaints.push(request.url());
  });
  await page.goto(`${served.url}${path}`);
  return { page, complaints };
}

const named = (id) => `[data-testid="${id}"]`;

export const textOf = (page, id) => page.$eval(named(id), (element) => element.textContent);

/** Waits until an element of the page says `text`, whatever else it says. */
export const says = (page, id, text) =>
  page.waitForFunction(
    (selector, text) => document.querySelector(selector)?.textContent.includes(text),
    { timeout: PATIENCE },
    named(id),
    text,
  );

/** Waits until the run on show is simulated in the page. */
export const live = (page) => page.waitForSelector('.networks[data-live="true"]', { timeout: PATIENCE });

/** Presses a key on an element. */
export async function press(page, selector, key) {
  await page.focus(selector);
  await page.keyboard.press(key);
}
