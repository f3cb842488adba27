// `npm run docs`: the reference of the npm package with the guides, in docs/site/, and that of the crate.

import { documentation } from "./lib/docs.mjs";
import { main } from "./lib/house.mjs";

await main(async () => {
  for (const page of await documentation()) console.log(page);
});
