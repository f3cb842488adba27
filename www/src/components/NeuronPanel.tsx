import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { NeuronFacts, NeuronTrace } from "../engine/calls";
import { figureOnShow } from "../guide";
import type { NeuronKey } from "../link";
import { chosenIn, type Inspected, inspectedPinned, inspectedPointed, pin, sameNeuron } from "../neurons";
import { type Chart, onOneScale, type Series } from "../plots/chart";
import { bringIntoView } from "../scroll";
import { input, layers, pinned, pointed, settings, shown, sides } from "../store";
import { Formula } from "./Formula";
import { LazyPlot } from "./LazyPlot";
import { nameOf } from "./Raster";
import { Weights } from "./Weights";

/** Under the rasters: the neuron that was chosen, in both networks, with all that there is to know of it. */
export function NeuronPanel() {
  const section = useRef<HTMLElement>(null);
  const reached = useRef<NeuronKey | null>(null);
  useSignalEffect(() => {
    // Only what is known has its height.
    const key = inspectedPinned.value?.key;
    if (!key || sameNeuron(key, reached.current)) {
      reached.current = pinned.value && reached.current;
      return;
    }
    reached.current = key;
    const show = () => requestAnimationFrame(() => bringIntoView(figureOnShow() ?? section.current, "end"));
    // Without its plots it is less high.
    import("../plots/Plot").then(show, show);
  });
  if (!pinned.value) {
    return (
      <p class="invitation">
        Each row is a neuron:{" "}
        <span class="by-mouse">point at one to look inside, click or press Enter to keep it open.</span>
        <span class="by-touch">tap one to look inside.</span>
      </p>
    );
  }
  const found = inspectedPinned.value;
  return (
    <section ref={section} class="neuron" aria-labelledby="title-neuron" data-testid="neuron">
      <header>
        <h2 id="title-neuron">{titleOf(pinned.value.layer, pinned.value.neuron)}</h2>
        <button type="button" onClick={close}>
          Close
        </button>
      </header>
      {!found && shown.value === 0 && (
        <p class="hint">Press Play or Step: before the first step there is nothing to see.</p>
      )}
      {found?.reason && <p class="problem">{found.reason}</p>}
      {found?.key.layer === 0 && <Pixel index={found.key.neuron} />}
      {found?.facts && <Inside found={found} facts={found.facts} />}
    </section>
  );
}

/** Lets the neuron go, and the focus return to the raster that it came from: what had it is gone. */
function close(): void {
  const raster = `[data-testid=raster-${sides[chosenIn]?.id}-${pinned.peek()?.layer}]`;
  pin(null);
  document.querySelector<HTMLElement>(raster)?.focus();
}

/** Beside the rasters, while one points at a neuron. */
export function NeuronCard() {
  const found = inspectedPointed.value;
  if (!pointed.value || !found || sameNeuron(pointed.value, pinned.value)) return null;
  const { layer, neuron } = found.key;
  return (
    <aside translate={false} class="neuron-card" data-testid="neuron-card">
      <h2>{titleOf(layer, neuron)}</h2>
      {layer === 0 && <Pixel index={neuron} />}
      {soFar(found.facts, Math.max(1, shown.value), potentialOf).map((chart) => (
        <LazyPlot key={chart.id} chart={chart} height={120} bare />
      ))}
      {found.facts && <Weights weights={found.facts.weights} />}
    </aside>
  );
}

const titleOf = (layer: number, neuron: number) => `${nameOf(layer, layers.value.length)}, neuron ${neuron}`;

function Pixel({ index }: { index: number }) {
  const value = input.value?.values[index] ?? 0;
  const rate = value * settings.value.rate;
  return (
    <p>
      An input of intensity <b class="number">{value.toFixed(3)}</b>: it spikes with probability{" "}
      <b class="number">{rate.toFixed(3)}</b> per step, in the same steps in both networks.
    </p>
  );
}

function Inside({ found, facts }: { found: Inspected; facts: NeuronFacts }) {
  const step = Math.max(1, shown.value);
  const potentials = soFar(facts, step, potentialOf);
  const inputs = soFar(facts, step, arrivedOf);
  return (
    <>
      <div class="neuron-sides">
        {sides.map(({ id }, index) => (
          <div key={id} class={id}>
            {[potentials[index], inputs[index]].map(
              (chart) => chart && <LazyPlot key={chart.id} chart={chart} height={plotHeight()} />,
            )}
          </div>
        ))}
      </div>
      <div class="neuron-facts">
        <Weights weights={facts.weights} />
        <Formula
          key={`${found.key.layer}`}
          facts={facts}
          step={step}
          isOutput={found.key.layer === layers.value.length - 1}
        />
      </div>
      <p class="hint">
        <var>k</var>: L4 strength; <var>T</var>: steps; <var>w</var>, <var>b</var>: the neuron’s weights and bias;{" "}
        <var>a</var>: mean input per step; <var>s</var>: the layer’s noise per step for ‖<var>w</var>‖₄ = 1. ANN units:
        as in the trained network.
      </p>
    </>
  );
}

