//! The noise of the input alone, carried through the trained network.
//!
//! The rates of `T` coin flips are not the intensities they were flipped for. Run through the trained network they give
//! every neuron a sum that differs from the clean one, whatever the neurons in between do with their spikes: that noise
//! is in any conversion, and a neuron that rounds its sum more finely than that noise pays spikes for nothing.

use serde::{Deserialize, Serialize};

use super::fold::{self, sums_of};
use super::plan::Unit;
use super::{Amplitudes, Calibration, Conversion};
use crate::ann::Network;
use crate::error::Result;
use crate::snn::{self, PoissonEncoder, SpikeBlock};

/// The inputs that are flipped for, at most.
const INPUTS: usize = 100;

/// The seed of the coin flips, the same for every conversion.
const SEED: u64 = 1;

/// What the noise of a neuron is taken to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoiseModel {
    /// That of Poisson spikes on every synapse: `sqrt(T sum_i w_ij^2 theta_i a_i)`. It tells how far a potential wanders
    /// on its way, and so how often a neuron fires that should be silent.
    #[default]
    Poisson,
    /// That of the input spikes alone, carried through the trained network: the RMS, over calibration inputs, of `T` times
    /// the difference between a neuron's sum on the rates of `T` coin flips and on the intensities themselves. For
    /// signed neurons, which lose nothing on the way.
    Propagated,
}

/// The standard deviation of every neuron or channel of every unit, per square root of a step, in ANN units.
pub(super) fn deviations(conversion: &Conversion, ann: &Network, calibration: &Calibration) -> Result<Vec<Vec<f64>>> {
    let units = calibration.units();
    let network = reference(conversion, ann, units)?;
    let (steps, rate) = (conversion.steps() as usize, conversion.input_rate());
    let mut squares: Vec<Vec<f64>> = units.iter().map(|unit| vec![0.0; unit.shape.groups()]).collect();
    let inputs = calibration.inputs().nrows().min(INPUTS);
    let mut spikes = SpikeBlock::default();
    for (stream, input) in (0..).zip(calibration.inputs().rows().into_iter().take(inputs)) {
        let mut encoder = PoissonEncoder::new(input.to_slice().unwrap_or_default(), rate, SEED, stream)?;
        let mut flipped = vec![0.0; input.len()];
        for _ in 0..steps {
            encoder.encode(1, &mut spikes);
            spikes.step(0).iter().for_each(|&neuron| flipped[neuron as usize] += 1.0);
        }
        for rate in &mut flipped {
            *rate /= steps as f64;
        }
        let clean = sums_of(&network, units, input.iter().map(|&x| f64::from(x) * rate).collect());
        let noisy = sums_of(&network, units, flipped);
        for ((clean, noisy), squares) in clean.iter().zip(&noisy).zip(&mut squares) {
            for (neuron, (clean, noisy)) in clean.iter().zip(noisy).enumerate() {
                let group = neuron % squares.len();
                squares[group] += (clean - noisy).powi(2);
            }
        }
    }
    let of_unit = |(squares, unit): (Vec<f64>, &Unit)| {
        let scale = steps as f64 / (inputs * unit.shape.positions()) as f64;
        squares.into_iter().map(|sum| (sum * scale).sqrt()).collect()
    };
    Ok(squares.into_iter().zip(units).map(of_unit).collect())
}

/// The network with every threshold at 1, whose sums are those of the trained network in ANN units.
fn reference(conversion: &Conversion, ann: &Network, units: &[Unit]) -> Result<snn::Network> {
    let input = ann.shape(crate::ann::Source::Input);
    let mut amplitudes = Amplitudes(vec![vec![1.0 / conversion.input_rate(); input.groups()]]);
    let mut layers = Vec::with_capacity(units.len());
    for unit in units {
        let groups = unit.shape.groups();
        layers.push(fold::fold(ann, unit, &amplitudes, &vec![1.0; groups], conversion.neuron(true))?);
        amplitudes.0.push(vec![1.0; groups]);
    }
    snn::Network::new(input, layers, conversion.input_rate(), conversion.readout())
}
