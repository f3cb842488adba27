// Models of TensorFlow.js that were changed at random places, several at once: whatever comes of it is a network that
// can be used, or a refusal with a code.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { load, QuarticError } from "quartic-snn";
import { asKeras3, saved } from "./lib/tensorflow.mjs";

const quartic = await load();
const names = ["mlp", "cnn", "functional", "variety", "nested", "keras-cnn-uint8", "keras-mobile", "keras-norms"];

/** All places in a JSON value, which may hold itself. */
function places(value, found = [], seen = new Set()) {
  for (const key of Object.keys(value)) {
    const inner = value[key];
    found.push([value, key]);
    if (typeof inner !== "object" || inner === null || ArrayBuffer.isView(inner) || seen.has(inner)) continue;
    seen.add(inner);
    places(inner, found, seen);
  }
  return found;
}

const anything = fc.oneof(
  fc.constantFrom(
    null,
    undefined,
    true,
    false,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0,
    "__proto__",
    "",
    "n".repeat(10_000),
  ),
  fc.constantFrom("relu6", "softmax", "same", "channels_first", "InputLayer", "Sequential", "Functional"),
  fc.constantFrom(-1, 0, 1, 2, 3, 65_536, 2 ** 22, 2 ** 31, 2 ** 53, 1e300, 0.5),
  fc.constantFrom("Conv2D", "SeparableConv2D", "BatchNormalization", "ZeroPadding2D", "Rescaling", "LSTM", "Add"),
  fc.anything({ maxDepth: 3, withBigInt: true, withDate: true, withTypedArray: true, withNullPrototype: true }),
);

/** A change of the value at one place, given all of them. */
const change = fc.oneof(
  fc.tuple(fc.nat(), anything).map(([at, value]) => (all) => {
    const [object, key] = all[at % all.length];
    object[key] = value;
  }),
  // Twice in its list, or not at all.
  fc.tuple(fc.nat(), fc.boolean()).map(([at, twice]) => (all) => {
    const [object, key] = all[at % all.length];
    if (Array.isArray(object)) object.splice(Number(key), twice ? 0 : 1, ...(twice ? [object[key]] : []));
    else if (!twice) delete object[key];
  }),
  // What stands elsewhere: layers within layers, and references that lead back.
  fc.tuple(fc.nat(), fc.nat()).map(([at, from]) => (all) => {
    const [object, key] = all[at % all.length];
    const [other, there] = all[from % all.length];
    object[key] = other[there];
  }),
  // Shapes of any size.
  fc.tuple(fc.nat(), fc.integer({ min: -8, max: 33 })).map(([at, power]) => (all) => {
    const numbers = all.filter(([object, key]) => typeof object[key] === "number");
    if (numbers.length === 0) return;
    const [object, key] = numbers[at % numbers.length];
    object[key] = Math.sign(power) * 2 ** Math.abs(power);
  }),
);

const spoilt = fc.constantFrom(
  (data) => data,
  (data) => data,
  (data) => data.map((part) => part.slice(0, part.byteLength / 2)),
  (data) => data.slice(1),
  (data) => data.map((part) => new Uint8Array(part.byteLength).fill(255).buffer),
  (data) => [...data, new ArrayBuffer(4)],
);

const model = fc.record({
  name: fc.constantFrom(...names),
  keras3: fc.boolean(),
  changes: fc.array(change, { minLength: 1, maxLength: 4 }),
  data: spoilt,
});

/** The model that the changes make. */
function made({ name, keras3, changes, data }) {
  const whole = keras3 ? asKeras3(saved(name)) : saved(name);
  for (const apply of changes) apply(places({ parts: [whole.modelTopology, whole.weightsManifest] }).slice(1));
  return { ...whole, weightData: data(whole.weightData) };
}

/** What comes of a model: a network that can be used, or the code of a refusal. */
function outcomeOf(whole) {
  try {
    const ann = quartic.fromTensorFlow(whole);
    if (ann.inputs < 10_000) assert.equal(ann.predict(new Float32Array(ann.inputs)).length, ann.outputs);
    ann.close();
    return "network";
  } catch (error) {
    assert.ok(error instanceof QuarticError, error?.stack);
    assert.notEqual(error.code, "internal", error.message);
    assert.ok(error.message.length < 1000, error.message);
    return error.code;
  }
}

test("a model that was changed anywhere is a network or a refusal", () => {
  const outcomes = new Map();
  const property = fc.property(model, (changed) => {
    const outcome = outcomeOf(made(changed));
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  });
  fc.assert(property, { numRuns: 2000, seed: 4 });
  for (const outcome of ["network", "invalid-model", "unsupported-layer"]) {
    assert.ok(outcomes.get(outcome) > 50, `${outcome}: ${outcomes.get(outcome)}`);
  }
});
