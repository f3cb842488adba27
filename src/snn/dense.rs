//! Dense synapses, packed for the engine.

use super::element::Element;
use super::spikes::SpikeBlock;
use super::tiles::{Block, Drive, Tiles};

/// Weights from every neuron to every neuron.
#[derive(Clone, Debug)]
pub struct DenseSynapses(Tiles);

impl DenseSynapses {
    /// Packs the weight from input `i` to output `j`, given by `weight(i, j)`.
    pub(super) fn new(inputs: usize, outputs: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        Self(Tiles::new(inputs, outputs, weight))
    }

    /// The same, rounded to 16 bits.
    pub(super) fn to_fixed(&self, unit: f32) -> Self {
        Self(self.0.to_fixed(unit))
    }

    /// The number of presynaptic neurons.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.0.rows()
    }

    /// The number of postsynaptic neurons.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.0.outputs()
    }

    /// The folded weight from input `i` to output `j`.
    ///
    /// # Panics
    /// If there is no such input or output.
    #[must_use]
    pub fn weight(&self, i: usize, j: usize) -> f32 {
        assert!(j < self.outputs(), "no such output");
        self.0.weight(i, j)
    }

    /// See [`Synapses::spans_of`](super::Synapses::spans_of).
    pub(super) fn spans_of<E: Element>(&self, i: usize, each: &mut dyn FnMut(usize, &[E])) {
        if let Some(tiles) = E::tiles(&self.0) {
            tiles.spans(i, each);
        }
    }

    /// Adds the weights of all `spikes`, in their order, or takes them back, and returns how many there were.
    pub(super) fn scatter<E: Element>(&self, spikes: &[u32], potentials: &mut [E], back: bool) -> u64 {
        if let Some(tiles) = E::tiles(&self.0) {
            for &i in spikes {
                tiles.put(i as usize, potentials, back);
            }
        }
        spikes.len() as u64 * self.outputs() as u64
    }

    pub(super) fn tiles(&self) -> &Tiles {
        &self.0
    }

    /// Runs the neurons behind these synapses over the steps of `spikes`, and returns the number of synaptic operations.
    pub(super) fn run<E: Element>(&self, spikes: &SpikeBlock, block: &mut Block<'_, E>) -> u64 {
        if let Some(tiles) = E::tiles(&self.0) {
            tiles.run(spikes, 0, block);
        }
        spikes.len() as u64 * self.outputs() as u64
    }
}

impl Drive for SpikeBlock {
    #[inline]
    fn steps(&self) -> impl Iterator<Item = impl Iterator<Item = (&[u32], u32)>> {
        self.iter().map(|step| std::iter::once((step, 0)))
    }
}
