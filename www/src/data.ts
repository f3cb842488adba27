import { fetchUnpacked, intensities } from "./fetch";
import { once } from "./once";

/** The side of an image of the data sets, in pixels. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/** Rows of samples; a row has one image of every class, in order. */
export const SAMPLE_ROWS = 10;
export const CLASSES = 10;
export const SAMPLES = SAMPLE_ROWS * CLASSES;

/** Images of a whole test set. */
export const TEST_IMAGES = 10_000;

/** Images that some models were trained on. */
export interface DataSet {
  id: string;
  /** What a sample is called in a sentence. */
  thing: string;
  /** What the samples are, in one word. */
  things: string;
  /** Whether drawings are scaled and centred as MNIST's digits were. */
  centred: boolean;
  classes: readonly string[];
}

const known: readonly DataSet[] = [
  {
    id: "mnist",
    thing: "digit",
    things: "digits",
    centred: true,
    classes: Array.from({ length: CLASSES }, (_, digit) => String(digit)),
  },
  {
    id: "fashion",
    thing: "piece of clothing",
    things: "clothes",
    centred: false,
    classes: ["T-shirt", "Trousers", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
  },
];

const sampleFiles = import.meta.glob<string>("./assets/*-samples.bin", {
  eager: true,
  query: "?url",
  import: "default",
});
const calibrationFiles = import.meta.glob<string>("./assets/*-calibration.bin", {
  eager: true,
  query: "?url",
  import: "default",
});

const sampleFile = (id: string) => sampleFiles[`./assets/${id}-samples.bin`];

/** Training images are made when the page is built, where the repository does not keep them. */
export const calibrationFile = (id: string) =>
  calibrationFiles[`./assets/${id}-calibration.bin`] ?? `${import.meta.env.BASE_URL}data/${id}-calibration.bin`;

/** The data sets whose samples the page has. */
export const dataSets = new Map(known.filter(({ id }) => sampleFile(id)).map((set) => [set.id, set]));

const isSamples = (bytes: Uint8Array) => bytes.length === SAMPLES * PIXELS;
const areImages = (bytes: Uint8Array) => bytes.length > 0 && bytes.length % PIXELS === 0;
const isTestSet = (bytes: Uint8Array) => bytes.length === TEST_IMAGES * (1 + PIXELS);

/** 100 test images as intensities from 0 to 1. */
export const fetchSamples = once(async (id) => intensities(await fetchUnpacked(sampleFile(id) ?? "", isSamples)));

/** Training images as intensities from 0 to 1. */
export const fetchCalibration = once(async (id) => intensities(await fetchUnpacked(calibrationFile(id), areImages)));

/** Labelled test images, one byte per pixel. */
interface TestSet {
  labels: Uint8Array;
  images: Uint8Array;
}

/** Whether the page has all test images of a set, or only its samples. */
export const hasTestSet = (id: string) => id === "mnist";

/** How many test images of a set the page has. */
export const testImages = (id: string) => (hasTestSet(id) ? TEST_IMAGES : SAMPLES);

/** The test images that the page has: all of them, or the samples. */
export const fetchTestSet = once(async (id: string): Promise<TestSet> => {
  if (!hasTestSet(id)) {
    const images = await fetchUnpacked(sampleFile(id) ?? "", isSamples);
    return { images, labels: Uint8Array.from({ length: SAMPLES }, (_, index) => index % CLASSES) };
  }
  const bytes = await fetchUnpacked(`${import.meta.env.BASE_URL}data/${id}-test.bin`, isTestSet);
  return { labels: bytes.subarray(0, TEST_IMAGES), images: bytes.subarray(TEST_IMAGES) };
});

/** One test image as intensities from 0 to 1. */
export const testImageOf = ({ images }: TestSet, index: number) =>
  intensities(images.subarray(index * PIXELS, (index + 1) * PIXELS));

/** The pixels of one image of a set. */
export const imageOf = (set: Float32Array, index: number) => set.slice(index * PIXELS, (index + 1) * PIXELS);
