import { render } from "preact";
import { watchAddress } from "./address";
import { App, furnished } from "./components/App";
import { showFirstRun } from "./first-run";
import { readLink } from "./link";
import { begin, go } from "./models";
import { keepOffline } from "./offline";
import "./styles/index.css";

/** How long a frame is waited for, in milliseconds. */
const PATIENCE = 250;

/** Lets go of the thread: nothing should keep it for long, not even the beginning. */
function rest(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve();
    port2.postMessage(undefined);
  });
}

/** Waits until a frame has been drawn; not for long, since a page in the background draws none. */
async function frame(): Promise<void> {
  await new Promise<unknown>((resolve) => {
    requestAnimationFrame(resolve);
    setTimeout(resolve, PATIENCE);
  });
  await rest();
}

async function start(page: HTMLElement): Promise<void> {
  // Reading the scripts was a task, too.
  await rest();
  showFirstRun();
  await rest();
  page.replaceChildren();
  render(<App />, page);
  // The network, whose worker and compiler take the processor from whatever else is done, begins after the first frame;
  // what lies below the first screen follows, whose layout that frame would otherwise have to do as well.
  await frame();
  const ready = begin();
  await rest();
  furnished.value = true;
  watchAddress(() => void go(readLink(location.hash)));
  await ready;
  keepOffline();
}

const page = document.getElementById("page");
if (page) void start(page);
