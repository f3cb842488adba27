import { type Chart, numberText } from "../plots/chart";
import { Plot } from "../plots/Plot";
import { extent, histogram } from "../plots/statistics";
import { chosenLayer, layers, sides } from "../store";
import { type Asked, LayerChoice, layerName, Page, unknown, Waiting } from "./parts";
import { anatomy } from "./state";

const BINS = 24;
/** Two plots below each other are as high as one and a half. */
const HEIGHT = 190;

/** How the thresholds of a layer are spread, and the norms that they follow from. */
export function ThresholdPlots({ question }: Asked) {
  const known = anatomy.value;
  if (!known) {
    return (
      <Page question={question} caption={unknown}>
        <Waiting />
      </Page>
    );
  }
  const layer = chosenLayer();
  const [plain, l4] = known.layers.map((network) => network[layer - 1]);
  const thresholds = [plain, l4].map((facts) => facts?.thresholds ?? []);
  const norms = l4?.l4 ?? [];
  return (
    <Page
      question={question}
      caption={
        <>
          In {layerName(layer)} the thresholds of plain are {rangeText(thresholds[0] ?? [])}, those of L4{" "}
          {rangeText(thresholds[1] ?? [])}: {whyText(layer, thresholds[1] ?? [], norms)} {rangeText(norms)}.
        </>
      }
      controls={<LayerChoice />}
    >
      <Plot
        chart={histogramOf("thresholds", "Thresholds", "threshold, ANN units", [
          ...sides.map(({ id, title }, index) => ({ label: title, tone: `--${id}`, set: thresholds[index] ?? [] })),
        ])}
        height={HEIGHT}
      />
      <Plot
        chart={histogramOf("norms", "L4 norms of the weights", "‖w‖₄", [
          { label: "both networks", tone: "--ink", set: norms },
        ])}
        height={HEIGHT}
      />
    </Page>
  );
}

function rangeText(set: ArrayLike<number>): string {
  const [low, high] = extent([set]).map(numberText);
  return low === high ? `${low} throughout` : `${low} to ${high}`;
}

/** What thresholds follow from, up to the norms. */
function whyText(layer: number, thresholds: ArrayLike<number>, norms: ArrayLike<number>): string {
  if (layer === layers.value.length - 1) return "all outputs share one, though the norms of their weights are";
  const ratios = Array.from(thresholds, (threshold, neuron) => threshold / (norms[neuron] || 1));
  const [low, high] = extent([ratios]);
  if (high <= 1.005 * low) return "each is proportional to the norm of its neuron’s weights, here";
  return layers.value[layer]?.shape.length === 3
    ? "they follow how much of a channel’s noise is where spikes are, and the norm of its weights, here"
    : "they follow the norm of each neuron’s weights, within limits set by its activations; norms are";
}

function histogramOf(
  id: string,
  title: string,
  x: string,
  sets: readonly { label: string; tone: string; set: ArrayLike<number> }[],
): Chart {
  const { middles, width, counts } = histogram(
    sets.map(({ set }) => set),
    BINS,
  );
  const names = middles.map((middle) => `${numberText(middle - width / 2)} to ${numberText(middle + width / 2)}`);
  return {
    id,
    title,
    x: { label: x, values: middles, range: [(middles[0] ?? 0) - width, (middles.at(-1) ?? 1) + width] },
    y: { label: "neurons", range: [0, 1.08 * Math.max(1, ...counts.flat())] },
    names,
    series: sets.map(({ label, tone }, index) => ({
      label,
      tone,
      kind: "bars",
      values: (counts[index] ?? []).map((count) => count || null),
    })),
  };
}
