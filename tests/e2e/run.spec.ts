// Playing, stepping, changing the experiment.

import { expect, holdCalls, live, prediction, slide, stepCount, test, total } from "./page.js";

test.describe("the run", () => {
  test.beforeEach(async ({ page }) => {
    await page.goto("./");
    await expect(stepCount(page)).not.toHaveText("0");
  });

  test("step goes one step further, reset goes back to the first", async ({ page }) => {
    await page.getByTestId("reset").click();
    await expect(stepCount(page)).toHaveText("0");
    await expect(prediction(page, "plain")).toHaveText("–");
    for (const step of ["1", "2", "3"]) {
      await page.getByTestId("step").click();
      await expect(stepCount(page)).toHaveText(step);
    }
    // No spike of L4 has reached the outputs so early.
    await expect(prediction(page, "l4")).toHaveText("–");
    expect(await total(page, "Plain", "Synaptic operations")).toBeGreaterThan(0);
  });

  test("the keyboard resets, plays and pauses", async ({ page }) => {
    const play = page.getByTestId("play");
    await page.getByTestId("reset").focus();
    await page.keyboard.press("Enter");
    await expect(stepCount(page)).toHaveText("0");
    await play.focus();
    await page.keyboard.press("Space");
    await expect(play).toHaveAccessibleName("Pause");
    await expect(stepCount(page)).not.toHaveText("0");
    await page.keyboard.press("Enter");
    await expect(play).toHaveAccessibleName("Play");
    const paused = Number(await stepCount(page).textContent());
    await page.getByTestId("step").press("Enter");
    await expect(stepCount(page)).toHaveText(String(paused + 1));
  });

  test("100 steps play in about five seconds", async ({ page }) => {
    await page.getByTestId("reset").click();
    const start = Date.now();
    await page.getByTestId("play").click();
    await expect(stepCount(page)).toHaveText("100", { timeout: 15_000 });
    expect(Date.now() - start).toBeGreaterThan(4500);
  });
});

test("a machine that is busy at the wrong moment ended a run before its first step", async ({ page }) => {
  // By this clock every slice of time is over before it has begun.
  const late = "{ let now = 0; performance.now = () => (now += 1000); }\n";
  await page.route(/assets\/worker-.*\.js/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: late + (await response.text()) });
  });
  const slowed = page.waitForResponse(/assets\/worker-.*\.js/);
  await page.goto("./#sample=3&steps=30");
  expect(await (await slowed).text()).toContain(late);
  await expect(stepCount(page)).toHaveText("30");
  await expect(prediction(page, "l4")).toHaveText("3");
});

test("what was read, and how soon, stands beside the ratios", async ({ page }) => {
  await page.goto("./#at=4");
  const outcome = page.getByTestId("outcome");
  await expect(outcome).toHaveText("Plain reads 7; L4 has not decided yet.");
  await page.goto("./#at=20");
  await expect(outcome).toHaveText("Plain reads 7; L4 favours 7 (highest potential, no output spike yet).");
  await expect(prediction(page, "l4")).toHaveText("7");
  await expect(page.getByRole("img", { name: "right" })).toHaveCount(1);
  await page.goto("./#at=100");
  await expect(outcome).toHaveText(
    /^Both read 7, and it is a 7\. L4 took \d+ % of plain’s operations\. First output spike: step \d+ in plain, step \d+ in L4\.$/,
  );
  // What is read wrongly is told with what it is.
  await page.goto("./#model=mnist-mlp-small&steps=10&sample=98&at=10");
  await expect(outcome).toContainText("Both read 3, but it is an 8.");
  await page.goto("./#model=mnist-mlp-small&steps=10&sample=3&at=10");
  await expect(outcome).toContainText("Plain reads 3, L4 reads 8; it is a 3.");
});

