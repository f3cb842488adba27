import type { Accuracy, EvaluateResult, NetworkResult } from "quartic-snn";
import { isOfNetwork, isOnShow } from "../belonging";
import type { Evaluation } from "../evaluation";
import { percentText, wholeText } from "../numbers";
import type { Chart } from "../plots/chart";
import { resultsAsCsv } from "../results";
import { saveText } from "../save";
import { sides } from "../store";
import { settingsText } from "../wording";
import { Confusion } from "./Confusion";
import { LazyPlot } from "./LazyPlot";
import "../styles/results.css";

/** What an evaluation is of, and what is known of it so far. */
export function EvaluationResults({ current }: { current: Evaluation }) {
  const { result, state } = current;
  return (
    <>
      <Belonging current={current} />
      {result && (
        <div class="evaluation-results">
          <LazyPlot chart={accuracyBySteps(result)} height={240} />
          <div class="results-frame">
            <Table result={result} />
            <button
              type="button"
              data-testid="results-csv"
              onClick={() => saveText("evaluation.csv", "text/csv", resultsAsCsv(result, current.settings))}
            >
              Table as CSV
            </button>
          </div>
        </div>
      )}
      {result && state !== "running" && <Confusion evaluation={current} result={result} />}
    </>
  );
}

/** What an evaluation was made with, and whether that is what is on show. */
function Belonging({ current }: { current: Evaluation }) {
  const { model, settings } = current;
  return (
    <p class="hint" data-testid="evaluation-of">
      Network: {model.title}. Settings: {settingsText(settings)}.{" "}
      {!isOnShow(current) && (
        <strong>{isOfNetwork(current) ? "Other settings are in use now." : "Another network is in use now."}</strong>
      )}
    </p>
  );
}

/** The normal quantile of a two-sided interval of 95 %. */
const Z = 1.96;

/** The standard error; where all or none were right, which would make it 0, the end of Wilson's interval of 95 %. */
function spread({ accuracy, standardError }: Accuracy, images: number): string {
  const certain = images / (images + Z * Z);
  if (accuracy === 1) return `(≥ ${percentText(certain)}, 95 % confidence)`;
  if (accuracy === 0) return `(≤ ${percentText(1 - certain)}, 95 % confidence)`;
  return `± ${(100 * standardError).toFixed(2)}`;
}

function Table({ result }: { result: EvaluateResult }) {
  const rows: { name: string; of: Accuracy | NetworkResult }[] = [
    { name: "Trained network", of: result.ann },
    { name: "Input limit", of: result.inputLimit },
    ...result.networks.map((of, index) => ({ name: sides[index]?.title ?? of.name, of })),
  ];
  return (
    <table class="results" data-testid="results">
      <thead>
        <tr>
          <th scope="col">Network</th>
          <th scope="col">Accuracy</th>
          <th scope="col">Spikes per image</th>
          <th scope="col">Operations per image</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, of }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              {percentText(of.accuracy)} <small>{spread(of, result.images)}</small>
            </td>
            <td>{"spikesPerImage" in of ? wholeText(of.spikesPerImage) : ""}</td>
            <td>{"spikesPerImage" in of ? wholeText(of.synapticOperationsPerImage) : ""}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function accuracyBySteps({ networks, inputLimit, steps }: EvaluateResult): Chart {
  const values = Array.from({ length: steps }, (_, index) => index + 1);
  return {
    id: "accuracy-steps",
    title: "Accuracy against steps",
    x: { label: "step", values },
    y: { label: "% correct" },
    series: [
      ...networks.map(({ accuracyByStep }, index) => ({
        label: sides[index]?.title ?? "",
        tone: `--${sides[index]?.id}`,
        kind: "line" as const,
        values: accuracyByStep.map((share) => 100 * share),
      })),
      {
        label: "input limit after all steps",
        tone: "--ink",
        kind: "line",
        dashed: true,
        values: values.map(() => 100 * inputLimit.accuracy),
      },
    ],
  };
}
