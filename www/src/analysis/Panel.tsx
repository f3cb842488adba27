import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import "../styles/analysis.css";
import { EnergyPlot } from "./EnergyPlot";
import { NoisePlot } from "./NoisePlot";
import type { Asked } from "./parts";
import { RatesPlot } from "./RatesPlot";
import { watchRuns } from "./state";
import { ThresholdPlots } from "./ThresholdPlots";
import { TimePlot } from "./TimePlot";
import { TradeoffPlot } from "./TradeoffPlot";

/** In the order in which they build on each other. */
const tabs: readonly { id: string; title: string; question: string; Plot: ComponentType<Asked> }[] = [
  { id: "time", title: "Spikes over time", question: "When do they spike?", Plot: TimePlot },
  { id: "rates", title: "Rates", question: "Do rates say what the trained neurons say?", Plot: RatesPlot },
  { id: "noise", title: "Noise", question: "Does the L4 norm predict the noise?", Plot: NoisePlot },
  { id: "thresholds", title: "Thresholds", question: "What thresholds does that make?", Plot: ThresholdPlots },
  { id: "energy", title: "Energy", question: "What would it cost on a chip?", Plot: EnergyPlot },
  { id: "tradeoff", title: "Accuracy", question: "What does being right cost?", Plot: TradeoffPlot },
];

/** What there is to learn from the run on show, one question at a time. */
export function Panel() {
  const open = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  useEffect(watchRuns, []);
  const { id, question, Plot } = tabs[open.value] ?? tabs[0] ?? { id: "", question: "", Plot: () => null };

  const move = (event: KeyboardEvent) => {
    const last = tabs.length - 1;
    const before = open.value;
    const next = {
      ArrowRight: before === last ? 0 : before + 1,
      ArrowLeft: before === 0 ? last : before - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    open.value = next;
    (list.current?.children[next] as HTMLElement | undefined)?.focus();
  };

  return (
    <>
      <div ref={list} class="tabs" role="tablist" aria-labelledby="title-analysis" onKeyDown={move}>
        {tabs.map((tab, index) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`tab-${tab.id}`}
            data-testid={`tab-${tab.id}`}
            aria-selected={index === open.value}
            aria-controls="tab-panel"
            tabIndex={index === open.value ? 0 : -1}
            onClick={() => (open.value = index)}
          >
            {tab.title}
          </button>
        ))}
      </div>
      <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${id}`} data-testid="analysis">
        <Plot question={question} />
      </div>
    </>
  );
}
