// The images of the study as the runner reads them: one byte per pixel and per label.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { loadData, TEST_DIGITS } from "../examples/evaluate/data.mjs";
import { at } from "../scripts/lib/house.mjs";

/** Held back from the training of the bundled networks. */
const VALIDATION = 5_000;

const folder = at(".tools", "study");
const bytes = (intensities) => Uint8Array.from(intensities, (x) => Math.round(x * 255));

/** Writes the files of a set of images, unless they are there. `split` is `test` or `validation`. */
export function prepare(data, split) {
  mkdirSync(folder, { recursive: true });
  const { calibration, pixels, labels } = files(data, split);
  if ([calibration, pixels, labels].every(existsSync)) return;
  const set = loadData(undefined, data);
  const labelled = split === "test" ? set.test(TEST_DIGITS) : set.validation(VALIDATION);
  writeFileSync(calibration, bytes(set.calibration()));
  writeFileSync(pixels, bytes(labelled.images));
  writeFileSync(labels, Uint8Array.from(labelled.labels));
}

/** Where they are. */
export const files = (data, split) => ({
  calibration: `${folder}/${data}-calibration.pixels`,
  pixels: `${folder}/${data}-${split}.pixels`,
  labels: `${folder}/${data}-${split}.labels`,
});
