import type { Frame, LayerSpikes } from "quartic-snn";
import { type Kind, kindOf, kinds } from "./kinds";
import { paletteOf } from "./plots/palette";

/** One layer of one network as dots: steps from left to right, neurons from top to bottom. */
export interface RasterView {
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

/** Below this many pixels per neuron, dots overlap and are drawn translucent. */
const CROWDED = 2;

/** How spikes of a kind are drawn, in pixels of the canvas. */
interface Dot {
  kind: Kind;
  /** The height of a neuron. */
  row: number;
  width: number;
  height: number;
  colour: string;
  alpha: number;
}

/** Draws a raster bit by bit: only what is new, and everything after a change of size, run or colour. */
export class RasterPainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #drawn = 0;
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
    this.#canvas.width = Math.max(1, Math.round(width * scale));
    this.#canvas.height = Math.max(1, Math.round(height * scale));
    this.forget();
  }

  /** The next `draw` begins with an empty canvas. */
  forget(): void {
    this.#frames = undefined;
  }

  draw(view: RasterView): void {
    if (view.frames !== this.#frames || view.shown < this.#drawn) {
      this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
      this.#frames = view.frames;
      this.#drawn = 0;
    }
    const column = this.#canvas.width / view.steps;
    const row = this.#canvas.height / view.neurons;
    const crowded = row < CROWDED * devicePixelRatio;
    const width = Math.max(1, column * (crowded ? 0.8 : 0.7));
    const height = crowded ? Math.max(1.5 * devicePixelRatio, row) : row * 0.7;
    const tones = kinds.flatMap(({ tone }) => tone ?? []);
    const palette = this.#drawn < view.shown ? paletteOf(document.body, tones) : undefined;
    const own = getComputedStyle(this.#canvas).color;
    const dots = kinds.map(({ kind, tone }) => {
      const colour = (tone && palette?.get(tone)) ?? own;
      return { kind, row, width, height, colour, alpha: crowded && !tone ? 0.5 : 1 };
    });
    for (; this.#drawn < view.shown; this.#drawn += 1) {
      const spikes = view.frames[this.#drawn]?.networks[view.network]?.spikes[view.layer];
      if (!spikes) continue;
      const having = new Set(Array.from(spikes.neuron, (_, index) => kindOf(spikes, index, view.silent)));
      for (const dot of dots) {
        if (having.has(dot.kind)) this.#dots(this.#drawn * column, spikes, view.silent, dot);
      }
    }
  }

  /** One column: the spikes of one kind. */
  #dots(x: number, spikes: LayerSpikes, silent: Uint8Array | undefined, dot: Dot): void {
    this.#context.fillStyle = dot.colour;
    this.#context.globalAlpha = dot.alpha;
    // Convolutions have thousands of neurons: spikes that would fall on the same line of pixels are drawn once.
    let last = -1;
    for (const [index, neuron] of spikes.neuron.entries()) {
      const y = Math.min(neuron * dot.row, this.#canvas.height - dot.height);
      if (Math.floor(y) === last || kindOf(spikes, index, silent) !== dot.kind) continue;
      last = Math.floor(y);
      this.#context.fillRect(x, y, dot.width, dot.height);
    }
  }
}
