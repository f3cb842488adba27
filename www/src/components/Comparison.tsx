import { outcome, soon } from "../decisions";
import { input, model, now, outdated, phase, problem, reading, run, shown, sides, spikesOf } from "../store";
import { NetworkColumn } from "./NetworkColumn";

/** Both networks side by side, and what one spends for each unit of the other. */
export function Comparison() {
  return (
    <>
      <Ratios />
      <p class="outcome" data-testid="outcome">
        {outdated.value ? newRun() : outcome()} <span class="soon">{!outdated.value && soon()}</span>
      </p>
      <div
        class="networks"
        data-outdated={outdated.value || undefined}
        data-live={run.value ? run.value.engine !== undefined : undefined}
      >
        {sides.map((side, index) => (
          <NetworkColumn key={side.id} index={index} {...side} />
        ))}
      </div>
      <Names />
    </>
  );
}

/** What the numbers of the classes stand for, where they are not the names. */
function Names() {
  const { classes } = model.value ?? {};
  if (!classes || classes[0] === "0") return null;
  return <p class="hint class-names">Classes: {classes.map((name, index) => `${index} ${name}`).join(", ")}.</p>;
}

function Ratios() {
  const [plain, l4] = now.value?.networks ?? [];
  if (!plain || !l4) {
    return (
      <p class="ratios">
        <span>{waitingFor()}</span>
      </p>
    );
  }
  const [falsePlain = 0, falseL4 = 0] =
    run.value?.tallies[shown.value - 1]?.map(({ falseSpikes }) => falseSpikes) ?? [];
  return (
    <p class="ratios">
      <span>L4 vs plain</span>
      <Relation plain={spikesOf(plain)} l4={spikesOf(l4)} what="spikes" />
      <Relation plain={plain.synapticOperations} l4={l4.synapticOperations} what="synaptic operations" />
      <Relation plain={falsePlain} l4={falseL4} what="false spikes" />
    </p>
  );
}

/** In place of what the run before it said. */
const newRun = () => {
  if (reading.value !== null) return "Loading the network …";
  if (problem.value !== null) return "What is shown is the run before.";
  return run.value?.input === input.value ? "Converting with the new settings …" : "Running on the new input …";
};

function waitingFor(): string {
  if (phase.value === "loading") return "Loading the trained network …";
  if (phase.value === "failed") return "Part of the page could not be loaded.";
  if (!input.value) return "Nothing to read yet.";
  if (run.value) return "Both networks read the same input spikes.";
  return problem.value ? "There is nothing to run." : "Converting the network …";
}

/** "5.1× fewer spikes", in whichever direction is true; the number has a place of its own, so that nothing moves. */
function Relation({ plain, l4, what }: { plain: number; l4: number; what: string }) {
  if (plain === 0 && l4 === 0) return <span>no {what} in either</span>;
  if (plain === 0 || l4 === 0) {
    return (
      <span>
        <strong class="number">no</strong> {what} in {l4 === 0 ? "L4" : "plain"}
      </span>
    );
  }
  const [more, less] = plain >= l4 ? [plain, l4] : [l4, plain];
  const ratio = more / less;
  const word = ratio < 1.05 ? "as many" : plain >= l4 ? "fewer" : "more";
  return (
    <span>
      <strong class="number">{ratioText(ratio)}×</strong> {word} {what}
    </span>
  );
}

/** One decimal, or two digits from a hundred on; of very few spikes more would say nothing. */
function ratioText(ratio: number): string {
  if (ratio > 1000) return ">1,000";
  return ratio < 99.95 ? ratio.toFixed(1) : Number(ratio.toPrecision(2)).toLocaleString("en");
}
