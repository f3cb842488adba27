import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { CLASSES, type DataSet, SAMPLE_ROWS, SAMPLES, SIDE } from "../data";
import { chooseSample } from "../inputs";
import { paintSheet } from "../picture";
import { extent, input, samples } from "../store";

const moves: Record<string, (index: number) => number> = {
  ArrowLeft: (index) => index - 1,
  ArrowRight: (index) => index + 1,
  ArrowUp: (index) => index - CLASSES,
  ArrowDown: (index) => index + CLASSES,
  Home: (index) => index - (index % CLASSES),
  End: (index) => index - (index % CLASSES) + CLASSES - 1,
};

/** 100 test images to choose from, one column per class; arrow keys move in it. */
export function Samples({ dataSet }: { dataSet: DataSet }) {
  const list = useRef<HTMLDivElement>(null);
  const chosen = useComputed(() => (input.value?.kind === "sample" ? input.value.index : undefined));
  // The one sample that the tab key reaches.
  const reached = useSignal(0);

  useSignalEffect(() => {
    if (chosen.value !== undefined) reached.value = chosen.value;
  });
  useSignalEffect(() => {
    const set = samples.value;
    if (!set) return;
    let address: string | undefined;
    // Packed beside the page's own thread.
    paintSheet(set, SIDE, CLASSES).toBlob((blob) => {
      if (!blob) return;
      address = URL.createObjectURL(blob);
      list.current?.style.setProperty("--sprite", `url(${address})`);
      list.current?.setAttribute("data-painted", "");
    });
    return () => address && URL.revokeObjectURL(address);
  });

  const move = (event: KeyboardEvent) => {
    const next = moves[event.key]?.(reached.value);
    if (next === undefined) return;
    event.preventDefault();
    if (next < 0 || next >= SAMPLES) return;
    reached.value = next;
    chooseSample(next);
    (list.current?.children[next] as HTMLElement | undefined)?.focus();
  };

  return (
    <div class="samples-frame">
      <p id="samples-label">or choose a {dataSet.id === "mnist" ? "handwritten one" : "photographed one"}</p>
      <div
        ref={list}
        class="samples"
        data-testid="samples"
        role="listbox"
        aria-labelledby="samples-label"
        onKeyDown={move}
      >
        {extent.value === "all" &&
          Array.from({ length: SAMPLES }, (_, index) => (
            <button
              key={index}
              type="button"
              role="option"
              class="ink"
              aria-selected={index === chosen.value}
              title={dataSet.id === "mnist" ? undefined : dataSet.classes[index % CLASSES]}
              aria-label={`${dataSet.classes[index % CLASSES]}, sample ${Math.floor(index / CLASSES) + 1}`}
              tabIndex={index === reached.value ? 0 : -1}
              style={{ backgroundPosition: `${position(index % CLASSES)} ${position(Math.floor(index / CLASSES))}` }}
              onClick={() => chooseSample(index)}
            />
          ))}
      </div>
    </div>
  );
}

const position = (place: number) => `${(place / (SAMPLE_ROWS - 1)) * 100}%`;
