//! Synapses of a convolution, packed for the engine.

use ndarray::Array4;

use super::element::{Element, Numbers};
use super::spikes::SpikeBlock;
use super::tiles::{self, Block, Drive, Tiles};
use crate::ann::Window;

/// A convolution whose windows hold fewer weights than this per output scatters its spikes.
const WORTH_TILES: usize = 64;

/// Windows are run one by one where they read as many spikes as this in a step, on average.
const ROWS_PER_WINDOW: usize = 4;

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
    packed: Packed,
}

#[derive(Clone, Debug)]
enum Packed {
    /// `[in channels, kernel height, kernel width, reached channels]`, the width mirrored: with a stride of 1 the
    /// positions that one spike reaches in a row are then one run.
    Mirrored(Numbers),
    Tiled(Box<Tiled>),
}

/// `[kernel height, kernel width, in channels, out channels]`, for windows that read many spikes: the potentials of one
/// position stay in registers, and the rows that a window reads from one line of the image are one run of spikes.
#[derive(Clone, Debug)]
struct Tiled {
    tiles: Tiles,
    /// The position of every input.
    position: Vec<u32>,
    /// The number of positions that read each input position. Behind them, where there are any, is a position for all
    /// silent channels, which none reads.
    readers: Vec<u32>,
}

/// The spikes of a block in the order that a tiled convolution wants.
#[derive(Clone, Debug, Default)]
pub(super) struct Windows {
    spikes: SpikeBlock,
    /// Where each position begins, per step, and where the last one ends.
    starts: Vec<u32>,
    operations: u64,
    lines: Vec<Line>,
}

