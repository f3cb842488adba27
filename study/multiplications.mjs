// What a trained network has to multiply that is not 0. Runs the package in this process.

/** Test images. */
export const IMAGES = 1_000;

const sum = (values) => values.reduce((total, value) => total + value, 0);

const size = (shape) => shape.reduce((product, count) => product * count, 1);

/** The index of every value of an image, with its place in it. */
function* places([channels, height, width]) {
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) yield { at: (c * height + y) * width + x, c, y, x };
    }
  }
}

/** How many windows, of which one begins at every pixel, reach a pixel. */
const reaching = (at, kernel, windows) => Math.min(at, windows - 1) - Math.max(0, at - kernel + 1) + 1;

/** How many multiplications each value that a layer reads takes part in. The bundled networks have no strides and padding. */
function uses({ type, shape }, from) {
  if (type === "dense") return new Uint32Array(size(from)).fill(shape[0]);
  const [channels, height, width] = shape;
  const counts = new Uint32Array(size(from));
  for (const { at, y, x } of places(from)) {
    counts[at] = channels * reaching(y, from[1] - height + 1, height) * reaching(x, from[2] - width + 1, width);
  }
  return counts;
}

/** Where a pool, of either kind, gives something else than 0: activations are never negative. */
function pooled(isUsed, from, to) {
  const result = new Uint8Array(size(to));
  const cell = from[1] / to[1];
  for (const { at, c, y, x } of places(from)) {
    const into = (c * to[1] + Math.floor(y / cell)) * to[2] + Math.floor(x / cell);
    result[into] |= isUsed[at];
  }
  return result;
}

/** For every layer with weights what it reads: after which layer of neurons, through which pools, and its {@link uses}. */
function plan(ann, input) {
  const steps = [];
  let [shape, neurons] = [input, 0];
  let pools = [];
  for (const layer of ann.layers) {
    if (layer.type === "flatten") continue;
    if (layer.type.endsWith("Pool2d")) {
      pools.push([shape, layer.shape]);
    } else {
      const read = pools.length === 0 ? shape : pools.at(-1)[1];
      steps.push({ neurons, pools, uses: uses(layer, read) });
      [neurons, pools] = [neurons + 1, []];
    }
    shape = layer.shape;
  }
  return steps;
}

/** The multiplications of one pass in which nothing is 0, which `snn.synapses` counts too, and per image those by others. */
export function multiplications(ann, snn, images) {
  const side = Math.sqrt(ann.inputs);
  const steps = plan(ann, [1, side, side]);
  const all = sum(steps.map(({ uses }) => sum(uses)));
  if (all !== snn.synapses) throw new Error(`${all} multiplications were counted of ${snn.synapses}`);
  const of = (image) => {
    const values = [image, ...snn.activations(image)];
    return steps.reduce((total, { neurons, pools, uses }) => {
      const isUsed = Uint8Array.from(values[neurons], (value) => (value > 0 ? 1 : 0));
      const read = pools.reduce((used, [from, to]) => pooled(used, from, to), isUsed);
      return total + uses.reduce((count, each, at) => count + each * read[at], 0);
    }, 0);
  };
  const count = images.length / ann.inputs;
  const used = Array.from({ length: count }, (_, k) => of(images.subarray(k * ann.inputs, (k + 1) * ann.inputs)));
  return { all, used: Math.round(sum(used) / count) };
}
