// What nobody does by accident: every value is refused or works, no code of the caller runs while the module is busy,
// and the module goes on.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { runInNewContext } from "node:vm";
import { load, QuarticError } from "quartic-snn";
import { readModelFile } from "../../examples/evaluate/data.mjs";
import { denseSpec, small } from "./lib/fixtures.mjs";
import { refused, refusedLater } from "./lib/refused.mjs";

const quartic = await load();
const { ann, spec, calibration, input } = small(quartic);
const snn = quartic.convert(ann, { calibration });
const expected = snn.run(input, { seed: 1 });
const data = { images: input, labels: [0] };

afterEach(() => assert.deepEqual(snn.run(input, { seed: 1 }), expected, "the module no longer works"));

/** The same values in an array over this buffer, from this byte on. */
function over(buffer, values, offset = 0) {
  const array = new Float32Array(buffer, offset, values.length);
  array.set(values);
  return array;
}

test("arrays at odd places of larger buffers are read where they are", () => {
  for (const offset of [4, 12, 1020]) {
    const array = over(new ArrayBuffer(2048), input, offset);
    assert.deepEqual(snn.run(array, { seed: 1 }), expected);
    const [bytes, saved] = [new Uint8Array(100_000), snn.save()];
    bytes.set(saved, offset + 1);
    const read = quartic.readSnn(bytes.subarray(offset + 1, offset + 1 + saved.length));
    assert.deepEqual(read.run(input, { seed: 1 }), expected);
    read.close();
  }
});

test("shared and resizable buffers are read as they are at the call", () => {
  const { length } = new Float32Array(input);
  assert.deepEqual(snn.run(over(new SharedArrayBuffer(4 * length), input), { seed: 1 }), expected);
  const shared = new SharedArrayBuffer(4 * calibration.length);
  const own = quartic.convert(ann, { calibration: over(shared, calibration) });
  assert.deepEqual(own.run(input, { seed: 1 }), expected);
  own.close();
  const resizable = new ArrayBuffer(4 * length, { maxByteLength: 8 * length });
  over(resizable, input);
  const tracking = new Float32Array(resizable);
  assert.deepEqual(snn.run(tracking, { seed: 1 }), expected);
  resizable.resize(6 * length);
  refused(() => snn.run(tracking), "shape-mismatch", "input", "30");
  const fixed = new Float32Array(resizable, 0, length);
  resizable.resize(4);
  refused(() => snn.run(fixed), "shape-mismatch", "input", "0");
});

test("buffers that were transferred away are refused by name", async () => {
  const gone = () => {
    const array = new Float32Array(20);
    structuredClone(array, { transfer: [array.buffer] });
    return array;
  };
  refused(() => snn.run(gone()), "invalid-option", "`input`", "transferred");
  refused(() => ann.predict(gone()), "invalid-option", "`inputs`");
  refused(() => quartic.convert(ann, { calibration: gone() }), "invalid-option", "`calibration`");
  refused(() => quartic.mnistDigit(gone(), { width: 5, height: 4 }), "invalid-option", "`ink`");
  const layers = [{ ...spec.layers[0], weights: gone() }];
  refused(() => quartic.network({ ...spec, layers }), "invalid-option", "`layers[0].weights`", "of 0 bytes");
  await refusedLater(quartic.evaluate([snn], { images: gone(), labels: [0] }), "invalid-option", "`images`");
  await refusedLater(quartic.compare([snn], gone()).next(), "invalid-option", "`input`");
  const bytes = new Uint8Array(9);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  refused(() => quartic.readModel(bytes), "invalid-option", "`bytes`");
  refused(() => quartic.readSnn(bytes.buffer), "invalid-option", "`bytes`");
});

test("arrays that lie about their length are read as long as they are", () => {
  for (const lie of [0, 1, 19, 21, 1e6, 2 ** 31, -1, Number.NaN]) {
    class Liar extends Float32Array {
      get length() {
        return lie;
      }
    }
    assert.deepEqual(snn.run(Liar.from.call(Float32Array, input), { seed: 1 }), expected);
    const liar = new Liar(20);
    liar.set(input);
    assert.deepEqual(snn.run(liar, { seed: 1 }), expected);
    const own = Object.defineProperty(Float32Array.from(input), "length", { value: lie });
    assert.deepEqual(snn.run(own, { seed: 1 }), expected);
    assert.deepEqual(ann.predict(own), ann.predict(input));
  }
});

