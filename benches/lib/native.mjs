// The benchmark natively: criterion measures, this reads its estimates.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { settings } from "./engine.mjs";

const crate = fileURLToPath(new URL("../native/", import.meta.url));
const NANO = 1e-9;

const bytesOf = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);

/** The plain loop of the roofline, compiled to WebAssembly. */
export function rooflineModule() {
  const args = ["build", "--release", "--locked", "--lib", "--target", "wasm32-unknown-unknown"];
  execFileSync("cargo", args, { cwd: crate, stdio: ["ignore", "ignore", "inherit"] });
  return readFileSync(join(crate, "target", "wasm32-unknown-unknown", "release", "quartic_snn_bench.wasm"));
}

/** Writes what the crate reads into a folder that is there for the time of `use`. */
function withFolder({ models, images, calibration }, use) {
  const folder = mkdtempSync(join(tmpdir(), "quartic-snn-bench-"));
  try {
    mkdirSync(join(folder, "models"));
    for (const { model, bytes } of models) writeFileSync(join(folder, "models", model), bytes);
    writeFileSync(join(folder, "images"), bytesOf(images));
    writeFileSync(join(folder, "calibration"), bytesOf(calibration));
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The median of what criterion measured, in seconds, and the fastest sample. */
function secondsOf(id) {
  const read = (name) => {
    const path = join(crate, "target", "criterion", "engine", id, "new", `${name}.json`);
    return JSON.parse(readFileSync(path, "utf8"));
  };
  const { iters, times } = read("sample");
  return {
    median: read("estimates").median.point_estimate * NANO,
    fastest: Math.min(...times.map((time, index) => time / iters[index])) * NANO,
  };
}

/** The results for every model. */
export function inNative(data) {
  const facts = withFolder(data, (folder) => {
    const env = { ...process.env, QUARTIC_BENCH: folder, QUARTIC_STEPS: settings.steps, QUARTIC_SEED: settings.seed };
    execFileSync("cargo", ["bench", "--locked"], { cwd: crate, env, stdio: ["ignore", "ignore", "inherit"] });
    return JSON.parse(readFileSync(join(folder, "facts.json"), "utf8"));
  });
  const row = ({ id, method, operations, bytes }) => {
    const { median, fastest } = secondsOf(id);
    return {
      method,
      imagesPerSecond: settings.images / median,
      synapticOperationsPerSecond: operations / median,
      millisecondsPerImage: (1000 * median) / settings.images,
      fastestMillisecondsPerImage: (1000 * fastest) / settings.images,
      bytesOfARun: bytes,
    };
  };
  return {
    runtime: "native",
    results: data.models.map(({ model }) => ({
      model,
      networks: facts.networks.filter((network) => network.model === model).map(row),
    })),
    roofline: facts.rooflineAdditions / secondsOf("roofline").fastest,
  };
}
