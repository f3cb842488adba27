// Whether everybody can use the page: automatic checks at four widths, light and dark. Pictures are kept to be looked at.

import AxeBuilder from "@axe-core/playwright";
import type { Locator } from "@playwright/test";
import { expect, live, openPlots, prediction, slide, stepCount, test } from "./page.js";

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [360, 768, 1440, 2560]) {
    test.describe(`${width} px, ${colorScheme}`, () => {
      test.use({ colorScheme, viewport: { width, height: 900 }, contextOptions: { reducedMotion: "reduce" } });

      test("axe finds nothing, and nothing is wider than the screen", async ({ page }, info) => {
        await page.goto("./#neuron=1.37&model=mnist-mlp-small");
        await expect(prediction(page, "l4")).toHaveText("7");
        await expect(page.getByTestId("formula")).toBeVisible();
        await page.getByTestId("images-count").selectOption("100");
        await page.getByTestId("evaluate").click();
        await expect(page.getByTestId("confusion")).toBeVisible();
        await openPlots(page, "rates");
        await expect(page.getByTestId("plot-rates").locator("canvas")).toBeVisible();
        await page.screenshot({ path: info.outputPath(`page-${width}-${colorScheme}.png`), fullPage: true });
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      });
    });
  }

  test.describe(`plots, ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("axe finds nothing in any of them", async ({ page }, info) => {
      test.setTimeout(60_000);
      await page.goto("./#model=mnist-mlp-small");
      await expect(prediction(page, "l4")).toHaveText("7");
      await openPlots(page, "noise");
      await page.getByTestId("measure-noise").click();
      await page.getByTestId("images-count").selectOption("100");
      await page.getByTestId("evaluate").click();
      await expect(page.getByTestId("confusion")).toBeVisible();
      for (const tab of ["time", "rates", "noise", "thresholds", "energy", "tradeoff"]) {
        await openPlots(page, tab);
        await expect(page.getByTestId("analysis").locator("canvas").first()).toBeVisible();
        await page.locator(".analysis").screenshot({ path: info.outputPath(`plot-${tab}-${colorScheme}.png`) });
        const { violations } = await new AxeBuilder({ page }).include(".analysis").analyze();
        expect(violations.map(({ id, nodes }) => [tab, id, nodes.map(({ html }) => html)])).toEqual([]);
      }
    });
  });
}

test("on a phone drawing and decisions are seen at once", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("./");
  for (const part of [page.getByTestId("digit-canvas"), page.getByTestId("play"), prediction(page, "plain")]) {
    await expect(part).toBeInViewport({ ratio: 1 });
  }
  await expect(page.locator(".network .scores").first()).toBeInViewport({ ratio: 1 });
});

test("the play head does not cross what the spikes are counted with", async ({ page }) => {
  // Where the counts stand, at the right edge.
  await page.goto("./#at=97");
  await expect(prediction(page, "l4")).toHaveText("7");
  // Only the count itself: the edge of its line need not lie between two pixels.
  const label = page.locator(".layer-label").nth(1).locator("> *").last();
  const plot = page.locator(".layer-plot").nth(1);
  const pictures = async () => Promise.all([label.screenshot(), plot.screenshot()]);
  const [labelBefore, plotBefore] = await pictures();
  await page
    .locator(".playhead")
    .first()
    .evaluate((head) => (head.style.visibility = "hidden"));
  const [labelAfter, plotAfter] = await pictures();
  expect(labelAfter.equals(labelBefore)).toBe(true);
  expect(plotAfter.equals(plotBefore)).toBe(false);
});

const style = (element: Locator, property: string) =>
  element.evaluate((one, name) => getComputedStyle(one).getPropertyValue(name), property);

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`forced colours, ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { forcedColors: "active", reducedMotion: "reduce" } });

    test("networks, bars and what is chosen are told apart", async ({ page }, info) => {
      await page.goto("./#neuron=1.37");
      await live(page);
      const both = async (selector: string, property: string) => {
        const [plain, l4] = [page.locator(`.plain ${selector}`).first(), page.locator(`.l4 ${selector}`).first()];
        return [await style(plain, property), await style(l4, property)];
      };
      const paper = await style(page.locator("body"), "background-color");
      for (const [selector, property] of [
        [".fill", "background-color"],
        [".layer canvas", "color"],
        [".plot .key i", "color"],
      ] as const) {
        const [plain, l4] = await both(selector, property);
        expect(plain, selector).not.toBe(l4);
        expect([plain, l4], selector).not.toContain(paper);
      }
      expect(await style(page.getByTestId("play"), "border-top-width")).toBe("1px");
      expect(await style(page.getByTestId("play"), "border-top-color")).not.toBe(paper);
      const [chosen, other] = [true, false].map((selected) =>
        page.getByTestId("samples").getByRole("option", { selected }).first(),
      );
      if (chosen && other) expect(await style(chosen, "box-shadow")).not.toBe(await style(other, "box-shadow"));
      const automatic = page.getByTestId("strength-automatic");
      const pressed = await style(automatic, "background-color");
      await automatic.click();
      await expect(automatic).toHaveAttribute("aria-pressed", "false");
      expect(await style(automatic, "background-color")).not.toBe(pressed);
      await openPlots(page, "rates");
      const border = (tab: string) => style(page.getByTestId(`tab-${tab}`), "border-bottom-color");
      expect(await border("rates")).not.toBe(await border("noise"));
      expect(await border("noise")).toBe(paper);
      // The lines of both networks: blue in the plots of one, orange in those of the other.
      const drawn = await page.locator(".neuron-sides .uplot canvas").evaluateAll((all) =>
        all.map((element) => {
          const { width, height } = element as HTMLCanvasElement;
          const context = (element as HTMLCanvasElement).getContext("2d");
          const bytes = [...(context?.getImageData(0, 0, width, height).data ?? [])];
          // Blue less red, pixel by pixel.
          const apart = bytes.flatMap((red, at) => (at % 4 === 0 ? [(bytes[at + 2] ?? 0) - red] : []));
          const [blue, orange] = [apart.filter((one) => one > 60).length, apart.filter((one) => one < -60).length];
          return Math.max(blue, orange) === 0 ? "grey" : blue > orange ? "blue" : "orange";
        }),
      );
      expect(drawn).toEqual(["blue", "blue", "orange", "orange"]);
      await page.screenshot({ path: info.outputPath(`forced-${colorScheme}.png`), fullPage: true });
    });
  });
}

