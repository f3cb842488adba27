// What the page needs of MNIST and does not keep in the repository, gzipped: the calibration digits, which are the first
// 1,000 training digits, one byte per pixel; and the test set, its 10,000 labels before its images. The files are not
// called .gz: some servers would then announce an encoding and the browser would unpack them, others not.

import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { calibrationDigits, TEST_DIGITS, testDigits } from "../../examples/evaluate/data.mjs";

/** One byte per pixel. */
export const bytesOf = (intensities) => Uint8Array.from(intensities, (value) => Math.round(255 * value));

export async function writeData() {
  const folder = new URL("../public/data/", import.meta.url);
  await mkdir(folder, { recursive: true });
  const write = async (name, bytes) => {
    const file = new URL(name, folder);
    // The images never change, and packing them takes a second.
    if (!existsSync(file)) await writeFile(file, gzipSync(bytes(), { level: 9 }));
  };
  await write("mnist-calibration.bin", () => bytesOf(calibrationDigits()));
  await write("mnist-test.bin", () => {
    const { images, labels } = testDigits(TEST_DIGITS);
    return Buffer.concat([labels, bytesOf(images)]);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeData();
