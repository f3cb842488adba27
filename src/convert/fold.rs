//! Folding thresholds into weights, and the check that the function was kept.

use ndarray::Array2;

use super::Calibration;
use crate::ann::{self, Dense};
use crate::error::{Error, Result};
use crate::snn::{self, Synapses};

/// The largest relative error of a logit that a rewrite may cause.
const TOLERANCE: f64 = 1e-4;

/// `w'_ij = w_ij theta_i / theta_j` and `b'_j = b_j / theta_j`, rounded once.
pub(super) fn fold(dense: &Dense, before: &[f64], after: &[f64], layer: usize) -> Result<Synapses> {
    let bias: Vec<f32> = match dense.bias() {
        Some(bias) => bias.iter().zip(after).map(|(&b, theta)| (f64::from(b) / theta) as f32).collect(),
        None => vec![0.0; dense.outputs()],
    };
    let weights = dense.weights_by_input();
    let folded =
        Array2::from_shape_fn(weights.dim(), |(i, j)| (f64::from(weights[[i, j]]) * before[i] / after[j]) as f32);
    if folded.iter().chain(&bias).all(|value| value.is_finite()) {
        return Ok(Synapses::new(dense.inputs(), &bias, |i, j| folded[[i, j]]));
    }
    Err(Error::conversion(format!(
        "a folded weight of layer {layer} is too large for a 32-bit number; its thresholds are too small, so use \
         another base or a larger `strength`"
    )))
}

/// Runs the calibration inputs through the folded weights, unfolds the logits and compares them with those of `ann`.
///
/// Returns the largest difference, relative to the largest logit.
pub(super) fn check_function(network: &snn::Network, ann: &ann::Network, calibration: &Calibration) -> Result<f64> {
    let last = ann.layers().len() - 1;
    let logits = calibration.activations(last);
    let largest = logits.iter().fold(0.0_f64, |most, &logit| most.max(f64::from(logit).abs()));
    let folded = unfolded_logits(network, ann, calibration)?;
    let pairs = logits.iter().zip(&folded);
    let difference = pairs.fold(0.0_f64, |most, (&a, &b)| {
        let difference = f64::from((a - b).abs());
        if difference.is_nan() { f64::INFINITY } else { most.max(difference) }
    });
    let error = if difference == 0.0 { 0.0 } else { difference / largest };
    if error <= TOLERANCE {
        return Ok(error);
    }
    Err(Error::conversion(format!(
        "the folded weights no longer compute the function of the network: logits differ by {error:.1e} of the largest \
         one, at most {TOLERANCE:.0e} is allowed; thresholds this far apart lose weights to rounding, so use another \
         base or adjustment"
    )))
}

fn unfolded_logits(network: &snn::Network, ann: &ann::Network, calibration: &Calibration) -> Result<Array2<f32>> {
    let mut values = calibration.inputs().mapv(|x| (f64::from(x) * network.input_rate()) as f32);
    for (layer, ann::Layer::Dense(dense)) in network.layers().iter().zip(ann.layers()) {
        let synapses = layer.synapses();
        let weights = Array2::from_shape_fn((synapses.outputs(), synapses.inputs()), |(j, i)| synapses.weight(i, j));
        let bias = (0..synapses.outputs()).map(|j| synapses.bias(j)).collect();
        let folded = Dense::new(weights, Some(bias), dense.activation())?;
        values = ann::Layer::Dense(folded).forward(values.view());
    }
    for mut row in values.rows_mut() {
        row.iter_mut().zip(network.output().thresholds()).for_each(|(value, &theta)| *value *= theta);
    }
    Ok(values)
}
