import { firstOutput } from "../decisions";
import { wholeText } from "../numbers";
import type { Chart } from "../plots/chart";
import { Plot } from "../plots/Plot";
import type { Run } from "../run";
import { run, sides, spikesOf } from "../store";
import { type Asked, Live, Page, PLOT_HEIGHT, unknown, Waiting } from "./parts";
import { settled } from "./state";

/** Spikes after the input, step by step, in both networks. */
export function TimePlot({ question }: Asked) {
  const current = run.value;
  if (!current) {
    return (
      <Page question={question} caption={unknown}>
        <Waiting />
      </Page>
    );
  }
  const step = Math.min(settled.value, current.frames.length);
  const frame = current.frames[step - 1];
  const total = (network: number) => {
    const state = frame?.networks[network];
    return state ? wholeText(spikesOf(state)) : "0";
  };
  return (
    <Page
      question={question}
      caption={
        <>
          By step <Live width={3}>{step}</Live> plain has fired <Live width={6}>{total(0)}</Live> spikes after the input
          and L4 has fired <Live width={6}>{total(1)}</Live>.{" "}
          {firstOutputs(sides.map((_, index) => firstOutput(current, index, step)))}
        </>
      }
    >
      <Plot chart={spikesByStep(current, step)} height={PLOT_HEIGHT} />
    </Page>
  );
}

/** When the outputs began, as far as they have. */
function firstOutputs([plain, l4]: readonly (number | undefined)[]): string {
  if (plain === undefined && l4 === undefined) return "Neither has had an output spike yet.";
  if (plain === undefined) return `The first output spike of L4 came at step ${l4}; plain has had none yet.`;
  if (l4 === undefined) return `The first output spike of plain came at step ${plain}; L4 has had none yet.`;
  const why = l4 > plain ? ": with higher thresholds, evidence is gathered for longer" : "";
  return `The first output spike came at step ${plain} in plain and at step ${l4} in L4${why}.`;
}

function spikesByStep({ frames, steps }: Run, shown: number): Chart {
  const rates = sides.map((_, network) => {
    const totals = frames.map(({ networks }) => {
      const state = networks[network];
      return state ? spikesOf(state) : 0;
    });
    return totals.map((total, step) => total - (totals[step - 1] ?? 0));
  });
  const values = Array.from({ length: steps }, (_, index) => index + 1);
  // That of the whole run from the first step on: the axis would come and go, and move what is beside it.
  const most = Math.max(1, ...rates.flat());
  return {
    id: "spikes-over-time",
    title: "Spikes per step, all layers after the input",
    x: { label: "step", values, range: [1, Math.max(2, steps)] },
    y: { label: "spikes per step", range: [0, 1.05 * most] },
    series: sides.map(({ id, title }, network) => ({
      label: title,
      tone: `--${id}`,
      kind: "line",
      values: values.map((_, step) => (step < shown ? (rates[network]?.[step] ?? null) : null)),
    })),
  };
}
