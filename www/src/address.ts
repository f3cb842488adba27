import { catalogue } from "./catalogue";
import { allowed, defaults, parameters, type Settings } from "./parameters";

/** What the address says: settings that differ from the defaults, and the sample. */
export function readAddress(samples: number): { settings: Settings; sample: number | undefined } {
  const query = new URLSearchParams(location.hash.slice(1));
  const given = parameters.flatMap((parameter) => {
    const value = allowed(parameter, query.get(parameter.id) ?? "");
    return value === undefined ? [] : [[parameter.id, value] as const];
  });
  const model = catalogue.find(({ id }) => id === query.get("model"))?.id ?? defaults.model;
  const sample = query.has("sample") ? Number(query.get("sample")) : Number.NaN;
  return {
    settings: { ...defaults, ...Object.fromEntries(given), model },
    sample: Number.isInteger(sample) && sample >= 0 && sample < samples ? sample : undefined,
  };
}

/** Keeps the address a link to what is shown; a drawing or a model of the visitor's own is not part of it. */
export function writeAddress(settings: Settings, sample: number | undefined): void {
  const query = new URLSearchParams();
  for (const { id } of parameters) if (settings[id] !== defaults[id]) query.set(id, String(settings[id]));
  const offered = catalogue.some(({ id }) => id === settings.model);
  if (offered && settings.model !== defaults.model) query.set("model", settings.model);
  if (sample !== undefined) query.set("sample", String(sample));
  const hash = query.toString();
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}
