// Every file that the page gives away is read again, and holds what is on show.

import { readFileSync } from "node:fs";
import type { Locator, Page } from "@playwright/test";
import { expect, openPlots, prediction, test, total } from "./page.js";

test.use({ contextOptions: { reducedMotion: "reduce" } });

test.beforeEach(async ({ page }) => {
  await page.goto("./#model=mnist-mlp-small");
  await expect(prediction(page, "l4")).toHaveText("7");
});

async function saved(page: Page, button: Locator): Promise<{ name: string; bytes: Buffer }> {
  const download = page.waitForEvent("download");
  await button.click();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** What a picture is, as the browser reads it. */
const parsed = (page: Page, svg: string) =>
  page.evaluate((text) => {
    const { documentElement: root } = new DOMParser().parseFromString(text, "image/svg+xml");
    const count = (selector: string) => root.querySelectorAll(selector).length;
    return {
      broken: root.querySelector("parsererror") !== null,
      title: root.querySelector("title")?.textContent ?? "",
      text: root.textContent ?? "",
      circles: count("circle"),
      bars: count("g rect"),
      spikes: Object.fromEntries(
        [...root.querySelectorAll("path[data-layer]")].map((path) => [
          path.getAttribute("data-layer"),
          (path.getAttribute("d")?.match(/M/g) ?? []).length,
        ]),
      ),
    };
  }, svg);

/** The size of a picture in pixels, and how many colours it has. */
const pixels = (page: Page, png: Buffer) =>
  page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context?.drawImage(bitmap, 0, 0);
    const { data = [] } = context?.getImageData(0, 0, bitmap.width, bitmap.height) ?? {};
    const colours = new Set(new Uint32Array(Uint8Array.from(data).buffer));
    return { width: bitmap.width, height: bitmap.height, colours: colours.size };
  }, png.toString("base64"));

const rowsOf = (bytes: Buffer) =>
  bytes
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));

test("rasters as SVG and PNG have every spike of every layer", async ({ page }) => {
  await page.getByTestId("take-away").locator("summary").click();
  const svg = await saved(page, page.getByTestId("rasters-svg"));
  expect(svg.name).toBe("spikes.svg");
  const figure = await parsed(page, svg.bytes.toString());
  expect(figure.broken).toBe(false);
  for (const [side, title] of [
    ["plain", "Plain"],
    ["l4", "L4-adjusted"],
  ] as const) {
    // Of both layers, those of neurons that should be silent among them.
    const after = Object.entries<number>(figure.spikes).filter(([name]) => new RegExp(`^${side}-[12]`).test(name));
    const spikes = after.reduce((sum, [, count]) => sum + count, 0);
    expect(spikes).toBe(await total(page, title, "Spikes"));
    expect(figure.text).toContain(`${title}reads 7`);
  }
  // What it shows, and what its colour of false spikes means.
  expect(figure.text).toContain("Digits: 128 hidden neurons. Input: sample 7 of the page, 7. 100 of 100 steps;");
  expect(figure.text).toContain("false spikes, of neurons");
  expect(figure.text).toContain("0123456789");
  const png = await saved(page, page.getByTestId("rasters-png"));
  expect(png.name).toBe("spikes.png");
  const picture = await pixels(page, png.bytes);
  expect(picture.width).toBe(2 * 968);
  expect(picture.colours).toBeGreaterThan(20);
});

const plots = [
  ["time", "spikes-over-time"],
  ["rates", "rates"],
  ["noise", "noise"],
  ["thresholds", "thresholds"],
  ["thresholds", "norms"],
  ["energy", "energy"],
] as const;

for (const [tab, id] of plots) {
  test(`the plot ${id} as SVG, PNG and CSV`, async ({ page }) => {
    await openPlots(page, tab);
    if (tab === "noise") await page.getByTestId("measure-noise").click();
    const plot = page.getByTestId(`plot-${id}`);
    await expect(plot).toBeVisible();
    const { name, bytes } = await saved(page, plot.getByRole("button", { name: "as SVG" }));
    expect(name).toBe(`${id}.svg`);
    const figure = await parsed(page, bytes.toString());
    expect(figure.broken).toBe(false);
    expect(figure.title).toBe(await plot.locator(".plot-title").textContent());
    const csv = await saved(page, plot.getByRole("button", { name: "as CSV" }));
    const [head = [], ...rows] = rowsOf(csv.bytes);
    const keys = await plot.locator(".key").allTextContents();
    for (const key of keys) expect(head.join()).toContain(key.trim().split(",")[0]);
    // Every column has a name, and every value its unit.
    expect(head).not.toContain("");
    expect(head.join().match(/\[[^\]]+\]/g)).toHaveLength(keys.length);
    const values = rows.flatMap((row) => row.slice(-keys.length).filter((cell) => cell !== ""));
    expect(values.filter((value) => value.replace(/\D/g, "").length > 14)).toEqual([]);
    expect(values.length).toBeGreaterThan(2);
    // Two kinds of points, and their keys; every bar is a value.
    if (tab === "rates" || tab === "noise") expect(figure.circles).toBe(2 * 128 + 2);
    if (tab === "energy" || tab === "thresholds") expect(figure.bars).toBe(values.length);
    const png = await pixels(page, (await saved(page, plot.getByRole("button", { name: "as PNG" }))).bytes);
    expect([png.width, png.height]).toEqual([1280, 800]);
    expect(png.colours).toBeGreaterThan(10);
  });
}

test("the table of an evaluation as CSV", async ({ page }) => {
  await page.getByTestId("images-count").selectOption("100");
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("confusion")).toBeVisible();
  const { name, bytes } = await saved(page, page.getByTestId("results-csv"));
  expect(name).toBe("evaluation.csv");
  const [head = [], ...rows] = rowsOf(bytes);
  expect(rows.map(([network]) => network)).toEqual(["trained", "input limit", "plain", "l4"]);
  const shown = await page.getByTestId("results").locator("tbody tr").allTextContents();
  for (const [index, row] of rows.entries()) {
    const cell = (column: string) => row[head.indexOf(column)] ?? "";
    expect(shown[index]).toContain(`${(100 * Number(cell("accuracy"))).toFixed(2)} %`);
    expect(cell("images")).toBe("100");
    expect(cell("model")).toBe("mnist-mlp-small");
    const operations = Number(cell("synaptic_operations_per_image"));
    if (operations > 0) expect(shown[index]).toContain(Math.round(operations).toLocaleString("en"));
  }
  const plot = page.getByTestId("plot-accuracy-steps");
  const curve = rowsOf((await saved(page, plot.getByRole("button", { name: "as CSV" }))).bytes);
  expect(curve).toHaveLength(101);
  expect(Number(curve.at(-1)?.[1])).toBeCloseTo(100 * Number(rows[2]?.[2]), 6);
});
