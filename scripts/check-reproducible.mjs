// `npm run check:reproducible`: two clean builds of the module, from two folders, give the same bytes. With the module of
// the package already built, it must be the same as well.

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "./lib/build-wasm.mjs";
import { at, main, say, Trouble } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

const sources = ["src", "Cargo.toml", "Cargo.lock", ".cargo", "README.md", "LICENSE-MIT", "LICENSE-APACHE"];

const hash = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** The hash of a module that was built from a copy of the sources. */
async function builtIn(folder) {
  try {
    for (const source of sources) cpSync(at(source), join(folder, source), { recursive: true });
    await compile({ from: folder, out: join(folder, "out") });
    return hash(join(folder, "out", "quartic_snn_bg.wasm"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main(async () => {
  await setup("packages", "rust", "wasm");
  const hashes = [];
  // Of other lengths as well: what names a folder would move all that comes behind it.
  for (const name of ["one-", "another-folder-"]) hashes.push(await builtIn(mkdtempSync(join(tmpdir(), name))));
  const packed = at("pkg", "dist", "wasm", "quartic_snn_bg.wasm");
  if (existsSync(packed)) hashes.push(hash(packed));
  if (new Set(hashes).size !== 1) throw new Trouble(`The builds differ:\n${hashes.join("\n")}`);
  say(`${hashes.length} builds gave the same module: sha256 ${hashes[0]}`);
});
