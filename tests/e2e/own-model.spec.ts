// A visitor's own model: read, converted and run, or refused in words.

import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { node, onnx, tensor } from "../js/lib/onnx.mjs";
import { safetensors } from "../js/lib/safetensors.mjs";
import { expect, holdCalls, holdFiles, live, stroke, test } from "./page.js";

const fixtures = "tests/fixtures/onnx";
const choose = (page: Page, file: string) => page.getByTestId("model-file").setInputFiles(file);

test("an ONNX model is read, reported and run in both networks", async ({ page }) => {
  await page.goto("./");
  await choose(page, `${fixtures}/lenet-torchscript.onnx`);
  const report = page.getByTestId("report");
  await expect(report).toContainText("1 × 12 × 12");
  await expect(report).toContainText("maxPool2d");
  await expect(report).toContainText("moved the activation before max pooling");
  await expect(report).toContainText("Calibrated on");
  for (const side of ["plain", "l4"]) await expect(page.getByTestId(`prediction-${side}`)).toHaveText(/^\d$/);
  await expect(page.getByText("Hidden 1").first()).toBeVisible();
});

test("the page begins with the lean module, and fetches the whole one for a visitor's file only", async ({ page }) => {
  const modules: string[] = [];
  page.on("request", (request) => {
    const name = request.url().match(/quartic_snn_(lean_)?bg/)?.[0];
    if (name) modules.push(name);
  });
  await page.goto("./");
  await live(page);
  expect(modules).toEqual(["quartic_snn_lean_bg"]);
  await choose(page, `${fixtures}/lenet-torchscript.onnx`);
  await expect(page.getByTestId("report")).toContainText("1 × 12 × 12");
  await live(page);
  expect(modules).toEqual(["quartic_snn_lean_bg", "quartic_snn_bg"]);
  // Back to a model of the page: a neuron of it is asked about where it runs.
  await page.getByTestId("model").selectOption("mnist-mlp-small");
  // Until then the neuron would be one of the network before, and let go with it.
  await expect(page.getByTestId("report")).toHaveCount(0);
  await live(page);
  await page.getByTestId("raster-l4-1").click();
  await expect(page.getByTestId("neuron")).toContainText("neuron");
});

test("a model for colour images is shown its input shape, and not what the page does by itself", async ({ page }) => {
  await page.goto("./");
  await choose(page, `${fixtures}/keras-cnn-colour.onnx`);
  const report = page.getByTestId("report");
  await expect(report).toContainText("3 × 10 × 10");
  // Whoever gives values must know that; here the page does it.
  await expect(report).not.toContainText("channel-first");
  await expect(report).toContainText("left out parts that change no decision");
  await expect(page.getByTestId("prediction-plain")).toHaveText(/^\d$/);
});

test("a model with an unsupported node is refused by name, and the model before it stays", async ({ page }) => {
  await page.goto("./");
  await expect(page.getByTestId("prediction-plain")).toHaveText("7");
  await choose(page, `${fixtures}/refused/sigmoid.onnx`);
  const refusal = page.getByTestId("refusal");
  await expect(refusal).toContainText("Not accepted: sigmoid.onnx");
  await expect(refusal).toContainText("Sigmoid");
  await expect(refusal).toContainText("stays in use");
  await refusal.getByRole("button").click();
  await expect(refusal).toHaveCount(0);
  await page.getByTestId("reset").click();
  await page.getByTestId("step").click();
  await expect(page.getByText("1 of 100 steps")).toBeVisible();
});

test("files that are no models are refused with what they are", async ({ page }) => {
  await page.goto("./");
  const files = { "model.h5": "\x89HDF\r\n\x1a\n", "page.onnx": "<!doctype html>", "empty.onnx": "" };
  const words = { "model.h5": "HDF5", "page.onnx": "web page", "empty.onnx": "empty" };
  for (const [name, content] of Object.entries(files)) {
    const buffer = Buffer.from(content, "latin1");
    await page.getByTestId("model-file").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    await expect(page.getByTestId("refusal")).toContainText(words[name as keyof typeof words]);
    // A sentence, without the marks of code.
    await expect(page.getByTestId("refusal")).toContainText(new RegExp(`Not accepted: ${name}\\. [A-Z][^\`]*\\.`));
  }
});

