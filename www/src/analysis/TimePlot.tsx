import { firstOutput } from "../decisions";
import type { Chart } from "../plots/chart";
import { Plot } from "../plots/Plot";
import type { Run } from "../run";
import { run, sides, spikesOf } from "../store";
import { type Asked, Live, Page, PLOT_HEIGHT, unknown, Waiting, wholeText } from "./parts";
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
          By step <Live width={3}>{step}</Live> plain has fired <Live width={6}>{total(0)}</Live> times after the input,
          L4 <Live width={6}>{total(1)}</Live> times.{" "}
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
  const why = l4 > plain ? ": where thresholds are higher, evidence is gathered for longer" : "";
  return `The first output spike came at step ${plain} in plain and at step ${l4} in L4${why}.`;
}

function spikesByStep({ frames, steps }: Run, shown: number): Chart {
  const totals = sides.map((_, network) =>
    frames.slice(0, shown).map(({ networks }) => {
      const state = networks[network];
      return state ? spikesOf(state) : 0;
    }),
  );
  const values = Array.from({ length: steps }, (_, index) => index + 1);
  const rates = totals.map((so) =>
    values.map((_, step) => (step < shown ? (so[step] ?? 0) - (so[step - 1] ?? 0) : null)),
  );
  return {
    id: "spikes-over-time",
    title: "Spikes per step, all layers after the input",
    x: { label: "step", values, range: [1, Math.max(2, steps)] },
    y: { label: "spikes a step" },
    series: sides.map(({ id, title }, network) => ({
      label: title,
      tone: `--${id}`,
      kind: "line",
      values: rates[network] ?? [],
    })),
  };
}
