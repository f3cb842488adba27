import type { Form } from "./model";

type ImageForm = Form & { kind: "image" };

/** The share of red, green and blue in the brightness that is seen. */
const BRIGHTNESS = [0.299, 0.587, 0.114];

/** Intensities from 0 to 1 as ink on nothing (black, as opaque as the pixel is bright), or as colours where there are three channels. */
export function paint(values: Float32Array, { width, height, channels }: ImageForm): HTMLCanvasElement {
  const canvas = blank(width, height);
  const image = new ImageData(width, height);
  const pixels = width * height;
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const level = (channel: number) => Math.round((values[channel * pixels + pixel] ?? 0) * 255);
    image.data.set(channels === 1 ? [0, 0, 0, level(0)] : [level(0), level(1), level(2), 255], 4 * pixel);
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}

/** Scales a picture until it covers the form, cuts off what stands over, and gives its intensities. */
export function intensitiesOf(
  source: CanvasImageSource & { width: number; height: number },
  { width, height, channels }: ImageForm,
): Float32Array {
  const canvas = blank(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser has no 2D canvas");
  const scale = Math.max(width / source.width, height / source.height);
  const [across, down] = [source.width * scale, source.height * scale];
  // What is transparent is dark, as it is around a digit of MNIST.
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, (width - across) / 2, (height - down) / 2, across, down);
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = width * height;
  return Float32Array.from({ length: channels * pixels }, (_, index) => {
    const start = 4 * (index % pixels);
    const colours = [0, 1, 2].map((offset) => (data[start + offset] ?? 0) / 255);
    if (channels === 3) return colours[Math.floor(index / pixels)] ?? 0;
    return Math.min(
      1,
      colours.reduce((sum, colour, place) => sum + colour * (BRIGHTNESS[place] ?? 0), 0),
    );
  });
}

/** The opacity of what was drawn, scaled to the form; every channel has the same. */
export function inkOf(drawing: HTMLCanvasElement, { width, height, channels }: ImageForm): Float32Array {
  const canvas = blank(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser has no 2D canvas");
  context.imageSmoothingQuality = "high";
  context.drawImage(drawing, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = width * height;
  return Float32Array.from({ length: channels * pixels }, (_, index) => (data[4 * (index % pixels) + 3] ?? 0) / 255);
}

function blank(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}
