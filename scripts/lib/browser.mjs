// The browser for tests: a Chrome or Chromium and the chromedriver of the same major version.
//
// CHROME and CHROMEDRIVER name them outright. Otherwise the usual commands and places are tried, so that Debian's
// packages, a desktop's Google Chrome and the images of hosted CI all work as they are.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { at, outputOf } from "./house.mjs";

const chromes = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "chrome"];
const applications = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Full path of a command, since Playwright and chromedriver take nothing else. */
function which(command) {
  const places = command.includes("/") ? [command] : process.env.PATH.split(delimiter).map((dir) => join(dir, command));
  return places.find((place) => existsSync(place));
}

/** `{ path, version }`, or `undefined` for what is missing or only a stub (Ubuntu's `chromium-browser` is one). */
function probe(command) {
  const path = which(command);
  const version = path && outputOf(path, ["--version"])?.match(/\d+(\.\d+)+/)?.[0];
  return version ? { path, version, major: Number.parseInt(version, 10) } : undefined;
}

const all = (commands) => commands.filter(Boolean).map(probe).filter(Boolean);

/** `{ chrome, chromedriver }` as paths, or `{ missing }`: a sentence that says what is. */
export function findBrowser() {
  const { CHROME, CHROMEDRIVER, CHROMEWEBDRIVER } = process.env;
  const drivers = all(
    CHROMEDRIVER ? [CHROMEDRIVER] : [CHROMEWEBDRIVER && join(CHROMEWEBDRIVER, "chromedriver"), "chromedriver"],
  );
  const browsers = all(CHROME ? [CHROME] : [...chromes, ...applications]);
  for (const browser of browsers) {
    const driver = drivers.find(({ major }) => major === browser.major);
    if (driver) return { chrome: browser.path, chromedriver: driver.path };
  }
  const name = ({ path, version }) => `${path} (${version})`;
  if (browsers.length === 0) return { missing: `no Chrome or Chromium found${CHROME ? ` at CHROME=${CHROME}` : ""}` };
  if (drivers.length === 0) return { missing: `${name(browsers[0])} found, but no chromedriver` };
  return { missing: `${browsers.map(name).join(", ")} found, but only ${drivers.map(name).join(", ")} to drive it` };
}

/** Firefox as a path, or `undefined` where there is none: it is tested where it can be. FIREFOX names it outright. */
export function findFirefox() {
  const { FIREFOX } = process.env;
  const [firefox] = all(
    FIREFOX ? [FIREFOX] : ["firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"],
  );
  return firefox?.path;
}

/** What makes Chromium start fast, alone and without talking to anybody. */
export const chromeFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Writes the capabilities that wasm-bindgen's test runner hands to chromedriver, and returns the file's path. */
export function writeCapabilities(chrome) {
  const file = at("target", "house", "webdriver.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ "goog:chromeOptions": { binary: chrome, args: chromeFlags } }));
  return file;
}
