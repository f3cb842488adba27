import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { SIDE } from "../data";
import { paint } from "../picture";
import { clearDigit } from "../session";
import { digit } from "../store";
import { Pad } from "./Pad";
import { Samples } from "./Samples";

/** What both networks look at: drawn or chosen. */
export function DigitPanel() {
  return (
    <section class="digit" aria-labelledby="title-digit">
      <h2 id="title-digit">Draw a digit</h2>
      <div class="digit-views">
        <Pad />
        <div class="digit-side">
          <Preview />
          <button type="button" data-testid="clear" onClick={clearDigit} disabled={!digit.value}>
            Clear
          </button>
        </div>
      </div>
      <Samples />
    </section>
  );
}

/** The 28 x 28 pixels that reach the input neurons. */
function Preview() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    const context = canvas.current?.getContext("2d");
    context?.clearRect(0, 0, SIDE, SIDE);
    if (digit.value) context?.drawImage(paint(digit.value.pixels, SIDE, SIDE), 0, 0);
  });
  return (
    <figure class="preview">
      <canvas ref={canvas} class="ink" width={SIDE} height={SIDE} />
      <figcaption>What the networks see: 28 × 28 pixels, centred</figcaption>
    </figure>
  );
}
