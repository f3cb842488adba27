// `npm run links`: writes the table of docs/guides/links.md from the page's parameters.

import { readFileSync, writeFileSync } from "node:fs";
import { build } from "./lib/build.mjs";
import { at, main, say } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

await main(async () => {
  await setup("packages", "rust", "wasm");
  await build("pkg");
  const { withTable } = await import("../www/scripts/links.mjs");
  const guide = at("docs", "guides", "links.md");
  writeFileSync(guide, await withTable(readFileSync(guide, "utf8")));
  say("Wrote docs/guides/links.md");
});
