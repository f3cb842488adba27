// `npm run setup`: everything that building and testing need. Safe to repeat: it installs only what is missing.

import { main, say } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

await main(async () => {
  const done = await setup("packages", "rust", "wasm", "browser");
  if (done === 0) say("Set-up: nothing is missing.");
});
