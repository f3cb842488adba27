// The tour from end to end, and the experiments that the page proposes.

import AxeBuilder from "@axe-core/playwright";
import { expect, holdCalls, live, prediction, stepCount, stroke, test } from "./page.js";

test.use({ contextOptions: { reducedMotion: "reduce", permissions: ["clipboard-read", "clipboard-write"] } });

test.beforeEach(async ({ page }) => {
  await page.goto("./");
  await expect(prediction(page, "l4")).toHaveText("7");
});

test("six steps, by keyboard alone, each setting the page", async ({ page }) => {
  await page.getByTestId("start-tour").press("Enter");
  const tour = page.getByTestId("tour");
  const expected = [
    ["What a spike is", "20", undefined],
    ["Rate coding", "60", "Input, neuron 602"],
    ["Why conversion works", "100", "Output, neuron 7"],
    ["The noise", "100", "Hidden 1, neuron 457"],
    ["The L4 norm", "100", "Hidden 1, neuron 37"],
    ["The adjustment", "100", undefined],
  ] as const;
  for (const [index, [title, step, neuron]] of expected.entries()) {
    await expect(tour.getByRole("heading")).toHaveText(title);
    await expect(tour.getByRole("heading")).toBeFocused();
    await expect(stepCount(page)).toHaveText(step);
    if (neuron) await expect(page.getByTestId("neuron").getByRole("heading")).toHaveText(neuron);
    else await expect(page.getByTestId("neuron")).toHaveCount(0);
    await expect(page).toHaveURL(new RegExp(`tour=${index + 1}`));
    // The dark one that it showed had not one spike.
    if (title === "Rate coding") await expect(page.getByTestId("neuron")).toContainText("intensity 0.99");
    if (title === "The noise") {
      await expect(page.getByTestId("formula")).toContainText("only noise can make it fire");
      await expect(page.getByTestId("plot-potential-plain")).toContainText(/potential, [1-9]\d* spikes/);
    }
    const next = tour.getByRole("button", { name: "Next" });
    if (index < 5) await next.press("Enter");
  }
  await expect(tour).toContainText("reconstruction");
  await expect(tour).toContainText("do as well");
  await page.goBack();
  await expect(tour.getByRole("heading")).toHaveText("The L4 norm");
  await page.goForward();
  await tour.getByRole("button", { name: "Done" }).press("Enter");
  await expect(tour).toHaveCount(0);
});

test("what was on show before the tour is back after it", async ({ page }) => {
  const tour = page.getByTestId("tour");
  const begin = async () => {
    await page.getByTestId("start-tour").click();
    await expect(stepCount(page)).toHaveText("20");
    await tour.getByRole("button", { name: "Next" }).click();
    await expect(stepCount(page)).toHaveText("60");
  };
  await page.goto("about:blank");
  await page.goto("./#steps=50&seed=9&at=30");
  await live(page);
  await begin();
  await page.keyboard.press("Escape");
  await expect(tour).toHaveCount(0);
  await expect(page).toHaveURL(/#steps=50&seed=9&at=30$/);
  await expect(stepCount(page)).toHaveText("30");
  await stroke(page, [
    [0.5, 0.2],
    [0.5, 0.8],
  ]);
  await expect(prediction(page, "l4")).toHaveText("1");
  await begin();
  await tour.getByRole("button", { name: "End" }).click();
  await expect(prediction(page, "l4")).toHaveText("1");
  await expect(page).toHaveURL(/#steps=50&seed=9&drawing=[^&]+$/);
  // An image of one's own is in no link.
  const shot = await page.getByTestId("digit-canvas").screenshot();
  await page.getByTestId("image-file").setInputFiles({ name: "one.png", mimeType: "image/png", buffer: shot });
  await expect(page.getByTestId("images")).toHaveValue("0");
  await begin();
  await expect(page.getByTestId("images")).toHaveValue("");
  await tour.getByRole("button", { name: "End" }).click();
  await expect(page.getByTestId("images")).toHaveValue("0");
  await expect(page).toHaveURL(/#steps=50&seed=9$/);
});

test("whoever changes something during the tour keeps that", async ({ page }) => {
  await page.getByTestId("start-tour").click();
  await expect(stepCount(page)).toHaveText("20");
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(prediction(page, "l4")).toHaveText("3");
  await page.getByTestId("tour").getByRole("button", { name: "End" }).click();
  await expect(page).toHaveURL(/#sample=3$/);
});

test("the tour spoke of a digit that was not on show any more", async ({ page }) => {
  await page.getByTestId("start-tour").click();
  const tour = page.getByTestId("tour");
  const told = tour.getByText("You have changed the page; this is about digit 7.");
  const again = tour.getByRole("button", { name: "Show this step again" });
  for (let step = 1; step < 4; step += 1) await tour.getByRole("button", { name: "Next" }).click();
  await expect(tour.getByRole("heading")).toHaveText("The noise");
  await expect(page.getByTestId("neuron").getByRole("heading")).toHaveText("Hidden 1, neuron 457");
  await expect(again).toHaveCount(0);
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(told).toBeVisible();
  await again.click();
  await expect(again).toHaveCount(0);
  await expect(tour.getByRole("heading")).toBeFocused();
  await expect(prediction(page, "l4")).toHaveText("7");
  await page.getByTestId("neuron").getByRole("button", { name: "Close" }).click();
  await expect(tour).toContainText("This is about a neuron that is not on show.");
  await again.click();
  await expect(page.getByTestId("neuron").getByRole("heading")).toHaveText("Hidden 1, neuron 457");
  await page.goto("about:blank");
  await page.goto("./#model=fashion-cnn&tour=4");
  await expect(told).toBeVisible();
});

for (const [width, height] of [
  [360, 225],
  [320, 256],
] as const) {
  test(`at 400 % the tour had no text that could be read: ${width} × ${height}`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.getByTestId("start-tour").click();
    await expect(stepCount(page)).toHaveText("20");
    const tour = page.getByTestId("tour");
    await expect(tour.getByRole("button", { name: "Next" })).toBeInViewport({ ratio: 1 });
    const text = await tour.locator(".tour-text").boundingBox();
    expect(text?.height).toBeGreaterThan(100);
  });
}

test("the card fits into a low window", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 400 });
  await page.goto("about:blank");
  await page.goto("./#tour=6");
  const tour = page.getByTestId("tour");
  await expect(tour).toBeInViewport({ ratio: 1 });
  await expect(tour.getByRole("button", { name: "Done" })).toBeInViewport({ ratio: 1 });
});

