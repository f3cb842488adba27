// `npm run bench:peers [-- --json]`: the same network, weights, input spikes and steps in other simulators, and ours, in
// one run on one machine, one thread each. PYTHON names a Python that has what requirements.txt pins.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "quartic-snn";
import { calibrationDigits, readModelFile, testDigits } from "../../examples/evaluate/data.mjs";

const facts = { steps: 100, inputs: 784, images: 1024, passes: 5, batches: [1, 32, 1024], atMost: 32 };
const model = "mnist-mlp";
const seed = 1;
const peers = fileURLToPath(new URL("peers.py", import.meta.url));

const quartic = await load();
const { images } = testDigits(facts.images);
const ann = quartic.readModel(readModelFile(model));
const methods = {
  plain: { adjustment: "none" },
  l4: { adjustment: "l4" },
  "plain, fixed": { adjustment: "none", precision: "fixed" },
  "l4, fixed": { adjustment: "l4", precision: "fixed" },
};
const networks = Object.entries(methods).map(([method, options]) => ({
  method,
  snn: quartic.convert(ann, { calibration: calibrationDigits(), ...options, steps: facts.steps }),
}));
const imageOf = (stream) => images.subarray(stream * facts.inputs, (stream + 1) * facts.inputs);

/** Every image through one network, one at a time: images per second. */
function pass(snn) {
  const begun = performance.now();
  for (let stream = 0; stream < facts.images; stream++) snn.run(imageOf(stream), { steps: facts.steps, seed, stream });
  return (1000 * facts.images) / (performance.now() - begun);
}

/** Our own speed, before or after that of the others. */
const ours = () => networks.map(({ snn }) => Array.from({ length: facts.passes }, () => pass(snn)));

/** Writes what peers.py reads: the plain network, its input spikes and our decisions. */
function write(folder) {
  const [{ snn }] = networks;
  const spikes = new Uint8Array(facts.images * facts.steps * facts.inputs);
  const predictions = [];
  for (let stream = 0; stream < facts.images; stream++) {
    const run = snn.run(imageOf(stream), { steps: facts.steps, seed, stream, record: ["spikes"] });
    const { step, neuron } = run.spikes[0];
    step.forEach((at, index) => {
      spikes[(stream * facts.steps + at) * facts.inputs + neuron[index]] = 1;
    });
    predictions.push(run.prediction);
  }
  writeFileSync(join(folder, "network.safetensors"), snn.save());
  writeFileSync(join(folder, "spikes"), spikes);
  writeFileSync(join(folder, "images"), new Uint8Array(images.buffer, images.byteOffset, images.byteLength));
  writeFileSync(join(folder, "facts.json"), JSON.stringify({ ...facts, predictions }));
}

function measured() {
  const folder = mkdtempSync(join(tmpdir(), "quartic-snn-peers-"));
  try {
    write(folder);
    const before = ours();
    const python = process.env.PYTHON ?? "python3";
    const output = execFileSync(python, [peers, folder], { stdio: ["ignore", "pipe", "inherit"] });
    const after = ours();
    const rows = networks.map(({ method }, index) => {
      const rates = [...before[index], ...after[index]].sort((a, b) => a - b);
      const median = rates[Math.floor(rates.length / 2)];
      return { simulator: `quartic-snn, ${method}`, batch: 1, imagesPerSecond: median, fastest: rates.at(-1) };
    });
    const others = JSON.parse(output);
    return {
      model,
      seed,
      ...facts,
      versions: { node: process.versions.node, ...others.versions },
      rows: [...rows, ...others.rows],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Ratios to each of ours. */
function table({ rows, versions, ...settings }) {
  const ours = rows.slice(0, networks.length);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const ratio = (mine, other) => (mine.imagesPerSecond / other.imagesPerSecond).toFixed(2);
  const body = rows.map((row) => [
    row.simulator,
    row.batch,
    Math.round(row.imagesPerSecond),
    ...ours.map((mine) => ratio(mine, row)),
    row.agreement === undefined ? "" : (100 * row.agreement).toFixed(1),
  ]);
  const names = Object.entries(versions).map(([name, value]) => `${name} ${value}`);
  return [
    `${settings.model}, ${settings.steps} steps, input rate 0.25, one thread; ${names.join(", ")}.`,
    "",
    line([
      "simulator",
      "batch",
      "images/s",
      ...networks.map(({ method }) => `${method} is faster by`),
      "same decision as plain, %",
    ]),
    line(new Array(4 + networks.length).fill("---")),
    ...body.map(line),
  ].join("\n");
}

const result = measured();
console.log(process.argv.includes("--json") ? JSON.stringify(result, null, 2) : table(result));