test("what changes all the time is not read aloud, and controls are told apart by their names", async ({ page }) => {
  await page.goto("./");
  await live(page);
  await expect(page.getByRole("status").filter({ hasText: /\d/ })).toHaveCount(0);
  for (const name of ["L4 strength: auto", "L4 margin: auto"]) {
    await expect(page.getByRole("button", { name, exact: true })).toHaveAttribute("aria-pressed", "true");
  }
  await expect(page.getByTestId("strength")).toHaveAttribute("aria-valuetext", "0.80 σ");
  await expect(page.getByTestId("rate")).toHaveAttribute("aria-valuetext", "0.25 per step");
  const step = page.getByRole("slider", { name: "Position", exact: true });
  await step.fill("40");
  await expect(step).toHaveAttribute("aria-valuetext", "40 of 100 steps");
});

test("a slider that moves is told once, where it rests", async ({ page }) => {
  await page.clock.install();
  await page.goto("./#at=30");
  await live(page);
  const said = page.getByTestId("announcement");
  await expect(said).toHaveText(/^After 30 steps/);
  await said.evaluate((element) => {
    const count = () => (element.dataset["changes"] = String(Number(element.dataset["changes"] ?? 0) + 1));
    new MutationObserver(count).observe(element, { childList: true, characterData: true, subtree: true });
  });
  // From here on time goes by only when it is told to.
  await page.clock.pauseAt(new Date(Date.now() + 3_600_000));
  await page.getByRole("slider", { name: "Position", exact: true }).focus();
  for (let press = 0; press < 10; press += 1) await page.keyboard.press("ArrowRight");
  await expect(stepCount(page)).toHaveText("40");
  await expect(said).toHaveText(/^After 30 steps/);
  await page.clock.runFor(2000);
  await expect(said).toHaveText(/^After 40 steps/);
  await expect(said).toHaveAttribute("data-changes", "1");
});

test("what a run took was not said aloud, nor that a setting had changed it", async ({ page }) => {
  await page.goto("./#sample=7");
  const said = page.getByTestId("announcement");
  const end =
    /^After 100 steps plain reads 7, right; L4-adjusted reads 7, right\. L4 took \d+ % of plain’s operations\.$/;
  await expect(said).toHaveText(end);
  const before = (await said.textContent()) ?? "";
  await slide(page.getByTestId("strength"), 1.6);
  await expect(said).toHaveText(end);
  await expect(said).not.toHaveText(before);
  await page.goto("./#at=1");
  await expect(said).toHaveText(/^After 1 step plain [^.]+\.$/);
});

test("the page is as large as the browser's letters, and fits all the same", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 900 });
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setFontSizes", { fontSizes: { standard: 32 } });
  await page.goto("./");
  await live(page);
  expect(await style(page.locator("html"), "font-size")).toBe("30px");
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});

test("on phones with large letters nothing is wider than the screen, and networks have names", async ({ page }) => {
  for (const [width, letters] of [
    [375, 32],
    [375, 28],
    [360, 24],
    [320, 20],
  ] as const) {
    await page.setViewportSize({ width, height: 740 });
    const session = await page.context().newCDPSession(page);
    await session.send("Page.setFontSizes", { fontSizes: { standard: letters } });
    await page.goto("./");
    await live(page);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over, `${letters} in ${width} px`).toBeLessThanOrEqual(0);
    const box = await page.getByTestId("model").boundingBox();
    expect(box?.width, `${letters} in ${width} px`).toBeGreaterThan(4 * letters);
  }
});

test("the table of energies does not make the page wider than the smallest screens", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 700 });
  await page.goto("./#model=mnist-mlp-small");
  await live(page);
  await page.getByTestId("images-count").selectOption("100");
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("confusion")).toBeVisible();
  await openPlots(page, "energy");
  await expect(page.getByTestId("energy-table")).toContainText("mean of 100 images");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
});

