//! Pooling between layers of spiking neurons. A pool has no potentials of its own.
//!
//! *Mean*: every spike passes on; the share `1 / taps` is folded into the weights behind the pool, so that nothing is
//! lost and nothing is added.
//!
//! *Max*: a spike passes where it sets a record, that is where it makes its neuron's spike count higher than any count
//! in its window so far. The spikes that have passed are then the maximum of the counts in the window, after every
//! step, and the rate behind the pool is the maximum of the rates before it. (The usual gate, Rueckauer et al. 2017,
//! lets the spikes of the neuron pass that leads at the moment, which counts some spikes twice when the lead changes.)
//! With noisy counts the maximum is above the maximum of the means, by about the noise: that is the price.

use serde::{Deserialize, Serialize};

use super::spikes::SpikeBlock;
use crate::ann::{Area, Shape, Window};
use crate::error::Result;

/// The kind of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolKind {
    /// Passes every spike.
    Mean,
    /// Passes the spikes that set a record of their window.
    Max,
}

/// A pool, with the cells that each of its inputs belongs to.
#[derive(Clone, Debug)]
pub struct Pool {
    kind: PoolKind,
    window: Window,
    area: Option<Area>,
    from: Shape,
    to: Shape,
    /// The cells of input `i` are `cells[starts[i]..starts[i + 1]]`.
    starts: Vec<u32>,
    cells: Vec<u32>,
}

/// What a max pool remembers while a network runs.
#[derive(Clone, Debug, Default)]
pub(super) struct PoolState {
    counts: Vec<u32>,
    records: Vec<u32>,
}

/// How the values of an image are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// As inputs come and as results are told: channel, row, column.
    ChannelFirst,
    /// As the engine keeps them: row, column, channel.
    ChannelLast,
}

impl Pool {
    /// A pool of `kind` over images of shape `from`.
    ///
    /// # Errors
    /// `shape-mismatch` if the window does not fit, or the images are too large.
    pub fn new(kind: PoolKind, window: Window, from: Shape) -> Result<Self> {
        from.check("pool")?;
        Self::with_order(kind, window, from, Order::ChannelLast)
    }

    /// The same for the cells in an area alone, if there is one: nothing passes into others.
    #[must_use]
    pub fn within(mut self, area: Option<Area>) -> Self {
        let (Some(area), Shape::Image([channels, _, columns])) = (area, self.to) else { return self };
        let place = |cell: u32| cell as usize / channels;
        let is_in = |cell: u32| area.contains(place(cell) / columns, place(cell) % columns);
        let mut cells = Vec::new();
        let mut starts = vec![0];
        for input in 0..self.from.size() {
            cells.extend(self.cells(input).iter().filter(|&&cell| is_in(cell)));
            starts.push(cells.len() as u32);
        }
        (self.area, self.cells, self.starts) = (Some(area), cells, starts);
        self
    }

    /// Brings a channel-first image into the engine's order.
    pub(super) fn reorder(image: Shape) -> Result<Self> {
        Self::with_order(PoolKind::Mean, Window::new([1, 1]), image, Order::ChannelFirst)
    }

    fn with_order(kind: PoolKind, window: Window, from: Shape, order: Order) -> Result<Self> {
        let to = crate::ann::Layer::AvgPool2d(window).output_shape("pool", &[from])?;
        let mut pairs = Vec::new();
        crate::ann::each_reader(from, to, &window, |input, cell| {
            let input = if order == Order::ChannelLast { channel_last(from, input) } else { input };
            pairs.push((input as u64) << 32 | channel_last(to, cell) as u64);
        });
        pairs.sort_unstable();
        let mut starts = vec![0; from.size() + 1];
        for pair in &pairs {
            starts[(pair >> 32) as usize + 1] += 1;
        }
        for input in 0..from.size() {
            starts[input + 1] += starts[input];
        }
        Ok(Self {
            kind,
            window,
            area: None,
            from,
            to,
            starts,
            cells: pairs.into_iter().map(|pair| pair as u32).collect(),
        })
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> PoolKind {
        self.kind
    }

    /// Its window.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// The area of its cells, where others are left out.
    #[must_use]
    pub fn area(&self) -> Option<Area> {
        self.area
    }

    /// The shape of what it reads.
    #[must_use]
    pub fn from_shape(&self) -> Shape {
        self.from
    }

    /// The shape of its cells.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.to
    }

    fn cells(&self, input: usize) -> &[u32] {
        &self.cells[self.starts[input] as usize..self.starts[input + 1] as usize]
    }

