// `node scripts/check-release.mjs v1.2.3`: the crate, the npm package, the citation and the changelog agree with the tag.

import { main, Trouble } from "./lib/house.mjs";
import { changelog, versions } from "./lib/release.mjs";

await main(() => {
  const tag = process.argv[2];
  const all = {
    tag: tag?.match(/^v(\d+\.\d+\.\d+(-[\w.]+)?)$/)?.[1],
    ...versions(),
    "CHANGELOG.md": changelog().find((heading) => /^\d/.test(heading)),
  };
  if (new Set(Object.values(all)).size !== 1 || !all.tag) {
    const list = Object.entries(all).map(([place, version]) => `  ${place}: ${version ?? "no version found"}`);
    throw new Trouble(`A release has one version everywhere, but these differ:\n${list.join("\n")}`);
  }
});
