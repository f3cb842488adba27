//! Changes of the biases after the conversion: the network then no longer computes quite the trained function, on purpose.

use super::{Calibration, Conversion};
use crate::error::Result;
use crate::snn::{DEFAULT_BLOCK, Network, PoissonEncoder, Simulation, SpikeBlock};

/// The calibration inputs that are simulated, at most.
const INPUTS: usize = 100;

/// The seed of their spikes, the same for every conversion.
const SEED: u64 = 1;

/// Adds the shift and the corrections that the options ask for.
pub(super) fn correct(conversion: &Conversion, network: &mut Network, calibration: &Calibration) -> Result<()> {
    let options = conversion.options();
    if options.bias_shift > 0.0 {
        // S. Deng, S. Gu, "Optimal Conversion of Conventional Artificial Neural Networks to Spiking Neural Networks", ICLR
        // 2021: theta / 2T per step makes up for what a neuron has not sent when the run ends.
        for index in 0..network.layers().len() {
            let layer = &network.layers()[index];
            if layer.neuron().fires {
                network.add_bias(index, &vec![options.bias_shift / options.steps; layer.shape().groups()]);
            }
        }
    }
    if conversion.corrects_biases() {
        for index in 0..network.layers().len() - 1 {
            let lacking = lacking(conversion, network, calibration, index)?;
            network.add_bias(index, &lacking);
        }
    }
    Ok(())
}

/// By how much the activation of the trained network exceeds the rate of the spiking one, in thresholds per step: the
/// mean over calibration inputs and the positions of each channel of layer `index`. Source: Y. Li et al., "A Free Lunch
/// From ANN", ICML 2021, bias correction.
fn lacking(conversion: &Conversion, network: &Network, calibration: &Calibration, index: usize) -> Result<Vec<f64>> {
    let layer = &network.layers()[index];
    let (groups, positions) = (layer.shape().groups(), layer.shape().positions());
    let steps = conversion.steps() as usize;
    let activations = calibration.activations(index);
    let inputs = activations.nrows().min(INPUTS);
    let mut sums = vec![0.0_f64; groups];
    let mut simulation = Simulation::new(network, DEFAULT_BLOCK, false);
    let mut spikes = SpikeBlock::default();
    for (stream, input) in (0..).zip(calibration.inputs().rows().into_iter().take(inputs)) {
        let input = input.to_slice().unwrap_or_default();
        let mut encoder = PoissonEncoder::of(network, input, SEED, stream)?;
        simulation.present(input);
        let mut done = 0;
        while done < steps {
            encoder.encode(DEFAULT_BLOCK.min(steps - done), &mut spikes);
            simulation.advance_to(index, &spikes);
            simulation.spikes(index).iter().flatten().for_each(|&neuron| sums[neuron as usize % groups] -= 1.0);
            let taken = simulation.taken_back(index).into_iter().flat_map(SpikeBlock::iter).flatten();
            taken.for_each(|&neuron| sums[neuron as usize % groups] += 1.0);
            done += spikes.steps();
        }
    }
    for sum in &mut sums {
        *sum /= steps as f64;
    }
    for row in activations.rows().into_iter().take(inputs) {
        for (neuron, &activation) in row.iter().enumerate() {
            let threshold = f64::from(layer.thresholds()[neuron]);
            sums[neuron / positions] += f64::from(activation) / threshold;
        }
    }
    Ok(sums.into_iter().map(|sum| sum / (inputs * positions) as f64).collect())
}
