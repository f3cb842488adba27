//! Base normalisations: thresholds that look at activations or weights only.

use ndarray::Axis;
use serde::{Deserialize, Serialize};

use super::noise::each_weight;
use super::plan::Unit;
use super::{Calibration, Conversion, search};
use crate::ann::Network;
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
    /// The same per neuron, or per channel of a convolution. In this base and the others per channel, one whose threshold
    /// would be 0 gets the layer's percentile.
    Channel,
    /// One threshold per layer from the weights alone: the largest possible activation for inputs up to 1, which is the
    /// largest sum of positive weights, layer by layer (Diehl et al. 2015, model-based).
    Weights,
    /// Per neuron or channel: the threshold for which what can be said in `steps` steps differs least, in the mean square,
    /// from the activations of the first 100 calibration inputs (Li et al. 2021).
    Mse,
    /// Per neuron or channel: local threshold balancing, which raises the threshold while activations pass it (Bu et al.
    /// 2025).
    Balanced,
}

impl Base {
    /// Whether the neurons or channels of a layer have thresholds of their own.
    pub(super) fn is_per_channel(self) -> bool {
        matches!(self, Self::Channel | Self::Mse | Self::Balanced)
    }
}

/// The inputs that a threshold is searched over, at most.
const SEARCHED: usize = 100;

/// The base thresholds of every unit, one per neuron or channel, in ANN units; empty where the adjustment does not use
/// them.
pub(super) fn thresholds(conversion: &Conversion, ann: &Network, calibration: &Calibration) -> Result<Vec<Vec<f32>>> {
    let options = conversion.options();
    let units = calibration.units();
    if !options.adjustment.uses_base() {
        return Ok(vec![Vec::new(); units.len()]);
    }
    let percentile = if options.base == Base::Max { 100.0 } else { options.percentile };
    let mut bounds = vec![1.0_f64];
    let mut all = Vec::with_capacity(units.len());
    for (index, unit) in units.iter().enumerate() {
        let groups = unit.shape.groups();
        let activations = calibration.activations(index);
        let thresholds = match options.base {
            Base::None => vec![1.0; groups],
            Base::Max | Base::Percentile => vec![quantile(activations.iter().copied(), percentile); groups],
            Base::Channel | Base::Mse | Base::Balanced => {
                let shared = quantile(activations.iter().copied(), percentile);
                let positions = unit.shape.positions();
                let some = activations.nrows().min(SEARCHED);
                let own = activations.axis_chunks_iter(Axis(1), positions).map(|channel| match options.base {
                    Base::Mse => {
                        let searched: Vec<f32> = channel.iter().take(some * positions).copied().collect();
                        search::least_squares(&searched, options.steps, options.initial_potential) as f32
                    }
                    Base::Balanced => {
                        let all: Vec<f32> = channel.iter().copied().collect();
                        search::balanced(&all, positions) as f32
                    }
                    _ => quantile(channel.iter().copied(), percentile),
                });
                own.map(|own| if own > 0.0 { own } else { shared }).collect()
            }
            Base::Weights => {
                let bound = largest_sum(ann, unit, &bounds);
                bounds.push(bound);
                vec![bound as f32; groups]
            }
        };
        check(&thresholds, &unit.name, options.base, percentile)?;
        all.push(thresholds);
    }
    Ok(all)
}

fn check(thresholds: &[f32], layer: &str, base: Base, percentile: f64) -> Result<()> {
    if thresholds.iter().all(|&theta| theta > 0.0 && theta.is_finite()) {
        return Ok(());
    }
    let advice = match base {
        Base::Weights => "its weights leave no positive or finite sum; use a base that looks at activations",
        _ => "too few calibration inputs activate it; raise `percentile` or give more `calibration` inputs",
    };
    Err(Error::conversion(format!(
        "the base threshold of layer `{layer}` is not positive ({base:?}, {percentile}): {advice}"
    )))
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

/// The largest activation that sources up to their `bounds` can cause (the input first).
fn largest_sum(ann: &Network, unit: &Unit, bounds: &[f64]) -> f64 {
    let mut sums: Vec<f64> = unit.bias.iter().map(|&b| b.max(0.0)).collect();
    for link in &unit.links {
        let bound = bounds[link.wire.source];
        each_weight(ann, link, |group, _, w| sums[group] += bound * w.max(0.0));
    }
    sums.into_iter().fold(0.0, f64::max)
}
