//! The spikes of layers that are done, kept for the layers behind them.

use std::ops::Deref;

use crate::snn::{Network, Simulation, SpikeBlock, Spikes};

/// The most spikes that are kept at a time: 64 MiB. A layer with more runs again for every layer behind it.
const MOST: usize = 1 << 24;

/// What layers have sent, for those that are still to come.
pub(super) struct Known {
    layers: Vec<Sent>,
    /// The spikes that are kept.
    spikes: usize,
    most: usize,
}

/// What a layer has sent on every input, block after block.
enum Sent {
    /// As much of it as has been simulated.
    Partly(Vec<Vec<Block>>),
    Wholly(Vec<Vec<Block>>),
    /// It is too much, or nobody asks any more.
    Unkept,
}

struct Block {
    fired: SpikeBlock,
    /// Those taken back, where neurons are signed.
    taken: Option<SpikeBlock>,
}

impl Block {
    fn len(&self) -> usize {
        self.fired.len() + self.taken.as_ref().map_or(0, SpikeBlock::len)
    }
}

impl Default for Known {
    fn default() -> Self {
        Self::up_to(MOST)
    }
}

impl Known {
    /// With at most so many spikes.
    pub(super) fn up_to(most: usize) -> Self {
        Self { layers: Vec::new(), spikes: 0, most }
    }

    /// What a layer sends on input `row` in block `block`, if that is known.
    pub(super) fn spikes(&self, layer: usize, row: usize, block: usize) -> Option<Spikes<'_>> {
        let Some(Sent::Wholly(rows)) = self.layers.get(layer) else { return None };
        let Block { fired, taken } = rows.get(row)?.get(block)?;
        Some(Spikes { fired, taken: taken.as_ref() })
    }

    /// Whether all that a layer sends is known.
    pub(super) fn has(&self, layer: usize) -> bool {
        matches!(self.layers.get(layer), Some(Sent::Wholly(_)))
    }

    /// Keeps what the first `layers` layers, which are done, have sent in the last block of a run on input `row`.
    pub(super) fn keep<N: Deref<Target = Network>>(&mut self, simulation: &Simulation<N>, layers: usize, row: usize) {
        self.layers.resize_with(layers, || Sent::Partly(Vec::new()));
        for layer in (0..layers).filter(|&layer| simulation.runs(layer)) {
            let Sent::Partly(rows) = &mut self.layers[layer] else { continue };
            let block = Block { fired: simulation.spikes(layer).clone(), taken: simulation.taken_back(layer).cloned() };
            self.spikes += block.len();
            rows.resize_with(row + 1, Vec::new);
            rows[row].push(block);
            if self.spikes > self.most {
                self.forget(layer);
            }
        }
    }

    /// Ends a run over all inputs, in which not every layer need have taken part; nobody asks for layers that none of those
    /// to come reads.
    pub(super) fn end_run(&mut self, is_read: impl Fn(usize) -> bool) {
        for layer in 0..self.layers.len() {
            if !is_read(layer) {
                self.forget(layer);
            } else if let Sent::Partly(rows) = &mut self.layers[layer]
                && !rows.is_empty()
            {
                self.layers[layer] = Sent::Wholly(std::mem::take(rows));
            }
        }
    }

    fn forget(&mut self, layer: usize) {
        if let Sent::Partly(rows) | Sent::Wholly(rows) = &self.layers[layer] {
            self.spikes -= rows.iter().flatten().map(Block::len).sum::<usize>();
        }
        self.layers[layer] = Sent::Unkept;
    }
}
