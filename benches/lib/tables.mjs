// The results for people.

const fixed = (digits) => (value) => value.toFixed(digits);
const range = ({ median, low, high }) => `${fixed(2)(median)} (${fixed(2)(low)} to ${fixed(2)(high)})`;

/** Lines of left-aligned columns. */
function table(head, rows) {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd();
  return [line(head), ...rows.map(line)].join("\n");
}

/** Tables and what they mean. */
export function tables({ settings, networks, digits, conversions, startUp, roofline }) {
  const { steps, inputRate, images, repeats, passes, calibration } = settings;
  const who = ({ runtime, model, method }) => [runtime, model, ...(method ? [method] : [])];
  return [
    `One digit, ${steps} steps, input rate ${inputRate}: median of ${repeats} runs (tenth to ninetieth percentile)`,
    table(
      ["runtime", "model", "method", "ms"],
      digits.map((row) => [...who(row), range(row.milliseconds)]),
    ),
    `\n${images} digits, ${steps} steps each: median of ${passes} passes, and the fastest`,
    table(
      [
        "runtime",
        "model",
        "method",
        "images/s",
        "ms/image",
        "fastest",
        "million synaptic operations/s",
        "KiB of a run",
      ],
      networks.map((row) => [
        ...who(row),
        fixed(0)(row.imagesPerSecond),
        fixed(2)(row.millisecondsPerImage),
        fixed(2)(row.fastestMillisecondsPerImage),
        fixed(0)(row.synapticOperationsPerSecond / 1e6),
        row.bytesOfARun ? fixed(0)(row.bytesOfARun / 1024) : "",
      ]),
    ),
    `\nConverting with ${calibration} calibration digits, the first time and again with the same ones`,
    table(
      ["runtime", "model", "first ms", "again ms"],
      conversions.map((row) => [...who(row), fixed(1)(row.firstMilliseconds), fixed(1)(row.againMilliseconds)]),
    ),
    "\nRoofline: a plain loop that adds cached rows of weights",
    table(
      ["runtime", "million additions/s"],
      Object.entries(roofline.byRuntime).map(([name, adds]) => [name, fixed(0)(adds / 1e6)]),
    ),
    "\nImporting the package and loading the module",
    table(
      ["runtime", "version", "ms"],
      startUp.map(({ runtime, version, milliseconds }) => [runtime, version, range(milliseconds)]),
    ),
  ].join("\n");
}
