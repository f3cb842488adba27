// `npm start [-- --port 8080 --host 0.0.0.0]`: builds what is out of date and serves the page.

import { parseArgs } from "node:util";
import { build } from "./lib/build.mjs";
import { at, main, Trouble } from "./lib/house.mjs";
import { setup } from "./lib/setup.mjs";
import { serve } from "./lib/static-server.mjs";

function options() {
  try {
    const { values } = parseArgs({
      options: { port: { type: "string", default: "4173" }, host: { type: "string", default: "127.0.0.1" } },
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw new Trouble(`--port is ${values.port}; a port is a whole number from 0 to 65535.`);
    }
    if (!values.host) throw new Trouble("--host is empty; give an address of this machine, such as 127.0.0.1.");
    return { port, host: values.host };
  } catch (error) {
    throw error instanceof Trouble ? error : new Trouble(error.message);
  }
}

await main(async () => {
  const wanted = options();
  await setup("packages", "rust", "wasm");
  await build("www");
  const { url } = await serve(at("www", "dist"), wanted);
  console.log(`The page is at ${url}   (Ctrl-C ends it)`);
});
