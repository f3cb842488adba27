//! Synapses, packed for the engine.
//!
//! Every kind can say which runs of neurons a spike reaches with which weights ([`Synapses::spans_of`]); a spike adds
//! those weights to their potentials. Tiles of weights have a loop of their own besides.

use ndarray::Array2;

use super::conv::ConvSynapses;
use super::dense::DenseSynapses;
use super::element::{Element, Numbers};
use crate::ann::Shape;

/// The weights of one connection, with thresholds folded in. Images are numbered channel-last; for the one exception,
/// see [`Connection::new`](super::Connection::new).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Synapses {
    /// From every neuron to every neuron.
    Dense(DenseSynapses),
    /// A convolution.
    Conv(ConvSynapses),
    /// From every neuron to the one at the same position.
    Pointwise(PointwiseSynapses),
}

impl Synapses {
    /// Dense synapses; `weight(i, j)` gives the weight from input `i` to output `j`.
    #[must_use]
    pub fn dense(inputs: usize, outputs: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        Self::Dense(DenseSynapses::new(inputs, outputs, weight))
    }

    /// The number of presynaptic neurons (or cells of a pool).
    #[must_use]
    pub fn inputs(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.inputs(),
            Self::Conv(conv) => conv.inputs(),
            Self::Pointwise(pointwise) => pointwise.inputs(),
        }
    }

    /// The number of postsynaptic neurons.
    #[must_use]
    pub fn outputs(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.outputs(),
            Self::Conv(conv) => conv.outputs(),
            Self::Pointwise(pointwise) => pointwise.to.size(),
        }
    }

    /// The same, with the weights from each channel that they read (or from each neuron of a vector) multiplied by the
    /// factor of that channel.
    pub(super) fn scaled(&self, factors: &[f64]) -> Self {
        let scaled = |weight: f32, channel: usize| (f64::from(weight) * factors[channel]) as f32;
        match self {
            Self::Dense(dense) => {
                Self::dense(dense.inputs(), dense.outputs(), |i, j| scaled(dense.weight(i, j), i % factors.len()))
            }
            Self::Conv(conv) => Self::Conv(conv.scaled(factors)),
            Self::Pointwise(pointwise) => {
                let weights = pointwise.weights().into_iter().enumerate();
                let weights = weights.map(|(channel, weight)| scaled(weight, channel)).collect();
                Self::Pointwise(PointwiseSynapses::new(weights, pointwise.to, pointwise.offset))
            }
        }
    }

    /// The same, rounded to 16 bits: a threshold is `unit`.
    pub(super) fn to_fixed(&self, unit: f32) -> Self {
        match self {
            Self::Dense(dense) => Self::Dense(dense.to_fixed(unit)),
            Self::Conv(conv) => Self::Conv(conv.to_fixed(unit)),
            Self::Pointwise(pointwise) => Self::Pointwise(pointwise.to_fixed(unit)),
        }
    }

    /// Adds the weights of all `spikes`, in their order, or takes them back, and returns how many there were.
    pub(super) fn scatter<E: Element>(&self, spikes: &[u32], potentials: &mut [E], back: bool) -> u64 {
        match self {
            Self::Dense(dense) => dense.scatter(spikes, potentials, back),
            Self::Conv(conv) => conv.scatter(spikes, potentials, back),
            Self::Pointwise(pointwise) => {
                for &i in spikes {
                    pointwise.spans_of(i as usize, |first, weights| add(weights, &mut potentials[first..], back));
                }
                spikes.len() as u64
            }
        }
    }

    /// Calls `each` with the first neuron of every run that input `i` reaches, and the weights of the run as they are
    /// kept; never where they are kept as something else.
    fn spans_of<E: Element>(&self, i: usize, each: &mut dyn FnMut(usize, &[E])) {
        match self {
            Self::Dense(dense) => dense.spans_of(i, each),
            Self::Conv(conv) => conv.spans_of(i, each),
            Self::Pointwise(pointwise) => pointwise.spans_of(i, each),
        }
    }

    /// The same with weights in thresholds, whatever they are kept as.
    pub(crate) fn spans(&self, i: usize, mut each: impl FnMut(usize, &[f32])) {
        self.told_spans(i, &mut each);
    }

    /// Adds to `sums` what `values` bring along in the place of spikes, and returns how many synapses they pass.
    pub(crate) fn add_sums(&self, values: &[f64], sums: &mut [f64]) -> u64 {
        let mut passed = 0;
        for (i, &value) in values.iter().enumerate().filter(|&(_, &value)| value != 0.0) {
            self.spans(i, |first, weights| {
                let reached = &mut sums[first..first + weights.len()];
                reached.iter_mut().zip(weights).for_each(|(sum, &w)| *sum += value * f64::from(w));
                passed += weights.len() as u64;
            });
        }
        passed
    }

    fn told_spans(&self, i: usize, each: &mut dyn FnMut(usize, &[f32])) {
        let (unit, mut told) = (self.unit(), Vec::new());
        self.spans_of::<f32>(i, each);
        self.spans_of::<i16>(i, &mut |first, weights| {
            told.clear();
            told.extend(weights.iter().map(|weight| weight.value(unit)));
            each(first, &told);
        });
    }

    /// What a threshold is in the numbers that weights are kept as.
    fn unit(&self) -> f32 {
        match self {
            Self::Dense(dense) => dense.tiles().unit(),
            Self::Conv(conv) => conv.unit(),
            Self::Pointwise(pointwise) => pointwise.weights.unit(),
        }
    }

    /// The weight that is largest in size, in thresholds; NaN where one is.
    pub(super) fn largest(&self) -> f32 {
        let mut largest = 0.0_f32;
        let larger = |most: f32, weight: &f32| if weight.abs() <= most || most.is_nan() { most } else { weight.abs() };
        let mut see = |weights: &[f32]| largest = weights.iter().fold(largest, larger);
        match self {
            Self::Dense(dense) => (0..dense.inputs()).for_each(|i| self.spans(i, |_, weights| see(weights))),
            Self::Conv(conv) => conv.kernel().iter().for_each(|&weight| see(&[weight])),
            Self::Pointwise(pointwise) => see(&pointwise.weights()),
        }
        largest
    }

    /// The number of neurons that input `i` reaches.
    #[must_use]
    pub fn fan_out(&self, i: usize) -> usize {
        let mut reached = 0;
        self.spans(i, |_, weights| reached += weights.len());
        reached
    }
}

