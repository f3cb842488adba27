// What `npm run study` does, once everything that it needs is there.

import { readFileSync, writeFileSync } from "node:fs";
import { build } from "../scripts/lib/build.mjs";
import { withHeadline } from "../scripts/lib/headline.mjs";
import { at, forThisProcessor, run, say } from "../scripts/lib/house.mjs";
import { setup } from "../scripts/lib/setup.mjs";
import { prepare } from "./data.mjs";
import { jobs, SEEDS } from "./grid.mjs";
import { compare } from "./quick.mjs";
import { Results, writeResults } from "./results.mjs";
import { kept, lines, runAll } from "./run.mjs";
import { summarise } from "./statistics.mjs";
import { document } from "./tables.mjs";

/** Runs what is missing, and writes or compares what there is then. */
export async function study({ quick, full, soFar }) {
  const list = jobs({ quick, full });
  if (quick) return compare(summarise(await outcomes(list)), say);
  await write(summarise(soFar ? kept(list) : await outcomes(list)));
}

async function outcomes(list) {
  const args = ["build", "--release", "--quiet", "--locked", "--manifest-path", at("study", "Cargo.toml")];
  await run("cargo", args, { env: forThisProcessor() });
  for (const { data, split } of list) prepare(data, split);
  const binary = at("study", "target", "release", "quartic-snn-study");
  return runAll(list, { binary, report: lines(say) });
}

const MEASURED_NEURONS = ["mnist-mlp", "fashion-cnn"];
const MEASURED_SILENCE = ["mnist-mlp", "fashion-mlp", "mnist-cnn", "fashion-cnn"];

/** Everything that follows from the outcomes. Nothing is written where some of it cannot be. */
async function write(settings) {
  await setup("wasm");
  await build("pkg");
  const { costs, measure } = await import("./neurons.mjs");
  const { measureSilence } = await import("./silence.mjs");
  const { accuracyPlots, neuronPlots } = await import("./plots.mjs");
  const models = [...new Set(settings.map(({ model }) => model))]; // A variant costs as much.
  const neurons = new Map();
  for (const model of MEASURED_NEURONS) neurons.set(model, await measure(model));
  const silence = {};
  for (const model of MEASURED_SILENCE) silence[model] = await measureSilence(model);
  const data = {
    command: "npm run study",
    seeds: SEEDS,
    ...(await costs(models)),
    settings,
    correlations: Object.fromEntries([...neurons].map(([model, layers]) => [model, layers.map(correlations)])),
    silence,
  };
  const results = new Results(data);
  const texts = [
    ["docs/results.md", document(results)],
    ["README.md", withHeadline(readFileSync(at("README.md"), "utf8"), results)],
  ];
  writeResults(data);
  for (const [path, text] of texts) writeFileSync(at(path), text);
  accuracyPlots(results);
  for (const [model, layers] of neurons) neuronPlots(model, layers);
  say("Wrote docs/results.json, docs/tuning.json, docs/results.md, docs/plots and the figures of README.md");
}

function correlations({ name, sigma, scale, rates }) {
  const rounded = (entries) => Object.fromEntries(entries.map(([name, value]) => [name, Number(value.toFixed(4))]));
  const of = (list) => rounded(list.map(({ name, r }) => [name, r]));
  return { name, sigma: of(sigma), scale: rounded(Object.entries(scale)), rates: of(rates) };
}
