// What the tests of the page share: the page as a visitor finds it, and its parts by their names.

import { readFileSync } from "node:fs";
import { test as base, expect, type Locator, type Page } from "@playwright/test";

export { expect };

/** Fails when the page complains on the console, throws, or asks anybody but its own server. */
export const test = base.extend<{ complaints: string[] }>({
  complaints: [
    async ({ page, baseURL }, use) => {
      const complaints: string[] = [];
      page.on("console", (message) => {
        // Playwright's own.
        if (message.text().startsWith("Service Worker registration blocked")) return;
        if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("request", (request) => {
        const to = request.url();
        if (!to.startsWith(baseURL ?? "") && !/^(data|blob):/.test(to)) complaints.push(`request to ${to}`);
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

/** The text of the element that shows the steps done. */
export const stepCount = (page: Page) => page.getByTestId("step-count");

/** Until the run on show is simulated in the page, and can be asked about. */
export const live = (page: Page) =>
  expect(page.locator(".networks")).toHaveAttribute("data-live", "true", { timeout: 30_000 });

export const prediction = (page: Page, side: "plain" | "l4") => page.getByTestId(`prediction-${side}`);

/** A total of one network, as a number. */
export async function total(page: Page, title: "Plain" | "L4-adjusted", what: string): Promise<number> {
  const value = page
    .getByRole("region", { name: title })
    .locator("dt", { hasText: new RegExp(`^${what}`) })
    .locator("+ dd");
  return Number((await value.textContent())?.match(/^[\d,]+/)?.[0].replaceAll(",", ""));
}

/** The text of the file that a button gives away. */
export async function saved(page: Page, button: string): Promise<string> {
  const download = page.waitForEvent("download");
  await page.getByTestId(button).click();
  return readFileSync(await (await download).path(), "utf8");
}

/** Clicks, and counts the pictures that the browser draws until the button says something else: no clock is asked. */
export const picturesUntil = (button: Locator, text: string): Promise<number> =>
  button.evaluate(async (element, text) => {
    (element as HTMLButtonElement).click();
    for (let pictures = 0; ; pictures += 1) {
      if (element.textContent === text) return pictures;
      await new Promise(requestAnimationFrame);
    }
  }, text);

/** Keeps back what the page asks its workers under a name; what it gives lets it go, and waits for the answers. */
export async function holdCalls(page: Page, name: string): Promise<() => Promise<void>> {
  await page.evaluate((name) => {
    const held: (() => Promise<unknown>)[] = [];
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, asked: { id: number; name: string }) {
      const send = () => post.call(this, asked);
      if (asked.name !== name) return send();
      const answer = new Promise<void>((resolve) => {
        this.addEventListener("message", ({ data }) => data.id === asked.id && resolve());
      });
      held.push(() => {
        send();
        return answer;
      });
    };
    const letGo = async () => {
      Worker.prototype.postMessage = post;
      await Promise.all(held.map((send) => send()));
      // What was answered has been drawn.
      for (let pictures = 0; pictures < 2; pictures += 1) await new Promise(requestAnimationFrame);
    };
    Object.assign(window, { letGo });
  }, name);
  return () => page.evaluate(() => (window as unknown as { letGo(): Promise<void> }).letGo());
}

/** Keeps back files with such addresses; what it gives lets them come, or says that they cannot be had. */
export async function holdFiles(page: Page, files: RegExp): Promise<(come?: "come" | "fail") => void> {
  let letGo = (_: "come" | "fail") => {};
  const held = new Promise<"come" | "fail">((resolve) => {
    letGo = resolve;
  });
  await page.route(files, async (route) => ((await held) === "come" ? route.continue() : route.abort()));
  return (come = "come") => letGo(come);
}

/** Keeps the next call of that name from the worker; it fails if a failure is given, and has no answer otherwise. */
export const loseCall = (page: Page, name: string, failed?: { code: string; message: string }) =>
  page.evaluate(
    ({ name, failed }) => {
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (this: Worker, asked: { id: number; name: string }) {
        if (asked.name !== name) return post.call(this, asked);
        Worker.prototype.postMessage = post;
        const answer = () => this.dispatchEvent(new MessageEvent("message", { data: { id: asked.id, failed } }));
        if (failed) setTimeout(answer);
      };
    },
    { name, failed },
  );

/** Has the page's clock, by which it waits for workers, go on by more than its patience. */
export const passTime = (page: Page) =>
  page.evaluate(() => {
    const now = performance.now.bind(performance);
    performance.now = () => now() + 10_000;
  });

/** Sets a slider as a visitor would see it move. */
export async function slide(slider: Locator, value: number): Promise<void> {
  await slider.fill(String(value));
}

/** Opens one of the plots, which are fetched when somebody comes near them. */
export async function openPlots(page: Page, tab: string): Promise<void> {
  await page.locator(".analysis").scrollIntoViewIfNeeded();
  await page.getByTestId(`tab-${tab}`).click();
}

/** Draws one stroke through points given as parts of the canvas. */
export async function stroke(page: Page, points: readonly (readonly [x: number, y: number])[]): Promise<void> {
  const box = await page.getByTestId("digit-canvas").boundingBox();
  if (!box) throw new Error("the canvas is not on the page");
  const place = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  const [first, ...rest] = points;
  if (!first) return;
  await page.mouse.move(...place(first));
  await page.mouse.down();
  for (const point of rest) await page.mouse.move(...place(point), { steps: 8 });
  await page.mouse.up();
}
