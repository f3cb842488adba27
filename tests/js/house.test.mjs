// How the scripts of this house run commands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCodeOf } from "../../scripts/lib/house.mjs";

test("a variable that a script sets reaches what it runs: bench:peers ran another Python than it had installed", async () => {
  process.env.QUARTIC_TOLD = "7";
  try {
    assert.equal(await exitCodeOf(process.execPath, ["-e", "process.exit(Number(process.env.QUARTIC_TOLD))"]), 7);
  } finally {
    delete process.env.QUARTIC_TOLD;
  }
});
