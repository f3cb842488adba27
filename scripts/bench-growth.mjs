// `npm run bench:growth [-- --json --plots --quick]`: how cost grows, after building what is measured.

import { build } from "./lib/build.mjs";
import { at, exitCodeOf, main } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

await main(async () => {
  await setup("packages", "rust", "wasm");
  await build("pkg");
  const args = [at("benches", "growth.mjs"), ...process.argv.slice(2)];
  return exitCodeOf(process.execPath, args, { stdin: "inherit", stdout: "inherit" });
});
