//! Base normalisations: thresholds that look at activations or weights only.

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use super::{Calibration, Conversion};
use crate::ann;
use crate::error::{Error, Result};

/// What a threshold follows from without an adjustment. Output logits are rectified first, as spikes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Base {
    /// 1 everywhere.
    None,
    /// One threshold per layer: the largest activation over the calibration inputs (Diehl et al. 2015, data-based).
    Max,
    /// One threshold per layer: a percentile of all its activations over neurons and calibration inputs, zeros
    /// included, linearly interpolated (Rueckauer et al. 2017). At 99.9 the field's usual choice.
    #[default]
    Percentile,
    /// The same per neuron (per channel once there are convolutions). A neuron whose percentile is 0 gets the layer's.
    Channel,
    /// One threshold per layer from the weights alone: the largest possible activation for inputs up to 1, which is the
    /// largest sum of positive weights, layer by layer (Diehl et al. 2015, model-based).
    Weights,
}

/// The base thresholds of every layer, one per neuron, in ANN units; empty where the adjustment does not use them.
pub(super) fn thresholds(
    conversion: &Conversion,
    ann: &ann::Network,
    calibration: &Calibration,
) -> Result<Vec<Vec<f32>>> {
    let options = conversion.options();
    if !options.adjustment.uses_base() {
        return Ok(vec![Vec::new(); ann.layers().len()]);
    }
    let percentile = if options.base == Base::Max { 100.0 } else { options.percentile };
    let mut bound = 1.0_f64;
    let mut all = Vec::with_capacity(ann.layers().len());
    for (index, ann::Layer::Dense(dense)) in ann.layers().iter().enumerate() {
        let neurons = dense.outputs();
        let activations = calibration.activations(index);
        let layer = match options.base {
            Base::None => vec![1.0; neurons],
            Base::Max | Base::Percentile => vec![of_layer(activations, percentile); neurons],
            Base::Channel => {
                let shared = of_layer(activations, percentile);
                let own = activations.axis_iter(Axis(1)).map(|column| quantile(column.iter().copied(), percentile));
                own.map(|own| if own > 0.0 { own } else { shared }).collect()
            }
            Base::Weights => {
                bound = largest_sum(dense, bound);
                vec![bound as f32; neurons]
            }
        };
        check(&layer, index, options.base, percentile)?;
        all.push(layer);
    }
    Ok(all)
}

fn check(thresholds: &[f32], layer: usize, base: Base, percentile: f64) -> Result<()> {
    if thresholds.iter().all(|&theta| theta > 0.0 && theta.is_finite()) {
        return Ok(());
    }
    let advice = match base {
        Base::Weights => "its weights leave no positive or finite sum; use a base that looks at activations",
        _ => "too few calibration inputs activate it; raise `percentile` or give more `calibration` inputs",
    };
    Err(Error::conversion(format!(
        "the base threshold of layer {layer} is not positive ({base:?}, {percentile}): {advice}"
    )))
}

fn of_layer(activations: &Array2<f32>, percentile: f64) -> f32 {
    quantile(activations.iter().copied(), percentile)
}

/// The linearly interpolated percentile of the rectified values.
fn quantile(values: impl Iterator<Item = f32>, percentile: f64) -> f32 {
    let mut values: Vec<f32> = values.map(|value| value.max(0.0)).collect();
    let position = percentile / 100.0 * (values.len() - 1) as f64;
    let (_, &mut low, above) = values.select_nth_unstable_by(position.floor() as usize, f32::total_cmp);
    let high = above.iter().copied().min_by(f32::total_cmp).unwrap_or(low);
    let (low, high) = (f64::from(low), f64::from(high));
    (low + (high - low) * position.fract()) as f32
}

/// The largest activation that inputs from 0 to `bound` can cause.
fn largest_sum(dense: &ann::Dense, bound: f64) -> f64 {
    let mut sums: Vec<f64> = match dense.bias() {
        Some(bias) => bias.iter().map(|&b| f64::from(b.max(0.0))).collect(),
        None => vec![0.0; dense.outputs()],
    };
    for weights in dense.weights_by_input().rows() {
        sums.iter_mut().zip(weights).for_each(|(sum, &w)| *sum += bound * f64::from(w.max(0.0)));
    }
    sums.into_iter().fold(0.0, f64::max)
}
