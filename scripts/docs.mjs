// `npm run docs`: the crate's reference, in target/doc/quartic_snn/index.html.

import { at, main, run } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

await main(async () => {
  await setup("rust");
  await run("cargo", ["doc", "--no-deps", "--locked"], { env: { RUSTDOCFLAGS: "-D warnings" } });
  console.log(at("target", "doc", "quartic_snn", "index.html"));
});
