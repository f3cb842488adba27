//! What is recorded over time: spikes and membrane potentials.

use std::ops::Deref;

use super::{Network, Simulation, SpikeBlock};

/// The spikes of one layer, in order of step, and of neuron within a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerSpikes {
    /// The layer; 0 is the input.
    pub layer: usize,
    /// The step of each spike, from 0.
    pub step: Vec<u32>,
    /// The neuron of each spike.
    pub neuron: Vec<u32>,
}

impl LayerSpikes {
    /// No spikes of layer `layer`.
    fn new(layer: usize) -> Self {
        Self { layer, step: Vec::new(), neuron: Vec::new() }
    }

    /// Adds the spikes of a block that begins at step `first`.
    fn extend(&mut self, first: usize, spikes: &SpikeBlock) {
        for (step, neurons) in (first as u32..).zip(spikes.iter()) {
            self.step.extend(std::iter::repeat_n(step, neurons.len()));
            self.neuron.extend_from_slice(neurons);
        }
    }
}

/// The membrane potentials of one layer before firing, `[steps, neurons]`, in units of the threshold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerPotentials {
    /// The layer; 1 is the first after the input.
    pub layer: usize,
    /// The number of neurons.
    pub neurons: usize,
    /// The potentials.
    pub values: Vec<f32>,
}

/// Collects recordings block by block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorder {
    /// Every spike where asked for; the input first.
    pub spikes: Vec<LayerSpikes>,
    /// Every potential where asked for; the first layer after the input first.
    pub potentials: Vec<LayerPotentials>,
}

impl Recorder {
    /// An empty recording of what is asked for. Potentials are there only in a simulation that traces them.
    #[must_use]
    pub fn new(network: &Network, spikes: bool, potentials: bool) -> Self {
        let layers = if spikes { network.layers().len() + 1 } else { 0 };
        let traced = (1..).zip(network.layers()).filter(|_| potentials);
        let potentials = traced.map(|(layer, l)| LayerPotentials { layer, neurons: l.neurons(), values: Vec::new() });
        Self { spikes: (0..layers).map(LayerSpikes::new).collect(), potentials: potentials.collect() }
    }

    /// Adds the last block of a simulation, which began at step `first`, and the input that it read.
    pub fn extend<N: Deref<Target = Network>>(&mut self, first: usize, input: &SpikeBlock, simulation: &Simulation<N>) {
        for (layer, spikes) in self.spikes.iter_mut().enumerate() {
            spikes.extend(first, if layer == 0 { input } else { simulation.spikes(layer - 1) });
        }
        for (layer, potentials) in self.potentials.iter_mut().enumerate() {
            potentials.values.extend_from_slice(simulation.potentials(layer).unwrap_or_default());
        }
    }
}
