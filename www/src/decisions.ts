// What the networks have decided, in words.

import { concluded } from "./conclusion";
import { className } from "./model";
import type { Run } from "./run";
import { decisionOf, finished, label, model, now, run, shown } from "./store";

/** The step of a network's first output spike, where it is among the steps on show. */
export function firstOutput({ frames }: Run, network: number, shown: number): number | undefined {
  const step = frames.findIndex(({ networks }) => (networks[network]?.spikesPerLayer.at(-1) ?? 0) > 0) + 1;
  return step > 0 && step <= shown ? step : undefined;
}

/** Both decisions in one sentence, and at the end whether they are right and what they took. */
export function outcome(): string {
  const [plain, l4] = now.value?.networks.map((network) => named(decisionOf(network))) ?? [];
  const yet = finished.value ? "" : " yet";
  if (!plain && !l4) return now.value ? `Neither has decided${yet}.` : "";
  if (!plain || !l4) {
    return plain ? `Plain reads ${plain}; L4 has not decided${yet}.` : `L4 reads ${l4}; plain has not decided${yet}.`;
  }
  const said = plain === l4 ? `Both read ${plain}` : `Plain reads ${plain}, L4 reads ${l4}`;
  return finished.value ? concluded(said) : `${said} so far.`;
}

/** At the end, how soon the first output spikes came. */
export function soon(): string {
  const current = finished.value ? run.value : null;
  const [first, second] = current ? [0, 1].map((index) => firstOutput(current, index, shown.value)) : [];
  if (first === undefined || second === undefined) return "";
  return `First output spike: step ${first} in plain, step ${second} in L4.`;
}

const named = (decision: number | undefined) => (decision === undefined ? "" : className(model.value, decision));

/** Both decisions as they are said aloud, with what is known of them. */
export function announced(): string {
  const [plain, l4] = now.value?.networks ?? [];
  if (!plain || !l4) return "";
  return `After ${shown.value} steps plain reads ${verdict(decisionOf(plain))}, L4-adjusted reads ${verdict(decisionOf(l4))}.`;
}

function verdict(decision: number | undefined): string {
  if (decision === undefined) return finished.value ? "nothing" : "nothing yet";
  if (label.value === undefined) return named(decision);
  return `${named(decision)}, ${decision === label.value ? "right" : "wrong"}`;
}
