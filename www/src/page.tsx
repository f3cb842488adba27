import { render } from "preact";
import { watchAddress } from "./address";
import { App, extent } from "./components/App";
import { readLink } from "./link";
import { begin, go } from "./models";
import { keepOffline } from "./offline";
import { frame, rest } from "./tasks";

/** Draws the page, each part in a frame of its own, and brings it to life. */
export async function open(page: HTMLElement): Promise<void> {
  page.replaceChildren();
  render(<App />, page);
  await frame();
  extent.value = "run";
  // The network, whose worker and compiler take the processor from whatever else is done, begins after the run is seen.
  await frame();
  const ready = begin();
  await rest();
  extent.value = "all";
  watchAddress(() => void go(readLink(location.hash)));
  await ready;
  keepOffline();
}
