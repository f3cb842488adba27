// Serves index.html, the built package, and the data of `?model=mnist-mlp&steps=100&images=2000` on this machine.

import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { loadData, readModelFile } from "../evaluate/data.mjs";

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
  if (what === "model") return readModelFile(model);
  const set = loadData(model);
  if (what === "calibration") return set.calibration();
  return set.test(Number(query.get("images") ?? 2000))[what];
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  const path = normalize(pathname).replace(/^\/+/, "") || "index.html";
  if (path.startsWith("data/")) {
    const { buffer, byteOffset, byteLength } = data(path.slice(5), searchParams);
    response.end(new Uint8Array(buffer, byteOffset, byteLength));
    return;
  }
  const file = path.startsWith("quartic-snn/") ? pack + path.slice(12) : here + path;
  if (path.includes("..") || !existsSync(file)) {
    response.writeHead(404).end("There is nothing here.");
    return;
  }
  response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
  createReadStream(file).pipe(response);
});
server.listen(Number(process.env.PORT ?? 8090), "127.0.0.1", () => {
  console.log(`http://localhost:${server.address().port}/?model=mnist-mlp&steps=100&images=2000`);
});
