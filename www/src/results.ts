import type { EvaluateResult } from "quartic-snn";
import type { Settings } from "./parameters";
import { csvOf } from "./plots/csv";

const head = [
  "network",
  "images",
  "accuracy",
  "accuracy_standard_error",
  "spikes_per_image",
  "spikes_standard_error",
  "synaptic_operations_per_image",
  "synaptic_operations_standard_error",
];

/** The result of an evaluation with everything that it was made with; shares are from 0 to 1. */
export function resultsAsCsv(result: EvaluateResult, settings: Settings): string {
  const { images, ann, inputLimit, networks } = result;
  const made = Object.entries(settings);
  const rows = [
    ...[["trained", ann] as const, ["input limit", inputLimit] as const].map(([name, of]) => [
      name,
      images,
      of.accuracy,
      of.standardError,
      null,
      null,
      null,
      null,
    ]),
    ...networks.map((of) => [
      of.name,
      images,
      of.accuracy,
      of.standardError,
      of.spikesPerImage,
      of.spikesStandardError,
      of.synapticOperationsPerImage,
      of.synapticOperationsStandardError,
    ]),
  ];
  return csvOf([
    [...head, ...made.map(([id]) => id)],
    ...rows.map((row) => [...row, ...made.map(([, value]) => value)]),
  ]);
}
