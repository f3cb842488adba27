// The page without a connection, and a newer version of it: always one version, never parts of two.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect, type Page } from "@playwright/test";
import { serve } from "../../scripts/lib/static-server.mjs";
import { writeServiceWorker } from "../../www/scripts/offline.mjs";
import { live } from "./page.js";

/** A page that can be deployed anew and taken off the net. */
const test = base.extend<{ site: { folder: string; url: string; close: () => Promise<void> } }>({
  site: async ({ browserName: _ }, use) => {
    const folder = mkdtempSync(join(tmpdir(), "quartic-snn-page-"));
    cpSync("www/dist", folder, { recursive: true });
    const { server, url } = await serve(folder, { base: "/below/" });
    const close = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    await use({ folder, url, close });
    await close();
    rmSync(folder, { recursive: true });
  },
});

test.use({ serviceWorkers: "allow", contextOptions: { reducedMotion: "reduce" } });

const reads = (page: Page, digit: string) => expect(page.getByTestId("prediction-l4")).toHaveText(digit);

/** Until as many files are kept as the page has, or those that it begins with. */
async function kept(page: Page, which: "first" | "all"): Promise<void> {
  await expect
    .poll(
      () =>
        page.evaluate(async (which) => {
          const list = (await (await fetch("./sw.js")).text()).match(/FILES = (.*);/)?.[1] ?? "{}";
          const files = Object.values(JSON.parse(list) as Record<string, { first: boolean }>);
          const wanted = files.filter(({ first }) => which === "all" || first).length;
          // To open a cache that is not there yet would make one.
          const [name] = await caches.keys();
          return name !== undefined && (await (await caches.open(name)).keys()).length >= wanted;
        }, which),
      { timeout: 20_000 },
    )
    .toBe(true);
}

/** Another version: its title is another. */
function deploy(folder: string, title: string, parts: { page: boolean; worker: boolean }): void {
  const index = join(folder, "index.html");
  const before = readFileSync(index, "utf8");
  const after = before.replace(/<title>.*<\/title>/, `<title>${title}</title>`);
  writeFileSync(index, after);
  if (parts.worker) writeServiceWorker(folder);
  if (!parts.page) writeFileSync(index, before);
}

test("after one visit the page runs without a connection, other networks included", async ({ page, context, site }) => {
  await page.goto(site.url);
  await reads(page, "7");
  await kept(page, "all");
  await site.close();
  await context.setOffline(true);
  await page.reload();
  await reads(page, "7");
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await reads(page, "3");
  await page.getByTestId("model").selectOption("fashion-mlp");
  await expect(page.getByText("Draw a piece of clothing")).toBeVisible();
  await reads(page, "3");
  await page.locator(".analysis").scrollIntoViewIfNeeded();
  await expect(page.getByTestId("plot-spikes-over-time").locator("canvas")).toBeVisible();
});

test("a full disk was taken for a missing connection", async ({ page, context, site }) => {
  await page.goto(site.url);
  await reads(page, "7");
  await kept(page, "all");
  // One network is not kept, and there is no room for it.
  await page.evaluate(async () => {
    const [name = ""] = await caches.keys();
    const cache = await caches.open(name);
    for (const file of await cache.keys()) if (file.url.includes("fashion-mlp")) await cache.delete(file);
  });
  const session = await context.newCDPSession(page);
  const { origin } = new URL(site.url);
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1000 });
  await page.reload();
  await reads(page, "7");
  expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  await page.getByTestId("model").selectOption("fashion-mlp");
  await expect(page.getByText("Draw a piece of clothing")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a part of the page that could not be fetched is fetched when there is a connection again", async ({
  page,
  site,
}) => {
  let broken = true;
  await page.route(/assets\/Panel-.*\.js/, (route) => (broken ? route.abort() : route.continue()));
  await page.goto(site.url);
  await reads(page, "7");
  const failed = page.waitForEvent("requestfailed");
  await page.locator(".analysis").scrollIntoViewIfNeeded();
  await failed;
  await page.waitForTimeout(1000);
  broken = false;
  const plot = page.getByTestId("plot-spikes-over-time").locator("canvas");
  await expect(plot).toHaveCount(0);
  await expect(plot).toBeVisible({ timeout: 30_000 });
});

