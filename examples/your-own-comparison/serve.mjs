// Serves index.html, the built package, and the data of `?model=mnist-mlp&steps=100&images=2000` on this machine.

import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { loadData, modelNames, readModelFile } from "../evaluate/data.mjs";

const TYPES = {
  ".html": "text/html",
  ".mjs": "text/javascript",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};
const here = fileURLToPath(new URL(".", import.meta.url));
const pack = fileURLToPath(new URL("../../pkg/dist/", import.meta.url));

function data(what, query) {
  const model = query.get("model") ?? "mnist-mlp";
  if (!modelNames().includes(model)) throw new RangeError(`model must be one of ${modelNames().join(", ")}`);
  if (what === "model") return readModelFile(model);
  const set = loadData(model);
  if (what === "calibration") return set.calibration();
  const found = set.test(Number(query.get("images") ?? 2000))[what];
  if (found?.length > 0) return found;
  throw new RangeError("there are model, calibration, images and labels, of one image or more");
}

const server = createServer((request, response) => {
  try {
    answer(request, response);
  } catch (error) {
    response.writeHead(error instanceof RangeError ? 400 : 500).end(error.message);
  }
});

function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  const path = normalize(pathname).replace(/^\/+/, "") || "index.html";
  if (path.startsWith("data/")) {
    const { buffer, byteOffset, byteLength } = data(path.slice(5), searchParams);
    response.end(new Uint8Array(buffer, byteOffset, byteLength));
    return;
  }
  const file = path.startsWith("quartic-snn/") ? pack + path.slice(12) : here + path;
  if (path.includes("..") || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
    response.writeHead(404).end("There is nothing here.");
    return;
  }
  response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
  createReadStream(file).pipe(response);
}

server.listen(Number(process.env.PORT ?? 8090), "127.0.0.1", () => {
  console.log(`http://localhost:${server.address().port}/?model=mnist-mlp&steps=100&images=2000`);
});
