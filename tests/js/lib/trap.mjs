// The module changed: with a trap in it, a real fault of WebAssembly, which the module itself never has, and with little memory.

import { readFile } from "node:fs/promises";

export const moduleUrl = new URL("./wasm/quartic_snn_bg.wasm", import.meta.resolve("quartic-snn"));

const [MEMORY, EXPORTS, CODE] = [5, 7, 10];
const FUNCTION = 0;
const [UNREACHABLE, NOP, END] = [0x00, 0x01, 0x0b];

/** Reads the binary format as far as it is needed here. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 8; // After the magic number and the version.
  }

  /** An unsigned LEB128 number. */
  number() {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** Passes over as many bytes as the number says that comes first. */
  skip() {
    const length = this.number();
    this.at += length;
    return length;
  }

  text() {
    const length = this.skip();
    return Buffer.from(this.bytes.subarray(this.at - length, this.at)).toString("utf8");
  }

  /** Goes to the beginning of a section. */
  section(wanted) {
    this.at = 8;
    while (this.number() !== wanted) this.skip();
    this.number();
    return this;
  }
}

/** The module, with the body of one of its exported functions replaced by a trap. */
export async function withTrapIn(name) {
  const bytes = new Uint8Array(await readFile(moduleUrl));
  const imports = WebAssembly.Module.imports(await WebAssembly.compile(bytes));
  const imported = imports.filter(({ kind }) => kind === "function").length;
  const reader = new Reader(bytes).section(EXPORTS);
  let index;
  for (let left = reader.number(); left > 0 && index === undefined; left--) {
    const [found, kind, place] = [reader.text(), reader.number(), reader.number()];
    if (kind === FUNCTION && found === name) index = place - imported;
  }
  if (index === undefined) throw new Error(`the module exports no function ${name}`);
  reader.section(CODE).number();
  for (; index > 0; index--) reader.skip();
  const body = reader.number();
  bytes.fill(NOP, reader.at, reader.at + body);
  bytes.set([0, UNREACHABLE], reader.at); // No locals.
  bytes[reader.at + body - 1] = END;
  return WebAssembly.compile(bytes);
}

/** The module, whose memory can be no larger than so many pages of 64 KiB. */
export async function withMostMemory(pages) {
  const bytes = new Uint8Array(await readFile(moduleUrl));
  const reader = new Reader(bytes).section(MEMORY);
  const [from, memories, hasMost, least] = [reader.at, reader.number(), reader.number(), reader.number()];
  if (memories !== 1 || hasMost !== 0) throw new Error("the module has other memory than it had");
  const section = [1, 1, ...numberOf(least), ...numberOf(pages)];
  const parts = [bytes.subarray(0, from - 1), [section.length], section, bytes.subarray(reader.at)];
  return WebAssembly.compile(Uint8Array.from(parts.flatMap((part) => [...part])));
}

/** As unsigned LEB128. */
function numberOf(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...numberOf(value >> 7)];
}
