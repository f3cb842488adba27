interface Heard {
  /** A function may be there for several calls. */
  readonly all: Map<symbol, () => void>;
  readonly listener: () => void;
}

const heard = new WeakMap<AbortSignal, Heard>();

/**
 * Calls `hear` when the signal aborts, until what is returned is called. A signal gets one listener, however many calls go
 * with it: Node takes many for a leak, and says so.
 */
export function onAbort(signal: AbortSignal | undefined, hear: () => void): () => void {
  if (!signal) return () => undefined;
  const { all, listener } = heard.get(signal) ?? listened(signal);
  const key = Symbol();
  all.set(key, hear);
  return () => {
    all.delete(key);
    if (all.size > 0) return;
    signal.removeEventListener("abort", listener);
    heard.delete(signal);
  };
}

function listened(signal: AbortSignal): Heard {
  const all = new Map<symbol, () => void>();
  const listener = () => {
    for (const hear of [...all.values()]) hear();
  };
  const own = { all, listener };
  signal.addEventListener("abort", listener);
  heard.set(signal, own);
  return own;
}
