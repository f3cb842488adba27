import { render } from "preact";
import { watchAddress } from "./address";
import { App } from "./components/App";
import { showFirstRun } from "./first-run";
import { readLink } from "./link";
import { begin, go } from "./models";
import { keepOffline } from "./offline";
import "./styles/index.css";

const page = document.getElementById("page");
if (page) {
  page.replaceChildren();
  showFirstRun();
  render(<App />, page);
  void begin().then(keepOffline);
  watchAddress(() => void go(readLink(location.hash)));
}
