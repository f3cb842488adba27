// Keeps the page for when there is no connection. The build puts before this its VERSION, and FILES with the
// digest of every file of that version. What does not have its digest is never kept and never served, so that a page is
// always of one version, whatever caches on the way and a deployment at the same moment do.

const { VERSION, FILES } = self;
const PREFIX = `quartic-snn ${self.registration.scope} `;
const CACHE = PREFIX + VERSION;

const addressOf = (path) => new URL(path, self.registration.scope).href;

/** Names with a digest in them mean the same content for ever. */
const isLasting = (path) => path.startsWith("assets/");

/**
 * Gets a file of this version once: from the version before where it is the same, or from the server. Without `must` it
 * is given also where it cannot be kept, as on a full disk.
 */
async function keep(path, must = true) {
  const cache = await caches.open(CACHE);
  const address = addressOf(path);
  const kept = await cache.match(address);
  if (kept) return kept;
  const before = isLasting(path) ? await caches.match(address) : undefined;
  const { digest: integrity } = FILES[path];
  const response = before ?? (await fetch(address, { integrity, cache: isLasting(path) ? "default" : "no-cache" }));
  if (!response.ok) throw new Error(`${path}: status ${response.status}`);
  const put = cache.put(address, response.clone());
  await (must ? put : put.catch(() => {}));
  return response;
}

async function keepRest() {
  for (const path of Object.keys(FILES)) {
    // Without a connection, or when it was deployed anew: another visit will do it.
    await keep(path).catch(() => {});
  }
}

/** The path of a file of the page, or nothing for what the page is not asked for. */
function pathOf({ method, url }) {
  if (method !== "GET" || !url.startsWith(self.registration.scope)) return undefined;
  const path = decodeURI(new URL(url).pathname.slice(new URL(self.registration.scope).pathname.length));
  const file = path === "index.html" ? "" : path;
  return Object.hasOwn(FILES, file) ? file : undefined;
}

self.addEventListener("install", (event) => {
  const first = Object.keys(FILES).filter((path) => FILES[path].first);
  event.waitUntil(Promise.all(first.map((path) => keep(path))));
});

self.addEventListener("activate", (event) => {
  const old = async (name) => name.startsWith(PREFIX) && name !== CACHE && (await caches.delete(name));
  event.waitUntil(caches.keys().then((names) => Promise.all(names.map(old))));
});

self.addEventListener("fetch", (event) => {
  const path = pathOf(event.request);
  if (path !== undefined) event.respondWith(keep(path, false).catch(() => instead(event.request)));
});

/**
 * Where this version can no longer be had, neither here nor from the server: for a visit the page as it is deployed now,
 * as a whole, and soon its own worker. Anything else would be a part of another version.
 */
function instead(request) {
  if (request.mode !== "navigate") return Response.error();
  self.registration.update().catch(() => {});
  return fetch(request);
}

self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
  if (event.data === "keep the rest") event.waitUntil(keepRest());
});
