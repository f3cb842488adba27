/** Where the module is, in a form that bundlers understand. */
export const ownModule = () => new URL("./wasm/quartic_snn_bg.wasm", import.meta.url);
