import { useSignal } from "@preact/signals";
import {
  allowed,
  type Choice,
  chosenOrUsual,
  defaults,
  type Parameter,
  parameters,
  type Range,
  type Whole,
} from "../parameters";
import { change, restoreDefaults } from "../session";
import { settings } from "../store";

/** What can be set, made from its description. */
export function Controls() {
  const anyChanged = parameters.some(isChanged);
  return (
    <section class="controls" aria-labelledby="title-controls">
      <header>
        <h2 id="title-controls">Change the experiment</h2>
        <button
          type="button"
          class="automatic"
          data-testid="defaults"
          aria-disabled={!anyChanged}
          onClick={() => anyChanged && restoreDefaults()}
        >
          Back to defaults
        </button>
      </header>
      <div class="controls-grid">
        {parameters.map((parameter) => (
          <Control key={parameter.id} parameter={parameter} />
        ))}
      </div>
    </section>
  );
}

const isChanged = ({ id }: Parameter) => settings.value[id] !== defaults[id];

/** Takes the text of a control over where the parameter allows it. */
function set(parameter: Parameter, text: string): void {
  const value = allowed(parameter, text);
  if (value !== undefined) change(parameter.id, value as never);
}

function Control({ parameter }: { parameter: Parameter }) {
  const { id, label, hint, narrow } = parameter;
  return (
    <div class={narrow ? "control narrow" : "control"}>
      <label for={`control-${id}`} class={isChanged(parameter) ? "changed" : undefined}>
        {label}
      </label>
      <Field parameter={parameter} />
      <p id={`hint-${id}`} class="hint">
        {hint}
      </p>
    </div>
  );
}

function Field({ parameter }: { parameter: Parameter }) {
  if (parameter.kind === "range") return <RangeField parameter={parameter} />;
  if (parameter.kind === "whole") return <WholeField parameter={parameter} />;
  return <ChoiceField parameter={parameter} />;
}

const shared = (parameter: Parameter) => ({
  id: `control-${parameter.id}`,
  "data-testid": parameter.id === "reset" ? "reset-rule" : parameter.id,
  "aria-describedby": `hint-${parameter.id}`,
});

/** The value of a range with its unit. */
export const rangeText = ({ step, unit }: Range, value: number) => `${value.toFixed(step < 1 ? 2 : 0)} ${unit}`.trim();

function RangeField({ parameter }: { parameter: Range }) {
  const { id, label, min, max, step } = parameter;
  const value = chosenOrUsual(parameter, settings.value);
  const text = rangeText(parameter, value);
  const isAutomatic = settings.value[id] === null;
  return (
    <>
      <span class="number" data-testid={`${id}-value`}>
        {text}
        {parameter.automatic && (
          <button
            type="button"
            class="automatic"
            data-testid={`${id}-automatic`}
            aria-label={`${label}: auto`}
            aria-pressed={isAutomatic}
            title="Follows the other settings"
            onClick={() => change(id, (isAutomatic ? allowed(parameter, String(value)) : null) as never)}
          >
            auto
          </button>
        )}
      </span>
      <input
        {...shared(parameter)}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={text}
        title={`Default: ${defaults[id] ?? "auto"}`}
        onInput={(event) => set(parameter, event.currentTarget.value)}
      />
    </>
  );
}

/**
 * What is typed stays while it is typed, and until the setting is changed elsewhere; where it is not allowed, what is
 * in use comes back when the field is left.
 */
function WholeField({ parameter }: { parameter: Whole }) {
  const { id } = parameter;
  const last = useSignal<{ text: string; used: unknown } | null>(null);
  const used = settings.value[id];
  const typed = last.value?.used === used ? last.value.text : null;
  return (
    <input
      {...shared(parameter)}
      type="number"
      inputMode="numeric"
      min={parameter.min}
      max={parameter.max}
      step={1}
      value={typed ?? used ?? ""}
      aria-invalid={typed !== null && allowed(parameter, typed) === undefined}
      onInput={(event) => {
        const text = event.currentTarget.value;
        set(parameter, text);
        last.value = { text, used: settings.peek()[id] };
      }}
      onBlur={() => (last.value = null)}
    />
  );
}

function ChoiceField({ parameter }: { parameter: Choice }) {
  return (
    <select
      {...shared(parameter)}
      value={settings.value[parameter.id] ?? ""}
      onChange={(event) => set(parameter, event.currentTarget.value)}
    >
      {parameter.choices.map(({ value, label, goesWith }) => (
        <option key={value} value={value} disabled={goesWith?.(settings.value) === false}>
          {label}
        </option>
      ))}
    </select>
  );
}
