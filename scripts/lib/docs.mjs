// The two references. A warning is an error in both.

import { build } from "./build.mjs";
import { at, run } from "./house.mjs";
import { setup } from "./setup.mjs";

/** Writes both, and returns where they begin. */
export async function documentation() {
  await setup("packages", "rust", "wasm", "docs");
  await build("pkg"); // The sources are read with the types of the module.
  const folder = at("docs", "reference");
  const typedoc = at("docs", "reference", "node_modules", "typedoc", "bin", "typedoc");
  await run(process.execPath, [typedoc, "--options", at("docs", "reference", "typedoc.config.mjs")], { cwd: folder });
  await run("cargo", ["doc", "--no-deps", "--locked", "--all-features"], { env: { RUSTDOCFLAGS: "-D warnings" } });
  return [at("docs", "site", "index.html"), at("target", "doc", "quartic_snn", "index.html")];
}
