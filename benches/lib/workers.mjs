// What workers do to an evaluation: the evaluation alone, with workers started and networks converted before.

import { loadavg } from "node:os";
import { load } from "quartic-snn/worker";
import { calibrationDigits, readModelFile, testDigits } from "../../examples/evaluate/data.mjs";

const model = "mnist-cnn";
const numbers = [1, 2];

/** Images per second with one worker and with two, in turn. */
export async function byWorkers(quick) {
  const [images, rounds] = quick ? [64, 3] : [256, 7];
  const others = loadavg()[0];
  const quartic = await load();
  const ann = await quartic.readModel(readModelFile(model));
  const snn = await quartic.convert(ann, { calibration: calibrationDigits(), adjustment: "none" });
  const data = testDigits(images);
  const evaluate = (workers) => quartic.evaluate([snn], data, { steps: 100, seed: 1, workers });
  await evaluate(Math.max(...numbers));
  const taken = numbers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, workers] of numbers.entries()) {
      const begun = performance.now();
      await evaluate(workers);
      taken[index].push((performance.now() - begun) / 1000);
    }
  }
  quartic.close();
  const points = numbers.map((workers, index) => {
    const sorted = taken[index].toSorted((a, b) => a - b);
    return { workers, imagesPerSecond: images / sorted[(rounds - 1) / 2], fastest: images / sorted[0] };
  });
  return { model, images, rounds, points, load: others };
}
