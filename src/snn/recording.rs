//! Recordings over time: spikes and membrane potentials.

use std::ops::Deref;

use serde::Serialize;

use super::pool::{channel_first, channel_last};
use super::{Network, Simulation, SpikeBlock};
use crate::ann::Shape;
use crate::error::{Result, fits};

/// The most that is kept of spikes, and of potentials, in bytes.
pub(crate) const MOST_BYTES: u64 = 1 << 28;

/// The spikes of one layer, ordered by step and, within a step, by neuron.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LayerSpikes {
    /// The layer; 0 is the input.
    pub layer: usize,
    /// The step of each spike, from 0.
    pub step: Vec<u32>,
    /// The neuron of each spike.
    pub neuron: Vec<u32>,
    /// 1 for a spike, -1 for one that is taken back; `None` if the neurons are not signed.
    pub sign: Option<Vec<i8>>,
}

impl LayerSpikes {
    /// No spikes of layer `layer`.
    fn new(layer: usize, signed: bool) -> Self {
        Self { layer, step: Vec::new(), neuron: Vec::new(), sign: signed.then(Vec::new) }
    }

    /// Adds the spikes of a block that begins at step `first`, and those taken back; `shape` where they are in the
    /// engine's order.
    fn extend(&mut self, first: usize, fired: &SpikeBlock, taken: Option<&SpikeBlock>, shape: Option<Shape>) {
        let shape = shape.filter(|&shape| is_reordered(shape));
        let told = |neuron: u32| shape.map_or(neuron, |shape| channel_first(shape, neuron as usize) as u32);
        let mut both: Vec<u64> = Vec::new();
        for (step, fired) in fired.iter().enumerate() {
            let taken = taken.map_or(&[][..], |taken| taken.step(step));
            // In order of neuron; of the same one, what it takes back comes first.
            let positive = fired.iter().map(|&neuron| u64::from(told(neuron)) << 1 | 1);
            both.clear();
            both.extend(positive.chain(taken.iter().map(|&neuron| u64::from(told(neuron)) << 1)));
            if shape.is_some() || !taken.is_empty() {
                both.sort_unstable();
            }
            self.step.extend(std::iter::repeat_n((first + step) as u32, both.len()));
            self.neuron.extend(both.iter().map(|both| (both >> 1) as u32));
            if let Some(sign) = &mut self.sign {
                sign.extend(both.iter().map(|both| if both & 1 == 1 { 1 } else { -1 }));
            }
        }
    }
}

/// The membrane potentials of one layer before firing, `[steps, neurons]`, in units of the threshold.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
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
    /// Every spike, if requested; the input first.
    pub spikes: Vec<LayerSpikes>,
    /// Every potential, if requested; the first layer after the input first.
    pub potentials: Vec<LayerPotentials>,
}

impl Recorder {
    /// An empty recording of what is requested. Potentials are only available in a simulation that traces them.
    #[must_use]
    pub fn new(network: &Network, spikes: bool, potentials: bool) -> Self {
        let layers = if spikes { network.layers().len() + 1 } else { 0 };
        let traced = (1..).zip(network.layers()).filter(|_| potentials);
        let potentials = traced.map(|(layer, l)| LayerPotentials { layer, neurons: l.neurons(), values: Vec::new() });
        let signed = |layer: usize| layer.checked_sub(1).is_some_and(|index| network.layers()[index].neuron().signed);
        let spikes = (0..layers).map(|layer| LayerSpikes::new(layer, signed(layer))).collect();
        Self { spikes, potentials: potentials.collect() }
    }

    /// Refuses a recording of the potentials of all `networks` over `steps` steps that would not fit into memory.
    pub(crate) fn check_potentials<'a>(networks: impl Iterator<Item = &'a Network>, steps: usize) -> Result<()> {
        let neurons: usize = networks.flat_map(Network::layers).map(super::Layer::neurons).sum();
        let each = 4 * neurons as u64;
        let what = format!("a recording of the potentials of {neurons} neurons over {steps} steps");
        let advice = format!("record at most {} steps at once", MOST_BYTES / each.max(1));
        fits(what, each.saturating_mul(steps as u64), MOST_BYTES, advice)
    }

    /// The number of spikes that it keeps with those of the last block of a simulation.
    pub(crate) fn spikes_with<N: Deref<Target = Network>>(
        &self,
        input: &SpikeBlock,
        simulation: &Simulation<N>,
    ) -> usize {
        if self.spikes.is_empty() {
            return 0;
        }
        let kept: usize = self.spikes.iter().map(|layer| layer.step.len()).sum();
        let layers = 0..simulation.network().layers().len();
        let of_layer = |layer| simulation.spikes(layer).len() + simulation.taken_back(layer).map_or(0, SpikeBlock::len);
        kept + input.len() + layers.map(of_layer).sum::<usize>()
    }

    /// Refuses a recording of so many spikes, up to step `steps`, that would not fit into memory.
    pub(crate) fn check_spikes(spikes: usize, steps: usize) -> Result<()> {
        let what = format!("a recording of the spikes up to step {steps}");
        fits(what, 8 * spikes as u64, MOST_BYTES, "record fewer steps or networks at once")
    }

    /// Adds the last block of a simulation, which started at step `first`, and the input that it read.
    pub fn extend<N: Deref<Target = Network>>(&mut self, first: usize, input: &SpikeBlock, simulation: &Simulation<N>) {
        let layers = simulation.network().layers();
        for (layer, spikes) in self.spikes.iter_mut().enumerate() {
            match layer.checked_sub(1) {
                None => spikes.extend(first, input, None, None),
                Some(layer) => {
                    let (fired, taken) = (simulation.spikes(layer), simulation.taken_back(layer));
                    spikes.extend(first, fired, taken, Some(layers[layer].shape()));
                }
            }
        }
        for (layer, potentials) in self.potentials.iter_mut().enumerate() {
            let shape = layers[layer].shape();
            for step in simulation.potentials(layer) {
                if is_reordered(shape) {
                    potentials.values.extend((0..shape.size()).map(|index| step[channel_last(shape, index)]));
                } else {
                    potentials.values.extend_from_slice(step);
                }
            }
        }
    }
}

/// Whether the engine numbers the neurons of this shape in another way.
fn is_reordered(shape: Shape) -> bool {
    shape.groups() > 1 && shape.positions() > 1
}
