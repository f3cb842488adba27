// What wasm-bindgen writes is one instance for as long as the script lives. The package needs more: after a fault, a
// fresh instance takes the place of the one whose memory is in an unknown state. So the binding becomes a function.

import { gzipSync } from "node:zlib";
import { Trouble } from "./house.mjs";

/** The text before the first line that begins with `mark`, which must be there. */
function before(text, mark, file) {
  const end = text.indexOf(`\n${mark}`);
  if (end < 0) throw new Trouble(`${file} has no line that begins with "${mark}": look at scripts/lib/glue.mjs.`);
  return text.slice(0, end);
}

/** The binding as a function from a compiled module to an instance of its own, and the types of that. */
export function asFactory({ js, types }) {
  const body = before(js, "async function __wbg_load(", "quartic_snn.js");
  const names = [...body.matchAll(/^export (?:class|function) (\w+)/gm)].map(([, name]) => name);
  const plain = body.replace(/^export (?=class |function )/gm, "");
  if (names.length === 0 || /^(export|import) |import\.meta/m.test(plain) || !plain.includes("__wbg_finalize_init")) {
    throw new Trouble("quartic_snn.js does not have the form that scripts/lib/glue.mjs expects.");
  }
  const end = [
    "  __wbg_finalize_init(await WebAssembly.instantiate(module, __wbg_get_imports()), module);",
    `  return { memory: wasm.memory, ${names.join(", ")} };`,
    "}",
  ];
  const glue = ["  memory: WebAssembly.Memory;", ...names.map((name) => `  ${name}: typeof ${name};`)];
  return {
    js: ["export async function instantiate(module) {", plain, ...end, ""].join("\n"),
    types: [
      // The handles can be used with `using`, whatever a project's own `lib` knows.
      '/// <reference lib="esnext.disposable" />',
      before(types, "export type InitInput", "quartic_snn.d.ts"),
      `export interface Glue {\n${glue.join("\n")}\n}`,
      "/** Instantiates a compiled module. */",
      "export function instantiate(module: WebAssembly.Module): Promise<Glue>;",
      "",
    ].join("\n"),
  };
}

/** The module within a script, for where no file can be served beside it. */
export function asScript(wasm) {
  const text = gzipSync(wasm, { level: 9 }).toString("base64");
  return {
    js: `export const gzipped = "${text}";\n`,
    types: "/** The module, packed with gzip, in base64. */\nexport declare const gzipped: string;\n",
  };
}
