// The images of the study as the runner reads them: one byte per pixel and per label.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { loadData, TEST_DIGITS } from "../examples/evaluate/data.mjs";
import { at } from "../scripts/lib/house.mjs";

const folder = at(".tools", "study");
const bytes = (intensities) => Uint8Array.from(intensities, (x) => Math.round(x * 255));

/** Writes the files of a set of images, unless they are there. */
export function prepare(data) {
  mkdirSync(folder, { recursive: true });
  const { calibration, pixels, labels } = files(data);
  if ([calibration, pixels, labels].every(existsSync)) return;
  const set = loadData(undefined, data);
  const test = set.test(TEST_DIGITS);
  writeFileSync(calibration, bytes(set.calibration()));
  writeFileSync(pixels, bytes(test.images));
  writeFileSync(labels, Uint8Array.from(test.labels));
}

/** Where they are. */
export const files = (data) => ({
  calibration: `${folder}/${data}-calibration.pixels`,
  pixels: `${folder}/${data}-test.pixels`,
  labels: `${folder}/${data}-test.labels`,
});
