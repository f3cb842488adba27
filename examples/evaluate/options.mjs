// The options of the command line. Ranges are checked by the package itself.

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
  throw new InvalidArgumentError(`"${unknown}" is not one of ${ADJUSTMENTS.join(", ")}.`);
}

function model(text) {
  if (modelNames().includes(text) || statSync(text, { throwIfNoEntry: false })?.isFile()) return text;
  throw new InvalidArgumentError(`It must be one of ${modelNames().join(", ")}, or an ONNX or safetensors file.`);
}

/** Reads the arguments; wrong ones end the program with what is allowed. */
export function parse(args) {
  const program = new Command("npm run evaluate --")
    .description("Evaluates a plain and an L4-adjusted spiking network on test images, with the same input spikes")
    .option("--model <name>", `trained network: ${modelNames().join(", ")}, or a file`, model, "mnist-mlp")
    .addOption(
      new Option("--data <set>", "images for a model file; mnist unless its name implies another").choices(DATA_SETS),
    )
    .option("--images <n>", "test images, the first n", imageCount, 1000)
    .option("--steps <n>", "steps to simulate", number, convertDefaults.steps)
    .option("--seed <n>", "seed of the input spikes", number, 1)
    .option("--workers <n>", "number of workers; does not change the result", number, availableParallelism())
    .option("--input-rate <r>", "spikes per step of a white pixel", number, convertDefaults.inputRate)
    .addOption(
      new Option("--base <name>", "thresholds of the plain network").choices(BASES).default(convertDefaults.base),
    )
    .option("--percentile <p>", "percentile of the bases percentile and channel", number, convertDefaults.percentile)
    .option("--adjustment <names>", `one or more of ${ADJUSTMENTS.join(",")}`, adjustments, ["l4"])
    .option(
      "--strength <k>",
      "thresholds in standard deviations of the noise (default: 0.8 with a margin, 0.9 without, 0.6 there if signed; 1.25 and 1.33 above a floor at 0)",
      number,
    )
    .option(
      "--margin <v>",
      "initial margin above the threshold, in thresholds, falling to 0 (default: for adjusted networks, 1, or 50 / steps beyond 50 steps, plus twice the initial potential)",
      number,
    )
    .option(
      "--headroom <p>",
      "percentile of activations that thresholds reach at least, or none",
      orNone,
      convertDefaults.headroom,
    )
    .option("--floor <v>", "lowest potential, in thresholds, or none", orNone, "none")
    .addOption(
      new Option("--reset <rule>", "what firing does to the potential")
        .choices(["subtract", "zero"])
        .default(convertDefaults.reset),
    )
    .option(
      "--initial-potential <v>",
      "potential before the first step, in thresholds (default: 0, or half a threshold above a floor with a margin)",
      number,
    )
    .addOption(
      new Option("--readout <rule>", "how class scores are read")
        .choices(["count", "potential"])
        .default(convertDefaults.readout),
    )
    .option("--signed", "neurons may take spikes back", convertDefaults.signed)
    .addOption(
      new Option("--coding <name>", "coding of the input")
        .choices(["poisson", "constant"])
        .default(convertDefaults.coding),
    )
    .addOption(
      new Option("--noise <model>", "noise that thresholds follow")
        .choices(["poisson", "measured", "bernoulli", "propagated"])
        .default(convertDefaults.noise, "measured with gain correction, otherwise poisson"),
    )
    .addOption(
      new Option("--channel-noise <kind>", "noise that represents a channel")
        .choices(["local", "mean"])
        .default(convertDefaults.channelNoise),
    )
    .option(
      "--noise-limit <n>",
      "limit on the noise of a channel, in multiples of its largest activation, or none",
      orNone,
      convertDefaults.noiseLimit,
    )
    .option("--bias-shift <v>", "shift in thresholds over the whole run", number, convertDefaults.biasShift)
    .option("--bias-correction", "correct biases in every network (default: only in adjusted networks)")
    .option("--no-bias-correction", "correct biases in no network")
    .option(
      "--gain-correction",
      "correct gains in every network, requires --bias-correction (default: only in adjusted networks)",
    )
    .option("--no-gain-correction", "correct gains in no network")
    .addOption(
      new Option("--precision <kind>", "numbers of weights and potentials")
        .choices(["f32", "fixed"])
        .default(convertDefaults.precision),
    )
    .option("--json", "print the result as JSON and nothing else", false)
    .showHelpAfterError("Run with --help for all options.")
    .parse(args, { from: "user" });
  const { model: name, data, images, json, adjustment, seed, workers, ...options } = program.opts();
  if (data !== undefined && modelNames().includes(name)) {
    program.error(`error: --data is only for model files: ${name} always uses the images that it was trained for`);
  }
  // What has no default on the command line depends on the rest.
  const { strength, margin, initialPotential, biasCorrection, gainCorrection } = convertDefaults;
  const convert = { strength, margin, initialPotential, biasCorrection, gainCorrection, ...options };
  for (const key of OR_NONE) if (convert[key] === "none") convert[key] = null;
  const run = { steps: convert.steps, seed, workers };
  return { model: name, data, images, json, adjustments: adjustment, run, convert };
}
