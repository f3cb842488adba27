//! Rows of weights, packed in tiles, and the loop that runs a tile over a block of steps.
//!
//! The outputs are cut into tiles of eight vectors (the last ones into less where that is enough). A tile holds, for
//! each row, one contiguous run of weights; the potentials of a tile stay in registers for a whole block of steps, and a
//! spike costs one load and one addition per vector. Outputs beyond the last neuron have no weights and no bias and
//! never fire.

use super::element::{Element, Kept, Vector};
use super::registers::{Firing, Registers};
use super::spikes::{SpikeBlock, tell};
use super::synapses::add;

/// The neurons of one word of the masks.
const WORD: usize = 32;
/// The spikes of a word that are written without a look at whether there are as many.
const AT_ONCE: usize = 5;
/// Potentials are padded to whole runs of so many.
pub(super) const NARROW: usize = 16;

/// The number of potentials that `neurons` take with padding.
pub(super) fn padded(neurons: usize) -> usize {
    neurons.next_multiple_of(NARROW)
}

/// `[rows, outputs]` weights.
#[derive(Clone, Debug)]
pub(super) struct Tiles {
    rows: usize,
    outputs: usize,
    /// What a threshold is in the numbers that are kept.
    unit: f32,
    kept: Kept<Packed<f32>, Packed<i16>>,
}

/// The weights in one of the precisions, in tiles of so many vectors, one behind the other.
#[derive(Clone, Debug)]
pub(super) struct Packed<E: Element> {
    outputs: usize,
    eight: Vec<Tile<E, 8>>,
    four: Option<Tile<E, 4>>,
    two: Option<Tile<E, 2>>,
}

#[derive(Clone, Debug)]
struct Tile<E: Element, const W: usize> {
    rows: Vec<[E::Vector; W]>,
    /// As many as there are `rows`, which the compiler does not know; see [`Tile::add`].
    count: usize,
}

/// The rows that are added in each step.
pub(super) trait Drive {
    /// For every step, runs of numbers, each with what has to be added (wrapping) to get rows from them.
    fn steps(&self) -> impl Iterator<Item = impl Iterator<Item = (&[u32], u32)>>;
}

/// What a layer hands to its tiles for a block of steps.
pub(super) struct Block<'a, E> {
    pub(super) steps: usize,
    pub(super) firing: Firing<E>,
    /// What potentials have to be above to fire, per step.
    pub(super) limits: &'a [E],
    /// Per neuron, padded.
    pub(super) bias: &'a [E],
    /// Per neuron, padded, with the bias of the step to come.
    pub(super) potentials: &'a mut [E],
    /// `[steps, words]`: bit `k` of a word for the neuron `k` of those that it stands for.
    pub(super) masks: &'a mut [u32],
    pub(super) words: usize,
    /// Potentials before firing, each step padded; empty where they are not asked for.
    pub(super) trace: &'a mut [E],
}

impl Tiles {
    /// Packs the weight of row `i` and output `j`, given by `weight(i, j)`.
    pub(super) fn new(rows: usize, outputs: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        Self { rows, outputs, unit: 1.0, kept: Kept::F32(Packed::new(rows, outputs, 1.0, &weight)) }
    }