/// Adds weights to the first of the potentials, or takes them back.
#[inline]
pub(super) fn add<E: Element>(weights: &[E], potentials: &mut [E], back: bool) {
    match back {
        false => potentials.iter_mut().zip(weights).for_each(|(v, &weight)| *v = v.plus(weight)),
        true => potentials.iter_mut().zip(weights).for_each(|(v, &weight)| *v = v.less(weight)),
    }
}

/// Connects every neuron to the one at the same position, in channels that may be offset: shortcuts and read-outs.
#[derive(Clone, Debug)]
pub struct PointwiseSynapses {
    /// Per channel of what it reads.
    weights: Numbers,
    to: Shape,
    offset: usize,
}

impl PointwiseSynapses {
    /// One weight per channel (per neuron of a vector), from channel `c` to channel `offset + c` of `to`.
    pub(crate) fn new(weights: Vec<f32>, to: Shape, offset: usize) -> Self {
        debug_assert!(offset + weights.len() <= to.groups());
        Self { weights: weights.into(), to, offset }
    }

    fn to_fixed(&self, unit: f32) -> Self {
        Self { weights: self.weights.to_fixed(unit), ..*self }
    }

    /// The folded weight of every channel.
    #[must_use]
    pub fn weights(&self) -> Vec<f32> {
        (0..self.weights.len()).map(|channel| self.weights.value(channel)).collect()
    }

    /// The channel that the first one reaches.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    fn inputs(&self) -> usize {
        self.weights.len() * self.to.positions()
    }

    #[inline]
    fn spans_of<E: Element>(&self, i: usize, mut each: impl FnMut(usize, &[E])) {
        let (position, channel) = (i / self.weights.len(), i % self.weights.len());
        if let Some(weights) = E::numbers(&self.weights) {
            each(position * self.to.groups() + self.offset + channel, &weights[channel..=channel]);
        }
    }
}

/// The weights of synapses as a matrix, `[outputs, inputs]`: for tests and small exports.
#[must_use]
pub fn as_matrix(synapses: &Synapses) -> Array2<f32> {
    let mut matrix = Array2::zeros((synapses.outputs(), synapses.inputs()));
    for i in 0..synapses.inputs() {
        synapses.spans(i, |first, weights| {
            (first..).zip(weights).for_each(|(j, &weight)| matrix[[j, i]] = weight);
        });
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointwise_synapses_keep_the_place() {
        let to = Shape::Image([3, 1, 2]);
        let matrix = as_matrix(&Synapses::Pointwise(PointwiseSynapses::new(vec![5.0, 7.0], to, 1)));
        // Inputs: (x0, c0), (x0, c1), (x1, c0), (x1, c1).
        let reached: Vec<_> = matrix.indexed_iter().filter(|(_, w)| **w != 0.0).map(|((j, i), &w)| (i, j, w)).collect();
        assert_eq!(reached, [(0, 1, 5.0), (1, 2, 7.0), (2, 4, 5.0), (3, 5, 7.0)]);
    }
}
