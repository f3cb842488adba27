import { computed, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { className } from "../model";
import {
  countedOf,
  decisionOf,
  finished,
  head,
  label,
  layers,
  leaningOf,
  model,
  now,
  run,
  type Side,
  shown,
  sides,
  spikesOf,
} from "../store";
import { Raster } from "./Raster";

const count = new Intl.NumberFormat("en");
/** For more digits than there is room for. */
const billions = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 3 });

/** What plain thresholds follow, where that is not activations. */
const PLAIN: Record<string, string> = { weights: "thresholds from weights", none: "all thresholds are 1" };

/** All about one of the two networks. */
export function NetworkColumn({ id, title, index }: { id: Side; title: string; index: number }) {
  const base = run.value?.settings.base;
  return (
    <section class={`network ${id}`} aria-labelledby={`title-${id}`}>
      <header>
        <div>
          <h2 id={`title-${id}`}>{title}</h2>
          <p class="about">
            {id === "l4" ? "thresholds from weight norms" : (PLAIN[base ?? ""] ?? "thresholds from activations")}
          </p>
        </div>
        <Decision id={id} index={index} />
      </header>
      <Scores index={index} />
      <dl class="totals">
        <Totals index={index} />
      </dl>
      <div class="layers">
        {layers.value.map((facts, layer) => (
          <Raster key={`${layer} ${facts.shape}`} network={index} layer={layer} facts={facts} />
        ))}
        <Playhead />
      </div>
      <Axis />
    </section>
  );
}

/** The class decided on so far, and whether that is right; before that, the one that it leans to. */
function Decision({ id, index }: { id: Side; index: number }) {
  const network = now.value?.networks[index];
  const decided = decisionOf(network);
  const said = decided ?? leaningOf(network);
  const counted = countedOf(network);
  const right = counted === undefined || label.value === undefined ? undefined : counted === label.value;
  return (
    <div class={`decision${finished.value ? " final" : ""}${decided === undefined ? " leaning" : ""}`}>
      <span class="verdict">{right !== undefined && <Verdict right={right} />}</span>
      <span class="class-number" data-testid={`prediction-${id}`} title={nameOf(said)}>
        {said ?? "–"}
      </span>
      {/* Where the number is not the name. */}
      {className(model.value, 0) !== "0" && <span class="class-name">{nameOf(said)}</span>}
    </div>
  );
}

const nameOf = (prediction: number | undefined) => (prediction === undefined ? "" : className(model.value, prediction));

function Verdict({ right }: { right: boolean }) {
  return (
    <svg class={right ? "right" : "wrong"} viewBox="0 0 20 20" role="img" aria-label={right ? "right" : "wrong"}>
      <path d={right ? "M4 10.5 8.5 15 16 5.5" : "M5 5 15 15M15 5 5 15"} />
    </svg>
  );
}

/** More classes than this do not fit side by side: the best ones are shown. */
const MOST_CLASSES = 10;

const highest = ({ scores }: { scores: Float32Array }) => Math.max(...scores, Number.MIN_VALUE);

/** The classes that are on show, the same for both networks: all of them, or those that come closest to the best of one. */
const classes = computed(() => {
  const { networks = [] } = now.value ?? {};
  const all = Array.from({ length: networks[0]?.scores.length ?? model.value?.outputs ?? MOST_CLASSES }, (_, k) => k);
  if (all.length <= MOST_CLASSES) return all;
  const share = (k: number) => Math.max(...networks.map((network) => (network.scores[k] ?? 0) / highest(network)));
  const shares = all.map(share);
  const best = all.toSorted((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0));
  return best.slice(0, MOST_CLASSES).sort((a, b) => a - b);
});

/** Score and spike count of every class. */
function Scores({ index }: { index: number }) {
  const network = now.value?.networks[index];
  const decision = decisionOf(network);
  const best = network ? highest(network) : 1;
  return (
    <div class="scores" role="img" aria-label={describe(network?.counts)}>
      {classes.value.map((index) => (
        <div key={index} class={index === decision ? "score best" : "score"} title={className(model.value, index)}>
          <span class="number">{network?.counts[index] || ""}</span>
          <div class="bar">
            <div class="fill" style={{ transform: `scaleY(${Math.max(0, network?.scores[index] ?? 0) / best})` }} />
          </div>
          <span>{index}</span>
        </div>
      ))}
    </div>
  );
}

function describe(counts: Uint32Array | undefined): string {
  if (!counts) return "Output spikes: none yet";
  const some = [...counts].flatMap((spikes, index) => (spikes ? [`${className(model.value, index)}: ${spikes}`] : []));
  return `Output spikes: ${some.join(", ") || "none yet"}`;
}

function Totals({ index }: { index: number }) {
  const network = now.value?.networks[index];
  const tallies = run.value?.tallies[shown.value - 1] ?? [];
  const operations = network?.synapticOperations ?? 0;
  const { takenBack = 0, falseSpikes = 0, falseNeurons = 0 } = tallies[index] ?? {};
  return (
    <>
      <div>
        <dt>Spikes after input</dt>
        <dd>
          {count.format(network ? spikesOf(network) : 0)}
          {/* Told of both networks where one of them takes spikes back, so that all else stays side by side. */}
          {tallies.some((tally) => tally.takenBack !== undefined) && (
            <small>
              {" "}
              <span data-testid={`taken-back-${sides[index]?.id}`}>{count.format(takenBack)}</span> taken back
            </small>
          )}
        </dd>
      </div>
      <div>
        <dt>Synaptic operations</dt>
        <dd title={operations < 1e9 ? undefined : count.format(operations)}>
          {(operations < 1e9 ? count : billions).format(operations)}
        </dd>
      </div>
      <div class="false-spikes" title="Spikes of neurons that are at 0 in the trained network for this input">
        <dt>
          <span class="dot" aria-hidden="true" /> False spikes <span class="should">(should be silent)</span>
        </dt>
        <dd>
          <span data-testid={`false-${sides[index]?.id}`}>{count.format(falseSpikes)}</span>
          <small>
            {" "}
            in {count.format(falseNeurons)} {falseNeurons === 1 ? "neuron" : "neurons"}
          </small>
        </dd>
      </div>
    </>
  );
}

function Playhead() {
  const line = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    const part = head.value / (run.value?.steps ?? 1);
    if (line.current) line.current.style.transform = `translateX(${part * 100}%)`;
  });
  return (
    <div class="playhead" aria-hidden="true">
      <div ref={line} class="line" />
    </div>
  );
}

function Axis() {
  const steps = run.value?.steps ?? 100;
  return (
    <div class="axis" aria-hidden="true">
      <span>0</span>
      <span>{steps / 2}</span>
      <span>{steps} steps</span>
    </div>
  );
}
