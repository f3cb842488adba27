//! A spiking network: what a conversion makes and a simulation runs.

use serde::{Deserialize, Serialize};

use super::synapses::Synapses;
use crate::error::{Error, Result};

/// What happens to the membrane potential of a neuron that fires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reset {
    /// The threshold is subtracted; what is above it is kept ("soft").
    #[default]
    Subtract,
    /// The potential becomes 0 ("hard").
    Zero,
}

/// How the class scores are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Readout {
    /// Spike count times threshold; ties go to the larger residual potential in ANN units.
    #[default]
    Count,
    /// The output neurons integrate without firing and without a floor; the potential in ANN units is the score.
    Potential,
}

/// The dynamics of the neurons of one layer, in units of their threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neuron {
    /// What happens on firing.
    pub reset: Reset,
    /// The lowest potential, where there is one; at most 0.
    pub floor: Option<f32>,
    /// The potential before the first step, from 0 to 1.
    pub initial_potential: f32,
    /// Whether the neurons fire at all.
    pub fires: bool,
}

/// One layer of integrate-and-fire neurons with the synapses that lead to it.
#[derive(Clone, Debug)]
pub struct Layer {
    synapses: Synapses,
    thresholds: Vec<f32>,
    neuron: Neuron,
}

impl Layer {
    /// Puts a layer together; `thresholds` are in ANN units, one per neuron, and already folded into the synapses.
    ///
    /// # Errors
    /// `shape-mismatch` where there is not one threshold per neuron.
    pub fn new(synapses: Synapses, thresholds: Vec<f32>, neuron: Neuron) -> Result<Self> {
        if thresholds.len() != synapses.outputs() {
            let expected = format!("{} values, one per neuron", synapses.outputs());
            return Err(Error::shape("thresholds", expected, thresholds.len()));
        }
        Ok(Self { synapses, thresholds, neuron })
    }

    /// The synapses that lead to this layer.
    #[must_use]
    pub fn synapses(&self) -> &Synapses {
        &self.synapses
    }

    /// The number of neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.thresholds.len()
    }

    /// The threshold of every neuron, in ANN units.
    #[must_use]
    pub fn thresholds(&self) -> &[f32] {
        &self.thresholds
    }

    /// The dynamics.
    #[must_use]
    pub fn neuron(&self) -> Neuron {
        self.neuron
    }
}

/// A feed-forward spiking network.
#[derive(Clone, Debug)]
pub struct Network {
    layers: Vec<Layer>,
    input_rate: f64,
    readout: Readout,
}

impl Network {
    /// Puts a network together. `input_rate` is the spike probability per step of an input of intensity 1.
    ///
    /// # Errors
    /// `shape-mismatch` where there is no layer or the layers do not follow on.
    pub fn new(layers: Vec<Layer>, input_rate: f64, readout: Readout) -> Result<Self> {
        if layers.is_empty() {
            return Err(Error::shape("layers", "at least one layer", "none"));
        }
        for pair in layers.windows(2) {
            if pair[0].neurons() != pair[1].synapses.inputs() {
                let expected = format!("{} inputs, as many as come in", pair[0].neurons());
                return Err(Error::shape("synapses", expected, pair[1].synapses.inputs()));
            }
        }
        Ok(Self { layers, input_rate, readout })
    }

    /// The layers after the input, first to last.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.layers[0].synapses.inputs()
    }

    /// The number of outputs (classes).
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.output().neurons()
    }

    /// The output layer.
    #[must_use]
    pub fn output(&self) -> &Layer {
        &self.layers[self.layers.len() - 1]
    }

    /// The spike probability per step of an input of intensity 1.
    #[must_use]
    pub fn input_rate(&self) -> f64 {
        self.input_rate
    }

    /// How the class scores are read.
    #[must_use]
    pub fn readout(&self) -> Readout {
        self.readout
    }

    /// The number of synapses that a spike of layer `layer` reaches; layer 0 is the input.
    #[must_use]
    pub fn fan_out(&self, layer: usize) -> usize {
        self.layers.get(layer).map_or(0, Layer::neurons)
    }
}