test("what was refused was told on when another network had been chosen", async ({ page }) => {
  await page.goto("./");
  await live(page);
  await choose(page, `${fixtures}/refused/sigmoid.onnx`);
  await expect(page.getByTestId("refusal")).toBeVisible();
  await page.getByTestId("model").selectOption("mnist-mlp-small");
  await expect(page.getByTestId("refusal")).toHaveCount(0);
});

test("what was on show looked as if it were of the network that is still loaded, and moved down", async ({ page }) => {
  await page.goto("./");
  await live(page);
  const come = await holdFiles(page, /fashion-mlp.*\.safetensors$/);
  const pad = async () => (await page.getByTestId("digit-canvas").boundingBox())?.y;
  const before = await pad();
  await page.getByTestId("model").selectOption("fashion-mlp");
  await expect(page.locator(".networks")).toHaveAttribute("data-outdated", "true");
  await expect(page.getByTestId("outcome")).toContainText("Loading the network");
  await expect(page.locator(".model .reading")).toBeVisible();
  expect(await pad()).toBe(before);
  // What was on show is chosen again.
  await page.getByTestId("model").selectOption("mnist-mlp");
  await expect(page.locator(".networks")).not.toHaveAttribute("data-outdated");
  come();
});

/** Drops a file on the page as a visitor does. */
async function drop(page: Page, path: string) {
  const file = [...readFileSync(path)];
  const transfer = await page.evaluateHandle(
    ([name, content]) => {
      const made = new DataTransfer();
      made.items.add(new File([new Uint8Array(content)], name));
      return made;
    },
    [`dropped.${path.split(".").at(-1)}`, file] as const,
  );
  await page.dispatchEvent("main", "dragover", { dataTransfer: transfer });
  await expect(page.getByTestId("drop-hint")).toBeVisible();
  await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
  await expect(page.getByTestId("drop-hint")).toHaveCount(0);
}

test("an ONNX model that is dropped on the page is read and run", async ({ page }) => {
  await page.goto("./");
  await expect(page.getByTestId("prediction-plain")).toHaveText("7");
  await drop(page, `${fixtures}/lenet-torchscript.onnx`);
  await expect(page.getByTestId("report")).toContainText("1 × 12 × 12");
  for (const side of ["plain", "l4"]) await expect(page.getByTestId(`prediction-${side}`)).toHaveText(/^\d$/);
});

test("a file that is dropped anywhere on the page is taken", async ({ page }) => {
  await page.goto("./");
  await expect(page.getByTestId("prediction-plain")).toHaveText("7");
  await drop(page, "models/mnist-mlp-small.safetensors");
  await expect(page.getByTestId("report")).toContainText("mnist-mlp-small");
  // It reads digits, and the one on show stays.
  await expect(page.getByTestId("prediction-l4")).toHaveText("7");
});

test("one's own network of clothes is told to be one: samples, calibration and names follow", async ({ page }) => {
  await page.goto("./");
  await live(page);
  await choose(page, "models/fashion-mlp.safetensors");
  const report = page.getByTestId("report");
  await expect(report).toContainText("training images of MNIST.");
  await page.getByTestId("reads").selectOption("clothes");
  await expect(report).toContainText("training images of Fashion-MNIST.");
  await expect(page.getByText("Draw a piece of clothing")).toBeVisible();
  await page.getByRole("option", { name: "Trousers, sample 1", exact: true }).click();
  await expect(page.getByTestId("outcome")).toContainText("Both read Trousers, and it is Trousers.");
  await page.getByTestId("evaluate").click();
  await expect(page.getByTestId("evaluated")).toContainText("of 100 images");
  await page.getByTestId("reads").selectOption("other pictures");
  await expect(report).toContainText("Calibrated on the current input");
  await expect(page.getByText("Draw a picture")).toBeVisible();
  await expect(page.getByTestId("samples")).toHaveCount(0);
  // It is remembered while the page is open.
  await page.getByTestId("model").selectOption("mnist-mlp");
  await expect(report).toHaveCount(0);
  await page.getByTestId("model").selectOption("own");
  await expect(page.getByTestId("reads")).toHaveValue("");
});

