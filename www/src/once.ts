/** Has each thing made once, also while it is being made; what failed may be tried again. */
export function once<Value>(make: (id: string) => Promise<Value>): (id: string) => Promise<Value> {
  const kept = new Map<string, Promise<Value>>();
  return (id) => {
    const value = kept.get(id) ?? make(id);
    kept.set(id, value);
    value.catch(() => kept.delete(id));
    return value;
  };
}
