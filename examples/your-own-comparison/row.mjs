// One row of the study's table: an evaluation of your own, in some twenty lines, for Node and for the browser.

/** The networks to compare; change them at will. */
const methods = {
  plain: { adjustment: "none" },
  "plain, gain": { adjustment: "none", biasCorrection: true, gainCorrection: true },
  "l4, margin": { adjustment: "l4" },
};

/** `quartic` from "quartic-snn" or "quartic-snn/worker"; `test` is `{ images, labels }`. */
export async function row(quartic, { model, calibration, test, steps, seed }) {
  const ann = await quartic.readModel(model);
  const convert = ([name, options]) => quartic.convert(ann, { calibration, steps, name, ...options });
  const networks = await Promise.all(Object.entries(methods).map(convert));
  const result = await quartic.evaluate(networks, test, { steps, seed });
  const percent = ({ accuracy, standardError }) =>
    `${(100 * accuracy).toFixed(2)} ± ${(100 * standardError).toFixed(2)} %`;
  return [
    `input limit: ${percent(result.inputLimit)}`,
    ...result.networks.map(
      (one) => `${one.name}: ${percent(one)}, ${Math.round(one.synapticOperationsPerImage)} operations`,
    ),
  ];
}
