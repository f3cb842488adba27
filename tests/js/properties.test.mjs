// Random networks in the engine and in the plain simulator of lib/naive.mjs. Weights are multiples of 1/16 and thresholds
// are 1, so that no sum is rounded and the spikes must be the very same.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { convertDefaults, load } from "quartic-snn";
import { load as loadWorker } from "quartic-snn/worker";
import { simulate, trains } from "./lib/naive.mjs";

const quartic = await load();
const worker = await loadWorker();
after(() => worker.close());

const sixteenths = fc.integer({ min: -24, max: 40 }).map((k) => k / 16);
const floats = (length) =>
  fc.array(sixteenths, { minLength: length, maxLength: length }).map((a) => new Float32Array(a));

/** The layers between these widths; now and then without a bias. */
const layersBetween = (widths) =>
  fc.tuple(
    ...widths.slice(1).map((outputs, index) =>
      fc.record({
        type: fc.constant("dense"),
        weights: floats(outputs * widths[index]),
        bias: fc.option(floats(outputs), { freq: 3 }),
        activation: fc.constant(index + 2 < widths.length ? "relu" : "linear"),
      }),
    ),
  );

const networks = fc
  .array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 5 })
  .chain((widths) => fc.record({ widths: fc.constant(widths), layers: layersBetween(widths) }));

const dynamics = fc
  .record({
    reset: fc.constantFrom("subtract", "zero"),
    floor: fc.constantFrom(null, 0, -0.5, -2),
    initialPotential: fc.constantFrom(0, 0.25, 0.5),
    inputRate: fc.constantFrom(0.25, 0.5, 1),
    signed: fc.boolean(),
    margin: fc.constantFrom(0, 0.5, 3),
  })
  .filter(({ signed, floor }) => !signed || floor === null || floor <= -1);

const runs = fc.record({ steps: fc.integer({ min: 1, max: 200 }), seed: fc.nat() });

/** A spiking network in which no neuron's threshold depends on anything. */
function converted(widths, layers, how) {
  const ann = quartic.network({ inputShape: [widths[0]], layers });
  const calibration = new Float32Array(widths[0]).fill(0.5);
  const snn = quartic.convert(ann, { ...how, calibration, adjustment: "none", base: "none" });
  return { ann, snn };
}

const intensitiesFor = (width, seed) =>
  Float32Array.from({ length: width }, (_, i) => (((i + 1) * (seed % 97)) % 17) / 16);

test("the engine does what the dynamics say, neuron by neuron and step by step", () => {
  let [spikes, taken] = [0, 0];
  const property = fc.property(networks, dynamics, runs, ({ widths, layers }, how, { steps, seed }) => {
    const { ann, snn } = converted(widths, layers, how);
    const result = snn.run(intensitiesFor(widths[0], seed), { steps, seed, record: ["spikes", "potentials"] });
    const plain = simulate(layers, snn.layers, result.spikes[0], { steps, prepared: convertDefaults.steps, ...how });
    plain.forEach(({ spikes: expected, traces }, index) => {
      const { step, sign } = result.spikes[index + 1];
      assert.deepEqual(trains(result.spikes[index + 1], steps), expected, `layer ${index + 1}`);
      taken += sign?.filter((one) => one === -1).length ?? 0;
      assert.deepEqual([...result.potentials[index].values], traces.flat(), `potentials of layer ${index + 1}`);
      spikes += step.length;
    });
    assert.deepEqual(
      result.spikes.map(({ step }) => step.length),
      result.spikesPerLayer,
    );
    snn.close();
    ann.close();
  });
  fc.assert(property, { numRuns: 200 });
  assert.ok(spikes > 10_000, `only ${spikes} spikes were compared`);
  assert.ok(taken > 1_000, `only ${taken} were taken back`);
});

test("frames, saved networks and workers give the same spikes as a run", async () => {
  const property = fc.asyncProperty(
    networks,
    dynamics,
    runs,
    fc.integer({ min: 1, max: 70 }),
    async (net, how, run, n) => {
      const { ann, snn } = converted(net.widths, net.layers, how);
      const input = intensitiesFor(net.widths[0], run.seed);
      const options = { ...run, record: ["spikes"] };
      const expected = snn.run(input, options);
      const saved = quartic.readSnn(snn.save());
      assert.deepEqual(saved.run(input, options), expected);
      const far = await worker.readSnn(snn.save());
      assert.deepEqual(await far.run(input, options), expected);
      let last;
      for await (const frame of quartic.compare([snn], input, { ...options, stepsPerFrame: n }))
        last = frame.networks[0];
      for (const key of ["prediction", "counts", "scores", "spikesPerLayer", "synapticOperations"]) {
        assert.deepEqual(last[key], expected[key]);
      }
      for (const handle of [ann, snn, saved, far]) handle.close();
    },
  );
  await fc.assert(property, { numRuns: 60 });
});
