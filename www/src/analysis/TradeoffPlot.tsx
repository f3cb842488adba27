import type { EvaluateResult } from "quartic-snn";
import { isOfNetwork, onShow } from "../belonging";
import { type Evaluation, evaluate, evaluated, evaluation } from "../evaluation";
import { percentText, wholeText } from "../numbers";
import type { Chart, Series } from "../plots/chart";
import { Plot } from "../plots/Plot";
import { model, sides } from "../store";
import { type Asked, Page, PLOT_HEIGHT, Waiting } from "./parts";

/** Enough images for a first impression. */
const FEW = 1000;

/** How often networks are right against what an image costs them. */
export function TradeoffPlot({ question }: Asked) {
  const network = model.value;
  if (!network?.classes) {
    return (
      <Page question={question} caption="Accuracy needs labelled images; the page has none for this network.">
        <Waiting />
      </Page>
    );
  }
  const now = onShow.value;
  const before = evaluated.value.filter((one) => one !== now && isOfNetwork(one));
  const running = evaluation.value?.state === "running";
  const done = now?.state === "finished";
  return (
    <Page
      question={question}
      caption={now?.result ? sentenceOf(now.result) : before.length > 0 ? onlyEarlier : nothingYet}
      controls={
        // It stays when it has done its work: the focus would go with it.
        <button
          type="button"
          data-testid="evaluate-here"
          aria-disabled={running || done}
          onClick={() => running || done || void evaluate(FEW)}
        >
          {done ? "Evaluated" : running ? "Evaluating …" : "Evaluate"}
        </button>
      }
    >
      {now || before.length > 0 ? <Plot chart={chartOf(now?.result, before)} height={PLOT_HEIGHT} /> : <Waiting />}
    </Page>
  );
}

const nothingYet =
  "Each evaluation adds a point per network: how often it is right, and how many synaptic operations an image takes. Up and to the left is better.";

const onlyEarlier = "These points were made with other settings. Evaluate again to add the current ones.";

function sentenceOf({ images, networks, inputLimit }: EvaluateResult): string {
  const [plain, l4] = networks;
  if (!plain || !l4) return "";
  const ratio = l4.synapticOperationsPerImage / plain.synapticOperationsPerImage;
  return [
    `Over ${wholeText(images)} images plain is right on ${percentText(plain.accuracy)}`,
    `at ${wholeText(plain.synapticOperationsPerImage)} operations each,`,
    `L4 on ${percentText(l4.accuracy)} at ${ratio.toFixed(2)} times as many.`,
    `The trained network, given the rates of the same input spikes, is right on ${percentText(inputLimit.accuracy)}.`,
    "Change a setting and evaluate again: earlier points stay.",
  ].join(" ");
}

/** Operations are counted in millions. */
const MILLION = 1e6;

/** Without a result of the settings in use there is no input limit either. */
function chartOf(result: EvaluateResult | undefined, before: readonly Evaluation[]): Chart {
  const now = (result?.networks ?? []).map((of, network) => ({
    of,
    network,
    name: sides[network]?.title ?? "",
    old: false,
  }));
  const earlier = before.flatMap(({ result, settings: { steps, strength, rate, floor } }) =>
    (result?.networks ?? []).map((of, network) => ({
      of,
      network,
      name: `${sides[network]?.title} earlier (${wholeText(result?.images ?? 0)} images, ${steps} steps, rate ${rate}, strength ${strength ?? "auto"}, floor ${floor})`,
      old: true,
    })),
  );
  const points = [...now, ...earlier].sort((a, b) => a.of.synapticOperationsPerImage - b.of.synapticOperationsPerImage);
  const costs = points.map(({ of }) => of.synapticOperationsPerImage / MILLION);
  const most = Math.max(...costs) * 1.08;
  const limit = result && 100 * result.inputLimit.accuracy;
  const accuracies = [...points.map(({ of }) => 100 * of.accuracy), ...(limit === undefined ? [] : [limit])];
  const [low, high] = [Math.min(...accuracies), Math.max(...accuracies)];
  const room = Math.max(0.5, (high - low) * 0.2);
  // The limit is drawn from edge to edge.
  const pad = <Value,>(values: readonly Value[], edge: Value) => [edge, ...values, edge];
  const series = sides.flatMap(({ id, title }, network): Series[] =>
    [...(result ? [false] : []), ...(before.length > 0 ? [true] : [])].map((old) => ({
      label: old ? `${title}, earlier` : title,
      tone: `--${id}`,
      kind: "points",
      hollow: old,
      large: true,
      values: pad(
        points.map((point) => (point.network === network && point.old === old ? 100 * point.of.accuracy : null)),
        null,
      ),
    })),
  );
  return {
    id: "accuracy-operations",
    title: "Accuracy against synaptic operations",
    scatter: true,
    x: {
      label: "million synaptic operations per image",
      values: [0, ...costs, most],
      range: [0, most],
    },
    y: { label: "% correct", range: [low - room, Math.min(100, high + room)] },
    names: pad(
      points.map(({ name }) => name),
      "",
    ),
    series: [
      ...series,
      ...(limit === undefined
        ? []
        : [
            {
              label: earlier.length > 0 ? "input limit, latest" : "input limit",
              tone: "--ink",
              kind: "line" as const,
              dashed: true,
              values: pad(
                points.map(() => limit),
                limit,
              ),
            },
          ]),
    ],
  };
}
