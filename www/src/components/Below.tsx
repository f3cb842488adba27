// What is not on the first screen.

import { later } from "../later";
import { tour } from "../store";
import { AnalysisSection } from "./AnalysisSection";
import { Controls } from "./Controls";
import { DropZone } from "./DropZone";
import { EvaluationPanel } from "./EvaluationPanel";
import { NeuronCard } from "./NeuronPanel";
import { Notes } from "./Notes";
import { Update } from "./Update";

const TourCard = later(async () => (await import("./Tour")).Tour);

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

function Tour() {
  return tour.value === null ? null : <TourCard />;
}
