// What a visitor takes away is what is on the screen.

import { execFileSync } from "node:child_process";
import { expect, prediction, saved, test, total } from "./page.js";

test.use({ contextOptions: { reducedMotion: "reduce" } });

test("spikes as CSV and JSON hold every spike on show", async ({ page }) => {
  await page.goto("./#model=mnist-mlp-small&at=40");
  await expect(page.getByTestId("step-count")).toHaveText("40");
  await page.getByTestId("take-away").locator("summary").click();
  const [head, ...rows] = (await saved(page, "spikes-csv")).trimEnd().split("\n");
  expect(head).toBe("network,layer,step,neuron");
  const spikes = rows.map((row) => row.split(","));
  for (const [network, title] of [
    ["plain", "Plain"],
    ["l4", "L4-adjusted"],
  ] as const) {
    const own = spikes.filter(([name, layer]) => name === network && layer !== "0");
    expect(own).toHaveLength(await total(page, title, "Spikes"));
  }
  // As the page counts them.
  const steps = spikes.map(([, , step]) => Number(step));
  expect([Math.min(...steps), Math.max(...steps)]).toEqual([1, 40]);
  const json = JSON.parse(await saved(page, "spikes-json"));
  expect(json.spikes).toHaveLength(rows.length);
  expect(json.settings.model).toBe("mnist-mlp-small");
});

test("what is taken away while another network is loaded is of the one on show", async ({ page }) => {
  let go = () => {};
  const wait = new Promise<void>((resolve) => (go = resolve));
  await page.route(/fashion-mlp.*safetensors/, async (route) => {
    await wait;
    await route.continue();
  });
  await page.goto("./#model=mnist-mlp-small");
  await expect(prediction(page, "l4")).toHaveText("7");
  await page.getByTestId("take-away").locator("summary").click();
  await page.getByTestId("model").selectOption("fashion-mlp");
  await expect(page.getByTestId("model-status")).toHaveText(/^Reading Clothes/);
  expect(JSON.parse(await saved(page, "spikes-json")).settings.model).toBe("mnist-mlp-small");
  await page.getByTestId("images-count").selectOption("100");
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("evaluated")).toContainText("100 of 100 images, done", { timeout: 60_000 });
  expect(await saved(page, "results-csv")).toContain("mnist-mlp-small");
  go();
  await expect(page.getByText("Draw a piece of clothing")).toBeVisible();
  await expect(page.getByTestId("model-status")).toHaveText("");
});

for (const [model, more] of [
  ["mnist-mlp-small", "&correction=both&precision=fixed&floor=0&start=0.5"],
  ["mnist-cnn", "&signed=both"],
]) {
  test(`the code repeats the run in Node: ${model}`, async ({ page }) => {
    await page.goto(`./#model=${model}&sample=13&seed=4&strength=1.1${more}`);
    await expect(prediction(page, "l4")).toHaveText("3");
    await page.getByTestId("take-away").locator("summary").click();
    const code = (await page.getByTestId("code").textContent()) ?? "";
    const output = execFileSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" });
    const results = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    for (const [index, title] of (["Plain", "L4-adjusted"] as const).entries()) {
      const { spikesPerLayer, synapticOperations } = results[index];
      const after = spikesPerLayer.slice(1).reduce((sum: number, spikes: number) => sum + spikes, 0);
      expect(after).toBe(await total(page, title, "Spikes"));
      expect(synapticOperations).toBe(await total(page, title, "Synaptic"));
    }
  });
}
