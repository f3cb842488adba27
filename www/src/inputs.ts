// What both networks look at: a sample, a drawing, the visitor's own images or values, or chance.

import { CLASSES, fetchSamples, fetchTestSet, imageOf, PIXELS, testImageOf, testImages } from "./data";
import { levelled } from "./drawing";
import { engine, wasEnded } from "./engine/engine";
import { defaultSample, type Experiment } from "./link";
import type { Model } from "./model";
import { type ImageForm, inkOf, intensitiesOf } from "./picture";
import { randomValues } from "./random";
import { rowsOf } from "./rows";
import { choosing, nothingChosen, reasonOf, report, restart, show } from "./session";
import { type Input, images, input, inverted, model, ownInputs, refusal, samples } from "./store";

/** More images than this are not taken: calibration would need long and gain nothing. */
const MOST_IMAGES = 200;

/** Files of values are read as a whole, in bytes. */
const LARGEST_TEXT = 20e6;

/** The last sample that was on show. */
let lastSample = defaultSample;
let lastSeed = 0;
/** Images that are read later may be done earlier. */
let taking = 0;
/** A drawing or a sample that was chosen while the first model was being loaded, and whether that was the last choice. */
let early: { chosen: HTMLCanvasElement | number; isLast: () => boolean } | undefined;

function sampleOf(set: Float32Array, index: number): Input {
  lastSample = index;
  return { kind: "sample", index, label: index % CLASSES, values: imageOf(set, index) };
}

function randomInput(count: number): Input {
  lastSeed += 1;
  return { kind: "random", seed: lastSeed, values: randomValues(count, lastSeed) };
}

/** What a model looks at before anything was chosen for it. */
export async function firstInput({ dataSet, inputs }: Model): Promise<Input> {
  return dataSet ? sampleOf(await fetchSamples(dataSet.id), lastSample) : randomInput(inputs);
}

/** What a link names, where the model takes it; otherwise what the model begins with. */
export async function inputOf(key: Experiment["input"], network: Model): Promise<Input> {
  const { dataSet, form, inputs } = network;
  if (key?.kind === "drawing" && form.kind === "image" && inputs === PIXELS) return key;
  if (!dataSet) return firstInput(network);
  if (key?.kind === "test" && key.index < testImages(dataSet.id)) return testInput(dataSet.id, key.index);
  return sampleOf(await fetchSamples(dataSet.id), key?.kind === "sample" ? key.index : defaultSample);
}

async function testInput(set: string, index: number): Promise<Input> {
  const test = await fetchTestSet(set);
  return { kind: "test", index, label: test.labels[index] ?? 0, values: testImageOf(test, index) };
}

/** Runs one image of the test set as it ran in an evaluation. */
export async function showTestImage(set: string, index: number): Promise<void> {
  await showLater(testInput(set, index));
}

/** Shows what takes a while to make, unless something else is chosen meanwhile. */
async function showLater(making: Promise<Input>): Promise<void> {
  const isLast = choosing();
  try {
    const next = await making;
    if (isLast()) show(next);
  } catch (error) {
    if (isLast()) report(error);
  }
}

export function chooseSample(index: number): void {
  const set = samples.peek();
  if (set) show(sampleOf(set, index));
  else early = { chosen: index, isLast: choosing() };
}

export function showRandom(): void {
  const network = model.peek();
  if (network) show(randomInput(network.inputs));
}

/** Takes values that were typed, pasted or read from a file; gives back why not, if it cannot. */
export function takeText(text: string, count: number): string | undefined {
  const found = rowsOf(text, count);
  if ("reason" in found) return found.reason;
  const { rows } = found;
  const [first] = rows;
  if (rows.length === 1 && first) show({ kind: "typed", values: first });
  if (rows.length < 2) return undefined;
  refusal.value = null;
  if (rows.length > MOST_IMAGES) {
    const reason = `At most ${MOST_IMAGES} inputs are used, and there were ${rows.length}.`;
    refusal.value = { of: "images", file: `input ${MOST_IMAGES + 1} and those behind it`, reason };
  }
  inverted.value = false;
  images.value = rows.slice(0, MOST_IMAGES).map((values, index) => ({ name: `Input ${index + 1}`, values }));
  followImages(0);
  return undefined;
}

