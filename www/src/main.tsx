import { render } from "preact";
import { watchAddress } from "./address";
import { App } from "./components/App";
import { readLink } from "./link";
import { begin, go } from "./models";
import { keepOffline } from "./offline";
import "./styles/index.css";

const page = document.getElementById("page");
if (page) {
  page.replaceChildren();
  render(<App />, page);
  void begin().then(keepOffline);
  watchAddress(() => void go(readLink(location.hash)));
}
