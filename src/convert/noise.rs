//! The noise that Poisson spikes put on a membrane potential.
//!
//! After `T` steps its variance is `T sum_i w_ij^2 theta_i a_i = T <w_j o w_j, u>` with `u_i = theta_i a_i`, which is
//! `T ||w_j||_4^2 ||u||_2 cos(phi_j)`: within a layer it is set by the L4 norm of the weight vector. The Poisson form is the
//! small-rate limit of coin flips, of which there is one a step: with them `u_i = a_i (theta_i - a_i)`, at the input
//! `x_i (1/r - x_i)`.
//!
//! The neurons of one channel of a convolution share their weights: they have one norm, over the whole kernel, and one
//! standard deviation, the RMS over positions; `concentration.rs` tells how much larger it is where the noise is. A mean
//! pool of `n` taps before the weights stands for `n` weights of `w / n` each.

use super::plan::{Link, Map, Unit};
use super::{Amplitudes, Calibration, NoiseModel};
use crate::ann::{Layer, Network, Source};

/// The noise statistics of the neurons (or channels) of one layer, per square root of a step, in ANN units.
pub(super) struct Noise {
    /// Every neuron's own standard deviation, RMS over the calibration inputs.
    pub(super) exact: Vec<f64>,
    /// The L4 norm of every neuron's weights.
    pub(super) l4: Vec<f64>,
    /// How much larger than `exact` the noise is where it is.
    pub(super) concentration: f64,
}

impl Noise {
    /// The RMS of the standard deviations over the neurons.
    pub(super) fn rms(&self) -> f64 {
        rms(&self.exact)
    }

    /// Standard deviations proportional to `norms`, with the RMS of the exact ones.
    pub(super) fn by(&self, norms: &[f64]) -> Vec<f64> {
        let scale = match rms(norms) {
            0.0 => 0.0,
            of_norms => self.rms() / of_norms,
        };
        norms.iter().map(|norm| norm * scale).collect()
    }
}

/// The variance per step of spikes of `amplitude` that carry a value on the mean, given its mean and mean square. Behind a
/// mean pool both are those of the mean, and each tap has `share` of the weight.
pub(super) fn variance(model: NoiseModel, amplitude: f64, share: f64, mean: f64, square: f64) -> f64 {
    match model {
        NoiseModel::Bernoulli => (amplitude * mean - share * square).max(0.0),
        NoiseModel::Poisson | NoiseModel::Measured | NoiseModel::Propagated => amplitude * mean,
    }
}

/// The standard deviation of every neuron's noise, by the exact formula.
pub(super) fn deviations(
    model: NoiseModel,
    ann: &Network,
    unit: &Unit,
    amplitudes: &Amplitudes,
    calibration: &Calibration,
) -> Vec<f64> {
    let mut variances = vec![0.0; unit.shape.groups()];
    for link in &unit.links {
        let wire = &link.wire;
        let positions = wire.shape.positions();
        let moments = calibration.means(wire).iter().zip(calibration.squares(wire)).enumerate();
        let drive: Vec<f64> = moments
            .map(|(cell, (&mean, &square))| {
                variance(model, amplitudes.of(wire, cell / positions), wire.scale, mean, square)
            })
            .collect();
        add_variances(ann, unit, link, &drive, &mut variances);
    }
    variances.into_iter().map(f64::sqrt).collect()
}

/// The `p`-norm of every neuron's weights, for `p` 1, 2 or 4. Those of a mean that leaves padding out differ from position to
/// position: what counts is the mean of their powers.
pub(super) fn norms(ann: &Network, unit: &Unit, p: i32) -> Vec<f64> {
    let mut powers = vec![0.0; unit.shape.groups()];
    for link in &unit.links {
        let each = link.wire.scale.powi(p - 1) * link.wire.share;
        each_weight(ann, link, &mut |group, _, w| {
            powers[group] += each
                * match p {
                    1 => w.abs(),
                    2 => w * w,
                    _ => (w * w) * (w * w),
                };
        });
    }
    let root = |power: f64| match p {
        1 => power,
        2 => power.sqrt(),
        _ => power.sqrt().sqrt(),
    };
    powers.into_iter().map(root).collect()
}

