//! Converts a trained network into a spiking one: calibrate, choose thresholds, fold them in, check, report.
//!
//! The threshold `theta_j` of a neuron, in ANN units, is also the amplitude of its spikes. Once folded, as
//! `w'_ij = w_ij theta_i / theta_j` and `b'_j = b_j / theta_j`, every threshold is 1 and each weight vector has been
//! divided by something proportional to its own norm. This folding is the weight adjustment.
//!
//! The rule for the thresholds is our own derivation from the statistics in the abstract of J. Allred and K. Roy,
//! "L4-Norm Weight Adjustments for Converted Spiking Neural Networks" (arXiv:2111.09446), not that paper's formula.

mod adjustment;
mod anatomy;
mod base;
mod calibration;
mod concentration;
mod conversion;
mod converting;
mod correction;
mod fold;
mod gain;
mod known;
mod layers;
mod noise;
mod options;
mod plan;
mod propagation;
mod quantile;
mod search;
mod wire;

pub use adjustment::Adjustment;
pub use anatomy::{Afferent, activations, afferents, belongs_to, drift};
pub use base::Base;
pub use calibration::{Calibrating, Calibration};
pub use concentration::ChannelNoise;
pub use conversion::Conversion;
pub use converting::Converting;
pub use options::ConvertOptions;
pub use propagation::NoiseModel;

use serde::Serialize;

use crate::ann;
use crate::error::Result;
use crate::snn;

/// A spiking network with the report of its conversion.
#[derive(Clone, Debug)]
pub struct Converted {
    /// The spiking network.
    pub network: snn::Network,
    /// What was chosen for each layer, from first to last.
    pub layers: Vec<LayerReport>,
    /// The largest difference between a logit of the trained network and the same logit of the folded weights (rounded,
    /// if they are in fixed point), over the calibration inputs, relative to the largest logit.
    pub function_error: f64,
    /// The number of steps that the noise forms, margins and corrections were prepared for.
    pub steps: usize,
}

/// What a conversion chose for one layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LayerReport {
    /// The name of the layer of the trained network.
    pub name: String,
    /// The shape of the layer's output.
    pub shape: Vec<usize>,
    /// Whether the neurons fire. If not (a potential read-out), their threshold (1, or a lower cap) is only a unit.
    pub fires: bool,
    /// The threshold of every neuron, in ANN units; the same for all neurons of a channel. Images are channel-first.
    pub thresholds: Vec<f32>,
    /// The L4 norm of every neuron's trained weights.
    pub l4: Vec<f32>,
    /// The predicted standard deviation of every neuron's accumulated input noise after all steps, in ANN units, RMS
    /// over the calibration inputs. [`NoiseModel::Measured`] predicts it from the corrected spikes of earlier layers.
    /// For [`NoiseModel::Propagated`] with an adjustment that does not use noise, it is the Poisson value. A source
    /// that reaches a neuron on several paths (overlapping pools, summed branches) counts as several.
    pub sigma: Vec<f32>,
    /// The same, predicted from the L4 norm and one constant per layer: `sqrt(T) ||w_j||_4 s_l`.
    pub sigma_l4: Vec<f32>,
    /// The factor by which the noise of a channel exceeds `sigma` where its spikes are; thresholds of the noise forms
    /// include it. 1 where every neuron has its own weights, with [`ChannelNoise::Mean`] and
    /// [`NoiseModel::Propagated`].
    pub concentration: f32,
    /// What a spike of each neuron stands for in the layers that read it, in thresholds; 1 without gain correction.
    pub gains: Vec<f32>,
}

impl Conversion {
    /// Converts `ann` with calibration inputs that were run through it.
    ///
    /// # Errors
    /// `conversion-failed` if a threshold cannot be chosen, a weight does not fit into fixed point, or the folded
    /// weights no longer compute the function of the network; `shape-mismatch` if the calibration belongs to a network
    /// with other layers; `invalid-option` if `ann` has other activations for the first calibration input.
    pub fn convert(&self, ann: &ann::Network, calibration: &Calibration) -> Result<Converted> {
        Converting::new(self.clone(), ann, calibration)?.finish()
    }
}

/// The amplitude of a spike in ANN units, per neuron or channel of each source; the input first.
struct Amplitudes(Vec<Vec<f64>>);

impl Amplitudes {
    /// Those of the input, before any other is known.
    fn of_input(conversion: &Conversion, ann: &ann::Network) -> Self {
        Self(vec![vec![1.0 / conversion.input_rate(); ann.shape(ann::Source::Input).groups()]])
    }

    /// The amplitude behind the pools of a wire, in channel `channel`.
    fn of(&self, wire: &wire::Wire, channel: usize) -> f64 {
        self.0[wire.source][channel] * wire.scale
    }
}

#[cfg(test)]
mod tests;
