import { useLayoutEffect, useRef } from "preact/hooks";
import type { Afferent } from "quartic-snn";
import { shapeText } from "../model";
import { model } from "../store";

/** Kernels of more channels than this are shown by their first ones. */
const MOST_CHANNELS = 16;

/** What a neuron reads, as pictures: positive weights in one colour, negative in another, the larger the stronger. */
export function Weights({ weights }: { weights: readonly Afferent[] }) {
  return (
    <div class="weights" data-testid="weights">
      {weights.map((afferent, index) => (
        <Picture key={index} {...afferent} />
      ))}
    </div>
  );
}

function Picture({ source, shape, weights }: Afferent) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [channels, height, width] = formOf(source, shape);
  const shownChannels = Math.min(channels, MOST_CHANNELS);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), Number.MIN_VALUE);
    const image = context.createImageData(shownChannels * (width + 1) - 1, height);
    for (let index = 0; index < shownChannels * width * height; index += 1) {
      const channel = Math.floor(index / (width * height));
      const [y, x] = [Math.floor((index % (width * height)) / width), index % width];
      const weight = (weights[index] ?? 0) / largest;
      const colour = weight > 0 ? [27, 140, 80] : [123, 50, 160];
      image.data.set([...colour, Math.abs(weight) * 255], 4 * (y * image.width + channel * (width + 1) + x));
    }
    context.putImageData(image, 0, 0);
  }, [weights, shownChannels, width, height]);
  const more = channels > shownChannels ? `, the first ${shownChannels} channels` : "";
  return (
    <figure>
      <canvas
        ref={canvas}
        width={shownChannels * (width + 1) - 1}
        height={height}
        role="img"
        aria-label={`Weights, ${shapeText(shape)}`}
      />
      <figcaption>
        {weights.length} weights{shape.length > 1 && `, ${shapeText(shape)}`}
        {more}: <span class="positive">positive</span>, <span class="negative">negative</span>
      </figcaption>
    </figure>
  );
}

/** How weights are laid out: as the input image, as kernels side by side, or in rows of a vector. */
function formOf(source: number, shape: readonly number[]): [channels: number, height: number, width: number] {
  const form = model.value?.form;
  const [channels = 1, height, width] = shape;
  if (height !== undefined && width !== undefined) return [channels, height, width];
  if (source === 0 && form?.kind === "image") return [form.channels, form.height, form.width];
  const across = Math.ceil(Math.sqrt(channels * 2));
  return [1, Math.ceil(channels / across), across];
}
