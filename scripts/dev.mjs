// `npm run dev`: Vite's development server for the page. It reloads on changes in www/; run `npm run build:pkg` after
// changes in src/ or pkg/.

import { build } from "./lib/build.mjs";
import { at, exitCodeOf, main } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

await main(async () => {
  await setup("packages", "rust", "wasm");
  await build("pkg");
  return exitCodeOf("vite", process.argv.slice(2), { cwd: at("www"), stdin: "inherit", stdout: "inherit" });
});
