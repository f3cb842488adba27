// What is measured, the same in Node and in a browser: nothing here is of one of them.

/** How every figure was measured. */
export const settings = {
  steps: 100,
  inputRate: 0.25,
  seed: 1,
  images: 256,
  calibration: 1000,
  repeats: 100,
  passes: 9,
};

const PIXELS = 784;
/** The natively measured ones have the same names. */
const methods = [
  { name: "plain", adjustment: "none" },
  { name: "l4", adjustment: "l4" },
  { name: "plain-fixed", adjustment: "none", precision: "fixed" },
  { name: "l4-fixed", adjustment: "l4", precision: "fixed" },
];

/** Median, and the tenth and ninetieth percentile. */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return { median: at(0.5), low: at(0.1), high: at(0.9) };
}

/** How many milliseconds each of `repeats` calls takes. */
function times(repeats, call) {
  return Array.from({ length: repeats }, () => {
    const begun = performance.now();
    call();
    return performance.now() - begun;
  });
}

/** One digit, again and again, through each of the lists of networks. */
function oneDigit(lists, image) {
  return lists.map(({ method, networks }) => {
    const call = () => {
      for (const network of networks) network.run(image, { steps: settings.steps, seed: settings.seed });
    };
    times(settings.repeats / 5, call);
    return { method, milliseconds: spread(times(settings.repeats, call)) };
  });
}

/** All digits through a list of networks; the number of synaptic operations. */
function pass(networks, images) {
  const { steps, seed } = settings;
  let operations = 0;
  for (let stream = 0; stream < images.length / PIXELS; stream++) {
    const image = images.subarray(stream * PIXELS, (stream + 1) * PIXELS);
    for (const network of networks) operations += network.run(image, { steps, seed, stream }).synapticOperations;
  }
  return operations;
}

/** All digits through each of the lists, as fast as it goes; the median of some passes. */
function allDigits(lists, images) {
  const count = images.length / PIXELS;
  const measured = lists.map(({ method, networks }) => ({ method, networks, taken: [], operations: 0 }));
  // In turn, so that other work on the machine disturbs all of them alike.
  for (let round = 0; round < settings.passes; round++) {
    for (const one of measured) {
      one.taken.push(...times(1, () => (one.operations = pass(one.networks, images))));
    }
  }
  return measured.map(({ method, taken, operations }) => {
    const seconds = spread(taken).median / 1000;
    return {
      method,
      imagesPerSecond: count / seconds,
      synapticOperationsPerSecond: operations / seconds,
      millisecondsPerImage: (1000 * seconds) / count,
      // Of the fastest pass: the one that other work on the machine disturbed least.
      fastestMillisecondsPerImage: Math.min(...taken) / count,
    };
  });
}

/** A conversion with a calibration that is new, and with one that the trained network has seen. */
function conversion(quartic, bytes, calibration) {
  const each = Array.from({ length: settings.passes }, () => {
    const ann = quartic.readModel(bytes);
    const [first, again] = times(2, () => quartic.convert(ann, { calibration }).close());
    ann.close();
    return { first, again };
  });
  return {
    firstMilliseconds: spread(each.map(({ first }) => first)).median,
    againMilliseconds: spread(each.map(({ again }) => again)).median,
  };
}

/** Everything about one model. */
export function measure(quartic, { bytes, images, calibration }) {
  const ann = quartic.readModel(bytes);
  const networks = methods.map(({ name, ...options }) =>
    quartic.convert(ann, { calibration, ...options, steps: settings.steps, inputRate: settings.inputRate }),
  );
  const lists = [
    ...methods.map(({ name }, index) => ({ method: name, networks: [networks[index]] })),
    { method: "both", networks: networks.slice(0, 2) },
  ];
  return {
    digits: oneDigit(lists, images.subarray(0, PIXELS)),
    networks: allDigits(lists, images),
    conversions: [conversion(quartic, bytes, calibration)],
  };
}

/** Additions per second of the roofline's plain loop, at its fastest. */
export async function roofline(bytes) {
  const { instance } = await WebAssembly.instantiate(bytes);
  const { add_rows: addRows, width } = instance.exports;
  const rows = 20_000;
  const fastest = Math.min(...times(settings.repeats, () => addRows(rows)));
  return (1000 * rows * width()) / fastest;
}

/** Imports the package, loads the module and tells how long that took. */
export async function start(address) {
  const begun = performance.now();
  const { load } = await import(address);
  const quartic = await load();
  return { quartic, milliseconds: performance.now() - begun };
}
