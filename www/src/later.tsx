import { signal } from "@preact/signals";
import type { ComponentType } from "preact";

/** When what could not be fetched is asked for again, in milliseconds. */
const AGAIN = 5000;

/** Styles that did not come with the code of a part. Vite asks for each only once. */
let missed: HTMLLinkElement[] = [];
const miss = ({ target }: Event) => {
  if (target instanceof HTMLLinkElement && target.rel === "stylesheet") missed.push(target);
};
addEventListener("error", miss, true);

async function fetchMissed(): Promise<void> {
  const links = missed;
  missed = [];
  const again = (link: HTMLLinkElement) =>
    new Promise((resolve, reject) => {
      const next = link.cloneNode() as HTMLLinkElement;
      next.onload = resolve;
      next.onerror = reject;
      link.replaceWith(next);
    });
  await Promise.all(links.map(again));
}

/** A part of the page whose code is fetched when it is first drawn; until then something keeps its place. */
export function later<Props extends object>(
  fetch: () => Promise<ComponentType<Props>>,
  place: ComponentType<Props> = () => null,
): ComponentType<Props> {
  /** Null where it could not be had. */
  const part = signal<ComponentType<Props> | null | undefined>(undefined);
  let asked = false;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const ask = async () => {
    asked = true;
    clearTimeout(waiting);
    try {
      await fetchMissed();
      part.value = await fetch();
    } catch {
      // Without a connection.
      part.value = null;
      waiting = setTimeout(ask, AGAIN);
    }
  };
  /** The button is gone when the part has come, whose first one has the focus then. */
  const again = async ({ currentTarget }: { currentTarget: HTMLElement }) => {
    const around = currentTarget.closest("section, details, aside");
    await ask();
    if (part.value) {
      requestAnimationFrame(() => around?.querySelector<HTMLElement>("button:not([tabindex='-1'])")?.focus());
    }
  };
  return (props: Props) => {
    const Part = part.value ?? place;
    if (!asked) void ask();
    return (
      <>
        <Part {...props} />
        {part.value === null && (
          <p class="problem" role="alert">
            Could not be loaded. Are you online?{" "}
            <button type="button" onClick={again}>
              Try again
            </button>
          </p>
        )}
      </>
    );
  };
}
