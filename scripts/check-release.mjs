// `node scripts/check-release.mjs v1.2.3`: the crate, the npm package and the changelog agree with the tag.

import { readFileSync } from "node:fs";
import { at, main, Trouble } from "./lib/house.mjs";

const read = (path) => readFileSync(at(path), "utf8");

await main(() => {
  const tag = process.argv[2];
  const versions = {
    tag: tag?.match(/^v(\d+\.\d+\.\d+(-[\w.]+)?)$/)?.[1],
    "Cargo.toml": read("Cargo.toml").match(/^version = "(.+)"/m)?.[1],
    "pkg/package.json": JSON.parse(read("pkg/package.json")).version,
    "CHANGELOG.md": read("CHANGELOG.md").match(/^## \[?(\d[\w.-]*)/m)?.[1],
  };
  if (new Set(Object.values(versions)).size !== 1 || !versions.tag) {
    const list = Object.entries(versions).map(([place, version]) => `  ${place}: ${version ?? "no version found"}`);
    throw new Trouble(`A release has one version everywhere, but these differ:\n${list.join("\n")}`);
  }
});
