// `npm run bench:page [-- --json] [--rounds N]`: how the page feels, after building what is measured.

import { build } from "./lib/build.mjs";
import { at, exitCodeOf, main } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

await main(async () => {
  await setup("packages", "rust", "wasm", "browser");
  await build("www");
  const args = [at("benches", "page.mjs"), ...process.argv.slice(2)];
  return exitCodeOf(process.execPath, args, { stdin: "inherit", stdout: "inherit" });
});
