import { useSignal } from "@preact/signals";
import type { Accuracy, EvaluateResult, NetworkResult } from "quartic-snn";
import { hasTestSet, SAMPLES } from "../data";
import { cancel, type Evaluation, evaluate, evaluation, evaluationProblem } from "../evaluation";
import type { Chart } from "../plots/chart";
import { saveText } from "../save";
import { model, sides } from "../store";
import { Confusion } from "./Confusion";
import { LazyPlot } from "./LazyPlot";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** Both networks on the test set. */
export function EvaluationPanel() {
  const images = useSignal(1000);
  const set = model.value?.dataSet;
  if (model.value && !set) return null;
  const complete = !set || hasTestSet(set.id);
  const sizes = complete ? [100, 1000, 10_000] : [SAMPLES];
  const chosen = sizes.includes(images.value) ? images.value : (sizes[0] ?? SAMPLES);
  const current = evaluation.value;
  const running = current?.state === "running";
  return (
    <section class="evaluation" aria-labelledby="title-evaluation">
      <h2 id="title-evaluation">How often are they right?</h2>
      <p class="hint">
        Both networks, as set above, on test images that neither training nor calibration has seen.
        {!complete &&
          ` The page brings only ${SAMPLES} of them for clothes, which leaves accuracies uncertain by several points; \`npm run evaluate\` takes all 10,000.`}
      </p>
      <div class="evaluation-controls">
        <label>
          Images{" "}
          <select
            data-testid="images-count"
            value={chosen}
            disabled={running}
            onChange={(event) => (images.value = Number(event.currentTarget.value))}
          >
            {sizes.map((size) => (
              <option key={size} value={size}>
                {whole.format(size)}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          data-testid="evaluate"
          disabled={!set}
          onClick={() => (running ? cancel() : void evaluate(chosen))}
        >
          {running ? "Cancel" : "Evaluate"}
        </button>
        {current && <Progress current={current} />}
      </div>
      {evaluationProblem.value && (
        <p class="problem" role="alert">
          {evaluationProblem.value}
        </p>
      )}
      {current?.result && (
        <>
          <div class="evaluation-results">
            <LazyPlot chart={accuracyBySteps(current.result)} height={240} />
            <div class="results-frame">
              <Table result={current.result} />
              <button type="button" data-testid="results-csv" onClick={() => void saveResults(current)}>
                Table as CSV
              </button>
            </div>
          </div>
          {current.state !== "running" && <Confusion evaluation={current} result={current.result} />}
        </>
      )}
    </section>
  );
}

function Progress({ current: { done, total, left, state } }: { current: Evaluation }) {
  const words = {
    running: left === undefined ? "starting" : `about ${Math.ceil(left)} s left`,
    finished: "done",
    cancelled: "cancelled",
  };
  return (
    <>
      <progress max={total} value={done} aria-label="Images evaluated" />
      <span class="number" data-testid="evaluated">
        {whole.format(done)} of {whole.format(total)} images, {words[state]}
      </span>
    </>
  );
}

/** What makes the file is fetched when it is asked for. */
async function saveResults({ result, settings }: Evaluation): Promise<void> {
  const { resultsAsCsv } = await import("../results");
  if (result) saveText("evaluation.csv", "text/csv", resultsAsCsv(result, settings));
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

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
          <th scope="col">Right</th>
          <th scope="col">Spikes an image</th>
          <th scope="col">Operations an image</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, of }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              {percent(of.accuracy)} <small>± {(100 * of.standardError).toFixed(2)}</small>
            </td>
            <td>{"spikesPerImage" in of ? whole.format(of.spikesPerImage) : ""}</td>
            <td>{"spikesPerImage" in of ? whole.format(of.synapticOperationsPerImage) : ""}</td>
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
    x: { label: "steps", values },
    y: { label: "% right" },
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
