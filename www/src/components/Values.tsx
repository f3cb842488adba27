import { useSignal, useSignalEffect } from "@preact/signals";
import { showRandom, showTyped } from "../inputs";
import { input } from "../store";

/** As many decimals as tell values apart that a visitor would. */
const DECIMALS = 3;

/** Inputs that are no image: random, or typed in. */
export function Values({ count }: { count: number }) {
  // What was typed and cannot be taken: it stays until it is put right, or something else is looked at.
  const wrong = useSignal<{ typed: string; reason: string } | null>(null);
  const text = [...(input.value?.values ?? [])].map((value) => Number(value.toFixed(DECIMALS))).join(", ");

  const take = (typed: string) => {
    const values = typed
      .split(/[\s,;]+/)
      .filter(Boolean)
      .map(Number);
    const fits = values.length === count && values.every((value) => value >= 0 && value <= 1);
    const reason = `${count} numbers from 0 to 1 are needed; ${values.length === count ? "some of these are not" : `you entered ${values.length}`}.`;
    if (fits) showTyped(Float32Array.from(values));
    else wrong.value = { typed, reason };
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
        Separated by commas. The larger a value, the more often its input neuron spikes.
      </p>
      <button type="button" data-testid="random" onClick={showRandom}>
        Random
      </button>
      {/* Last, so that the button stays under the pointer that leaves the text for it. */}
      {wrong.value && (
        <p id="values-wrong" class="problem" role="alert">
          {wrong.value.reason}
        </p>
      )}
    </div>
  );
}
