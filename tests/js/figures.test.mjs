// The figures of the README are those of docs/results.md.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { withHeadline } from "../../scripts/lib/headline.mjs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("the table of the README is what docs/results.md gives", () => {
  assert.equal(withHeadline(read("README.md"), read("docs/results.md")), read("README.md"));
});

test("a figure that was changed by hand is noticed", () => {
  const readme = read("README.md");
  const changed = readme.replace(/\| mnist-mlp, none \| 99/, "| mnist-mlp, none | 98");
  assert.notEqual(changed, readme);
  assert.equal(withHeadline(changed, read("docs/results.md")), readme);
});
