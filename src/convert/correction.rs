//! Changes of biases and weights after the conversion: the network then no longer computes quite the trained function, on
//! purpose.

use std::sync::Arc;

use super::gain::{Decoder, Decoding};
use super::known::Known;
use super::{Calibration, Conversion};
use crate::ann::Shape;
use crate::error::Result;
use crate::snn::{Layer, Network, PoissonEncoder, Simulation, SpikeBlock, block_for};

/// The seed of their spikes, the same for every conversion.
const SEED: u64 = 1;

/// Adds the shift that the options ask for to layer `index`.
pub(super) fn shift(conversion: &Conversion, network: &mut Network, index: usize) {
    let options = conversion.options();
    let layer = &network.layers()[index];
    if options.bias_shift > 0.0 && layer.neuron().fires {
        // S. Deng, S. Gu, "Optimal Conversion of Conventional Artificial Neural Networks to Spiking Neural Networks", ICLR
        // 2021: theta / 2T per step makes up for what a neuron has not sent when the run ends.
        let more = vec![options.bias_shift / conversion.steps(); layer.shape().groups()];
        network.add_bias(index, &more);
    }
}

/// The network whose biases and gains are corrected, layer by layer, each before the next one is chosen.
///
/// A bias gets what the activation of the trained network exceeds the rate of the spiking one by, in thresholds per
/// step: the mean over calibration inputs and the positions of each channel. Source: Y. Li et al., "A Free Lunch From
/// ANN", ICML 2021, bias correction. Where gains are corrected as well, the layer then runs once more, see [`Decoding`].
pub(super) struct Correction {
    network: Arc<Network>,
    /// Whether layers run once more, for their gains.
    with_gains: bool,
    /// The layers corrected: all, or all but the last one so far.
    corrected: usize,
    /// The most steps that run at once, the same in all runs.
    block: usize,
    /// The inputs done in the run at hand.
    row: usize,
    /// Made anew for each run of a layer.
    simulation: Option<Simulation<Arc<Network>>>,
    /// What the layers that are corrected send.
    known: Known,
    /// Of the input at hand, where a layer reads it that runs.
    encoder: Option<PoissonEncoder>,
    spikes: SpikeBlock,
    /// What each neuron has sent on the input at hand.
    counts: Vec<f64>,
    /// What neurons or channels have sent on the inputs done.
    sent: Vec<f64>,
    /// What gains follow from, once biases are corrected.
    samples: Option<Decoding>,
    /// Of the layers corrected.
    decoders: Vec<Decoder>,
    /// The steps simulated.
    pub(super) steps: u64,
}

impl Correction {
    /// Begins without any layer; there will be so many neurons in all.
    pub(super) fn new(conversion: &Conversion, input: Shape, neurons: usize) -> Self {
        let (rate, readout, coding) = (conversion.input_rate(), conversion.readout(), conversion.options().coding);
        Self {
            network: Arc::new(Network::without_layers(input, rate, readout, coding)),
            with_gains: conversion.corrects_gains(),
            corrected: 0,
            block: block_for(neurons),
            row: 0,
            simulation: None,
            known: Known::default(),
            encoder: None,
            spikes: SpikeBlock::default(),
            counts: Vec::new(),
            sent: Vec::new(),
            samples: None,
            decoders: Vec::new(),
            steps: 0,
        }
    }

    /// Puts the next layer behind those that are corrected.
    pub(super) fn push(&mut self, conversion: &Conversion, layer: Layer, is_output: bool) -> Result<()> {
        let network = Arc::make_mut(&mut self.network);
        network.push(layer)?;
        shift(conversion, network, network.layers().len() - 1);
        for (source, decoder) in self.decoders.iter().enumerate() {
            decoder.apply(network, source, is_output);
        }
        Ok(())
    }

    /// The number of runs of all layers.
    pub(super) fn total(calibration: &Calibration, with_gains: bool) -> usize {
        (calibration.units().len() - 1) * (1 + usize::from(with_gains)) * calibration.first_inputs()
    }

    /// The number of runs done.
    pub(super) fn done(&self, calibration: &Calibration) -> usize {
        let runs = self.corrected * (1 + usize::from(self.with_gains)) + usize::from(self.samples.is_some());
        runs * calibration.first_inputs() + self.row
    }

    /// The layer at hand, which is the last one so far.
    fn layer(&self) -> &Layer {
        &self.network.layers()[self.corrected]
    }

