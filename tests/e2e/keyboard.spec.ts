// The whole journey without a mouse, and always seen where one is.

import { readFileSync } from "node:fs";
import type { Locator, Page } from "@playwright/test";
import { expect, live, openPlots, prediction, stepCount, test } from "./page.js";

/** More stops than the page has. */
const MOST_STOPS = 120;

/** Goes on to a control with the tab key; every stop on the way shows that it has the focus. */
async function tabTo(page: Page, wanted: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press(key);
    const { name, seen } = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return { name: "the window", seen: true };
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const seen = element.matches(":focus-visible") && outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1;
      return { name: element.outerHTML.slice(0, 120), seen };
    });
    expect(seen, `the focus is seen on ${name}`).toBe(true);
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error("it was not reached");
}

test("the card of a neuron lay over the page until the raster was left, and no key put it away", async ({ page }) => {
  await page.goto("./#at=100");
  await live(page);
  const raster = page.getByTestId("raster-l4-1");
  await raster.focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByTestId("neuron-card")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("neuron-card")).toHaveCount(0);
  await expect(raster).toBeFocused();
});

test("from a sample to a file, by keys alone", async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto("./");
  await live(page);
  const press = (key: string) => page.keyboard.press(key);

  // A sample is chosen.
  await tabTo(page, page.getByRole("option", { name: "7, sample 1", exact: true }));
  await press("ArrowDown");
  await press("ArrowLeft");
  await expect(page.getByRole("option", { name: "6, sample 2", exact: true })).toBeFocused();
  await expect(page).toHaveURL(/sample=16/);

  // The run is paused, stepped and played.
  const play = page.getByTestId("play");
  await tabTo(page, play);
  await expect(play).toHaveAccessibleName("Pause");
  await press("Space");
  await expect(play).toHaveAccessibleName("Play");
  const paused = Number(await stepCount(page).textContent());
  await tabTo(page, page.getByTestId("step"));
  await press("Enter");
  await expect(stepCount(page)).toHaveText(String(paused + 1));
  await tabTo(page, page.getByRole("slider", { name: "Position", exact: true }));
  await press("End");
  await expect(stepCount(page)).toHaveText("100");
  await expect(prediction(page, "l4")).toHaveText("6");

  // A neuron is selected, its plot read, and let go.
  await tabTo(page, page.getByTestId("raster-plain-1"));
  for (const key of ["PageDown", "ArrowDown", "Enter"]) await press(key);
  const neuron = page.getByTestId("neuron");
  await expect(neuron.getByRole("heading")).toHaveText("Hidden 1, neuron 53");
  const plot = neuron.getByTestId("plot-potential-l4").getByRole("slider");
  await expect(plot).toBeVisible();
  await tabTo(page, plot);
  await press("End");
  await expect(plot).toHaveAttribute("aria-valuetext", /step 100: potential/);
  await tabTo(page, neuron.getByRole("button", { name: "Close" }), "Shift+Tab");
  await press("Enter");
  await expect(neuron).toHaveCount(0);
  await expect(page.getByTestId("raster-plain-1")).toBeFocused();

  // What is on show is taken away.
  const download = page.waitForEvent("download");
  await tabTo(page, page.getByTestId("take-away").locator("summary"));
  await press("Enter");
  await tabTo(page, page.getByTestId("spikes-csv"));
  await press("Enter");
  expect(readFileSync(await (await download).path(), "utf8")).toMatch(/^network,layer,step,neuron\n/);

  // A parameter is changed.
  await tabTo(page, page.getByTestId("strength"));
  await press("ArrowRight");
  await press("ArrowRight");
  await expect(page.getByTestId("strength")).toHaveValue("0.9");
  await expect(page).toHaveURL(/strength=0.9/);

  // An evaluation is begun and ended at once.
  await tabTo(page, page.getByTestId("images-count"));
  await press("End");
  const evaluate = page.getByTestId("evaluate");
  await tabTo(page, evaluate);
  await press("Enter");
  await expect(page.getByTestId("evaluated")).toContainText(" left");
  await expect(evaluate).toBeFocused();
  await page.evaluate(() => {
    const told = document.querySelector("[data-testid=evaluated]");
    const count = async () => {
      let pictures = 0;
      for (; !told?.textContent?.includes("cancelled"); pictures += 1) await new Promise(requestAnimationFrame);
      document.documentElement.dataset["pictures"] = String(pictures);
    };
    addEventListener("keydown", () => void count(), { once: true, capture: true });
  });
  await press("Enter");
  // In the next picture but one, whatever the worker is at.
  await expect(page.locator("html")).toHaveAttribute("data-pictures", /^[012]$/);
});

