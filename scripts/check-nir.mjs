// `npm run check:nir`: NIR files of ours in other simulators, on the same input spikes: whether all spikes are the same.
// Installs the simulators (PyTorch among them: some 5 GB), where PYTHON names no Python that has them.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./lib/build.mjs";
import { at, exitCodeOf, main, run } from "./lib/house.mjs";
import { python } from "./lib/python.mjs";
import { setup } from "./lib/setup.mjs";

await main(async () => {
  await setup("packages", "rust", "wasm");
  await build("pkg");
  const command = await python("nir", at("examples", "nir", "requirements.txt"));
  const folder = mkdtempSync(join(tmpdir(), "quartic-snn-nir-"));
  try {
    await run(process.execPath, [at("examples", "nir", "record.mjs"), folder]);
    return await exitCodeOf(command, [at("examples", "nir", "compare.py"), folder], { stdout: "inherit" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