    /// Runs a block of steps on one input, or corrects the layer at hand; `true` once that is done.
    pub(super) fn advance(&mut self, conversion: &Conversion, calibration: &Calibration) -> Result<bool> {
        if self.row == calibration.first_inputs() {
            return Ok(self.correct(conversion.steps(), calibration));
        }
        let steps = conversion.options().steps;
        let simulation = self.simulation.get_or_insert_with(|| {
            let layer = &self.network.layers()[self.corrected];
            self.counts = vec![0.0; layer.neurons()];
            self.sent = vec![0.0; layer.shape().groups()];
            Simulation::of_hidden(Arc::clone(&self.network), self.block, |layer| self.known.has(layer))
        });
        let input = calibration.inputs().row(self.row).to_slice().unwrap_or_default();
        let done = simulation.steps() % steps;
        if done == 0 {
            simulation.present(input);
            let encoder = || PoissonEncoder::of(&self.network, input, SEED, self.row as u64);
            self.encoder = simulation.reads_input().then(encoder).transpose()?;
        }
        let (block, more) = (done / self.block, self.block.min(steps - done));
        match &mut self.encoder {
            Some(encoder) => encoder.encode(more, &mut self.spikes),
            None => self.spikes.be_silent(more),
        }
        simulation.advance_among(&self.spikes, &|layer| self.known.spikes(layer, self.row, block));
        self.known.keep(simulation, self.corrected, self.row);
        self.steps += self.spikes.steps() as u64;
        let fired = simulation.spikes(self.corrected).iter().flatten();
        fired.for_each(|&neuron| self.counts[neuron as usize] += 1.0);
        let taken = simulation.taken_back(self.corrected).into_iter().flat_map(SpikeBlock::iter).flatten();
        taken.for_each(|&neuron| self.counts[neuron as usize] -= 1.0);
        if simulation.steps() == steps {
            self.tally(conversion.steps(), calibration);
            self.row += 1;
        }
        Ok(false)
    }

    /// What the spikes of the layer corrected last say, where gains are corrected.
    pub(super) fn last(&self) -> Option<&Decoder> {
        self.decoders.last()
    }

    /// The network with all its layers.
    pub(super) fn finish(self) -> Network {
        Arc::unwrap_or_clone(self.network)
    }

