// The package as its users get it: packed, and installed from the tarball into a project outside this repository.

import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const inTime = { timeout: 300_000 };
/** Runs a command to its end, which is an error where it takes minutes. */
export const execute = (command, args, options) => promisify(execFile)(command, args, { ...inTime, ...options });
export const here = (path) => fileURLToPath(new URL(path, new URL("../", import.meta.url)));
export const root = here("../..");

/** A command of the tools that only these tests need. */
export const tool = (name) => here(`tools/node_modules/.bin/${name}`);

/** What every build and runtime must print. */
export const ANSWER = /^prediction \d, \d{3,} spikes, hash [0-9a-f]{8}$/;

/** A project with the package in it, in a folder that the system cleans or at another place. */
export async function makeProject(place = join(tmpdir(), "quartic-snn-user-")) {
  const folder = await mkdtemp(place);
  await cp(here("project"), folder, { recursive: true });
  const pack = await execute("npm", ["pack", "--json", "--pack-destination", folder], { cwd: join(root, "pkg") });
  const [packed] = Object.values(JSON.parse(pack.stdout));
  const tarball = join(folder, packed.filename);
  await execute("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], { cwd: folder });
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  return { folder, tarball, packed, remove };
}

/** A page with one script, as a bundler leaves it to the user. */
export function pageFor(folder, script, name = "index.html") {
  const head = '<!doctype html><meta charset="utf-8" /><link rel="icon" href="data:," />';
  return writeFile(join(folder, name), `${head}<script type="module" src="./${script}"></script>\n`);
}
