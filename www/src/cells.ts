// Which kind of spikes a place shows that several neurons share.

import type { LayerSpikes } from "quartic-snn";
import { type Kind, kindOf } from "./kinds";

/**
 * A cell has the colour of one kind: of those that are in it, the one that has had too few so far, so that each kind
 * comes to cover what its spikes are of all.
 */
export class Cells {
  /** Of each kind, how many cells it should have had more by now. */
  readonly #owed = new Map<Kind, number>();

  /** The cells of one step with their kinds, where `place` tells the cell of a neuron. */
  column(
    spikes: LayerSpikes,
    silent: Uint8Array | undefined,
    place: (neuron: number) => number,
  ): (readonly [cell: number, kind: Kind])[] {
    const cells = new Map<number, Map<Kind, number>>();
    for (const [index, neuron] of spikes.neuron.entries()) {
      const at = place(neuron);
      const cell = cells.get(at) ?? new Map<Kind, number>();
      const kind = kindOf(spikes, index, silent);
      cells.set(at, cell.set(kind, (cell.get(kind) ?? 0) + 1));
    }
    return [...cells].map(([at, cell]) => [at, this.#next(cell)]);
  }

  #next(cell: ReadonlyMap<Kind, number>): Kind {
    const spikes = [...cell.values()].reduce((sum, count) => sum + count, 0);
    let next: Kind = "fired";
    let most = Number.NEGATIVE_INFINITY;
    for (const [kind, count] of cell) {
      const owed = (this.#owed.get(kind) ?? 0) + count / spikes;
      this.#owed.set(kind, owed);
      if (owed > most) [next, most] = [kind, owed];
    }
    this.#owed.set(next, most - 1);
    return next;
  }
}
