import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { watchColours } from "../colours";
import type { LayerFacts } from "../engine/calls";
import { shapeText } from "../model";
import { pin, sameNeuron } from "../neurons";
import { RasterPainter } from "../raster";
import { layers, now, pinned, pointed, run, shown, sides } from "../store";

const count = new Intl.NumberFormat("en");

/** The name of a layer, as the column is wide enough for. */
export function nameOf(layer: number, layers: number): string {
  if (layer === 0) return "Input";
  if (layer === layers - 1) return "Output";
  return layers === 3 ? "Hidden" : `Hidden ${layer}`;
}

/** As many rows as an output layer can label. */
export const MOST_LABELS = 12;

export const neuronsOf = (facts: LayerFacts | undefined) =>
  (facts?.shape ?? []).reduce((product, size) => product * size, 1);

/** One layer of one network: its name, its spikes so far, and when which neuron fired. */
export function Raster({ network, layer, facts }: { network: number; layer: number; facts: LayerFacts }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useSignal<RasterPainter | null>(null);
  // Counts redraws that the signals know nothing of: a new size or another screen.
  const stale = useSignal(0);
  const neurons = neuronsOf(facts);
  const output = layer === layers.value.length - 1 && neurons <= MOST_LABELS;

  const draw = (on: RasterPainter) => {
    const current = run.value;
    on.draw({
      frames: current?.frames ?? [],
      shown: shown.value,
      steps: current?.steps ?? 1,
      neurons,
      network,
      layer,
      silent: current?.layers[layer]?.silent,
    });
  };

  useEffect(() => {
    if (!canvas.current) return;
    const made = new RasterPainter(canvas.current);
    const sizeWatch = new ResizeObserver(([entry]) => {
      if (entry) made.resize(entry.contentRect.width, entry.contentRect.height);
      stale.value += 1;
    });
    sizeWatch.observe(canvas.current);
    // At once: what is printed is taken as soon as this is done.
    const unwatch = watchColours(() => {
      made.forget();
      draw(made);
    });
    const gone = new AbortController();
    const watchDensity = () => {
      stale.value += 1;
      const here = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
      here.addEventListener("change", watchDensity, { once: true, signal: gone.signal });
    };
    watchDensity();
    painter.value = made;
    return () => {
      sizeWatch.disconnect();
      unwatch();
      gone.abort();
    };
  }, [painter, stale]);

  useSignalEffect(() => {
    stale.value;
    if (painter.value) draw(painter.value);
  });

  return (
    <div class={`layer${output ? " output" : ""}`}>
      <div class="layer-label">
        <span>
          {nameOf(layer, layers.value.length)}{" "}
          <small title={facts.name}>
            {facts.shape.length === 3 && layer > 0
              ? shapeText(facts.shape)
              : `${count.format(neurons)} ${neurons === 1 ? "neuron" : "neurons"}`}
          </small>
        </span>
        <Tally network={network} layer={layer} />
      </div>
      <div class="layer-plot">
        {output && (
          <div class="rows" aria-hidden="true">
            {Array.from({ length: neurons }, (_, index) => (
              <span key={index}>{index}</span>
            ))}
          </div>
        )}
        <div class="rows-of-neurons">
          <canvas ref={canvas} {...usePointing({ network, layer, neurons })} />
          <Row layer={layer} neurons={neurons} />
        </div>
      </div>
    </div>
  );
}

/** How far the keys move from one neuron to another. */
const moves: Record<string, (neurons: number) => number> = {
  ArrowDown: () => 1,
  ArrowUp: () => -1,
  PageDown: (neurons) => Math.ceil(neurons / 10),
  PageUp: (neurons) => -Math.ceil(neurons / 10),
  Home: (neurons) => -neurons,
  End: (neurons) => neurons,
};

/** A raster as a control that points at one of its neurons: by mouse, finger or keys. */
function usePointing({ network, layer, neurons }: { network: number; layer: number; neurons: number }) {
  const chosen = [pointed.value, pinned.value].find((key) => key?.layer === layer)?.neuron ?? 0;
  const under = (event: PointerEvent | MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * neurons);
    return { layer, neuron: Math.max(0, Math.min(neurons - 1, row)) };
  };
  const point = (key: { layer: number; neuron: number } | null) => {
    if (pointed.peek()?.layer !== key?.layer || pointed.peek()?.neuron !== key?.neuron) pointed.value = key;
  };
  return {
    role: "slider" as const,
    tabIndex: 0,
    "data-testid": `raster-${sides[network]?.id}-${layer}`,
    "aria-label": `${nameOf(layer, layers.value.length)}, ${sides[network]?.title}: neuron to inspect`,
    "aria-orientation": "vertical" as const,
    "aria-valuemin": 0,
    "aria-valuemax": neurons - 1,
    "aria-valuenow": chosen,
    "aria-valuetext": `neuron ${chosen}${sameNeuron(pinned.value, { layer, neuron: chosen }) ? ", open below" : ""}`,
    onPointerMove: (event: PointerEvent) => {
      if (event.pointerType === "mouse") point(under(event));
    },
    onPointerLeave: () => point(null),
    onBlur: () => point(null),
    onClick: (event: MouseEvent) => pin(under(event), network),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        pin({ layer, neuron: chosen }, network);
      } else if (event.key === "Escape") {
        // The card of the neuron that is pointed at lies over what may be wanted.
        if (pointed.peek()) point(null);
        else pin(null);
      }
      const move = moves[event.key]?.(neurons);
      if (move === undefined) return;
      event.preventDefault();
      point({ layer, neuron: Math.max(0, Math.min(neurons - 1, chosen + move)) });
    },
  };
}

/** Marks the neuron that is looked into, in both networks. */
function Row({ layer, neurons }: { layer: number; neurons: number }) {
  const key = [pointed.value, pinned.value].find((key) => key?.layer === layer);
  if (!key || key.neuron >= neurons) return null;
  const place = `${((key.neuron + 0.5) / neurons) * 100}%`;
  return <div class="row-mark" data-testid="row-mark" aria-hidden="true" style={{ top: place }} />;
}

function Tally({ network, layer }: { network: number; layer: number }) {
  const spikes = now.value?.networks[network]?.spikesPerLayer[layer] ?? 0;
  return (
    <span class="number">
      {count.format(spikes)} <small>{spikes === 1 ? "spike" : "spikes"}</small>
    </span>
  );
}
