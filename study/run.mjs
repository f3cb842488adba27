// Runs jobs one after the other, each on all cores, and keeps what they give, so that an interrupted study goes on where
// it stopped.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import { at, duration, Trouble } from "../scripts/lib/house.mjs";
import { files } from "./data.mjs";
import { VERSION } from "./grid.mjs";
import { channelNoises, constant, headrooms, methods, strengths, tuning } from "./methods.mjs";

const folder = at(".tools", "study");
const all = new Map(
  [...methods, ...constant, ...tuning, ...strengths, ...headrooms, ...channelNoises].map((method) => [
    method.name,
    method,
  ]),
);

/** What the runner is told. */
function instructions(job) {
  const { model, variant = null, data, split, coding, inputRate, floor, steps, parts } = job;
  const chosen = job.methods.map((name) => {
    const { options, perSteps = false } = all.get(name);
    return { name, options: { ...options, coding, inputRate, floor }, perSteps };
  });
  const network = at("models", `${model}.safetensors`);
  return { model: network, variant, ...files(data, split), parts, steps, methods: chosen };
}

/** The place of a job's outcome: another for whatever changes it. */
function place(job) {
  const { model, calibration, pixels, labels, ...rest } = instructions(job);
  const told = JSON.stringify([VERSION, basename(model), job.data, job.split, rest]);
  const hash = createHash("sha256").update(told).digest("hex").slice(0, 24);
  return `${folder}/cells/${hash}.json`;
}

/** Runs what has not been run, and returns every job with its outcome. `report` hears how far it is. */
export async function runAll(jobs, { binary, report }) {
  mkdirSync(`${folder}/cells`, { recursive: true });
  const places = jobs.map(place);
  const open = jobs.filter((_, index) => !existsSync(places[index]));
  report.begin(open.length, jobs.length);
  for (const job of open) {
    const outcome = await runJob(binary, job, (images) => report.progress(job, images));
    const path = place(job);
    writeFileSync(`${path}.part`, outcome);
    renameSync(`${path}.part`, path);
    report.done(job);
  }
  return jobs.flatMap((job, index) => resultsOf(job, places[index]));
}

/** One result for each part of a job. */
function resultsOf({ parts, ...job }, path) {
  const outcomes = JSON.parse(readFileSync(path, "utf8"));
  return parts.map((part, index) => ({ job: { ...job, ...part }, outcome: outcomes[index] }));
}

/** The results of the jobs that have been run. */
export function kept(jobs) {
  return jobs.filter((job) => existsSync(place(job))).flatMap((job) => resultsOf(job, place(job)));
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
    child.stdin.end(JSON.stringify(instructions(job)));
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
      say(`Study: ${nameOf(job)}: ${images} of ${all} images; about ${left(begun, images, all)} left of this job`);
    },
    done(job) {
      finished += 1;
      begun = Date.now();
      told = begun;
      say(`Study: ${finished} of ${total}: ${nameOf(job)}; about ${left(started, finished, total)} left`);
    },
  };
}
