// What the networks have decided, in words.

import type { Frame } from "quartic-snn";
import { concluded, cost } from "./conclusion";
import { className } from "./model";
import type { Run } from "./run";
import { countedOf, decisionOf, finished, label, leaningOf, model, now, run, shown } from "./store";

/** The step of a network's first output spike, where it is among the steps on show. */
export function firstOutput({ frames }: Run, network: number, shown: number): number | undefined {
  const step = frames.findIndex(({ networks }) => (networks[network]?.spikesPerLayer.at(-1) ?? 0) > 0) + 1;
  return step > 0 && step <= shown ? step : undefined;
}

/** Both decisions in one sentence, and at the end whether they are right and what they took. */
export function outcome(): string {
  const networks = now.value?.networks ?? [];
  const [plain, l4] = networks.map(said);
  if (!plain || !l4) return "";
  const undecided = networks.some((network) => decisionOf(network) === undefined);
  const both = plain.one === l4.one ? plain.both : `Plain ${plain.one}${undecided ? ";" : ","} L4 ${l4.one}`;
  if (finished.value) return concluded(both);
  return undecided ? `${both}.` : `${both} so far.`;
}

/** At the end, how soon the first output spikes came. */
export function soon(): string {
  const current = finished.value ? run.value : null;
  const [first, second] = current ? [0, 1].map((index) => firstOutput(current, index, shown.value)) : [];
  if (first === undefined || second === undefined) return "";
  return `First output spike: step ${first} in plain, step ${second} in L4.`;
}

/** What a network says, alone and where the other one says the same. */
function said(network: Frame["networks"][number]): { one: string; both: string } {
  const yet = finished.value ? "" : " yet";
  const decision = named(decisionOf(network));
  if (decision) return { one: `reads ${decision}`, both: `Both read ${decision}` };
  const leaning = named(leaningOf(network));
  if (!leaning) return { one: `has not decided${yet}`, both: `Neither has decided${yet}` };
  const what = `${leaning} (highest potential, no output spike${yet})`;
  return { one: `favours ${what}`, both: `Both favour ${what}` };
}

const named = (decision: number | undefined) => (decision === undefined ? "" : className(model.value, decision));

/** Both decisions as they are said aloud, with what is known of them; at the end also what they took. */
export function announced(): string {
  const [plain, l4] = now.value?.networks ?? [];
  if (!plain || !l4) return "";
  const steps = shown.value === 1 ? "1 step" : `${shown.value} steps`;
  const said = `After ${steps} plain ${verdict(plain)}; L4-adjusted ${verdict(l4)}.`;
  return finished.value ? `${said} ${cost()}`.trim() : said;
}

function verdict(network: Frame["networks"][number]): string {
  const counted = countedOf(network);
  const { one } = said(network);
  return counted === undefined || label.value === undefined
    ? one
    : `${one}, ${counted === label.value ? "right" : "wrong"}`;
}
