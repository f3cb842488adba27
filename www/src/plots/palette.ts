/**
 * Custom properties of the page as colours, which canvases and files want: resolved for the scheme in use, and told
 * apart where the visitor's system chooses the colours of everything else.
 */
export function paletteOf(element: Element, tones: readonly string[]): Map<string, string> {
  const probe = element.appendChild(document.createElement("i"));
  probe.style.setProperty("forced-color-adjust", "none");
  const palette = new Map<string, string>();
  for (const tone of tones) {
    probe.style.color = `var(${tone})`;
    palette.set(tone, getComputedStyle(probe).color);
  }
  probe.remove();
  return palette;
}
