import picojoules from "../../../study/energy.json";
import { onShow } from "../belonging";
import { wholeText } from "../numbers";
import { type Chart, numberText } from "../plots/chart";
import { Plot } from "../plots/Plot";
import { run, sides } from "../store";
import { type Asked, Live, Page, PLOT_HEIGHT, unknown, Waiting } from "./parts";
import { anatomy, settled } from "./state";

/** M. Horowitz, Computing's energy problem, ISSCC 2014: 45 nm, 32-bit floats; picojoules. */
const { addition: ADDITION, multiplyAccumulate: MULTIPLY_ACCUMULATE } = picojoules;

/** One set of costs: the trained network, then both spiking ones. */
interface Costs {
  title: string;
  operations: readonly number[];
}

const networks = [
  { title: "Trained network", tone: "--ink", price: MULTIPLY_ACCUMULATE },
  ...sides.map(({ id, title }) => ({ title, tone: `--${id}`, price: ADDITION })),
];

const microjoules = (operations: number, network: number) => (operations * (networks[network]?.price ?? 0)) / 1e6;

/** Operations and what they would cost, for what is on show and on the mean of an evaluation. */
export function EnergyPlot({ question }: Asked) {
  const current = run.value;
  const known = anatomy.value;
  const frame = current?.frames[Math.min(settled.value, current.frames.length) - 1];
  if (!frame || !known) {
    return (
      <Page question={question} caption={unknown}>
        <Waiting />
      </Page>
    );
  }
  const mean = onShow.value?.result;
  const costs: Costs[] = [
    {
      title: "this run",
      operations: [known.synapses, ...frame.networks.map(({ synapticOperations }) => synapticOperations)],
    },
    ...(mean
      ? [
          {
            title: `mean of ${wholeText(mean.images)} images`,
            operations: [known.synapses, ...mean.networks.map(({ synapticOperationsPerImage: mean }) => mean)],
          },
        ]
      : []),
  ];
  const neurons = known.layers[0]?.reduce((sum, { thresholds }) => sum + thresholds.length, 0) ?? 0;
  const biases = neurons * frame.step;
  const [ann, plain, l4] = (costs[0]?.operations ?? []).map(microjoules);
  return (
    <Page
      question={question}
      caption={
        <>
          One pass of the trained network would take {numberText(ann)} µJ. After <Live width={3}>{frame.step}</Live>{" "}
          steps plain has used <Live width={5}>{numberText(plain)}</Live> µJ and L4{" "}
          <Live width={5}>{numberText(l4)}</Live> µJ. A spike costs only additions, so spiking pays until each synapse
          has met {numberText(MULTIPLY_ACCUMULATE / ADDITION)} spikes on average; here it has met{" "}
          <Live width={5}>{numberText((frame.networks[0]?.synapticOperations ?? 0) / known.synapses)}</Live> in plain
          and <Live width={5}>{numberText((frame.networks[1]?.synapticOperations ?? 0) / known.synapses)}</Live> in L4.
        </>
      }
      note={
        <>
          An estimate of the arithmetic alone, with figures from Horowitz (ISSCC 2014) for 45 nm and 32-bit floats:{" "}
          {MULTIPLY_ACCUMULATE} pJ for a multiply-accumulate of the trained network, {ADDITION} pJ for the addition a
          spike makes at a weight. Multiplications by 0 count in full, although hardware that skips them, as spikes do,
          needs only 19 to 60 % of the multiplications of the networks offered here. Memory is ignored, though it
          usually costs more than either. Bias additions are left out too, one per neuron and step where a network has
          biases, as corrected ones do: <Live width={9}>{wholeText(biases)}</Live> by this step,{" "}
          <Live width={5}>{numberText((biases * ADDITION) / 1e6)}</Live> µJ.
        </>
      }
    >
      <Plot chart={chartOf(costs)} height={PLOT_HEIGHT - 60} />
      <Table costs={costs} />
    </Page>
  );
}

function Table({ costs }: { costs: readonly Costs[] }) {
  return (
    <table class="results" data-testid="energy-table">
      <thead>
        <tr>
          <th scope="col">Network</th>
          {costs.map(({ title }) => (
            <th key={title} scope="col">
              Operations, {title}
            </th>
          ))}
          {costs.map(({ title }) => (
            <th key={title} scope="col">
              µJ, {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {networks.map(({ title }, network) => (
          <tr key={title}>
            <th scope="row">{title}</th>
            {costs.map(({ title, operations }) => (
              <td key={title}>{wholeText(operations[network] ?? 0)}</td>
            ))}
            {costs.map(({ title, operations }) => (
              <td key={title}>{numberText(microjoules(operations[network] ?? 0, network))}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Bars of a set of costs stand beside each other, around its place on the axis. */
function chartOf(costs: readonly Costs[]): Chart {
  const bars = costs.flatMap(({ title, operations }, place) =>
    operations.map((count, network) => ({ at: place + (network - 1) * 0.25, count, network, title })),
  );
  return {
    id: "energy",
    title: "Energy estimate of the arithmetic",
    x: {
      label: "",
      values: bars.map(({ at }) => at),
      range: [-0.5, costs.length - 0.5],
      ticks: costs.map(({ title }, place) => [place, title]),
    },
    y: { label: "µJ", range: [0, 1.08 * Math.max(...bars.map(({ count, network }) => microjoules(count, network)))] },
    names: bars.map(({ title }) => title),
    series: networks.map(({ title, tone }, network) => ({
      label: title,
      tone,
      kind: "bars",
      values: bars.map((bar) => (bar.network === network ? microjoules(bar.count, network) : null)),
    })),
  };
}
