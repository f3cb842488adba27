import { catalogue } from "../catalogue";
import { OWN, shapeText } from "../model";
import { chooseModel, takeModel } from "../models";
import { converted, model, ownModel, reading, settings } from "../store";
import { FileButton } from "./FileButton";
import { ModelReport } from "./ModelReport";
import { Refusal } from "./Refusal";

/** Which trained network becomes a spiking one: one of the page's, or the visitor's own. */
export function ModelPanel() {
  return (
    <section class="model" aria-labelledby="title-model">
      <h2 id="title-model">Trained network</h2>
      <div class="model-choice">
        <select
          data-testid="model"
          aria-labelledby="title-model"
          value={settings.value.model}
          onChange={(event) => void chooseModel(event.currentTarget.value)}
        >
          {catalogue.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
          {ownModel.value && <option value={OWN}>Yours: {ownModel.value.title}</option>}
        </select>
        <FileButton
          name="model"
          accept=".onnx,.safetensors"
          describedBy="own-hint"
          busy={reading.value !== null}
          take={([file]) => void takeModel(file)}
        >
          Your own model…
        </FileButton>
      </div>
      <div class="own-hint">
        <p id="own-hint" class={reading.value === null ? "hint" : "hint hidden"}>
          .onnx or .safetensors; or drop it anywhere on the page. It never leaves this tab.
        </p>
        {reading.value !== null && <Reading file={reading.value} />}
      </div>
      <Refusal of="model" />
      {model.value?.own && <ModelReport model={model.value} />}
      <p class="unseen" role="status" data-testid="model-status">
        {status()}
      </p>
    </section>
  );
}

/** What is done of a file. */
function Reading({ file }: { file: string }) {
  const percent = Math.floor(converted.value * 100);
  return <p class="reading">{percent > 0 ? `Converting ${file}: ${percent} %` : `Reading ${file} …`}</p>;
}

function status(): string {
  if (reading.value !== null) return `Reading ${reading.value}.`;
  const own = model.value?.own ? model.value : null;
  return own
    ? `Model ${own.title} read: ${own.layers.length} ${own.layers.length === 1 ? "layer" : "layers"}, input ${shapeText(own.inputShape)}.`
    : "";
}
