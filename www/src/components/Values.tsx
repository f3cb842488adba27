import { useSignal } from "@preact/signals";
import { showRandom, showTyped } from "../inputs";
import { input } from "../store";

/** As many decimals as tell values apart that a visitor would. */
const DECIMALS = 3;

/** Inputs that are no image: random, or typed in. */
export function Values({ count }: { count: number }) {
  const wrong = useSignal<string | null>(null);
  const text = [...(input.value?.values ?? [])].map((value) => Number(value.toFixed(DECIMALS))).join(", ");

  const take = (typed: string) => {
    const values = typed
      .split(/[\s,;]+/)
      .filter(Boolean)
      .map(Number);
    const fits = values.length === count && values.every((value) => value >= 0 && value <= 1);
    wrong.value = fits
      ? null
      : `${count} numbers from 0 to 1 are needed; these are ${values.length}, or not all in range.`;
    if (fits) showTyped(Float32Array.from(values));
  };

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
        value={text}
        aria-describedby="values-hint"
        onChange={(event) => take(event.currentTarget.value)}
      />
      <p id="values-hint" class="hint">
        Separated by commas. An input neuron spikes the more often the larger its value.
      </p>
      {wrong.value && (
        <p class="problem" role="alert">
          {wrong.value}
        </p>
      )}
      <button
        type="button"
        data-testid="random"
        onClick={() => {
          wrong.value = null;
          showRandom();
        }}
      >
        Random
      </button>
    </div>
  );
}