    pub(super) fn state(&self) -> PoolState {
        match self.kind {
            PoolKind::Mean => PoolState::default(),
            PoolKind::Max => PoolState { counts: vec![0; self.from.size()], records: vec![0; self.to.size()] },
        }
    }

    /// Writes what passes over the steps of `spikes` into `passed`, in place of what it held.
    pub(super) fn pass(&self, spikes: &SpikeBlock, state: &mut PoolState, passed: &mut SpikeBlock) {
        passed.clear();
        for step in spikes.iter() {
            for &input in step {
                let input = input as usize;
                match self.kind {
                    PoolKind::Mean => self.cells(input).iter().for_each(|&cell| passed.push(cell)),
                    PoolKind::Max => {
                        state.counts[input] += 1;
                        for &cell in self.cells(input) {
                            let record = &mut state.records[cell as usize];
                            if state.counts[input] > *record {
                                *record = state.counts[input];
                                passed.push(cell);
                            }
                        }
                    }
                }
            }
            passed.end_step();
        }
    }

    /// What it does to values in place of spikes: sums and maxima.
    pub(crate) fn analog(&self, values: &[f64]) -> Vec<f64> {
        let mut passed = vec![0.0_f64; self.to.size()];
        for (input, &value) in values.iter().enumerate() {
            for &cell in self.cells(input) {
                let cell = &mut passed[cell as usize];
                *cell = if self.kind == PoolKind::Mean { *cell + value } else { cell.max(value) };
            }
        }
        passed
    }
}

impl PoolState {
    pub(super) fn reset(&mut self) {
        self.counts.fill(0);
        self.records.fill(0);
    }
}

/// The engine's number of the value with channel-first number `index`.
pub(crate) fn channel_last(shape: Shape, index: usize) -> usize {
    let positions = shape.positions();
    index % positions * shape.groups() + index / positions
}

/// The channel-first number of the value with the engine's number `index`.
pub(crate) fn channel_first(shape: Shape, index: usize) -> usize {
    match shape {
        Shape::Flat(_) => index,
        Shape::Image([channels, ..]) => index % channels * shape.positions() + index / channels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(steps: &[&[u32]]) -> SpikeBlock {
        let mut block = SpikeBlock::default();
        for step in steps {
            step.iter().for_each(|&neuron| block.push(neuron));
            block.end_step();
        }
        block
    }

    fn passed(pool: &Pool, steps: &[&[u32]]) -> Vec<Vec<u32>> {
        let mut passed = SpikeBlock::default();
        pool.pass(&block(steps), &mut pool.state(), &mut passed);
        passed.iter().map(<[u32]>::to_vec).collect()
    }

    fn pool(kind: PoolKind, window: Window) -> Pool {
        Pool::new(kind, window, Shape::Image([1, 1, 4])).unwrap()
    }

    #[test]
    fn orders_are_inverse_to_each_other() {
        let shape = Shape::Image([3, 2, 4]);
        assert_eq!(channel_last(shape, 8), 1);
        assert!((0..24).all(|index| channel_first(shape, channel_last(shape, index)) == index));
        assert_eq!((channel_last(Shape::Flat(5), 3), channel_first(Shape::Flat(5), 3)), (3, 3));
    }

    #[test]
    fn a_mean_pool_passes_every_spike_to_its_cell() {
        let pairs = Window { stride: [1, 2], ..Window::new([1, 2]) };
        assert_eq!(passed(&pool(PoolKind::Mean, pairs), &[&[0, 1, 3], &[], &[2]]), [vec![0, 0, 1], vec![], vec![1]]);
        let overlapping = Window::new([1, 2]);
        assert_eq!(passed(&pool(PoolKind::Mean, overlapping), &[&[1]]), [[0, 1]]);
    }

    #[test]
    fn a_max_pool_passes_as_many_spikes_as_its_busiest_input_after_every_step() {
        let pairs = Window { stride: [1, 2], ..Window::new([1, 2]) };
        let steps: [&[u32]; 7] = [&[0], &[1], &[1], &[0, 1, 2], &[0], &[0], &[3]];
        let passed = passed(&pool(PoolKind::Max, pairs), &steps);
        assert_eq!(passed, [vec![0], vec![], vec![0], vec![0, 1], vec![], vec![0], vec![]]);
        let mut counts = [0; 4];
        for (end, step) in steps.iter().enumerate() {
            step.iter().for_each(|&neuron| counts[neuron as usize] += 1);
            let of_cell = passed[..=end].iter().flatten().filter(|&&cell| cell == 0).count();
            assert_eq!(of_cell, counts[0].max(counts[1]));
        }
    }
}
