// `npm run bench:peers [-- --json]`: our speed beside that of other simulators, after building what is measured.

import { existsSync } from "node:fs";
import { build } from "./lib/build.mjs";
import { at, exitCodeOf, main, run } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

/** A Python of its own with the pinned simulators (PyTorch among them: some 5 GB), where PYTHON names no other. */
async function python() {
  if (process.env.PYTHON) return process.env.PYTHON;
  const folder = at(".tools", "peers");
  const bin = at(".tools", "peers", "bin", "python");
  if (!existsSync(bin)) {
    await run("python3", ["-m", "venv", folder]);
    await run(bin, ["-m", "pip", "install", "--quiet", "--requirement", at("benches", "peers", "requirements.txt")]);
  }
  return bin;
}

await main(async () => {
  await setup("packages", "rust", "wasm");
  await build("pkg");
  const env = { PYTHON: await python() };
  const args = [at("benches", "peers", "run.mjs"), ...process.argv.slice(2)];
  return exitCodeOf(process.execPath, args, { env, stdin: "inherit", stdout: "inherit" });
});
