import { useRef } from "preact/hooks";
import { chooseImage, invertImages, takeImages } from "../inputs";
import type { Form } from "../model";
import { images, input, inverted } from "../store";

/** Pictures of the visitor's: chosen here or dropped anywhere. */
export function OwnImages({ form }: { form: Form & { kind: "image" } }) {
  const file = useRef<HTMLInputElement>(null);
  return (
    <div class="own-images">
      <button type="button" data-files onClick={() => file.current?.click()}>
        Your own images…
      </button>
      <input
        ref={file}
        data-testid="image-file"
        type="file"
        accept="image/*"
        multiple
        hidden
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = "";
          if (files.length > 0) void takeImages(files);
        }}
      />
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
