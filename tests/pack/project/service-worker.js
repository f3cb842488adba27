// A service worker: it answers a page. Import maps do not reach it.

import { load } from "./node_modules/quartic-snn/dist/index.js";
import { answer } from "./src/program.js";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) =>
  event.waitUntil(
    load()
      .then(answer)
      .then((line) => event.source.postMessage(line)),
  ),
);
