import type { NeuronFacts } from "../engine/calls";
import { parameters, strengthOf } from "../parameters";

const number = (value: number | undefined) =>
  value === undefined ? "–" : Number(value.toPrecision(3)).toString().replace("-", "−");

/** The threshold and the noise, with the numbers of this neuron at the step on show. */
export function Formula({ facts, step, isOutput }: { facts: NeuronFacts; step: number; isOutput: boolean }) {
  const { steps, base, floor } = facts.conversion;
  const [plain, l4] = facts.networks;
  const scale = l4 && l4.l4 > 0 ? l4.sigmaL4 / (Math.sqrt(steps) * l4.l4) : 0;
  const strength = strengthOf(facts.conversion);
  const concentration = l4?.concentration ?? 1;
  const asked = strength * (l4?.sigmaL4 ?? 0) * concentration;
  const inUse = l4?.threshold ?? 0;
  const sigma = (l4?.sigmaL4 ?? 0) * Math.sqrt(step / steps);
  const apart = sigma > 0 ? ((l4?.arrived[step - 1] ?? 0) - step * (l4?.drift ?? 0)) / sigma : 0;
  const inBoth = (steps: number) => {
    const [one, other] = facts.networks.map(({ drift }) => number(steps * drift));
    return one === other ? one : `${one} in plain, ${other} in L4`;
  };
  return (
    <dl class="formula" data-testid="formula">
      <dt class="l4">L4 threshold</dt>
      <dd>
        <var>θ</var> = <var>k</var> √<var>T</var> ‖<var>w</var>‖₄ <var>s</var> = {number(strength)} × √{steps} ×{" "}
        {number(l4?.l4)} × {number(scale)}
        {concentration !== 1 && ` × ${number(concentration)} (its channel is noisier where spikes are)`} ={" "}
        <b class="number">{number(asked)}</b>
        {Math.abs(asked / inUse - 1) >= 0.005 && (
          <>
            ; in use: <b class="number">{number(inUse)}</b>,{" "}
            {isOutput ? "which all outputs share" : boundOf(inUse, asked)}
          </>
        )}
      </dd>
      <dt class="plain">Plain threshold</dt>
      <dd>
        {baseOf(base)}: <b class="number">{number(plain?.threshold)}</b>
      </dd>
      <dt>Mean drift</dt>
      <dd>
        <var>b</var> + Σ <var>w a</var> = {inBoth(1)} per step; after {step}: <b class="number">{inBoth(step)}</b>
        {facts.silent &&
          ` (${isOutput ? "a score below 0" : "the trained neuron is silent"}: only noise can make it fire)`}
      </dd>
      <dt>Noise</dt>
      <dd>
        <var>σ</var>
        <sub>{step}</sub> = √{step} ‖<var>w</var>‖₄ <var>s</var> = <b class="number">{number(sigma)}</b>
        {/* Of what a floor takes away nothing is known. */}
        {floor === "none" && `; the input of the L4 network is ${number(Math.round(100 * apart) / 100)} σ off its mean`}
      </dd>
    </dl>
  );
}

/** Why a threshold is not what the noise asks for. */
const boundOf = (inUse: number, asked: number) =>
  inUse > asked ? "so that it has room for the neuron’s activations" : "so that the neuron’s activations can reach it";

/** What the plain threshold is, in the words of its control. */
function baseOf(value: string): string | undefined {
  const parameter = parameters.find(({ id }) => id === "base");
  return parameter?.kind === "choice" ? parameter.choices.find((choice) => choice.value === value)?.label : undefined;
}
