// Pauses: nothing should keep the thread for long, not even the beginning.

/** How long a frame is waited for, in milliseconds. */
const PATIENCE = 250;

/** Not all browsers have it, and TypeScript does not know it. */
interface Scheduler {
  postTask(task: () => void, options: { priority: "user-blocking" }): Promise<void>;
}

/** Lets go of the thread, and goes on before what can wait, where the browser knows of that. */
export function rest(): Promise<void> {
  const { scheduler } = globalThis as { scheduler?: Scheduler };
  if (scheduler) return scheduler.postTask(() => {}, { priority: "user-blocking" });
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve();
    port2.postMessage(undefined);
  });
}

/** Waits until a frame has been drawn; not for long, since a page in the background draws none. */
export async function frame(): Promise<void> {
  await new Promise<unknown>((resolve) => {
    requestAnimationFrame(resolve);
    setTimeout(resolve, PATIENCE);
  });
  await rest();
}
