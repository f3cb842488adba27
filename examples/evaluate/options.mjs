// What may be said on the command line. Ranges are checked by the package itself.

import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { convertDefaults } from "quartic-snn";
import { DATA_SETS, modelNames, TEST_DIGITS } from "./data.mjs";

const BASES = ["percentile", "none", "max", "channel", "weights", "mse", "balanced"];
const ADJUSTMENTS = ["l4", "l4-relative", "l2", "l1", "uniform", "exact"];

function number(text) {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw new InvalidArgumentError("It must be a number.");
  return value;
}

function imageCount(text) {
  const value = number(text);
  if (Number.isInteger(value) && value >= 1 && value <= TEST_DIGITS) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${TEST_DIGITS}.`);
}

/** Those that may be given as "none", which is kept as a word here: commander does not keep `null`. */
const OR_NONE = ["headroom", "floor", "noiseLimit"];
const orNone = (text) => (text === "none" ? text : number(text));

function adjustments(text) {
  const names = text.split(",");
  const unknown = names.find((name) => !ADJUSTMENTS.includes(name));
  if (unknown === undefined) return names;
  throw new InvalidArgumentError(`"${unknown}" is none of ${ADJUSTMENTS.join(", ")}.`);
}

function model(text) {
  if (modelNames().includes(text) || statSync(text, { throwIfNoEntry: false })?.isFile()) return text;
  throw new InvalidArgumentError(`It must be one of ${modelNames().join(", ")}, or an ONNX or safetensors file.`);
}

/** Reads the arguments; wrong ones end the program with what is allowed. */
export function parse(args) {
  const program = new Command("npm run evaluate --")
    .description("Test images through a plain and an L4-adjusted spiking network, on the same input spikes")
    .option("--model <name>", `trained network: ${modelNames().join(", ")}, or a file`, model, "mnist-mlp")
    .addOption(
      new Option("--data <set>", "images, where the model is a file; mnist where its name tells no other").choices(
        DATA_SETS,
      ),
    )
    .option("--images <n>", "test images, the first n", imageCount, 1000)
    .option("--steps <n>", "simulated steps", number, convertDefaults.steps)
    .option("--seed <n>", "seed of the input spikes", number, 1)
    .option("--workers <n>", "that work at the same time; the result is the same", number, availableParallelism())
    .option("--input-rate <r>", "spikes per step of a white pixel", number, convertDefaults.inputRate)
    .addOption(
      new Option("--base <name>", "threshold of the plain network").choices(BASES).default(convertDefaults.base),
    )
    .option("--percentile <p>", "for the bases percentile and channel", number, convertDefaults.percentile)
    .option("--adjustment <names>", `one or more of ${ADJUSTMENTS.join(",")}`, adjustments, ["l4"])
    .option(
      "--strength <k>",
      "thresholds in standard deviations of the noise; without a word, 0.8 with a margin, 0.9 without, 1.25 and 1.33 above a floor at 0",
      number,
    )
    .option(
      "--margin <v>",
      "thresholds more at first, falling to 0; without a word, 1 for adjusted networks, 50 / steps beyond 50, and twice the initial potential",
      number,
    )
    .option("--headroom <p>", "percentile that thresholds reach at least, or none", orNone, convertDefaults.headroom)
    .option("--floor <v>", "lowest potential in thresholds, or none", orNone, "none")
    .addOption(new Option("--reset <rule>").choices(["subtract", "zero"]).default(convertDefaults.reset))
    .option(
      "--initial-potential <v>",
      "in thresholds; without a word, 0, and with a margin at least half a threshold above the floor",
      number,
    )
    .addOption(new Option("--readout <rule>").choices(["count", "potential"]).default(convertDefaults.readout))
    .option("--signed", "neurons may take spikes back", convertDefaults.signed)
    .addOption(
      new Option("--coding <name>", "of the input").choices(["poisson", "constant"]).default(convertDefaults.coding),
    )
    .addOption(
      new Option("--noise <model>", "that thresholds follow")
        .choices(["poisson", "measured", "bernoulli", "propagated"])
        .default(convertDefaults.noise, "measured with gain correction, else poisson"),
    )
    .addOption(
      new Option("--channel-noise <kind>", "what stands for the noise of a channel")
        .choices(["local", "mean"])
        .default(convertDefaults.channelNoise),
    )
    .option("--noise-limit <n>", "largest activations that it counts for, or none", orNone, convertDefaults.noiseLimit)
    .option("--bias-shift <v>", "in thresholds over the whole run", number, convertDefaults.biasShift)
    .option("--bias-correction", "of every network; without a word, of adjusted ones")
    .option("--no-bias-correction", "of none")
    .option("--gain-correction", "of every network, needs --bias-correction; without a word, of adjusted ones")
    .option("--no-gain-correction", "of none")
    .addOption(
      new Option("--precision <kind>", "of weights and potentials")
        .choices(["f32", "fixed"])
        .default(convertDefaults.precision),
    )
    .option("--json", "print the result as JSON and nothing else", false)
    .showHelpAfterError("Run with --help for all options.")
    .parse(args, { from: "user" });
  const { model: name, data, images, json, adjustment, seed, workers, ...options } = program.opts();
  if (data !== undefined && modelNames().includes(name)) {
    program.error(`error: --data is for model files: ${name} has images of its own, those that it was trained for`);
  }
  // What has no default on the command line depends on the rest.
  const { strength, margin, initialPotential, biasCorrection, gainCorrection } = convertDefaults;
  const convert = { strength, margin, initialPotential, biasCorrection, gainCorrection, ...options };
  for (const key of OR_NONE) if (convert[key] === "none") convert[key] = null;
  const run = { steps: convert.steps, seed, workers };
  return { model: name, data, images, json, adjustments: adjustment, run, convert };
}
