// `npm run build [-- wasm | lean | pkg | www] [--force]`: what is out of date up to that point, or all of it.

import { build, targets } from "./lib/build.mjs";
import { main, say, Trouble } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

await main(async () => {
  const args = process.argv.slice(2);
  const names = args.filter((arg) => arg !== "--force");
  const [last = targets.at(-1)] = names;
  if (names.length > 1 || !targets.includes(last)) {
    throw new Trouble(`\`npm run build -- ${names.join(" ")}\`: the target is one of ${targets.join(", ")}.`);
  }
  await setup("packages", "rust", "wasm");
  await build(last, { force: args.includes("--force") });
  say(`Build: ${last} is up to date.`);
});