    /// What every neuron of the layer at hand says in thresholds per step on one input: its neuron or channel, its place in
    /// the engine's order and its activation in the trained network.
    fn activations<'a>(
        &'a self,
        row: usize,
        calibration: &'a Calibration,
    ) -> impl Iterator<Item = (usize, usize, f64)> + 'a {
        let layer = self.layer();
        let (groups, positions) = (layer.shape().groups(), layer.shape().positions());
        let activations = calibration.activations(self.corrected).row(row);
        activations.into_iter().enumerate().map(move |(neuron, &activation)| {
            let (group, position) = (neuron / positions, neuron % positions);
            (group, position * groups + group, f64::from(activation) / f64::from(layer.thresholds()[neuron]))
        })
    }

    /// Takes account of what the layer at hand has sent on an input.
    fn tally(&mut self, steps: f64, calibration: &Calibration) {
        if let Some(mut samples) = self.samples.take() {
            for (group, place, activation) in self.activations(self.row, calibration) {
                samples.add(group, activation, self.counts[place] / steps);
            }
            self.samples = Some(samples);
        }
        let groups = self.sent.len();
        self.counts.iter().enumerate().for_each(|(place, sent)| self.sent[place % groups] += sent);
        self.counts.fill(0.0);
    }

    /// Corrects the biases of the layer at hand, and tells what its spikes say if it has run for that; whether nothing is
    /// left to do in it.
    fn correct(&mut self, steps: f64, calibration: &Calibration) -> bool {
        let inputs = calibration.first_inputs();
        let shape = self.layer().shape();
        self.simulation = None; // It shares the network.
        let to_come = &calibration.units()[self.corrected..];
        let sources = || to_come.iter().flat_map(|unit| &unit.links).map(|link| link.wire.source);
        self.known.end_run(|layer| sources().any(|source| source == layer + 1));
        self.row = 0;
        let mut lacking: Vec<f64> = self.sent.iter().map(|sent| -sent / steps).collect();
        for row in 0..inputs {
            for (group, _, activation) in self.activations(row, calibration) {
                lacking[group] += activation;
            }
        }
        for sum in &mut lacking {
            *sum /= (inputs * shape.positions()) as f64;
        }
        Arc::make_mut(&mut self.network).add_bias(self.corrected, &lacking);
        let samples = self.samples.take();
        if self.with_gains && samples.is_none() {
            self.samples = Some(Decoding::new(shape.groups(), inputs * shape.positions()));
            return false;
        }
        self.decoders.extend(samples.map(|samples| samples.finish(steps)));
        self.corrected += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::ann::{self, Activation, Dense, Node, Source};
    use crate::convert::tests::small;
    use crate::convert::{Adjustment, Base, ConvertOptions, Converted};
    use crate::snn::Readout;

    /// 12 inputs, four hidden layers, of which the third reads the first two and the fourth the two before it, and three
    /// outputs.
    fn branched() -> (ann::Network, Calibration) {
        let dense = |seed: usize, outputs: usize, inputs: usize, activation| {
            let weight = |(j, i): (usize, usize)| ((seed + 31 * j + 17 * i) % 23) as f32 / 23.0 - 0.4;
            ann::Layer::Dense(Dense::new(Array2::from_shape_fn((outputs, inputs), weight), None, activation).unwrap())
        };
        let relu = || ann::Layer::Activation(Activation::Relu);
        let node = |name: &str, layer, inputs: &[Source]| Node { name: name.into(), layer, inputs: inputs.into() };
        let nodes = vec![
            node("first", dense(1, 10, 12, Activation::Relu), &[Source::Input]),
            node("second", dense(2, 10, 10, Activation::Relu), &[Source::Layer(0)]),
            node("sum", ann::Layer::Add, &[Source::Layer(0), Source::Layer(1)]),
            node("third", relu(), &[Source::Layer(2)]),
            node("both", ann::Layer::Add, &[Source::Layer(1), Source::Layer(3)]),
            node("fourth", relu(), &[Source::Layer(4)]),
            node("out", dense(3, 3, 10, Activation::Linear), &[Source::Layer(5)]),
        ];
        let ann = ann::Network::graph(vec![12], nodes).unwrap();
        let inputs = Array2::from_shape_fn((9, 12), |(n, i)| ((7 * n + 5 * i) % 11) as f32 / 10.0);
        (ann.clone(), Calibration::new(&ann, inputs).unwrap())
    }

    #[test]
    fn the_spikes_of_layers_that_are_done_are_the_same_whether_they_are_kept_or_simulated_again() {
        let (ann, calibration) = branched();
        for (signed, gain_correction) in [(false, None), (true, None), (false, Some(false))] {
            let options = ConvertOptions { signed, gain_correction, steps: 150, ..ConvertOptions::default() };
            let clean = ConvertOptions { bias_correction: Some(false), ..options.clone() };
            let Converted { network: clean, .. } = clean.validate().unwrap().convert(&ann, &calibration).unwrap();
            let conversion = options.validate().unwrap();
            let corrected = |most| {
                let mut correction = Correction::new(&conversion, ann.shape(Source::Input), 43);
                correction.known = Known::up_to(most);
                let mut ran = Vec::new();
                for (index, layer) in clean.layers().iter().enumerate() {
                    let is_output = index + 1 == clean.layers().len();
                    correction.push(&conversion, layer.clone(), is_output).unwrap();
                    while !is_output && !correction.advance(&conversion, &calibration).unwrap() {
                        let ran_now = correction.simulation.as_ref();
                        ran.extend(ran_now.map(|simulation| (0..=index).filter(|&at| simulation.runs(at)).count()));
                    }
                }
                (format!("{:?}", correction.finish()), ran.iter().sum::<usize>())
            };
            let (all, few) = corrected(usize::MAX);
            for most in [0, 100, 1000, 3000] {
                let (network, runs) = corrected(most);
                assert!(network == all, "signed {signed}, at most {most} spikes kept");
                assert!(most > 100 || runs > few, "{runs} runs of layers, {few} where all is known");
            }
        }
    }

    #[test]
    fn a_shift_leaves_outputs_that_do_not_fire_as_they_are() {
        let (ann, calibration) = small();
        for bias_correction in [false, true] {
            let options = ConvertOptions {
                base: Base::None,
                adjustment: Adjustment::None,
                readout: Readout::Potential,
                bias_shift: 0.5,
                bias_correction: Some(bias_correction),
                steps: 20,
                ..ConvertOptions::default()
            };
            let network = options.validate().unwrap().convert(&ann, &calibration).unwrap().network;
            let [hidden, output] = network.layers() else { panic!("it has two layers") };
            // 0.5 / 20 of a threshold a step, of which a correction takes some off again.
            let shifted = |&bias: &f32| if bias_correction { bias != 0.0 } else { (bias - 0.025).abs() < 1e-7 };
            assert!(hidden.bias().iter().all(shifted), "{:?}", hidden.bias());
            assert_eq!(output.bias(), [0.0; 2]);
        }
    }
}
