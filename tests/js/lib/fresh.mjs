// The module is loaded once per process, so what happens at the first load is observed in processes of their own.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const cwd = fileURLToPath(new URL(".", import.meta.url));

const prelude = `
  import { readFile } from "node:fs/promises";
  import { load, QuarticError } from "quartic-snn";
  const url = new URL("./wasm/quartic_snn_bg.wasm", import.meta.resolve("quartic-snn"));
  const lean = new URL("./lean/quartic_snn_lean_bg.wasm", import.meta.resolve("quartic-snn"));
  const html = new TextEncoder().encode("<!doctype html><title>Not found</title>");
  const failure = async (promise) => {
    try { await promise; } catch (error) {
      return { known: error instanceof QuarticError, code: error.code, message: error.message };
    }
    return { code: "none" };
  };
  const answer = (value) => console.log(JSON.stringify(value));
`;

/**
 * Runs a script in a new process and returns what it hands to `answer()`. It finds `url`, `lean`, `html`, `failure` ready;
 * `before` runs before the package is imported.
 */
export async function inFreshProcess(script, { before = "" } = {}) {
  const first = ["--import", `data:text/javascript,${encodeURIComponent(before)}`];
  const args = ["--expose-gc", ...first, "--input-type=module", "--eval", prelude + script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  return JSON.parse(stdout);
}
