import { fileURLToPath } from "node:url";
import { preact } from "@preact/preset-vite";
import { defineConfig, type Plugin } from "vite";
import { writeData } from "./scripts/data.mjs";
import { firstRun } from "./scripts/first-run.mjs";
import { writeServiceWorker } from "./scripts/offline.mjs";

/** The built page asks nobody but its own server; the development server needs more than that. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const contentSecurityPolicy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: policy },
      injectTo: "head-prepend",
    },
  ],
};

/** Before anything else, since the server looks for public files only once. */
const data: Plugin = { name: "mnist-data", config: () => writeData() };

/** The run that the page begins with, as a module. */
const firstRunModule: Plugin = {
  name: "first-run",
  resolveId: (id) => (id === "virtual:first-run" ? `\0${id}` : undefined),
  load: async (id) => (id === "\0virtual:first-run" ? `export default ${JSON.stringify(await firstRun())}` : undefined),
};

/** After everything else: it lists what the page is made of. */
const offline: Plugin = {
  name: "offline",
  apply: "build",
  closeBundle: () => writeServiceWorker(fileURLToPath(new URL("dist", import.meta.url))),
};

export default defineConfig({
  base: "./",
  plugins: [data, preact(), contentSecurityPolicy, firstRunModule, offline],
  worker: { format: "es" },
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // All that the page begins with in one file: it is packed better than several.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "page", tags: ["$initial"] }] } } },
  },
});
