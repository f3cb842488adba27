// Spikes of neurons that should be silent: told apart in rasters, counts and files.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { load } from "quartic-snn";
import { expect, live, saved, stepCount, test } from "./page.js";

// Runs are shown at their end at once.
test.use({ contextOptions: { reducedMotion: "reduce" } });

const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url));

/** The neurons that the trained network has at 0 or below for a sample, by layer, told by their mean drift. */
async function silentNeurons(sample: number): Promise<Set<number>[]> {
  const quartic = await load();
  const ann = quartic.readModel(file("models/mnist-mlp.safetensors"));
  const pixels = gunzipSync(file("www/src/assets/mnist-samples.bin")).subarray(sample * 784, (sample + 1) * 784);
  const input = Float32Array.from(pixels, (value) => value / 255);
  const plain = quartic.convert(ann, { calibration: input, adjustment: "none" });
  return plain.drift(input).map((layer) => new Set([...layer.keys()].filter((neuron) => (layer[neuron] ?? 0) <= 0)));
}

test("spikes of neurons that should be silent are those of the trained network's zeros", async ({ page }) => {
  await page.goto("./#sample=3");
  await live(page);
  await expect(stepCount(page)).toHaveText("100");
  await page.getByTestId("take-away").locator("summary").click();
  const rows = (await saved(page, "spikes-csv")).trimEnd().split("\n").slice(1);
  const picture = await saved(page, "rasters-svg");
  const silent = await silentNeurons(3);
  const found = ["plain", "l4"].map((network) => {
    const own = rows.map((row) => row.split(",")).filter(([name, layer]) => name === network && layer !== "0");
    return own.filter(([, layer, , neuron]) => silent[Number(layer) - 1]?.has(Number(neuron)));
  });
  for (const [index, network] of ["plain", "l4"].entries()) {
    const spikes = found[index] ?? [];
    const neurons = new Set(spikes.map(([, layer, , neuron]) => `${layer}.${neuron}`));
    const told = page.getByTestId(`false-${network}`);
    await expect(told).toHaveText(spikes.length.toLocaleString("en"));
    await expect(told.locator("..")).toContainText(`in ${neurons.size} neuron`);
    // In the picture neurons share cells: the false ones cover what they are of all in their layer, and no more.
    for (const layer of [1, 2]) {
      const drawn = (kind: string) =>
        picture.match(new RegExp(`data-layer="${network}-${layer}${kind}" d="([^"]*)"`))?.[1]?.match(/M/g)?.length ?? 0;
      const ofLayer = (row: string[]) => row[0] === network && row[1] === String(layer);
      const all = rows.filter((row) => ofLayer(row.split(","))).length;
      const part = drawn("-false") / (drawn("-false") + drawn(""));
      expect(Math.abs(part - spikes.filter(ofLayer).length / all), `${network} ${layer}`).toBeLessThan(0.03);
    }
  }
  const [plain = 0, l4 = 0] = found.map(({ length }) => length);
  expect(plain).toBeGreaterThan(l4);
  await expect(page.locator(".ratios")).toContainText(`${(plain / l4).toFixed(1)}× fewer false spikes`);
  // As far as the play head is, not of the whole run.
  await page.getByRole("button", { name: "Reset" }).click();
  await expect(page.getByTestId("false-plain")).toHaveText("0");
});

test("the run that the page begins with knows them before anything is loaded", async ({ page }) => {
  await page.route("**/*.wasm", () => {});
  await page.goto("./");
  await expect(stepCount(page)).toHaveText("100");
  await expect(page.getByTestId("false-plain")).not.toHaveText("0");
});

test("where neurons share pixels, false spikes cover what they are of all spikes", async ({ page }) => {
  await page.goto("./#model=fashion-cnn");
  await live(page);
  await expect(stepCount(page)).toHaveText("100");
  await page.getByTestId("take-away").locator("summary").click();
  // What the page itself takes for false is checked above.
  const wrong = await page.getByTestId("false-plain").textContent();
  const rows = (await saved(page, "spikes-csv")).trimEnd().split("\n").slice(1);
  const own = rows.filter((row) => /^plain,[1-9]/.test(row));
  const told = Number(wrong?.replaceAll(",", "")) / own.length;
  // Of all rasters after the input: cells of the tone of false spikes, and of others. Edges of cells are left out.
  const reds = await page.locator(".plain .layer canvas").evaluateAll((all) =>
    all.slice(1).flatMap((element) => {
      const { width, height } = element as HTMLCanvasElement;
      const data = (element as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
      const [red = [], green = [], , opaque = []] = [0, 1, 2, 3].map((from) => data.filter((_, at) => at % 4 === from));
      return Array.from(opaque).flatMap((alpha, at) => (alpha < 200 ? [] : [Number(red[at] ?? 0) > (green[at] ?? 0)]));
    }),
  );
  expect(Math.abs(reds.filter(Boolean).length / reds.length - told)).toBeLessThan(0.04);
});
