import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { EvaluateResult } from "quartic-snn";
import { isOfNetwork } from "../belonging";
import type { Evaluation } from "../evaluation";
import { showTestImage } from "../inputs";
import { className } from "../model";
import { bringIntoView } from "../scroll";
import { sides } from "../store";

/** As many images of one cell as are offered. */
const MOST = 40;

/** What was taken for what, network by network; a cell opens the images in it. */
export function Confusion({ evaluation, result }: { evaluation: Evaluation; result: EvaluateResult }) {
  const cell = useSignal<{ network: number; label: number; prediction: number } | null>(null);
  const images = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (cell.value) bringIntoView(images.current);
  }, [cell.value]);
  const { model } = evaluation;
  const classes = Array.from({ length: model.outputs }, (_, index) => index);
  const imagesOf = (network: number, label: number, prediction: number) =>
    [...(result.networks[network]?.predictions ?? [])].flatMap((found, image) =>
      found === prediction && evaluation.labels[image] === label ? [image] : [],
    );
  const isChosen = (...place: number[]) =>
    String(place) === String([cell.value?.network, cell.value?.label, cell.value?.prediction]);
  const chosen = cell.value && imagesOf(cell.value.network, cell.value.label, cell.value.prediction);
  return (
    <div data-testid="confusion">
      <div class="confusions">
        {result.networks.map(({ name }, network) => (
          <table key={name} class={`confusion ${sides[network]?.id}`}>
            <caption>{sides[network]?.title}: rows are the true class, columns the class read</caption>
            <thead>
              <tr>
                <td />
                {classes.map((prediction) => (
                  <th key={prediction} scope="col">
                    {prediction}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {classes.map((label) => (
                <tr key={label}>
                  <th scope="row">{label}</th>
                  {classes.map((prediction) => {
                    const count = imagesOf(network, label, prediction).length;
                    return (
                      <td key={prediction} class={label === prediction ? "diagonal" : ""}>
                        {count > 0 && (
                          <button
                            type="button"
                            aria-pressed={isChosen(network, label, prediction)}
                            aria-label={`${count} of ${className(model, label)} read as ${className(model, prediction)}`}
                            onClick={() => (cell.value = { network, label, prediction })}
                          >
                            {count}
                          </button>
                        )}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        ))}
      </div>
      <p class="hint">
        {className(model, 0) !== "0" && `${classes.map((index) => `${index} ${className(model, index)}`).join(", ")}. `}
        Choose a number to see its images.
      </p>
      <p ref={images} class="cell-images" data-testid="cell-images">
        <span role="status">
          {cell.value &&
            `${className(model, cell.value.label)} read as ${className(model, cell.value.prediction)} by ${sides[cell.value.network]?.title}${
              isOfNetwork(evaluation)
                ? "; run one again, by its number in the test set: "
                : ". To run one again, choose the network that read them."
            }`}
        </span>
        {isOfNetwork(evaluation) &&
          chosen?.slice(0, MOST).map((image) => (
            <button
              key={image}
              type="button"
              aria-label={`Image ${image}`}
              onClick={() => {
                void showTestImage(evaluation.dataSet, image);
                bringIntoView(document.querySelector(".ratios"));
              }}
            >
              {image}
            </button>
          ))}
      </p>
    </div>
  );
}
