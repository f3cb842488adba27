// What the page needs of MNIST and does not keep in the repository: the calibration digits.
//
// They are the first 1,000 training digits, one byte per pixel, gzipped. The file is not called .gz: some servers
// would then announce an encoding and the browser would unpack it, others not.

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
  await writeFile(new URL("mnist-calibration.bin", folder), gzipSync(digits, { level: 9 }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeData();
