import type { Frame, LayerSpikes } from "quartic-snn";
import { Cells } from "./cells";
import { type Kind, kindOf, kinds } from "./kinds";
import { paletteOf } from "./plots/palette";

/** One layer of one network as dots: steps from left to right, neurons from top to bottom. */
interface RasterView {
  frames: readonly Frame[];
  /** Frames on show. */
  shown: number;
  steps: number;
  network: number;
  layer: number;
  neurons: number;
  /** 1 for neurons that should be silent. */
  silent: Uint8Array | undefined;
}

/** Below this many pixels per neuron, several neurons share a cell. */
const CROWDED = 2;

/** How opaque crowded spikes of the network's own tone are: rows that are dense stay rows. */
const DENSE = 0.85;

/** How spikes are drawn, in pixels of the canvas. */
interface Dots {
  /** The height of a neuron. */
  row: number;
  width: number;
  height: number;
  colours: ReadonlyMap<Kind, string>;
}

/** Draws a raster bit by bit: only what is new, and everything after a change of size, run or colour. */
export class RasterPainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #size = { width: 1, height: 1, scale: 1 };
  #drawn = 0;
  #cells = new Cells();
  #frames: readonly Frame[] | undefined;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("this browser has no 2D canvas");
    this.#canvas = canvas;
    this.#context = context;
  }

  /** Matches the canvas to its size on the screen, in device pixels. */
  resize(width: number, height: number): void {
    const scale = devicePixelRatio;
    this.#size = { width, height, scale };
    this.#canvas.width = Math.max(1, Math.round(width * scale));
    this.#canvas.height = Math.max(1, Math.round(height * scale));
    this.forget();
  }

  /** The next `draw` begins with an empty canvas. */
  forget(): void {
    this.#frames = undefined;
  }

  draw(view: RasterView): void {
    // Another screen has other pixels, at the same size.
    if (this.#size.scale !== devicePixelRatio) this.resize(this.#size.width, this.#size.height);
    if (view.frames !== this.#frames || view.shown < this.#drawn) {
      this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
      this.#frames = view.frames;
      this.#drawn = 0;
      this.#cells = new Cells();
    }
    const column = this.#canvas.width / view.steps;
    const row = this.#canvas.height / view.neurons;
    const crowded = row < CROWDED * devicePixelRatio;
    const tones = kinds.flatMap(({ tone }) => tone ?? []);
    const palette = this.#drawn < view.shown ? paletteOf(document.body, tones) : undefined;
    const own = getComputedStyle(this.#canvas).color;
    const dots = {
      row,
      width: Math.max(1, column * (crowded ? 0.8 : 0.7)),
      height: crowded ? Math.max(1, Math.round(devicePixelRatio)) : row * 0.7,
      colours: new Map(kinds.map(({ kind, tone }) => [kind, (tone && palette?.get(tone)) ?? own])),
    };
    for (; this.#drawn < view.shown; this.#drawn += 1) {
      const spikes = view.frames[this.#drawn]?.networks[view.network]?.spikes[view.layer];
      if (!spikes) continue;
      if (crowded) this.#crowd(this.#drawn * column, spikes, view.silent, dots);
      else this.#each(this.#drawn * column, spikes, view.silent, dots);
    }
  }

  /** One column with a dot for each spike. */
  #each(x: number, spikes: LayerSpikes, silent: Uint8Array | undefined, dots: Dots): void {
    for (const [index, neuron] of spikes.neuron.entries()) {
      const y = Math.min(neuron * dots.row, this.#canvas.height - dots.height);
      this.#dot(x, y, kindOf(spikes, index, silent), dots, 1);
    }
  }

  /** One column where many neurons share a cell. */
  #crowd(x: number, spikes: LayerSpikes, silent: Uint8Array | undefined, dots: Dots): void {
    const last = Math.floor(this.#canvas.height / dots.height) - 1;
    const place = (neuron: number) => Math.min(last, Math.floor((neuron * dots.row) / dots.height));
    for (const [cell, kind] of this.#cells.column(spikes, silent, place)) {
      this.#dot(x, cell * dots.height, kind, dots, kind === "fired" ? DENSE : 1);
    }
  }

  #dot(x: number, y: number, kind: Kind, { width, height, colours }: Dots, alpha: number): void {
    this.#context.fillStyle = colours.get(kind) ?? "gray";
    this.#context.globalAlpha = alpha;
    this.#context.fillRect(x, y, width, height);
  }
}
