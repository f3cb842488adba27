//! From a trained network to a spiking one: calibrate, choose thresholds, fold them into the weights, check, report.
//!
//! The threshold `theta_j` of a neuron, in ANN units, is also the amplitude of its spikes. Folded,
//! `w'_ij = w_ij theta_i / theta_j` and `b'_j = b_j / theta_j`, every threshold is 1: each weight vector is divided by
//! something proportional to its own norm. That folding is the weight adjustment.
//!
//! The rule for the thresholds is our own derivation from the statistics in the abstract of J. Allred and K. Roy,
//! "L4-Norm Weight Adjustments for Converted Spiking Neural Networks" (arXiv:2111.09446), not that paper's formula.

mod adjustment;
mod base;
mod calibration;
mod fold;
mod noise;
mod options;

pub use adjustment::Adjustment;
pub use base::Base;
pub use calibration::Calibration;
pub use options::{Conversion, ConvertOptions};

use crate::ann;
use crate::error::{Error, Result};
use crate::snn;

/// A spiking network with the report of its conversion.
#[derive(Clone, Debug)]
pub struct Converted {
    /// The spiking network.
    pub network: snn::Network,
    /// What was chosen for each layer, first to last.
    pub layers: Vec<LayerReport>,
    /// The largest difference between a logit of the trained network and of the folded weights, over the calibration
    /// inputs, relative to the largest logit.
    pub function_error: f64,
}

/// What a conversion chose for one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerReport {
    /// `dense0`, `dense1`, ...
    pub name: String,
    /// The shape of the layer's output.
    pub shape: Vec<usize>,
    /// Whether the neurons fire; those of a potential read-out do not, and their threshold of 1 is a unit only.
    pub fires: bool,
    /// The threshold of every neuron, in ANN units.
    pub thresholds: Vec<f32>,
    /// The L4 norm of every neuron's trained weights.
    pub l4: Vec<f32>,
    /// The standard deviation of every neuron's accumulated input noise after all steps, in ANN units, predicted by the
    /// exact formula `sqrt(T <w o w, u>)`, RMS over the calibration inputs.
    pub sigma: Vec<f32>,
    /// The same, predicted from the L4 norm and one constant per layer: `sqrt(T) ||w_j||_4 s_l`.
    pub sigma_l4: Vec<f32>,
}

impl Conversion {
    /// Converts `ann`, with calibration inputs that were run through it.
    ///
    /// # Errors
    /// `unsupported-layer` for a hidden layer without ReLU; `conversion-failed` where a threshold cannot be chosen or
    /// the folded weights no longer compute the function of the network; `shape-mismatch` where the calibration belongs
    /// to another network.
    pub fn convert(&self, ann: &ann::Network, calibration: &Calibration) -> Result<Converted> {
        check_layers(ann)?;
        calibration.check(ann)?;
        let steps = self.steps();
        let bases = base::thresholds(self, ann, calibration)?;
        let mut before = vec![1.0 / self.input_rate(); ann.inputs()];
        let mut layers = Vec::with_capacity(ann.layers().len());
        let mut reports = Vec::with_capacity(ann.layers().len());
        for (index, layer) in ann.layers().iter().enumerate() {
            let ann::Layer::Dense(dense) = layer;
            let noise = noise::Noise::new(dense, &before, calibration.mean(index));
            let fires = index + 1 < ann.layers().len() || self.readout() == snn::Readout::Count;
            let thresholds = match fires {
                true => adjustment::thresholds(self, index, &bases[index], &noise)?,
                false => vec![1.0; dense.outputs()],
            };
            let scaled = |sigmas: &[f64]| sigmas.iter().map(|sigma| (sigma * steps.sqrt()) as f32).collect();
            reports.push(LayerReport {
                name: format!("dense{index}"),
                shape: vec![dense.outputs()],
                fires,
                thresholds: thresholds.clone(),
                l4: noise.norms(4).iter().map(|&norm| norm as f32).collect(),
                sigma: scaled(noise.exact()),
                sigma_l4: scaled(&noise.by_norms(4)),
            });
            let after: Vec<f64> = thresholds.iter().map(|&theta| f64::from(theta)).collect();
            let synapses = fold::fold(dense, &before, &after, index)?;
            layers.push(snn::Layer::new(synapses, thresholds, self.neuron(fires))?);
            before = after;
        }
        let network = snn::Network::new(layers, self.input_rate(), self.readout())?;
        let function_error = fold::check_function(&network, ann, calibration)?;
        Ok(Converted { network, layers: reports, function_error })
    }
}

