// Every code that an error may have is documented, and there is a way to it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { load, QuarticError } from "quartic-snn";
import { load as loadWorker } from "quartic-snn/worker";
import { denseSpec, small } from "./lib/fixtures.mjs";
import { inFreshProcess } from "./lib/fresh.mjs";
import { withMostMemory, withTrapIn } from "./lib/trap.mjs";

const quartic = await load();
const { ann, spec, calibration, input } = small(quartic);
const snn = quartic.convert(ann, { calibration });
const closed = quartic.convert(ann, { calibration });
closed.close();

const broken = async () => {
  const dead = await loadWorker({ wasm: await withTrapIn("snn_run") });
  const own = await dead.network(spec);
  return { dead, own: await dead.convert(own, { calibration }) };
};

/** A way to each code. */
const ways = {
  "invalid-option": () => snn.run(input, { steps: 0 }),
  "shape-mismatch": () => snn.run(input.subarray(1)),
  "invalid-input": () => snn.run(new Float32Array(20).fill(2)),
  "unsupported-layer": () => quartic.network({ inputShape: [2], layers: [{ type: "lstm" }] }),
  "invalid-model": () => quartic.readModel(new Uint8Array(9)),
  "conversion-failed": () =>
    quartic.convert(small(quartic, { bias: false }).ann, { calibration: new Float32Array(20) }),
  "too-large": () => snn.run(input, { steps: 1_000_000, record: ["potentials"] }),
  closed: () => closed.run(input),
  aborted: () => quartic.compare([snn], input, { signal: AbortSignal.abort() }).next(),
  "out-of-memory": async () => {
    const narrow = await loadWorker({ wasm: await withMostMemory(64) });
    await narrow.network(denseSpec([1000, 2000, 10]));
  },
  internal: async () => (await broken()).own.run(input),
  crashed: async () => {
    const { dead, own } = await broken();
    await own.run(input).catch(() => undefined);
    await dead.usage();
  },
};

/** Ways that need a process of their own. */
const apart = {
  "load-failed": "const promise = load({ wasm: new Uint8Array(3) });",
  "unsupported-runtime": "WebAssembly.validate = () => false; const promise = load();",
  "left-out": `
    const quartic = await load({ wasm: await readFile(lean) });
    const promise = (async () => quartic.readSnn(new Uint8Array(9)))();
  `,
  "no-seed": `
    globalThis.crypto.getRandomValues = () => { throw new Error("none"); };
    const { small } = await import("./fixtures.mjs");
    const quartic = await load();
    const { ann, calibration, input } = small(quartic);
    const promise = (async () => quartic.convert(ann, { calibration }).run(input))();
  `,
};

for (const [code, way] of Object.entries(ways)) {
  test(`there is a way to ${code}`, async () => {
    await assert.rejects(
      async () => await way(),
      (error) => {
        assert.ok(error instanceof QuarticError, String(error));
        assert.equal(error.code, code, error.message);
        assert.ok(error.message.length > 20);
        return true;
      },
    );
  });
}

for (const [code, script] of Object.entries(apart)) {
  test(`there is a way to ${code}`, async () => {
    const { known, code: found, message } = await inFreshProcess(`${script}\nanswer(await failure(promise));`);
    assert.deepEqual([known, found], [true, code], message);
  });
}

test("these are all codes, and each has a sentence", async () => {
  const types = await readFile(new URL("../../pkg/dist/errors.d.ts", import.meta.url), "utf8");
  const [declaration] = types.match(/export type QuarticErrorCode =[\s\S]*?";/);
  const documented = [...declaration.matchAll(/\/\*\* .+? \*\/\s*(?:\| )?"([\w-]+)"/g)].map(([, code]) => code);
  const all = [...declaration.matchAll(/"([\w-]+)"/g)].map(([, code]) => code);
  assert.deepEqual(documented, all);
  assert.deepEqual(all.toSorted(), [...Object.keys(ways), ...Object.keys(apart)].toSorted());
});
