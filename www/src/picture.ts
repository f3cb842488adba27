/** Intensities from 0 to 1 as ink on nothing: black, as opaque as the pixel is bright. */
export function paint(pixels: Float32Array, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  pixels.forEach((intensity, index) => {
    image.data[4 * index + 3] = Math.round(intensity * 255);
  });
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}
