// `npm run evaluate -- --model mnist-mlp --steps 100 [--json]`: the Node example, after building what it uses. Set-up
// and build speak on standard error, so that standard output is the example's alone. Once it is built, --help lists its
// options.

import { existsSync } from "node:fs";
import { build } from "./lib/build.mjs";
import { at, exitCodeOf, main } from "./lib/house.mjs";
import { partsFor } from "./lib/models.mjs";
import { setup } from "./lib/setup.mjs";

await main(
  async () => {
    await setup("packages", "rust", "wasm", ...partsFor(process.argv));
    await build("pkg");
    const args = [at("examples", "evaluate", "evaluate.mjs"), ...process.argv.slice(2)];
    return exitCodeOf(process.execPath, args, { stdin: "inherit", stdout: "inherit" });
  },
  { hasHelp: () => existsSync(at("pkg", "dist", "wasm")) },
);
