//! Synapses of a convolution, packed for the engine.

use ndarray::Array4;

use super::element::{Element, Numbers, Vector};
use super::synapses::add;
use super::tiled::Tiled;
use crate::ann::Window;

/// A convolution: one spike reaches every position whose window reads it. Channels whose weights are all 0 have no
/// synapses.
#[derive(Clone, Debug)]
pub struct ConvSynapses {
    /// Channels, height and width.
    from: [usize; 3],
    to: [usize; 3],
    window: Window,
    /// The first output channel that each input channel reaches.
    first: Vec<usize>,
    reached: usize,
    /// Per input channel: whether all its weights are 0.
    silent: Vec<bool>,
    /// `[in channels, kernel height, kernel width, reached channels]`, the width mirrored: with a stride of 1 the
    /// positions that one spike reaches in a row are then one run. There is this or `tiled`, and both where tiles are
    /// too wide for a spike on its own.
    mirrored: Option<Numbers>,
    tiled: Option<Box<Tiled>>,
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
        Self::packed([from, to], window, kernel, first, <<f32 as Element>::Vector as Vector>::LANES)
    }

    /// The same, for vectors of so many potentials.
    fn packed(
        [from, to]: [[usize; 3]; 2],
        window: Window,
        kernel: &Array4<f32>,
        first: Vec<usize>,
        lanes: usize,
    ) -> Self {
        let (channels, height, width, reached) = kernel.dim();
        debug_assert_eq!((channels, [height, width]), (from[0], window.kernel));
        let mut silent = vec![true; channels];
        kernel.indexed_iter().for_each(|((channel, ..), &weight)| silent[channel] &= weight == 0.0);
        let tiled = (reached == to[0]).then(|| Tiled::new([from, to], &window, kernel, &silent, lanes)).flatten();
        let mirrored = tiled.as_ref().is_none_or(Tiled::is_wide).then(|| {
            let at = |(channel, y, x, o)| kernel[[channel, y, width - 1 - x, o]];
            Array4::from_shape_fn(kernel.dim(), at).into_iter().collect::<Vec<_>>().into()
        });
        Self { from, to, window, first, reached, silent, mirrored, tiled: tiled.map(Box::new) }
    }

    /// The same, with the weights from each channel multiplied by the factor of that channel.
    pub(super) fn scaled(&self, factors: &[f64]) -> Self {
        Self::new(self.from, self.to, self.window, &self.scaled_kernel(factors), self.first.clone())
    }

    /// The same, rounded to 16 bits.
    pub(super) fn to_fixed(&self, unit: f32) -> Self {
        let (shapes, lanes) = ([self.from, self.to], <<i16 as Element>::Vector as Vector>::LANES);
        // Rounded beforehand: channels whose weights become 0 have no synapses.
        let mut kernel = self.kernel();
        kernel.iter_mut().for_each(|weight| *weight = i16::of(*weight, unit).value(unit));
        let packed = Self::packed(shapes, self.window, &kernel, self.first.clone(), lanes);
        Self {
            mirrored: packed.mirrored.map(|kernel| kernel.to_fixed(unit)),
            tiled: packed.tiled.map(|tiled| Box::new(tiled.into_fixed(unit))),
            ..packed
        }
    }

    /// The number of presynaptic neurons (or cells of a pool).
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.from.iter().product()
    }

    /// The number of postsynaptic neurons.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.to.iter().product()
    }

    /// The folded weights `[in channels, kernel height, kernel width, reached channels]`.
    #[must_use]
    pub fn kernel(&self) -> Array4<f32> {
        self.scaled_kernel(&[])
    }

    /// The weights from each channel multiplied by its factor, where it has one.
    fn scaled_kernel(&self, factors: &[f64]) -> Array4<f32> {
        let [height, width] = self.window.kernel;
        Array4::from_shape_fn((self.from[0], height, width, self.reached), |(c, y, x, o)| {
            let weight = match (&self.mirrored, &self.tiled) {
                (Some(kernel), _) => kernel.value(((c * height + y) * width + width - 1 - x) * self.reached + o),
                (None, tiled) => tiled.as_ref().map_or(0.0, |tiled| tiled.weight(c, y, x, o)),
            };
            factors.get(c).map_or(weight, |factor| (f64::from(weight) * factor) as f32)
        })
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

    /// Channels, height and width of what is read.
    #[must_use]
    pub fn from_shape(&self) -> [usize; 3] {
        self.from
    }

    pub(super) fn unit(&self) -> f32 {
        let of_tiles = || self.tiled.as_ref().map(|tiled| tiled.tiles().unit());
        self.mirrored.as_ref().map(Numbers::unit).or_else(of_tiles).unwrap_or(1.0)
    }

    /// See [`Synapses::spans_of`](super::Synapses::spans_of).
    pub(super) fn spans_of<E: Element>(&self, i: usize, each: &mut dyn FnMut(usize, &[E])) {
        match (&self.mirrored, &self.tiled) {
            (Some(kernel), _) => self.mirrored_spans(kernel, i, each),
            (None, Some(tiled)) => tiled.spans_of(i, each),
            (None, None) => {}
        }
    }

    #[inline]
    fn mirrored_spans<E: Element>(&self, kernel: &Numbers, i: usize, mut each: impl FnMut(usize, &[E])) {
        let Some(kernel) = E::numbers(kernel) else { return };
        let [channels, _, width] = self.from;
        let [out_channels, out_height, out_width] = self.to;
        let [kernel_height, kernel_width] = self.window.kernel;
        let (channel, y, x) = place(i, channels, width);
        if self.silent[channel] {
            return;
        }
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
                each((oy * out_width + low) * out_channels, &kernel[from..from + run]);
            }
            return;
        }
        for (oy, ky) in self.window.readers(0, y, out_height) {
            for (ox, kx) in self.window.readers(1, x, out_width) {
                let from = row_of(ky) + (kernel_width - 1 - kx) * self.reached;
                each((oy * out_width + ox) * out_channels + first, &kernel[from..from + self.reached]);
            }
        }
    }

    /// Adds the weights of all `spikes`, in their order, or takes them back, and returns how many there were.
    pub(super) fn scatter<E: Element>(&self, spikes: &[u32], potentials: &mut [E], back: bool) -> u64 {
        match (&self.mirrored, &self.tiled) {
            (Some(kernel), _) => {
                let mut operations = 0;
                for &i in spikes {
                    self.mirrored_spans(kernel, i as usize, |first, weights| {
                        add(weights, &mut potentials[first..first + weights.len()], back);
                        operations += weights.len() as u64;
                    });
                }
                operations
            }
            (None, Some(tiled)) => tiled.scatter(spikes, potentials, back),
            (None, None) => 0,
        }
    }

    /// The tiles, where there are any.
    pub(super) fn tiled(&self) -> Option<&Tiled> {
        self.tiled.as_deref()
    }
}

/// Channel, line and column of an input.
#[inline]
pub(super) fn place(i: usize, channels: usize, width: usize) -> (usize, usize, usize) {
    let (channel, position) = if channels == 1 { (0, i) } else { (i % channels, i / channels) };
    (channel, position / width, position % width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::{Activation, Conv2d, Forward, Layer, Network, Shape};
    use crate::snn::pool::channel_last;
    use crate::snn::{Synapses, as_matrix};

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
        check(Window { padding: [1, 2, 0, 1], ..Window::new([3, 3]) }, [8, 16], 1, [4, 5]);
        check(Window { stride: [1, 2], dilation: [2, 1], ..Window::new([2, 4]) }, [8, 48], 1, [4, 6]);
        check(Window::new([3, 3]), [8, 32], 2, [4, 5]);
    }
}
