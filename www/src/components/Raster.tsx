import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { LayerFacts } from "../engine/calls";
import { classMark, shapeText } from "../model";
import { RasterPainter } from "../raster";
import { layers, model, now, run, shown } from "../store";

const count = new Intl.NumberFormat("en");

/** The name of a layer, as the column is wide enough for. */
function nameOf(layer: number, layers: number): string {
  if (layer === 0) return "Input";
  if (layer === layers - 1) return "Output";
  return layers === 3 ? "Hidden" : `Hidden ${layer}`;
}

/** As many rows as an output layer can label. */
const MOST_LABELS = 12;

const neuronsOf = ({ shape }: LayerFacts) => shape.reduce((product, size) => product * size, 1);

/** One layer of one network: its name, its spikes so far, and when which neuron fired. */
export function Raster({ network, layer, facts }: { network: number; layer: number; facts: LayerFacts }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useSignal<RasterPainter | null>(null);
  // Counts redraws that the signals know nothing of: a new size, another colour scheme.
  const stale = useSignal(0);
  const neurons = neuronsOf(facts);
  const output = layer === layers.value.length - 1 && neurons <= MOST_LABELS;

  useEffect(() => {
    if (!canvas.current) return;
    const made = new RasterPainter(canvas.current);
    const sizeWatch = new ResizeObserver(([entry]) => {
      if (entry) made.resize(entry.contentRect.width, entry.contentRect.height);
      stale.value += 1;
    });
    sizeWatch.observe(canvas.current);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => {
      made.forget();
      stale.value += 1;
    };
    scheme.addEventListener("change", repaint);
    painter.value = made;
    return () => {
      sizeWatch.disconnect();
      scheme.removeEventListener("change", repaint);
    };
  }, [painter, stale]);

  useSignalEffect(() => {
    stale.value;
    const current = run.value;
    painter.value?.draw({
      frames: current?.frames ?? [],
      shown: shown.value,
      steps: current?.steps ?? 1,
      neurons,
      network,
      layer,
    });
  });

  return (
    <div class={`layer${output ? " output" : ""}`}>
      <div class="layer-label">
        <span>
          {nameOf(layer, layers.value.length)}{" "}
          <small title={facts.name}>
            {facts.shape.length === 3 && layer > 0 ? shapeText(facts.shape) : `${count.format(neurons)} neurons`}
          </small>
        </span>
        <Tally network={network} layer={layer} />
      </div>
      <div class="layer-plot">
        {output && (
          <div class="rows" aria-hidden="true">
            {Array.from({ length: neurons }, (_, index) => (
              <span key={index}>{classMark(model.value, index)}</span>
            ))}
          </div>
        )}
        <canvas ref={canvas} role="img" aria-label="Spikes by step and neuron" />
      </div>
    </div>
  );
}

function Tally({ network, layer }: { network: number; layer: number }) {
  const spikes = now.value?.networks[network]?.spikesPerLayer[layer] ?? 0;
  return (
    <span class="number">
      {count.format(spikes)} <small>{spikes === 1 ? "spike" : "spikes"}</small>
    </span>
  );
}
