// When what is painted in the colours of the page has to be painted again.

const scheme = matchMedia("(prefers-color-scheme: dark)");
const { classList } = document.documentElement;

// On paper colours are those of the light scheme; pictures are painted before they are put there.
addEventListener("beforeprint", () => classList.add("on-paper"));
addEventListener("afterprint", () => classList.remove("on-paper"));

/** Calls `repaint` whenever the colours of the page have changed; what it gives ends that. */
export function watchColours(repaint: () => void): () => void {
  const gone = new AbortController();
  const { signal } = gone;
  scheme.addEventListener("change", repaint, { signal });
  for (const event of ["beforeprint", "afterprint"]) addEventListener(event, repaint, { signal });
  return () => gone.abort();
}
