// `npm run size`: what users download, against the budgets.

import { build } from "./lib/build.mjs";
import { main } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";
import { checkSizes } from "./lib/size.mjs";

await main(async () => {
  await setup("packages", "rust", "wasm");
  await build("www");
  await checkSizes();
});
