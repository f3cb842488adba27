// The summary of the study as something to ask: docs/results.json and docs/tuning.json, and what their readers want.

import { readFileSync, writeFileSync } from "node:fs";
import { at, Trouble } from "../scripts/lib/house.mjs";
import { BASELINE } from "./methods.mjs";

const RESULTS = at("docs", "results.json");
/** What options were chosen from, on images that were held back from training. */
const TUNING = at("docs", "tuning.json");

const lacking = (what) => new Trouble(`The study has no ${what} yet: \`npm run study\` goes on with it.`);

const isTuning = ({ split }) => split === "validation";

export function readResults() {
  const [{ settings, ...rest }, tuning] = [RESULTS, TUNING].map((path) => JSON.parse(readFileSync(path, "utf8")));
  return new Results({ ...rest, settings: [...tuning.settings, ...settings] });
}

export function writeResults({ settings, correlations, silence, ...rest }) {
  const { command } = rest;
  const test = settings.filter((setting) => !isTuning(setting));
  writeFileSync(RESULTS, `${compact({ ...rest, settings: test, correlations, silence })}\n`);
  writeFileSync(TUNING, `${compact({ command, settings: settings.filter(isTuning) })}\n`);
}

/** JSON with one line per cell, none of them indented. */
function compact(data) {
  const cells = JSON.stringify(data, null, 1).replace(/\{[^{}[\]]*(\[[^[\]{}]*\][^{}[\]]*)*\}|\[[^[\]{}]*\]/g, (text) =>
    text.replace(/\s*\n\s*/g, "").replaceAll('": ', '":'),
  );
  return cells.replace(/^ +/gm, "");
}

/** Horowitz 2014, 45 nm: picojoules of a 32-bit multiply-accumulate and of an addition. Memory is not counted. */
export const ENERGY = JSON.parse(readFileSync(at("study", "energy.json"), "utf8"));

/** Whether it is a bundled network on test images in the setting that is shown first. */
export const isUsual = ({ variant, split, coding, inputRate, floor }) =>
  !variant && split === "test" && coding === "poisson" && inputRate === 0.25 && floor === null;

export class Results {
  constructor(data) {
    this.data = data;
  }

  /** The entry of one network in one setting; with `everySeed` that of the main methods, with more images shown. */
  entry(model, { split = "test", floor = null, inputRate = 0.25, coding = "poisson", variant, everySeed } = {}) {
    const wanted = { model, variant, everySeed, split, floor, inputRate, coding };
    const is = (one) => Object.entries(wanted).every(([key, value]) => one[key] === value);
    const found = this.data.settings.find(is);
    if (found) return found;
    const settings = `floor ${floor ?? "none"}, input rate ${inputRate}, ${coding}${everySeed ? ", every seed" : ""}`;
    throw lacking(`${[model, variant].filter(Boolean).join(" ")} (${settings})`);
  }

  /** The entries of all methods that are as asked for. */
  ofAllMethods(is) {
    return this.data.settings.filter((entry) => !entry.everySeed && is(entry));
  }

  /** The entries of test images coded as spikes, with all methods. */
  spiking() {
    return this.ofAllMethods(({ split, coding }) => split === "test" && coding === "poisson");
  }

  /** Those that are as asked for in which each image was shown with every seed, with the main methods at least. */
  everySeed(is) {
    const spiking = ({ split, coding }) => split === "test" && coding === "poisson";
    return this.data.settings.filter((one) => spiking(one) && one.presentations > one.images && is(one));
  }

  /** One cell. */
  cell(model, method, steps, setting) {
    const found = this.entry(model, setting).methods[method]?.find((cell) => cell.steps === steps);
    if (found) return found;
    throw lacking(`\`${method}\` on ${model} after ${steps} steps`);
  }

  /** The operations of a method in the usual setting with the additions of biases, one per neuron and step where it has any. */
  additions(model, method, steps) {
    const { trained, corrected } = this.data.biasAdditions[model];
    return this.cell(model, method, steps).operations[0] + steps * (method === BASELINE ? trained : corrected);
  }

  /** Picojoules of these operations, and of the trained network's multiplications: all, or those by what is not 0 (`used`). */
  energy(model, method, steps) {
    return this.additions(model, method, steps) * ENERGY.addition;
  }

  energyTrained(model, which) {
    return this.data.multiplications[model][which] * ENERGY.multiplyAccumulate;
  }

  /** The input limit after so many steps: `[accuracy, standard error]`. */
  limit(model, steps, setting) {
    return this.entry(model, setting).limit.find((one) => one.steps === steps).accuracy;
  }
}

const settingName = ({ variant, inputRate, floor }) =>
  [
    ...(variant ? [variant] : []),
    ...(inputRate === 0.25 ? [] : [`input rate ${inputRate}`]),
    ...(floor === null ? [] : [`floor ${floor}`]),
  ].join(", ");
/** A cell in words. */
export const cellName = (entry, steps) => {
  const setting = settingName(entry);
  return `${entry.model}${setting && ` (${setting})`} at ${steps} steps`;
};

/** `0.98765` as `98.77`. */
export const points = (value) => (100 * value).toFixed(2).replace(/^-0\.00$/, "0.00");

/** `[0.98765, 0.001]` as `98.77 ± 0.10`. */
export const withError = ([value, error]) => `${points(value)} ± ${points(error)}`;

/** `12345.6` as `12 k`. */
export function short(value) {
  if (value < 1e3) return value.toFixed(0);
  return value < 1e6 ? `${(value / 1e3).toPrecision(3)} k` : `${(value / 1e6).toPrecision(3)} M`;
}
