//! The event-driven engine: advances one network by blocks of steps.

use std::ops::Deref;

use super::layer::Spikes;
use super::state::State;
use super::{Coding, Decision, Layer, Network, SpikeBlock};

/// The default number of steps that a layer runs before the next one does. Results do not depend on it.
pub const DEFAULT_BLOCK: usize = 64;

/// The most spikes of a block, all layers together: half a GiB.
const MOST_SPIKES: usize = 1 << 27;

/// The number of steps that these networks run at once: [`DEFAULT_BLOCK`], or fewer where so many spikes of all neurons
/// would take too much memory.
pub(crate) fn block_of<'a>(networks: impl IntoIterator<Item = &'a Network>) -> usize {
    let neurons = |network: &Network| network.layers().iter().map(Layer::neurons).sum();
    block_for(networks.into_iter().map(neurons).max().unwrap_or(0))
}

/// The same for so many neurons in all layers.
pub(crate) fn block_for(neurons: usize) -> usize {
    (MOST_SPIKES / neurons.max(1)).clamp(1, DEFAULT_BLOCK)
}

/// The state of one network while it runs on one input.
///
/// A network without delays within a step can run layer by layer over a whole block of steps. All buffers are allocated
/// here; advancing only allocates if a block has more spikes than any before. The network may be borrowed or shared:
/// `&Network`, `Rc<Network>`, `Arc<Network>`.
#[derive(Clone, Debug)]
pub struct Simulation<N> {
    network: N,
    layers: Vec<State>,
    masks: Vec<u32>,
    decision: Decision,
    block: usize,
    steps: usize,
    input_spikes: u64,
    trace_all: bool,
    /// The layers that run; the spikes of others are known, or nothing that runs reads them.
    runs: Vec<bool>,
}

impl<N: Deref<Target = Network>> Simulation<N> {
    /// Starts a run in blocks of at most `block` steps, at least 1. Memory is allocated for all of them.
    ///
    /// `trace_potentials` keeps the potentials of every layer over each block; those of the output layer are always
    /// kept, because decisions need them.
    #[must_use]
    pub fn new(network: N, block: usize, trace_potentials: bool) -> Self {
        let runs = vec![true; network.layers().len()];
        Self::of(network, block.max(1), trace_potentials, true, runs)
    }

    /// The same for a network whose last layer is not its output, so that no decisions can be made. Layers whose spikes are
    /// `known`, and those that are only read by such layers, need not run.
    pub(crate) fn of_hidden(network: N, block: usize, known: impl Fn(usize) -> bool) -> Self {
        let layers = network.layers();
        let mut runs = vec![false; layers.len()];
        for (index, layer) in layers.iter().enumerate().rev() {
            runs[index] |= index + 1 == layers.len();
            if runs[index] {
                let sources = layer.connections().iter().filter_map(|connection| connection.source().checked_sub(1));
                sources.filter(|&source| !known(source)).for_each(|source| runs[source] = true);
            }
        }
        Self::of(network, block, false, false, runs)
    }

    fn of(network: N, block: usize, trace_potentials: bool, decides: bool, runs: Vec<bool>) -> Self {
        let traced = if trace_potentials { 0 } else { network.layers().len() - usize::from(decides) };
        let layers = network.layers().iter().enumerate();
        let layers = layers.map(|(index, layer)| State::new(layer, block, index >= traced));
        let mut simulation = Self {
            layers: layers.collect(),
            masks: vec![0; network.layers().iter().map(super::layer::masks).max().unwrap_or(0) * block],
            decision: Decision::new(&network),
            network,
            block,
            steps: 0,
            input_spikes: 0,
            trace_all: trace_potentials,
            runs,
        };
        simulation.reset();
        simulation
    }

    /// Resets to the state before the first step.
    pub fn reset(&mut self) {
        self.reset_with(None);
    }

    /// Resets to the state before the first step of a run on `input` (one intensity per input of the network), which a
    /// network with constant currents needs to know beforehand. Intensities are not checked to be from 0 to 1.
    ///
    /// # Panics
    /// With constant currents, if `input` is longer.
    pub fn present(&mut self, input: &[f32]) {
        let constant = self.network.coding() == Coding::Constant;
        self.reset_with(constant.then_some(input));
    }

    fn reset_with(&mut self, currents: Option<&[f32]>) {
        let layers = self.layers.iter_mut().zip(self.network.layers());
        for ((state, layer), _) in layers.zip(&self.runs).filter(|(_, runs)| **runs) {
            state.reset(layer, currents);
        }
        self.decision.reset(&self.network);
        self.steps = 0;
        self.input_spikes = 0;
    }

