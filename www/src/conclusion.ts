// How a run ended: what the input really is, and what the networks took for it.

import { className } from "./model";
import { countedOf, label, model, now } from "./store";

/** "a 7", "an Ankle boot", "Trousers". */
const withArticle = (name: string) => (name === "Trousers" ? name : `${/^[aeio8]/i.test(name) ? "an" : "a"} ${name}`);

/** What was said of both decisions, with what is known of the truth and the cost. */
export function concluded(said: string): string {
  return [said + truth(), cost()].filter(Boolean).join(" ");
}

function truth(): string {
  if (label.value === undefined) return ".";
  const right = now.value?.networks.filter((network) => countedOf(network) === label.value).length;
  return `${[", but", ";", ", and"][right ?? 1]} it is ${withArticle(className(model.value, label.value))}.`;
}

/** What the run took, in a sentence. */
export function cost(): string {
  const [plain, l4] = now.value?.networks.map(({ synapticOperations }) => synapticOperations) ?? [];
  if (!plain || l4 === undefined) return "";
  return `L4 took ${Math.round((100 * l4) / plain)} % of plain’s operations.`;
}
