// Builds that run only when something changed: a stamp holds a hash of what went in and of what came out, so that
// neither an edited source nor a deleted or half-written result can be mistaken for an up-to-date one.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { at } from "./house.mjs";

const ignored = new Set(["node_modules", "dist", "target"]);

/** All files at or below a path relative to the root, sorted; nothing when the path does not exist. */
function filesUnder(path) {
  const stat = statSync(at(path), { throwIfNoEntry: false });
  if (!stat) return [];
  if (stat.isFile()) return [path];
  return readdirSync(at(path))
    .filter((name) => !ignored.has(name))
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

function hashOf(paths, salt = "") {
  const hash = createHash("sha256").update(salt);
  for (const path of paths.flatMap(filesUnder)) hash.update(`\0${path}\0`).update(readFileSync(at(path)));
  return hash.digest("hex");
}

const stampFile = (name) => at("target", "house", `${name}.stamp`);

/** What the stamp of a step says that was built from `before`. */
const contentOf = ({ outputs }, before) => `${before} ${hashOf(outputs)}\n`;

/** What goes into a step now: taken before it is built, so that what is edited meanwhile is not mistaken for built. */
export const inputsOf = ({ inputs, salt }) => hashOf(inputs, salt);

/**
 * Whether a step need not be built again. Its `inputs` and `outputs` are files or folders; its `salt` is what else decides the
 * result, such as a compiler's version.
 */
export function isUpToDate(step) {
  if (step.outputs.some((path) => filesUnder(path).length === 0)) return false;
  try {
    return readFileSync(stampFile(step.name), "utf8") === contentOf(step, inputsOf(step));
  } catch {
    return false;
  }
}

/** `before` is what went in when the build began. */
export function writeStamp(step, before) {
  mkdirSync(dirname(stampFile(step.name)), { recursive: true });
  writeFileSync(stampFile(step.name), contentOf(step, before));
}
