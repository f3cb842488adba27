//! A spiking network: what a conversion makes and a simulation runs.

use serde::{Deserialize, Serialize};

use super::connection::Connection;
use super::element::{Element, Numbers};
use super::neuron::Neuron;
use crate::ann::Shape;
use crate::error::{Error, Result, all_finite};

/// A threshold in fixed point, so that potentials and weights reach 32 thresholds, in steps of about a thousandth.
const UNIT: f32 = 1024.0;

/// What happens to the membrane potential of a neuron that fires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Reset {
    /// The threshold is subtracted and the excess is kept ("soft").
    #[default]
    Subtract,
    /// The potential becomes 0 ("hard").
    Zero,
}

/// How the class scores are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Readout {
    /// Spike counts times thresholds; ties go to the larger residual potential in ANN units.
    #[default]
    Count,
    /// The output neurons integrate without firing and without a floor; the score is the potential in ANN units.
    Potential,
}

/// The numbers that weights and potentials are stored as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Precision {
    /// 32-bit floating-point numbers.
    #[default]
    F32,
    /// 16-bit fixed-point numbers in steps of 1/1024 of a threshold. Sums saturate at the ends of their range, 32
    /// thresholds in either direction. Neurons that only integrate keep 32 bits.
    Fixed,
}

/// How an intensity enters the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Coding {
    /// As spikes, one coin flip per step.
    #[default]
    Poisson,
    /// As a current that is the same in every step: the neurons behind the input integrate `w x` without any noise.
    Constant,
}

/// One layer of integrate-and-fire neurons with the connections that lead to it.
///
/// The neurons of an image layer are presented channel-first; the engine stores them channel-last.
#[derive(Clone, Debug)]
pub struct Layer {
    name: String,
    shape: Shape,
    connections: Vec<Connection>,
    /// One per group, or one per neuron, channel-first.
    bias: Vec<f32>,
    /// The bias of every neuron, in the engine's order, padded for the engine.
    padded: Numbers,
    thresholds: Vec<f32>,
    neuron: Neuron,
    /// In fixed point alone: the number of 16-bit units in one threshold.
    unit: Option<f32>,
}

impl Layer {
    /// Builds a layer. `bias` (folded) and `thresholds` (in ANN units, already folded into the synapses) have one value
    /// per neuron of a vector, or per channel of an image; `bias` may also have one per neuron of an image,
    /// channel-first.
    ///
    /// # Errors
    /// `shape-mismatch` for a wrong number of values, no connection, or a size of 0 or beyond
    /// [`MAX_VALUES`](crate::ann::MAX_VALUES); `invalid-option` for dynamics outside their ranges; `invalid-input` for a bias that is not finite or a threshold that is not above 0.
    pub fn new(
        name: impl Into<String>,
        shape: Shape,
        connections: Vec<Connection>,
        bias: &[f32],
        thresholds: &[f32],
        neuron: Neuron,
    ) -> Result<Self> {
        shape.check("layer")?;
        for (what, values) in [("bias", bias), ("thresholds", thresholds)] {
            if values.len() != shape.groups() && (what != "bias" || values.len() != shape.size()) {
                let expected = format!("{} values, one per neuron or channel", shape.groups());
                return Err(Error::shape(what, expected, values.len()));
            }
        }
        if connections.is_empty() {
            return Err(Error::shape("connections", "at least one", "none"));
        }
        neuron.check()?;
        all_finite("bias", bias)?;
        if let Some(index) = thresholds.iter().position(|&theta| !(theta > 0.0 && theta.is_finite())) {
            return Err(Error::InvalidInput {
                what: "thresholds".into(),
                allowed: "finite and above 0".into(),
                received: thresholds[index].to_string(),
                index,
            });
        }
        let thresholds = thresholds.iter().flat_map(|&theta| std::iter::repeat_n(theta, shape.positions())).collect();
        let (padded, bias) = (padded(bias, shape), bias.to_vec());
        Ok(Self { name: name.into(), shape, connections, bias, padded, thresholds, neuron, unit: None })
    }

    /// The largest magnitude of a weight, connection by connection.
    fn largest_weights(&self) -> impl Iterator<Item = f32> {
        self.connections.iter().map(|connection| connection.synapses().largest())
    }

    /// Whether all biases and weights are finite.
    pub(crate) fn is_finite(&self) -> bool {
        self.bias.iter().all(|bias| bias.is_finite()) && self.largest_weights().all(f32::is_finite)
    }

