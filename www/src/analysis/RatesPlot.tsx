import { percentText } from "../numbers";
import type { Chart } from "../plots/chart";
import { Plot } from "../plots/Plot";
import { scatter } from "../plots/scatter";
import { pearson } from "../plots/statistics";
import type { Run } from "../run";
import { chosenLayer, run, sides } from "../store";
import { type Asked, LayerChoice, Live, layerName, Page, PLOT_HEIGHT, rText, unknown, Waiting } from "./parts";
import { anatomy, countsIn, settled } from "./state";

/** What the spikes of one layer say, against what its trained neurons say. */
export function RatesPlot({ question }: Asked) {
  const current = run.value;
  const known = anatomy.value;
  const step = Math.min(settled.value, current?.frames.length ?? 0);
  if (!current || !known || step === 0) {
    return (
      <Page question={question} caption={unknown}>
        <Waiting />
      </Page>
    );
  }
  const layer = chosenLayer();
  const activations = Float32Array.from(known.activations[layer - 1] ?? [], (value) => Math.max(0, value));
  const networks = sides.map((_, network) => {
    const report = known.layers[network]?.[layer - 1];
    // What a spike stands for in the layers that read it: its threshold, times its gain where gains are corrected.
    const worth = report?.thresholds.map((threshold, neuron) => threshold * (report.gains[neuron] ?? 1));
    return {
      ...saidBy(current, network, layer, step, worth ?? new Float32Array()),
      r: undefined as number | undefined,
    };
  });
  for (const network of networks) network.r = pearson(activations, network.values);
  const [plain, l4] = networks;
  return (
    <Page
      question={question}
      caption={
        <>
          After <Live width={3}>{step}</Live> {step === 1 ? "step" : "steps"}, rate × threshold × gain (what the next
          layer receives) correlates with the trained activations of {layerName(layer)} at r = {rText(plain?.r)} in
          plain and r = {rText(l4?.r)} in L4.{" "}
          {plain?.saturated || l4?.saturated ? (
            <>
              <Live width={6}>{percentText(plain?.saturated ?? 0, 1)}</Live> and{" "}
              <Live width={6}>{percentText(l4?.saturated ?? 0, 1)}</Live> of the neurons are saturated: they fire in
              every step of the second half so far and can signal no more than their threshold.
            </>
          ) : (
            "No neuron is saturated: none fires in every step of the second half so far, so each could signal more."
          )}
        </>
      }
      controls={<LayerChoice />}
    >
      <Plot chart={chartOf(activations, networks)} height={PLOT_HEIGHT} />
    </Page>
  );
}

/** Rate times the worth of a spike for every neuron, and the share of those that fired in every step of the second half. */
function saidBy(current: Run, network: number, layer: number, step: number, worth: Float32Array) {
  const neurons = worth.length;
  const counts = countsIn(current, network, layer, 0, step, neurons);
  const half = Math.floor(step / 2);
  const late = countsIn(current, network, layer, half, step, neurons);
  return {
    values: worth.map((spike, neuron) => ((counts[neuron] ?? 0) / step) * spike),
    saturated: late.filter((count) => count === step - half).length / Math.max(1, neurons),
  };
}

const chartOf = (
  activations: Float32Array,
  networks: readonly { values: Float32Array; r: number | undefined }[],
): Chart =>
  scatter(
    sides.map(({ id, title }, network) => ({
      label: `${title}, r = ${rText(networks[network]?.r)}`,
      tone: `--${id}`,
      hollow: id === "plain",
      x: activations,
      y: networks[network]?.values ?? [],
      name: (neuron) => `neuron ${neuron}`,
    })),
    {
      id: "rates",
      title: "Rate × threshold × gain against the trained activation",
      x: "trained activation, ANN units",
      y: "rate × threshold × gain, ANN units",
      equal: "equal",
    },
  );
