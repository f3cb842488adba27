import { signal } from "@preact/signals";
import { phase, problem } from "../store";
import { AnalysisSection } from "./AnalysisSection";
import { Announcer } from "./Announcer";
import { Comparison } from "./Comparison";
import { Controls } from "./Controls";
import { DropZone } from "./DropZone";
import { EvaluationPanel } from "./EvaluationPanel";
import { Actions, Presets } from "./Experiments";
import { InputPanel } from "./InputPanel";
import { ModelPanel } from "./ModelPanel";
import { NeuronCard, NeuronPanel } from "./NeuronPanel";
import { Notes } from "./Notes";
import { TakeAway } from "./TakeAway";
import { Tour } from "./Tour";
import { Transport } from "./Transport";
import { Update } from "./Update";

/** Whether what lies below the first screen is drawn as well: in a task of its own, so that none takes long. */
export const furnished = signal(false);

export function App() {
  return (
    <>
      <header class="masthead">
        <p class="name">quartic-snn</p>
        <h1>One network, two ways to spike</h1>
        <p class="lead">
          A trained network becomes a spiking one twice. Both read the same random input spikes; in the L4-adjusted one,
          every neuron has to rise above its own noise before it fires.
        </p>
        <Actions />
      </header>
      <main aria-busy={phase.value === "loading"}>
        <ModelPanel />
        <InputPanel />
        <div class="stage">
          <Transport />
          {problem.value !== null && (
            <p class="problem" role="alert">
              {problem.value}
            </p>
          )}
          <Comparison />
          <NeuronPanel />
          <Presets />
          <TakeAway />
          <Announcer />
        </div>
        {furnished.value && <Below />}
      </main>
      {furnished.value && <Around />}
    </>
  );
}

function Below() {
  return (
    <>
      <Controls />
      <div class="beside">
        <AnalysisSection />
        <EvaluationPanel />
      </div>
    </>
  );
}

function Around() {
  return (
    <>
      <Notes />
      <NeuronCard />
      <Tour />
      <DropZone />
      <Update />
    </>
  );
}
