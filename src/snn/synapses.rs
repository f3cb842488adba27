//! Synapses, packed for the engine.
//!
//! Every kind can say which runs of neurons a spike reaches with which weights ([`Synapses::spans`]); a spike adds
//! those weights to their potentials. Dense layers have a loop of their own besides.

use ndarray::{Array2, Array4};

use super::dense::DenseSynapses;
use crate::ann::{Shape, Window};

/// The weights of one connection, thresholds folded in. Images are numbered channel-last.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Synapses {
    /// From every neuron to every neuron.
    Dense(DenseSynapses),
    /// A convolution.
    Conv(ConvSynapses),
    /// From every neuron to the one at its place.
    Pointwise(PointwiseSynapses),
}

impl Synapses {
    /// Dense synapses, given by the weight from input `i` to output `j`.
    #[must_use]
    pub fn dense(inputs: usize, outputs: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        Self::Dense(DenseSynapses::new(inputs, outputs, weight))
    }

    /// The number of presynaptic neurons (or cells of a pool).
    #[must_use]
    pub fn inputs(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.inputs(),
            Self::Conv(conv) => conv.from.iter().product(),
            Self::Pointwise(pointwise) => pointwise.inputs(),
        }
    }

    /// The number of postsynaptic neurons.
    #[must_use]
    pub fn outputs(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.outputs(),
            Self::Conv(conv) => conv.to.iter().product(),
            Self::Pointwise(pointwise) => pointwise.to.size(),
        }
    }

    /// Calls `each` with the first neuron of every run that input `i` reaches, and the weights of the run.
    #[inline]
    pub(crate) fn spans(&self, i: usize, each: impl FnMut(usize, &[f32])) {
        match self {
            Self::Dense(dense) => dense.spans(i, each),
            Self::Conv(conv) => conv.spans(i, each),
            Self::Pointwise(pointwise) => pointwise.spans(i, each),
        }
    }

    /// The number of neurons that input `i` reaches.
    #[must_use]
    pub fn fan_out(&self, i: usize) -> usize {
        let mut reached = 0;
        self.spans(i, |_, weights| reached += weights.len());
        reached
    }
}

/// A convolution: one spike reaches every position whose window reads it.
#[derive(Clone, Debug)]
pub struct ConvSynapses {
    /// Channels, height and width.
    from: [usize; 3],
    to: [usize; 3],
    window: Window,
    /// `[in channels, kernel height, kernel width, reached channels]`, the width mirrored: with a stride of 1 the
    /// positions that one spike reaches in a row are then one run.
    kernel: Vec<f32>,
    /// The first output channel that each input channel reaches.
    first: Vec<usize>,
    reached: usize,
}

impl ConvSynapses {
    /// Packs `kernel`, `[in channels, kernel height, kernel width, reached channels]`. Input channel `c` reaches the
    /// output channels from `first[c]` on.
    pub(crate) fn new(
        from: [usize; 3],
        to: [usize; 3],
        window: Window,
        kernel: &Array4<f32>,
        first: Vec<usize>,
    ) -> Self {
        let (channels, height, width, reached) = kernel.dim();
        let mirrored = Array4::from_shape_fn(kernel.dim(), |(channel, y, x, o)| kernel[[channel, y, width - 1 - x, o]]);
        debug_assert_eq!((channels, [height, width]), (from[0], window.kernel));
        Self { from, to, window, kernel: mirrored.into_iter().collect(), first, reached }
    }

    /// The folded weights `[in channels, kernel height, kernel width, reached channels]`.
    #[must_use]
    pub fn kernel(&self) -> Array4<f32> {
        let [height, width] = self.window.kernel;
        let at = |channel, y, x, o| self.kernel[((channel * height + y) * width + width - 1 - x) * self.reached + o];
        Array4::from_shape_fn((self.from[0], height, width, self.reached), |(c, y, x, o)| at(c, y, x, o))
    }

    /// The first output channel that each input channel reaches.
    #[must_use]
    pub fn first_reached(&self) -> &[usize] {
        &self.first
    }

    /// The window.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Channels, height and width of what it reads.
    #[must_use]
    pub fn from_shape(&self) -> [usize; 3] {
        self.from
    }

    #[inline]
    fn spans(&self, i: usize, mut each: impl FnMut(usize, &[f32])) {
        let [channels, _, width] = self.from;
        let [out_channels, out_height, out_width] = self.to;
        let [kernel_height, kernel_width] = self.window.kernel;
        let (channel, y, x) = (i % channels, i / channels / width, i / channels % width);
        let first = self.first[channel];
        let row_of = |ky: usize| (channel * kernel_height + ky) * kernel_width * self.reached;
        if self.window.stride[1] == 1 && self.window.dilation[1] == 1 && self.reached == out_channels {
            // Outputs from `left` on, before the image is cut off on either side.
            let last = x + self.window.padding[1];
            let low = (last + 1).saturating_sub(kernel_width);
            let high = last.min(out_width - 1);
            let skipped = low + kernel_width - 1 - last;
            if low > high {
                return;
            }
            let run = (high - low + 1) * self.reached;
            for (oy, ky) in self.window.readers(0, y, out_height) {
                let from = row_of(ky) + skipped * self.reached;
                each((oy * out_width + low) * out_channels, &self.kernel[from..from + run]);
            }
            return;
        }
        for (oy, ky) in self.window.readers(0, y, out_height) {
            for (ox, kx) in self.window.readers(1, x, out_width) {
                let from = row_of(ky) + (kernel_width - 1 - kx) * self.reached;
                each((oy * out_width + ox) * out_channels + first, &self.kernel[from..from + self.reached]);
            }
        }
    }
}

