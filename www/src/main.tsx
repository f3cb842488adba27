import { render } from "preact";
import { watchAddress } from "./address";
import { App } from "./components/App";
import { readLink } from "./link";
import { begin, go } from "./models";
import "./styles/index.css";

const page = document.getElementById("page");
if (page) {
  page.replaceChildren();
  render(<App />, page);
  void begin();
  watchAddress(() => void go(readLink(location.hash)));
}
