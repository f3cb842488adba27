//! Convolutions whose windows are run one by one, or several side by side.
//!
//! The potentials of a window stay in registers for a whole block of steps. Where one position has fewer channels than
//! there are registers, neighbouring positions of a line share them: they are one window as wide as all of theirs
//! together, with weights of 0 where one of them does not look.

use ndarray::Array4;

use super::conv::place;
use super::element::Element;
use super::spikes::SpikeBlock;
use super::tiles::{Block, Drive, NARROW, Tiles};
use crate::ann::Window;

/// Windows are run one by one where their positions read as many spikes as this in a step, on average.
const ROWS_PER_WINDOW: usize = 5;

/// Positions share registers where the weights of their window are not more than this: they stay in the cache.
const MOST_SHARED: usize = 1 << 15;

/// Where they have to, since one position does not fill a vector, it may be so many: four megabytes.
const MOST_FORCED: usize = 1 << 20;

/// `[kernel height, kernel width, in channels, out channels]`: the rows that a window reads from one line of the image
/// are one run of spikes.
#[derive(Clone, Debug)]
pub(super) struct Tiled {
    /// Channels, height and width.
    from: [usize; 3],
    to: [usize; 3],
    window: Window,
    /// The positions of a line that share registers.
    abreast: usize,
    /// The window of all of them.
    wide: Window,
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
    /// Whether there are so.
    arranged: bool,
    dense: bool,
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

/// The window of so many neighbouring positions of a line.
fn wide(window: &Window, abreast: usize) -> Window {
    let ([height, width], [down, along]) = (window.kernel, window.stride);
    Window { kernel: [height, width + (abreast - 1) * along], stride: [down, abreast * along], ..*window }
}

/// How many positions of a line share registers for `most` potentials, where whole vectors come of it. Whether they do
/// is the same on every platform; how many is not.
fn abreast(in_channels: usize, [channels, _, width]: [usize; 3], window: &Window, most: usize) -> Option<usize> {
    let whole = |&count: &usize| width.is_multiple_of(count) && (count * channels).is_multiple_of(NARROW);
    let weights = |count: usize| in_channels * wide(window, count).taps() * count * channels;
    let fewest = [1, 2, 4, 8].into_iter().find(whole).filter(|&count| count == 1 || weights(count) <= MOST_FORCED)?;
    let fits = |&count: &usize| count * channels <= most && weights(count) <= MOST_SHARED;
    Some([8, 4, 2].into_iter().filter(fits).find(whole).map_or(fewest, |most| most.max(fewest)))
}

impl Tiled {
    /// Packs `kernel`, `[in channels, kernel height, kernel width, out channels]`, for vectors of so many potentials;
    /// `None` where it cannot be cut into any.
    pub(super) fn new(
        [from, to]: [[usize; 3]; 2],
        window: &Window,
        kernel: &Array4<f32>,
        silent: &[bool],
        lanes: usize,
    ) -> Option<Self> {
        let abreast = abreast(from[0], to, window, 8 * lanes).filter(|_| window.dilation[1] == 1)?;
        let [channels, height, width] = from;
        let wide = wide(window, abreast);
        let tiles = Tiles::new(wide.taps() * channels, abreast * to[0], |row, output| {
            let (tap, channel) = (row / channels, row % channels);
            let (y, x) = (tap / wide.kernel[1], tap % wide.kernel[1]);
            let within = x.checked_sub(output / to[0] * window.stride[1]).filter(|&x| x < window.kernel[1]);
            within.map_or(0.0, |x| kernel[[channel, y, x, output % to[0]]])
        });
        let along = |axis, at| window.readers(axis, at, to[axis + 1]).count() as u32;
        let positions = height * width;
        let unread = silent.contains(&true).then_some(0);
        let readers = (0..positions).map(|at| along(0, at / width) * along(1, at % width)).chain(unread).collect();
        let place = |i| if silent[i % channels] { positions } else { i / channels } as u32;
        let position = (0..channels * positions).map(place).collect();
        Some(Self { from, to, window: *window, abreast, wide, tiles, position, readers })
    }

    /// The same, rounded to 16 bits.
    pub(super) fn into_fixed(self, unit: f32) -> Self {
        Self { tiles: self.tiles.to_fixed(unit), ..self }
    }

    /// Whether positions share registers.
    pub(super) fn is_wide(&self) -> bool {
        self.abreast > 1
    }

    pub(super) fn tiles(&self) -> &Tiles {
        &self.tiles
    }

