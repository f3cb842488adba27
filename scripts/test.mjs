// `npm test [-- STAGE ... --bail]`: every stage, or the named ones, with a summary at the end.

import { duration, main, say, Trouble } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";
import { stages } from "./lib/stages.mjs";

function chosen(names) {
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    const known = stages.map(({ name, about }) => `  ${name.padEnd(6)} ${about}`).join("\n");
    throw new Trouble(
      `No stage is called ${unknown.join(", ")}. There are:\n${known}\nand --bail to stop at a failure.`,
    );
  }
  return names.length > 0 ? stages.filter((stage) => names.includes(stage.name)) : stages;
}

/** Whether a stage passed, and how long it took. */
async function outcomeOf(stage) {
  say(`\n━━━ ${stage.name}: ${stage.about}`);
  const begun = Date.now();
  const outcome = { stage, passed: true };
  try {
    await stage.run();
  } catch (error) {
    say(error instanceof Trouble ? error.message : error.stack);
    outcome.passed = false;
    outcome.said = error.said ?? error.message;
  }
  outcome.took = duration(Date.now() - begun);
  say(`━━━ ${stage.name} ${outcome.passed ? "passed" : "FAILED"} in ${outcome.took}`);
  return outcome;
}

await main(async () => {
  const args = process.argv.slice(2);
  const wanted = chosen(args.filter((arg) => arg !== "--bail"));
  const begun = Date.now();
  await setup("packages", "rust", "wasm", "browser");
  const outcomes = [];
  for (const stage of wanted) {
    outcomes.push(await outcomeOf(stage));
    if (args.includes("--bail") && !outcomes.at(-1).passed) break;
  }
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  // Once more where it is read first: at the end.
  for (const { stage, said } of outcomes.filter((outcome) => outcome.said))
    console.log(`\n━━━ ${stage.name}:\n${said}`);
  console.log("");
  for (const { stage, passed, took } of outcomes) {
    console.log(`${passed ? "passed" : "FAILED"}  ${stage.name.padEnd(6)} ${took}`);
  }
  console.log(`\nin ${duration(Date.now() - begun)}: ${passed} passed, ${outcomes.length - passed} failed`);
  return passed === outcomes.length ? 0 : 1;
});
