// Serves the built page below a path, as a project's page on a static host is: `page.goto("./")` opens it.

import { fileURLToPath } from "node:url";
import { serve } from "../../scripts/lib/static-server.mjs";

export default async function start() {
  const page = fileURLToPath(new URL("../../www/dist", import.meta.url));
  const { server, url } = await serve(page, { base: "/some/path/" });
  process.env.PAGE_URL = url;
  return () => server.close();
}
