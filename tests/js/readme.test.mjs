// The examples in the READMEs run as they stand.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

for (const file of ["README.md", "pkg/README.md", "docs/models.md"]) {
  test(`every JavaScript example in ${file} runs`, () => {
    const blocks = [...readFileSync(new URL(file, root), "utf8").matchAll(/```js\n(.*?)```/gs)];
    assert.ok(blocks.length > 0);
    for (const [, code] of blocks) {
      const args = ["--input-type=module", "--eval", code];
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: fileURLToPath(root), encoding: "utf8" });
      assert.equal(status, 0, stderr);
    }
  });
}
