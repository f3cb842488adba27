// The example `your-own-comparison` says the same in Node and in a browser.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";

const example = (file: string) => fileURLToPath(new URL(`../../examples/your-own-comparison/${file}`, import.meta.url));

test("one row of the table is the same in Node and in a browser", async ({ page }) => {
  const server = spawn(process.execPath, [example("serve.mjs")], { env: { ...process.env, PORT: "0" } });
  try {
    const [printed] = await once(server.stdout, "data");
    const { origin } = new URL(String(printed).trim());
    await page.goto(`${origin}/?model=mnist-mlp-small&steps=20&images=60`);
    const told = page.locator("pre");
    await expect(told).toContainText("operations", { timeout: 30_000 });
    const { stdout } = await promisify(execFile)(process.execPath, [
      example("node.mjs"),
      "mnist-mlp-small",
      "20",
      "60",
    ]);
    expect((await told.textContent())?.trim()).toBe(stdout.trim());
    for (const wrong of ["data/model?model=nosuch", "data/model?model=/etc/hostname", "data/nothing", "quartic-snn/"]) {
      expect((await page.request.get(`${origin}/${wrong}`)).ok(), wrong).toBe(false);
    }
    await page.goto(`${origin}/?model=nosuch`);
    await expect(told).toContainText("model must be one of");
    expect(stdout).toMatch(/^l4, margin: \d+\.\d+ ± \d+\.\d+ %, \d+ operations$/m);
  } finally {
    server.kill();
  }
});
