/**
 * Where the module is, in a form that bundlers understand, and those who collect the files of a server (@vercel/nft):
 * they look for no address in an arrow function without a body.
 */
export function ownModule(): URL {
  return new URL("./wasm/quartic_snn_bg.wasm", import.meta.url);
}
