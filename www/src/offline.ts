// The page without a connection: a service worker keeps it, one version at a time.

import { signal } from "@preact/signals";
import { flush } from "./address";
import { images, ownModel } from "./store";

/** A newer version that waits to be used, or is in use in another tab already. */
export const newer = signal<ServiceWorker | "elsewhere" | null>(null);

/** Whether files of the visitor's are open, which no address brings back. */
export const holdsFiles = () => ownModel.value || images.value[0];

let wanted = false;

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
    // What this page fetches later would be of another version than itself. Another tab may have asked for that, though,
    // and files that are open here are not lost for it.
    serviceWorker.addEventListener("controllerchange", () => {
      if (wanted || !holdsFiles()) location.reload();
      else newer.value = "elsewhere";
    });
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
  wanted = true;
  if (newer.value === "elsewhere") location.reload();
  else newer.value?.postMessage("take over");
}
