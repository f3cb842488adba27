//! Dense synapses, packed for the engine, and their inner loop.
//!
//! The outputs are cut into tiles of 32 (the last one into 16 where that is enough). A tile holds, for each input, one
//! contiguous row of weights; the potentials of a tile stay in registers for a whole block of steps, and a spike costs
//! one load and one addition per vector. Outputs beyond the last neuron have no weights and no bias and never fire.

use wide::f32x4;

use super::network::{Neuron, Reset};
use super::spikes::SpikeBlock;

/// The number of potentials that `neurons` take with padding.
pub(super) fn padded(neurons: usize) -> usize {
    neurons.next_multiple_of(4 * NARROW)
}

const WIDE: usize = 8;
const NARROW: usize = 4;

/// Weights from every neuron to every neuron.
#[derive(Clone, Debug)]
pub struct DenseSynapses {
    inputs: usize,
    outputs: usize,
    wide: Vec<Tile<WIDE>>,
    narrow: Option<Tile<NARROW>>,
}

#[derive(Clone, Debug)]
struct Tile<const W: usize> {
    rows: Vec<[f32x4; W]>,
}

/// What the inner loop writes for one tile: one mask of fired neurons per step, and where asked the potentials before
/// firing.
struct Output<'a> {
    masks: &'a mut [u32],
    potentials: Option<&'a mut [f32]>,
    neurons: usize,
}

impl DenseSynapses {
    /// Packs the weight from input `i` to output `j`, given by `weight(i, j)`.
    pub(super) fn new(inputs: usize, outputs: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        let mut wide = Vec::new();
        let mut start = 0;
        while outputs - start > 4 * NARROW {
            wide.push(Tile::new(start, inputs, outputs, &weight));
            start = (start + 4 * WIDE).min(outputs);
        }
        let narrow = (start < outputs).then(|| Tile::new(start, inputs, outputs, &weight));
        Self { inputs, outputs, wide, narrow }
    }

    /// The number of presynaptic neurons.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The number of postsynaptic neurons.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The folded weight from input `i` to output `j`.
    ///
    /// # Panics
    /// Where there is no such input or output.
    #[must_use]
    pub fn weight(&self, i: usize, j: usize) -> f32 {
        let (tile, lane) = (j / (4 * WIDE), j % (4 * WIDE));
        match self.wide.get(tile) {
            Some(tile) => tile.rows[i][lane / 4].to_array()[lane % 4],
            None => self.narrow.as_ref().expect("an output beyond the last").rows[i][lane / 4].to_array()[lane % 4],
        }
    }

    /// See [`Synapses::spans`](super::Synapses::spans).
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

    /// The number of tiles; there is one mask per tile and step.
    pub(super) fn tiles(&self) -> usize {
        self.wide.len() + self.narrow.iter().len()
    }

    /// Runs the neurons behind these synapses over the steps of `spikes`.
    ///
    /// `potentials` and `bias` are padded to [`padded`] values. `masks` gets, tile after tile, one word per step; bit
    /// `k` of it stands for the tile's neuron `k`. `trace`, where given, gets the potentials before firing,
    /// `[steps, outputs]`.
    pub(super) fn integrate(
        &self,
        spikes: &SpikeBlock,
        neuron: Neuron,
        bias: &[f32],
        potentials: &mut [f32],
        masks: &mut [u32],
        mut trace: Option<&mut [f32]>,
    ) {
        let steps = spikes.steps();
        let (mut lane, mut tile) = (0, 0);
        let mut output = |width: usize| {
            let start = lane;
            lane += width;
            tile += 1;
            (start, (tile - 1) * steps..tile * steps)
        };
        for wide in &self.wide {
            let (start, words) = output(4 * WIDE);
            let out = Output {
                masks: &mut masks[words],
                potentials: trace.as_deref_mut().map(|all| &mut all[start..]),
                neurons: self.outputs,
            };
            wide.integrate(spikes, neuron, &bias[start..], &mut potentials[start..], out, self.outputs - start);
        }
        if let Some(narrow) = &self.narrow {
            let (start, words) = output(4 * NARROW);
            let out = Output {
                masks: &mut masks[words],
                potentials: trace.map(|all| &mut all[start..]),
                neurons: self.outputs,
            };
            narrow.integrate(spikes, neuron, &bias[start..], &mut potentials[start..], out, self.outputs - start);
        }
    }

    /// Turns the masks of [`integrate`](Self::integrate) into spikes in ascending order.
    pub(super) fn extract(&self, steps: usize, masks: &[u32], spikes: &mut SpikeBlock) {
        spikes.clear();
        for step in 0..steps {
            for tile in 0..self.tiles() {
                let mut mask = masks[tile * steps + step];
                while mask != 0 {
                    spikes.push((tile * 4 * WIDE) as u32 + mask.trailing_zeros());
                    mask &= mask - 1;
                }
            }
            spikes.end_step();
        }
    }
}

impl<const W: usize> Tile<W> {
    fn new(start: usize, inputs: usize, outputs: usize, weight: &impl Fn(usize, usize) -> f32) -> Self {
        let vectors = |value: &dyn Fn(usize) -> f32| -> [f32x4; W] {
            std::array::from_fn(|vector| {
                f32x4::new(std::array::from_fn(|lane| {
                    let j = start + 4 * vector + lane;
                    if j < outputs { value(j) } else { 0.0 }
                }))
            })
        };
        Self { rows: (0..inputs).map(|i| vectors(&|j| weight(i, j))).collect() }
    }

    fn integrate(
        &self,
        spikes: &SpikeBlock,
        neuron: Neuron,
        bias: &[f32],
        potentials: &mut [f32],
        mut out: Output<'_>,
        left: usize,
    ) {
        let bias: [f32x4; W] = std::array::from_fn(|k| f32x4::from(&bias[4 * k..4 * k + 4]));
        let mut v: [f32x4; W] = std::array::from_fn(|k| f32x4::from(&potentials[4 * k..4 * k + 4]));
        let one = f32x4::splat(1.0);
        let threshold = f32x4::splat(if neuron.fires { 1.0 } else { f32::INFINITY });
        let zero_reset = neuron.reset == Reset::Zero;
        for (step, fired_before) in spikes.iter().enumerate() {
            for (v, &bias) in v.iter_mut().zip(&bias) {
                *v += bias;
            }
            for &i in fired_before {
                for (v, &weight) in v.iter_mut().zip(&self.rows[i as usize]) {
                    *v += weight;
                }
            }
            if let Some(floor) = neuron.floor {
                let floor = f32x4::splat(floor);
                for v in &mut v {
                    *v = v.simd_lt(floor).select(floor, *v);
                }
            }
            if let Some(trace) = &mut out.potentials {
                let row = &mut trace[step * out.neurons..];
                for (row, v) in row[..left.min(4 * W)].chunks_mut(4).zip(&v) {
                    row.copy_from_slice(&v.to_array()[..row.len()]);
                }
            }
            let mut mask = 0_u32;
            for (k, v) in v.iter_mut().enumerate() {
                let fired = v.simd_ge(threshold);
                mask |= fired.to_bitmask() << (4 * k);
                let reset = if zero_reset { f32x4::ZERO } else { *v - one };
                *v = fired.select(reset, *v);
            }
            out.masks[step] = mask;
        }
        for (potentials, v) in potentials.chunks_exact_mut(4).zip(&v) {
            potentials.copy_from_slice(&v.to_array());
        }
    }
}