/// Refuses hidden layers that have no spiking form.
fn check_layers(ann: &ann::Network) -> Result<()> {
    let hidden = &ann.layers()[..ann.layers().len() - 1];
    for (index, ann::Layer::Dense(dense)) in hidden.iter().enumerate() {
        if dense.activation() != ann::Activation::Relu {
            return Err(Error::UnsupportedLayer {
                layer: index,
                operator: "dense with linear activation".into(),
                reason: "a spike count cannot be negative, so hidden layers need the activation `relu`; only the \
                         last layer may be `linear`"
                    .into(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::{Activation, Dense, Layer};
    use ndarray::{Array2, array};

    pub(super) fn small() -> (ann::Network, Calibration) {
        let hidden = Dense::new(array![[3.0, 0.0], [0.0, 1.0], [1.0, -1.0]], None, Activation::Relu).unwrap();
        let output = Dense::new(array![[1.0, 0.0, 0.5], [0.0, 2.0, 0.0]], None, Activation::Linear).unwrap();
        let ann = ann::Network::new(vec![2], vec![Layer::Dense(hidden), Layer::Dense(output)]).unwrap();
        let calibration = Calibration::new(&ann, array![[1.0, 0.0], [0.5, 0.5]]).unwrap();
        (ann, calibration)
    }

    fn convert(options: &ConvertOptions) -> Converted {
        let (ann, calibration) = small();
        options.validate().unwrap().convert(&ann, &calibration).unwrap()
    }

    fn close(values: &[f32], expected: &[f64]) {
        assert_eq!(values.len(), expected.len());
        for (&value, expected) in values.iter().zip(expected) {
            assert!((f64::from(value) - expected).abs() < 1e-6 * expected.abs().max(1.0), "{values:?} {expected:?}");
        }
    }

    // Hidden activations: [3, 0, 1] and [1.5, 0.5, 0]; logits: [3.5, 0] and [1.5, 1].

    #[test]
    fn every_base_follows_its_formula() {
        let plain = |base, percentile| {
            convert(&ConvertOptions { base, percentile, adjustment: Adjustment::None, ..ConvertOptions::default() })
        };
        let thresholds = |c: &Converted| c.layers.iter().map(|l| l.thresholds.clone()).collect::<Vec<_>>();
        assert_eq!(thresholds(&plain(Base::None, 99.9)), [vec![1.0; 3], vec![1.0; 2]]);
        assert_eq!(thresholds(&plain(Base::Max, 99.9)), [vec![3.0; 3], vec![3.5; 2]]);
        // Sorted with zeros: 0, 0, 0.5, 1, 1.5, 3: the median is 0.75; logits 0, 1, 1.5, 3.5: 1.25.
        assert_eq!(thresholds(&plain(Base::Percentile, 50.0)), [vec![0.75; 3], vec![1.25; 2]]);
        assert_eq!(thresholds(&plain(Base::Channel, 50.0)), [vec![2.25, 0.25, 0.5], vec![2.5, 0.5]]);
        // Positive weight sums: 3, 1, 1 -> 3; then 3 * (1.5, 2) -> 6.
        assert_eq!(thresholds(&plain(Base::Weights, 99.9)), [vec![3.0; 3], vec![6.0; 2]]);
    }

    #[test]
    fn the_noise_form_follows_its_formula() {
        let (strength, steps, rate) = (0.5, 16.0, 0.25);
        let with = |adjustment| {
            let options = ConvertOptions { adjustment, strength, steps, input_rate: rate, ..ConvertOptions::default() };
            convert(&options).layers[0].clone()
        };
        // u = theta_i a_i with theta_i = 4 and mean inputs 0.75, 0.25: variances per step 27, 1, 4.
        let variances = [27.0_f64, 1.0, 4.0];
        let rms = (32.0_f64 / 3.0).sqrt();
        let scale = strength * 4.0;
        close(&with(Adjustment::Exact).thresholds, &variances.map(|v| scale * v.sqrt()));
        close(&with(Adjustment::Uniform).thresholds, &[scale * rms; 3]);
        let normed = |norms: [f64; 3]| {
            let of_norms = (norms.iter().map(|n| n * n).sum::<f64>() / 3.0).sqrt();
            norms.map(|n| scale * n * rms / of_norms)
        };
        close(&with(Adjustment::L4).thresholds, &normed([3.0, 1.0, 2_f64.powf(0.25)]));
        close(&with(Adjustment::L2).thresholds, &normed([3.0, 1.0, 2_f64.sqrt()]));
        close(&with(Adjustment::L1).thresholds, &normed([3.0, 1.0, 2.0]));
        close(&with(Adjustment::L4).l4, &[3.0, 1.0, 2_f64.powf(0.25)]);
        close(&with(Adjustment::L4).sigma, &variances.map(|v| 4.0 * v.sqrt()));
    }

    #[test]
    fn the_relative_form_keeps_the_mean_of_its_base() {
        let options =
            ConvertOptions { base: Base::Max, adjustment: Adjustment::L4Relative, ..ConvertOptions::default() };
        let layer = &convert(&options).layers[0];
        let mean = layer.thresholds.iter().sum::<f32>() / 3.0;
        assert!((mean - 3.0).abs() < 1e-6);
        assert!((layer.thresholds[0] / layer.thresholds[1] - 3.0).abs() < 1e-6);
    }

    #[test]
    fn thresholds_are_folded_into_the_weights() {
        let converted =
            convert(&ConvertOptions { base: Base::Max, adjustment: Adjustment::None, ..ConvertOptions::default() });
        let first = converted.network.layers()[0].synapses();
        assert!((first.weight(0, 0) - 3.0 * 4.0 / 3.0).abs() < 1e-6);
        let second = converted.network.layers()[1].synapses();
        assert!((second.weight(1, 1) - 2.0 * 3.0 / 3.5).abs() < 1e-6);
        assert!(converted.function_error < 1e-6);
    }

    #[test]
    fn a_neuron_without_weights_gets_a_threshold_all_the_same() {
        let hidden = Dense::new(array![[1.0, 1.0], [0.0, 0.0]], Some(array![0.0, 0.25]), Activation::Relu).unwrap();
        let output = Dense::new(Array2::ones((1, 2)), None, Activation::Linear).unwrap();
        let ann = ann::Network::new(vec![2], vec![Layer::Dense(hidden), Layer::Dense(output)]).unwrap();
        let calibration = Calibration::new(&ann, array![[1.0, 0.5]]).unwrap();
        for adjustment in [Adjustment::L4, Adjustment::Exact, Adjustment::L4Relative] {
            let options = ConvertOptions { adjustment, ..ConvertOptions::default() };
            let converted = options.validate().unwrap().convert(&ann, &calibration).unwrap();
            assert!(converted.layers[0].thresholds[1] > 0.0);
        }
    }

    #[test]
    fn a_silent_network_and_a_linear_hidden_layer_are_refused_with_a_reason() {
        let (ann, _) = small();
        let black = Calibration::new(&ann, array![[0.0, 0.0]]).unwrap();
        for adjustment in [Adjustment::None, Adjustment::L4] {
            let options = ConvertOptions { adjustment, ..ConvertOptions::default() };
            let error = options.validate().unwrap().convert(&ann, &black).unwrap_err();
            assert_eq!(error.code(), "conversion-failed", "{error}");
        }
        let linear = || Layer::Dense(Dense::new(array![[1.0]], None, Activation::Linear).unwrap());
        let ann = ann::Network::new(vec![1], vec![linear(), linear()]).unwrap();
        let calibration = Calibration::new(&ann, array![[1.0]]).unwrap();
        let error = ConvertOptions::default().validate().unwrap().convert(&ann, &calibration).unwrap_err();
        assert_eq!(error.code(), "unsupported-layer");
    }
}