/** Takes a file of values, one input a line. */
export async function takeValues(file: File): Promise<void> {
  const form = model.peek()?.form;
  const isLast = nothingChosen();
  const refuse = (reason: string) => (refusal.value = { of: "images", file: file.name, reason });
  refusal.value = null;
  if (form?.kind !== "values") return void refuse("This network takes images; only others take values.");
  if (file.size > LARGEST_TEXT) return void refuse(`It is larger than ${LARGEST_TEXT / 1e6} MB.`);
  const text = await file.text();
  const reason = isLast() ? takeText(text, form.count) : undefined;
  if (reason) refuse(reason);
}

/** Takes a drawing as what both networks look at. */
export async function showDrawing(canvas: HTMLCanvasElement): Promise<void> {
  const network = model.peek();
  if (network) await showLater(drawingOf(canvas, network));
  else early = { chosen: canvas, isLast: choosing() };
}

/** What was drawn or chosen while the first model was being loaded. */
export async function earlyInput(network: Model): Promise<Input | undefined> {
  if (!early?.isLast()) return undefined;
  const { chosen, isLast } = early;
  const isSample = typeof chosen === "number";
  const next = await (isSample ? inputOf({ kind: "sample", index: chosen }, network) : drawingOf(chosen, network));
  return isLast() ? next : earlyInput(network);
}

async function drawingOf(canvas: HTMLCanvasElement, network: Model): Promise<Input> {
  const { form, dataSet } = network;
  if (form.kind !== "image") throw new Error("this network takes no drawings");
  const { width, height } = canvas;
  if (!dataSet?.centred) return { kind: "drawing", pad: true, values: levelled(inkOf(canvas, form)) };
  const ink = inkOf(canvas, { ...form, width, height });
  const asked = () => engine(network).call("digit", { ink, size: { width, height } });
  // A worker that is ended for something else leaves the drawing to the next one.
  const values = await asked().catch((error) => {
    if (wasEnded(error)) return asked();
    throw error;
  });
  return { kind: "drawing", pad: true, values: levelled(values) };
}

/** Takes the visitor's images in place of those before, and shows the first. */
export async function takeImages(files: readonly File[]): Promise<void> {
  const network = model.peek();
  const form = network?.form;
  taking += 1;
  const mine = taking;
  refusal.value = null;
  if (form?.kind !== "image") {
    const reason = network
      ? "This network takes no images: its inputs have no rows and columns."
      : "The page is still loading; try again in a moment.";
    refusal.value = { of: "images", file: files[0]?.name ?? "", reason };
    return;
  }
  const isLast = nothingChosen();
  const taken: { name: string; values: Float32Array }[] = [];
  const unread: string[] = [];
  let last = "";
  for (const file of files.slice(0, MOST_IMAGES)) {
    try {
      taken.push({ name: file.name, values: await valuesOf(file, form) });
    } catch (error) {
      unread.push(file.name);
      last = reasonOf(error);
    }
  }
  if (mine !== taking || network !== model.peek()) return;
  const over = files.slice(MOST_IMAGES).map(({ name }) => name);
  const why = [
    ...(unread.length > 0 ? [`${notAll(unread.length, unread.length + over.length)} ${last}`] : []),
    ...(over.length > 0 ? [`At most ${MOST_IMAGES} images are used, and there were ${files.length}.`] : []),
  ];
  if (why.length > 0) refusal.value = { of: "images", file: namesOf([...unread, ...over]), reason: why.join(" ") };
  if (taken.length === 0) return;
  images.value = taken;
  followImages(isLast() ? 0 : undefined);
}

/** What an image gives, also one that is drawn by its text: those are decoded by elements alone. */
async function valuesOf(file: File, form: ImageForm): Promise<Float32Array> {
  if (file.type !== "image/svg+xml") {
    const bitmap = await createImageBitmap(file);
    const values = intensitiesOf(bitmap, form);
    bitmap.close();
    return values;
  }
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
    return intensitiesOf(image, form);
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

/** Shows one of the images; without, the network in use may be calibrated on them all the same. */
function followImages(index: number | undefined): void {
  if (index === undefined) void restart("at the same step");
  else chooseImage(index);
}

const notAll = (unread: number, among: number) => {
  if (unread > 1) return "Some files could not be read as images.";
  return `${among > 1 ? "One of them" : "It"} could not be read as an image.`;
};

/** The first few of many names. */
function namesOf(names: readonly string[]): string {
  const more = names.length - 3;
  return names.slice(0, 3).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

export function chooseImage(index: number): void {
  const values = ownInputs.peek()[index];
  if (values) show({ kind: "image", index, values });
}

export function invertImages(invert: boolean): void {
  inverted.value = invert;
  const chosen = input.peek();
  followImages(chosen?.kind === "image" ? chosen.index : undefined);
}
