// `npm run study [-- --quick | --full]`: every method on every bundled network, on the same input spikes. Goes on where it
// was interrupted. Writes docs/results.json, docs/results.md and docs/plots; `--quick` only compares with them.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { prepare } from "../study/data.mjs";
import { jobs } from "../study/grid.mjs";
import { lines, runAll } from "../study/run.mjs";
import { at, main, run, say, Trouble } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

const known = ["--quick", "--full"];
const unknown = process.argv.slice(2).find((word) => !known.includes(word));

/** What decides the results beside the job: the golden rasters stand for the engine, which their test holds it to. */
const engine = () =>
  createHash("sha256")
    .update(readFileSync(at("tests", "golden", "rasters.json")))
    .digest("hex");

await main(async () => {
  if (unknown) throw new Trouble(`\`${unknown}\` is none of ${known.join(", ")}.`);
  const [quick, full] = known.map((word) => process.argv.includes(word));
  await setup("packages", "rust", "fashion");
  await run("cargo", ["build", "--release", "--quiet", "--locked", "--manifest-path", at("study", "Cargo.toml")]);
  const list = jobs({ quick, full });
  for (const data of new Set(list.map((job) => job.data))) prepare(data);
  const binary = at("study", "target", "release", "quartic-snn-study");
  const outcomes = await runAll(list, { binary, engine: engine(), report: lines(say) });
  void outcomes;
});
