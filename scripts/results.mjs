// `npm run results`: writes docs/results.md, each table from the `npm run evaluate` command above it.

import { writeFileSync } from "node:fs";
import { build } from "./lib/build.mjs";
import { at, main, outputOf, say } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

const CONTROLS = "--adjustment l4,l4-relative,l2,l1,uniform,exact";
const ALL = "--images 10000 --seed 1";
const runs = [
  `--model mnist-mlp --steps 100 ${ALL} ${CONTROLS}`,
  `--model mnist-mlp --steps 100 ${ALL} ${CONTROLS} --floor 0`,
  `--model mnist-mlp-small --steps 100 ${ALL} ${CONTROLS}`,
];

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

Written by \`npm run results\`; do not edit by hand. The first 10,000 MNIST test digits are all of them. Every table is one
run with one seed; all networks of a run read the same input spikes. ± is the standard error over digits, for
differences that of the paired difference. Spikes are those after the input; operations are synaptic operations, input
spikes included. \`plain\` is the base named in the command (percentile 99.9 where none is), without adjustment. The input
limit is the trained network on the rates of those same input spikes. Calibration: the first 1,000 training digits.

`;

await main(async () => {
  await setup("packages", "rust", "wasm");
  await build("pkg");
  const sections = runs.map((args) => {
    say(`Evaluate: ${args}`);
    const words = [at("examples", "evaluate", "evaluate.mjs"), ...args.split(" "), "--json"];
    return section(args, JSON.parse(outputOf(process.execPath, words)));
  });
  writeFileSync(at("docs", "results.md"), `${head}${sections.join("\n")}`);
  say("Wrote docs/results.md");
});