/** On phones both networks' plots are below each other, and seen at once all the same. */
const plotHeight = () => (innerWidth < 608 ? 130 : 190);

/** A chart of one network after so many steps; the trace is that of the whole run. */
type Drawing = (trace: NeuronTrace, index: number, step: number, facts: NeuronFacts) => Chart;

/** What was seen up to a step, on the scale that the whole run needs: nothing jumps. */
function soFar(facts: NeuronFacts | null, step: number, draw: Drawing): Chart[] {
  const charts = (at: number) => facts?.networks.map((trace, index) => draw(trace, index, at, facts)) ?? [];
  const whole = onOneScale(charts(Number.POSITIVE_INFINITY));
  return charts(step).map((chart, index) => ({ ...chart, y: whole[index]?.y ?? chart.y }));
}

const until = (values: Float32Array, step: number) => Array.from(values, (value, k) => (k < step ? value : null));

const stepsOf = (trace: NeuronTrace) => Array.from(trace.potential, (_, index) => index + 1);

/** The potential against its threshold, with the spikes where it was reached, and where one is taken back. */
function potentialOf(trace: NeuronTrace, index: number, step: number): Chart {
  const { potential, threshold, limit } = trace;
  const spikes = trace.spikes.filter((at) => at < step);
  const takenBack = trace.takenBack?.filter((at) => at < step);
  const side = sides[index];
  const counted = `${spikes.length} ${spikes.length === 1 ? "spike" : "spikes"}`;
  const level = (label: string, values: Float32Array): Series => ({
    label,
    tone: "--ink",
    kind: "line",
    dashed: true,
    values: [...values],
  });
  const points = (label: string, steps: Uint32Array, hollow: boolean): Series => {
    const wanted = new Set(steps);
    const values = [...potential].map((value, step) => (wanted.has(step) ? value : null));
    return { label, tone: "--ink", kind: "points", hollow, values };
  };
  return {
    id: `potential-${side?.id}`,
    title: `${side?.title}: potential, ${counted}${takenBack ? `, ${takenBack.length} taken back` : ""}`,
    x: { label: "step", values: stepsOf(trace) },
    y: { label: "ANN units" },
    series: [
      { label: "potential", tone: `--${side?.id}`, kind: "line", values: until(potential, step) },
      level(limit[0] === threshold ? "threshold" : "threshold and margin", limit),
      points("spike", spikes, false),
      ...(takenBack
        ? [
            level(
              "minus threshold",
              limit.map(() => -threshold),
            ),
            points("taken back", takenBack, true),
          ]
        : []),
    ],
  };
}

/** All that came in, against its mean and the noise that the L4 norm predicts. A floor takes some of it away. */
function arrivedOf(trace: NeuronTrace, index: number, step: number, { conversion }: NeuronFacts): Chart {
  const side = sides[index];
  const steps = stepsOf(trace);
  const away = (sigmas: number) =>
    steps.map((t) => t * trace.drift + sigmas * trace.sigmaL4 * Math.sqrt(t / conversion.steps));
  const edge = (sigmas: number) => ({
    label: `${sigmas > 0 ? "+" : "−"}${Math.abs(sigmas)} σ`,
    tone: "--line-strong",
    kind: "line" as const,
    values: away(sigmas),
  });
  return {
    id: `arrived-${side?.id}`,
    title: `${conversion.floor === "none" ? "All input so far" : "Input as clipped by the floor"}, and what ‖w‖₄ predicts`,
    x: { label: "step", values: steps },
    y: { label: "ANN units" },
    series: [
      { label: "input", tone: `--${side?.id}`, kind: "line", values: until(trace.arrived, step) },
      { label: "mean drift", tone: "--ink", kind: "line", dashed: true, values: away(0) },
      edge(1),
      edge(-1),
      edge(2),
      edge(-2),
    ],
    bands: [
      [2, 3],
      [4, 5],
    ],
  };
}
