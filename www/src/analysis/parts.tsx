import type { ComponentChildren } from "preact";
import { nameOf } from "../components/Raster";
import { chosenLayer, layer, layers, playing } from "../store";

interface PageProps {
  question: string;
  /** What one sees, in a sentence with its numbers. */
  caption: ComponentChildren;
  controls?: ComponentChildren;
  note?: ComponentChildren;
  children: ComponentChildren;
}

/** A number that changes while one looks, with room for all its digits, so that the words around it stay in place. */
export const Live = ({ children, width }: { children: ComponentChildren; width: number }) => (
  // What stands still needs no such room, and would have holes in its words.
  <span class="live" style={{ minWidth: playing.value ? `${width}ch` : 0 }}>
    {children}
  </span>
);

/** What every question has: words on one side, plots on the other. */
export const Page = ({ question, caption, controls, note, children }: PageProps) => (
  <>
    <div class="words">
      <h3>{question}</h3>
      <p class="caption" data-testid="caption">
        {caption}
      </p>
      {controls && <div class="choices">{controls}</div>}
      {note && <p class="hint">{note}</p>}
    </div>
    <div class="plots">{children}</div>
  </>
);

/** What the component of a question is given. */
export interface Asked {
  question: string;
}

export const unknown = "Shown once both networks run.";

/** In place of a plot that there is nothing for yet. */
export const Waiting = ({ children }: { children?: ComponentChildren }) => <div class="plot-place">{children}</div>;

export const layerName = (index: number) => nameOf(index, layers.value.length);

export function LayerChoice() {
  const chosen = chosenLayer();
  return (
    <label class="choice">
      Layer{" "}
      <select
        data-testid="plot-layer"
        value={chosen}
        onChange={(event) => (layer.value = Number(event.currentTarget.value))}
      >
        {layers.value.slice(1).map((_, index) => (
          <option key={index} value={index + 1}>
            {layerName(index + 1)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The height of the plots, in pixels. */
export const PLOT_HEIGHT = 340;

/** A correlation as it is written. */
export const rText = (r: number | undefined) => (r === undefined ? "–" : r.toFixed(3).replace("-", "−"));
