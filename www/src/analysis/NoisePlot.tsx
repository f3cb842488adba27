import { type Signal, useSignal } from "@preact/signals";
import type { LayerNoise } from "../engine/calls";
import { percentText, wholeText } from "../numbers";
import type { Chart } from "../plots/chart";
import { Plot } from "../plots/Plot";
import { scatter } from "../plots/scatter";
import { pearson } from "../plots/statistics";
import { chosenLayer, input, model, settings, sides } from "../store";
import { type Asked, LayerChoice, layerName, Page, PLOT_HEIGHT, rText, Waiting } from "./parts";
import { cancelMeasuring, measure, noise } from "./state";

/** How many runs can be asked for: a standard deviation is the better known the more there are. */
const offered = [100, 400, 1600];

/** How far the input of a neuron wanders, predicted and measured. */
export function NoisePlot({ question }: Asked) {
  const network = useSignal(1);
  const runs = useSignal(100);
  const known = noise.value;
  const layer = chosenLayer();
  const found = known?.networks?.[network.value]?.[layer - 1];
  const running = known !== null && known.networks === null && known.problem === null;
  const controls = (
    <>
      <LayerChoice />
      <Choice
        title="Network"
        id="noise-network"
        chosen={network}
        options={sides.map(({ title }, index) => [index, title])}
      />
      <Choice title="Runs" id="noise-runs" chosen={runs} options={offered.map((count) => [count, wholeText(count)])} />
      <button
        type="button"
        data-testid="measure-noise"
        disabled={!model.value || !input.value}
        onClick={() => (running ? cancelMeasuring() : void measure(runs.value))}
      >
        {running ? "Cancel" : found ? "Measure again" : "Measure"}
      </button>
      {running && (
        <>
          <progress max={known.runs} value={known.done} aria-label="Runs measured" />
          <span class="number" data-testid="measured">
            {known.done} of {wholeText(known.runs)} runs
          </span>
        </>
      )}
    </>
  );
  const caption = found ? (
    <Finding found={found} layer={layer} side={network.value} runs={known?.runs ?? 0} />
  ) : (
    "The conversion predicts how far each neuron’s input wanders about its mean. Here it is measured: the run on show is repeated, each time with new random input spikes."
  );
  return (
    <Page question={question} caption={caption} controls={controls}>
      <span class="unseen" role="status">
        {running ? "Measuring." : known?.networks ? `Measured over ${wholeText(known.runs)} runs.` : ""}
      </span>
      {known?.problem && (
        <p class="problem" role="alert">
          {known.problem}
        </p>
      )}
      {found ? <Plot chart={chartOf(found, network.value)} height={PLOT_HEIGHT} /> : <Waiting />}
    </Page>
  );
}

interface ChoiceProps {
  title: string;
  id: string;
  chosen: Signal<number>;
  options: readonly (readonly [value: number, name: string])[];
}

const Choice = ({ title, id, chosen, options }: ChoiceProps) => (
  <label class="choice">
    {title}{" "}
    <select
      data-testid={id}
      value={chosen.value}
      onChange={(event) => (chosen.value = Number(event.currentTarget.value))}
    >
      {options.map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  </label>
);

function Finding({ found, layer, side, runs }: { found: LayerNoise; layer: number; side: number; runs: number }) {
  const { sigma, sigmaL4, measured } = found;
  return (
    <>
      In {layerName(layer)} of {sides[side]?.title} the prediction from the L4 norm correlates with the measured noise
      at r = {rText(pearson(sigmaL4, measured))}, the exact formula at r = {rText(pearson(sigma, measured))}. Both
      predict the root mean square over calibration images, and this is one image: that, and the{" "}
      {percentText(1 / Math.sqrt(2 * (runs - 1)), 1)} uncertainty that {wholeText(runs)} runs leave in each σ, is why
      points of the exact form scatter; those of the L4 norm do so too because it leaves out which inputs are busy.
      Spikes are coin flips, at most one per step; Poisson spikes are their limit for small rates, so at high rates the
      Poisson form predicts more noise than is measured.
      {settings.value.floor !== "none" && " Measured without the floor, which removes some of the input."}
    </>
  );
}

function chartOf({ sigma, sigmaL4, measured }: LayerNoise, side: number): Chart {
  const name = (neuron: number) => `neuron ${neuron}`;
  const r = (predicted: Float32Array) => rText(pearson(predicted, measured));
  return scatter(
    [
      { label: `exact form, r = ${r(sigma)}`, tone: "--ink", hollow: true, x: sigma, y: measured, name },
      { label: `L4 form, r = ${r(sigmaL4)}`, tone: `--${sides[side]?.id}`, x: sigmaL4, y: measured, name },
    ],
    {
      id: "noise",
      title: "Noise after all steps: measured against predicted",
      x: "predicted σ, ANN units",
      y: "measured σ, ANN units",
      equal: "equal",
    },
  );
}
