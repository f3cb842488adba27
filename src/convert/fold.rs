//! Folding thresholds into weights, and the check that the function was kept.

use ndarray::{Array2, Array4};

use super::plan::{Link, Map, Unit};
use super::{Amplitudes, Calibration};
use crate::ann::{Activation, Layer, Network, Shape, Source};
use crate::error::{Error, Result};
use crate::snn::{self, Connection, ConvSynapses, Neuron, PointwiseSynapses, Pool, Precision, Synapses};

/// The largest relative error of a logit that folding may cause.
const TOLERANCE: f64 = 1e-4;

/// The same of rounding to fixed point.
const TOLERANCE_FIXED: f64 = 0.05;

/// The number of calibration inputs that the function is checked with, at most.
const CHECKED: usize = 100;

/// `w'_ij = w_ij theta_i / theta_j` and `b'_j = b_j / theta_j`, rounded once.
pub(super) fn fold(
    ann: &Network,
    unit: &Unit,
    amplitudes: &Amplitudes,
    thresholds: &[f32],
    neuron: Neuron,
) -> Result<snn::Layer> {
    let after: Vec<f64> = thresholds.iter().map(|&theta| f64::from(theta)).collect();
    let bias: Vec<f32> = unit.bias.iter().zip(&after).map(|(b, theta)| (b / theta) as f32).collect();
    let mut finite = bias.iter().all(|b| b.is_finite());
    let mut connections = Vec::with_capacity(unit.links.len());
    for link in &unit.links {
        let mut shape = link.wire.from;
        let mut pools = Vec::with_capacity(link.wire.pools.len());
        for &(kind, window) in &link.wire.pools {
            let pool = Pool::new(kind, window, shape)?;
            shape = pool.shape();
            pools.push(pool);
        }
        let mut fold = |w: f32, channel: usize, group: usize| {
            let folded = (f64::from(w) * amplitudes.of(&link.wire, channel) / after[group]) as f32;
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

/// Runs calibration inputs through the folded weights, unfolds the logits and compares them with those of the trained
/// network.
///
/// Returns the largest difference, relative to the largest logit.
pub(super) fn check_function(network: &snn::Network, calibration: &Calibration) -> Result<f64> {
    let units = calibration.units();
    let logits = calibration.activations(units.len() - 1);
    let mut largest = 0.0_f64;
    let mut difference = 0.0_f64;
    for (input, logits) in calibration.inputs().rows().into_iter().zip(logits.rows()).take(CHECKED) {
        let spikes = input.iter().map(|&x| f64::from(x) * network.input_rate()).collect();
        for (&logit, folded) in logits.iter().zip(unfolded_logits(network, units, spikes)) {
            let apart = (f64::from(logit) - folded).abs();
            difference = if apart.is_nan() { f64::INFINITY } else { difference.max(apart) };
            largest = largest.max(f64::from(logit).abs());
        }
    }
    let error = if difference == 0.0 { 0.0 } else { difference / largest };
    let (tolerance, advice) = match network.precision() {
        Precision::F32 => {
            (TOLERANCE, "thresholds this far apart lose weights to rounding, so use another base or adjustment")
        }
        Precision::Fixed => (
            TOLERANCE_FIXED,
            "in fixed point, weights this small beside the thresholds are lost to rounding, so use the precision `f32`, \
             or smaller thresholds",
        ),
    };
    if error <= tolerance {
        return Ok(error);
    }
    Err(Error::conversion(format!(
        "the folded weights no longer compute the function of the network: logits differ by {error:.1e} of the largest \
         one, at most {tolerance:.0e} is allowed; {advice}"
    )))
}

/// The logits that the folded network computes with rates in place of spikes.
fn unfolded_logits(network: &snn::Network, units: &[Unit], input: Vec<f64>) -> Vec<f64> {
    let scores = sums_of(network, units, input).pop().unwrap_or_default();
    scores.iter().zip(network.output().thresholds()).map(|(score, &theta)| score * f64::from(theta)).collect()
}

/// The sums of every layer of the folded network, with rates in place of spikes, along the very paths that spikes take:
/// in thresholds per step, before the activation. All are told in the engine's order, the input channel-first.
pub(super) fn sums_of(network: &snn::Network, units: &[Unit], input: Vec<f64>) -> Vec<Vec<f64>> {
    let mut rates = vec![input];
    let mut all = Vec::with_capacity(units.len());
    for (layer, unit) in network.layers().iter().zip(units) {
        let groups = layer.shape().groups();
        let mut sums: Vec<f64> = (0..layer.neurons()).map(|index| f64::from(layer.bias()[index % groups])).collect();
        for connection in layer.connections() {
            let mut values = rates[connection.source()].clone();
            for pool in connection.passes() {
                values = pool.analog(&values);
            }
            for (i, &value) in values.iter().enumerate().filter(|&(_, &value)| value != 0.0) {
                connection.synapses().spans(i, |first, weights| {
                    let reached = &mut sums[first..first + weights.len()];
                    reached.iter_mut().zip(weights).for_each(|(sum, &w)| *sum += value * f64::from(w));
                });
            }
        }
        let positions = layer.shape().positions();
        let rate = |(index, &sum): (usize, &f64)| match unit.activation {
            Activation::Linear => sum,
            Activation::Relu => sum.max(0.0),
            Activation::Clipped(cap) => {
                sum.clamp(0.0, f64::from(cap) / f64::from(layer.thresholds()[index % groups * positions]))
            }
        };
        rates.push(sums.iter().enumerate().map(rate).collect());
        all.push(sums);
    }
    all
}
