// `npm run format`: lays out every source as `npm run lint` wants it.

import { crates } from "./lib/crates.mjs";
import { main, run } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

await main(async () => {
  await setup("packages", "rust");
  await run("biome", ["check", "--write"]);
  for (const manifest of crates()) await run("cargo", ["fmt", "--manifest-path", manifest]);
});
