// A small static file server, for looking at the built page and for testing it.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { pipeline } from "node:stream";

/** `.gz` goes out as data, without a content encoding: the page unpacks it, as it must on any static host. */
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".md": "text/markdown; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".ico": "image/x-icon",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
  ".gz": "application/gzip",
  ".safetensors": "application/octet-stream",
  ".onnx": "application/octet-stream",
};

/** The file that a request below `base` means, or `undefined` when there is none inside the folder. */
async function fileFor(folder, base, url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, "http://localhost").pathname);
  } catch {
    return undefined;
  }
  if (path.includes("\0") || !path.startsWith(base)) return undefined;
  const root = normalize(folder + sep);
  const file = join(root, path.slice(base.length));
  if (!file.startsWith(root)) return undefined;
  const found = await stat(file).catch(() => undefined);
  if (!found?.isDirectory()) return found && { path: file, size: found.size };
  const index = join(file, "index.html");
  const foundIndex = path.endsWith("/") && (await stat(index).catch(() => undefined));
  return foundIndex ? { path: index, size: foundIndex.size } : undefined;
}

async function answer(folder, base, request, response) {
  const send = (status, text) =>
    response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(`${text}\n`);
  if (request.method !== "GET" && request.method !== "HEAD") return send(405, "Only GET and HEAD");
  const file = await fileFor(folder, base, request.url);
  if (!file) return send(404, "Not found");
  response.writeHead(200, {
    "Content-Type": types[extname(file.path)] ?? "application/octet-stream",
    "Content-Length": file.size,
    "Cache-Control": "no-cache",
  });
  if (request.method === "HEAD") return response.end();
  pipeline(createReadStream(file.path), response, () => {});
}

const listen = (server, port, host) =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });

/**
 * Serves a folder below the path `base` and resolves with `{ server, url }`. A busy port is passed over for the next
 * one; port 0 is any free one.
 */
export async function serve(folder, { port = 0, host = "127.0.0.1", base = "/" } = {}) {
  const server = createServer((request, response) => {
    answer(folder, base, request, response).catch(() => response.destroy());
  });
  for (let candidate = port; ; candidate += 1) {
    try {
      await listen(server, candidate, host);
      break;
    } catch (error) {
      if (error.code !== "EADDRINUSE" || candidate === Math.min(port + 100, 65535)) throw error;
    }
  }
  const name = host.includes(":") ? `[${host}]` : host;
  return { server, url: `http://${name}:${server.address().port}${base}` };
}
