import { phase, problem } from "../store";
import { Announcer } from "./Announcer";
import { Comparison } from "./Comparison";
import { Controls } from "./Controls";
import { DigitPanel } from "./DigitPanel";
import { Notes } from "./Notes";
import { Transport } from "./Transport";

export function App() {
  return (
    <>
      <header class="masthead">
        <h1>One network, two ways to spike</h1>
        <p>
          One trained network, turned into spiking neurons twice. Both read the same random input spikes; the
          L4-adjusted one asks each neuron to rise above its own noise before it fires.
        </p>
      </header>
      <main aria-busy={phase.value === "loading"}>
        <DigitPanel />
        <div class="stage">
          <Transport />
          {problem.value !== null && (
            <p class="problem" role="alert">
              {problem.value}
            </p>
          )}
          <Comparison />
          <Announcer />
        </div>
        <Controls />
      </main>
      <Notes />
    </>
  );
}
