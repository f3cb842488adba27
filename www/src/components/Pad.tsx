import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { SIDE } from "../data";
import { paint } from "../picture";
import { pause } from "../player";
import { clearDigit, showDrawing } from "../session";
import { digit } from "../store";

/** The side of the drawing, in pixels of its own. */
const SIZE = 16 * SIDE;
const STROKE = SIZE / 14;

/** Where a visitor draws. It shows the sample while nothing is drawn. */
export function Pad() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pen = useRef<{ id: number; x: number; y: number } | null>(null);
  const inked = useSignal(false);

  useSignalEffect(() => {
    const context = canvas.current?.getContext("2d");
    const chosen = digit.value;
    // Effects run a little later than what causes them: by then the pen may have begun a stroke.
    if (!context || chosen?.kind === "drawing" || pen.current) return;
    context.clearRect(0, 0, SIZE, SIZE);
    inked.value = chosen !== null;
    if (chosen) context.drawImage(paint(chosen.pixels, SIDE, SIDE), 0, 0, SIZE, SIZE);
  });

  const place = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLCanvasElement).getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * SIZE, y: ((event.clientY - box.top) / box.height) * SIZE };
  };

  const down = (event: PointerEvent) => {
    if (event.button !== 0 || pen.current) return;
    if (digit.peek()?.kind === "sample") {
      canvas.current?.getContext("2d")?.clearRect(0, 0, SIZE, SIZE);
      clearDigit();
    }
    pause();
    inked.value = true;
    canvas.current?.setPointerCapture(event.pointerId);
    pen.current = { id: event.pointerId, ...place(event) };
    line(pen.current, pen.current);
  };

  const move = (event: PointerEvent) => {
    if (event.pointerId !== pen.current?.id) return;
    const next = { id: event.pointerId, ...place(event) };
    line(pen.current, next);
    pen.current = next;
  };

  const up = (event: PointerEvent) => {
    const context = canvas.current?.getContext("2d", { willReadFrequently: true });
    if (event.pointerId !== pen.current?.id || !context) return;
    pen.current = null;
    const { data } = context.getImageData(0, 0, SIZE, SIZE);
    const ink = Float32Array.from({ length: SIZE * SIZE }, (_, index) => (data[4 * index + 3] ?? 0) / 255);
    showDrawing(ink, { width: SIZE, height: SIZE });
  };

  const line = (from: { x: number; y: number }, to: { x: number; y: number }) => {
    const context = canvas.current?.getContext("2d", { willReadFrequently: true });
    if (!context) return;
    context.lineWidth = STROKE;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
  };

  return (
    <div class="pad">
      <canvas
        ref={canvas}
        data-testid="digit-canvas"
        class="ink"
        width={SIZE}
        height={SIZE}
        aria-label="Drawing area for a digit. With a keyboard, choose one of the samples below."
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
      />
      {!inked.value && <p class="pad-hint">Draw a digit here</p>}
    </div>
  );
}
