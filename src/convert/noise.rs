//! The noise that Poisson spikes put on a membrane potential.
//!
//! After `T` steps its variance is `T sum_i w_ij^2 theta_i a_i = T <w_j o w_j, u>` with `u_i = theta_i a_i`, which is
//! `T ||w_j||_4^2 ||u||_2 cos(phi_j)`: within a layer it is set by the L4 norm of the weight vector. (For coin flips at
//! the input the variance is `T sum_i w_ij^2 x_i (1/r - x_i)`; the Poisson form used here is its small-rate limit.)

use crate::ann::Dense;

/// The noise statistics of the neurons of one layer, per square root of a step, in ANN units.
pub(super) struct Noise<'a> {
    dense: &'a Dense,
    exact: Vec<f64>,
}

impl<'a> Noise<'a> {
    /// `thresholds` and `means` belong to what the layer reads: amplitude and mean activation of each presynaptic
    /// neuron.
    pub(super) fn new(dense: &'a Dense, thresholds: &[f64], means: &[f64]) -> Self {
        let weights: Vec<f64> = thresholds.iter().zip(means).map(|(theta, mean)| theta * mean).collect();
        let exact = fold_weights(dense, |i, w| w * w * weights[i]).into_iter().map(f64::sqrt).collect();
        Self { dense, exact }
    }

    /// Every neuron's own standard deviation, RMS over the calibration inputs.
    pub(super) fn exact(&self) -> &[f64] {
        &self.exact
    }

    /// The RMS of the standard deviations over the neurons.
    pub(super) fn rms(&self) -> f64 {
        rms(&self.exact)
    }

    /// The `p`-norm of every neuron's weights, for `p` 1, 2 or 4.
    pub(super) fn norms(&self, p: u32) -> Vec<f64> {
        let powers = fold_weights(self.dense, |_, w| match p {
            1 => w.abs(),
            2 => w * w,
            _ => (w * w) * (w * w),
        });
        let root = |power: f64| match p {
            1 => power,
            2 => power.sqrt(),
            _ => power.sqrt().sqrt(),
        };
        powers.into_iter().map(root).collect()
    }

    /// Standard deviations proportional to the `p`-norms, with the RMS of the exact ones.
    pub(super) fn by_norms(&self, p: u32) -> Vec<f64> {
        let norms = self.norms(p);
        let scale = match rms(&norms) {
            0.0 => 0.0,
            of_norms => self.rms() / of_norms,
        };
        norms.into_iter().map(|norm| norm * scale).collect()
    }
}

/// For every output the sum of `term(i, w_ij)` over its inputs, in ascending order.
fn fold_weights(dense: &Dense, term: impl Fn(usize, f64) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; dense.outputs()];
    for (i, weights) in dense.weights_by_input().rows().into_iter().enumerate() {
        sums.iter_mut().zip(weights).for_each(|(sum, &w)| *sum += term(i, f64::from(w)));
    }
    sums
}

fn rms(values: &[f64]) -> f64 {
    (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt()
}