test("the card hides nothing that has the focus", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.getByTestId("start-tour").click();
  await expect(stepCount(page)).toHaveText("20");
  const hidden = await page.evaluate(() => {
    const card = document.querySelector(".tour")?.getBoundingClientRect().top ?? 0;
    const all = document.querySelectorAll<HTMLElement>(":is(.model, .digit, .controls) :is(button, select, input)");
    return [...all].flatMap((element) => {
      element.focus();
      const isHidden = element === document.activeElement && element.getBoundingClientRect().bottom > card;
      return isHidden ? [element.outerHTML] : [];
    });
  });
  expect(hidden).toEqual([]);
});

test("a proposed experiment is run, and its link can be copied", async ({ page }) => {
  await page.getByRole("button", { name: "Reflecting floor" }).click();
  await expect(page.getByTestId("floor")).toHaveValue("0");
  await expect(page.getByText("16 × 24 × 24").first()).toBeVisible();
  await page.getByTestId("copy-link").click();
  await expect(page.getByText("Link copied.")).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/#floor=0&model=mnist-cnn$/);
  // What was copied is not what is on show any more.
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(page.getByText("Link copied.")).toHaveCount(0);
});

test("a proposed experiment runs on what was drawn", async ({ page }) => {
  await stroke(page, [
    [0.5, 0.2],
    [0.5, 0.8],
  ]);
  await expect(prediction(page, "l4")).toHaveText("1");
  await page.getByRole("button", { name: "Few steps" }).click();
  await expect(page.getByTestId("steps")).toHaveValue("10");
  await expect(stepCount(page)).toHaveText("10");
  await expect(page).toHaveURL(/drawing=/);
});

test("a step of the tour whose run is still on its way kept the next one at its own place", async ({ page }) => {
  await page.goto("about:blank");
  await page.goto("./#seed=3&at=100");
  await live(page);
  const letGo = await holdCalls(page, "begin");
  await page.getByTestId("start-tour").click();
  await page.getByTestId("tour").getByRole("button", { name: "Next" }).click();
  await expect(page.getByTestId("tour").getByRole("heading")).toHaveText("Rate coding");
  await letGo();
  await expect(page).toHaveURL(/#at=60&neuron=0\.602&tour=2$/);
  await expect(stepCount(page)).toHaveText("60");
});

test.describe("while something plays", () => {
  test.use({ contextOptions: { reducedMotion: "no-preference" } });

  test("the tour began with a run that played on", async ({ page }) => {
    await page.goto("about:blank");
    await page.goto("./#seed=2&steps=200");
    await live(page);
    // So that it does not come to its end.
    await page.locator(".speed select").selectOption("5");
    await expect(page.getByTestId("play")).toHaveAccessibleName("Pause");
    await page.getByTestId("start-tour").click();
    await expect(page.getByTestId("play")).toHaveAccessibleName("Play");
    await expect(page).toHaveURL(/#at=20&tour=1$/);
    await expect(stepCount(page)).toHaveText("20");
  });
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 } });

  test("what a proposed experiment changes comes into view, and the one on show is marked", async ({ page }) => {
    const preset = page.getByRole("button", { name: "Where L4 does not help" });
    await expect(preset).toHaveAttribute("aria-current", "false");
    await preset.click();
    await expect(page.locator(".ratios")).toBeInViewport({ ratio: 1 });
    await expect(preset).toHaveAttribute("aria-current", "true");
    await expect(page.getByRole("button", { name: "Few steps" })).toHaveAttribute("aria-current", "false");
  });

  test("the card shows its buttons, and what it talks of is seen above it", async ({ page }, info) => {
    await page.getByTestId("start-tour").click();
    const tour = page.getByTestId("tour");
    for (let step = 1; step <= 6; step += 1) {
      await expect(tour).toContainText(`${step} of 6`);
      const onward = tour.getByRole("button", { name: step < 6 ? "Next" : "Done" });
      await expect(onward).toBeInViewport({ ratio: 1 });
      // The shaded band was spoken of, and never seen.
      const plots = { 3: "arrived", 4: "potential", 5: "arrived" }[step];
      const subjects = plots
        ? [page.getByTestId(`plot-${plots}-plain`), page.getByTestId(`plot-${plots}-l4`)]
        : [page.locator(".plain .layer-plot").nth(step === 2 ? 0 : 1)];
      // In full: below the top of the screen, above the card.
      for (const subject of subjects) {
        await expect
          .poll(async () => {
            const [seen, card] = [await subject.boundingBox(), await tour.boundingBox()];
            return seen && card && seen.y >= 0 && seen.y + seen.height <= card.y;
          })
          .toBe(true);
      }
      await page.screenshot({ path: info.outputPath(`tour-${step}.png`) });
      const { violations } = await new AxeBuilder({ page }).include(".tour").analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      await onward.click();
    }
  });
});
