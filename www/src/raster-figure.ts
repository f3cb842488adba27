// The rasters of both networks as one picture of its own.

import { catalogue } from "./catalogue";
import { Cells } from "./cells";
import { MOST_LABELS, nameOf, neuronsOf } from "./components/Raster";
import { type Kind, kindOf, kinds } from "./kinds";
import { className } from "./model";
import { pictureOf, round, textAt } from "./plots/svg";
import type { Run } from "./run";
import { decisionOf, type Input, leaningOf, model, sides } from "./store";
import { settingsText } from "./wording";

const WIDTH = 440;
const HEIGHT = 110;
const GAP = 40;
const MARGIN = 24;
const HEAD = 58;
const LABEL = 22;
const FOOT = 64;
const LINE = 16;
/** As many characters as fit in a line; system fonts differ. */
const CHARACTERS = 135;
/** The room that names want which are longer than numbers. */
const NAMES = 64;
/** What a spike fills of the height of its row, and what can be seen of that; else neurons share cells of this height. */
const FILLED = 0.7;
const THINNEST = 0.6;
const CELL = 1;

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
  const soft = `fill="${colour("--soft")}"`;
  const about = linesOf(aboutOf(run, shown));
  const head = HEAD + about.length * LINE;
  const last = run.layers.length - 1;
  const height = head + run.layers.length * (LABEL + HEIGHT) + FOOT;
  const state = run.frames[shown - 1];
  const names = rowNames(neuronsOf(run.layers[last]));
  const room = names.some(({ length }) => length > 2) ? NAMES : 0;
  const row = HEIGHT / names.length;
  const columns = sides.flatMap(({ id, title }, network) => {
    const left = MARGIN + room + network * (WIDTH + GAP + room);
    const fill = `fill="${colour(`--${id}`)}"`;
    const bottom = height - FOOT + 18;
    return [
      textAt(left, head - 22, title, `font-weight="600" font-size="16" ${fill}`),
      textAt(left + WIDTH, head - 22, readBy(state?.networks[network]), `text-anchor="end" font-size="16" ${fill}`),
      ...run.layers.flatMap((_, layer) => {
        const top = head + layer * (LABEL + HEIGHT);
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
      ...names.map((name, index) => {
        const y = head + last * (LABEL + HEIGHT) + LABEL - 2 + (index + 0.5) * row + 3;
        return textAt(left - 5, y, name, `text-anchor="end" font-size="9" ${soft}`);
      }),
      textAt(left, bottom, "0", soft),
      textAt(left + WIDTH, bottom, `${run.steps} steps`, `text-anchor="end" ${soft}`),
    ];
  });
  const size = { width: 2 * (MARGIN + WIDTH + room) + GAP, height };
  return pictureOf({ ...size, title: `Spikes of both networks, ${shown} steps` }, colour("--card"), [
    ...about.map((line, index) => textAt(MARGIN, 24 + index * LINE, line, soft)),
    ...columns,
    ...legendOf(columns.join(""), height - 18, colour),
  ]);
}

/** What the colours mean that are not those of a network, as far as there are such spikes. */
function legendOf(drawn: string, y: number, colour: (tone: string) => string): string[] {
  const meanings: Record<string, string> = {
    "-false": "false spikes, of neurons that are at 0 in the trained network for this input",
    "-taken-back": "spikes taken back",
  };
  let left = MARGIN;
  return kinds.flatMap(({ tone, name }) => {
    const meaning = meanings[name];
    if (!tone || !meaning || !drawn.includes(`${name}" d=`)) return [];
    const x = left;
    left += 40 + meaning.length * 7;
    return [
      `<rect x="${x}" y="${y - 9}" width="10" height="10" fill="${colour(tone)}"/>`,
      textAt(x + 16, y, meaning, `fill="${colour("--soft")}"`),
    ];
  });
}

function readBy(network: Run["frames"][number]["networks"][number] | undefined): string {
  const [decision, leaning] = [decisionOf(network), leaningOf(network)];
  if (decision !== undefined) return `reads ${className(model.peek(), decision)}`;
  return leaning === undefined ? "undecided" : `favours ${className(model.peek(), leaning)}`;
}

/** Network, input, steps and settings in words. */
function aboutOf({ settings, input, steps }: Run, shown: number): string {
  const network = catalogue.find(({ id }) => id === settings.model)?.title ?? model.peek()?.title ?? settings.model;
  return `${network}. Input: ${inputText(input)}. ${shown} of ${steps} steps; ${settingsText(settings)}.`;
}

function inputText(input: Input | null): string {
  if (!input) return "none";
  if ("label" in input) {
    const from = input.kind === "sample" ? `sample ${input.index} of the page` : `test image ${input.index}`;
    return `${from}, ${className(model.peek(), input.label)}`;
  }
  const own = model.peek()?.form.kind === "values" ? "input" : "image";
  if (input.kind === "image") return `the visitor’s ${own} ${input.index + 1}`;
  return { drawing: "a drawing", random: "random values", typed: "typed values" }[input.kind];
}

/** Words in lines that are not too long. */
function linesOf(text: string): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length > CHARACTERS) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines;
}

/** What the rows of an output layer are, where there is room to say so. */
const rowNames = (outputs: number) =>
  outputs > MOST_LABELS
    ? []
    : Array.from({ length: outputs }, (_, index) => model.peek()?.classes?.[index] ?? String(index));

interface Where {
  network: number;
  layer: number;
  left: number;
  top: number;
  /** Of the kinds of spikes. */
  colours: readonly string[];
}

/** Paths of short lines: one line for each spike, or for each cell where rows would be too thin to be seen. */
function spikesAt(run: Run, shown: number, { network, layer, left, top, colours }: Where): string {
  const { frames, layers, steps } = run;
  const [column, row] = [WIDTH / steps, HEIGHT / neuronsOf(layers[layer])];
  const crowded = row * FILLED < THINNEST;
  const [high, width] = crowded ? [CELL, CELL] : [row, round(row * FILLED)];
  const length = round(column * 0.8);
  const lines = new Map<Kind, string[]>(kinds.map(({ kind }) => [kind, []]));
  const { silent } = layers[layer] ?? {};
  const cells = new Cells();
  for (const [step, { networks }] of frames.slice(0, shown).entries()) {
    const spikes = networks[network]?.spikes[layer];
    if (!spikes) continue;
    const drawn = crowded
      ? cells.column(spikes, silent, (neuron) => Math.floor((neuron * row) / CELL))
      : Array.from(spikes.neuron, (neuron, index) => [neuron, kindOf(spikes, index, silent)] as const);
    for (const [place, kind] of drawn) {
      lines.get(kind)?.push(`M${round(left + step * column)} ${round(top + (place + 0.5) * high)}h${length}`);
    }
  }
  return kinds
    .map(({ kind, name, tone }, index) => {
      const path = lines.get(kind)?.join("") ?? "";
      return path === "" && tone
        ? ""
        : `<path data-layer="${sides[network]?.id}-${layer}${name}" d="${path}" stroke="${colours[index]}" stroke-width="${width}" fill="none"/>`;
    })
    .join("");
}
