import { announced } from "../decisions";
import { finished, playing } from "../store";

/** Says the decisions to those who cannot see them, when there is a moment: at the end and at a pause. */
export function Announcer() {
  return (
    <p class="unseen" aria-live="polite" data-testid="announcement">
      {playing.value && !finished.value ? "" : announced()}
    </p>
  );
}
