// `npm run study`: every method on every bundled network, on the same input spikes; goes on where it was interrupted, and
// writes docs/results.json, docs/tuning.json, docs/results.md, docs/plots/study-*.svg and the figures of the README. `--full`
// shows every image with every seed, `--so-far` runs nothing and writes what there is if that is enough for the texts,
// `--quick` runs a part with another seed and compares it with docs/results.json.

import { readFileSync, writeFileSync } from "node:fs";
import { prepare } from "../study/data.mjs";
import { jobs, SEEDS } from "../study/grid.mjs";
import { compare } from "../study/quick.mjs";
import { Results, writeResults } from "../study/results.mjs";
import { kept, lines, runAll } from "../study/run.mjs";
import { summarise } from "../study/statistics.mjs";
import { document } from "../study/tables.mjs";
import { build } from "./lib/build.mjs";
import { withHeadline } from "./lib/headline.mjs";
import { at, forThisProcessor, main, run, say, Trouble } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

const KNOWN = ["--quick", "--full", "--so-far"];

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
  const { costs, measure } = await import("../study/neurons.mjs");
  const { measureSilence } = await import("../study/silence.mjs");
  const { accuracyPlots, neuronPlots } = await import("../study/plots.mjs");
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

await main(async () => {
  const unknown = process.argv.slice(2).find((word) => !KNOWN.includes(word));
  if (unknown) throw new Trouble(`\`${unknown}\` is not one of ${KNOWN.join(", ")}.`);
  const [quick, full, soFar] = KNOWN.map((word) => process.argv.includes(word));
  await setup("packages", "rust", "fashion");
  const list = jobs({ quick, full });
  if (quick) return compare(summarise(await outcomes(list)), say);
  await write(summarise(soFar ? kept(list) : await outcomes(list)));
});
