// The rasters of both networks as one picture of its own.

import { nameOf } from "./components/Raster";
import { kindOf, kinds } from "./kinds";
import { className } from "./model";
import { pictureOf, round, textAt } from "./plots/svg";
import type { Run } from "./run";
import { decisionOf, model, sides } from "./store";

const WIDTH = 440;
const HEIGHT = 110;
const GAP = 40;
const MARGIN = 24;
const HEAD = 64;
const LABEL = 22;

/** The tones that it is drawn with. */
export const figureTones = [
  "--card",
  "--ink",
  "--soft",
  "--line",
  ...kinds.flatMap(({ tone }) => tone ?? []),
  ...sides.map(({ id }) => `--${id}`),
];

/** Both networks side by side, layer by layer, for the first `shown` steps. */
export function rastersAsSvg(run: Run, shown: number, palette: ReadonlyMap<string, string>): string {
  const colour = (tone: string) => palette.get(tone) ?? "gray";
  const height = HEAD + run.layers.length * (LABEL + HEIGHT) + 40;
  const state = run.frames[shown - 1];
  const columns = sides.flatMap(({ id, title }, network) => {
    const left = MARGIN + network * (WIDTH + GAP);
    const decision = decisionOf(state?.networks[network]);
    const read = decision === undefined ? "nothing yet" : className(model.peek(), decision);
    const fill = `fill="${colour(`--${id}`)}"`;
    const soft = `fill="${colour("--soft")}"`;
    const bottom = height - 22;
    return [
      textAt(left, 36, title, `font-weight="600" font-size="16" ${fill}`),
      textAt(left + WIDTH, 36, `reads ${read}`, `text-anchor="end" font-size="16" ${fill}`),
      ...run.layers.flatMap((_, layer) => {
        const top = HEAD + layer * (LABEL + HEIGHT);
        const spikes = state?.networks[network]?.spikesPerLayer[layer] ?? 0;
        return [
          textAt(left, top + 14, nameOf(layer, run.layers.length), `fill="${colour("--ink")}"`),
          textAt(left + WIDTH, top + 14, `${spikes.toLocaleString("en")} spikes`, `text-anchor="end" ${soft}`),
          `<rect x="${left}" y="${top + LABEL - 2}" width="${WIDTH}" height="${HEIGHT}" fill="none" stroke="${colour("--line")}"/>`,
          spikesAt(run, shown, {
            network,
            layer,
            left,
            top: top + LABEL - 2,
            colours: kinds.map(({ tone = `--${id}` }) => colour(tone)),
          }),
        ];
      }),
      textAt(left, bottom, "0", soft),
      textAt(left + WIDTH, bottom, `${run.steps} steps`, `text-anchor="end" ${soft}`),
    ];
  });
  const size = { width: 2 * (MARGIN + WIDTH) + GAP, height };
  return pictureOf({ ...size, title: `Spikes of both networks, ${shown} steps` }, colour("--card"), columns);
}

interface Where {
  network: number;
  layer: number;
  left: number;
  top: number;
  /** Of the kinds of spikes. */
  colours: readonly string[];
}

/** Paths of short lines, one line for each spike. */
function spikesAt(
  { frames, layers, steps }: Run,
  shown: number,
  { network, layer, left, top, colours }: Where,
): string {
  const neurons = (layers[layer]?.shape ?? []).reduce((product, side) => product * side, 1);
  const [column, row] = [WIDTH / steps, HEIGHT / neurons];
  const length = round(column * 0.8);
  const width = round(Math.max(0.6, row * 0.7));
  const lines = kinds.map(({ kind }) => ({ kind, drawn: [] as string[] }));
  const { silent } = layers[layer] ?? {};
  for (const [step, { networks }] of frames.slice(0, shown).entries()) {
    const spikes = networks[network]?.spikes[layer];
    for (const [index, neuron] of spikes?.neuron.entries() ?? []) {
      const kind = spikes && kindOf(spikes, index, silent);
      const line = `M${round(left + step * column)} ${round(top + (neuron + 0.5) * row)}h${length}`;
      lines.find((of) => of.kind === kind)?.drawn.push(line);
    }
  }
  return kinds
    .map(({ name, tone }, index) => {
      const path = lines[index]?.drawn.join("") ?? "";
      return path === "" && tone
        ? ""
        : `<path data-layer="${sides[network]?.id}-${layer}${name}" d="${path}" stroke="${colours[index]}" stroke-width="${width}" fill="none"/>`;
    })
    .join("");
}
