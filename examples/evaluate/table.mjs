// The result as a table for people.

import Table from "cli-table3";

const percent = ({ accuracy, standardError }) => `${(100 * accuracy).toFixed(2)} ± ${(100 * standardError).toFixed(2)}`;
const count = (value) => Math.round(value).toLocaleString("en");
const times = (value, of) => (of > 0 ? `${(value / of).toFixed(2)} x` : "-");

/** The table, and below it what it was made with. */
export function table({
  model,
  dataSet,
  images,
  steps,
  seed,
  ann,
  inputLimit,
  networks,
  inputSpikesPerImage,
  pairedDifferences,
}) {
  const [first] = networks;
  const rows = new Table({
    head: ["", "accuracy %", "spikes / image", "of plain", "synaptic operations / image", "of plain"],
    colAligns: ["left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  rows.push(["ANN", percent(ann), "", "", "", ""], ["input limit", percent(inputLimit), "", "", "", ""]);
  for (const network of networks) {
    rows.push([
      network.name,
      percent(network),
      count(network.spikesPerImage),
      times(network.spikesPerImage, first.spikesPerImage),
      count(network.synapticOperationsPerImage),
      times(network.synapticOperationsPerImage, first.synapticOperationsPerImage),
    ]);
  }
  const pairs = pairedDifferences.map(({ network, baseline, accuracy }) => {
    const { mean, standardError } = accuracy;
    return `  ${network} - ${baseline}: ${(100 * mean).toFixed(2)} ± ${(100 * standardError).toFixed(2)} points`;
  });
  return [
    `${model}, ${images} test images of ${dataSet}, ${steps} steps, seed ${seed}; ± is the standard error over images`,
    rows.toString(),
    `Spikes are those after the input, which adds ${count(inputSpikesPerImage)} per image, the same for all networks;`,
    "its synaptic operations are included. Input limit: the ANN on the rates of those input spikes.",
    "Accuracy, paired on the same spikes:",
    ...pairs,
  ].join("\n");
}
