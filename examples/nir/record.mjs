// `node examples/nir/record.mjs FOLDER`, after `npm run build`: networks as NIR files, with the spikes that our simulator
// makes of some images; compare.py, beside it, runs both. `npm run check:nir` does it all.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "quartic-snn";
import { calibrationDigits, PIXELS, readModelFile, testDigits } from "../evaluate/data.mjs";
import { residual } from "./residual.mjs";

const [folder] = process.argv.slice(2);
const [steps, count, seed] = [50, 4, 1];

const quartic = await load();
const { images } = testDigits(count);
const calibration = calibrationDigits().subarray(0, 200 * PIXELS);

const networks = {
  "mnist-mlp-small": quartic.readModel(readModelFile("mnist-mlp-small")),
  "mnist-cnn": quartic.readModel(readModelFile("mnist-cnn")),
  residual: quartic.network(residual),
};
/** Every way in which the files differ. */
const ways = {
  plain: { adjustment: "none" },
  l4: { adjustment: "l4" },
  "reset to zero": { adjustment: "none", reset: "zero", initialPotential: 0.5 },
  "a threshold for each neuron": { adjustment: "l4-relative" },
  "constant currents": { adjustment: "none", coding: "constant" },
  "read by potential": { adjustment: "l4", readout: "potential" },
};

const index = [];
for (const [network, ann] of Object.entries(networks)) {
  for (const [way, options] of Object.entries(ways)) {
    const snn = quartic.convert(ann, { calibration, steps, ...options });
    const file = `${network}-${way.replaceAll(" ", "-")}`;
    writeFileSync(join(folder, `${file}.nir`), snn.save("nir"));
    const runs = Array.from({ length: count }, (_, stream) => {
      const image = images.subarray(stream * PIXELS, (stream + 1) * PIXELS);
      const { prediction, spikes } = snn.run(image, { steps, seed, stream, record: ["spikes"] });
      return {
        image: Array.from(image),
        prediction,
        spikes: spikes.map(({ step, neuron }) => [Array.from(step), Array.from(neuron)]),
      };
    });
    index.push({ file, network, way, steps, runs });
  }
}
writeFileSync(join(folder, "index.json"), JSON.stringify(index));
