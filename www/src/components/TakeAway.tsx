import { useSignal } from "@preact/signals";
import { later } from "../later";

const Files = later(async () => (await import("./Files")).Files);

/** What is on the screen, to take away; what makes it is fetched when somebody opens it. */
export function TakeAway() {
  const open = useSignal(false);
  return (
    <details class="take-away" data-testid="take-away" onToggle={() => (open.value = true)}>
      <summary>Export spikes, pictures and the code that reproduces them</summary>
      {open.value && <Files />}
    </details>
  );
}
