// What a spike is: one that stands for an activation, one of a neuron that should be silent, or one that is taken back.

import type { LayerSpikes } from "quartic-snn";

export type Kind = "fired" | "false" | "takenBack";

/** In the order in which they are drawn, with the tone of those that are not in the tone of their network. */
export const kinds: readonly { kind: Kind; tone?: string; name: string }[] = [
  { kind: "fired", name: "" },
  { kind: "false", tone: "--wrong", name: "-false" },
  { kind: "takenBack", tone: "--ink", name: "-taken-back" },
];

/** Of the spike at `index`; `silent` is 1 for neurons that the trained network has at 0 or below. */
export function kindOf({ neuron, sign }: LayerSpikes, index: number, silent: Uint8Array | undefined): Kind {
  if (sign?.[index] === -1) return "takenBack";
  return silent?.[neuron[index] ?? 0] ? "false" : "fired";
}
