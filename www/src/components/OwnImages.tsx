import { chooseImage, invertImages, takeImages } from "../inputs";
import type { Form } from "../model";
import { images, input, inverted } from "../store";
import { FileButton } from "./FileButton";

/** Pictures of the visitor's: chosen here or dropped anywhere. */
export function OwnImages({ form }: { form: Form & { kind: "image" } }) {
  return (
    <div class="own-images">
      <FileButton name="image" accept="image/*" multiple take={(files) => void takeImages(files)}>
        Your own images…
      </FileButton>
      {images.value.length > 0 && (
        <label class="invert">
          <input
            type="checkbox"
            data-testid="invert"
            checked={inverted.value}
            onChange={(event) => invertImages(event.currentTarget.checked)}
          />{" "}
          Invert
        </label>
      )}
      <OwnInputs title="Your images" />
      {images.value.length > 0 && (
        <p class="hint">
          Scaled and cropped to {form.width} × {form.height}.
          {form.channels === 1 && " Bright pixels are active: invert dark ink on white paper."}
        </p>
      )}
    </div>
  );
}

/** What was brought along, to choose from. */
export function OwnInputs({ title }: { title: string }) {
  const chosen = input.value?.kind === "image" ? input.value.index : undefined;
  if (images.value.length === 0) return null;
  return (
    <select
      aria-label={title}
      data-testid="images"
      value={chosen ?? ""}
      onChange={(event) => chooseImage(Number(event.currentTarget.value))}
    >
      {chosen === undefined && (
        <option value="">
          {title} ({images.value.length})
        </option>
      )}
      {images.value.map(({ name }, index) => (
        <option key={index} value={index}>
          {name}
        </option>
      ))}
    </select>
  );
}
