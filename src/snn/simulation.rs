//! The event-driven engine: one network, advanced by blocks of steps.

use std::ops::Deref;

use super::{Decision, Network, SpikeBlock};

/// The number of steps that a layer runs before the next one does, where nothing else is said. Results do not depend
/// on it.
pub const DEFAULT_BLOCK: usize = 64;

/// The state of one network while it runs on one input.
///
/// A network without delays inside a step may run layer after layer over a whole block of steps. All buffers are made
/// here; advancing allocates nothing. The network may be borrowed or shared: `&Network`, `Rc<Network>`, `Arc<Network>`.
#[derive(Clone, Debug)]
pub struct Simulation<N> {
    network: N,
    layers: Vec<LayerState>,
    masks: Vec<u32>,
    decision: Decision,
    block: usize,
    steps: usize,
    input_spikes: u64,
    trace_all: bool,
}

#[derive(Clone, Debug)]
struct LayerState {
    potentials: Vec<f32>,
    /// Potentials before firing over the block, `[steps, neurons]`; empty where they are not asked for.
    trace: Vec<f32>,
    spikes: SpikeBlock,
    fired: u64,
}

impl<N: Deref<Target = Network>> Simulation<N> {
    /// Begins a run in blocks of at most `block` steps.
    ///
    /// `trace_potentials` keeps the potentials of every layer over each block; those of the output layer are always
    /// kept, since decisions need them.
    #[must_use]
    pub fn new(network: N, block: usize, trace_potentials: bool) -> Self {
        let last = network.layers().len() - 1;
        let state = |(index, layer): (usize, &super::Layer)| LayerState {
            potentials: vec![0.0; layer.synapses().padded()],
            trace: if trace_potentials || index == last { vec![0.0; block * layer.neurons()] } else { Vec::new() },
            spikes: SpikeBlock::with_capacity(layer.neurons(), block),
            fired: 0,
        };
        let tiles = network.layers().iter().map(|layer| layer.synapses().tiles()).max().unwrap_or(0);
        let mut simulation = Self {
            layers: network.layers().iter().enumerate().map(state).collect(),
            masks: vec![0; tiles * block],
            decision: Decision::new(&network),
            network,
            block,
            steps: 0,
            input_spikes: 0,
            trace_all: trace_potentials,
        };
        simulation.reset();
        simulation
    }

    /// Goes back to before the first step.
    pub fn reset(&mut self) {
        for (state, layer) in self.layers.iter_mut().zip(self.network.layers()) {
            state.potentials.fill(0.0);
            state.potentials[..layer.neurons()].fill(layer.neuron().initial_potential);
            state.fired = 0;
            state.spikes.clear();
        }
        self.decision = Decision::new(&self.network);
        self.steps = 0;
        self.input_spikes = 0;
    }

    /// Runs all layers over the steps of `input`.
    ///
    /// # Panics
    /// Where `input` has more steps than a block.
    pub fn advance(&mut self, input: &SpikeBlock) {
        let steps = input.steps();
        assert!(steps <= self.block, "{steps} steps are more than a block of {}", self.block);
        let mut before = input;
        for (state, layer) in self.layers.iter_mut().zip(self.network.layers()) {
            let trace = (!state.trace.is_empty()).then_some(&mut state.trace[..]);
            let synapses = layer.synapses();
            synapses.integrate(before, layer.neuron(), &mut state.potentials, &mut self.masks, trace);
            synapses.extract(steps, &self.masks, &mut state.spikes);
            state.fired += state.spikes.len() as u64;
            before = &state.spikes;
        }
        self.steps += steps;
        self.input_spikes += input.len() as u64;
    }

    /// Follows the output layer through the last block: calls `each` after every step with the decision so far.
    ///
    /// Must be called once after each [`advance`](Self::advance) for counts and decisions to be complete.
    pub fn decide(&mut self, mut each: impl FnMut(&Decision)) {
        let outputs = self.network.outputs();
        let Some(last) = self.layers.last() else { return };
        for (fired, potentials) in last.spikes.iter().zip(last.trace.chunks_exact(outputs)) {
            self.decision.step(fired, potentials);
            each(&self.decision);
        }
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The number of steps run.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The spikes of layer `layer` (0 is the first after the input) in the last block.
    ///
    /// # Panics
    /// Where there is no such layer.
    #[must_use]
    pub fn spikes(&self, layer: usize) -> &SpikeBlock {
        &self.layers[layer].spikes
    }

    /// The potentials before firing of layer `layer` in the last block, `[steps, neurons]` in units of the threshold;
    /// `None` where they are not traced.
    #[must_use]
    pub fn potentials(&self, layer: usize) -> Option<&[f32]> {
        let state = self.layers.get(layer).filter(|_| self.trace_all)?;
        Some(&state.trace[..state.spikes.steps() * self.network.layers()[layer].neurons()])
    }

    /// The number of spikes so far of every layer, the input first.
    #[must_use]
    pub fn spikes_per_layer(&self) -> Vec<u64> {
        std::iter::once(self.input_spikes).chain(self.layers.iter().map(|layer| layer.fired)).collect()
    }

    /// The number of spikes so far of all neurons after the input.
    #[must_use]
    pub fn spikes_after_input(&self) -> u64 {
        self.layers.iter().map(|layer| layer.fired).sum()
    }

    /// The number of synaptic operations so far: every spike times its fan-out, input spikes included.
    #[must_use]
    pub fn synaptic_operations(&self) -> u64 {
        let fan_out = |layer| self.network.fan_out(layer) as u64;
        let after: u64 = self.layers.iter().enumerate().map(|(l, state)| state.fired * fan_out(l + 1)).sum();
        self.input_spikes * fan_out(0) + after
    }

    /// The decision after the last step.
    #[must_use]
    pub fn decision(&self) -> &Decision {
        &self.decision
    }
}
