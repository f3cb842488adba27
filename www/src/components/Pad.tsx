import { signal, useSignalEffect } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { showDrawing } from "../inputs";
import type { Form } from "../model";
import { paint } from "../picture";
import { pause } from "../player";
import { clearInput } from "../session";
import { inked, input } from "../store";

/** The longer side of the drawing, in pixels of its own. */
const SIZE = 448;
const STROKE = SIZE / 14;

/** Whether nobody has drawn yet: what is on the pad looks like a picture, and nothing says that it is one to draw on. */
const untouched = signal(true);

/** Where a visitor draws. It shows the input while nothing is drawn. */
export function Pad({ form, thing }: { form: Form & { kind: "image" }; thing: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  /** Where the pen is, and whether it has begun to draw: what it would replace stays until it is moved. */
  const pen = useRef<{ id: number; x: number; y: number; drawing: boolean } | null>(null);
  const longer = Math.max(form.width, form.height);
  const width = Math.max(1, Math.round((SIZE * form.width) / longer));
  const height = Math.max(1, Math.round((SIZE * form.height) / longer));

  useSignalEffect(() => {
    const context = canvas.current?.getContext("2d");
    const chosen = input.value;
    // What is drawn stays until it is read or cleared.
    const drawn = chosen ? chosen.kind === "drawing" && chosen.pad : inked.value;
    // A stroke ends where all is cleared.
    if (!chosen && !inked.value && pen.current?.drawing) pen.current = null;
    // Effects run a little later than what causes them: by then the pen may have begun a stroke.
    if (!context || drawn || pen.current) return;
    context.clearRect(0, 0, width, height);
    inked.value = chosen !== null;
    if (chosen) context.drawImage(paint(chosen.values, form), 0, 0, width, height);
  });

  // Another size empties the canvas.
  useLayoutEffect(() => {
    if (canvas.current) canvas.current.style.aspectRatio = `${width} / ${height}`;
  }, [width, height]);

  const place = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLCanvasElement).getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * width,
      y: ((event.clientY - box.top) / box.height) * height,
    };
  };

  const down = (event: PointerEvent) => {
    if (event.button !== 0 || pen.current) return;
    canvas.current?.setPointerCapture(event.pointerId);
    pen.current = { id: event.pointerId, ...place(event), drawing: false };
    const before = input.peek();
    if (!before || before.kind === "drawing") startStroke(pen.current);
  };

  const startStroke = (at: { x: number; y: number; drawing: boolean }) => {
    const before = input.peek();
    if (before && before.kind !== "drawing") {
      canvas.current?.getContext("2d")?.clearRect(0, 0, width, height);
      clearInput();
    }
    pause();
    untouched.value = false;
    inked.value = true;
    at.drawing = true;
    line(at, at);
  };

  const move = (event: PointerEvent) => {
    const from = pen.current;
    if (event.pointerId !== from?.id) return;
    const next = place(event);
    if (!from.drawing) {
      if (Math.hypot(next.x - from.x, next.y - from.y) < SIZE / 100) return;
      startStroke(from);
    }
    line(from, next);
    pen.current = { ...from, ...next };
  };

  const up = (event: PointerEvent) => {
    const from = pen.current;
    if (event.pointerId !== from?.id || !canvas.current) return;
    pen.current = null;
    if (from.drawing) void showDrawing(canvas.current);
  };

  const line = (from: { x: number; y: number }, to: { x: number; y: number }) => {
    const context = canvas.current?.getContext("2d", { willReadFrequently: true });
    if (!context) return;
    context.strokeStyle = form.channels === 1 ? "#000" : "#fff";
    context.fillStyle = context.strokeStyle;
    context.lineWidth = STROKE;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.beginPath();
    if (from === to) {
      // A line without a length would leave no dot.
      context.arc(to.x, to.y, STROKE / 2, 0, 2 * Math.PI);
      context.fill();
      return;
    }
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
  };

  return (
    <div class="pad">
      <canvas
        ref={canvas}
        data-testid="digit-canvas"
        class={form.channels === 1 ? "ink" : "colour"}
        width={width}
        height={height}
        aria-label={`Drawing area for a ${thing}. With a keyboard, choose an input below instead.`}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
      />
      {inked.value ? (
        untouched.value &&
        input.value?.kind !== "drawing" && (
          <p key="still" class="pad-hint still">
            Draw here
          </p>
        )
      ) : (
        <p key="empty" class="pad-hint">
          Draw a {thing} here
        </p>
      )}
    </div>
  );
}
