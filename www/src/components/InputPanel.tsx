import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { markPlace } from "../address";
import { dataSets } from "../data";
import { showRandom } from "../inputs";
import { type Form, type Model, shapeText } from "../model";
import { paint } from "../picture";
import { clearInput } from "../session";
import { inked, input, model } from "../store";
import { OwnImages } from "./OwnImages";
import { Pad } from "./Pad";
import { Refusal } from "./Refusal";
import { Samples } from "./Samples";
import { Values } from "./Values";

type ImageForm = Form & { kind: "image" };

/** The page begins with a network for digits; the form of its inputs keeps the place until it is loaded. */
const first: ImageForm = { kind: "image", channels: 1, width: 28, height: 28 };
const firstSet = dataSets.get("mnist");

/** What both networks look at: drawn, chosen or brought along. */
export function InputPanel() {
  const network = model.value;
  const form = network?.form ?? first;
  return (
    <section class="digit" aria-labelledby="title-digit">
      <h2 id="title-digit">{titleOf(network)}</h2>
      {form.kind === "image" ? <ImageInput form={form} network={network} /> : <Values count={form.count} />}
      <Refusal of="images" />
    </section>
  );
}

const thingOf = (network: Model | null) => (network ? (network.dataSet?.thing ?? "picture") : "digit");

/** What the page asks for, in few words: the line about it stays as long, whatever is read. */
export function task(): string {
  const network = model.value;
  if (network?.form.kind === "values") return "Set the input";
  const things: Record<string, string> = { mnist: "a digit", fashion: "a garment" };
  return `Draw ${things[network ? (network.dataSet?.id ?? "") : "mnist"] ?? "something"}`;
}

function titleOf(network: Model | null): string {
  if (network?.form.kind === "values") return "Input values";
  return `Draw a ${thingOf(network)}`;
}

function ImageInput({ form, network }: { form: ImageForm; network: Model | null }) {
  const samples = network ? network.dataSet : firstSet;
  const clearable = input.value !== null || inked.value;
  const clear = () => {
    markPlace();
    clearInput();
  };
  return (
    <>
      <div class="digit-views">
        <Pad key={shapeText([form.channels, form.height, form.width])} form={form} thing={thingOf(network)} />
        <div class="digit-side">
          <Preview form={form} centred={!network || network.dataSet?.centred === true} />
          {network && !samples && (
            <button type="button" data-testid="random" onClick={showRandom}>
              Random
            </button>
          )}
          <button type="button" data-testid="clear" onClick={() => clearable && clear()} aria-disabled={!clearable}>
            Clear
          </button>
        </div>
      </div>
      {samples && <Samples key={samples.id} dataSet={samples} />}
      <OwnImages form={form} />
    </>
  );
}

/** The pixels that reach the input neurons. */
function Preview({ form, centred }: { form: ImageForm; centred: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, channels } = form;
  useSignalEffect(() => {
    const context = canvas.current?.getContext("2d");
    context?.clearRect(0, 0, width, height);
    if (canvas.current) canvas.current.style.aspectRatio = `${width} / ${height}`;
    if (input.value) context?.drawImage(paint(input.value.values, form), 0, 0);
  });
  return (
    <figure class="preview">
      <div class="preview-frame">
        <canvas ref={canvas} class={channels === 1 ? "ink" : ""} width={width} height={height} />
      </div>
      <figcaption>
        What the networks see: {width} × {height} pixels{channels === 3 ? " in colour" : ""}
        {centred && input.value?.kind !== "image" ? ", centred" : ""}
      </figcaption>
    </figure>
  );
}
