import { type Model, readingOf, readings, shapeText } from "../model";
import { takeFor } from "../models";
import { calibratedOn } from "../store";

/** What was read of a visitor's file, and what was done to it. */
export function ModelReport({ model }: { model: Model }) {
  const { title, inputShape, outputs, layers, report } = model;
  const kinds = readings(model);
  return (
    <div class="report" data-testid="report">
      <dl>
        <dt>Model</dt>
        <dd>{title}</dd>
        <dt>Input</dt>
        <dd>{shapeText(inputShape)}</dd>
        <dt>Outputs</dt>
        <dd>{outputs}</dd>
      </dl>
      {kinds.length > 1 && (
        <label>
          It reads{" "}
          <select
            data-testid="reads"
            value={readingOf(model)}
            onChange={(event) => void takeFor(event.currentTarget.value)}
          >
            {kinds.map(({ id, text }) => (
              <option key={id} value={id}>
                {text}
              </option>
            ))}
          </select>
        </label>
      )}
      <details open={layers.length <= FEW}>
        <summary>{layers.length === 1 ? "1 layer" : `${layers.length} layers`}</summary>
        <table>
          <thead class="unseen">
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Type</th>
              <th scope="col">Shape</th>
            </tr>
          </thead>
          <tbody>
            {layers.map(({ name, type, shape }) => (
              <tr key={name}>
                <td>{name}</td>
                <td>{type}</td>
                <td class="number">{shapeText(shape)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      {report.rewrites.map(({ step, layers: changed, largestDifference }) => (
        <details key={step}>
          <summary>{step}</summary>
          <p>{changed.join(", ")}</p>
          <p class="soft">Largest difference in an output: {difference(largestDifference)}</p>
        </details>
      ))}
      {report.dropped.length > 0 && (
        <details>
          <summary>left out parts that change no decision</summary>
          <p>{report.dropped.join(", ")}</p>
        </details>
      )}
      {report.notes.filter(isForVisitors).map((note) => (
        <p key={note}>{note}</p>
      ))}
      <p>{calibratedOn.value}</p>
      <p class="soft">A link to this page cannot hold your model: it opens one of the page’s own.</p>
    </div>
  );
}

/** The order of channels concerns those who give values themselves; the page brings images into it. */
const isForVisitors = (note: string) => !note.includes("channel-first");

/** Longer lists of layers begin folded. */
const FEW = 8;

const difference = (value: number) => (value === 0 ? "none" : `${value.toExponential(1)} of the largest output`);
