// Which images a trained network knows. The table is models/data-sets.json, which the trainer and the evaluation read too.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { at } from "./house.mjs";

/** What the set-up must install, beyond the usual, for the models that a command line names. */
export function partsFor(args) {
  const dataSets = JSON.parse(readFileSync(at("models", "data-sets.json"), "utf8"));
  const value = (arg) => basename(arg.replace(/^--(model|data)=/, ""), ".safetensors");
  return args.map(value).some((arg) => arg === "fashion" || dataSets[arg] === "fashion") ? ["fashion"] : [];
}
