// What is on show, and what is said of it, after something else was chosen, failed, or came back.

import {
  expect,
  holdFiles,
  live,
  loseCall,
  openPlots,
  passTime,
  prediction,
  slide,
  stepCount,
  stroke,
  test,
  total,
} from "./page.js";

test.use({ contextOptions: { reducedMotion: "reduce" } });

const own = "models/mnist-mlp-small.safetensors";
const nothing = { name: "broken.onnx", mimeType: "application/octet-stream", buffer: Buffer.from("nothing") };
const down = [
  [0.5, 0.15],
  [0.5, 0.85],
] as const;

test.beforeEach(async ({ page }) => {
  await page.goto("./");
  await live(page);
});

test("the word on a network that was being loaded stayed when one's own was told to read something else", async ({
  page,
}) => {
  await page.getByTestId("model-file").setInputFiles(own);
  await expect(page.getByTestId("report")).toBeVisible();
  const letGo = await holdFiles(page, /mnist-cnn-[^m].*safetensors/);
  await page.getByTestId("model").selectOption("mnist-cnn");
  const status = page.getByTestId("model-status");
  await expect(status).toHaveText("Reading Digits: convolutions.");
  await page.getByTestId("reads").selectOption("clothes");
  letGo();
  await expect(page.getByText("Draw a piece of clothing")).toBeVisible();
  await expect(status).not.toContainText("Reading");
  await expect(page.getByTestId("own-model")).not.toHaveAttribute("aria-disabled", "true");
});

test("a drawing was lost when its worker was ended for a file", async ({ page }) => {
  await loseCall(page, "digit");
  await stroke(page, down);
  await passTime(page);
  await page.getByTestId("model").selectOption("mnist-mlp-small");
  await expect(page.getByTestId("outcome")).toContainText("Both read 1");
  await expect(page.getByText("Stopped for another model")).toHaveCount(0);
});

test("a file that is no image took the drawing before it along", async ({ page }) => {
  await loseCall(page, "digit", { code: "aborted", message: "the worker was ended" });
  await stroke(page, down);
  await page.getByTestId("image-file").setInputFiles({ ...nothing, name: "a.png", mimeType: "image/png" });
  await expect(page.getByText("Not accepted: a.png")).toBeVisible();
  await expect(page.getByTestId("outcome")).toContainText("Both read 1");
});

test("back to an image left it marked as inverted", async ({ page }) => {
  const picture = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [56, 56];
    const context = canvas.getContext("2d");
    context?.fillRect(20, 8, 8, 40);
    return canvas.toDataURL().split(",")[1] ?? "";
  });
  const file = { name: "a.png", mimeType: "image/png", buffer: Buffer.from(picture, "base64") };
  await page.getByTestId("image-file").setInputFiles(file);
  await expect(stepCount(page)).toHaveText("100");
  const spikes = () => total(page, "Plain", "Spikes");
  await expect.poll(spikes).toBeGreaterThan(0);
  await expect(page).toHaveURL((address) => address.hash !== "#sample=7");
  const upright = await spikes();
  await page.getByTestId("invert").check();
  await expect.poll(spikes).not.toBe(upright);
  await page.goBack();
  await expect.poll(spikes).toBe(upright);
  await expect(page.getByTestId("invert")).not.toBeChecked();
});

test("back after a reload named a network of one's own that nobody has", async ({ page }) => {
  await page.getByTestId("model-file").setInputFiles(own);
  await expect(page.getByTestId("report")).toBeVisible();
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(page).toHaveURL(/#sample=3$/);
  await page.reload();
  await live(page);
  await page.goBack();
  await expect(page).not.toHaveURL(/sample=3/);
  await expect(prediction(page, "plain")).toHaveText("7");
  await expect(page.getByTestId("model")).toHaveValue("mnist-mlp");
});

test("a network that cannot be had after a run that failed left the page waiting", async ({ page, complaints }) => {
  await loseCall(page, "begin", { code: "conversion-failed", message: "the conversion failed" });
  await slide(page.getByTestId("rate"), 0.5);
  await expect(page.getByRole("alert")).toContainText("The conversion failed.");
  const letGo = await holdFiles(page, /mnist-cnn-[^m].*safetensors/);
  await page.getByTestId("model").selectOption("mnist-cnn");
  // The problem gives way once it is clear that this takes a while.
  await expect(page.getByText("The conversion failed.")).toHaveCount(0);
  letGo("fail");
  await expect(page.getByText("Digits: convolutions could not be loaded.")).toBeVisible();
  await expect(page.getByText("The conversion failed.")).toBeVisible();
  await expect(page.getByTestId("outcome")).toHaveText("What is shown is the run before.");
  await expect(page.getByRole("main")).toHaveAttribute("aria-busy", "false");
  expect(complaints.splice(0).filter((text) => !text.includes("ERR_FAILED"))).toEqual([]);
});

test("back to a run at its end kept the step of the entry after it", async ({ page }) => {
  await expect(stepCount(page)).toHaveText("100");
  await openPlots(page, "thresholds");
  await page.getByRole("slider", { name: "Position", exact: true }).fill("37");
  await expect(page).toHaveURL(/at=37/);
  await page.goBack();
  await expect(stepCount(page)).toHaveText("100");
});

test("back to a cleared pad dropped the layers of the network in use", async ({ page }) => {
  const rasters = page.locator('[data-testid^="raster-plain-"]');
  await page.getByTestId("clear").click();
  await expect(rasters).toHaveCount(4);
  await page.getByRole("option", { name: "3, sample 1", exact: true }).click();
  await expect(prediction(page, "plain")).toHaveText("3");
  await page.goBack();
  await expect(page.getByText("Nothing to read yet.")).toBeVisible();
  await expect(rasters).toHaveCount(4);
});

test.describe("played", () => {
  test.use({ contextOptions: { reducedMotion: "no-preference" } });

  test("each input that was chosen during play asked for more pictures", async ({ page }) => {
    const asked = () =>
      page.evaluate(async () => {
        let count = 0;
        const ask = window.requestAnimationFrame;
        window.requestAnimationFrame = (call) => {
          count += 1;
          return ask(call);
        };
        for (let pictures = 0; pictures < 10; pictures += 1) await new Promise((drawn) => ask(drawn));
        window.requestAnimationFrame = ask;
        return count / 10;
      });
    await page.getByLabel("Speed").selectOption("5");
    const options = page.getByTestId("samples").getByRole("option");
    await options.nth(0).click();
    await expect(prediction(page, "plain")).toHaveText("0");
    const before = await asked();
    for (let index = 1; index <= 8; index += 1) {
      await options.nth(index).click();
      await expect(page).toHaveURL(new RegExp(`sample=${index}\\b|^[^#]*$`));
    }
    expect(await asked()).toBeLessThan(before + 3);
  });
});
