//! Rows of weights, packed in tiles, and the loop that runs a tile over a block of steps.
//!
//! The outputs are cut into tiles of 32 (the last one into 16 where that is enough). A tile holds, for each row, one
//! contiguous run of weights; the potentials of a tile stay in registers for a whole block of steps, and a spike costs
//! one load and one addition per vector. Outputs beyond the last neuron have no weights and no bias and never fire.

use wide::f32x4;

use super::registers::{Firing, Registers};

const WIDE: usize = 8;
const NARROW: usize = 4;

/// The number of potentials that `neurons` take with padding.
pub(super) fn padded(neurons: usize) -> usize {
    neurons.next_multiple_of(4 * NARROW)
}

/// `[rows, outputs]` weights.
#[derive(Clone, Debug)]
pub(super) struct Tiles {
    rows: usize,
    outputs: usize,
    wide: Vec<Tile<WIDE>>,
    narrow: Option<Tile<NARROW>>,
}

#[derive(Clone, Debug)]
struct Tile<const W: usize> {
    rows: Vec<[f32x4; W]>,
}

/// The rows that are added in each step.
pub(super) trait Drive {
    /// Runs of numbers for step `step`, each with what has to be added (wrapping) to get rows from them.
    fn runs(&self, step: usize) -> impl Iterator<Item = (&[u32], u32)>;
}

/// What a layer hands to its tiles for a block of steps.
pub(super) struct Block<'a> {
    pub(super) steps: usize,
    pub(super) firing: Firing,
    /// Per neuron, padded.
    pub(super) bias: &'a [f32],
    /// Per neuron, padded, with the bias of the step to come.
    pub(super) potentials: &'a mut [f32],
    /// `[steps, words]`: one word per tile, bit `k` of it for the tile's neuron `k`.
    pub(super) masks: &'a mut [u32],
    pub(super) words: usize,
    /// Potentials before firing, each step padded; empty where they are not asked for.
    pub(super) trace: &'a mut [f32],
}

impl Tiles {
    /// Packs the weight of row `i` and output `j`, given by `weight(i, j)`.
    pub(super) fn new(rows: usize, outputs: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        let mut wide = Vec::new();
        let mut start = 0;
        while outputs - start > 4 * NARROW {
            wide.push(Tile::new(start, rows, outputs, &weight));
            start = (start + 4 * WIDE).min(outputs);
        }
        let narrow = (start < outputs).then(|| Tile::new(start, rows, outputs, &weight));
        Self { rows, outputs, wide, narrow }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    /// The weight of row `i` and output `j`.
    pub(super) fn weight(&self, i: usize, j: usize) -> f32 {
        let (tile, lane) = (j / (4 * WIDE), j % (4 * WIDE));
        match self.wide.get(tile) {
            Some(tile) => tile.rows[i][lane / 4].to_array()[lane % 4],
            None => self.narrow.as_ref().expect("an output beyond the last").rows[i][lane / 4].to_array()[lane % 4],
        }
    }

    /// Calls `each` with the first output of every tile and the weights of row `i` to it.
    #[inline]
    pub(super) fn spans(&self, i: usize, mut each: impl FnMut(usize, &[f32])) {
        for (tile, wide) in self.wide.iter().enumerate() {
            each(tile * 4 * WIDE, self.cut(tile, bytemuck::cast_slice(&wide.rows[i])));
        }
        if let Some(narrow) = &self.narrow {
            each(self.wide.len() * 4 * WIDE, self.cut(self.wide.len(), bytemuck::cast_slice(&narrow.rows[i])));
        }
    }

    /// A row without what is beyond the last neuron.
    fn cut<'a>(&self, tile: usize, row: &'a [f32]) -> &'a [f32] {
        &row[..row.len().min(self.outputs - tile * 4 * WIDE)]
    }

    /// The number of tiles: words in a step of the masks.
    pub(super) fn len(&self) -> usize {
        self.wide.len() + self.narrow.iter().len()
    }

    /// Runs the neurons at `position`, the ones from `position * outputs` on, over a block of steps.
    pub(super) fn run(&self, drive: &impl Drive, position: usize, block: &mut Block<'_>) {
        let (start, word) = (position * self.outputs, position * self.len());
        for (tile, wide) in self.wide.iter().enumerate() {
            wide.run(drive, start + tile * 4 * WIDE, word + tile, block);
        }
        if let Some(narrow) = &self.narrow {
            let tile = self.wide.len();
            narrow.run(drive, start + tile * 4 * WIDE, word + tile, block);
        }
    }

    /// Calls `each` with every neuron that is set in the masks of one step, in ascending order.
    #[inline]
    pub(super) fn each_fired(&self, masks: &[u32], mut each: impl FnMut(u32)) {
        for (position, words) in masks.chunks_exact(self.len()).enumerate() {
            let mut first = (position * self.outputs) as u32;
            for &word in words {
                let mut mask = word;
                while mask != 0 {
                    each(first + mask.trailing_zeros());
                    mask &= mask - 1;
                }
                first += 4 * WIDE as u32;
            }
        }
    }
}

impl<const W: usize> Tile<W> {
    fn new(start: usize, rows: usize, outputs: usize, weight: &impl Fn(usize, usize) -> f32) -> Self {
        let vectors = |value: &dyn Fn(usize) -> f32| -> [f32x4; W] {
            std::array::from_fn(|vector| {
                f32x4::new(std::array::from_fn(|lane| {
                    let j = start + 4 * vector + lane;
                    if j < outputs { value(j) } else { 0.0 }
                }))
            })
        };
        Self { rows: (0..rows).map(|i| vectors(&|j| weight(i, j))).collect() }
    }

    /// Runs the neurons from `start` on and writes word `word` of each step of the masks.
    #[inline(never)]
    fn run(&self, drive: &impl Drive, start: usize, word: usize, block: &mut Block<'_>) {
        let mut registers = Registers::<W>::load(&block.potentials[start..]);
        let (firing, stride) = (block.firing, block.potentials.len());
        for (step, masks) in block.masks.chunks_exact_mut(block.words).take(block.steps).enumerate() {
            for (run, shift) in drive.runs(step) {
                for &i in run {
                    registers.add(&self.rows[i.wrapping_add(shift) as usize]);
                }
            }
            if firing.floor.is_some() {
                registers.raise(firing);
            }
            if !block.trace.is_empty() {
                registers.store(&mut block.trace[step * stride + start..]);
            }
            masks[word] = registers.fire(firing);
            if firing.biased {
                // Loaded anew, since a platform with 16 registers has none left to keep it in.
                registers.add(Registers::load(&block.bias[start..]).vectors());
            }
        }
        registers.store(&mut block.potentials[start..]);
    }
}