/** One dense layer from so many inputs to so many classes, as a file. */
function dense(inputs: number, outputs: number) {
  const values = Float32Array.from({ length: outputs * inputs }, (_, place) => (place % 7) / 70);
  const layers = [{ type: "dense", weights: "scores", activation: "linear" }];
  const description = JSON.stringify({ version: 1, name: "scores", inputShape: [inputs], layers });
  const file = safetensors({ scores: { shape: [outputs, inputs], values } }, { "quartic-snn": description });
  return { name: "scores.safetensors", mimeType: "application/octet-stream", buffer: Buffer.from(file) };
}

test("the four columns of a table were taken for a picture of 2 × 2, and no values could be typed", async ({
  page,
}) => {
  await page.goto("./");
  await live(page);
  await page.getByTestId("model-file").setInputFiles(dense(4, 3));
  await expect(page.getByTestId("values")).toHaveValue(/^[\d., ]+$/);
  await expect(page.getByTestId("reads")).toHaveValue("values");
  await page.getByTestId("values").fill("0.1, 0.9, 0.5, 0.2");
  await page.getByTestId("values").blur();
  await expect(page.getByTestId("prediction-l4")).toHaveText(/^\d$/);
  await page.getByTestId("reads").selectOption("pictures of 2 × 2");
  await expect(page.getByText("Draw a picture")).toBeVisible();
  // As many values as a picture of digits has may be none all the same.
  await page.getByTestId("model-file").setInputFiles(dense(64, 10));
  await expect(page.getByTestId("reads")).toHaveValue("");
  await page.getByTestId("reads").selectOption("values");
  await expect(page.getByTestId("values")).toBeVisible();
});

