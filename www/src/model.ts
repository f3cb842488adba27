import { CLASSES, type DataSet, dataSets, SIDE } from "./data";
import type { ModelFacts } from "./engine/calls";

/** The key of a visitor's own model among the settings; it is no part of the address. */
export const OWN = "own";

/** What one input is: an image, or values that have no place. */
export type Form = Picture | { kind: "values"; count: number };

export interface Picture {
  kind: "image";
  channels: 1 | 3;
  width: number;
  height: number;
}

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
  const picture = pictureOf(facts.inputShape);
  // A vector of so few values is rather a row of a table.
  const isTable = facts.inputShape.length === 1 && (picture?.width ?? 0) < SMALLEST;
  const bare = { ...facts, ...rest, own: named === undefined, form: valuesOf(facts.inputShape) };
  return takenFor({ ...bare, dataSet: undefined, classes: undefined }, isTable ? VALUES : (named ?? "mnist"));
}

/** What a network may be taken for beside one that was trained on a data set of the page. */
export const [OTHER, VALUES] = ["", "values"];

/** Smaller pictures are rare among the vectors of so many values. */
const SMALLEST = 8;

/** What a visitor's network may read, which only its owner knows: ids and words. */
export function readings({ inputShape }: Model): { id: string; text: string }[] {
  const picture = pictureOf(inputShape);
  const { width = 0, height = 0 } = picture ?? {};
  const pictures = fits(picture)
    ? [...[...dataSets.values()].map(({ id, things }) => ({ id, text: things })), { id: OTHER, text: "other pictures" }]
    : [{ id: OTHER, text: `pictures of ${width} × ${height}` }];
  return [
    ...(picture ? pictures : []),
    ...(inputShape.length === 3 && picture ? [] : [{ id: VALUES, text: "values" }]),
  ];
}

/** Which of its readings is in use. */
export const readingOf = ({ form, dataSet }: Model) => (form.kind === "values" ? VALUES : (dataSet?.id ?? OTHER));

/** The same network, taken for one that was trained on a data set of the page, or on none. */
export function takenFor(model: Model, id: string): Model {
  const picture = id === VALUES ? undefined : pictureOf(model.inputShape);
  const dataSet = fits(picture) ? dataSets.get(id) : undefined;
  const classes = model.outputs === CLASSES ? dataSet?.classes : undefined;
  return { ...model, form: picture ?? valuesOf(model.inputShape), dataSet, classes };
}

const fits = (picture: Picture | undefined) =>
  picture?.channels === 1 && picture.width === SIDE && picture.height === SIDE;

/** Inputs as a picture, where they may be one: grey or in colour, or a vector of as many values as a square has. */
function pictureOf(shape: readonly number[]): Picture | undefined {
  const [channels = 1, height = 1, width = 1] = shape;
  if (shape.length === 3 && (channels === 1 || channels === 3)) return { kind: "image", channels, height, width };
  const side = Math.sqrt(channels);
  if (shape.length !== 1 || !Number.isInteger(side) || side === 1) return undefined;
  return { kind: "image", channels: 1, height: side, width: side };
}

const valuesOf = (shape: readonly number[]): Form => ({
  kind: "values",
  count: shape.reduce((product, size) => product * size, 1),
});

export const sameForm = (a: Form, b: Form) => JSON.stringify(a) === JSON.stringify(b);

/** What an output is called, alone and in a sentence. */
export const className = (model: Pick<Model, "classes"> | null, index: number) =>
  model ? (model.classes?.[index] ?? `class ${index}`) : String(index);

export const hasConvolutions = ({ layers }: ModelFacts) => layers.some(({ type }) => type === "conv2d");

/** A shape as people write it. */
export const shapeText = (shape: readonly number[]) => shape.join(" × ");
