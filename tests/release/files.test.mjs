// What would be published: these files and no others, of one version that the changelog knows.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { at } from "../../scripts/lib/house.mjs";
import { changelog, crateFiles, npmFiles, versions } from "../../scripts/lib/release.mjs";

/** The files that no pattern of an allow list takes, and the patterns that no file needs. */
function compare(files, patterns) {
  return {
    strange: files.filter((file) => !patterns.some((pattern) => pattern.test(file))),
    missing: patterns.filter((pattern) => !files.some((file) => pattern.test(file))).map(String),
  };
}

const licences = [/^LICENSE-APACHE$/, /^LICENSE-MIT$/];

test("the npm package has what its sources become, the module, the models and nothing else", () => {
  const files = npmFiles();
  const patterns = [
    ...licences,
    /^README\.md$/,
    /^(inline\/|worker\/)?package\.json$/,
    /^dist\/[\w/-]+\.js$/,
    /^dist\/[\w/-]+\.d\.ts$/,
    /^dist\/wasm\/quartic_snn_bg\.wasm$/,
    /^dist\/lean\/quartic_snn_lean_bg\.wasm$/,
    /^models\/[\w-]+\.safetensors$/,
  ];
  assert.deepEqual(compare(files, patterns), { strange: [], missing: [] });
  assert.equal(files.filter((file) => file.endsWith(".wasm")).length, 2);
  for (const script of files.filter((file) => file.endsWith(".js"))) {
    assert.ok(files.includes(script.replace(/\.js$/, ".d.ts")), `${script} has no types`);
  }
});

test("the crate has its sources and nothing else", () => {
  const patterns = [
    ...licences,
    /^README\.md$/,
    /^CHANGELOG\.md$/,
    /^Cargo\.(toml|lock)$/,
    /^Cargo\.toml\.orig$/,
    /^src\/[\w/]+\.rs$/,
  ];
  // Cargo adds it where the folder is a repository.
  const files = crateFiles().filter((file) => file !== ".cargo_vcs_info.json");
  assert.deepEqual(compare(files, patterns), { strange: [], missing: [] });
});

test("crate, package, citation and lock file have one version, and the changelog says what is in the next", () => {
  const [version, ...others] = new Set(Object.values(versions()));
  assert.deepEqual(others, []);
  const lock = readFileSync(at("Cargo.lock"), "utf8");
  assert.match(lock, new RegExp(`name = "quartic-snn"\\nversion = "${version.replaceAll(".", "\\.")}"`));
  const [newest, before] = changelog();
  assert.ok(newest === "Unreleased" || newest === version, `the changelog begins with ${newest}`);
  assert.ok(newest !== "Unreleased" || before === undefined || before === version);
});
