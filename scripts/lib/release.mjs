// What a release is told to be: its versions, its files, and the licences of what it is made of.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { at, root } from "./house.mjs";

const read = (path) => readFileSync(at(path), "utf8");

/** The version in every place that has one. */
export const versions = () => ({
  "Cargo.toml": read("Cargo.toml").match(/^version = "(.+)"/m)?.[1],
  "pkg/package.json": JSON.parse(read("pkg/package.json")).version,
  "CITATION.cff": read("CITATION.cff").match(/^version: (.+)$/m)?.[1],
});

/** The headings of the changelog, newest first: "Unreleased", or a version. */
export const changelog = () => [...read("CHANGELOG.md").matchAll(/^## \[?([\w.-]+)/gm)].map(([, heading]) => heading);

const lines = (command, args, cwd = root) =>
  execFileSync(command, args, { cwd, encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "ignore"] });

/** The files that `npm publish` would send. */
export function npmFiles() {
  const [{ files }] = JSON.parse(lines("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], at("pkg")));
  return files.map(({ path }) => path).sort();
}

/** The files that `cargo publish` would send. */
export const crateFiles = () => lines("cargo", ["package", "--list", "--allow-dirty"]).trim().split("\n").sort();

/** Name, licence and source of every crate that a build or a test of this one may use. */
export function crates() {
  const { packages } = JSON.parse(lines("cargo", ["metadata", "--format-version=1", "--locked", "--all-features"]));
  return packages.map(({ name, version, license, source }) => ({ name: `${name} ${version}`, license, source }));
}

/** Name and licence of every npm package in a lock file; parts of this house have no licence there. */
export function npmPackages(lock) {
  const entries = Object.entries(JSON.parse(read(lock)).packages);
  return entries
    .filter(([path, { link }]) => path.includes("node_modules/") && !link)
    .map(([path, { version, license }]) => ({ name: `${path.split("node_modules/").pop()} ${version}`, license }));
}

/** Whether an SPDX expression can be met by the licences of a list. A `/` is how older crates write `OR`. */
export function permits(expression, allowed) {
  const tokens = expression?.replaceAll("/", " OR ").match(/\(|\)|[^()\s]+/g) ?? [];
  let at = 0;
  const licence = () => {
    if (tokens[at] === "(") {
      at += 1;
      const inner = either();
      at += 1;
      return inner;
    }
    let name = tokens[at];
    at += 1;
    if (tokens[at] === "WITH") {
      name += ` WITH ${tokens[at + 1]}`;
      at += 2;
    }
    return allowed.includes(name);
  };
  const all = () => {
    let result = licence();
    while (tokens[at] === "AND") {
      at += 1;
      result = licence() && result;
    }
    return result;
  };
  const either = () => {
    let result = all();
    while (tokens[at] === "OR") {
      at += 1;
      result = all() || result;
    }
    return result;
  };
  return tokens.length > 0 && either() && at === tokens.length;
}