test("the slider of the steps is long enough for its steps", async ({ page }) => {
  for (const width of [360, 640, 900, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto("./");
    const box = await page.getByRole("slider", { name: "Position", exact: true }).boundingBox();
    expect(box?.width, `${width} px`).toBeGreaterThan(130);
  }
});

test("on paper is what was read and seen, and nothing to click at", async ({ page }) => {
  await page.goto("./#tour=4&neuron=1.37");
  await live(page);
  await expect(page.getByTestId("neuron").locator("canvas").first()).toBeVisible();
  await openPlots(page, "rates");
  await expect(page.getByTestId("plot-rates").locator("canvas")).toBeVisible();
  await expect(page.getByTestId("tour")).toBeVisible();
  await page.emulateMedia({ media: "print" });
  await expect(page.getByTestId("tour")).toBeHidden();
  await expect(page.locator("fieldset, .take-away, .save-plot, .presets").filter({ visible: true })).toHaveCount(0);
  await expect(page.getByTestId("evaluate")).toBeHidden();
  for (const seen of ["outcome", "neuron", "plot-rates", "raster-l4-1"]) {
    await expect(page.getByTestId(seen)).toBeVisible();
  }
});

test("on paper were an empty place of plots, buttons, and words to draw here", async ({ page }) => {
  await page.goto("./");
  await live(page);
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("button")).toHaveCount(0);
  await expect(page.getByText("Draw here")).toBeHidden();
  await expect(page.locator(".analysis")).toBeHidden();
  // Nor one of an evaluation that there is not.
  await expect(page.locator(".evaluation")).toBeHidden();
});

test("in the dark, pictures came in the colours of the dark on white paper", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("./#model=mnist-mlp-small&neuron=1.37&at=100");
  await live(page);
  await expect(page.locator(".neuron canvas").first()).toBeVisible();
  /** What is painted, as the page has just been told: what is taken for the paper is there when all listeners are done. */
  const painted = (event?: string) =>
    page.evaluate(async (event) => {
      if (event) dispatchEvent(new Event(event));
      for (let task = 0; task < 50; task += 1) await Promise.resolve();
      const of = (place: string) => document.querySelector<HTMLCanvasElement>(place)?.toDataURL();
      return [of(".layers canvas"), of(".neuron .uplot canvas")];
    }, event);
  const dark = await painted();
  const paper = await painted("beforeprint");
  expect((await painted("afterprint")).map((picture, index) => picture === dark[index])).toEqual([true, true]);
  await page.emulateMedia({ colorScheme: "light" });
  const same = async (pictures: typeof dark) => {
    const now = await painted();
    return pictures.map((picture, index) => picture === now[index]);
  };
  await expect.poll(() => same(paper)).toEqual([true, true]);
  expect(await same(dark)).toEqual([false, false]);
});

test("on paper were no settings, empty tables of mistakes and no bars of scores", async ({ page }) => {
  await page.goto("./#model=mnist-mlp-small");
  await live(page);
  await page.getByTestId("images-count").selectOption("100");
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("confusion")).toBeVisible();
  await page.emulateMedia({ media: "print" });
  await expect(page.getByTestId("floor")).toBeVisible();
  await expect(page.getByTestId("strength-value")).toBeVisible();
  await expect(page.locator(".confusion.l4 .diagonal button").first()).toBeVisible();
  expect(await style(page.locator(".fill").first(), "print-color-adjust")).toBe("exact");
});

test("in a page that was translated, what both read stood still", async ({ page }) => {
  await page.goto("./");
  await expect(prediction(page, "l4")).toHaveText("7");
  // As translators do: another element in place of every text that may be translated.
  await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    for (const text of texts) {
      if (text.parentElement?.closest("[translate=no], script, style, select, textarea")) continue;
      const font = document.createElement("font");
      font.textContent = text.data;
      text.replaceWith(font);
    }
  });
  expect(await page.locator("footer font, .lead font").count()).toBeGreaterThan(1);
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(prediction(page, "l4")).toHaveText("3", { timeout: 15_000 });
  await expect(page.getByTestId("outcome")).toContainText("Both read 3");
  await expect(page.getByTestId("announcement")).toHaveText(/plain reads 3, right/);
  await page.getByTestId("model").selectOption("fashion-mlp");
  await expect(page.locator(".lead")).toContainText("Draw a garment");
});

test("a run that came to the same was not announced", async ({ page }) => {
  await page.goto("./#sample=7");
  const said = page.getByTestId("announcement");
  await expect(said).toHaveText(/^After 100 steps/);
  await said.evaluate((element) => {
    const told: string[] = [];
    new MutationObserver(() => told.push(element.textContent ?? "")).observe(element, {
      childList: true,
      characterData: true,
      subtree: true,
    });
    Object.assign(window, { told });
  });
  await page.getByTestId("precision").selectOption("fixed");
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { told: string[] }).told.filter(Boolean).length))
    .toBeGreaterThan(0);
});
