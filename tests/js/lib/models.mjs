// The models of tests/fixtures: their inputs, and how results are compared with the scores beside them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const fixtures = new URL("../../fixtures/", import.meta.url);

/** A file of the fixtures. */
export const fixture = (path) => readFileSync(new URL(path, fixtures));

/** The content of a JSON file of the fixtures. */
export const fixtureJson = (path) => JSON.parse(fixture(path).toString("utf8"));

/** The numbers of a file of the fixtures. */
export const fixtureFloats = (path) => new Float32Array(Uint8Array.from(fixture(path)).buffer);

/** How many inputs there are scores for. */
export const count = 200;

/** The inputs that the scores belong to, channel-first: see tests/fixtures/make/README.md. */
export function fixtureInputs(size) {
  return Float32Array.from({ length: count * size }, (_, k) => ((Math.imul(k, 2654435761) + 12345) >>> 8) / 2 ** 24);
}

/** The largest value of each row, as its place. */
export function argmax(values, width) {
  return Array.from({ length: values.length / width }, (_, row) => {
    const scores = values.subarray(row * width, (row + 1) * width);
    return scores.indexOf(Math.max(...scores));
  });
}

/** The softmax of each row. */
export function softmax(values, width) {
  const result = new Float32Array(values.length);
  for (let row = 0; row < values.length; row += width) {
    const scores = values.subarray(row, row + width);
    const most = Math.max(...scores);
    const powers = Array.from(scores, (score) => Math.exp(score - most));
    const sum = powers.reduce((total, power) => total + power, 0);
    result.set(
      powers.map((power) => power / sum),
      row,
    );
  }
  return result;
}

/**
 * Asserts that every score is the expected one to `tolerance`, relative to the largest of its row, and that every row
 * has the same winner, unless the best two are closer than that.
 */
export function sameScores(found, expected, width, tolerance = 1e-4, share = 0.9) {
  assert.equal(found.length, expected.length);
  let decided = 0;
  for (let start = 0; start < expected.length; start += width) {
    const [row, right] = [found, expected].map((values) => values.subarray(start, start + width));
    const allowed = tolerance * Math.max(...right.map(Math.abs));
    right.forEach((score, k) => {
      const apart = Math.abs(row[k] - score);
      assert.ok(apart <= allowed, `score ${k} of input ${start / width}: ${row[k]}, not ${score}`);
    });
    const [best, second] = right.toSorted().toReversed();
    if (best - second <= 2 * allowed) continue;
    decided++;
    assert.equal(argmax(row, width)[0], argmax(right, width)[0], `the winner for input ${start / width}`);
  }
  assert.ok(decided > share * (expected.length / width), `only ${decided} inputs have a winner`);
}