test("things that only look like arrays are refused", () => {
  const fakes = [new Proxy(new Float32Array(20), {}), Object.create(Float32Array.prototype), { length: 20 }];
  for (const fake of fakes) {
    refused(() => snn.run(fake), "invalid-option", "`input`");
    refused(() => ann.predict(fake), "invalid-option", "`inputs`");
    refused(() => quartic.convert(ann, { calibration: fake }), "invalid-option", "`calibration`");
  }
  refused(() => quartic.readModel(new Proxy(new Uint8Array(20), {})), "invalid-option", "`bytes`");
});

test("getters and proxies that throw are told as the cause", async () => {
  const fault = new Error("mine");
  const fails = () => {
    throw fault;
  };
  const handler = { get: fails, has: fails, ownKeys: fails, getOwnPropertyDescriptor: fails, getPrototypeOf: fails };
  const values = [new Proxy({}, handler), Object.defineProperty({}, "steps", { get: fails, enumerable: true })];
  const told = (error) => error instanceof QuarticError && error.code === "invalid-option" && error.cause === fault;
  for (const value of values) {
    assert.throws(() => snn.run(input, value), told);
    assert.throws(() => quartic.convert(ann, value), told);
    await assert.rejects(quartic.evaluate([snn], value), told);
    await assert.rejects(quartic.evaluate([snn], data, value), told);
    await assert.rejects(quartic.compare([snn], input, value).next(), told);
  }
  const record = Object.defineProperty([1], 0, { get: fails });
  assert.throws(() => snn.run(input, { record }), told);
  await assert.rejects(quartic.evaluate([snn], { images: input, labels: new Proxy([0], handler) }), told);
  refused(() => quartic.network(values[0]), "invalid-option", "`network`");
});

test("code of the caller that closes handles, or calls again, cannot disturb a call", () => {
  const closing = quartic.convert(ann, { calibration });
  const options = Object.defineProperty({ seed: 1 }, "steps", {
    enumerable: true,
    get() {
      closing.close();
      snn.run(input, { seed: 2 });
      return 100;
    },
  });
  refused(() => closing.run(input, options), "closed");
  const own = quartic.network(spec);
  const during = {
    calibration,
    get steps() {
      quartic.convert(own, { calibration }).close();
      own.close();
      return 100;
    },
  };
  refused(() => quartic.convert(own, during), "closed", "network");
  const nested = quartic.network({
    ...spec,
    get name() {
      return String(quartic.network(denseSpec([2, 2, 2])).outputs);
    },
  });
  nested.close();
});

test("numbers beyond all bounds are refused by name", async () => {
  for (const value of [2 ** 53, 1e308, Number.POSITIVE_INFINITY, Number.MAX_VALUE]) {
    for (const option of ["steps", "seed", "stream"]) {
      refused(() => snn.run(input, { [option]: value }), "invalid-option", `\`${option}\``);
    }
    refused(() => quartic.convert(ann, { calibration, strength: value }), "invalid-option", "`strength`");
    refused(() => quartic.network({ ...spec, inputShape: [value] }), "invalid-option");
  }
  refused(() => quartic.network({ ...spec, inputShape: [2 ** 20, 2 ** 20, 2 ** 20] }), "shape-mismatch");
  await refusedLater(
    quartic.evaluate([snn], { images: input, labels: { length: 2 ** 40 } }),
    "shape-mismatch",
    "labels",
    String(2 ** 40),
  );
  await refusedLater(
    quartic.evaluate([snn], { images: input, labels: new Uint8Array(1e6) }),
    "shape-mismatch",
    "images",
    "1000000",
  );
});

test("outputs that would take too much memory are refused before they are made", () => {
  const layers = [{ type: "dense", weights: new Float32Array(100_000), activation: "linear" }];
  const wide = quartic.network({ inputShape: [1], layers });
  refused(() => wide.predict(new Float32Array(20_000)), "too-large", "20000 inputs", "MiB");
  assert.equal(wide.predict(new Float32Array(2)).length, 200_000);
});

