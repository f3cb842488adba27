// What the page asks of a worker. Every call has one answer, some tell how far they are; all cross as structured clones.

import type { Afferent, EvaluateResult, Frame, ImportReport, LayerReport, TrainedLayer } from "quartic-snn";
import type { Conversion } from "../conversion";

/** What is known of a trained network once it is read. */
export interface ModelFacts {
  name: string | undefined;
  inputShape: readonly number[];
  inputs: number;
  outputs: number;
  layers: readonly TrainedLayer[];
  report: ImportReport;
}

/** A layer of the spiking networks; both have the same. */
export interface LayerFacts {
  name: string;
  shape: readonly number[];
  /** In a run: 1 for every neuron that the trained network has at 0 or below for the input. Not of the input itself. */
  silent?: Uint8Array | undefined;
}

/** What one neuron does in one of the networks during a run. In ANN units where nothing else is said. */
export interface NeuronTrace {
  threshold: number;
  /** What it needs to fire, step by step: the threshold and what is left of its margin. */
  limit: Float32Array;
  /** The L4 norm of its weights. */
  l4: number;
  /** The noise after all steps, predicted from the norm and one constant per layer. */
  sigmaL4: number;
  /** How much larger the noise of a channel is where its spikes are; 1 for a neuron with weights of its own. */
  concentration: number;
  /** What the input adds to its potential per step on the mean. */
  drift: number;
  /** The potential before firing, step by step. */
  potential: Float32Array;
  /** What has come in since the beginning, step by step, but for what a floor has taken away. */
  arrived: Float32Array;
  /** The steps in which it fired. */
  spikes: Uint32Array;
  /** Those in which it took a spike back; only of signed neurons. */
  takenBack: Uint32Array | undefined;
}

/** One neuron in both networks. */
export interface NeuronFacts {
  /** What the networks were converted with. */
  conversion: Conversion;
  weights: readonly Afferent[];
  /** Whether the trained network has it at 0 for the input, or its logit below. */
  silent: boolean;
  networks: readonly NeuronTrace[];
}

/** What the conversions of a run chose, and what the trained network says of its input. */
export interface Anatomy {
  /** By network, plain first, and by layer; the first layer is the one after the input. */
  layers: readonly (readonly LayerReport[])[];
  /** The activations of the trained network by layer, of the last one the logits. */
  activations: readonly Float32Array[];
  /** The multiplications of one pass of the trained network. */
  synapses: number;
}

/** The noise of the neurons of one layer, in ANN units: predicted by the conversion and measured over runs. */
export interface LayerNoise {
  sigmaL4: Float32Array;
  sigma: Float32Array;
  measured: Float32Array;
}

export interface Calls {
  /** Loads the WebAssembly module: the lean one, which reads the page's own models, or the whole one. */
  start: { asks: { whole: boolean }; gives: undefined };
  /** Reads a model file; other calls name the model by the key. */
  read: { asks: { key: string; bytes: Uint8Array }; gives: ModelFacts };
  /** Gives a model its calibration inputs, in place of those before. */
  calibrate: { asks: { key: string; inputs: Float32Array }; gives: undefined };
  /** Both networks, in slices: other calls are answered in between. Tells the share that is done, from 0 to 1. */
  convert: { asks: { key: string; conversion: Conversion }; gives: LayerFacts[]; tells: number };
  /** Also ends a conversion of the model. */
  forget: { asks: { key: string }; gives: undefined };
  /** A run of both networks on one input. Of several that wait, only the newest is converted. */
  begin: {
    asks: {
      run: number;
      key: string;
      conversion: Conversion;
      input: Float32Array;
      steps: number;
      seed: number;
      stream: number;
    };
    gives: LayerFacts[];
  };
  /** One neuron in a run that has begun and was not stopped. */
  inspect: { asks: { run: number; layer: number; neuron: number }; gives: NeuronFacts };
  /** All neurons of a run that has begun and was not stopped. */
  anatomy: { asks: { run: number }; gives: Anatomy };
  /** Both networks on labelled images, one byte per value; tells the result over the images done. */
  evaluate: {
    asks: { key: string; conversion: Conversion; images: Uint8Array; labels: Uint8Array; seed: number };
    gives: EvaluateResult;
    tells: { done: number; result: EvaluateResult };
  };
  /** One input on other and other input spikes, without a floor; tells the runs done. By network, then by layer. */
  noise: {
    asks: { key: string; conversion: Conversion; input: Float32Array; seed: number; runs: number };
    gives: LayerNoise[][];
    tells: number;
  };
  /** The frames that a slice of time is enough for; none at the end. */
  next: { asks: { run: number }; gives: Frame[] };
  stop: { asks: { run: number }; gives: undefined };
  /** A drawing in the form of an MNIST image. */
  digit: { asks: { ink: Float32Array; size: { width: number; height: number } }; gives: Float32Array };
}

export type CallName = keyof Calls;

export interface Call<Name extends CallName = CallName> {
  id: number;
  name: Name;
  asks: Calls[Name]["asks"];
}

/** What a call tells before its answer. */
export type Tells<Name extends CallName> = Calls[Name] extends { tells: infer News } ? News : never;

export type Answer = { id: number } & ({ gives: unknown } | { failed: Failure } | { tells: unknown });

/** An error as it crosses: `code` is that of a QuarticError. */
export interface Failure {
  code: string | undefined;
  message: string;
}
