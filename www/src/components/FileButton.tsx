import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

interface Asked {
  children: ComponentChildren;
  /** What the visitor is offered, as the `accept` of an input. */
  accept: string;
  multiple?: boolean;
  /** What tests find it by: the button as `own-` it, the input as it `-file`. */
  name: string;
  /** The id of what says more. */
  describedBy?: string;
  /** Whether no file can be taken now. The button keeps the focus. */
  busy?: boolean;
  take: (files: [File, ...File[]]) => void;
}

/** A button that asks for files, marked for a refusal to find it. */
export function FileButton({ children, accept, multiple, name, describedBy, busy, take }: Asked) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        data-files
        data-testid={`own-${name}`}
        aria-describedby={describedBy}
        aria-disabled={busy}
        onClick={() => busy || input.current?.click()}
      >
        {children}
      </button>
      <input
        ref={input}
        data-testid={`${name}-file`}
        type="file"
        accept={accept}
        multiple={multiple}
        hidden
        onChange={(event) => {
          const [first, ...rest] = event.currentTarget.files ?? [];
          // The same file can be chosen again.
          event.currentTarget.value = "";
          if (first) take([first, ...rest]);
        }}
      />
    </>
  );
}
