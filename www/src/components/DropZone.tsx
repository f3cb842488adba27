import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { takeImages, takeValues } from "../inputs";
import { takeModel } from "../models";

const bringsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** Images and texts by what they are called; everything else is taken for a model, which tells itself what it is. */
function take(files: readonly File[]): void {
  const values = files.find(({ name }) => /\.(csv|txt)$/i.test(name));
  if (values) return void takeValues(values);
  const isImage = ({ type }: File) => type.startsWith("image/");
  const found = files.find((file) => !isImage(file));
  if (found) void takeModel(found);
  else if (files.length > 0) void takeImages(files);
}

/** Takes files that are dropped anywhere on the page, and says so while they are dragged. */
export function DropZone() {
  const over = useSignal(false);

  useEffect(() => {
    const listeners: Record<string, (event: DragEvent) => void> = {
      dragover: (event) => {
        if (!bringsFiles(event)) return;
        // Without this the browser would open the file in place of the page.
        event.preventDefault();
        over.value = true;
      },
      // Only what leaves the page has nowhere to go to.
      dragleave: (event) => {
        if (event.relatedTarget === null) over.value = false;
      },
      drop: (event) => {
        if (!bringsFiles(event)) return;
        event.preventDefault();
        over.value = false;
        take([...(event.dataTransfer?.files ?? [])]);
      },
    };
    const all = Object.entries(listeners) as [string, EventListener][];
    for (const [name, listener] of all) addEventListener(name, listener);
    return () => {
      for (const [name, listener] of all) removeEventListener(name, listener);
    };
  }, [over]);

  if (!over.value) return null;
  return (
    <div class="drop-hint" data-testid="drop-hint">
      <p>
        <strong>Drop a trained network</strong> (.onnx, .safetensors), <strong>images</strong> or{" "}
        <strong>values</strong> (.csv)
        <br />
        They never leave this tab.
      </p>
    </div>
  );
}
