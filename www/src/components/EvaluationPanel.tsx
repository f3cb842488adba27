import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { CLASSES, hasTestSet, SAMPLES } from "../data";
import { cancel, type Evaluation, evaluate, evaluation, evaluationProblem } from "../evaluation";
import { later } from "../later";
import type { Model } from "../model";
import { wholeText } from "../numbers";
import { model } from "../store";

const Results = later(async () => (await import("./EvaluationResults")).EvaluationResults);

/** Both networks on the test set. What was begun with another network stays, where it can be seen and ended. */
export function EvaluationPanel() {
  const network = model.value;
  const current = evaluation.value;
  if (network && !network.dataSet && !current) return null;
  const obstacle = network && obstacleOf(network);
  return (
    <section class="evaluation" aria-labelledby="title-evaluation">
      <h2 id="title-evaluation">How often are they right?</h2>
      <p class="hint">{obstacle ?? promiseOf(network)}</p>
      <div class="evaluation-controls">
        {(!obstacle || current?.state === "running") && <Begin network={network} possible={!obstacle} />}
        {current && <Progress current={current} />}
      </div>
      {evaluationProblem.value && (
        <p class="problem" role="alert">
          {evaluationProblem.value}
        </p>
      )}
      {current && <Results current={current} />}
    </section>
  );
}

/** Whether the page has all test images that a network could be shown. */
const isComplete = (network: Model | null) => !network?.dataSet || hasTestSet(network.dataSet.id);

function promiseOf(network: Model | null): ComponentChildren {
  const promise = "Both networks, as set above, on test images that neither training nor calibration has seen.";
  if (isComplete(network)) return promise;
  return (
    <>
      {promise} For clothes the page has only {SAMPLES} of them, so accuracies are uncertain by several points;{" "}
      <code>npm run evaluate</code> uses all 10,000.
    </>
  );
}

/** Begins an evaluation, where that is possible, and ends the one that runs. */
function Begin({ network, possible }: { network: Model | null; possible: boolean }) {
  const images = useSignal(1000);
  const sizes = isComplete(network) ? [100, 1000, 10_000] : [SAMPLES];
  const chosen = sizes.includes(images.value) ? images.value : (sizes[0] ?? SAMPLES);
  const running = evaluation.value?.state === "running";
  return (
    <>
      {possible && (
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
                {wholeText(size)}
              </option>
            ))}
          </select>
        </label>
      )}
      <button
        type="button"
        data-testid="evaluate"
        disabled={!network}
        onClick={() => (running ? cancel() : void evaluate(chosen))}
      >
        {running ? "Cancel" : "Evaluate"}
      </button>
    </>
  );
}

/** Why a network cannot be evaluated. */
function obstacleOf({ dataSet, classes, outputs }: Model): string | undefined {
  if (!dataSet) return "The page has no labelled images for this network.";
  if (classes) return undefined;
  return `This network has ${outputs} outputs, but the page’s images have ${CLASSES} classes, so the outputs cannot stand for them.`;
}

/** From two minutes on, seconds say more than is known. */
const durationText = (seconds: number) =>
  seconds < 120 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;

function Progress({ current: { done, total, left, state } }: { current: Evaluation }) {
  const words = {
    running: left === undefined ? (done > 0 ? "running" : "starting") : `about ${durationText(left)} left`,
    finished: "done",
    cancelled: "cancelled",
  };
  return (
    <>
      <progress max={total} value={done} aria-label="Images evaluated" />
      <span class="number" data-testid="evaluated">
        {wholeText(done)} of {wholeText(total)} images, {words[state]}
      </span>
      <span class="unseen" role="status">
        Evaluation: {state === "running" ? state : words[state]}
      </span>
    </>
  );
}
