import { CLASSES, type DataSet, dataSets, SIDE } from "./data";
import type { ModelFacts } from "./engine/calls";

/** The key of a visitor's own model among the settings; it is no part of the address. */
export const OWN = "own";

/** What one input is: an image, or values that have no place. */
export type Form =
  | { kind: "image"; channels: 1 | 3; width: number; height: number }
  | { kind: "values"; count: number };

/** A trained network that was read. */
export interface Model extends ModelFacts {
  /** Its name in the worker. */
  key: string;
  title: string;
  own: boolean;
  bytes: Uint8Array;
  form: Form;
  /** The images that fit, where the page has such. */
  dataSet: DataSet | undefined;
  /** What the outputs mean, where that is known: only then labels of the data set can be compared with them. */
  classes: readonly string[] | undefined;
}

/** What settings call a model. */
export const idOf = ({ own, key }: Model) => (own ? OWN : key);

/** Puts together what is known of a model. A visitor's model of the right shape is taken for one that reads digits. */
export function describe(
  facts: ModelFacts,
  given: { key: string; title: string; bytes: Uint8Array; dataSet?: string },
): Model {
  const { dataSet: named, ...rest } = given;
  const form = formOf(facts.inputShape);
  const set = dataSets.get(named ?? "mnist");
  const dataSet = fits(form) ? set : undefined;
  const classes = facts.outputs === CLASSES ? dataSet?.classes : undefined;
  return { ...facts, ...rest, form, own: named === undefined, dataSet, classes };
}

/** Whether a network may have been trained on any of the page's data sets: then only its owner knows which. */
export const isForClasses = ({ form, outputs }: Model) => fits(form) && outputs === CLASSES;

/** The same network, taken for one that was trained on a data set of the page, or on none. */
export function trainedOn(model: Model, set: string): Model {
  const dataSet = dataSets.get(set);
  return { ...model, dataSet, classes: dataSet?.classes };
}

const fits = (form: Form) =>
  form.kind === "image" && form.channels === 1 && form.width === SIDE && form.height === SIDE;

function formOf(shape: readonly number[]): Form {
  const [channels = 1, height = 1, width = 1] = shape;
  if (shape.length === 3 && (channels === 1 || channels === 3)) return { kind: "image", channels, height, width };
  const count = shape.reduce((product, size) => product * size, 1);
  const side = Math.sqrt(count);
  if (shape.length === 1 && Number.isInteger(side) && side > 1) {
    return { kind: "image", channels: 1, height: side, width: side };
  }
  return { kind: "values", count };
}

export const sameForm = (a: Form, b: Form) => JSON.stringify(a) === JSON.stringify(b);

/** What an output is called, alone and in a sentence. */
export const className = (model: Pick<Model, "classes"> | null, index: number) =>
  model ? (model.classes?.[index] ?? `class ${index}`) : String(index);

export const hasConvolutions = ({ layers }: ModelFacts) => layers.some(({ type }) => type === "conv2d");

/** A shape as people write it. */
export const shapeText = (shape: readonly number[]) => shape.join(" × ");
