import { signal } from "@preact/signals";
import type { ComponentType } from "preact";

/** When what could not be fetched is asked for again, in milliseconds. */
const AGAIN = 5000;

/** A part of the page whose code is fetched when it is first drawn; until then something keeps its place. */
export function later<Props extends object>(
  fetch: () => Promise<ComponentType<Props>>,
  place: ComponentType<Props> = () => null,
): ComponentType<Props> {
  const part = signal<ComponentType<Props> | undefined>(undefined);
  let asked = false;
  const ask = async () => {
    if (asked) return;
    asked = true;
    try {
      part.value = await fetch();
    } catch {
      // Without a connection.
      setTimeout(() => {
        asked = false;
        void ask();
      }, AGAIN);
    }
  };
  return (props: Props) => {
    const Part = part.value ?? place;
    if (!part.value) void ask();
    return <Part {...props} />;
  };
}
