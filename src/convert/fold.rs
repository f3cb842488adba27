//! Folding thresholds into weights, and the check that the function was kept.

use ndarray::{Array2, Array4};

use super::plan::{Link, Map, Unit};
use super::wire::Pooling;
use super::{Amplitudes, Calibration};
use crate::ann::{Activation, Layer, Network, Shape, Source};
use crate::error::{Error, Result};
use crate::snn::{self, Connection, ConvSynapses, Neuron, PointwiseSynapses, Pool, Precision, Synapses};

/// The largest relative error of a logit that folding may cause.
const TOLERANCE: f64 = 1e-4;

/// The same of rounding to fixed point.
const TOLERANCE_FIXED: f64 = 0.05;

/// `w'_ij = w_ij theta_i / theta_j` and `b'_j = b_j / theta_j`, rounded once.
pub(super) fn fold(
    ann: &Network,
    unit: &Unit,
    amplitudes: &Amplitudes,
    thresholds: &[f32],
    neuron: Neuron,
) -> Result<snn::Layer> {
    let after: Vec<f64> = thresholds.iter().map(|&theta| f64::from(theta)).collect();
    let each = unit.bias.len() / after.len();
    let bias: Vec<f32> = unit.bias.iter().enumerate().map(|(index, b)| (b / after[index / each]) as f32).collect();
    let mut finite = bias.iter().all(|b| b.is_finite());
    let mut connections = Vec::with_capacity(unit.links.len());
    for link in &unit.links {
        let mut shape = link.wire.from;
        let mut pools = Vec::with_capacity(link.wire.pools.len());
        for &Pooling { kind, window, area } in &link.wire.pools {
            let pool = Pool::new(kind, window, shape)?.within(area);
            shape = pool.shape();
            pools.push(pool);
        }
        let mut fold = |w: f32, channel: usize, group: usize| {
            let amplitude = amplitudes.of(&link.wire, channel) * link.factor(group);
            let folded = (f64::from(w) * amplitude / after[group]) as f32;
            finite &= folded.is_finite();
            folded
        };
        connections.push(Connection::new(link.wire.source, pools, synapses(ann, unit, link, &mut fold)));
    }
    if finite {
        return snn::Layer::new(&unit.name, unit.shape, connections, &bias, thresholds, neuron);
    }
    Err(Error::conversion(format!(
        "a folded weight of layer `{}` is too large for a 32-bit number; its thresholds are too small, so use another \
         base or a larger `strength`",
        unit.name
    )))
}

/// `fold` takes a weight, the channel that it reads and the neuron or channel that it belongs to.
fn synapses(ann: &Network, unit: &Unit, link: &Link, fold: &mut dyn FnMut(f32, usize, usize) -> f32) -> Synapses {
    let wire = &link.wire;
    let layer = |node: usize| (&ann.nodes()[node].layer, ann.shape(Source::Layer(node)));
    match &link.map {
        Map::Dense { node, rows } => {
            let (Layer::Dense(dense), _) = layer(*node) else { unreachable!("the plan says that it is dense") };
            let weights = dense.weights_by_input();
            let positions = wire.shape.positions();
            // The input is read as it comes, everything else in the engine's order.
            let reordered = wire.source > 0 || !wire.pools.is_empty();
            let mut folded = Array2::zeros((rows.len(), dense.outputs()));
            for ((cell, j), weight) in folded.indexed_iter_mut() {
                *weight = fold(weights[[rows.start + cell, j]], cell / positions, j);
            }
            Synapses::dense(rows.len(), dense.outputs(), |i, j| {
                folded[[if reordered { snn::channel_first(wire.shape, i) } else { i }, j]]
            })
        }
        Map::Conv { node, channels } => {
            let (Layer::Conv2d(conv), Shape::Image(to)) = layer(*node) else {
                unreachable!("the plan says that it is a convolution")
            };
            let Shape::Image(from) = wire.shape else { unreachable!("a convolution reads an image") };
            let [height, width] = conv.window().kernel;
            let reached = conv.out_channels() / conv.groups();
            let first: Vec<usize> = channels.clone().map(|channel| conv.first_reached(channel)).collect();
            let mut kernel = Array4::zeros((channels.len(), height, width, reached));
            for ((channel, y, x, o), weight) in kernel.indexed_iter_mut() {
                let trained = conv.reach(channels.start + channel, y, x)[o];
                *weight = fold(trained, channel, first[channel] + o);
            }
            Synapses::Conv(ConvSynapses::new(from, to, *conv.window(), &kernel, first))
        }
        Map::Pointwise { offset } => {
            let weights = (0..wire.shape.groups()).map(|channel| fold(1.0, channel, offset + channel)).collect();
            Synapses::Pointwise(PointwiseSynapses::new(weights, unit.shape, *offset))
        }
    }
}

/// The check that the folded weights compute the function of the network: calibration inputs are run through them, and
/// the unfolded logits are compared with those of the trained network.
#[derive(Default)]
pub(super) struct Check {
    at_hand: Sums,
    /// The inputs done.
    pub(super) done: usize,
    largest: f64,
    difference: f64,
}

