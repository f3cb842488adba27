// `npm run study`: every method on every bundled network, on the same input spikes; goes on where it was interrupted, and
// writes docs/results.json, docs/tuning.json, docs/results.md, docs/plots/study-*.svg and the figures of the README. `--full`
// shows every image with every seed, `--so-far` runs nothing and writes what there is if that is enough for the texts,
// `--quick` runs a part with another seed and compares it with docs/results.json.

import { main, Trouble } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";

const KNOWN = ["--quick", "--full", "--so-far"];

await main(async () => {
  const unknown = process.argv.slice(2).find((word) => !KNOWN.includes(word));
  if (unknown) throw new Trouble(`\`${unknown}\` is not one of ${KNOWN.join(", ")}.`);
  const [quick, full, soFar] = KNOWN.map((word) => process.argv.includes(word));
  await setup("packages", "rust", "fashion");
  // It needs packages of which a fresh clone has none.
  const { study } = await import("../study/command.mjs");
  return study({ quick, full, soFar });
});
