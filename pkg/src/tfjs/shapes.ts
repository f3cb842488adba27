import { type Handler, type Image, type Place, sizeOf, type Value } from "./builder.js";

/** An image as a vector. The network's is channel-first, whatever the model's is. */
function flattened(at: Place, input: Value, channelsLast: boolean): Value {
  const { image, ...rest } = input;
  const value = { ...rest, shape: [sizeOf(input.shape)] };
  if (image === undefined || image[1] * image[2] === 1) return { ...input, shape: value.shape };
  const order = channelsLast && image[0] > 1 ? channelFirst(image) : undefined;
  return at.emit({ type: "flatten" }, [input], { ...value, order });
}

/** Where a channel-last image has the values of the channel-first one. */
function channelFirst([channels, height, width]: Image): Uint32Array {
  const positions = height * width;
  return Uint32Array.from({ length: channels * positions }, (_, index) => {
    return (index % positions) * channels + Math.floor(index / positions);
  });
}

const flatten: Handler = (at) => {
  const input = at.input({ scores: true });
  const format = at.fields.oneOf("data_format", ["channels_last", "channels_first"], "channels_last");
  // With `channels_first` a Flatten moves the channels to the end before it flattens.
  const moves = format === "channels_first" && input.shape.length > 1;
  if (moves && (!at.builder.channelsFirst || input.shape.length !== 3)) {
    throw at.refuse("`channels_first` is supported for channel-first images");
  }
  return flattened(at, input, moves || !at.builder.channelsFirst);
};

/** The target with its one free size. */
function targetOf(at: Place, size: number): number[] {
  const given = at.fields.get("target_shape");
  const known = (value: unknown): value is number => Number.isSafeInteger(value) || value === null;
  if (!Array.isArray(given) || !given.every(known)) throw at.fields.wrong("target_shape", "whole numbers");
  const target = given.map((value) => value ?? -1);
  const rest = target.filter((value) => value !== -1);
  const free = size / sizeOf(rest);
  const shape = target.map((value) => (value === -1 ? free : value));
  const fits = target.length - rest.length < 2 && shape.every((value) => Number.isSafeInteger(value) && value > 0);
  if (!fits || sizeOf(shape) !== size) throw at.fields.wrong("target_shape", `sizes of ${size} values`);
  return shape;
}

const reshape: Handler = (at) => {
  const input = at.input({ scores: true });
  const shape = targetOf(at, sizeOf(input.shape));
  const own = input.shape.length === 1 ? at.builder.ownInput(at.layer) : undefined;
  if (own !== undefined) return at.builder.setInput(own, shape);
  if (shape.length === 1) return flattened(at, input, !at.builder.channelsFirst);
  // The same image, with or without the axis of its one channel or its one pixel.
  const image = at.builder.imageOf(shape);
  if (String(shape) !== String(input.shape) && (image === undefined || String(image) !== String(input.image))) {
    const reason = "it may only flatten, add or remove the one channel of an image, or shape the input";
    throw at.refuse(`it reshapes [${input.shape.join(", ")}] to [${shape.join(", ")}]; ${reason}`);
  }
  return { ...input, shape };
};

/** What gives values another shape. */
export const shapes: readonly (readonly [string, Handler])[] = [
  ["Flatten", flatten],
  ["Reshape", reshape],
];
