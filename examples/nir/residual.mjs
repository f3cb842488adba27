// A network with what chains do not have: a shortcut around convolutions, and a padded pool beside another branch. Its
// weights look random and are the same each time.

let state = 1;
/** From -1 to 1. */
function next() {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 31 - 1;
}

function conv(name, from, to, size, more) {
  const inputs = from * size * size;
  const weights = Float32Array.from({ length: to * inputs }, () => 1.5 * next() * Math.sqrt(2 / inputs));
  const bias = Float32Array.from({ length: to }, () => 0.1 * next());
  return { type: "conv2d", name, kernel: size, outChannels: to, weights, bias, ...more };
}

export const residual = {
  inputShape: [1, 28, 28],
  layers: [
    conv("first", 1, 4, 5, { stride: 3, activation: "relu" }),
    conv("second", 4, 4, 3, { padding: 1, activation: "linear" }),
    { type: "add", name: "sum", inputs: ["second", "first"] },
    { type: "activation", name: "relu", activation: "relu" },
    { type: "avgPool2d", name: "pool", kernel: 3, padding: 1, stride: 1 },
    conv("pooled", 4, 3, 1, { activation: "relu" }),
    conv("direct", 4, 3, 3, { padding: 1, inputs: ["relu"], activation: "relu" }),
    { type: "concat", name: "both", inputs: ["pooled", "direct"] },
    { type: "avgPool2d", kernel: 2 },
    { type: "flatten" },
    { ...dense(6 * 4 * 4, 10), activation: "linear" },
  ],
};

function dense(from, to) {
  const weights = Float32Array.from({ length: to * from }, () => 2 * next() * Math.sqrt(1 / from));
  return { type: "dense", weights };
}