/// What a window reads from one line of the image: the positions from `first` to before `last`.
#[derive(Clone, Debug)]
struct Line {
    first: usize,
    last: usize,
    /// From the number of a spike to that of its row in the tiles.
    shift: u32,
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
        debug_assert_eq!((channels, [height, width]), (from[0], window.kernel));
        let mut silent = vec![true; channels];
        kernel.indexed_iter().for_each(|((channel, ..), &weight)| silent[channel] &= weight == 0.0);
        let whole = reached == to[0] && reached.is_multiple_of(16) && window.dilation[1] == 1;
        let packed = if whole && channels * height * width >= WORTH_TILES {
            Packed::Tiled(Box::new(Tiled::new(from, to, &window, kernel, &silent)))
        } else {
            let at = |(channel, y, x, o)| kernel[[channel, y, width - 1 - x, o]];
            Packed::Mirrored(Numbers::from(Array4::from_shape_fn(kernel.dim(), at).into_iter().collect::<Vec<_>>()))
        };
        Self { from, to, window, first, reached, silent, packed }
    }

    /// The same, with the weights from each channel multiplied by the factor of that channel.
    pub(super) fn scaled(&self, factors: &[f64]) -> Self {
        Self::new(self.from, self.to, self.window, &self.scaled_kernel(factors), self.first.clone())
    }

    /// The same, rounded to 16 bits.
    pub(super) fn to_fixed(&self, unit: f32) -> Self {
        let packed = match &self.packed {
            Packed::Mirrored(kernel) => Packed::Mirrored(kernel.to_fixed(unit)),
            Packed::Tiled(tiled) => {
                let Tiled { tiles, position, readers } = &**tiled;
                let (tiles, position, readers) = (tiles.to_fixed(unit), position.clone(), readers.clone());
                Packed::Tiled(Box::new(Tiled { tiles, position, readers }))
            }
        };
        Self { first: self.first.clone(), silent: self.silent.clone(), packed, ..*self }
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
            let weight = match &self.packed {
                Packed::Mirrored(kernel) => kernel.value(((c * height + y) * width + width - 1 - x) * self.reached + o),
                Packed::Tiled(tiled) => tiled.tiles.weight((y * width + x) * self.from[0] + c, o),
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
        match &self.packed {
            Packed::Mirrored(kernel) => kernel.unit(),
            Packed::Tiled(tiled) => tiled.tiles.unit(),
        }
    }

    /// See [`Synapses::spans_of`](super::Synapses::spans_of).
    #[inline]
    pub(super) fn spans_of<E: Element>(&self, i: usize, each: impl FnMut(usize, &[E])) {
        match &self.packed {
            Packed::Mirrored(kernel) => E::numbers(kernel).map(|kernel| self.mirrored_spans(kernel, i, each)),
            Packed::Tiled(tiled) => E::tiles(&tiled.tiles).map(|tiles| self.tiled_spans(tiles, i, each)),
        };
    }

    fn tiled_spans<E: Element>(&self, tiles: &tiles::Packed<E>, i: usize, mut each: impl FnMut(usize, &[E])) {
        let [channels, _, width] = self.from;
        let [out_channels, out_height, out_width] = self.to;
        let (channel, y, x) = place(i, channels, width);
        if self.silent[channel] {
            return;
        }
        for (oy, ky) in self.window.readers(0, y, out_height) {
            for (ox, kx) in self.window.readers(1, x, out_width) {
                let row = (ky * self.window.kernel[1] + kx) * channels + channel;
                let first = (oy * out_width + ox) * out_channels;
                tiles.spans(row, |start, weights| each(first + start, weights));
            }
        }
    }

    fn mirrored_spans<E: Element>(&self, kernel: &[E], i: usize, mut each: impl FnMut(usize, &[E])) {
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

    /// The tiles, where there are any.
    pub(super) fn tiles(&self) -> Option<&Tiles> {
        match &self.packed {
            Packed::Tiled(tiled) => Some(&tiled.tiles),
            Packed::Mirrored(_) => None,
        }
    }

    /// Brings the spikes of every step into the order of their position, if it is tiled: `windows` has them then.
    pub(super) fn arrange(&self, spikes: &SpikeBlock, windows: &mut Windows) {
        let Packed::Tiled(tiled) = &self.packed else { return };
        spikes.arrange(&tiled.position, tiled.readers.len(), &mut windows.spikes, &mut windows.starts);
        let reached = |starts: &[u32]| -> u64 {
            let each = starts.windows(2).zip(&tiled.readers);
            each.map(|(bounds, &readers)| u64::from(bounds[1] - bounds[0]) * u64::from(readers)).sum()
        };
        let rows: u64 = windows.starts.chunks_exact(tiled.readers.len() + 1).map(reached).sum();
        windows.operations = rows * self.to[0] as u64;
    }

    /// Whether the windows read so many of these spikes that running them one by one is worth it.
    pub(super) fn is_dense(&self, windows: &Windows) -> bool {
        windows.operations >= (ROWS_PER_WINDOW * windows.spikes.steps() * self.outputs()) as u64
    }

    /// Runs the neurons behind these synapses over the steps of `windows`, and returns the number of synaptic
    /// operations.
    pub(super) fn run<E: Element>(&self, windows: &mut Windows, block: &mut Block<'_, E>) -> u64 {
        let Packed::Tiled(tiled) = &self.packed else { return 0 };
        let Some(tiles) = E::tiles(&tiled.tiles) else { return 0 };
        let [_, _, out_width] = self.to;
        let mut lines = std::mem::take(&mut windows.lines);
        for position in 0..self.to[1] * out_width {
            self.lines(position / out_width, position % out_width, &mut lines);
            let window = Reading { windows, lines: &lines, stride: tiled.readers.len() + 1 };
            tiles.run(&window, position, block);
        }
        windows.lines = lines;
        windows.operations
    }

    /// The lines of the image that a window reads.
    fn lines(&self, oy: usize, ox: usize, lines: &mut Vec<Line>) {
        let [channels, height, width] = self.from;
        let Window { kernel, stride, padding, dilation } = self.window;
        let left = (ox * stride[1]).saturating_sub(padding[1]);
        let right = (ox * stride[1] + kernel[1]).saturating_sub(padding[1]).min(width);
        lines.clear();
        for ky in 0..kernel[0] {
            let Some(y) = (oy * stride[0] + ky * dilation[0]).checked_sub(padding[0]).filter(|&y| y < height) else {
                continue;
            };
            if left >= right {
                continue;
            }
            // From the number of a spike, (y * width + x) * channels + c, to that of its row in the tiles,
            // (ky * kernel width + x - (ox * stride - padding)) * channels + c.
            let row = (ky * kernel[1] + padding[1]).wrapping_sub(ox * stride[1] + y * width);
            let shift = row.wrapping_mul(channels) as u32;
            lines.push(Line { first: y * width + left, last: y * width + right, shift });
        }
    }
}

/// Channel, line and column of an input.
#[inline]
fn place(i: usize, channels: usize, width: usize) -> (usize, usize, usize) {
    let (channel, position) = if channels == 1 { (0, i) } else { (i % channels, i / channels) };
    (channel, position / width, position % width)
}

/// One window and the spikes of a block.
struct Reading<'a> {
    windows: &'a Windows,
    lines: &'a [Line],
    stride: usize,
}

impl Drive for Reading<'_> {
    #[inline]
    fn steps(&self) -> impl Iterator<Item = impl Iterator<Item = (&[u32], u32)>> {
        self.windows.starts.chunks_exact(self.stride).map(|starts| {
            self.lines.iter().map(|line| {
                let (first, last) = (starts[line.first], starts[line.last]);
                (self.windows.spikes.between(first, last), line.shift)
            })
        })
    }
}

impl Windows {
    /// The spikes, each step in the order of their positions.
    pub(super) fn spikes(&self) -> &SpikeBlock {
        &self.spikes
    }
}

impl Tiled {
    fn new(from: [usize; 3], to: [usize; 3], window: &Window, kernel: &Array4<f32>, silent: &[bool]) -> Self {
        let [channels, height, width] = from;
        let kernel_width = window.kernel[1];
        let tiles = Tiles::new(kernel.len() / to[0], to[0], |row, o| {
            let tap = row / channels;
            kernel[[row % channels, tap / kernel_width, tap % kernel_width, o]]
        });
        let along = |axis, at| window.readers(axis, at, to[axis + 1]).count() as u32;
        let positions = height * width;
        let unread = silent.contains(&true).then_some(0);
        let readers = (0..positions).map(|at| along(0, at / width) * along(1, at % width)).chain(unread).collect();
        let place = |i| if silent[i % channels] { positions } else { i / channels } as u32;
        let position = (0..channels * positions).map(place).collect();
        Self { tiles, position, readers }
    }
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
