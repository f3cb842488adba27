// The page without a connection: a service worker keeps it, one version at a time.

import { signal } from "@preact/signals";
import { flush } from "./address";

/** A newer version that waits to be used. */
export const newer = signal<ServiceWorker | null>(null);

/** Keeps the page, once it has nothing better to do. */
export function keepOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const later = globalThis.requestIdleCallback ?? setTimeout;
  // Where it is not allowed, the page works all the same.
  later(() => void register().catch(() => {}));
}

async function register(): Promise<void> {
  const { serviceWorker } = navigator;
  const registration = await serviceWorker.register("./sw.js", { updateViaCache: "none" });
  if (serviceWorker.controller) {
    // What this page fetches later would be of another version than itself.
    serviceWorker.addEventListener("controllerchange", () => location.reload());
    newer.value = registration.waiting;
    registration.addEventListener("updatefound", () => {
      const { installing } = registration;
      installing?.addEventListener("statechange", () => {
        if (installing.state === "installed") newer.value = installing;
      });
    });
  }
  const { active } = await serviceWorker.ready;
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  if (!connection?.saveData) active?.postMessage("keep the rest");
}

/** Goes on with the newer version; what is on show is in the address. */
export function useNewer(): void {
  flush();
  newer.value?.postMessage("take over");
}