/// Calls `each` with every weight of a link: the neuron or channel that it belongs to, the cell (of a vector) or
/// channel (of an image) that it reads, and its value in the trained network.
pub(super) fn each_weight(ann: &Network, link: &Link, each: &mut dyn FnMut(usize, usize, f64)) {
    match &link.map {
        Map::Dense { node, rows } => {
            let Layer::Dense(dense) = &ann.nodes()[*node].layer else { return };
            for (cell, row) in rows.clone().enumerate() {
                for (j, &w) in dense.weights_by_input().row(row).iter().enumerate() {
                    each(j, cell, f64::from(w) * link.factor(j));
                }
            }
        }
        Map::Conv { node, channels } => {
            let Layer::Conv2d(conv) = &ann.nodes()[*node].layer else { return };
            let [height, width] = conv.window().kernel;
            for (channel, global) in channels.clone().enumerate() {
                let first = conv.first_reached(global);
                for (ky, kx) in (0..height * width).map(|tap| (tap / width, tap % width)) {
                    for (o, &w) in conv.reach(global, ky, kx).iter().enumerate() {
                        each(first + o, channel, f64::from(w) * link.factor(first + o));
                    }
                }
            }
        }
        Map::Pointwise { offset } => {
            (0..link.wire.shape.groups()).for_each(|channel| {
                each(offset + channel, channel, link.factor(offset + channel));
            });
        }
    }
}

/// Calls `each` with everything that a convolution reads: the cell, the tap (of all input channels, one behind the
/// other) and the position that reads it.
pub(super) fn each_tap(ann: &Network, link: &Link, each: &mut dyn FnMut(usize, usize, usize)) {
    let Map::Conv { node, .. } = &link.map else { return };
    let Layer::Conv2d(conv) = &ann.nodes()[*node].layer else { return };
    let [height, width] = conv.window().kernel;
    conv.each_tap(link.wire.shape, ann.shape(Source::Layer(*node)), |cell, channel, [ky, kx], position| {
        each(cell, (channel * height + ky) * width + kx, position);
    });
}

/// Adds `w^2 drive` per neuron, or its mean over the positions of a channel.
fn add_variances(ann: &Network, unit: &Unit, link: &Link, drive: &[f64], variances: &mut [f64]) {
    let of_position = 1.0 / unit.shape.positions() as f64;
    match &link.map {
        Map::Dense { .. } => each_weight(ann, link, &mut |j, cell, w| variances[j] += w * w * drive[cell]),
        Map::Conv { node, channels } => {
            let Layer::Conv2d(conv) = &ann.nodes()[*node].layer else { return };
            // The drive that each channel's taps see, summed over the positions, then the weights once.
            let [height, width] = conv.window().kernel;
            let mut seen = vec![0.0; link.wire.shape.groups() * height * width];
            each_tap(ann, link, &mut |index, tap, _| seen[tap] += drive[index]);
            for (channel, global) in channels.clone().enumerate() {
                let first = conv.first_reached(global);
                for tap in 0..height * width {
                    let seen = seen[channel * height * width + tap] * of_position;
                    for (o, &w) in conv.reach(global, tap / width, tap % width).iter().enumerate() {
                        variances[first + o] += (f64::from(w) * link.factor(first + o)).powi(2) * seen;
                    }
                }
            }
        }
        Map::Pointwise { offset } => {
            let positions = link.wire.shape.positions();
            for (cell, drive) in drive.iter().enumerate() {
                let group = offset + cell / positions;
                variances[group] += link.factor(group).powi(2) * drive * of_position;
            }
        }
    }
}

fn rms(values: &[f64]) -> f64 {
    (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt()
}
