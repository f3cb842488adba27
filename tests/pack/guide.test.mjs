// The component of the React guide, as it stands there: it mounts, shows what was predicted, and stops when it is taken
// away.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { serve } from "../../scripts/lib/static-server.mjs";
import { openBrowser } from "./lib/browser.mjs";
import { here, makeProject, root } from "./lib/project.mjs";

let project;
let site;
let browser;

before(async () => {
  project = await makeProject();
  site = await serve(project.folder);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  site?.server.close();
  await project?.remove();
});

/** Mounts the component twice over, as React does while one develops, and hands the page what it needs to go on. */
const MAIN = `
  import { createElement, StrictMode } from "react";
  import { createRoot } from "react-dom/client";
  import { Prediction } from "./guide.jsx";
  const show = (root, props) => root.render(createElement(StrictMode, null, createElement(Prediction, props)));
  const root = createRoot(document.querySelector("main"));
  globalThis.again = (seed) => show(root, { seed });
  globalThis.away = () => root.unmount();
  show(root, { seed: 1 });
`;

const page = `<!doctype html><meta charset="utf-8" /><link rel="icon" href="data:," /><main></main>
<script type="importmap">{ "imports": { "quartic-snn/worker": "./node_modules/quartic-snn/dist/worker.js" } }</script>
<script type="module" src="./guide.js"></script>
`;

test("the example in the React guide runs", async () => {
  const guide = await readFile(join(root, "docs", "guides", "react.md"), "utf8");
  const blocks = [...guide.matchAll(/```jsx\n(.*?)```/gs)];
  assert.equal(blocks.length, 1);
  const { folder } = project;
  await writeFile(join(folder, "guide.jsx"), blocks[0][1]);
  await writeFile(join(folder, "guide-main.jsx"), MAIN);
  await writeFile(join(folder, "guide.html"), page);
  await build({
    entryPoints: [join(folder, "guide-main.jsx")],
    outfile: join(folder, "guide.js"),
    bundle: true,
    format: "esm",
    jsx: "automatic",
    external: ["quartic-snn/*"],
    nodePaths: [here("tools/node_modules")],
    logLevel: "error",
  });
  const tab = await browser.newPage();
  const faults = [];
  tab.on("pageerror", (error) => faults.push(error.message));
  tab.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await tab.goto(new URL("guide.html", site.url).href);
  const output = tab.locator("main output");
  const last = /^step 100: prediction [012]$/;
  const shown = async () => {
    await output.getByText("step 100").waitFor();
    return await output.textContent();
  };
  assert.match(await shown(), last);
  // Other properties stop what runs and begin anew; taking it away leaves nothing that could complain.
  await tab.evaluate(() => globalThis.again(2));
  assert.match(await shown(), last);
  await tab.evaluate(() => globalThis.again(3));
  await tab.evaluate(() => globalThis.away());
  await tab.waitForTimeout(500);
  assert.equal(await tab.locator("main").textContent(), "");
  assert.deepEqual(faults, []);
});