    /// The same, rounded to 16 bits.
    pub(super) fn to_fixed(&self, unit: f32) -> Self {
        let packed = Packed::new(self.rows, self.outputs, unit, &|i, j| self.weight(i, j));
        Self { unit, kept: Kept::Fixed(packed), ..*self }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    pub(super) fn unit(&self) -> f32 {
        self.unit
    }

    pub(super) fn kept(&self) -> &Kept<Packed<f32>, Packed<i16>> {
        &self.kept
    }

    /// The weight of row `i` and output `j`.
    pub(super) fn weight(&self, i: usize, j: usize) -> f32 {
        match &self.kept {
            Kept::F32(packed) => packed.weight(i, j),
            Kept::Fixed(packed) => packed.weight(i, j).value(self.unit),
        }
    }

    /// The number of words in a step of the masks.
    pub(super) fn len(&self) -> usize {
        self.outputs.div_ceil(WORD)
    }

    /// Writes every neuron that is set in `masks`, `words` of them a step, in ascending order within a step.
    pub(super) fn tell_fired(&self, masks: &[u32], words: usize, spikes: &mut SpikeBlock) {
        let fired = masks.iter().map(|mask| mask.count_ones() as usize).sum();
        spikes.write(fired, AT_ONCE, |room, ends| {
            let mut written = 0;
            for masks in masks.chunks_exact(words) {
                for (position, masks) in masks.chunks_exact(self.len()).enumerate() {
                    let mut first = (position * self.outputs) as u32;
                    for &mask in masks {
                        written += tell::<AT_ONCE>(mask, |bit| first + bit, &mut room[written..]);
                        first += WORD as u32;
                    }
                }
                ends.push(written as u32);
            }
        });
    }
}

impl<E: Element> Packed<E> {
    const LANES: usize = E::Vector::LANES;

    fn new(rows: usize, outputs: usize, unit: f32, weight: &dyn Fn(usize, usize) -> f32) -> Self {
        let value = |i, j| if j < outputs { E::of(weight(i, j), unit) } else { E::zeroed() };
        let (all, mut start, mut eight) = (padded(outputs), 0, Vec::new());
        while all - start >= 8 * Self::LANES {
            eight.push(Tile::new(start, rows, &value));
            start += 8 * Self::LANES;
        }
        let four = (all - start >= 4 * Self::LANES).then(|| Tile::new(start, rows, &value));
        start += 4 * Self::LANES * four.iter().len();
        let two = (start < all).then(|| Tile::new(start, rows, &value));
        Self { outputs, eight, four, two }
    }

    fn weight(&self, i: usize, j: usize) -> E {
        let (tile, at) = (j / (8 * Self::LANES), j % (8 * Self::LANES));
        let in_four = self.four.as_ref().map_or(0, |_| 4 * Self::LANES);
        match (self.eight.get(tile), &self.four, &self.two) {
            (Some(eight), _, _) => eight.row(i)[at],
            (None, Some(four), _) if at < in_four => four.row(i)[at],
            (None, _, Some(two)) => two.row(i)[at - in_four],
            _ => E::zeroed(),
        }
    }

    /// Calls `each` with the first output of every tile and the weights of row `i` to it.
    pub(super) fn spans(&self, i: usize, each: &mut dyn FnMut(usize, &[E])) {
        let mut start = 0;
        let mut next = |row: &[E]| {
            // Without what is beyond the last neuron.
            each(start, &row[..row.len().min(self.outputs - start)]);
            start += row.len();
        };
        self.eight.iter().for_each(|tile| next(tile.row(i)));
        self.four.iter().for_each(|tile| next(tile.row(i)));
        self.two().for_each(|tile| next(tile.row(i)));
    }

    /// Adds the weights of row `i` to the potentials of its outputs, the first of `potentials`, or takes them back.
    #[inline]
    pub(super) fn put(&self, i: usize, mut potentials: &mut [E], back: bool) {
        for tile in &self.eight {
            potentials = tile.put(i, potentials, back);
        }
        if let Some(tile) = &self.four {
            potentials = tile.put(i, potentials, back);
        }
        for tile in self.two() {
            potentials = tile.put(i, potentials, back);
        }
    }

    /// The tile of two vectors; those of four numbers have none, and no code for it.
    fn two(&self) -> impl Iterator<Item = &Tile<E, 2>> {
        self.two.iter().filter(|_| 2 * Self::LANES >= NARROW)
    }

