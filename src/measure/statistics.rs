//! Means with their standard errors.

use serde::Serialize;

/// A mean over images with its standard error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The standard error of the mean, `sd / sqrt(n)`; 0 for a single image.
    pub standard_error: f64,
}

impl Estimate {
    /// The mean of `values` and its standard error; NaN if there are no values.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let n = values.clone().count() as f64;
        let mean = values.clone().sum::<f64>() / n;
        let squares = values.map(|value| (value - mean).powi(2)).sum::<f64>();
        let standard_error = if n > 1.0 { (squares / (n - 1.0) / n).sqrt() } else { 0.0 };
        Self { mean, standard_error }
    }
}

/// How two networks differ on the same images and the same input spikes, image by image.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PairedDifference {
    /// The network.
    pub network: String,
    /// The baseline: another network, or `inputLimit`.
    pub baseline: String,
    /// Accuracy of the network minus that of the baseline, as a fraction.
    pub accuracy: Estimate,
    /// Spikes per image after the input, minus those of the baseline; `None` against the input limit.
    pub spikes_per_image: Option<Estimate>,
    /// Synaptic operations per image, minus those of the baseline; `None` against the input limit.
    pub synaptic_operations_per_image: Option<Estimate>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_follows_its_formula() {
        let estimate = Estimate::of([1.0, 2.0, 3.0, 6.0].into_iter());
        assert!((estimate.mean - 3.0).abs() < 1e-12);
        assert!((estimate.standard_error - (14.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-12);
        assert!(Estimate::of(std::iter::once(5.0)).standard_error.abs() < 1e-12);
    }
}