test("rows of a table calibrate a network that reads values, pasted or from a file, and are told of", async ({
  page,
}) => {
  await page.goto("./");
  await live(page);
  await page.getByTestId("model-file").setInputFiles(dense(4, 3));
  const [values, report, rows] = [page.getByTestId("values"), page.getByTestId("report"), page.getByTestId("images")];
  await expect(report).toContainText("Paste or drop some of them, one a line.");
  await values.fill("a,b,c,d\n0.1,0.2,0.3,0.4\n0.5,0.6,0.7,0.8\n\n0.9,0.8,0.7,0.6\n");
  await values.blur();
  await expect(report).toContainText("Calibrated on your 3 inputs.");
  await expect(values).toHaveValue("0.1, 0.2, 0.3, 0.4");
  await rows.selectOption("Input 3");
  await expect(values).toHaveValue("0.9, 0.8, 0.7, 0.6");
  const file = (text: string) => ({ name: "rows.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  const many = Array.from({ length: 210 }, (_, row) => `${row / 1000};0.5;0.5;0.5`).join("\r\n");
  await page.getByTestId("values-file").setInputFiles(file(many));
  await expect(report).toContainText("Calibrated on your 200 inputs.");
  const refusal = page.locator(".digit").getByTestId("refusal");
  await expect(refusal).toContainText("At most 200 inputs are used, and there were 210.");
  await page.getByTestId("values-file").setInputFiles(file("0.1,0.2,0.3,0.4\n0.1,0.2,0.3\n"));
  await expect(refusal).toContainText("rows.csv. Line 2: 4 numbers from 0 to 1 are needed in each; it has 3.");
  await page.getByTestId("values-file").setInputFiles(file("0.1,0.2,0.3,0.4\n0.1,0.2,0.3,5.1\n"));
  await expect(refusal).toContainText('Line 2: 4 numbers from 0 to 1 are needed; "5.1" is not one.');
  // What was taken before stays.
  await expect(rows.locator("option")).toHaveCount(200);
});

test("a network of 26 letters was taken for one of digits, and nothing else could be said", async ({ page }) => {
  await page.goto("./");
  await live(page);
  await page.getByTestId("model-file").setInputFiles(dense(784, 26));
  await expect(page.getByTestId("report")).toContainText("training images of MNIST.");
  // Both networks show the same classes, however their scores differ.
  const shown = (side: string) => page.locator(`.network.${side} .score > span:last-child`).allTextContents();
  const plain = await shown("plain");
  expect(plain).toHaveLength(10);
  expect(await shown("l4")).toEqual(plain);
  expect(plain).toEqual([...plain].sort((a, b) => Number(a) - Number(b)));
  await page.getByTestId("reads").selectOption("other pictures");
  await expect(page.getByTestId("report")).toContainText("Calibrated on the current input");
});

test("the calibration of the data before was told of one's own model until its next run", async ({ page }) => {
  await page.goto("./");
  await live(page);
  await choose(page, "models/fashion-mlp.safetensors");
  const report = page.getByTestId("report");
  await expect(report).toContainText("training images of MNIST.");
  const letGo = await holdCalls(page, "begin");
  await page.getByTestId("reads").selectOption("clothes");
  await expect(page.getByText("Draw a piece of clothing")).toBeVisible();
  await expect(report).toContainText("training images of Fashion-MNIST.");
  await letGo();
});

test("the button for one's own model is reached and pressed by the keyboard", async ({ page }) => {
  await page.goto("./");
  await expect(page.getByTestId("prediction-plain")).toHaveText("7");
  await page.getByTestId("model").focus();
  await page.keyboard.press("Tab");
  await expect(page.getByTestId("own-model")).toBeFocused();
  const chooser = page.waitForEvent("filechooser");
  await page.keyboard.press("Enter");
  await (await chooser).setFiles(`${fixtures}/mlp-newest-torchscript.onnx`);
  await expect(page.getByTestId("report")).toContainText("dense");
});

test("a network that is chosen before the first run has begun runs all the same", async ({ page }) => {
  await page.goto("./");
  await page.getByTestId("model").selectOption("mnist-cnn");
  await expect(page.getByText("16 × 24 × 24").first()).toBeVisible();
  await expect(page.getByTestId("prediction-l4")).toHaveText("7", { timeout: 15_000 });
});

test("a network for clothes brings its own samples, and names what it decides", async ({ page }) => {
  await page.goto("./");
  await page.getByTestId("model").selectOption("fashion-cnn");
  await expect(page.getByText("Draw a piece of clothing")).toBeVisible();
  await expect(page.getByTestId("prediction-plain")).toHaveText(/^\d$/, { timeout: 15_000 });
  await expect(page.getByRole("region", { name: "Plain" })).toContainText(/T-shirt|Pullover|Sneaker|Bag|Sandal|Boot/i);
});

test("values that are typed wrongly stay to be put right", async ({ page }) => {
  await page.goto("./");
  await choose(page, `${fixtures}/sklearn-plain.onnx`);
  const values = page.getByTestId("values");
  const wrong = Array.from({ length: 20 }, (_, index) => (index === 7 ? "1.5" : "0.25")).join(", ");
  await values.fill(wrong);
  await values.blur();
  await expect(page.getByRole("alert")).toContainText("20 numbers from 0 to 1 are needed");
  await expect(values).toHaveValue(wrong);
  await expect(values).toHaveAttribute("aria-invalid", "true");
  await expect(values).toHaveAccessibleDescription(/^20 numbers from 0 to 1 are needed/);
  await values.fill(wrong.replace("1.5", "0.5"));
  await values.blur();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(values).toHaveAttribute("aria-invalid", "false");
  await expect(values).toHaveValue(wrong.replace("1.5", "0.5"));
  await values.fill("nothing");
  await page.getByTestId("random").click();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(values).not.toHaveValue("nothing");
});

test.describe("a network for colours, in the dark", () => {
  test.use({ colorScheme: "dark" });

  test("the drawing area is all canvas, and a stroke is as white on black as the network gets it", async ({ page }) => {
    await page.goto("./");
    await choose(page, `${fixtures}/keras-cnn-colour.onnx`);
    await expect(page.getByTestId("report")).toContainText("3 × 10 × 10");
    await live(page);
    const pad = page.getByTestId("digit-canvas");
    await pad.scrollIntoViewIfNeeded();
    const [frame, canvas] = [await page.locator(".pad").boundingBox(), await pad.boundingBox()];
    expect(Math.abs((frame?.height ?? 0) - (canvas?.height ?? 1))).toBeLessThan(1);
    await stroke(page, [
      [0.2, 0.5],
      [0.8, 0.5],
    ]);
    /** The colour that is seen in the middle of an element. */
    const seen = async (shot: Buffer) =>
      page.evaluate(async (base64) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context?.drawImage(bitmap, 0, 0);
        const at = (down: number) =>
          [...(context?.getImageData(bitmap.width / 2, bitmap.height * down, 1, 1).data ?? [])].slice(0, 3);
        return { stroke: at(0.5), around: at(0.2) };
      }, shot.toString("base64"));
    expect(await seen(await pad.screenshot())).toEqual({ stroke: [255, 255, 255], around: [0, 0, 0] });
  });
});

test.describe("the network that is named is the one in use", () => {
  const model = (page: Page) => page.getByTestId("model");

  test.beforeEach(async ({ page }) => {
    await page.goto("./");
    await live(page);
  });

  test("a file that is refused while another network is loaded left that one's name", async ({ page }) => {
    const letGo = await holdFiles(page, /fashion-mlp.*safetensors/);
    await model(page).selectOption("fashion-mlp");
    await expect(page).toHaveURL(/model=fashion-mlp/);
    await choose(page, `${fixtures}/refused/sigmoid.onnx`);
    await expect(page.getByTestId("refusal")).toContainText("stays in use");
    const come = page.waitForResponse(/fashion-mlp.*safetensors/);
    letGo();
    await (await come).finished();
    await expect(model(page)).toHaveValue("mnist-mlp");
    await expect(page).not.toHaveURL(/model=/);
    await expect(page.getByRole("heading", { name: "Draw a digit" })).toBeVisible();
  });

  test("networks that cannot be fetched left their names", async ({ page, complaints }) => {
    const letGo = await holdFiles(page, /fashion-.*safetensors/);
    await model(page).selectOption("fashion-mlp");
    await model(page).selectOption("fashion-cnn");
    letGo("fail");
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(model(page)).toHaveValue("mnist-mlp");
    await expect(page).not.toHaveURL(/model=/);
    const alert = page.getByRole("alert");
    await expect(alert).toContainText("Clothes: convolutions could not be loaded. Are you online?");
    // It stays while all else goes on.
    await page.getByTestId("steps").fill("20");
    await expect(page.getByText("of 20 steps")).toBeVisible();
    await expect(alert).toContainText("Clothes: convolutions");
    await page.evaluate(() => location.assign("#model=fashion-mlp&seed=3"));
    await expect(alert).toContainText("Clothes: hidden layers");
    await expect(page).not.toHaveURL(/model=/);
    await expect(model(page)).toHaveValue("mnist-mlp");
    // The browser tells each file that did not come.
    expect(complaints.splice(0).filter((text) => !text.includes("ERR_FAILED"))).toEqual([]);
    await page.unroute(/fashion-.*safetensors/);
    await alert.getByRole("button", { name: "Try again" }).click();
    await expect(model(page)).toHaveValue("fashion-mlp");
    await expect(page.getByText("Draw a piece of clothing")).toBeVisible();
    await expect(alert).toHaveCount(0);
  });

  test("back to a network that is being loaded left its name, and did not load it", async ({ page }) => {
    const letGo = await holdFiles(page, /fashion-mlp.*safetensors/);
    await model(page).selectOption("fashion-mlp");
    await expect(page).toHaveURL(/#model=fashion-mlp$/);
    await page.getByTestId("raster-plain-1").click();
    await expect(page).toHaveURL(/neuron=/);
    await page.evaluate(async () => {
      const gone = new Promise((resolve) => addEventListener("popstate", resolve));
      history.back();
      await gone;
    });
    letGo();
    await expect(page.getByText("Draw a piece of clothing")).toBeVisible();
    await expect(page.getByTestId("neuron")).toHaveCount(0);
    await expect(model(page)).toHaveValue("fashion-mlp");
    await expect(page).toHaveURL(/#model=fashion-mlp/);
  });
});

/** A model of one dense layer, whose weights are all alike. */
function denseModel(inputShape: readonly number[], outputs: number): Buffer {
  const inputs = inputShape.reduce((product, size) => product * size, 1);
  const weights = Buffer.from(Float32Array.from({ length: outputs * inputs }, (_, index) => (index % 3) - 0.9).buffer);
  const layers = [{ type: "flatten" }, { type: "dense", activation: "linear", weights: "w" }];
  const header = JSON.stringify({
    __metadata__: { "quartic-snn": JSON.stringify({ version: 1, name: "thin", inputShape, layers }) },
    w: { dtype: "F32", shape: [outputs, inputs], data_offsets: [0, weights.length] },
  });
  const text = Buffer.from(header.padEnd(8 * Math.ceil(header.length / 8)));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, weights]);
}

test("a thin model had a pad of four thousand pixels, and one output was told as neurons", async ({ page }) => {
  await page.goto("./");
  await live(page);
  const buffer = denseModel([1, 60, 3], 1);
  await page
    .getByTestId("model-file")
    .setInputFiles({ name: "thin.safetensors", mimeType: "application/octet-stream", buffer });
  await expect(page.getByTestId("report")).toContainText("1 × 60 × 3");
  await expect(page.getByText("1 neuron", { exact: true }).first()).toBeVisible();
  const heights = await page
    .locator(".pad canvas, .preview canvas")
    .evaluateAll((all) => all.map((canvas) => canvas.getBoundingClientRect().height));
  expect(Math.max(...heights)).toBeLessThanOrEqual(360);
});

/** A network whose conversion takes seconds: two convolutions over large images. */
function large(): Buffer {
  const some = (count: number) => Float32Array.from({ length: count }, (_, index) => Math.sin(index) / 9);
  const same = { pads: [1, 1, 1, 1] };
  const nodes = [
    node("a", "Conv", ["x", "u"], same),
    node("b", "Relu", ["a"]),
    node("c", "Conv", ["b", "v"], same),
    node("d", "Relu", ["c"]),
    node("e", "GlobalAveragePool", ["d"]),
    node("f", "Flatten", ["e"]),
    node("g", "MatMul", ["f", "w"]),
  ];
  const tensors = [
    tensor("u", [32, 3, 3, 3], some(864)),
    tensor("v", [32, 32, 3, 3], some(9216)),
    tensor("w", [32, 5], some(160)),
  ];
  return Buffer.from(onnx([1, 3, 64, 64], nodes, tensors));
}

test("a large model was read without a word on how far it was, and went on when another was chosen", async ({
  page,
}) => {
  await page.goto("./");
  await live(page);
  const file = { name: "large.onnx", mimeType: "application/octet-stream", buffer: large() };
  await page.getByTestId("model-file").setInputFiles(file);
  await expect(page.getByText(/^Converting large\.onnx: \d+ %$/)).toBeVisible({ timeout: 30_000 });
  await page.getByTestId("model").selectOption("mnist-mlp-small");
  await live(page);
  await expect(page.getByText(/large\.onnx/)).toHaveCount(0);
  // The worker that converted it has time for another file.
  await choose(page, `${fixtures}/lenet-torchscript.onnx`);
  await expect(page.getByTestId("report")).toContainText("1 × 12 × 12");
  await live(page);
  await expect(page.getByTestId("refusal")).toHaveCount(0);
});
