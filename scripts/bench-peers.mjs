// `npm run bench:peers [-- --json]`: our speed beside that of other simulators, after building what is measured.

import { build } from "./lib/build.mjs";
import { at, exitCodeOf, main } from "./lib/house.mjs";
import { python } from "./lib/python.mjs";
import { setup } from "./lib/setup.mjs";

await main(async () => {
  await setup("packages", "rust", "wasm");
  await build("pkg");
  // PyTorch is among them: some 5 GB.
  const env = { PYTHON: await python("peers", at("benches", "peers", "requirements.txt")) };
  const args = [at("benches", "peers", "run.mjs"), ...process.argv.slice(2)];
  return exitCodeOf(process.execPath, args, { env, stdin: "inherit", stdout: "inherit" });
});
