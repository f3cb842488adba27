// Licences and sources of what the crate and the package are made of, and are built and tested with.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { at } from "../../scripts/lib/house.mjs";
import { crates, npmPackages, permits } from "../../scripts/lib/release.mjs";

/** The list of cargo-deny, so that there is one. */
const forCrates = () => {
  const [, list] = readFileSync(at("deny.toml"), "utf8").match(/^allow = \[(.*)\]/m);
  return list.split(",").map((entry) => entry.trim().replaceAll('"', ""));
};

/** Tools only: none of them is in what is published. */
const forTools = [
  ...["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC-BY-4.0", "ISC", "MIT", "MPL-2.0"],
  // Images of Next.js (sharp's libvips, in the packaging tests), and argparse in TypeDoc.
  ...["LGPL-3.0-or-later", "Python-2.0"],
];

const names = (found) => found.map(({ name, license }) => `${name}: ${license}`);

test("an expression is met by one of an OR, and by all of an AND", () => {
  const met = (expression) => permits(expression, ["MIT", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"]);
  for (const good of ["MIT", "GPL-3.0 OR MIT", "GPL-3.0/MIT", "(GPL-3.0 OR MIT) AND Unicode-3.0"]) assert.ok(met(good));
  assert.ok(met("Apache-2.0 WITH LLVM-exception OR GPL-3.0"));
  for (const bad of [undefined, "", "GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0", "(MIT OR GPL-3.0) AND GPL-3.0"]) {
    assert.ok(!met(bad), bad);
  }
});

test("every crate has a licence of the list and comes from the one registry", () => {
  const all = crates().filter(({ source }) => source !== null);
  const allowed = forCrates();
  assert.ok(all.length > 50);
  assert.deepEqual(names(all.filter(({ license }) => !permits(license, allowed))), []);
  const registry = "registry+https://github.com/rust-lang/crates.io-index";
  assert.deepEqual(names(all.filter(({ source }) => source !== registry)), []);
});

for (const lock of ["", "tests/pack/tools/", "docs/reference/", "examples/train/"].map(
  (at) => `${at}package-lock.json`,
)) {
  test(`every npm package of ${lock} has a licence of the list`, () => {
    const all = npmPackages(lock);
    assert.ok(all.length > 0);
    assert.deepEqual(names(all.filter(({ license }) => !permits(license, forTools))), []);
  });
}

test("the npm package has no dependencies", () => {
  const manifest = JSON.parse(readFileSync(at("pkg", "package.json"), "utf8"));
  for (const kind of ["dependencies", "peerDependencies", "optionalDependencies", "bundleDependencies", "scripts"]) {
    assert.equal(manifest[kind], undefined, kind);
  }
});
