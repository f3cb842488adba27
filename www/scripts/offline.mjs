// Writes the service worker of a built page: which files make up the version, with a digest each.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";

const NAME = "sw.js";

/** What the page begins with is kept on the first visit, the rest when there is time. */
const FIRST = [
  /^$/,
  /\.(js|css|wasm|svg)$/,
  /\/mnist-(samples|calibration)[^/]*\.bin$/,
  /\/mnist-mlp-(?!small)[^/]*\.safetensors$/,
];

/** @param {string} folder the built page */
export function writeServiceWorker(folder) {
  const files = readdirSync(folder, { recursive: true })
    .filter((name) => name !== NAME && statSync(join(folder, name)).isFile())
    .sort()
    .map((name) => {
      const path = name === "index.html" ? "" : name.split(sep).join("/");
      const digest = `sha256-${createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("base64")}`;
      return [path, { digest, first: FIRST.some((pattern) => pattern.test(path)) }];
    });
  const list = JSON.stringify(Object.fromEntries(files));
  const version = createHash("sha256").update(list).digest("hex").slice(0, 12);
  const body = readFileSync(new URL("../service-worker.js", import.meta.url), "utf8");
  writeFileSync(join(folder, NAME), `self.VERSION = "${version}";\nself.FILES = ${list};\n${body}`);
}
