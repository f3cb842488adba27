//! Adjustments: thresholds that follow from the noise of a neuron.

use serde::{Deserialize, Serialize};

use super::Conversion;
use super::noise::{Noise, norms};
use super::plan::Unit;
use crate::ann::Network;
use crate::error::{Error, Result};

/// How the thresholds of a layer are adjusted.
///
/// The noise forms set each threshold to `k` (the strength) standard deviations of the neuron's accumulated noise after
/// `T` steps, within the bounds that its activations set (headroom and noise limit), and do not use the base. They
/// differ only in what represents that standard deviation. Before bounding, all have the same RMS over the neurons of a
/// layer, and one threshold for all outputs. A neuron without any weights has no noise and gets that RMS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Adjustment {
    /// No adjustment: the base thresholds as they are. With the percentile base, this is the plain conversion.
    None,
    /// `k sqrt(T) ||w_j||_4 s_l`, with one constant `s_l` per layer.
    #[default]
    L4,
    /// The base, distributed within the layer: `lambda_l ||w_j||_4 / mean_j ||w_j||_4`.
    L4Relative,
    /// As `l4` with the L2 norm (a control).
    L2,
    /// As `l4` with the L1 norm (a control).
    L1,
    /// One threshold per layer (a control).
    Uniform,
    /// Every neuron's own measured standard deviation (a control).
    Exact,
}

impl Adjustment {
    /// Whether the thresholds depend on the base.
    #[must_use]
    pub fn uses_base(self) -> bool {
        matches!(self, Self::None | Self::L4Relative)
    }
}

/// The thresholds of one layer, one per neuron or channel, in ANN units.
///
/// In the noise forms the neurons of the output share one: their counts are compared with each other, and a class
/// counted in larger units would have a coarser score.
pub(super) fn thresholds(
    conversion: &Conversion,
    ann: &Network,
    unit: &Unit,
    is_output: bool,
    base: &[f32],
    noise: &Noise,
) -> Result<Vec<f32>> {
    let (options, layer) = (conversion.options(), unit.name.as_str());
    let sigmas = match options.adjustment {
        Adjustment::None => return Ok(base.to_vec()),
        Adjustment::L4Relative => return relative(layer, base, &noise.l4),
        _ if is_output => vec![noise.rms(); noise.exact.len()],
        Adjustment::L4 => noise.by(&noise.l4),
        Adjustment::L2 => noise.by(&norms(ann, unit, 2)),
        Adjustment::L1 => noise.by(&norms(ann, unit, 1)),
        Adjustment::Uniform => vec![noise.rms(); noise.exact.len()],
        Adjustment::Exact => noise.exact.clone(),
    };
    let scale = conversion.strength() * conversion.steps().sqrt() * noise.concentration;
    let rms = noise.rms();
    let of = |sigma: f64| (scale * if sigma > 0.0 { sigma } else { rms }) as f32;
    let thresholds: Vec<f32> = sigmas.into_iter().map(of).collect();
    // Where every input is certain there is no noise: what neurons say bounds their thresholds then.
    let silent = options.headroom.is_some() && thresholds.iter().all(|&theta| theta == 0.0);
    if silent { Ok(thresholds) } else { check(layer, thresholds) }
}

fn relative(layer: &str, base: &[f32], norms: &[f64]) -> Result<Vec<f32>> {
    let mean = norms.iter().sum::<f64>() / norms.len() as f64;
    let share = |norm: f64| if norm > 0.0 { norm / mean } else { 1.0 };
    check(layer, base.iter().zip(norms).map(|(&base, &norm)| (f64::from(base) * share(norm)) as f32).collect())
}

/// Refuses what cannot be a threshold.
pub(super) fn check(layer: &str, thresholds: Vec<f32>) -> Result<Vec<f32>> {
    if thresholds.iter().all(|&theta| theta.is_normal() && theta > 0.0) {
        return Ok(thresholds);
    }
    Err(Error::conversion(format!(
        "the noise of layer `{layer}` gives a threshold that is 0 or not finite; give `calibration` inputs that \
         activate what it reads. Behind neurons that no input can activate there is no noise: use the adjustment \
         `none` with the base `none`"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_full_precision_or_no_size_is_no_threshold() {
        assert_eq!(check("one", vec![1.0, f32::MIN_POSITIVE]), Ok(vec![1.0, f32::MIN_POSITIVE]));
        for bad in [0.0, 1e-40, -1.0, f32::INFINITY, f32::NAN] {
            let error = check("one", vec![1.0, bad]).unwrap_err();
            assert_eq!(error.code(), "conversion-failed");
            assert!(error.to_string().contains("layer `one`"), "{error}");
        }
    }
}
