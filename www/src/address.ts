import { allowed, defaults, parameters, type Settings } from "./parameters";

/** What the address says: settings that differ from the defaults, and the sample. */
export function readAddress(samples: number): { settings: Settings; sample: number | undefined } {
  const query = new URLSearchParams(location.hash.slice(1));
  const given = parameters.flatMap((parameter) => {
    const value = allowed(parameter, query.get(parameter.id) ?? "");
    return value === undefined ? [] : [[parameter.id, value] as const];
  });
  const sample = query.has("sample") ? Number(query.get("sample")) : Number.NaN;
  return {
    settings: { ...defaults, ...Object.fromEntries(given) },
    sample: Number.isInteger(sample) && sample >= 0 && sample < samples ? sample : undefined,
  };
}

/** Keeps the address a link to what is shown; a drawing is not part of it. */
export function writeAddress(settings: Settings, sample: number | undefined): void {
  const query = new URLSearchParams();
  for (const { id } of parameters) if (settings[id] !== defaults[id]) query.set(id, String(settings[id]));
  if (sample !== undefined) query.set("sample", String(sample));
  const hash = query.toString();
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}
