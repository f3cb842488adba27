import type { ConvertOptions } from "quartic-snn";
import type { Settings } from "./parameters";

/** The settings that a conversion depends on. */
export type Conversion = Omit<Settings, "model" | "seed">;

type Options = Omit<ConvertOptions, "calibration">;

/** What `convert` is told for both networks, plain first. */
export function optionsOf(conversion: Conversion): [plain: Options, l4: Options] {
  const { steps, rate, strength, margin, base, floor, reset, start, signed, correction, precision } = conversion;
  const common: Options = {
    steps,
    inputRate: rate,
    floor: floor === "none" ? null : Number(floor),
    reset,
    initialPotential: start === "usual" ? null : Number(start),
    precision,
  };
  return [
    {
      ...common,
      adjustment: "none",
      base,
      biasCorrection: correction === "both",
      gainCorrection: correction === "both",
      ...(signed === "both" && { signed: true }),
    },
    {
      ...common,
      adjustment: "l4",
      strength,
      margin,
      biasCorrection: correction !== "none",
      ...(signed !== "none" && { signed: true }),
    },
  ];
}
