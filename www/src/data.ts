import mlp from "../../models/mnist-mlp.safetensors?url";
import small from "../../models/mnist-mlp-small.safetensors?url";
import samplesUrl from "./assets/samples.bin?url";
import type { Settings } from "./parameters";

/** The side of an image, in pixels. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/** Rows of samples; a row has one digit of every class, in order. */
export const SAMPLE_ROWS = 10;
export const CLASSES = 10;
export const SAMPLES = SAMPLE_ROWS * CLASSES;

const models: Record<Settings["model"], string> = { "mnist-mlp": mlp, "mnist-mlp-small": small };

export const fetchModel = (name: Settings["model"]) => fetchBytes(models[name]);

/** 1,000 training digits as intensities from 0 to 1. */
export const fetchCalibration = async () =>
  intensities(await gunzip(await fetchBytes(`${import.meta.env.BASE_URL}data/calibration.bin`)));

/** 100 test digits as intensities from 0 to 1. */
export const fetchSamples = async () => intensities(await gunzip(await fetchBytes(samplesUrl)));

/** The pixels of one image of a set. */
export const imageOf = (set: Float32Array, index: number) => set.slice(index * PIXELS, (index + 1) * PIXELS);

async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be fetched: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Unpacks what is packed; some servers have made the browser do it already. */
async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const intensities = (bytes: Uint8Array) => Float32Array.from(bytes, (value) => value / 255);
