import type { Form } from "./model";

export type ImageForm = Form & { kind: "image" };

/** The share of red, green and blue in the brightness that is seen. */
const BRIGHTNESS = [0.299, 0.587, 0.114];

/** Intensities from 0 to 1 as ink on nothing (black, as opaque as the pixel is bright), or as colours where there are three channels. */
export function paint(values: Float32Array, { width, height, channels }: ImageForm): HTMLCanvasElement {
  const canvas = blank(width, height);
  const image = new ImageData(width, height);
  const pixels = width * height;
  const { data } = image;
  const level = (index: number) => Math.round((values[index] ?? 0) * 255);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    data[4 * pixel + 3] = channels === 1 ? level(pixel) : 255;
    if (channels === 1) continue;
    for (let channel = 0; channel < channels; channel += 1) {
      data[4 * pixel + channel] = level(channel * pixels + pixel);
    }
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}

/** Images of ink beside and below each other, `across` in a row, as one picture. */
export function paintSheet(values: Float32Array, side: number, across: number): HTMLCanvasElement {
  const pixels = side * side;
  const count = values.length / pixels;
  const canvas = blank(across * side, Math.ceil(count / across) * side);
  const image = new ImageData(canvas.width, canvas.height);
  for (let index = 0; index < values.length; index += 1) {
    const [place, pixel] = [Math.floor(index / pixels), index % pixels];
    const x = (place % across) * side + (pixel % side);
    const y = Math.floor(place / across) * side + Math.floor(pixel / side);
    image.data[4 * (y * canvas.width + x) + 3] = Math.round((values[index] ?? 0) * 255);
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
  context.imageSmoothingQuality = "high";
  context.drawImage(source, (width - across) / 2, (height - down) / 2, across, down);
  const read = () => context.getImageData(0, 0, width, height).data;
  // What is transparent is dark, as it is around a digit of MNIST; around dark ink, of which nothing would be left, white.
  context.fillStyle = isDark(read()) ? "#fff" : "#000";
  context.globalCompositeOperation = "destination-over";
  context.fillRect(0, 0, width, height);
  const data = read();
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

/** Whether what is there is more dark than bright, pixel by pixel as opaque as it is. */
function isDark(data: Uint8ClampedArray): boolean {
  let light = 0;
  for (let place = 0; place < data.length; place += 4) {
    const sum = (data[place] ?? 0) + (data[place + 1] ?? 0) + (data[place + 2] ?? 0);
    light += (data[place + 3] ?? 0) * (sum - 1.5 * 255);
  }
  return light < 0;
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
