import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { markPlace } from "../address";
import { type PlotId, plots } from "../link";
import { plot } from "../store";
import "../styles/analysis.css";
import "../styles/results.css";
import { EnergyPlot } from "./EnergyPlot";
import { NoisePlot } from "./NoisePlot";
import type { Asked } from "./parts";
import { RatesPlot } from "./RatesPlot";
import { watchRuns } from "./state";
import { ThresholdPlots } from "./ThresholdPlots";
import { TimePlot } from "./TimePlot";
import { TradeoffPlot } from "./TradeoffPlot";

const tabs: Record<PlotId, { title: string; question: string; Plot: ComponentType<Asked> }> = {
  time: { title: "Spikes over time", question: "When do they spike?", Plot: TimePlot },
  rates: { title: "Rates", question: "Do rates match the trained activations?", Plot: RatesPlot },
  noise: { title: "Noise", question: "Does the L4 norm predict the noise?", Plot: NoisePlot },
  thresholds: { title: "Thresholds", question: "What thresholds does this give?", Plot: ThresholdPlots },
  energy: { title: "Energy", question: "What would it cost on a chip?", Plot: EnergyPlot },
  tradeoff: { title: "Accuracy", question: "What does accuracy cost?", Plot: TradeoffPlot },
};

/** What there is to learn from the run on show, one question at a time. */
export function Panel() {
  const list = useRef<HTMLDivElement>(null);
  useEffect(watchRuns, []);
  const open = plot.value ?? plots[0];
  const { question, Plot } = tabs[open];

  const choose = (id: PlotId) => {
    markPlace();
    plot.value = id;
  };
  const move = (event: KeyboardEvent) => {
    const last = plots.length - 1;
    const before = plots.indexOf(open);
    const places: Record<string, number> = {
      ArrowRight: before === last ? 0 : before + 1,
      ArrowLeft: before === 0 ? last : before - 1,
      Home: 0,
      End: last,
    };
    const next = places[event.key];
    const id = next === undefined ? undefined : plots[next];
    if (next === undefined || !id) return;
    event.preventDefault();
    choose(id);
    (list.current?.children[next] as HTMLElement | undefined)?.focus();
  };

  return (
    <>
      <div ref={list} class="tabs" role="tablist" aria-labelledby="title-analysis" onKeyDown={move}>
        {plots.map((id) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`tab-${id}`}
            data-testid={`tab-${id}`}
            aria-selected={id === open}
            aria-controls="tab-panel"
            tabIndex={id === open ? 0 : -1}
            onClick={() => choose(id)}
          >
            {tabs[id].title}
          </button>
        ))}
      </div>
      <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${open}`} data-testid="analysis">
        <Plot question={question} />
      </div>
    </>
  );
}