test("parts that are fetched later failed without a word", async ({ page }) => {
  await page.goto("./");
  await live(page);
  const late = /assets\/(Panel|Files)-.*\.(js|css)/;
  await page.route(late, (route) => route.abort());
  await page.locator(".analysis").scrollIntoViewIfNeeded();
  const [plots, files] = [page.locator(".analysis"), page.getByTestId("take-away")];
  await expect(plots.getByRole("alert")).toHaveText("Could not be loaded. Are you online? Try again");
  await files.locator("summary").click();
  await expect(files.getByRole("alert")).toHaveText("Could not be loaded. Are you online? Try again");
  await page.unroute(late);
  await plots.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByTestId("tab-time")).toBeFocused();
  // With its style, which had not come either.
  await expect(page.locator(".tabs")).toHaveCSS("display", "flex");
  await expect(page.getByRole("alert")).toHaveCount(0);
  const download = page.waitForEvent("download");
  await page.getByTestId("rasters-svg").click();
  expect((await download).suggestedFilename()).toBe("spikes.svg");
});

test("a newer version waits until it is wanted, and then replaces everything", async ({ page, site }) => {
  await page.goto(site.url);
  await reads(page, "7");
  await kept(page, "first");
  const title = await page.title();
  deploy(site.folder, "newer", { page: true, worker: true });
  await page.goto(`${site.url}#sample=3`);
  await page.reload();
  expect(await page.title()).toBe(title);
  await reads(page, "3");
  await page.getByTestId("update").click();
  await expect(page).toHaveTitle("newer");
  // The experiment on show is still there.
  await reads(page, "3");
  expect(await page.evaluate(() => caches.keys())).toHaveLength(1);
});

test("a newer version taken in one tab does not close the files of another", async ({ page, context, site }) => {
  await page.goto(site.url);
  await reads(page, "7");
  await kept(page, "first");
  // Only now it is a page that a service worker keeps.
  await page.reload();
  await reads(page, "7");
  await page.getByTestId("model-file").setInputFiles("models/mnist-mlp-small.safetensors");
  await expect(page.getByTestId("report")).toContainText("Calibrated on");
  const title = await page.title();
  const [other, plain] = [await context.newPage(), await context.newPage()];
  await plain.goto(site.url);
  await reads(plain, "7");
  deploy(site.folder, "newer", { page: true, worker: true });
  await other.goto(site.url);
  await other.getByTestId("update").click();
  for (const tab of [other, plain]) await expect(tab).toHaveTitle("newer");
  const notice = page.getByRole("status").filter({ hasText: "in use in another tab" });
  await expect(notice).toContainText("You will have to reopen your own files.");
  expect(await page.title()).toBe(title);
  await expect(page.getByTestId("report")).toBeVisible();
  await page.getByTestId("update").click();
  await expect(page).toHaveTitle("newer");
});

test("where nothing was kept any more, a page that was deployed anew could not be opened", async ({ page, site }) => {
  await page.goto(site.url);
  await reads(page, "7");
  await kept(page, "first");
  // As a browser does that is asked to clear its files.
  await page.evaluate(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
  deploy(site.folder, "newer", { page: true, worker: true });
  await page.goto(`${site.url}#sample=3`);
  await page.reload();
  await expect(page).toHaveTitle("newer");
  await reads(page, "3");
  await page.getByTestId("update").click();
  await expect(page.getByTestId("update")).toHaveCount(0);
  await kept(page, "first");
  await reads(page, "3");
});

test("a version that is deployed by halves is not taken", async ({ page, site }) => {
  await page.goto(site.url);
  await reads(page, "7");
  await kept(page, "first");
  const title = await page.title();
  deploy(site.folder, "newer", { page: false, worker: true });
  await page.reload();
  await reads(page, "7");
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update().catch(() => {});
  });
  await page.waitForTimeout(1000);
  await expect(page.getByTestId("update")).toHaveCount(0);
  await page.reload();
  expect(await page.title()).toBe(title);
  await reads(page, "7");
});