    /// The weight at a place of the kernel.
    pub(super) fn weight(&self, channel: usize, y: usize, x: usize, output: usize) -> f32 {
        self.tiles.weight((y * self.wide.kernel[1] + x) * self.from[0] + channel, output)
    }

    /// Calls `each` with the row of every window that reads input `i` and the number of the window's first neuron. Not
    /// where positions share registers.
    #[inline]
    fn rows(&self, i: usize, mut each: impl FnMut(usize, usize)) {
        let [channels, _, width] = self.from;
        let [out_channels, height, out_width] = self.to;
        let (channel, y, x) = place(i, channels, width);
        if self.readers_of(i) == 0 {
            return;
        }
        for (oy, ky) in self.window.readers(0, y, height) {
            for (ox, kx) in self.window.readers(1, x, out_width) {
                let row = (ky * self.window.kernel[1] + kx) * channels + channel;
                each(row, (oy * out_width + ox) * out_channels);
            }
        }
    }

    /// See [`Synapses::spans_of`](super::Synapses::spans_of).
    pub(super) fn spans_of<E: Element>(&self, i: usize, each: &mut dyn FnMut(usize, &[E])) {
        if let Some(tiles) = E::tiles(&self.tiles) {
            self.rows(i, |row, first| tiles.spans(row, &mut |start, weights| each(first + start, weights)));
        }
    }

    /// Adds the weights of all `spikes`, in their order, or takes them back, and returns how many there were.
    pub(super) fn scatter<E: Element>(&self, spikes: &[u32], potentials: &mut [E], back: bool) -> u64 {
        let Some(tiles) = E::tiles(&self.tiles) else { return 0 };
        for &i in spikes {
            self.rows(i as usize, |row, first| tiles.put(row, &mut potentials[first..], back));
        }
        self.operations(spikes)
    }

    /// The synapses that spikes pass.
    fn operations(&self, spikes: &[u32]) -> u64 {
        let readers: u64 = spikes.iter().map(|&i| u64::from(self.readers_of(i as usize))).sum();
        readers * self.to[0] as u64
    }

    fn readers_of(&self, i: usize) -> u32 {
        self.readers[self.position[i] as usize]
    }

    /// Gets ready for the spikes of a block; `in_order` says that each step has them in the order of their position.
    pub(super) fn read(&self, spikes: &SpikeBlock, in_order: bool, windows: &mut Windows) {
        let outputs: usize = self.to.iter().product();
        windows.operations = spikes.iter().map(|step| self.operations(step)).sum();
        windows.dense = windows.operations >= (ROWS_PER_WINDOW * spikes.steps() * outputs) as u64;
        windows.arranged = windows.dense || !in_order;
        if windows.arranged {
            spikes.arrange(&self.position, self.readers.len(), &mut windows.spikes, &mut windows.starts);
        }
    }

    /// Runs the neurons behind these synapses over the steps of `windows`, and returns the number of synaptic
    /// operations.
    pub(super) fn run<E: Element>(&self, windows: &mut Windows, block: &mut Block<'_, E>) -> u64 {
        let Some(tiles) = E::tiles(&self.tiles) else { return 0 };
        let columns = self.to[2] / self.abreast;
        let mut lines = std::mem::take(&mut windows.lines);
        for position in 0..self.to[1] * columns {
            self.lines(position / columns, position % columns, &mut lines);
            let window = Reading { windows, lines: &lines, stride: self.readers.len() + 1 };
            tiles.run(&window, position, block);
        }
        windows.lines = lines;
        windows.operations
    }

    /// The lines of the image that a window reads.
    fn lines(&self, oy: usize, ox: usize, lines: &mut Vec<Line>) {
        let [channels, height, width] = self.from;
        let Window { kernel, stride, padding, dilation } = self.wide;
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
    /// Whether the windows read so many of these spikes that running them one by one is worth it.
    pub(super) fn is_dense(&self) -> bool {
        self.dense
    }

    /// The spikes, each step in the order of their positions; `None` where they came like that.
    pub(super) fn spikes(&self) -> Option<&SpikeBlock> {
        self.arranged.then_some(&self.spikes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_that_lie_far_apart_took_gigabytes_to_share_registers() {
        let window = |stride| Window { stride: [1, stride], ..Window::new([1, 3]) };
        assert_eq!(abreast(4, [NARROW / 8, 1, 8], &window(2), 64), Some(8));
        assert_eq!(abreast(4, [NARROW / 8, 1, 8], &window(1_000_000), 64), None);
        // One that fills a vector on its own is as large as its weights.
        assert_eq!(abreast(400, [NARROW, 1, 7], &Window::new([30, 30]), 64), Some(1));
    }
}
