//! Trained networks: layers with their weights, and the forward pass.
//!
//! Nothing here depends on spikes.

mod absorb;
mod conv;
mod dense;
mod draft;
mod forward;
mod join;
mod layer;
mod mean;
mod norm;
mod rewrite;
mod shape;
mod size;

pub use conv::Conv2d;
pub use dense::Dense;
pub use forward::Forward;
pub(crate) use forward::{each_reader, pooled};
pub(crate) use join::Apart;
pub use layer::{Activation, Layer};
pub use mean::Area;
pub use norm::BatchNorm;
pub use rewrite::Rewrite;
pub(crate) use shape::listed;
pub use shape::{MAX_VALUES, Shape, Window};
use size::Size;

use crate::error::{Error, Result};

/// The most layers that a network may have.
const MAX_LAYERS: usize = 5_000;

/// What a layer reads.
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
    /// The name in messages and reports.
    pub name: String,
    /// What it computes.
    pub layer: Layer,
    /// What it reads: one source, or several for [`Layer::Add`] and [`Layer::Concat`].
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
    /// Builds a network of layers in sequence.
    ///
    /// `input_shape` is `[inputs]` or `[channels, height, width]`; images are flattened channel-first. What was not read
    /// from a file may need [`simplify`](Self::simplify) before it can be converted: it folds batch normalisation and
    /// joins layers without an activation between them.
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

    /// Builds a network whose layers may read any earlier ones, and checks that their shapes fit.
    ///
    /// # Errors
    /// `shape-mismatch` if there is no layer, a size is 0, or a layer does not fit its inputs, reads a later layer, or
    /// is read by none although it is not the last; and if there are more than 5,000 layers, 2^24 values in all (those of
    /// a sum once for each of its inputs) or 2e9 multiplications: with many weights, 8 values and 1,000 multiplications
    /// for each, up to 2^27 and 3e10. `invalid-option` for a clipped ReLU whose maximum is not a normal number above 0.
    pub fn graph(input_shape: Vec<usize>, nodes: Vec<Node>) -> Result<Self> {
        let input = Shape::new("inputShape", &input_shape)?;
        if nodes.is_empty() || nodes.len() > MAX_LAYERS {
            let received = if nodes.is_empty() { "none".into() } else { nodes.len().to_string() };
            return Err(Error::shape("layers", format!("at least one layer and at most {MAX_LAYERS}"), received));
        }
        let mut shapes: Vec<Shape> = Vec::with_capacity(nodes.len());
        let mut size = Size::of(input);
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
            if let Some(cap) = node.layer.activation().and_then(Activation::cap).filter(|cap| !Activation::allows(*cap))
            {
                return Err(Error::option(&format!("maximum of {what}"), cap, "a normal number above 0"));
            }
            let output = node.layer.output_shape(&what, &inputs)?;
            size.add(node, output);
            shapes.push(output);
        }
        size.check()?;
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

    /// The shape of the output of a layer, or of the input.
    ///
    /// # Panics
    /// If there is no such layer.
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

    /// Whether what each layer gives is never negative, as its weights and what it reads show.
    pub(crate) fn positive(&self) -> Vec<bool> {
        let mut positive: Vec<bool> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let reads = node.inputs.iter().all(|source| match *source {
                Source::Input => true,
                Source::Layer(index) => positive[index],
            });
            let is_rectified = node.layer.activation().is_some_and(|activation| activation != Activation::Linear);
            positive.push(is_rectified || reads && node.layer.keeps_positive());
        }
        positive
    }

    /// The number of multiplications of a forward pass, roughly.
    pub(crate) fn cost(&self) -> u64 {
        let mut size = Size::of(self.input);
        self.nodes.iter().zip(&self.shapes).for_each(|(node, &shape)| size.add(node, shape));
        size.cost()
    }
}

/// `dense0`, `conv2d1`, ...: the kind and the place.
pub(crate) fn default_name(layer: &Layer, index: usize) -> String {
    format!("{}{index}", layer.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(sizes: [usize; 3], layers: Vec<Layer>) -> String {
        let error = Network::new(sizes.to_vec(), layers).unwrap_err();
        assert_eq!(error.code(), "shape-mismatch");
        error.to_string()
    }

    #[test]
    fn networks_that_no_machine_can_hold_or_run_are_refused() {
        let pool = Window { padding: [32; 4], ..Window::new([64, 64]) };
        assert!(refused([1, 2000, 2000], vec![Layer::MaxPool2d(pool)]).contains("multiplications"));
        let wide = Window { padding: [0, 1 << 20, 0, 1 << 20], stride: [1; 2], ..Window::new([1, 1 << 21]) };
        assert!(refused([1, 1, 3000], vec![Layer::AvgPool2d(wide)]).contains("multiplications"));
        let same = || Layer::Activation(Activation::Relu);
        assert!(refused([1, 2000, 2000], (0..5).map(|_| same()).collect()).contains("values in all"));
        assert!(refused([1, 1, 1], (0..=MAX_LAYERS).map(|_| same()).collect()).contains("at most 5000"));
    }

    #[test]
    fn a_small_file_could_ask_for_hours_of_additions() {
        let sum = |count| Node { name: "sum".into(), layer: Layer::Add, inputs: vec![Source::Input; count] };
        let error = Network::graph(vec![1_000_000], vec![sum(17)]).unwrap_err();
        assert!(error.to_string().contains("values in all"), "{error}");
        assert!(Network::graph(vec![1_000_000], vec![sum(2)]).is_ok());
    }

    #[test]
    fn a_clipped_relu_without_a_maximum_above_0_panicked_in_the_first_prediction() {
        for cap in [f32::NAN, -1.0, 0.0, f32::INFINITY] {
            let dense = Dense::new(ndarray::array![[1.0]], None, Activation::Clipped(cap)).unwrap();
            let error = Network::new(vec![1], vec![Layer::Dense(dense)]).unwrap_err();
            assert_eq!(error.code(), "invalid-option");
            assert!(error.to_string().contains("maximum of layer 0"), "{error}");
        }
    }
}