    /// The same, rounded to 16 bits with thresholds of `unit`, a power of two. What neurons that only integrate add up
    /// over all steps would not fit: they stay as they are.
    ///
    /// # Errors
    /// `conversion-failed` where a weight does not fit.
    pub(crate) fn to_fixed(&self, unit: f32) -> Result<Self> {
        if !self.neuron.fires {
            return Ok(self.clone());
        }
        let largest = self.bias.iter().map(|bias| bias.abs()).chain(self.largest_weights()).fold(0.0, f32::max);
        if largest.is_nan() || largest * unit > f32::from(i16::MAX) {
            return Err(Error::conversion(format!(
                "a weight or bias of layer `{}` is {largest:.1} times its threshold, but can be at most {:.1} times \
                 in fixed point; use the precision `f32`, or another base or a larger `strength` for larger thresholds",
                self.name,
                f32::from(i16::MAX) / unit,
            )));
        }
        let padded = self.padded.to_fixed(unit);
        let Neuron { floor, initial_potential, .. } = self.neuron;
        let neuron = Neuron {
            floor: floor.map(|floor| i16::of(floor, unit).value(unit)),
            // Downwards, so that it stays below the threshold.
            initial_potential: (initial_potential * unit).floor() / unit,
            ..self.neuron
        };
        Ok(Self {
            name: self.name.clone(),
            connections: self.connections.iter().map(|connection| connection.to_fixed(unit)).collect(),
            bias: (0..self.bias.len()).map(|index| padded.value(self.place_of_bias(index))).collect(),
            padded,
            thresholds: self.thresholds.clone(),
            neuron,
            unit: Some(unit),
            ..*self
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its shape.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The connections that lead to this layer, in the order in which their spikes are added.
    #[must_use]
    pub fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// The number of neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.thresholds.len()
    }

    /// The folded bias: one value per neuron of a vector or per channel of an image, or one per neuron of an image,
    /// channel-first, where a convolution treats its padding as another value than zero.
    #[must_use]
    pub fn bias(&self) -> &[f32] {
        &self.bias
    }

    /// The bias of the neuron at `place` in the engine's order.
    pub(crate) fn bias_at(&self, place: usize) -> f32 {
        bias_at(&self.bias, self.shape, place)
    }

    /// The first place in the engine's order that bias `index` belongs to.
    fn place_of_bias(&self, index: usize) -> usize {
        let (groups, each) = (self.shape.groups(), self.bias.len() / self.shape.groups());
        index % each * groups + index / each
    }

    /// The bias of every neuron in the engine's order, padded.
    pub(super) fn padded_bias<E: Element>(&self) -> &[E] {
        E::numbers(&self.padded).unwrap_or_default()
    }

    /// The value of a threshold in the 16-bit numbers that potentials are stored as, if they are.
    #[must_use]
    pub fn unit(&self) -> Option<f32> {
        self.unit
    }

    /// The threshold of every neuron, in ANN units, channel-first.
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

/// What `bias` says of the neuron at `place` in the engine's order.
fn bias_at(bias: &[f32], shape: Shape, place: usize) -> f32 {
    let (groups, each) = (shape.groups(), bias.len() / shape.groups());
    bias[place % groups * each + place / groups % each]
}

/// The bias of every neuron in the engine's order, padded.
fn padded(bias: &[f32], shape: Shape) -> Numbers {
    let mut padded: Vec<f32> = (0..shape.size()).map(|place| bias_at(bias, shape, place)).collect();
    padded.resize(super::tiles::padded(shape.size()), 0.0);
    Numbers::from(padded)
}

/// A feed-forward spiking network.
#[derive(Clone, Debug)]
pub struct Network {
    input: Shape,
    layers: Vec<Layer>,
    input_rate: f64,
    readout: Readout,
    coding: Coding,
}

impl Network {
    /// Builds a network with Poisson input. `input_rate` is the spike probability per step of an input of intensity 1.
    /// The last layer is the output.
    ///
    /// # Errors
    /// `shape-mismatch` if there is no layer, the connections do not fit, the input is larger than
    /// [`MAX_VALUES`](crate::ann::MAX_VALUES), or the output is an image of more than one position; `invalid-input` for
    /// weights that are not finite; `invalid-option` if a max pool reads signed neurons, if the read-out does not match the neurons
    /// (outputs whose potential is read do not fire, all others do), or for an `input_rate` that is not from 1e-6 to 1.
    pub fn new(input: Shape, layers: Vec<Layer>, input_rate: f64, readout: Readout) -> Result<Self> {
        input.check("the input")?;
        if let Some(index) = layers.iter().position(|layer| !layer.is_finite()) {
            return Err(Error::InvalidInput {
                what: format!("the weights of layers, here of `{}`,", layers[index].name),
                allowed: "finite".into(),
                received: "infinity or no number".into(),
                index,
            });
        }
        Self::converted(input, layers, input_rate, readout)
    }

    /// The same with weights that are checked later.
    pub(crate) fn converted(input: Shape, layers: Vec<Layer>, input_rate: f64, readout: Readout) -> Result<Self> {
        let Some(last) = layers.last() else {
            return Err(Error::shape("layers", "at least one layer", "none"));
        };
        if last.shape.positions() != 1 {
            return Err(Error::shape("the output", "one score per class, such as [10] or [10, 1, 1]", last.shape));
        }
        super::encoder::check_rate(input_rate)?;
        let (counts, fires) = (readout == Readout::Count, last.neuron.fires);
        if counts != fires || layers.iter().rev().skip(1).any(|layer| !layer.neuron.fires) {
            let allowed = "`Count` where all neurons fire, `Potential` where the outputs alone do not";
            return Err(Error::option("readout", format!("{readout:?}"), allowed));
        }
        let mut network = Self::without_layers(input, input_rate, readout, Coding::Poisson);
        layers.into_iter().try_for_each(|layer| network.push(layer))?;
        Ok(network)
    }

    /// What layers are pushed to, the last one that is there being the output.
    pub(crate) fn without_layers(input: Shape, input_rate: f64, readout: Readout, coding: Coding) -> Self {
        Self { input, layers: Vec::new(), input_rate, readout, coding }
    }

    /// Puts one more layer behind the others.
    ///
    /// # Errors
    /// `shape-mismatch` where its connections do not follow on, `invalid-option` where a max pool of it reads signed neurons
    /// or constant currents.
    pub(crate) fn push(&mut self, mut layer: Layer) -> Result<()> {
        let (index, neurons) = (self.layers.len(), layer.neurons());
        for connection in &mut layer.connections {
            if connection.source() > index {
                let expected = format!("connections from layers before layer {}", index + 1);
                return Err(Error::shape(&layer.name, expected, connection.source()));
            }
            let source = connection.source().checked_sub(1).map(|source| &self.layers[source]);
            connection.connect(source.map_or(self.input, Layer::shape), neurons)?;
            if connection.has_max_pool() && source.is_some_and(|source| source.neuron.signed) {
                let allowed = format!(
                    "false: the max pool in front of layer `{}` passes spikes on and could not take them back",
                    layer.name
                );
                return Err(Error::option("signed", true, allowed));
            }
        }
        self.layers.push(layer);
        self.check_coding(self.coding)
    }

    /// The same network with input of this coding. With constant currents the input rate is meaningless.
    ///
    /// # Errors
    /// `invalid-option` for constant currents in front of a max pool, which compares spike counts.
    pub fn with_coding(mut self, coding: Coding) -> Result<Self> {
        self.check_coding(coding)?;
        self.coding = coding;
        Ok(self)
    }

    fn check_coding(&self, coding: Coding) -> Result<()> {
        let of_input = |connection: &Connection| connection.source() == 0 && connection.has_max_pool();
        if coding == Coding::Constant && self.layers.iter().any(|layer| layer.connections.iter().any(of_input)) {
            let allowed = "\"poisson\": a max pool reads the input and compares counts of spikes";
            return Err(Error::option("coding", "\"constant\"", allowed));
        }
        Ok(())
    }

    /// Adds to the folded bias of layer `index`, one value per neuron of a vector or per channel of an image.
    pub(crate) fn add_bias(&mut self, index: usize, more: &[f64]) {
        let layer = &mut self.layers[index];
        let each = layer.bias.len() / more.len();
        for (biases, more) in layer.bias.chunks_exact_mut(each).zip(more) {
            for bias in biases {
                *bias = (f64::from(*bias) + more) as f32;
            }
        }
        layer.padded = padded(&layer.bias, layer.shape);
    }

    /// Multiplies whatever the spikes of layer `source` do in layer `index`, by one factor per neuron of a vector or per
    /// channel of an image.
    pub(crate) fn scale_spikes(&mut self, source: usize, index: usize, factors: &[f64]) {
        let connections = self.layers[index].connections.iter_mut();
        for connection in connections.filter(|connection| connection.source() == source + 1) {
            connection.scale(factors);
        }
    }

    /// How intensities enter the network.
    #[must_use]
    pub fn coding(&self) -> Coding {
        self.coding
    }

    /// The numbers that its weights and potentials are stored as.
    #[must_use]
    pub fn precision(&self) -> Precision {
        if self.layers.iter().any(|layer| layer.unit.is_some()) { Precision::Fixed } else { Precision::F32 }
    }

    /// The same in fixed point, see [`Precision::Fixed`].
    ///
    /// # Errors
    /// `conversion-failed` where a weight does not fit, with its layer.
    pub(crate) fn to_fixed(&self) -> Result<Self> {
        let layers = self.layers.iter().map(|layer| layer.to_fixed(UNIT)).collect::<Result<_>>()?;
        Ok(Self { layers, ..*self })
    }

    /// The layers after the input, from first to last.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The shape of one input.
    #[must_use]
    pub fn input_shape(&self) -> Shape {
        self.input
    }

    /// The number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.input.size()
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

    /// What an intensity of 1 brings along per step: spikes on the mean, or a current of 1.
    pub(crate) fn rate_of_one(&self) -> f64 {
        match self.coding {
            Coding::Poisson => self.input_rate,
            Coding::Constant => 1.0,
        }
    }

    /// How the class scores are read.
    #[must_use]
    pub fn readout(&self) -> Readout {
        self.readout
    }
}
