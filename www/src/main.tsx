import { render } from "preact";
import { App } from "./components/App";
import { begin } from "./models";
import "./styles/index.css";

const page = document.getElementById("page");
if (page) {
  page.replaceChildren();
  render(<App />, page);
  void begin();
  // Another link to this page, followed in the same tab.
  addEventListener("hashchange", () => location.reload());
}
