// What thresholds are calibrated on: training images where the page has those of the model, else what there is.

import { type DataSet, fetchCalibration, PIXELS } from "./data";
import { hasConvolutions, type Model } from "./model";
import { randomValues } from "./random";

/** Training images for a network with convolutions: with more, the page would wait for a second at every change. */
export const FEW = 80;
/** The inputs that are made of one, and of those of a large network, whose conversion would take minutes. */
const VARIATIONS = 64;
const FEWEST = 8;
/** The values of all layers over all of them, for networks that get fewer. */
const MOST_VALUES = 4_000_000;
/** The largest share of noise in a variation. */
const NOISE = 0.2;

export interface Calibration {
  inputs: Float32Array;
  /** In words, for the report. */
  about: string;
}

const better = "About 100 inputs from the training data give better thresholds.";

/** Images of the visitor's, those of a data set, or one input. */
type Source = readonly Float32Array[] | DataSet | Float32Array;

/** What a model is calibrated on. The page's own networks keep their training data, whatever the visitor looks at. */
export function sourceOf({ own, dataSet }: Model, input: Float32Array, images: readonly Float32Array[]): Source {
  return own && images.length > 1 ? images : (dataSet ?? input);
}

let last: { model: Model; source: Source; calibration: Calibration } | undefined;

/** The same object for the same model and source, so that networks are calibrated again only where they have to be. */
export async function calibrationFor(
  model: Model,
  input: Float32Array,
  images: readonly Float32Array[],
): Promise<Calibration> {
  const source = sourceOf(model, input, images);
  if (last?.model !== model || last.source !== source) {
    last = { model, source, calibration: await make(model, source) };
  }
  return last.calibration;
}

async function make(model: Model, source: Source): Promise<Calibration> {
  if (source instanceof Float32Array) {
    const remedy =
      model.form.kind === "image" ? "Drop some of them here together." : "Paste or drop some of them, one a line.";
    const count = variationsFor(model);
    return {
      inputs: joined(variations(source, count)),
      about: `Calibrated on the current input and ${count - 1} random variations of it. ${better} ${remedy}`,
    };
  }
  if ("id" in source) {
    const all = await fetchCalibration(source.id);
    const inputs = hasConvolutions(model) ? all.subarray(0, FEW * PIXELS) : all;
    const what = source.id === "mnist" ? "MNIST" : "Fashion-MNIST";
    return { inputs, about: `Calibrated on ${inputs.length / PIXELS} training images of ${what}.` };
  }
  const advice = source.length < 100 ? ` ${better}` : "";
  const things = model.form.kind === "image" ? "images" : "inputs";
  return { inputs: joined(source), about: `Calibrated on your ${source.length} ${things}.${advice}` };
}

function joined(inputs: readonly Float32Array[]): Float32Array {
  const length = inputs.reduce((sum, { length }) => sum + length, 0);
  const all = new Float32Array(length);
  let start = 0;
  for (const input of inputs) {
    all.set(input, start);
    start += input.length;
  }
  return all;
}

function variationsFor({ layers }: Model): number {
  const sizes = layers.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  const values = sizes.reduce((sum, size) => sum + size, 0);
  return Math.min(VARIATIONS, Math.max(FEWEST, Math.floor(MOST_VALUES / values)));
}

/** The input, and the input brighter or darker and with more or less noise. The same for the same input. */
function variations(input: Float32Array, count: number): Float32Array[] {
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) return input;
    const noise = randomValues(input.length + 2, index);
    const strength = 0.5 + (noise[input.length] ?? 0) / 2;
    const share = (noise[input.length + 1] ?? 0) * NOISE;
    return input.map((value, place) => value * strength * (1 - share) + (noise[place] ?? 0) * share);
  });
}
