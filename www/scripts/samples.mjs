// Writes src/assets/mnist-samples.bin, which is kept in the repository: the first ten test digits of each class.
//
// Row by row, each row one digit of every class from 0 to 9: sample 10 r + c is the r-th test digit of class c.
// One byte per pixel, 784 per digit, gzipped. The label of a sample is its column.

import { writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { mnist } from "./mnist.mjs";

const CLASSES = 10;
const ROWS = 10;

const { images, labels } = await mnist("t10k");
const byClass = Array.from({ length: CLASSES }, (_, digit) => images.filter((_, index) => labels[index] === digit));
const samples = Array.from({ length: ROWS }, (_, row) => byClass.map((digits) => digits[row])).flat();
await writeFile(
  new URL("../src/assets/mnist-samples.bin", import.meta.url),
  gzipSync(Buffer.concat(samples), { level: 9 }),
);