test("what would take too much memory is refused before it is taken, with an estimate", () => {
  const before = quartic.usage().memory;
  const large = new Float32Array(2 ** 28 + 20);
  refused(() => ann.predict(large), "too-large", "`inputs`", "1025 MiB", "1024 MiB", "parts");
  const dense = { type: "dense", weights: large, activation: "linear" };
  refused(() => quartic.network({ inputShape: [1], layers: [dense] }), "too-large", "`weights`", "1025 MiB");
  refused(() => quartic.readModel(large.buffer), "too-large", "`bytes`", "1025 MiB");
  const layers = [
    { type: "conv2d", outChannels: 64, kernel: 1, weights: new Float32Array(64).fill(1), activation: "relu" },
    { type: "globalAvgPool2d" },
    { type: "flatten" },
    { type: "dense", weights: new Float32Array(128).fill(1), activation: "linear" },
  ];
  const wide = quartic.network({ inputShape: [1, 256, 256], layers });
  const many = new Float32Array(100 * 65_536);
  refused(() => quartic.convert(wide, { calibration: many }), "too-large", "1601 MiB", "1024 MiB", "at most 63 inputs");
  assert.ok(quartic.usage().memory - before < 2e8, "memory was taken all the same");
  wide.close();
});

test("bytes, arrays and options of another realm are as good as those of this one", () => {
  const bytes = readModelFile("mnist-mlp-small");
  const foreign = runInNewContext("(length) => new Uint8Array(length)")(bytes.length);
  foreign.set(bytes);
  for (const given of [foreign, foreign.buffer])
    assert.equal(quartic.readModel(given, runInNewContext("({})")).inputs, 784);
});

test("proxies of handles and what is made from them are refused by name", async () => {
  for (const pretend of [(handle) => new Proxy(handle, {}), Object.create]) {
    refused(() => quartic.convert(pretend(ann), { calibration }), "invalid-option", "`ann`");
    await refusedLater(quartic.evaluate([pretend(snn)], data), "invalid-option", "`networks`");
    await refusedLater(quartic.compare([pretend(snn)], input).next(), "invalid-option", "`networks`");
  }
});

test("what is wrong in a list, or no plain value, is told with its place and its kind", () => {
  refused(() => snn.run(input, { record: ["spike"] }), "invalid-option", "`record[0]`", '"spike"', "potentials");
  for (const record of ["spikes", null, 1, Array(101).fill("spikes")])
    refused(() => snn.run(input, { record }), "invalid-option", "an array of");
  refused(() => snn.run(input, { steps: 100n }), "invalid-option", "a number", "100n");
  refused(() => snn.run(input, { seed: () => 1 }), "invalid-option", "a number", "a function");
});

test("what throws while it is read is the cause, in descriptions and models as well", () => {
  const boom = new Error("boom");
  const throwing = (key) =>
    Object.defineProperty({}, key, {
      enumerable: true,
      get: () => {
        throw boom;
      },
    });
  for (const call of [
    () => quartic.network(throwing("inputShape")),
    () => quartic.fromTensorFlow(throwing("modelTopology")),
  ]) {
    assert.throws(call, { code: "invalid-option", cause: boom });
  }
});

test("a description whose toJSON gives nothing was taken for a fault of the module", () => {
  const nothing = { toJSON: () => undefined };
  refused(() => quartic.network(nothing), "invalid-option", "`network`");
  const description = nothing;
  refused(
    () => quartic.readModel(readModelFile("mnist-mlp-small"), { description }),
    "invalid-option",
    "`description`",
  );
});

test("half a character in a text was told as a broken escape", () => {
  const layers = [{ ...spec.layers[0], name: "a\ud83d" }];
  refused(() => quartic.network({ ...spec, name: "\ud800" }), "invalid-option", "`name`", String.raw`"\ud800"`);
  refused(() => quartic.network({ ...spec, layers }), "invalid-option", "`name`", String.raw`"a\ud83d"`);
  refused(() => quartic.network({ ...spec, ["\udc00"]: 1 }), "invalid-option", "keys", String.raw`"\udc00"`);
  refused(() => quartic.convert(ann, { calibration, name: "\ud800" }), "invalid-option", "`name`");
  refused(() => quartic.network(`${"x".repeat(79)}\u{1f4a5}`), "invalid-option", `${"x".repeat(79)}..."`);
  assert.equal(quartic.network({ ...spec, name: "\u{1f4a5}" }).name, "\u{1f4a5}");
});
