import { useRef } from "preact/hooks";
import { model, refusal } from "../store";

/** Files that were not taken, beside what would have taken them: what failed, and that nothing else has changed. */
export function Refusal({ of }: { of: "model" | "images" }) {
  const box = useRef<HTMLDivElement>(null);
  const refused = refusal.value;
  if (refused?.of !== of) return null;
  const close = () => {
    // Where one would go on.
    const next = box.current?.parentElement?.querySelector<HTMLElement>("[data-files], textarea");
    refusal.value = null;
    next?.focus();
  };
  return (
    <div ref={box} class="problem refusal" role="alert" data-testid="refusal">
      <p>
        Not accepted: <strong>{refused.file}</strong>. {refused.reason}
      </p>
      {of === "model" && model.value && <p class="soft">{model.value.title} stays in use.</p>}
      <button type="button" onClick={close}>
        Close
      </button>
    </div>
  );
}