    /// Runs all layers over the steps of `input`.
    ///
    /// # Panics
    /// If `input` has more steps than a block, or a spike of an input that the network does not have.
    pub fn advance(&mut self, input: &SpikeBlock) {
        let inputs = self.network.inputs();
        assert!(input.iter().flatten().all(|&i| (i as usize) < inputs), "no such input");
        self.advance_among(input, &|_| None);
    }

    /// Whether layer `layer` (0 is the first after the input) runs.
    pub(crate) fn runs(&self, layer: usize) -> bool {
        self.runs[layer]
    }

    /// Whether any layer that runs reads the input.
    pub(crate) fn reads_input(&self) -> bool {
        let layers = self.network.layers().iter().zip(&self.runs).filter(|(_, runs)| **runs);
        layers.flat_map(|(layer, _)| layer.connections()).any(|connection| connection.source() == 0)
    }

    /// Runs the layers that run over the steps of `input`, among those whose spikes over these steps are known.
    pub(crate) fn advance_among<'a>(&'a mut self, input: &'a SpikeBlock, known: &dyn Fn(usize) -> Option<Spikes<'a>>) {
        let steps = input.steps();
        assert!(steps <= self.block, "{steps} steps are more than a block of {}", self.block);
        let layers = self.network.layers().iter().enumerate();
        for (index, layer) in layers.filter(|&(index, _)| self.runs[index]) {
            let (before, state) = self.layers.split_at_mut(index);
            let of = |layer: usize| Spikes { fired: before[layer].spikes(), taken: before[layer].taken() };
            let spikes_of = |source: usize| match source.checked_sub(1) {
                None => Spikes { fired: input, taken: None },
                Some(layer) => known(layer).unwrap_or_else(|| of(layer)),
            };
            state[0].advance(layer, steps, &spikes_of, &mut self.masks);
        }
        self.steps += steps;
        self.input_spikes += input.len() as u64;
    }

    /// Follows the output layer through the last block, calling `each` after every step with the decision so far.
    ///
    /// Must be called once after each [`advance`](Self::advance), or counts and decisions are incomplete.
    pub fn decide(&mut self, mut each: impl FnMut(&Decision)) {
        let Some(last) = self.layers.last() else { return };
        let taken = last.taken();
        for (step, (fired, potentials)) in last.spikes().iter().zip(last.potentials()).enumerate() {
            self.decision.step(fired, taken.map_or(&[], |taken| taken.step(step)), potentials);
            each(&self.decision);
        }
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Whether the potentials of every layer are kept over each block.
    #[must_use]
    pub fn traces(&self) -> bool {
        self.trace_all
    }

    /// The number of steps run.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The spikes of layer `layer` (0 is the first after the input) in the last block, in the engine's order.
    ///
    /// # Panics
    /// If there is no such layer.
    #[must_use]
    pub fn spikes(&self, layer: usize) -> &SpikeBlock {
        self.layers[layer].spikes()
    }

    /// The spikes that layer `layer` took back in the last block; `None` if its neurons are not signed.
    ///
    /// # Panics
    /// If there is no such layer.
    #[must_use]
    pub fn taken_back(&self, layer: usize) -> Option<&SpikeBlock> {
        self.layers[layer].taken()
    }

    /// The potentials before firing of layer `layer` in each step of the last block, in units of the threshold and in
    /// the engine's order; empty if they are not traced.
    pub fn potentials(&self, layer: usize) -> impl Iterator<Item = &[f32]> {
        self.layers.get(layer).filter(|_| self.trace_all).into_iter().flat_map(State::potentials)
    }

    /// The number of spikes of every layer so far, including those taken back; the input first.
    #[must_use]
    pub fn spikes_per_layer(&self) -> Vec<u64> {
        std::iter::once(self.input_spikes).chain(self.layers.iter().map(State::fired)).collect()
    }

    /// The number of spikes of all neurons after the input so far, including those taken back.
    #[must_use]
    pub fn spikes_after_input(&self) -> u64 {
        self.layers.iter().map(State::fired).sum()
    }

    /// The number of synaptic operations so far: every spike, as often as it passes a pool, times the neurons that it
    /// then reaches, including input spikes. A constant current counts once for each synapse that it passes, because it
    /// is summed once for a whole run.
    #[must_use]
    pub fn synaptic_operations(&self) -> u64 {
        self.layers.iter().map(State::operations).sum()
    }

    /// The decision after the last step.
    #[must_use]
    pub fn decision(&self) -> &Decision {
        &self.decision
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spikes_of_a_large_network_filled_the_memory_before_a_block_was_over() {
        assert_eq!((block_for(0), block_for(1 << 21)), (DEFAULT_BLOCK, DEFAULT_BLOCK));
        // ResNet-18 and VGG-16 for 224 x 224 pixels.
        assert_eq!((block_for(2_309_096), block_for(13_556_712)), (58, 9));
        assert_eq!(block_for(usize::MAX), 1);
    }
}
