import { showFirstRun } from "./first-run";
import { rest } from "./tasks";
import "./styles/index.css";

async function start(page: HTMLElement): Promise<void> {
  // What draws the page is fetched meanwhile, and read in a task of its own.
  const drawing = import("./page");
  await rest();
  showFirstRun();
  const { open } = await drawing;
  await rest();
  await open(page);
}

const page = document.getElementById("page");
if (page) void start(page);
