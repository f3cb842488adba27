// What the page needs of MNIST and does not keep in the repository, gzipped: the calibration digits, which are the first
// 1,000 training digits, one byte per pixel; and the test set, its 10,000 labels before its images. The files are not
// called .gz: some servers would then announce an encoding and the browser would unpack them, others not.

import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { mnist } from "./mnist.mjs";

const CALIBRATION_DIGITS = 1000;

export async function writeData() {
  const folder = new URL("../public/data/", import.meta.url);
  await mkdir(folder, { recursive: true });
  const { images } = await mnist("train");
  const digits = Buffer.concat(images.slice(0, CALIBRATION_DIGITS));
  const test = await mnist("t10k");
  const write = async (name, bytes) => {
    const file = new URL(name, folder);
    // The images never change, and packing them takes a second.
    if (!existsSync(file)) await writeFile(file, gzipSync(bytes, { level: 9 }));
  };
  await write("mnist-calibration.bin", digits);
  await write("mnist-test.bin", Buffer.concat([test.labels, ...test.images]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeData();
