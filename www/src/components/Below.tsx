// What is not on the first screen.

import { AnalysisSection } from "./AnalysisSection";
import { Controls } from "./Controls";
import { DropZone } from "./DropZone";
import { EvaluationPanel } from "./EvaluationPanel";
import { NeuronCard } from "./NeuronPanel";
import { Notes } from "./Notes";
import { Tour } from "./Tour";
import { Update } from "./Update";

/** Within the main part. */
export function Below() {
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

/** After it, and over it. */
export function Around() {
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