test("the tour is taken and left, and the focus is where it began", async ({ page }) => {
  await page.goto("./");
  await live(page);
  const begin = page.getByTestId("start-tour");
  await tabTo(page, begin);
  await page.keyboard.press("Enter");
  const tour = page.getByTestId("tour");
  for (const title of ["What a spike is", "Rate coding", "Why conversion works"]) {
    await expect(tour.getByRole("heading")).toHaveText(title);
    await expect(tour.getByRole("heading")).toBeFocused();
    await tabTo(page, tour.getByRole("button", { name: "Next" }));
    await page.keyboard.press("Enter");
  }
  await expect(tour.getByRole("heading")).toBeFocused();
  await tabTo(page, tour.getByRole("button", { name: "End" }));
  await page.keyboard.press("Enter");
  await expect(tour).toHaveCount(0);
  await expect(begin).toBeFocused();
});

test("plots are chosen, read and taken away", async ({ page }) => {
  await page.goto("./#model=mnist-mlp-small");
  await live(page);
  await openPlots(page, "time");
  await page.keyboard.press("ArrowRight");
  await expect(page.getByTestId("tab-rates")).toBeFocused();
  await tabTo(page, page.getByTestId("plot-layer"));
  const plot = page.getByTestId("plot-rates");
  const download = page.waitForEvent("download");
  await tabTo(page, plot.getByRole("button", { name: "as SVG" }));
  await page.keyboard.press("Enter");
  expect((await download).suggestedFilename()).toBe("rates.svg");
  const slider = plot.getByRole("slider");
  await tabTo(page, slider);
  await page.keyboard.press("Home");
  await expect(slider).toHaveAttribute("aria-valuetext", /^neuron \d+/);
});

test("a button keeps the focus when what it does has been done", async ({ page }) => {
  await page.goto("./#model=mnist-mlp-small&steps=10&at=9");
  await live(page);
  await expect(stepCount(page)).toHaveText("9");
  const step = page.getByTestId("step");
  await step.focus();
  await page.keyboard.press("Enter");
  await expect(step).toBeDisabled();
  await expect(step).toBeFocused();
  const clear = page.getByTestId("clear");
  await clear.focus();
  await page.keyboard.press("Enter");
  await expect(clear).toBeDisabled();
  await expect(clear).toBeFocused();
  await page.getByTestId("model-file").setInputFiles("package.json");
  await page.getByTestId("refusal").getByRole("button", { name: "Close" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("own-model")).toBeFocused();
});

test("the focus was lost with buttons that are gone when they are pressed", async ({ page, complaints }) => {
  await page.goto("./#model=mnist-mlp-small&steps=10&plot=tradeoff");
  await live(page);
  const evaluate = page.getByTestId("evaluate-here");
  await evaluate.focus();
  await page.keyboard.press("Enter");
  await expect(evaluate).toHaveText("Evaluated", { timeout: 60_000 });
  await expect(evaluate).toBeDisabled();
  await expect(evaluate).toBeFocused();
  const files = /fashion-mlp.*safetensors/;
  await page.route(files, (route) => route.abort());
  const model = page.getByTestId("model");
  await model.selectOption("fashion-mlp");
  const again = page.getByRole("button", { name: "Try again" });
  await again.focus();
  // The browser tells the file that did not come.
  expect(complaints.splice(0)).toEqual([expect.stringContaining("ERR_FAILED")]);
  await page.unroute(files);
  await page.keyboard.press("Enter");
  await expect(page.getByText("Draw a piece of clothing")).toBeVisible();
  await expect(model).toBeFocused();
});
