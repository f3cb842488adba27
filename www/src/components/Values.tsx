import { useSignal, useSignalEffect } from "@preact/signals";
import { showRandom, takeText, takeValues } from "../inputs";
import { input } from "../store";
import { FileButton } from "./FileButton";
import { OwnInputs } from "./OwnImages";

/** As many decimals as tell values apart that a visitor would. */
const DECIMALS = 3;

/** Inputs that are no image: random, typed in, or many from a file. */
export function Values({ count }: { count: number }) {
  // What was typed and cannot be taken: it stays until it is put right, or something else is looked at.
  const wrong = useSignal<{ typed: string; reason: string } | null>(null);
  const text = [...(input.value?.values ?? [])].map((value) => Number(value.toFixed(DECIMALS))).join(", ");

  const take = (typed: string) => {
    const reason = takeText(typed, count);
    if (reason) wrong.value = { typed, reason };
  };
  useSignalEffect(() => {
    input.value;
    wrong.value = null;
  });

  return (
    <div class="values">
      <label for="values">
        {count} values from 0 to 1{input.value?.kind === "random" ? ", random" : ""}
      </label>
      <textarea
        id="values"
        data-testid="values"
        rows={6}
        spellcheck={false}
        value={wrong.value?.typed ?? text}
        aria-invalid={wrong.value !== null}
        aria-describedby={wrong.value ? "values-wrong values-hint" : "values-hint"}
        onChange={(event) => take(event.currentTarget.value)}
      />
      <p id="values-hint" class="hint">
        Separated by commas; several inputs, one a line, also calibrate the network. The larger a value, the more often
        its input neuron spikes.
      </p>
      <div class="own-images">
        <button type="button" data-testid="random" onClick={showRandom}>
          Random
        </button>
        <FileButton name="values" accept=".csv,.txt,text/*" take={([file]) => void takeValues(file)}>
          Your own values…
        </FileButton>
        <OwnInputs title="Your inputs" />
      </div>
      {/* Last, so that the button stays under the pointer that leaves the text for it. */}
      {wrong.value && (
        <p id="values-wrong" class="problem" role="alert">
          {wrong.value.reason}
        </p>
      )}
    </div>
  );
}
