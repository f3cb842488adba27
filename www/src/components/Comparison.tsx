import { finished, input, now, phase, run, sides, spikesOf } from "../store";
import { NetworkColumn } from "./NetworkColumn";

/** Both networks side by side, and what one spends for each unit of the other. */
export function Comparison() {
  return (
    <>
      <Ratios />
      <div class="networks">
        {sides.map((side, index) => (
          <NetworkColumn key={side.id} index={index} {...side} />
        ))}
      </div>
    </>
  );
}

function Ratios() {
  const [plain, l4] = now.value?.networks ?? [];
  if (!plain || !l4) return <p class="ratios">{waitingFor()}</p>;
  return (
    <p class="ratios">
      L4 uses {relation(spikesOf(plain), spikesOf(l4), "spikes")} and{" "}
      {relation(plain.synapticOperations, l4.synapticOperations, "synaptic operations")} than plain
      {finished.value ? "." : " so far."}
    </p>
  );
}

function waitingFor(): string {
  if (phase.value === "loading") return "Loading the trained network …";
  if (phase.value === "failed") return "The page could not be loaded in full.";
  if (!input.value) return "Nothing to read yet.";
  return run.value ? "Both networks read the same input spikes." : "Converting the network …";
}

/** Less of a difference than this would read as "1.0 times fewer". */
const NEARLY = 0.05;

/** "5.1 times fewer spikes", in whichever direction is true. */
function relation(plain: number, l4: number, what: string) {
  if (plain === l4 || plain === 0) return <span>as many {what}</span>;
  if (l4 === 0) return <span>no {what}</span>;
  const ratio = plain / l4;
  if (Math.abs(ratio - 1) < NEARLY) return <span>about as many {what}</span>;
  return (
    <span>
      <strong class="number">{(ratio >= 1 ? ratio : 1 / ratio).toFixed(1)}×</strong> {ratio >= 1 ? "fewer" : "more"}{" "}
      {what}
    </span>
  );
}