    /// Runs the neurons at `position`, the ones from `position * outputs` on, over a block of steps.
    pub(super) fn run(&self, drive: &impl Drive, position: usize, block: &mut Block<'_, E>) {
        let (start, word) = (position * self.outputs, position * self.outputs.div_ceil(WORD));
        let mut at = 0;
        for tile in &self.eight {
            tile.run(drive, start + at, word + at / WORD, block);
            at += 8 * Self::LANES;
        }
        if let Some(tile) = &self.four {
            tile.run(drive, start + at, word + at / WORD, block);
            at += 4 * Self::LANES;
        }
        for tile in self.two() {
            tile.run(drive, start + at, word + at / WORD, block);
        }
    }
}

impl<E: Element, const W: usize> Tile<E, W> {
    fn new(start: usize, rows: usize, value: &dyn Fn(usize, usize) -> E) -> Self {
        let lanes = E::Vector::LANES;
        let row = |i| {
            let row: Vec<E> = (start..start + W * lanes).map(|j| value(i, j)).collect();
            std::array::from_fn(|k| E::Vector::load(&row[lanes * k..]))
        };
        Self { rows: (0..rows).map(row).collect(), count: rows }
    }

    fn row(&self, i: usize) -> &[E] {
        bytemuck::cast_slice(&self.rows[i])
    }

    /// See [`Packed::put`]; what is left of the potentials.
    #[inline]
    fn put<'a>(&self, i: usize, potentials: &'a mut [E], back: bool) -> &'a mut [E] {
        let (reached, rest) = potentials.split_at_mut(W * E::Vector::LANES);
        add(self.row(i), reached, back);
        rest
    }

    /// Adds a row of weights.
    ///
    /// Up to version 12 (Node 22), V8 loads everything that a block of WebAssembly loads before it begins to add. Eight
    /// weights and eight potentials do not fit into its 15 registers; so a condition that always holds cuts the block in
    /// two. Newer versions lose little by it.
    #[inline]
    fn add(&self, i: usize, registers: &mut Registers<E::Vector, W>) {
        let row = &self.rows[i];
        if cfg!(target_arch = "wasm32") && W == 8 {
            if i < self.count {
                registers.add(row, 0..W / 2);
            }
            registers.add(row, W / 2..W);
        } else {
            registers.add(row, 0..W);
        }
    }

    /// Runs the neurons from `start` on and writes their words, from `word` on, of each step of the masks.
    fn run(&self, drive: &impl Drive, start: usize, word: usize, block: &mut Block<'_, E>) {
        // Of smaller tiles there are few: they are not worth the code.
        if W == 8 && block.firing.is_usual() && block.trace.is_empty() {
            self.run_as::<true>(drive, start, word, block);
        } else {
            self.run_as::<false>(drive, start, word, block);
        }
    }

    /// The same; where `USUAL`, in a loop of its own for usual neurons that leave no trace.
    #[inline(never)]
    fn run_as<const USUAL: bool>(&self, drive: &impl Drive, start: usize, word: usize, block: &mut Block<'_, E>) {
        let mut registers = Registers::<E::Vector, W>::load(&block.potentials[start..]);
        let firing = if USUAL { block.firing.usual() } else { block.firing };
        let stride = block.potentials.len();
        let steps = block.masks.chunks_exact_mut(block.words).zip(drive.steps()).take(block.steps);
        for (step, ((masks, runs), &limit)) in steps.zip(block.limits).enumerate() {
            for (run, shift) in runs {
                for &i in run {
                    self.add(i.wrapping_add(shift) as usize, &mut registers);
                }
            }
            registers.raise(firing);
            if !USUAL && !block.trace.is_empty() {
                registers.store(&mut block.trace[step * stride + start..]);
            }
            let fired = registers.fire(firing, limit);
            masks[word] = fired as u32;
            if W * E::Vector::LANES > WORD {
                masks[word + 1] = (fired >> WORD) as u32;
            }
            if firing.biased {
                // Loaded anew, since a platform with 16 registers has none left to keep it in.
                registers.add(Registers::load(&block.bias[start..]).vectors(), 0..W);
            }
        }
        registers.store(&mut block.potentials[start..]);
    }
}
