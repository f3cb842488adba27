// Where things are, and how this house runs commands and talks.

import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A path below the root. */
export const at = (...parts) => join(root, ...parts);

/**
 * The project's own tools come first: an older wasm-opt or wasm-bindgen elsewhere on the machine must never be found
 * before them, because such a pair can exit with 0 and write a module that fails when it runs.
 */
const environment = () => {
  // What a crate gives is looked for in its own folder, which a folder for all crates of a machine would leave as it was.
  const { CARGO_TARGET_DIR, CARGO_BUILD_TARGET_DIR, ...others } = process.env;
  return { ...others, PATH: [at("node_modules", ".bin"), at(".tools", "bin"), process.env.PATH].join(delimiter) };
};

/** An error whose message is all that the user needs: printed without a stack. */
export class Trouble extends Error {}

/** Says something about the work itself. Standard output is left to results, such as `npm run evaluate -- --json`. */
export const say = (line = "") => process.stderr.write(`${line}\n`);

/** "850 ms", "12 s", "3 min 20 s". */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * Runs a command in the terminal and resolves with its exit code. Its output goes to standard error unless `stdout`; what
 * goes to standard error is also told to `heard`.
 */
export function exitCodeOf(command, args = [], { cwd = root, env = {}, stdin = "ignore", stdout = 2, heard } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = [stdin, ...[stdout, 2].map((to) => (heard && to === 2 ? "pipe" : to))];
    const child = spawn(command, args, { cwd, env: { ...environment(), ...env }, stdio });
    const listened = [child.stdout, child.stderr].filter(Boolean).map((stream) => listen(stream, heard));
    // Ctrl-C reaches the child as well; it decides how to end, and we report how it did.
    const ignore = () => {};
    process.on("SIGINT", ignore);
    child.on("error", (error) => {
      process.off("SIGINT", ignore);
      const reason = error.code === "ENOENT" ? "it is not installed" : error.message;
      reject(new Trouble(`Could not run \`${command}\`: ${reason}. Try \`npm run setup\`.`));
    });
    child.on("exit", async (code, signal) => {
      process.off("SIGINT", ignore);
      await Promise.all(listened.map((end) => end()));
      resolve(code ?? (signal === "SIGINT" ? 130 : 1));
    });
  });
}

/** A browser that outlives its test still holds the streams: they are waited for this long, in milliseconds. */
const LAST_WORDS = 1000;

/** Passes on what a stream says. What is returned waits for its end, and then lets go of it. */
function listen(stream, heard) {
  stream.on("data", (chunk) => {
    process.stderr.write(chunk);
    heard(chunk.toString());
  });
  const ended = new Promise((resolve) => stream.on("close", resolve));
  return async () => {
    let timer;
    await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, LAST_WORDS)))]);
    clearTimeout(timer);
    stream.destroy();
  };
}

/** So many lines at the end of a failed command say why. */
const TAIL = 25;

/**
 * Runs a command that must succeed. Where nobody sits before the terminal, the error has `said`, the end of what the
 * command said: a summary can repeat it, of which a log may show no more.
 */
export async function run(command, args = [], options = {}) {
  let said = "";
  const heard = (text) => {
    said = (said + text)
      .split("\n")
      .slice(-TAIL - 1)
      .join("\n");
  };
  const code = await exitCodeOf(command, args, { ...options, ...(process.env.CI && { heard }) });
  if (code === 0) return;
  const trouble = new Trouble(`\`${[command, ...args].join(" ")}\` failed with exit code ${code}.`);
  throw Object.assign(trouble, { said: said.trimEnd() });
}

/** The environment in which cargo compiles for this processor, and not for all of its kind. */
export const forThisProcessor = () => ({ RUSTFLAGS: `${process.env.RUSTFLAGS ?? ""} -C target-cpu=native`.trim() });

/** What a command prints, trimmed, or `undefined` when it is missing or fails. */
export function outputOf(command, args = []) {
  const { status, stdout } = spawnSync(command, args, {
    cwd: root,
    env: environment(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** What a script says of itself: the words at its beginning. */
function helpOf(script) {
  const lines = readFileSync(script, "utf8").split("\n");
  const first = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith("//")),
  );
  return first.map((line) => line.slice(3)).join("\n");
}

/**
 * Runs the body of a script; a failure becomes one message and a non-zero exit code. Asked for help it says what it is,
 * without setting anything up, unless what it runs `hasHelp` of its own.
 */
export async function main(body, { hasHelp = () => false } = {}) {
  try {
    const asked = process.argv.slice(2).some((word) => word === "--help" || word === "-h");
    if (asked && !hasHelp()) return process.stdout.write(`${helpOf(process.argv[1])}\n`);
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    say(error instanceof Trouble ? `\n${error.message}` : error.stack);
    process.exitCode = 1;
  }
}
