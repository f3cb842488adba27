/** Made by scripts/first-run.mjs when the page is built. */
declare module "virtual:first-run" {
  interface Network {
    name: string;
    /** Of the outputs. */
    thresholds: number[];
    /** One digit for each step. */
    predictions: string;
    /** So far, after each step. */
    operations: number[];
    /** By layer, the input first; the second network reads that of the first. */
    spikes: string[];
  }
  const run: {
    sample: number;
    seed: number;
    steps: number;
    /** One byte each, in base64. */
    pixels: string;
    /** Those after the input. */
    layers: {
      name: string;
      shape: number[];
      /** A digit for each neuron: 1 for those that should be silent. */
      silent: string;
    }[];
    networks: Network[];
  };
  export default run;
}
