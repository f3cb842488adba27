// What every refusal must be.

import assert from "node:assert/strict";
import { QuarticError } from "quartic-snn";

function check(error, code, texts) {
  assert.ok(error instanceof QuarticError, `not a QuarticError: ${error}`);
  assert.equal(error.code, code, error.message);
  for (const text of texts)
    assert.ok(error.message.includes(text), `${JSON.stringify(text)} is not in: ${error.message}`);
  return true;
}

/** Asserts that `call` throws a QuarticError with this code and with these texts in its message. */
export function refused(call, code, ...texts) {
  assert.throws(call, (error) => check(error, code, texts));
}

/** The same for a promise. */
export async function refusedLater(promise, code, ...texts) {
  await assert.rejects(promise, (error) => check(error, code, texts));
}
