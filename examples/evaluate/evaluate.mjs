// `npm run evaluate`: test images through a plain and an L4-adjusted spiking network, in a terminal.

import { SingleBar } from "cli-progress";
import { load, QuarticError } from "quartic-snn/worker";
import { loadData, PIXELS, readModelFile } from "./data.mjs";
import { parse } from "./options.mjs";
import { table } from "./table.mjs";

/** Runs the evaluation that the options describe, and returns its result. */
async function evaluate(quartic, { model, data: dataSet, images, run, convert, adjustments }) {
  const ann = await quartic.readModel(readModelFile(model));
  if (ann.inputs !== PIXELS) {
    const message = `${model} has ${ann.inputs} inputs, but the images here have ${PIXELS} pixels (28 x 28)`;
    throw new QuarticError("shape-mismatch", message);
  }
  const data = loadData(model, dataSet);
  const calibration = data.calibration();
  const convertTo = (adjustment) => quartic.convert(ann, { ...convert, calibration, adjustment });
  const networks = await Promise.all(["none", ...adjustments].map(convertTo));
  const result = await withBar(images, (onProgress) =>
    quartic.evaluate(networks, data.test(images), { ...run, onProgress }),
  );
  const reported = result.networks.map(({ predictions, ...rest }, index) => ({
    ...rest,
    options: { ...convert, adjustment: ["none", ...adjustments][index] },
  }));
  return { model, dataSet: data.name, ...result, networks: reported };
}

/** Shows a bar while something is done, on standard error, so that standard output holds the result alone. */
async function withBar(total, work) {
  const bar = new SingleBar({ format: "{bar} {value}/{total} images, {eta_formatted} left", clearOnComplete: true });
  bar.start(total, 0);
  try {
    return await work(({ done }) => bar.update(done));
  } finally {
    // It has a timer and hides the cursor, also where the work failed.
    bar.stop();
  }
}

/** Loads the package, and closes it whatever happens: its workers would keep this process alive. */
async function loaded(work) {
  const quartic = await load();
  try {
    return await work(quartic);
  } finally {
    quartic.close();
  }
}

try {
  const options = parse(process.argv.slice(2));
  const result = await loaded((quartic) => evaluate(quartic, options));
  console.log(options.json ? JSON.stringify(result, null, 2) : table(result));
} catch (error) {
  // What the package refuses, and files that cannot be read; anything else is a fault of this program.
  if (!(error instanceof QuarticError) && !/^E[A-Z]+$/.test(error.code)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
