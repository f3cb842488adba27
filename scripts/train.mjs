// `npm run train -- NAME`: trains a demo model from its data with its recorded seed. The trainer is a crate of its own
// with the training library in it, compiled the first time it is asked for; from then on --help lists its options.

import { existsSync } from "node:fs";
import { at, exitCodeOf, main } from "./lib/house.mjs";
import { partsFor } from "./lib/models.mjs";
import { setup } from "./lib/setup.mjs";

await main(
  async () => {
    await setup("packages", "rust", ...partsFor(process.argv));
    const manifest = at("examples", "train", "Cargo.toml");
    const args = ["run", "--release", "--locked", "--manifest-path", manifest, "--", ...process.argv.slice(2)];
    return exitCodeOf("cargo", args, { stdin: "inherit", stdout: "inherit" });
  },
  { hasHelp: () => existsSync(at("examples", "train", "target")) },
);
