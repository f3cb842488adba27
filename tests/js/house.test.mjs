// How the scripts of this house run commands.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { at, exitCodeOf, run } from "../../scripts/lib/house.mjs";

test("a variable that a script sets reaches what it runs: bench:peers ran another Python than it had installed", async () => {
  process.env.QUARTIC_TOLD = "7";
  try {
    assert.equal(await exitCodeOf(process.execPath, ["-e", "process.exit(Number(process.env.QUARTIC_TOLD))"]), 7);
  } finally {
    delete process.env.QUARTIC_TOLD;
  }
});

test("with a folder of one's own for what cargo builds, bench printed the figures of an earlier run", async () => {
  const before = process.env.CARGO_TARGET_DIR;
  process.env.CARGO_TARGET_DIR = tmpdir();
  try {
    const script = "process.exit('CARGO_TARGET_DIR' in process.env ? 1 : 5)";
    assert.equal(await exitCodeOf(process.execPath, ["-e", script]), 5);
  } finally {
    if (before === undefined) delete process.env.CARGO_TARGET_DIR;
    else process.env.CARGO_TARGET_DIR = before;
  }
});

test("a log that showed its end alone did not say which test of the page had failed", async () => {
  const before = process.env.CI;
  process.env.CI = "true";
  const script = "for (let line = 1; line <= 100; line += 1) console.error('line ' + line); process.exitCode = 3";
  try {
    await assert.rejects(run(process.execPath, ["-e", script]), ({ message, said }) => {
      assert.match(message, /exit code 3/);
      assert.equal(said.split("\n").at(0), "line 76");
      return said.endsWith("\nline 100");
    });
  } finally {
    if (before === undefined) delete process.env.CI;
    else process.env.CI = before;
  }
});

test("what a command leaves running does not hold up who waits for the command", async () => {
  const child =
    "require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 5000)'], { stdio: 'inherit' })";
  const said = [];
  const script = `console.log("begun"); ${child}.unref(); process.exit(4)`;
  assert.equal(await exitCodeOf(process.execPath, ["-e", script], { heard: (text) => said.push(text) }), 4);
  assert.equal(said.join(""), "begun\n");
});

test("asked for help, scripts began to set up the machine", () => {
  // Each must be one that asks `main` first.
  const scripts = readdirSync(at("scripts")).filter((name) => name.endsWith(".mjs"));
  for (const name of scripts.filter((name) => !["evaluate.mjs", "train.mjs"].includes(name))) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [at("scripts", name), "--help"], {
      encoding: "utf8",
    });
    assert.equal(status, 0, `${name}: ${stderr}`);
    assert.match(stdout, /^`(npm|node) [^`]+`: /, name);
    assert.equal(stderr, "", name);
  }
});

test("in a fresh clone, study, pictures and links ended for want of packages that they would have installed", () => {
  const clone = mkdtempSync(join(tmpdir(), "quartic-clone-"));
  try {
    // As a clone has them: with nothing beside them that was installed or built.
    for (const folder of ["scripts", "study", "examples", "www", "benches"]) {
      const filter = (path) => !/[\\/](node_modules|target|dist)$/.test(path);
      cpSync(at(folder), join(clone, folder), { recursive: true, filter });
    }
    for (const name of readdirSync(at("scripts")).filter((name) => name.endsWith(".mjs"))) {
      const { status, stderr } = spawnSync(process.execPath, [join(clone, "scripts", name), "--help"], {
        encoding: "utf8",
      });
      assert.equal(status, 0, `${name}: ${stderr}`);
    }
  } finally {
    rmSync(clone, { recursive: true });
  }
});
