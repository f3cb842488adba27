// What `npm run check:nir` hands to other simulators, which no test here has.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../examples/nir/record.mjs", import.meta.url));

test("the example writes three networks in six ways, with spikes in every layer that fires", () => {
  const folder = mkdtempSync(join(tmpdir(), "quartic-snn-nir-"));
  try {
    const { status, stderr } = spawnSync(process.execPath, [script, folder], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
    assert.deepEqual([index.length, new Set(index.map(({ network }) => network)).size], [18, 3]);
    assert.equal(readdirSync(folder).filter((name) => name.endsWith(".nir")).length, 18);
    for (const { way, runs } of index) {
      const layers = runs.flatMap(({ spikes }) => spikes.slice(1, way === "read by potential" ? -1 : undefined));
      assert.ok(
        layers.every(([step]) => step.length > 0),
        way,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
