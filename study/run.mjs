// Runs jobs one after the other, each on all cores, and keeps what they give, so that an interrupted study goes on where
// it stopped, and a method that is added runs alone.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { at, duration, Trouble } from "../scripts/lib/house.mjs";
import { channelNoises, headrooms, margins, starts, strengths, tuning } from "./choices.mjs";
import { files } from "./data.mjs";
import { VERSION } from "./grid.mjs";
import { constant, methods } from "./methods.mjs";

const folder = at(".tools", "study");
const all = byName([
  ...methods,
  ...constant,
  ...tuning,
  ...margins,
  ...strengths,
  ...starts,
  ...headrooms,
  ...channelNoises,
]);

/** Methods by their names, of which two may share one only where they do the same. */
export function byName(methods) {
  const known = new Map();
  for (const method of methods) {
    const { options } = known.get(method.name) ?? method;
    if (!isDeepStrictEqual(options, method.options)) throw new Error(`two methods are named \`${method.name}\``);
    known.set(method.name, method);
  }
  return known;
}

/** What the runner is told of the methods of a job. */
function conversions({ coding, inputRate, floor, methods: names }) {
  return names.map((name) => {
    const { options, perSteps = false } = all.get(name);
    return { name, options: { margin: 0, ...options, coding, inputRate, floor }, perSteps };
  });
}

/** What the runner is told of all else. */
function circumstances({ model, variant = null, data, split, steps, parts }) {
  return { model: at("models", `${model}.safetensors`), variant, ...files(data, split), parts, steps };
}

/** The place of a job's outcome: another for whatever changes it, except for methods, which are added to what is there. */
function place(job) {
  const { data, split, coding, inputRate, floor } = job;
  const { model, calibration, pixels, labels, ...rest } = circumstances(job);
  const told = JSON.stringify([VERSION, basename(model), data, split, coding, inputRate, floor, rest]);
  const hash = createHash("sha256").update(told).digest("hex").slice(0, 24);
  return `${folder}/outcomes/${hash}.json`;
}

/** What is known of a job: how each method was told to convert, and an outcome for each part. */
function known(job) {
  const path = place(job);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { methods: {}, outcomes: [] };
}

/** The job with those of its methods that have not been run, or have been with other options. */
function open(job) {
  const { methods } = known(job);
  const isNew = (told) => JSON.stringify(methods[told.name]) !== JSON.stringify(told);
  const names = conversions(job)
    .filter(isNew)
    .map(({ name }) => name);
  return names.length > 0 ? [{ ...job, methods: names }] : [];
}

/** Adds what a run has given to what is known. Methods share images and input spikes, so that the rest must be the same. */
export function joined(known, methods, outcomes) {
  const told = Object.fromEntries(methods.map((method) => [method.name, method]));
  const together = outcomes.map(({ cells, ...shared }, part) => {
    const { cells: before = [], ...others } = known.outcomes[part] ?? shared;
    if (JSON.stringify(others) !== JSON.stringify(shared)) {
      throw new Trouble("The input spikes differ from those of earlier runs: raise VERSION in study/grid.mjs.");
    }
    return { ...shared, cells: [...before.filter(({ method }) => !(method in told)), ...cells] };
  });
  return { methods: { ...known.methods, ...told }, outcomes: together };
}

/** Runs what has not been run, and returns every job with its outcome. `report` hears how far it is. */
export async function runAll(jobs, { binary, report }) {
  mkdirSync(`${folder}/outcomes`, { recursive: true });
  const missing = jobs.flatMap(open);
  report.begin(missing.length, jobs.length);
  for (const job of missing) {
    const outcomes = JSON.parse(await runJob(binary, job, (images) => report.progress(job, images)));
    const path = place(job);
    writeFileSync(`${path}.part`, JSON.stringify(joined(known(job), conversions(job), outcomes)));
    renameSync(`${path}.part`, path);
    report.done(job);
  }
  return kept(jobs);
}

/** The results of the jobs of which every method has been run, one for each part. */
export function kept(jobs) {
  return jobs
    .filter((job) => open(job).length === 0)
    .flatMap(({ parts, ...job }) => {
      const { outcomes } = known({ parts, ...job });
      const own = ({ cells, ...shared }) => ({
        ...shared,
        cells: job.methods.flatMap((name) => cells.filter(({ method }) => method === name)),
      });
      return parts.map((part, index) => ({ job: { ...job, ...part }, outcome: own(outcomes[index]) }));
    });
}

/** Hears the runner line by line, in whatever pieces they come: images done, or a complaint. */
export function listen(stream, progress, complain) {
  return createInterface({ input: stream }).on("line", (line) => {
    const [word, images] = line.split(" ");
    if (word === "done") progress(Number(images));
    else complain(line);
  });
}

function runJob(binary, job, progress) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, [], { stdio: ["pipe", "pipe", "pipe"] });
    let [outcome, complaint] = ["", ""];
    child.stdout.on("data", (chunk) => {
      outcome += chunk;
    });
    listen(child.stderr, progress, (line) => {
      complaint += `${line}\n`;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(outcome);
      else reject(new Trouble(`The study's runner failed on ${job.model}: ${complaint || `exit code ${code}`}`));
    });
    child.stdin.end(JSON.stringify({ ...circumstances(job), methods: conversions(job) }));
  });
}

/** A job that takes longer than this tells how far it is, in milliseconds. */
const BETWEEN = 30_000;

/** Progress in one line per job, and more for long ones, with the time left by the work done so far. */
export function lines(say) {
  let total = 0;
  let finished = 0;
  const started = Date.now();
  let [begun, told] = [started, started];
  const nameOf = ({ model, variant, split, coding, inputRate, floor }) =>
    `${[model, variant].filter(Boolean).join(" ")}, ${split} images, ${coding} ${inputRate}, floor ${floor ?? "none"}`;
  const left = (since, done, all) => duration(((Date.now() - since) / done) * (all - done));
  return {
    begin(open, jobs) {
      total = open;
      say(`Study: ${jobs} jobs, ${open} to run`);
    },
    progress(job, images) {
      if (Date.now() - told < BETWEEN) return;
      told = Date.now();
      const all = job.parts.reduce((sum, part) => sum + part.images, 0);
      say(`Study: ${nameOf(job)}: ${images} of ${all} images; about ${left(begun, images, all)} left for this job`);
    },
    done(job) {
      finished += 1;
      begun = Date.now();
      told = begun;
      say(`Study: ${finished} of ${total}: ${nameOf(job)}; about ${left(started, finished, total)} left`);
    },
  };
}
