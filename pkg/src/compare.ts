import { abortSignal, asGiven, copied, floats, optionsObject } from "./check.js";
import { compareDefaults } from "./defaults.js";
import { invalidOption, throwIfAborted } from "./errors.js";
import type { Instance } from "./instance.js";
import { FRAMES, RUN, runOptions } from "./options.js";
import { Slices } from "./slices.js";
import { isSnn, type Snn } from "./snn.js";
import type { CompareOptions, Frame, LayerSpikes, NetworkState } from "./types.js";

/** Checks a list of networks and gives each a name of its own, which is none that means something else. */
export function named<Network extends { name: string }>(
  networks: readonly Network[],
  isOne: (value: unknown) => value is Network,
  meaning: readonly string[] = [],
): [string, Network][] {
  const list = Array.isArray(networks) ? [...networks] : [];
  const made = "made by convert() of this API";
  if (list.length === 0) throw invalidOption("networks", networks, `an array of at least one network ${made}`);
  const wrong = list.findIndex((network) => !isOne(network));
  if (wrong >= 0)
    throw invalidOption("networks", networks, `an array of networks ${made}, which entry ${wrong} is not`);
  const taken = new Set(list.map(({ name }) => name));
  const seen = new Set(meaning);
  return list.map((network) => {
    let name = network.name;
    for (let count = 2; seen.has(name); count++) {
      const next = `${network.name}-${count}`;
      if (!taken.has(next)) name = next;
    }
    seen.add(name);
    return [name, network];
  });
}

/** Runs networks on the same input spikes and yields frames; a consumer that pauses pauses the work. */
export function compare(
  instance: Instance,
  networks: readonly Snn[],
  input: Float32Array,
  options?: CompareOptions,
): AsyncGenerator<Frame, void, undefined> {
  return frames(instance, listed(networks), copied(input), asGiven(options));
}

/** A copy of a list, which changes no more; what is none is refused where it is read. */
export const listed = <Value>(values: readonly Value[]): readonly Value[] =>
  Array.isArray(values) ? [...values] : values;

async function* frames(
  instance: Instance,
  networks: readonly Snn[],
  input: Float32Array,
  options: CompareOptions | undefined,
): AsyncGenerator<Frame, void, undefined> {
  const list = named(networks, isSnn);
  const { signal, stepsPerFrame = compareDefaults.stepsPerFrame, ...rest } = optionsObject(options);
  if (!Number.isInteger(stepsPerFrame) || stepsPerFrame < 1) {
    throw invalidOption("stepsPerFrame", stepsPerFrame, "a whole number from 1");
  }
  const steps = Math.min(stepsPerFrame, 2 ** 32 - 1); // The module reads it as a 32-bit number.
  const slices = new Slices(abortSignal(signal));
  const snns = list.map(([, snn]) => snn);
  const [raws, values, plain] = [
    snns.map((snn) => snn.rawIn(instance)),
    floats("input", input),
    runOptions(snns, rest, RUN, [...Object.keys(FRAMES), "signal"]),
  ];
  const raw = instance.call((glue) => new glue.Comparison());
  try {
    instance.call(() => {
      for (const network of raws) raw.add(network);
      raw.begin(values, plain);
    });
    for (;;) {
      if (slices.over) await slices.next();
      throwIfAborted(signal);
      const frame = instance.call(() => raw.advance(steps)) as RawFrame | null | undefined;
      if (frame === null) continue; // It is not done yet.
      if (!frame) return;
      yield withNames(frame, list);
    }
  } finally {
    instance.free(raw);
  }
}

interface RawFrame {
  step: number;
  seed: number;
  networks: NetworkState[];
}

function withNames({ step, seed, networks }: RawFrame, list: [string, Snn][]): Frame {
  const states = networks.map((state, index) => ({ ...state, name: list[index]?.[0] ?? "" }));
  // There is a network, and its input is a layer.
  return { step, seed, input: states[0]?.spikes[0] as LayerSpikes, networks: states };
}
