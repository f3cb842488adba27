// What an evaluation belongs to: the trained network in use, or all that is on show.

import { computed } from "@preact/signals";
import { sourceOf } from "./calibration";
import { type Evaluation, evaluated, evaluation } from "./evaluation";
import { input, model, ownInputs, settings } from "./store";

/** Whether it is of the trained network in use and what it reads, with whatever settings. */
export const isOfNetwork = ({ model: { key }, dataSet }: Evaluation) =>
  key === model.value?.key && dataSet === model.value.dataSet?.id;

/** Whether it is of the networks on show: of the one in use, with the settings and the calibration in use. */
export function isOnShow(made: Evaluation): boolean {
  const network = model.value;
  if (!network || !isOfNetwork(made)) return false;
  const source = sourceOf(network, input.value?.values ?? new Float32Array(), ownInputs.value);
  return source === made.source && JSON.stringify(settings.value) === JSON.stringify(made.settings);
}

/** The newest that is of the networks on show, and what is known of it. */
export const onShow = computed(() => {
  const all = [...evaluated.value, ...(evaluation.value ? [evaluation.value] : [])];
  return all.findLast((made) => made.result && isOnShow(made)) ?? null;
});
