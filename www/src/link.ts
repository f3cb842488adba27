// An experiment as the text after the # of the page's address, and back.

import { catalogue } from "./catalogue";
import { SAMPLES, TEST_IMAGES } from "./data";
import { decodeDrawing, encodeDrawing } from "./drawing";
import { allowed, defaults, parameters, type Settings } from "./parameters";

/** One neuron: layer 0 is the input. */
export interface NeuronKey {
  layer: number;
  neuron: number;
}

/** What both networks look at, as far as a link can say it. */
type InputKey =
  | { kind: "sample"; index: number }
  | { kind: "test"; index: number }
  | { kind: "drawing"; values: Float32Array };

/** The plots behind the picture, in the order in which they build on each other. */
export const plots = ["time", "rates", "noise", "thresholds", "energy", "tradeoff"] as const;
export type PlotId = (typeof plots)[number];

/** Everything that makes up what is on show. */
export interface Experiment {
  settings: Settings;
  /** Without one it is what the page begins with; null is nothing at all, which no link can say. */
  input: InputKey | null | undefined;
  /** The step that is on show; a run without one is played. */
  at: number | undefined;
  neuron: NeuronKey | undefined;
  tour: number | undefined;
  plot: PlotId | undefined;
  /** The layer that the plots look into; without it 1, the first after the input. */
  layer: number | undefined;
}

/** The sample shown where a link asks for none. */
export const defaultSample = 7;

/** The steps of the tour, counted from 1 in links. */
const TOUR_STEPS = 6;

/** A link names only what differs from the defaults. What it names and the page does not allow is passed over. */
export function readLink(hash: string): Experiment {
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  const given = parameters.flatMap((parameter) => {
    const value = allowed(parameter, query.get(parameter.id) ?? "");
    return value === undefined ? [] : [[parameter.id, value] as const];
  });
  const model = catalogue.find(({ id }) => id === query.get("model"))?.id ?? defaults.model;
  let settings: Settings = { ...defaults, ...Object.fromEntries(given), model };
  for (const { id, ...parameter } of parameters) {
    if (parameter.kind !== "choice") continue;
    const chosen = parameter.choices.find(({ value }) => value === settings[id]);
    if (chosen?.goesWith?.(settings) === false) settings = { ...settings, [id]: defaults[id] };
  }
  const place = (query.get("neuron") ?? "").split(".").map((part) => whole(part, 2 ** 31));
  const [of, neuron] = place.length === 2 ? place : [];
  const step = whole(query.get("tour"), TOUR_STEPS);
  return {
    settings,
    input: readInput(query),
    at: whole(query.get("at"), settings.steps),
    neuron: of === undefined || neuron === undefined ? undefined : { layer: of, neuron },
    tour: step ? step - 1 : undefined,
    plot: plots.find((id) => id === query.get("plot")),
    layer: whole(query.get("layer"), 2 ** 31),
  };
}

function readInput(query: URLSearchParams): InputKey | undefined {
  const values = decodeDrawing(query.get("drawing") ?? "");
  if (values) return { kind: "drawing", values };
  const test = whole(query.get("test"), TEST_IMAGES - 1);
  if (test !== undefined) return { kind: "test", index: test };
  const sample = whole(query.get("sample"), SAMPLES - 1);
  return sample === undefined ? undefined : { kind: "sample", index: sample };
}

/** Whether a link has a drawing that cannot be read: what is shown in its place is not what was sent. */
export function hasLostDrawing(hash: string): boolean {
  const drawing = new URLSearchParams(hash.replace(/^#/, "")).get("drawing");
  return drawing !== null && decodeDrawing(drawing) === undefined;
}

/** The link to a run alone, whatever else is on show. */
export const runLink = ({ settings, input }: Pick<Experiment, "settings" | "input">) =>
  writeLink({ settings, input, at: undefined, neuron: undefined, tour: undefined, plot: undefined, layer: undefined });

/** The text of a link, empty where everything is as the page begins. */
export function writeLink({ settings, input, at, neuron, tour, plot, layer }: Experiment): string {
  const query = new URLSearchParams();
  for (const { id } of parameters) if (settings[id] !== defaults[id]) query.set(id, String(settings[id]));
  const offered = catalogue.some(({ id }) => id === settings.model);
  if (offered && settings.model !== defaults.model) query.set("model", settings.model);
  if (input?.kind === "drawing") query.set("drawing", encodeDrawing(input.values));
  else if (input && (input.kind !== "sample" || input.index !== defaultSample)) {
    query.set(input.kind, String(input.index));
  }
  if (at !== undefined) query.set("at", String(at));
  if (neuron) query.set("neuron", `${neuron.layer}.${neuron.neuron}`);
  if (tour !== undefined) query.set("tour", String(tour + 1));
  if (plot) query.set("plot", plot);
  if (layer && layer > 1) query.set("layer", String(layer));
  return query.toString();
}

/** A whole number from 0 to `most`, or nothing. */
function whole(text: string | null | undefined, most: number): number | undefined {
  if (!text || !/^\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value <= most ? value : undefined;
}
