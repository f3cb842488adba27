import { batch } from "@preact/signals";
import { head, playing, run, speed } from "./store";

/** A longer pause between two pictures (a hidden tab, say) counts as this long, in milliseconds. */
const LONGEST_PAUSE = 100;

let last = 0;
/** The picture that was asked for last. */
let picture = 0;

export const prefersStillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Moves the play head; the run follows. */
export function moveTo(step: number): void {
  const current = run.peek();
  if (!current) return;
  head.value = Math.max(0, Math.min(step, current.steps));
  current.advanceTo(head.peek());
}

/** Plays on, from the start where the run has ended. */
export function play(): void {
  const current = run.peek();
  if (!current || playing.peek()) return;
  batch(() => {
    if (head.peek() >= current.steps) head.value = 0;
    playing.value = true;
  });
  last = performance.now();
  picture = requestAnimationFrame(tick);
}

export function pause(): void {
  // Whoever plays again before the next picture asks for one.
  cancelAnimationFrame(picture);
  playing.value = false;
}

export function stepOnce(): void {
  pause();
  moveTo(Math.floor(head.peek()) + 1);
}

/** Back to the first step. */
export function reset(): void {
  pause();
  moveTo(0);
}

function tick(time: number): void {
  const current = run.peek();
  if (!playing.peek() || !current) return;
  const passed = Math.max(0, Math.min(time - last, LONGEST_PAUSE)) / 1000;
  last = time;
  batch(() => {
    moveTo(head.peek() + passed * speed.peek());
    if (head.peek() >= current.steps) playing.value = false;
  });
  if (playing.peek()) picture = requestAnimationFrame(tick);
}