impl Check {
    /// Runs one layer on one input; after the last one, the largest difference relative to the largest logit.
    pub(super) fn advance(&mut self, network: &snn::Network, calibration: &Calibration) -> Result<Option<f64>> {
        if self.done == calibration.first_inputs() {
            return self.error(network.precision()).map(Some);
        }
        let units = calibration.units();
        if self.at_hand.is_empty() {
            let input = calibration.inputs().row(self.done);
            self.at_hand = Sums::of(input.iter().map(|&x| f64::from(x) * network.rate_of_one()).collect());
        }
        if let Some(sums) = self.at_hand.advance(network, units) {
            let logits = calibration.activations(units.len() - 1).row(self.done);
            let scores = sums.last().into_iter().flatten();
            let activation = units[units.len() - 1].activation;
            for ((&logit, &score), &theta) in logits.iter().zip(scores).zip(network.output().thresholds()) {
                let apart = (f64::from(logit) - activated(activation, score, theta) * f64::from(theta)).abs();
                self.difference = if apart.is_nan() { f64::INFINITY } else { self.difference.max(apart) };
                self.largest = self.largest.max(f64::from(logit).abs());
            }
            self.done += 1;
        }
        Ok(None)
    }

    fn error(&self, precision: Precision) -> Result<f64> {
        let error = if self.difference == 0.0 { 0.0 } else { self.difference / self.largest };
        let (tolerance, advice) = match precision {
            Precision::F32 => {
                (TOLERANCE, "thresholds this far apart lose weights to rounding, so use another base or adjustment")
            }
            Precision::Fixed => (
                TOLERANCE_FIXED,
                "in fixed point, weights this small beside the thresholds are lost to rounding, so use the precision \
                 `f32`, or smaller thresholds",
            ),
        };
        if error <= tolerance {
            return Ok(error);
        }
        Err(Error::conversion(format!(
            "the folded weights no longer compute the function of the network: logits differ by {error:.1e} of the \
             largest one, more than the {tolerance:.0e} allowed; {advice}"
        )))
    }
}

/// What a trained neuron says of a sum in thresholds, in thresholds.
fn activated(activation: Activation, sum: f64, threshold: f32) -> f64 {
    match activation {
        Activation::Linear => sum,
        Activation::Relu => sum.max(0.0),
        Activation::Clipped(cap) => sum.clamp(0.0, f64::from(cap) / f64::from(threshold)),
    }
}

/// The sums of a layer of the folded network, with the rates of the input and of the layers before it in place of spikes,
/// along the very paths that spikes take: in thresholds per step, before the activation. All are told in the engine's order,
/// the input channel-first.
pub(super) fn sums_of(layer: &snn::Layer, rates: &[Vec<f64>]) -> Vec<f64> {
    let mut sums: Vec<f64> = (0..layer.neurons()).map(|place| f64::from(layer.bias_at(place))).collect();
    for connection in layer.connections() {
        connection.synapses().add_sums(&connection.pooled(&rates[connection.source()]), &mut sums);
    }
    sums
}

/// The sums of every layer, layer by layer, with what neurons say of the sums before as the rates.
#[derive(Default)]
pub(super) struct Sums {
    /// Of the input and the layers done; none where there is no input.
    rates: Vec<Vec<f64>>,
    all: Vec<Vec<f64>>,
}

impl Sums {
    pub(super) fn of(input: Vec<f64>) -> Self {
        Self { rates: vec![input], all: Vec::new() }
    }

    /// Whether there is no input.
    pub(super) fn is_empty(&self) -> bool {
        self.rates.is_empty()
    }

    /// Runs one layer; all sums after the last one, and then it is empty.
    pub(super) fn advance(&mut self, network: &snn::Network, units: &[Unit]) -> Option<Vec<Vec<f64>>> {
        let index_of_layer = self.all.len();
        let layer = &network.layers()[index_of_layer];
        let sums = sums_of(layer, &self.rates);
        let (groups, positions) = (layer.shape().groups(), layer.shape().positions());
        let threshold = |index: usize| layer.thresholds()[index % groups * positions];
        let rate = |(index, &sum)| activated(units[index_of_layer].activation, sum, threshold(index));
        self.rates.push(sums.iter().enumerate().map(rate).collect());
        self.all.push(sums);
        if self.all.len() < network.layers().len() {
            return None;
        }
        self.rates.clear();
        Some(std::mem::take(&mut self.all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_is_off_by_more_than_the_tolerance_is_refused() {
        let error = |difference, precision| Check { difference, largest: 2.0, ..Check::default() }.error(precision);
        for (precision, tolerance) in [(Precision::F32, 1e-4), (Precision::Fixed, 0.05)] {
            // Relative to a largest logit of 2, just below and just above.
            let below = error(2.0 * 0.99 * tolerance, precision).unwrap();
            assert!((below - 0.99 * tolerance).abs() < 1e-12, "{below}");
            for difference in [2.0 * 1.01 * tolerance, f64::INFINITY] {
                assert_eq!(error(difference, precision).unwrap_err().code(), "conversion-failed");
            }
        }
    }
}
