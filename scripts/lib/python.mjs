// A Python of one's own, with pinned packages: needed by few commands, and by no test.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { at, run } from "./house.mjs";

/** The Python in `.tools/NAME`, made with what `requirements` pins; or the one that PYTHON names. */
export async function python(name, requirements) {
  if (process.env.PYTHON) return process.env.PYTHON;
  const folder = at(".tools", name);
  const bin = at(".tools", name, "bin", "python");
  const whole = at(".tools", name, "whole");
  const pinned = readFileSync(requirements, "utf8");
  if (!existsSync(whole) || readFileSync(whole, "utf8") !== pinned) {
    await run("python3", ["-m", "venv", "--clear", folder]);
    await run(bin, ["-m", "pip", "install", "--quiet", "--requirement", requirements]);
    writeFileSync(whole, pinned);
  }
  return bin;
}
