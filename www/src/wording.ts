// Settings in words, as their controls show them.

import { rangeText } from "./components/Controls";
import { chosenOrUsual, defaults, type Parameter, parameters, type Settings } from "./parameters";

function valueText(parameter: Parameter, settings: Settings): string {
  if (parameter.kind === "range") return rangeText(parameter, chosenOrUsual(parameter, settings));
  const value = String(settings[parameter.id]);
  return parameter.kind === "choice" ? (parameter.choices.find((one) => one.value === value)?.label ?? value) : value;
}

/** All settings but the network: those that the page does not begin with, one by one. */
export function settingsText(settings: Settings): string {
  const changed = parameters.filter(({ id }) => settings[id] !== defaults[id]);
  if (changed.length === 0) return "defaults";
  return `${changed.map((parameter) => `${parameter.label}: ${valueText(parameter, settings)}`).join(", ")}, otherwise defaults`;
}
