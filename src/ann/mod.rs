//! The trained network: layers with their weights, and the forward pass.
//!
//! Nothing here knows of spikes.

mod conv;
mod dense;
mod forward;
mod layer;
mod rewrite;
mod shape;

pub use conv::Conv2d;
pub use dense::Dense;
pub use forward::Forward;
pub(crate) use forward::each_reader;
pub use layer::{Activation, BatchNorm, Layer};
pub use rewrite::Rewrite;
pub use shape::{MAX_VALUES, Shape, Window};

use crate::error::{Error, Result};

/// The most layers that a network may have.
const MAX_LAYERS: usize = 10_000;

/// Where a layer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The input of the network.
    Input,
    /// The layer with this index.
    Layer(usize),
}

/// A layer in its place in a network.
#[derive(Clone, Debug)]
pub struct Node {
    /// What messages and reports call it.
    pub name: String,
    /// What it computes.
    pub layer: Layer,
    /// Where it reads: one source, or several for [`Layer::Add`] and [`Layer::Concat`].
    pub inputs: Vec<Source>,
}

/// A trained feed-forward network. The last layer is its output.
///
/// ```
/// use ndarray::array;
/// use quartic_snn::ann::{Activation, Dense, Layer, Network};
///
/// let hidden = Dense::new(array![[1.0, -1.0], [0.5, 0.5]], None, Activation::Relu)?;
/// let output = Dense::new(array![[1.0, 2.0]], None, Activation::Linear)?;
/// let network = Network::new(vec![2], vec![Layer::Dense(hidden), Layer::Dense(output)])?;
/// let logits = network.predict(array![[1.0, 0.5]].view())?;
/// assert_eq!(logits, array![[2.0]]);
/// # Ok::<(), quartic_snn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    input_shape: Vec<usize>,
    input: Shape,
    nodes: Vec<Node>,
    shapes: Vec<Shape>,
}

impl Network {
    /// Puts layers together, one after the other.
    ///
    /// `input_shape` is `[inputs]` or `[channels, height, width]`; images are flattened channel-first.
    ///
    /// # Errors
    /// As [`graph`](Self::graph).
    pub fn new(input_shape: Vec<usize>, layers: Vec<Layer>) -> Result<Self> {
        let node = |(index, layer): (usize, Layer)| Node {
            name: default_name(&layer, index),
            layer,
            inputs: vec![if index == 0 { Source::Input } else { Source::Layer(index - 1) }],
        };
        Self::graph(input_shape, layers.into_iter().enumerate().map(node).collect())
    }

    /// Puts layers together that read any earlier ones, and checks that their shapes follow on.
    ///
    /// # Errors
    /// `shape-mismatch` where there is no layer, a size is 0, a layer does not take what it reads, reads a later one,
    /// or is read by none although it is not the last.
    pub fn graph(input_shape: Vec<usize>, nodes: Vec<Node>) -> Result<Self> {
        let input = Shape::new("inputShape", &input_shape)?;
        if nodes.is_empty() || nodes.len() > MAX_LAYERS {
            let received = if nodes.is_empty() { "none".into() } else { nodes.len().to_string() };
            return Err(Error::shape("layers", format!("at least one layer and at most {MAX_LAYERS}"), received));
        }
        let mut shapes: Vec<Shape> = Vec::with_capacity(nodes.len());
        let mut values = input.size();
        for (index, node) in nodes.iter().enumerate() {
            let what = format!("layer {index} (`{}`)", node.name);
            let shape = |source: &Source| match *source {
                Source::Input => Ok(input),
                Source::Layer(other) if other < index => Ok(shapes[other]),
                Source::Layer(other) => {
                    Err(Error::shape(&what, "inputs from earlier layers", format!("layer {other}")))
                }
            };
            let inputs = node.inputs.iter().map(shape).collect::<Result<Vec<_>>>()?;
            let output = node.layer.output_shape(&what, &inputs)?;
            values = values.saturating_add(output.size());
            if values > 4 * MAX_VALUES {
                return Err(Error::shape("layers", format!("at most {} values in all", 4 * MAX_VALUES), values));
            }
            shapes.push(output);
        }
        let network = Self { input_shape, input, nodes, shapes };
        match network.consumers().iter().rev().skip(1).position(|&count| count == 0) {
            None => Ok(network),
            Some(from_last) => {
                let node = &network.nodes[network.nodes.len() - 2 - from_last];
                Err(Error::shape(format!("layer `{}`", node.name), "a layer that reads it", "none"))
            }
        }
    }

    /// The shape of one input, as it was given.
    #[must_use]
    pub fn input_shape(&self) -> &[usize] {
        &self.input_shape
    }

    /// The number of values in one input.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.input.size()
    }

    /// The number of outputs (classes).
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.shapes.last().map_or(0, |shape| shape.size())
    }

    /// The layers, each after those that it reads.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The shape of what a layer gives, or of the input.
    ///
    /// # Panics
    /// Where there is no such layer.
    #[must_use]
    pub fn shape(&self, source: Source) -> Shape {
        match source {
            Source::Input => self.input,
            Source::Layer(index) => self.shapes[index],
        }
    }

    /// How many layers read each layer.
    pub(crate) fn consumers(&self) -> Vec<usize> {
        let mut counts = vec![0; self.nodes.len()];
        for source in self.nodes.iter().flat_map(|node| &node.inputs) {
            if let Source::Layer(index) = source {
                counts[*index] += 1;
            }
        }
        counts
    }

    /// The number of multiplications of a forward pass, roughly.
    pub(crate) fn cost(&self) -> usize {
        let costs = self.nodes.iter().zip(&self.shapes).map(|(node, &shape)| node.layer.cost(shape));
        costs.fold(0, usize::saturating_add)
    }
}

/// `dense0`, `conv2d1`, ...: the kind and the place.
pub(crate) fn default_name(layer: &Layer, index: usize) -> String {
    format!("{}{index}", layer.kind())
}
