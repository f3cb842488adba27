import { render } from "preact";
import { watchAddress } from "./address";
import { App, furnished } from "./components/App";
import { showFirstRun } from "./first-run";
import { readLink } from "./link";
import { begin, go } from "./models";
import { keepOffline } from "./offline";
import "./styles/index.css";

/** Lets go of the thread: nothing should keep it for long, not even the beginning. */
function rest(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve();
    port2.postMessage(undefined);
  });
}

async function start(page: HTMLElement): Promise<void> {
  // Reading the scripts was a task, too.
  await rest();
  // What takes longest, the network, first.
  const ready = begin();
  await rest();
  showFirstRun();
  await rest();
  page.replaceChildren();
  render(<App />, page);
  // After the first frame, whose layout would otherwise have all of it to do.
  requestAnimationFrame(async () => {
    await rest();
    furnished.value = true;
  });
  watchAddress(() => void go(readLink(location.hash)));
  await ready;
  keepOffline();
}

const page = document.getElementById("page");
if (page) void start(page);