/// Every neuron reaches the one at its place, among channels that may begin further on: shortcuts and read-outs.
#[derive(Clone, Debug)]
pub struct PointwiseSynapses {
    /// Per channel of what it reads.
    weights: Vec<f32>,
    to: Shape,
    offset: usize,
}

impl PointwiseSynapses {
    /// One weight per channel (per neuron of a vector), from channel `c` to channel `offset + c` of `to`.
    pub(crate) fn new(weights: Vec<f32>, to: Shape, offset: usize) -> Self {
        debug_assert!(offset + weights.len() <= to.groups());
        Self { weights, to, offset }
    }

    /// The folded weight of every channel.
    #[must_use]
    pub fn weights(&self) -> &[f32] {
        &self.weights
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
    fn spans(&self, i: usize, mut each: impl FnMut(usize, &[f32])) {
        let (position, channel) = (i / self.weights.len(), i % self.weights.len());
        each(position * self.to.groups() + self.offset + channel, &self.weights[channel..=channel]);
    }
}

/// The weights `[outputs, inputs]` that synapses stand for, one by one: what a test or a small export wants.
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
    use crate::ann::{Activation, Conv2d, Forward, Layer, Network};
    use crate::snn::pool::channel_last;

    /// A spike must reach exactly what the convolution of a single 1 gives.
    fn check(window: Window, channels: [usize; 2], groups: usize, image: [usize; 2]) {
        let [inputs, outputs] = channels;
        let [kh, kw] = window.kernel;
        let weights = Array4::from_shape_fn((outputs, inputs / groups, kh, kw), |(o, i, y, x)| {
            (1 + o * 1000 + i * 100 + y * 10 + x) as f32
        });
        let conv = Conv2d::new(weights, None, window, groups, Activation::Linear).unwrap();
        let from = [inputs, image[0], image[1]];
        let first = (0..inputs).map(|c| conv.first_reached(c)).collect();
        let kernel = Array4::from_shape_fn((inputs, kh, kw, outputs / groups), |(c, y, x, o)| conv.reach(c, y, x)[o]);
        let network = Network::new(from.to_vec(), vec![Layer::Conv2d(conv)]).unwrap();
        let to = network.shape(crate::ann::Source::Layer(0));
        let Shape::Image(sizes) = to else { panic!("a convolution gives an image") };
        let packed = ConvSynapses::new(from, sizes, window, &kernel, first);
        assert_eq!(packed.kernel(), kernel);
        let matrix = as_matrix(&Synapses::Conv(packed));
        let mut forward = Forward::new(&network);
        for i in 0..from.iter().product() {
            let mut one = vec![0.0; from.iter().product()];
            one[i] = 1.0;
            let expected = forward.run(&one).unwrap();
            let column = channel_last(Shape::Image(from), i);
            for (j, &value) in expected.iter().enumerate() {
                assert_eq!(matrix[[channel_last(to, j), column]].to_bits(), value.to_bits(), "{window:?} {i} {j}");
            }
        }
    }

    #[test]
    fn a_spike_reaches_what_the_convolution_of_a_single_one_gives() {
        check(Window::new([3, 3]), [2, 5], 1, [6, 5]);
        check(Window { padding: [1, 2, 1, 0], ..Window::new([3, 3]) }, [2, 3], 1, [4, 4]);
        check(Window { stride: [2, 2], padding: [1; 4], ..Window::new([3, 2]) }, [2, 3], 1, [5, 6]);
        check(Window { stride: [2, 1], dilation: [1, 2], ..Window::new([2, 2]) }, [1, 4], 1, [5, 5]);
        check(Window { dilation: [2, 1], padding: [2, 0, 2, 0], ..Window::new([3, 1]) }, [2, 2], 1, [4, 3]);
        check(Window { padding: [1; 4], ..Window::new([3, 3]) }, [4, 4], 4, [4, 4]);
        check(Window { stride: [1, 2], ..Window::new([2, 2]) }, [4, 6], 2, [3, 4]);
        check(Window { padding: [0, 4, 0, 4], ..Window::new([1, 3]) }, [1, 2], 1, [1, 2]);
    }

    #[test]
    fn pointwise_synapses_keep_the_place() {
        let to = Shape::Image([3, 1, 2]);
        let matrix = as_matrix(&Synapses::Pointwise(PointwiseSynapses::new(vec![5.0, 7.0], to, 1)));
        // Inputs: (x0, c0), (x0, c1), (x1, c0), (x1, c1).
        let reached: Vec<_> = matrix.indexed_iter().filter(|(_, w)| **w != 0.0).map(|((j, i), &w)| (i, j, w)).collect();
        assert_eq!(reached, [(0, 1, 5.0), (1, 2, 7.0), (2, 4, 5.0), (3, 5, 7.0)]);
    }
}
