// `npm run results`: writes docs/results.md, each table from the `npm run evaluate` command above it, and the table of the
// README from that.

import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { build } from "./lib/build.mjs";
import { withHeadline } from "./lib/headline.mjs";
import { at, main, root, say } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

const CONTROLS = "--adjustment l4,l4-relative,l2,l1,uniform,exact";
const ALL = "--images 10000 --seed 1";
const runs = [
  ["mnist-mlp-small", 100],
  ["mnist-mlp", 100],
  ["mnist-mlp", 100, "--floor 0"],
  ["fashion-mlp", 100],
  ["fashion-mlp", 200],
  ["mnist-cnn-max", 100],
  ["mnist-cnn", 100],
  ["mnist-cnn", 100, "--floor 0"],
  ["fashion-cnn", 100],
  ["fashion-cnn", 100, "--floor 0"],
].map(([model, steps, more = ""]) => `--model ${model} --steps ${steps} ${ALL} ${CONTROLS} ${more}`.trim());

const percent = ({ accuracy, standardError }) => `${(100 * accuracy).toFixed(2)} ± ${(100 * standardError).toFixed(2)}`;
const points = ({ mean, standardError }) => `${(100 * mean).toFixed(2)} ± ${(100 * standardError).toFixed(2)}`;
const count = (value) => Math.round(value).toLocaleString("en");
const ratio = (value, of) => `${(value / of).toFixed(3)}`;

function section(args, { ann, inputLimit, networks, inputSpikesPerImage, pairedDifferences }) {
  const [plain] = networks;
  const against = (network, baseline) => {
    const pair = pairedDifferences.find((pair) => pair.network === network && pair.baseline === baseline);
    return pair ? points(pair.accuracy) : "";
  };
  const rows = networks.map((network) =>
    [
      network.name,
      percent(network),
      against(network.name, plain.name),
      against(network.name, "inputLimit"),
      count(network.spikesPerImage),
      ratio(network.spikesPerImage, plain.spikesPerImage),
      count(network.synapticOperationsPerImage),
      ratio(network.synapticOperationsPerImage, plain.synapticOperationsPerImage),
    ].join(" | "),
  );
  return [
    `## \`npm run evaluate -- ${args}\``,
    "",
    `ANN ${percent(ann)} %, input limit ${percent(inputLimit)} %, ${count(inputSpikesPerImage)} input spikes an image.`,
    "",
    "| network | accuracy % | less plain | less input limit | spikes / image | of plain | operations / image | of plain |",
    "|---|---|---|---|---|---|---|---|",
    ...rows.map((row) => `| ${row} |`),
    "",
  ].join("\n");
}

const head = `# Results

Written by \`npm run results\`; do not edit by hand. 10,000 test images are all of them. Every table is one run with one seed; all networks of a run read the same input spikes. ± is the standard error over images, for
differences that of the paired difference. Spikes are those after the input; operations are synaptic operations, input
spikes included. \`plain\` is the base named in the command (percentile 99.9 where none is), without adjustment. The input
limit is the trained network on the rates of those same input spikes. Calibration: the first 1,000 training images.

What max pooling costs: \`mnist-cnn-max\` is \`mnist-cnn\` with max pools, which pass the spikes that set a record of their
window (see [method.md](method.md)); compare how far each stays below its own input limit.

`;

/** The result of one evaluation, in a process of its own. */
async function evaluate(args) {
  say(`Evaluate: ${args}`);
  const words = [at("examples", "evaluate", "evaluate.mjs"), ...args.split(" "), "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: root, maxBuffer: 1 << 28 });
  say(`Done: ${args}`);
  return JSON.parse(stdout);
}

await main(async () => {
  await setup("packages", "rust", "wasm", "fashion");
  await build("pkg");
  const sections = [];
  for (const args of runs) sections.push(section(args, await evaluate(args)));
  const results = `${head}${sections.join("\n")}`;
  writeFileSync(at("docs", "results.md"), results);
  writeFileSync(at("README.md"), withHeadline(readFileSync(at("README.md"), "utf8"), results));
  say("Wrote docs/results.md and the table of README.md");
});
