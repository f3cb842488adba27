import { render } from "preact";
import { watchAddress } from "./address";
import { App } from "./components/App";
import { playFirstRun, showFirstRun } from "./first-run";
import { begin, go } from "./models";
import { keepOffline } from "./offline";
import { extent } from "./store";
import { frame, rest } from "./tasks";
import "./styles/index.css";

/** Draws the page and brings it to life. It is made in many small tasks, and not seen until the run is there. */
async function start(page: HTMLElement): Promise<void> {
  // Reading the scripts was a task, too.
  await rest();
  showFirstRun();
  await rest();
  page.classList.add("unfinished");
  page.replaceChildren();
  render(<App />, page);
  await laidOut(page);
  extent.value = "run";
  await laidOut(page);
  page.classList.remove("unfinished");
  playFirstRun();
  // The network, whose worker and compiler take the processor from whatever else is done, begins after the first frame.
  await frame();
  const ready = begin();
  await rest();
  extent.value = "all";
  watchAddress((next, back) => void go(next, { entry: true, back }));
  await ready;
  keepOffline();
}

/** Style and layout of what has been drawn, in a task of their own, so that a frame does not have to do all of them. */
async function laidOut(page: HTMLElement): Promise<void> {
  await rest();
  page.getBoundingClientRect();
  await rest();
}

const page = document.getElementById("page");
if (page) void start(page);
