// Writes seeds into fuzz/corpus: the ONNX fixtures of the tests, and the networks of the golden rasters as safetensors,
// trained and converted. Wants the built package (`npm run build:pkg`).

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { load } from "quartic-snn";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

for (const folder of ["onnx", "onnx/refused", "crashers"]) {
  for (const name of readdirSync(at(`tests/fixtures/${folder}`)).filter((name) => /\.onnx$/.test(name))) {
    mkdirSync(at("fuzz/corpus/onnx"), { recursive: true });
    cpSync(at(`tests/fixtures/${folder}/${name}`), at(`fuzz/corpus/onnx/${name}`));
  }
}

/** A safetensors file whose numbers rise and fall. */
function file({ description, tensors }) {
  const header = { ["__metadata__"]: { "quartic-snn": JSON.stringify(description) } };
  let end = 0;
  for (const [name, { shape }] of Object.entries(tensors)) {
    const start = end;
    end += 4 * shape.reduce((product, size) => product * size, 1);
    header[name] = { dtype: "F32", shape, ["data_offsets"]: [start, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const values = Float32Array.from({ length: end / 4 }, (_, index) => ((index * 37) % 101) / 100 + 0.01);
  const length = new Uint8Array(BigUint64Array.of(BigInt(json.length)).buffer);
  return Buffer.concat([length, json, new Uint8Array(values.buffer)]);
}

const quartic = await load();
const golden = JSON.parse(readFileSync(at("tests/golden/rasters.json"), "utf8"));
for (const [index, network] of golden.entries()) {
  const trained = file(network);
  const ann = quartic.readModel(trained);
  const saved = quartic.convert(ann, { calibration: new Float32Array(4 * ann.inputs).fill(0.5) }).save();
  for (const [target, bytes] of Object.entries({ safetensors: trained, saved })) {
    mkdirSync(at(`fuzz/corpus/${target}`), { recursive: true });
    writeFileSync(at(`fuzz/corpus/${target}/golden-${index}.safetensors`), bytes);
  }
}
