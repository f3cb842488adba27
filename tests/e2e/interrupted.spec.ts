// Workers that fail, or are ended while they work on something.

import { expect, holdCalls, live, loseCall, passTime, slide, stepCount, test } from "./page.js";

test.use({ contextOptions: { reducedMotion: "reduce" } });

const own = "models/mnist-mlp-small.safetensors";

test.beforeEach(async ({ page }) => {
  await page.goto("./");
  await live(page);
});

test("a fault of the simulator froze the page", async ({ page }) => {
  await expect(stepCount(page)).toHaveText("100");
  await loseCall(page, "next", { code: "internal", message: "the simulator failed" });
  // At its end: the next run is simulated that far before it is shown.
  await slide(page.getByTestId("rate"), 0.5);
  await expect(page.getByRole("alert")).toHaveText(/The simulator failed\./);
  const outcome = page.getByTestId("outcome");
  await expect(outcome).toHaveText("What is shown is the run before.");
  await expect(page.getByRole("main")).toHaveAttribute("aria-busy", "false");
  // In another worker.
  await slide(page.getByTestId("rate"), 0.45);
  await expect(outcome).toContainText("Both read 7");
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a run that was interrupted for a file that cannot be read never came", async ({ page }) => {
  await page.getByTestId("model-file").setInputFiles(own);
  await expect(page.getByTestId("report")).toBeVisible();
  const outcome = page.getByTestId("outcome");
  await expect(outcome).toContainText("Both read 7");
  await loseCall(page, "begin");
  await slide(page.getByTestId("rate"), 0.5);
  await expect(outcome).toHaveText("Converting with the new settings …");
  // It takes so long that the worker is ended for the next file, however that turns out.
  await passTime(page);
  const nothing = { name: "broken.onnx", mimeType: "application/octet-stream", buffer: Buffer.from("nothing") };
  await page.getByTestId("model-file").setInputFiles(nothing);
  await expect(page.getByText("mnist-mlp-small stays in use")).toBeVisible();
  await expect(outcome).toContainText("Both read 7");
  await expect(page.getByText("Stopped for another model")).toHaveCount(0);
});

test("a file that another had taken the place of was converted beside it", async ({ page }) => {
  await page.evaluate(() => {
    const asked: string[] = [];
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, call: { name: string; asks: { key?: string } }) {
      if (call.asks.key) asked.push(`${call.name} ${call.asks.key}`);
      post.call(this, call);
    };
    Object.assign(window, { asked });
  });
  // Both are chosen before the first one is read.
  const letGo = await holdCalls(page, "read");
  for (const _ of ["one", "another"]) await page.getByTestId("model-file").setInputFiles(own);
  await letGo();
  await expect(page.getByTestId("report")).toBeVisible();
  const asked = await page.evaluate(() => (window as unknown as { asked: string[] }).asked);
  const [first, second] = asked.filter((call) => call.startsWith("read")).map((call) => call.split(" ")[1]);
  expect(asked.filter((call) => call.endsWith(`${first}`)).sort()).toEqual([`forget ${first}`, `read ${first}`]);
  expect(asked).toContain(`convert ${second}`);
});
