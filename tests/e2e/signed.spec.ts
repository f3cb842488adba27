// Neurons that take spikes back: what is shown of them, and that all counts know them.

import { expect, live, openPlots, saved, stepCount, test, total } from "./page.js";

// Runs are shown at their end at once.
test.use({ contextOptions: { reducedMotion: "reduce" } });

test("spikes that are taken back are counted, told apart in files, and follow the controls", async ({ page }) => {
  await page.goto("./#margin=0");
  await live(page);
  const told = page.getByTestId("strength-value");
  await expect(told).toContainText("0.90 σ");
  await expect(page.getByTestId("taken-back-plain")).toHaveCount(0);
  await page.getByTestId("signed").selectOption("l4");
  await expect(told).toContainText("0.60 σ");
  await expect(page.getByTestId("taken-back-l4")).not.toHaveText("0");
  await expect(page.getByTestId("taken-back-plain")).toHaveText("0");
  await page.getByTestId("signed").selectOption("both");
  await expect(page.getByTestId("taken-back-plain")).not.toHaveText("0");
  await expect(page).toHaveURL(/signed=both/);
  await expect(stepCount(page)).toHaveText("100");
  await page.getByTestId("take-away").locator("summary").click();
  const [head, ...rows] = (await saved(page, "spikes-csv")).trimEnd().split("\n");
  expect(head).toBe("network,layer,step,neuron,sign");
  const picture = await saved(page, "rasters-svg");
  for (const [network, title] of [
    ["plain", "Plain"],
    ["l4", "L4-adjusted"],
  ] as const) {
    const own = rows.map((row) => row.split(",")).filter(([name, layer]) => name === network && layer !== "0");
    const back = own.filter(([, , , , sign]) => sign === "-1");
    expect(own).toHaveLength(await total(page, title, "Spikes"));
    await expect(page.getByTestId(`taken-back-${network}`)).toHaveText(back.length.toLocaleString("en"));
    // In the picture neurons share cells, of which these cover what they are of all.
    for (const layer of ["1", "2"]) {
      const [drawn = 0, others = 0] = ["-taken-back", "(?:-false)?"].map((kind) => {
        const paths = picture.matchAll(new RegExp(`data-layer="${network}-${layer}${kind}" d="([^"]*)"`, "g"));
        return [...paths].flatMap(([, path]) => path?.match(/M/g) ?? []).length;
      });
      const [ofBack, ofAll] = [back, own].map((spikes) => spikes.filter(([, of]) => of === layer).length);
      const part = (ofBack ?? 0) / (ofAll ?? 0);
      expect(Math.abs(drawn / (drawn + others) - part), `${network} ${layer}`).toBeLessThan(0.03);
    }
  }
});

test("what has come in is the same whether spikes are taken back or not, and so is its noise", async ({ page }) => {
  // Neuron 124 of the plain network takes spikes back.
  const read = async (hash: string) => {
    await page.goto("about:blank");
    await page.goto(`./#model=mnist-mlp-small&neuron=1.124${hash}`);
    await live(page);
    const said = async (plot: string) => {
      const slider = page.getByTestId(`plot-${plot}`).getByRole("slider");
      await slider.focus();
      await page.keyboard.press("End");
      return slider.getAttribute("aria-valuetext");
    };
    const title = await page.getByTestId("plot-potential-plain").textContent();
    const arrived = [await said("arrived-plain"), await said("arrived-l4")];
    await openPlots(page, "noise");
    await page.getByTestId("measure-noise").click();
    await expect(page.getByTestId("plot-noise").locator("canvas")).toBeVisible({ timeout: 30_000 });
    return { title, arrived, noise: await page.getByTestId("plot-noise").textContent() };
  };
  const usual = await read("&strength=0.6&margin=0&correction=none");
  const signed = await read("&signed=both&margin=0&correction=none");
  expect(usual.title).not.toContain("taken back");
  expect(signed.title).toMatch(/[1-9]\d* taken back/);
  expect(signed.arrived).toEqual(usual.arrived);
  expect(signed.noise).toBe(usual.noise);
});

test("signed neurons and a floor exclude each other, and of a link to both the floor is passed over", async ({
  page,
}) => {
  await page.goto("./#signed=l4");
  await live(page);
  const option = (id: string, name: string) => page.getByTestId(id).getByRole("option", { name });
  await expect(option("floor", "zero")).toBeDisabled();
  await page.getByTestId("signed").selectOption("none");
  await page.getByTestId("floor").selectOption("0");
  await expect(option("signed", "L4 only")).toBeDisabled();
  await expect(option("signed", "both")).toBeDisabled();
  await page.goto("about:blank");
  await page.goto("./#signed=l4&floor=0");
  await live(page);
  await expect(page.getByTestId("floor")).toHaveValue("none");
  await expect(page.getByTestId("signed")).toHaveValue("l4");
  await expect(page.getByRole("alert")).toHaveCount(0);
});
