import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { decisionOf, finished, head, label, now, run, type Side, sizes, spikesOf } from "../store";
import { Raster } from "./Raster";

const count = new Intl.NumberFormat("en");

/** All about one of the two networks. */
export function NetworkColumn({ id, title, about, index }: { id: Side; title: string; about: string; index: number }) {
  return (
    <section class={`network ${id}`} aria-labelledby={`title-${id}`}>
      <header>
        <div>
          <h2 id={`title-${id}`}>{title}</h2>
          <p class="about">{about}</p>
        </div>
        <Decision id={id} index={index} />
      </header>
      <Scores index={index} />
      <dl class="totals">
        <Totals index={index} />
      </dl>
      <div class="layers">
        {sizes.value.map((_, layer) => (
          <Raster key={layer} network={index} layer={layer} />
        ))}
        <Playhead />
      </div>
      <Axis />
    </section>
  );
}

/** The digit decided on so far, and whether that is right. */
function Decision({ id, index }: { id: Side; index: number }) {
  const prediction = decisionOf(now.value?.networks[index]);
  const right = prediction === undefined || label.value === undefined ? undefined : prediction === label.value;
  return (
    <div class={`decision${finished.value ? " final" : ""}`}>
      <span class="verdict">{right !== undefined && <Verdict right={right} />}</span>
      <output data-testid={`prediction-${id}`}>{prediction ?? "–"}</output>
    </div>
  );
}

function Verdict({ right }: { right: boolean }) {
  return (
    <svg class={right ? "right" : "wrong"} viewBox="0 0 20 20" role="img" aria-label={right ? "right" : "wrong"}>
      <path d={right ? "M4 10.5 8.5 15 16 5.5" : "M5 5 15 15M15 5 5 15"} />
    </svg>
  );
}

/** Score and spike count of every class. */
function Scores({ index }: { index: number }) {
  const network = now.value?.networks[index];
  const decision = decisionOf(network);
  const best = Math.max(...(network?.scores ?? []), Number.MIN_VALUE);
  return (
    <div class="scores" role="img" aria-label={describe(network?.counts)}>
      {Array.from({ length: 10 }, (_, digit) => (
        <div key={digit} class={digit === decision ? "score best" : "score"}>
          <span class="number">{network?.counts[digit] || ""}</span>
          <div class="bar">
            <div class="fill" style={{ transform: `scaleY(${Math.max(0, network?.scores[digit] ?? 0) / best})` }} />
          </div>
          <span>{digit}</span>
        </div>
      ))}
    </div>
  );
}

function describe(counts: Uint32Array | undefined): string {
  if (!counts) return "Output spikes: none yet";
  const some = [...counts].flatMap((spikes, digit) => (spikes ? [`${digit}: ${spikes}`] : []));
  return `Output spikes: ${some.join(", ") || "none yet"}`;
}

function Totals({ index }: { index: number }) {
  const network = now.value?.networks[index];
  return (
    <>
      <div>
        <dt>Spikes after the input</dt>
        <dd>{count.format(network ? spikesOf(network) : 0)}</dd>
      </div>
      <div>
        <dt>Synaptic operations</dt>
        <dd>{count.format(network?.synapticOperations ?? 0)}</dd>
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
