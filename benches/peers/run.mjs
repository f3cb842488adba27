// `npm run bench:peers [-- --json]`: the same network, weights, input spikes and steps in other simulators, and ours, in
// one run on one machine, one thread each; ours in Node and in Chromium. PYTHON names a Python that has what requirements.txt pins.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "quartic-snn";
import { calibrationDigits, readModelFile, testDigits } from "../../examples/evaluate/data.mjs";
import { inChromium } from "../lib/chromium.mjs";
import { settings } from "../lib/engine.mjs";

const facts = { steps: 100, inputs: 784, images: 1024, passes: 5, batches: [1, 32, 1024], atMost: 32 };
const model = "mnist-mlp";
const seed = 1;
const peers = fileURLToPath(new URL("peers.py", import.meta.url));

const quartic = await load();
const { images } = testDigits(facts.images);
const ann = quartic.readModel(readModelFile(model));
const calibration = calibrationDigits();
const methods = {
  plain: { adjustment: "none" },
  l4: { adjustment: "l4" },
  "plain-fixed": { adjustment: "none", precision: "fixed" },
  "l4-fixed": { adjustment: "l4", precision: "fixed" },
};
const networks = Object.entries(methods).map(([method, options]) => ({
  method,
  snn: quartic.convert(ann, { calibration, ...options, steps: facts.steps }),
}));
const imageOf = (stream) => images.subarray(stream * facts.inputs, (stream + 1) * facts.inputs);

/** Every image through one network, one at a time: images per second. */
function pass(snn) {
  const begun = performance.now();
  for (let stream = 0; stream < facts.images; stream++) snn.run(imageOf(stream), { steps: facts.steps, seed, stream });
  return (1000 * facts.images) / (performance.now() - begun);
}

/** Our own speed in Node, before or after that of the others: per method, the images per second of each pass. */
const inNode = () => networks.map(({ snn }) => Array.from({ length: facts.passes }, () => pass(snn)));

/** The same in Chromium, where there is one, with its version. */
async function inBrowser() {
  const data = {
    models: [{ model, bytes: readModelFile(model) }],
    images: images.subarray(0, settings.images * facts.inputs),
    calibration,
  };
  const outcome = await inChromium(data, (line) => process.stderr.write(`${line}\n`));
  const rates = (name) =>
    outcome.results[0].networks.filter(({ method }) => method === name).map((row) => row.imagesPerSecond);
  return outcome && { version: outcome.version, passes: networks.map(({ method }) => rates(method)) };
}

/** Both runtimes, one after the other. */
async function ours() {
  const node = inNode();
  const browser = await inBrowser();
  return { Node: node, ...(browser && { Chromium: browser.passes }), version: browser?.version };
}

/** The rows of a runtime, from what was measured before and after the others. */
function rowsOf(runtime, before, after) {
  if (!before[runtime]) return [];
  return networks.map(({ method }, index) => {
    const rates = [...before[runtime][index], ...after[runtime][index]].sort((a, b) => a - b);
    const [low, high] = [Math.floor((rates.length - 1) / 2), Math.ceil((rates.length - 1) / 2)];
    return { simulator: `quartic-snn, ${method}`, runtime, batch: 1, imagesPerSecond: (rates[low] + rates[high]) / 2 };
  });
}

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

async function measured() {
  const folder = mkdtempSync(join(tmpdir(), "quartic-snn-peers-"));
  try {
    write(folder);
    const before = await ours();
    const python = process.env.PYTHON ?? "python3";
    const output = execFileSync(python, [peers, folder], { stdio: ["ignore", "pipe", "inherit"] });
    const after = await ours();
    const others = JSON.parse(output);
    return {
      model,
      seed,
      ...facts,
      versions: { node: process.versions.node, chromium: before.version, ...others.versions },
      rows: [...["Node", "Chromium"].flatMap((runtime) => rowsOf(runtime, before, after)), ...others.rows],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** For every simulator, how many times as fast each of ours is. */
function table({ rows, versions, ...facts }) {
  const ours = rows.filter(({ runtime }) => runtime);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const ratio = (mine, other) => (mine.imagesPerSecond / other.imagesPerSecond).toFixed(2);
  const body = rows.map((row) => [
    row.runtime ? `${row.simulator}, ${row.runtime}` : row.simulator,
    row.batch,
    Math.round(row.imagesPerSecond),
    ...ours.map((mine) => ratio(mine, row)),
    row.agreement === undefined ? "" : (100 * row.agreement).toFixed(1),
  ]);
  const names = Object.entries(versions).flatMap(([name, value]) => (value ? [`${name} ${value}`] : []));
  const columns = ours.map(({ simulator, runtime }) => `${simulator.replace("quartic-snn, ", "")}, ${runtime}`);
  return [
    `${facts.model}, ${facts.steps} steps, input rate 0.25, one thread; ${names.join(", ")}. The columns of ours: how many`,
    "times as fast they are as the simulator of the row.",
    "",
    line(["simulator", "batch", "images/s", ...columns, "same decision as plain, %"]),
    line(new Array(4 + ours.length).fill("---")),
    ...body.map(line),
  ].join("\n");
}

const result = await measured();
console.log(process.argv.includes("--json") ? JSON.stringify(result, null, 2) : table(result));
