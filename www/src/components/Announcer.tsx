import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { announced } from "../decisions";
import { finished, playing, run } from "../store";

/** The head may still be moved; what it rests on is said, in milliseconds. */
const REST = 800;

/** Says the decisions to those who cannot see them, when there is a moment: at the end and at a pause. */
export function Announcer() {
  const said = useSignal("");
  const last = useRef(run.peek());
  useSignalEffect(() => {
    const next = playing.value && !finished.value ? "" : announced();
    // What another run came to is said also where that is the same.
    if (next === "" || last.current !== run.value) said.value = "";
    last.current = run.value;
    const resting = setTimeout(() => (said.value = next), REST);
    return () => clearTimeout(resting);
  });
  return (
    <p class="unseen" aria-live="polite" data-testid="announcement">
      {said.value}
    </p>
  );
}