test.describe("the experiment", () => {
  // Runs are shown at their end at once.
  test.use({ contextOptions: { reducedMotion: "reduce" } });

  test.beforeEach(async ({ page }) => {
    await page.goto("./");
    await expect(stepCount(page)).toHaveText("100");
  });

  test("biases are corrected of the networks that are asked for", async ({ page }) => {
    const shown = async () => [await total(page, "Plain", "Spikes"), await total(page, "L4-adjusted", "Spikes")];
    const spikes = async () => {
      // A run that has just come begins with none.
      await expect.poll(async () => Math.min(...(await shown()))).toBeGreaterThan(0);
      return shown();
    };
    // From another page, so that no run is there that a link would replace.
    await page.goto("about:blank");
    await page.goto("./#model=mnist-mlp-small");
    await live(page);
    await expect(stepCount(page)).toHaveText("100");
    const usual = await spikes();
    await page.getByTestId("correction").selectOption("both");
    await expect.poll(async () => (await spikes())[0]).not.toBe(usual[0]);
    expect((await spikes())[1]).toBe(usual[1]);
    await page.getByTestId("correction").selectOption("none");
    await expect.poll(async () => (await spikes())[1]).not.toBe(usual[1]);
    expect((await spikes())[0]).toBe(usual[0]);
    await expect(page).toHaveURL(/correction=none/);
  });

  test("settings that were changed are marked, and go back together", async ({ page }) => {
    const defaults = page.getByTestId("defaults");
    await expect(defaults).toBeDisabled();
    await page.getByTestId("steps").fill("50");
    await page.getByTestId("seed").fill("9");
    await expect(page).toHaveURL(/#steps=50&seed=9$/);
    await expect(page.locator(".changed")).toHaveText(["Steps", "Seed"]);
    await defaults.click();
    await expect(page).not.toHaveURL(/#/);
    await expect(stepCount(page)).toHaveText("100");
    await expect(page.locator(".changed")).toHaveCount(0);
    await expect(defaults).toBeFocused();
    await page.goBack();
    await expect(page.getByTestId("steps")).toHaveValue("50");
  });

  test("the strength follows floor and margin until one is chosen", async ({ page }) => {
    await page.goto("./");
    const strength = page.getByTestId("strength");
    const automatic = page.getByTestId("strength-automatic");
    const told = page.getByTestId("strength-value");
    await expect(told).toContainText("0.80 σ");
    await expect(automatic).toHaveAttribute("aria-pressed", "true");
    await page.getByTestId("floor").selectOption("0");
    await expect(told).toContainText("1.25 σ");
    await slide(page.getByTestId("margin"), 0);
    await expect(told).toContainText("1.33 σ");
    await expect(page).toHaveURL(/margin=0/);
    await page.getByTestId("margin-automatic").click();
    await expect(told).toContainText("1.25 σ");
    await slide(strength, 0.6);
    await expect(automatic).toHaveAttribute("aria-pressed", "false");
    await page.getByTestId("floor").selectOption("none");
    await expect(told).toContainText("0.60 σ");
    await expect(page).toHaveURL(/strength=0.6/);
    await automatic.click();
    await expect(told).toContainText("0.80 σ");
    await expect(page).not.toHaveURL(/strength/);
  });

  test("strength changes the spikes of L4 and not those of plain", async ({ page }) => {
    const plain = await total(page, "Plain", "Spikes");
    const l4 = await total(page, "L4-adjusted", "Spikes");
    expect(l4).toBeLessThan(plain / 3);
    await slide(page.getByTestId("strength"), 2);
    await expect.poll(() => total(page, "L4-adjusted", "Spikes")).toBeLessThan(l4);
    expect(await total(page, "Plain", "Spikes")).toBe(plain);
    await expect(stepCount(page)).toHaveText("100");
  });

  test("the same seed gives the same spikes, another seed others", async ({ page }) => {
    const first = await total(page, "Plain", "Spikes");
    await page.getByTestId("seed").fill("2");
    await expect.poll(() => total(page, "Plain", "Spikes")).not.toBe(first);
    await page.getByTestId("seed").fill("1");
    await expect.poll(() => total(page, "Plain", "Spikes")).toBe(first);
  });

  test("fewer steps end earlier, and the address keeps the experiment", async ({ page }) => {
    await slide(page.getByTestId("steps"), 20);
    await page.getByTestId("model").selectOption("mnist-mlp-small");
    await expect(page.locator(".layer canvas")).toHaveCount(6);
    await expect(page).toHaveURL(/steps=20/);
    await page.reload();
    await expect(stepCount(page)).toHaveText("20");
    await expect(page.locator(".layer canvas")).toHaveCount(6);
  });

  test("a seed that is none is marked, and the one in use comes back", async ({ page }) => {
    const seed = page.getByTestId("seed");
    await seed.fill("3");
    await expect(page).toHaveURL(/seed=3/);
    for (const wrong of ["", "1.5", "-3", "99999999999"]) {
      await seed.fill(wrong);
      await expect(seed).toHaveAttribute("aria-invalid", "true");
      await expect(seed).toHaveValue(wrong);
      await seed.blur();
      await expect(seed).toHaveValue("3");
      await expect(seed).toHaveAttribute("aria-invalid", "false");
    }
    await expect(page).toHaveURL(/seed=3/);
  });

  test("a seed that was typed stayed in its field after back", async ({ page }) => {
    const seed = page.getByTestId("seed");
    await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
    await expect(page).toHaveURL(/#sample=3$/);
    await seed.fill("42");
    await expect(page).toHaveURL(/seed=42/);
    await page.goBack();
    await expect(page).not.toHaveURL(/seed=/);
    await expect(seed).toBeFocused();
    await expect(seed).toHaveValue("1");
  });
});

test("what was automatic becomes a value that a link can hold", async ({ page }) => {
  await page.goto("./#floor=0&margin=0");
  await expect(prediction(page, "l4")).toHaveText("7");
  await expect(page.getByTestId("strength-value")).toContainText("1.33");
  await page.getByTestId("strength-automatic").click();
  await expect(page.getByTestId("strength-value")).toContainText("1.35");
  await expect(page).toHaveURL(/strength=1\.35/);
});

test("numbers of the settings before stood under the new ones without a sign", async ({ page }) => {
  await page.goto("./#at=100");
  await live(page);
  const [outcome, networks, main] = [page.getByTestId("outcome"), page.locator(".networks"), page.getByRole("main")];
  await expect(outcome).toContainText("Both read 7");
  const place = () => networks.evaluate((element) => (element as HTMLElement).offsetTop);
  const before = await place();
  const letGo = await holdCalls(page, "begin");
  await slide(page.getByTestId("rate"), 0.5);
  await expect(outcome).toHaveText("Converting with the new settings …");
  await expect(main).toHaveAttribute("aria-busy", "true");
  await expect(networks).toHaveCSS("opacity", "0.45");
  expect(await place()).toBe(before);
  await letGo();
  await expect(outcome).toContainText("Both read 7");
  await expect(main).toHaveAttribute("aria-busy", "false");
  await expect(networks).toHaveCSS("opacity", "1");
  // What takes the run away takes the word with it.
  const letGoAgain = await holdCalls(page, "begin");
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(outcome).toHaveText("Running on the new input …");
  await page.getByTestId("clear").click();
  await expect(outcome).toHaveText("");
  await expect(main).toHaveAttribute("aria-busy", "false");
  await letGoAgain();
});
