// Writes src/assets/mnist-samples.bin, which is kept in the repository: the first ten test digits of each class.
//
// Row by row, each row one digit of every class from 0 to 9: sample 10 r + c is the r-th test digit of class c.
// One byte per pixel, 784 per digit, gzipped. The label of a sample is its column.

import { writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { PIXELS, TEST_DIGITS, testDigits } from "../../examples/evaluate/data.mjs";
import { bytesOf } from "./data.mjs";

const CLASSES = 10;
const ROWS = 10;

const { images, labels } = testDigits(TEST_DIGITS);
const indices = [...labels.keys()];
const byClass = Array.from({ length: CLASSES }, (_, digit) => indices.filter((index) => labels[index] === digit));
const samples = Array.from({ length: ROWS }, (_, row) => byClass.map((digits) => digits[row])).flat();
const bytes = samples.map((index) => bytesOf(images.subarray(index * PIXELS, (index + 1) * PIXELS)));
await writeFile(
  new URL("../src/assets/mnist-samples.bin", import.meta.url),
  gzipSync(Buffer.concat(bytes), { level: 9 }),
);
