// What the page says of settings that nobody has touched is what the conversion does.

import { expect, test } from "@playwright/test";
import { load } from "quartic-snn";
import { marginOf, startOf, strengthOf } from "../../www/src/parameters.js";

const weights = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(1 + 3 * i));
const calibration = weights(60).map(Math.abs);

/** Every combination of what the rules look at, but signed neurons above a floor, where no potential falls as far as they need. */
function* combinations() {
  const choices = {
    steps: [10, 50, 200],
    floor: ["none", "0"],
    margin: [null, 0, 1.5],
    start: ["usual", "0", "0.5"],
  } as const;
  const pairs = [
    { reset: "subtract", signed: "none" },
    { reset: "subtract", signed: "l4" },
    { reset: "zero", signed: "none" },
  ] as const;
  for (const steps of choices.steps)
    for (const floor of choices.floor)
      for (const margin of choices.margin)
        for (const start of choices.start)
          for (const pair of pairs.filter(({ signed }) => floor === "none" || signed === "none"))
            yield { steps, floor, margin, start, ...pair, strength: null };
}

type Rules = ReturnType<typeof combinations> extends Generator<infer One> ? One : never;

/** The options of the conversion, where thresholds follow the noise alone. */
const optionsOf = ({ steps, floor, margin, start, reset, signed }: Rules) => ({
  ...{ calibration, steps, margin, reset, signed: signed !== "none", headroom: null },
  floor: floor === "none" ? null : 0,
  initialPotential: start === "usual" ? null : Number(start),
});

test("strength, margin and start of L4 are those that are shown where none are chosen", async () => {
  const quartic = await load();
  const ann = quartic.network({
    inputShape: [6],
    layers: [
      { type: "dense", weights: weights(48), activation: "relu" },
      { type: "dense", weights: weights(24), activation: "linear" },
    ],
  });
  for (const rules of combinations()) {
    const [layer] = quartic.convert(ann, optionsOf(rules)).layers;
    const { margin = { size: Number.NaN }, initialPotential = Number.NaN, thresholds = [], sigmaL4 = [] } = layer ?? {};
    expect([marginOf(rules), Number(startOf(rules))], JSON.stringify(rules)).toEqual([margin.size, initialPotential]);
    // Strengths are rounded to be shown.
    const strength = Number(thresholds[0]) / Number(sigmaL4[0]);
    expect(Math.abs(strengthOf(rules) / strength - 1), JSON.stringify(rules)).toBeLessThan(0.005);
  }
});
