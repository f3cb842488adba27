import { computed } from "@preact/signals";
import { begin, missing } from "../models";
import { extent, outdated, phase, problem } from "../store";
import { Announcer } from "./Announcer";
import { Around, Below } from "./Below";
import { Comparison } from "./Comparison";
import { Actions, Presets } from "./Experiments";
import { InputPanel, task } from "./InputPanel";
import { ModelPanel } from "./ModelPanel";
import { NeuronPanel } from "./NeuronPanel";
import { TakeAway } from "./TakeAway";
import { Transport } from "./Transport";

const busy = computed(() => phase.value === "loading" || (outdated.value && problem.value === null));

export function App() {
  return (
    <>
      <header class="masthead">
        <p class="name">quartic-snn</p>
        <h1>One network, two ways to spike</h1>
        <p key={`brief ${task()}`} class="brief">
          {task()}; two spiking networks read it.
        </p>
        <Actions />
        <p key={task()} class="lead">
          {task()}. Two spiking versions of one trained network read it: plain, and with L4-adjusted thresholds that
          stop neurons firing on noise. On a chip, every spike is work.
        </p>
      </header>
      {/* Translators put texts of their own in place of these, which would then stay as they were. */}
      <main translate={false} aria-busy={busy}>
        <ModelPanel />
        <InputPanel />
        <Stage />
        <Rest of={Below} />
      </main>
      <Rest of={Around} />
    </>
  );
}

function Stage() {
  if (extent.value === "head") return null;
  return (
    <div class="stage">
      <Transport />
      <Problem />
      <Missing />
      <Comparison />
      <NeuronPanel />
      <Presets />
      <TakeAway />
      <Announcer />
    </div>
  );
}

/** It is gone as soon as it is pressed: the focus goes to the choice of networks, and nothing scrolls. */
function TryAgain({ what }: { what: () => void }) {
  const press = () => {
    what();
    document.querySelector<HTMLElement>("[data-testid=model]")?.focus({ preventScroll: true });
  };
  return (
    <button type="button" onClick={press}>
      Try again
    </button>
  );
}

/** What could not be loaded when it was chosen: all else goes on. */
function Missing() {
  if (!missing.value) return null;
  const { what, again } = missing.value;
  return (
    <p class="problem" role="alert">
      <strong>{what}</strong> could not be loaded. Are you online? <TryAgain what={again} />
    </p>
  );
}

function Problem() {
  const failed = phase.value === "failed";
  if (problem.value === null && !failed) return null;
  return (
    <p class="problem" role="alert">
      {problem.value ?? "Part of the page could not be loaded."} {failed && <TryAgain what={() => void begin()} />}
    </p>
  );
}

function Rest({ of: Part }: { of: typeof Below }) {
  return extent.value === "all" ? <Part /> : null;
}
