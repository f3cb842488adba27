// `npm run bench:precision [-- --images N]`: what fixed point costs in accuracy, after building what is measured.

import { build } from "./lib/build.mjs";
import { at, exitCodeOf, main } from "./lib/house.mjs";
import { partsFor } from "./lib/models.mjs";
import { setup } from "./lib/setup.mjs";

await main(async () => {
  await setup("packages", "rust", "wasm", ...partsFor(["fashion-mlp"]));
  await build("pkg");
  const args = [at("benches", "precision.mjs"), ...process.argv.slice(2)];
  return exitCodeOf(process.execPath, args, { stdin: "inherit", stdout: "inherit" });
});
