//! The noise of the input alone, carried through the trained network.
//!
//! The rates of `T` coin flips are not the intensities they were flipped for. Run through the trained network they give
//! every neuron a sum that differs from the clean one, whatever the neurons in between do with their spikes: that noise
//! is in any conversion, and a neuron that rounds its sum more finely than that noise pays spikes for nothing.

use serde::{Deserialize, Serialize};

use super::fold::{self, Sums};
use super::plan::Unit;
use super::{Amplitudes, Calibration, Conversion};
use crate::ann;
use crate::error::Result;
use crate::snn::{DEFAULT_BLOCK, Network, PoissonEncoder, Readout, SpikeBlock};

/// The seed of the coin flips, the same for every conversion.
const SEED: u64 = 1;

/// A model of the noise of a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum NoiseModel {
    /// The noise of Poisson spikes on every synapse: `sqrt(T sum_i w_ij^2 theta_i a_i)`. It measures how far a
    /// potential wanders on its way, and so how often a neuron fires that should be silent.
    Poisson,
    /// The same for at most one spike per step, as given by coin flips: `sqrt(T sum_i w_ij^2 a_i (theta_i - a_i))`. It
    /// is exact for the input, `x_i (1/r - x_i)`, and less than the Poisson form where rates are high.
    Bernoulli,
    /// The noise of Poisson spikes at the input; behind hidden layers, that of their own spikes with their gains: what
    /// these leave unexplained of the activations, in the runs that gains are corrected with, or the noise of Poisson
    /// spikes of that size if it is larger.
    Measured,
    /// The noise of the input spikes alone, carried through the trained network: the RMS, over calibration inputs, of
    /// `T` times the difference between a neuron's sum on the rates of `T` coin flips and on the intensities
    /// themselves. For signed neurons, which lose nothing on the way.
    Propagated,
}

/// The standard deviation of every neuron or channel of every unit, per square root of a step and in ANN units, found
/// piece by piece.
pub(super) struct Propagation {
    network: Network,
    squares: Vec<Vec<f64>>,
    /// The inputs done.
    pub(super) done: usize,
    spikes: SpikeBlock,
    at_hand: Option<Flips>,
}

/// The input at hand.
struct Flips {
    encoder: PoissonEncoder,
    steps: usize,
    counts: Vec<f64>,
    clean: Option<Vec<Vec<f64>>>,
    sums: Sums,
}

impl Propagation {
    pub(super) fn new(conversion: &Conversion, ann: &ann::Network, calibration: &Calibration) -> Result<Self> {
        let units = calibration.units();
        Ok(Self {
            network: reference(conversion, ann, units)?,
            squares: units.iter().map(|unit| vec![0.0; unit.shape.groups()]).collect(),
            done: 0,
            spikes: SpikeBlock::default(),
            at_hand: None,
        })
    }

    /// Flips for a block of steps, or runs one layer on one input; the deviations after the last one.
    pub(super) fn advance(
        &mut self,
        conversion: &Conversion,
        calibration: &Calibration,
    ) -> Result<Option<Vec<Vec<f64>>>> {
        let (units, steps) = (calibration.units(), conversion.options().steps);
        if self.done == calibration.first_inputs() {
            return Ok(Some(self.deviations(units, steps)));
        }
        let input = calibration.inputs().row(self.done);
        let mut flips = if let Some(flips) = self.at_hand.take() {
            flips
        } else {
            let values = input.to_slice().unwrap_or_default();
            let encoder = PoissonEncoder::new(values, conversion.input_rate(), SEED, self.done as u64)?;
            Flips { encoder, steps: 0, counts: vec![0.0; input.len()], clean: None, sums: Sums::default() }
        };
        if flips.steps < steps {
            flips.encoder.encode(DEFAULT_BLOCK.min(steps - flips.steps), &mut self.spikes);
            self.spikes.iter().flatten().for_each(|&neuron| flips.counts[neuron as usize] += 1.0);
            flips.steps += self.spikes.steps();
            self.at_hand = Some(flips);
            return Ok(None);
        }
        if flips.sums.is_empty() {
            flips.sums = Sums::of(match flips.clean {
                None => input.iter().map(|&x| f64::from(x) * conversion.input_rate()).collect(),
                Some(_) => flips.counts.iter().map(|count| count / steps as f64).collect(),
            });
        }
        match (flips.sums.advance(&self.network, units), &flips.clean) {
            (None, _) => self.at_hand = Some(flips),
            (clean, None) => self.at_hand = Some(Flips { clean, ..flips }),
            (Some(noisy), Some(clean)) => {
                for ((clean, noisy), squares) in clean.iter().zip(&noisy).zip(&mut self.squares) {
                    for (neuron, (clean, noisy)) in clean.iter().zip(noisy).enumerate() {
                        let group = neuron % squares.len();
                        squares[group] += (clean - noisy).powi(2);
                    }
                }
                self.done += 1;
            }
        }
        Ok(None)
    }

    fn deviations(&self, units: &[Unit], steps: usize) -> Vec<Vec<f64>> {
        let of_unit = |(squares, unit): (&Vec<f64>, &Unit)| {
            let scale = steps as f64 / (self.done * unit.shape.positions()) as f64;
            squares.iter().map(|sum| (sum * scale).sqrt()).collect()
        };
        self.squares.iter().zip(units).map(of_unit).collect()
    }
}

/// The network with every threshold at 1, whose sums are those of the trained network in ANN units.
fn reference(conversion: &Conversion, ann: &ann::Network, units: &[Unit]) -> Result<Network> {
    let input = ann.shape(ann::Source::Input);
    let mut amplitudes = Amplitudes::of_input(conversion, ann);
    let mut layers = Vec::with_capacity(units.len());
    for unit in units {
        let groups = unit.shape.groups();
        layers.push(fold::fold(ann, unit, &amplitudes, &vec![1.0; groups], conversion.neuron(true))?);
        amplitudes.0.push(vec![1.0; groups]);
    }
    Network::converted(input, layers, conversion.input_rate(), Readout::Count)
}
