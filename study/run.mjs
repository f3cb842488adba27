// Runs jobs one after the other, each on all cores, and keeps what they give, so that an interrupted study goes on where
// it stopped.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { at, duration, Trouble } from "../scripts/lib/house.mjs";
import { files } from "./data.mjs";
import { constant, methods } from "./methods.mjs";

const folder = at(".tools", "study");
const all = new Map([...methods, ...constant].map((method) => [method.name, method]));

/** What the runner is told. */
function instructions(job) {
  const { model, data, coding, inputRate, floor, seed, steps, first, images } = job;
  const chosen = job.methods.map((name) => {
    const { options, perSteps = false } = all.get(name);
    return { name, options: { ...options, coding, inputRate, floor }, perSteps };
  });
  const network = at("models", `${model}.safetensors`);
  return { model: network, ...files(data), first, images, seed, steps, methods: chosen };
}

/** The place of a job's outcome: another for whatever changes it, the engine included. */
function place(job, engine) {
  const hash = createHash("sha256").update(JSON.stringify([instructions(job), engine])).digest("hex").slice(0, 24);
  return `${folder}/cells/${hash}.json`;
}

/** Runs what has not been run, and returns every job with its outcome. `report` hears how far it is. */
export async function runAll(jobs, { binary, engine, report }) {
  mkdirSync(`${folder}/cells`, { recursive: true });
  const places = jobs.map((job) => place(job, engine));
  const open = jobs.filter((_, index) => !existsSync(places[index]));
  report.begin(open.length, jobs.length);
  for (const job of open) {
    const outcome = await runJob(binary, job, (images) => report.progress(job, images));
    const path = place(job, engine);
    writeFileSync(`${path}.part`, outcome);
    renameSync(`${path}.part`, path);
    report.done(job);
  }
  return jobs.map((job, index) => ({ job, outcome: JSON.parse(readFileSync(places[index], "utf8")) }));
}

function runJob(binary, job, progress) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, [], { stdio: ["pipe", "pipe", "pipe"] });
    let [outcome, complaint] = ["", ""];
    child.stdout.on("data", (chunk) => {
      outcome += chunk;
    });
    child.stderr.on("data", (chunk) => {
      for (const line of String(chunk).trim().split("\n")) {
        const [word, ...rest] = line.split(" ");
        if (word === "done") progress(Number(rest[0]));
        else complaint += `${line}\n`;
      }
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(outcome);
      else reject(new Trouble(`The study's runner failed on ${job.model}: ${complaint || `exit code ${code}`}`));
    });
    child.stdin.end(JSON.stringify(instructions(job)));
  });
}

/** Progress in one line per job, with the time left by the work done so far. */
export function lines(say) {
  let total = 0;
  let finished = 0;
  const started = Date.now();
  return {
    begin(open, jobs) {
      total = open;
      say(`Study: ${jobs} jobs, ${open} to run`);
    },
    progress() {},
    done({ model, coding, inputRate, floor, seed }) {
      finished += 1;
      const left = ((Date.now() - started) / finished) * (total - finished);
      const what = `${model}, ${coding} ${inputRate}, floor ${floor ?? "none"}, seed ${seed}`;
      say(`Study: ${finished} of ${total}: ${what}; about ${duration(left)} left`);
    },
  };
}
