// Inputs as numbers in a text: one, or one a line.

/** What a text holds, or why it cannot be taken, as a sentence. */
export type Rows = { rows: Float32Array[] } | { reason: string };

/** One input of `count` values in any layout, or one a line, below a line of names if there is one. */
export function rowsOf(text: string, count: number): Rows {
  const lines = text.split(/\r?\n/).map((line) => line.split(/[\s,;]+/).filter(Boolean));
  const all = lines.flat();
  if (all.length === count) return checked([all], count, () => "");
  const filled = lines.flatMap((words, index) => (words.length > 0 ? [{ words, line: index + 1 }] : []));
  const [head] = filled;
  const rows = head?.words.every((word) => Number.isNaN(Number(word))) ? filled.slice(1) : filled;
  if (rows.length < 2) {
    return { reason: `${numbers(count)} from 0 to 1 ${count === 1 ? "is" : "are"} needed; you entered ${all.length}.` };
  }
  return checked(
    rows.map(({ words }) => words),
    count,
    (index) => `Line ${rows[index]?.line}: `,
  );
}

const numbers = (count: number) => `${count} ${count === 1 ? "number" : "numbers"}`;

function checked(rows: readonly string[][], count: number, place: (index: number) => string): Rows {
  for (const [index, words] of rows.entries()) {
    if (words.length !== count) {
      return { reason: `${place(index)}${numbers(count)} from 0 to 1 are needed in each; it has ${words.length}.` };
    }
    const wrong = words.find((word) => !(Number(word) >= 0 && Number(word) <= 1));
    if (wrong === undefined) continue;
    return { reason: `${place(index)}${numbers(count)} from 0 to 1 are needed; "${wrong.slice(0, 20)}" is not one.` };
  }
  return { rows: rows.map((words) => Float32Array.from(words, Number)) };
}
