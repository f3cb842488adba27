import { moveTo, pause, play, reset, stepOnce } from "../player";
import { finished, head, playing, run, settings, shown, speed } from "../store";

const speeds = [5, 10, 20, 50, 100, 200];

/** Play, step, reset, speed, and the place in the run, which can be dragged. */
export function Transport() {
  const idle = run.value === null;
  return (
    <fieldset class="transport" aria-label="Run">
      <button
        type="button"
        class="play"
        data-testid="play"
        aria-label={playing.value ? "Pause" : finished.value ? "Play again" : "Play"}
        disabled={idle}
        onClick={() => (playing.value ? pause() : play())}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d={playing.value ? "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z" : "M8 4.5v15l12-7.5z"} />
        </svg>
      </button>
      <button
        type="button"
        data-testid="step"
        disabled={idle}
        aria-disabled={finished.value}
        onClick={() => finished.value || stepOnce()}
      >
        Step
      </button>
      <button type="button" data-testid="reset" disabled={idle} onClick={reset}>
        Reset
      </button>
      <Progress />
      <label class="speed">
        <span>Speed</span>
        <select value={speed.value} onChange={(event) => (speed.value = Number(event.currentTarget.value))}>
          {speeds.map((value) => (
            <option key={value} value={value}>
              {value} steps/s
            </option>
          ))}
        </select>
      </label>
    </fieldset>
  );
}

function Progress() {
  const steps = run.value?.steps ?? settings.value.steps;
  return (
    <div class="progress">
      <input
        type="range"
        aria-label="Position"
        min={0}
        max={steps}
        value={Math.floor(head.value)}
        aria-valuetext={`${Math.floor(head.value)} of ${steps} steps`}
        disabled={run.value === null}
        onInput={(event) => {
          pause();
          moveTo(Number(event.currentTarget.value));
        }}
      />
      <span class="number">
        <span data-testid="step-count">{shown.value}</span> of {steps} steps
      </span>
    </div>
  );
}
