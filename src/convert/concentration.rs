//! Where the noise of a convolution is.
//!
//! The neurons of a channel share a threshold, but not one noise: noise is where spikes are, and in an image on a dark
//! ground that is a few positions. `k` times the RMS over all of them is far less than `k` deviations there.

use serde::{Deserialize, Serialize};

use super::noise::{each_tap, variance};
use super::plan::{Link, Map, Unit};
use super::{Amplitudes, Calibration, NoiseModel};
use crate::ann::{Layer, Network};

/// The calibration inputs that are looked at, at most.
const LOOKED_AT: usize = 30;

/// What represents the noise of all neurons of a convolution channel, which share a threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ChannelNoise {
    /// The noise at the positions where it is: the mean of the variance over positions, weighted by the variance itself
    /// (that of all channels together, input by input).
    #[default]
    Local,
    /// The RMS over all positions.
    Mean,
}

/// How much larger than its RMS over positions the noise of a layer is where it is: the root of
/// `mean_x (sum_p v_p^2 / sum_p v_p)` over `mean_x mean_p v_p`, with `v_p` the variance at position `p` of all channels
/// together. Found input by input.
#[derive(Default)]
pub(super) struct Concentration {
    /// Of every link, once they are needed.
    squares: Option<Vec<Vec<f64>>>,
    /// The inputs done.
    done: usize,
    local: f64,
    mean: f64,
}

impl Concentration {
    /// Looks at one input; what was found after the last one.
    pub(super) fn advance(
        &mut self,
        model: NoiseModel,
        ann: &Network,
        unit: &Unit,
        amplitudes: &Amplitudes,
        calibration: &Calibration,
    ) -> Option<f64> {
        if self.done == calibration.inputs().nrows().min(LOOKED_AT) {
            return Some(if self.mean > 0.0 { (self.local / self.mean).sqrt() } else { 1.0 });
        }
        let squares =
            self.squares.get_or_insert_with(|| unit.links.iter().map(|link| squares(ann, link)).collect::<Vec<_>>());
        let mut variances = vec![0.0; unit.shape.positions()];
        for (link, squares) in unit.links.iter().zip(squares) {
            let read = link.wire.shape.positions();
            let values = calibration.seen(&link.wire, self.done).into_iter().enumerate();
            let drive: Vec<f64> = values
                .map(|(cell, a)| {
                    let (amplitude, a) = (amplitudes.of(&link.wire, cell / read), f64::from(a));
                    variance(model, amplitude, link.wire.scale, a, a * a)
                })
                .collect();
            if let Map::Pointwise { offset } = link.map {
                for (cell, drive) in drive.iter().enumerate() {
                    variances[cell % read] += link.factor(offset + cell / read).powi(2) * drive;
                }
            }
            each_tap(ann, link, &mut |cell, tap, position| variances[position] += squares[tap] * drive[cell]);
        }
        let sum: f64 = variances.iter().sum();
        if sum > 0.0 {
            self.local += variances.iter().map(|variance| variance * variance).sum::<f64>() / sum;
            self.mean += sum / variances.len() as f64;
        }
        self.done += 1;
        None
    }
}

/// The squared weights at every tap of a convolution, summed over the output channels; the input channels one behind the
/// other.
fn squares(ann: &Network, link: &Link) -> Vec<f64> {
    let Map::Conv { node, channels } = &link.map else { return Vec::new() };
    let Layer::Conv2d(conv) = &ann.nodes()[*node].layer else { return Vec::new() };
    let [height, width] = conv.window().kernel;
    let mut squares = Vec::with_capacity(channels.len() * height * width);
    for channel in channels.clone() {
        let first = conv.first_reached(channel);
        for tap in 0..height * width {
            let weights = conv.reach(channel, tap / width, tap % width).iter().enumerate();
            squares.push(weights.map(|(o, &w)| (f64::from(w) * link.factor(first + o)).powi(2)).sum());
        }
    }
    squares
}
