//! NIR, the Neuromorphic Intermediate Representation (Pedersen et al. 2024, doi 10.1038/s41467-024-52259-9): an HDF5
//! file that other simulators and neuromorphic toolchains can read.
//!
//! Every layer becomes an `IF` node with thresholds of 1 behind `Affine` or `Conv2d` nodes with the folded weights; mean
//! pools become `SumPool2d`, since their share is in the weights. The graph expects spikes of size 1 at the input rate.
//! NIR's `IF` cannot express how a neuron is reset or at which potential it starts, and both matter, as do the thresholds
//! of the outputs where their spikes are compared: the metadata state them. A margin is written as an initial potential
//! that is lower by the margin and a bias that gives it back, which is the same over its steps if the threshold is
//! subtracted. A bias is stored with the first weights of its layer. Max pools, floors, signed neurons and margins
//! together with a reset to zero have no form in NIR and are refused.
//!
//! Importers drop some types of nodes without a word, others stop at them. So weights without biases are an `Affine` with
//! biases of 0 and not `Linear`; shortcuts are an `Affine` or a `Conv2d` of one pixel, most of whose weights are 0, and
//! `Scale` only where that would be large; and a pool with padding or dilation is a `Conv2d` of ones.

use hdf5_writer::{DatasetBuilder, H5WriteElement, Hdf5Builder, WriteOptions};
use ndarray::{Array2, Array4};

use super::{dense_weights, read_shape, source_shape};
use crate::ann::{Shape, Window};
use crate::error::{Error, Result};
use crate::snn::{
    Coding, Connection, ConvSynapses, Layer, Network, PointwiseSynapses, Pool, PoolKind, Precision, Reset, Synapses,
};

/// The version of NIR that the files follow.
const VERSION: &str = "1.0";
/// The most weights of a pool that is written as a convolution, most of them 0.
const MOST_ONES: usize = 1 << 22;
/// The most groups of a layer whose shortcuts have the square of these in weights, almost all of them 0.
const MOST_DIAGONAL: usize = 4096;

type Written<T> = std::result::Result<T, hdf5_writer::Error>;

/// Writes `network` as a NIR file.
///
/// # Errors
/// `unsupported-layer` for a max pool, a mean that leaves padding out, a large pool with dilation, a floor, signed neurons, a margin together with a reset to zero, padding that
/// differs between sides or a bias that differs from position to position, which NIR cannot express; for shortcuts into a
/// part of more than 4,096 neurons or channels, and for biases of more than 4,096 neurons of a vector that only read
/// shortcuts.
pub fn to_nir(network: &Network) -> Result<Vec<u8>> {
    check(network)?;
    write(network).map_err(|error| Error::model(format!("the NIR file cannot be written: {error}")))
}

/// Refuses what NIR cannot express.
fn check(network: &Network) -> Result<()> {
    for (index, layer) in network.layers().iter().enumerate() {
        let refuse = |operator: &str, reason: &str| {
            Err(Error::UnsupportedLayer {
                layer: index,
                name: layer.name().into(),
                operator: operator.into(),
                reason: format!("NIR has {reason}; save the network as safetensors instead"),
            })
        };
        if layer.neuron().floor.is_some() {
            return refuse("IF", "no floor");
        }
        if layer.neuron().signed {
            return refuse("IF", "no neurons that take spikes back");
        }
        if layer.neuron().margin.size > 0.0 && layer.neuron().reset == Reset::Zero {
            return refuse("IF", "no falling thresholds");
        }
        if layer.bias().len() > layer.shape().groups() {
            return refuse("Conv2d", "no bias that differs from position to position");
        }
        let on_shortcuts = shortcuts_alone(layer) && biases(layer).iter().any(|&bias| bias != 0.0);
        if on_shortcuts && layer.shape().groups() > MOST_DIAGONAL {
            return refuse("add", "no biases for so many neurons that add spikes without weights");
        }
        for connection in layer.connections() {
            if connection.pools().iter().any(|pool| pool.kind() == PoolKind::Max) {
                return refuse("maxPool2d", "no max pooling");
            }
            if connection.pools().iter().any(|pool| pool.area().is_some()) {
                return refuse("avgPool2d", "no means that leave padding out");
            }
            let of_spread =
                |pool: &Pool| is_dilated(pool.window()) && !has_few_ones(pool.from_shape().groups(), pool.window());
            if connection.pools().iter().any(of_spread) {
                return refuse("SumPool2d", "no dilation");
            }
            let uneven = "no padding that differs from side to side";
            if connection.pools().iter().any(|pool| padding(pool.window()).is_none()) {
                return refuse("SumPool2d", uneven);
            }
            match connection.synapses() {
                Synapses::Conv(conv) if padding(conv.window()).is_none() => return refuse("Conv2d", uneven),
                Synapses::Pointwise(_)
                    if layer.shape().groups() > MOST_DIAGONAL
                        && read_shape(network, connection).groups() != layer.shape().groups() =>
                {
                    return refuse("concat", "no shortcut into a part of so many neurons");
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn is_dilated(window: &Window) -> bool {
    (0..2).any(|axis| window.kernel[axis] > 1 && window.dilation[axis] > 1)
}

/// Whether a pool is a small convolution.
fn has_few_ones(channels: usize, window: &Window) -> bool {
    channels.saturating_mul(channels).saturating_mul(window.taps()) <= MOST_ONES
}

/// Padding of rows and columns, where it is the same on both sides.
fn padding(window: &Window) -> Option<[usize; 2]> {
    let [top, left, bottom, right] = window.padding;
    (top == bottom && left == right).then_some([top, left])
}

fn write(network: &Network) -> Written<Vec<u8>> {
    let mut graph = Graph::default();
    graph.text("version", VERSION)?;
    graph.text("node/type", "NIRGraph")?;
    graph.node("input", "Input")?.sizes("shape", &Vec::from(network.input_shape()))?;
    for (index, layer) in network.layers().iter().enumerate() {
        add_layer(&mut graph, network, index, layer)?;
    }
    graph.node("output", "Output")?.sizes("shape", &Vec::from(network.output().shape()))?;
    graph.edge(&neurons(network.layers().len()), "output");
    let reset = if network.output().neuron().reset == Reset::Zero { "zero" } else { "subtract" };
    graph.text("node/metadata/reset", reset)?;
    graph.values("node/metadata/input_rate", &[network.input_rate()], &[])?;
    let coding = if network.coding() == Coding::Constant { "constant" } else { "poisson" };
    graph.text("node/metadata/coding", coding)?;
    // How long the biases give back what a margin has taken from the potentials.
    let margins = network.layers().iter().map(|layer| layer.neuron().margin);
    if let Some(margin) = margins.filter(|margin| margin.size > 0.0).max_by_key(|margin| margin.steps) {
        graph.values("node/metadata/steps", &[i64::from(margin.steps)], &[])?;
    }
    // Of every layer, the first after the input first, in thresholds.
    let dynamics = network.layers().iter().map(Layer::neuron);
    let initial: Vec<f32> = dynamics.map(|neuron| neuron.initial_potential - neuron.margin.size).collect();
    graph.values("node/metadata/initial_potentials", &initial, &[initial.len()])?;
    for (index, &initial) in initial.iter().enumerate() {
        graph.values(&format!("node/nodes/{}/metadata/initial_potential", neurons(index + 1)), &[initial], &[])?;
    }
    // A spike of an output counts as much in its score.
    let thresholds = network.output().thresholds();
    graph.values("node/metadata/output_thresholds", thresholds, &[thresholds.len()])?;
    if network.precision() == Precision::Fixed {
        graph.text("node/metadata/precision", "fixed: sums stay within 32 thresholds either way")?;
    }
    graph.text("node/metadata/made_by", concat!("quartic-snn ", env!("CARGO_PKG_VERSION")))?;
    let edges = std::mem::take(&mut graph.edges);
    graph.datasets.push(DatasetBuilder::vlen_string_data("node/edges", [edges.len() as u64 / 2, 2], &edges)?);
    let file = graph.datasets.into_iter().fold(Hdf5Builder::new(), Hdf5Builder::dataset);
    file.into_plan()?.encode(WriteOptions::default())
}

/// Per neuron of a vector or channel of an image, with what gives a margin back.
fn biases(layer: &Layer) -> Vec<f32> {
    let margin = layer.neuron().margin;
    let given_back = if margin.size > 0.0 { margin.size / margin.steps as f32 } else { 0.0 };
    layer.bias().iter().map(|&bias| bias + given_back).collect()
}

/// Whether no connection of the layer has a node that takes biases.
fn shortcuts_alone(layer: &Layer) -> bool {
    layer.connections().iter().all(|connection| matches!(connection.synapses(), Synapses::Pointwise(_)))
}

/// The name of the node of layer `index`; 0 is the input.
fn neurons(index: usize) -> String {
    if index == 0 { "input".into() } else { format!("layer{index}") }
}

/// The data sets of a file, by their paths.
#[derive(Default)]
struct Graph {
    datasets: Vec<DatasetBuilder>,
    edges: Vec<String>,
}

/// A node that is being written.
struct Entry<'a> {
    graph: &'a mut Graph,
    path: String,
}

impl Graph {
    fn node(&mut self, name: &str, kind: &str) -> Written<Entry<'_>> {
        let path = format!("node/nodes/{name}");
        self.text(&format!("{path}/type"), kind)?;
        Ok(Entry { graph: self, path })
    }

    fn edge(&mut self, from: &str, to: &str) {
        self.edges.extend([from.to_string(), to.to_string()]);
    }

    fn text(&mut self, path: &str, value: &str) -> Written<()> {
        self.datasets.push(DatasetBuilder::vlen_string_data(path, [], &[value])?);
        Ok(())
    }

    fn values<T: H5WriteElement>(&mut self, path: &str, values: &[T], shape: &[usize]) -> Written<()> {
        let shape: Vec<u64> = shape.iter().map(|&size| size as u64).collect();
        self.datasets.push(DatasetBuilder::typed_data(path, shape, values)?);
        Ok(())
    }
}

impl Entry<'_> {
    fn values<T: H5WriteElement>(self, key: &str, values: &[T], shape: &[usize]) -> Written<Self> {
        self.graph.values(&format!("{}/{key}", self.path), values, shape)?;
        Ok(self)
    }

    fn sizes(self, key: &str, values: &[usize]) -> Written<Self> {
        // Sizes are far below 2^32.
        let values: Vec<i64> = values.iter().map(|&value| i64::from(value as u32)).collect();
        self.values(key, &values, &[values.len()])
    }
}

fn add_layer(graph: &mut Graph, network: &Network, index: usize, layer: &Layer) -> Written<()> {
    let name = neurons(index + 1);
    let bias = biases(layer);
    let shortcuts_alone = shortcuts_alone(layer);
    let mut bias = Some(bias.as_slice());
    for (c, connection) in layer.connections().iter().enumerate() {
        let mut before = neurons(connection.source());
        let mut from = source_shape(network, connection);
        for (p, pool) in connection.pools().iter().enumerate() {
            let node = format!("{name}_pool{c}_{p}");
            sum_pool(graph, pool.window(), from, &node)?;
            graph.edge(&before, &node);
            (before, from) = (node, pool.shape());
        }
        let mut read = read_shape(network, connection);
        let node = format!("{name}_synapses{c}");
        // A convolution reads an image whatever its neurons are, and is flattened behind.
        let is_conv = matches!(connection.synapses(), Synapses::Conv(_));
        let flat = format!("{name}_flatten{c}");
        if let (Shape::Image(sizes), Shape::Flat(_), false) = (read, layer.shape(), is_conv) {
            flatten(graph, &flat, &sizes)?;
            graph.edge(&before, &flat);
            (before, read) = (flat.clone(), Shape::Flat(read.size()));
        }
        match connection.synapses() {
            Synapses::Dense(_) => dense(graph, network, connection, &node, bias.take())?,
            Synapses::Conv(synapses) => conv(graph, synapses, layer.shape(), &node, bias.take())?,
            Synapses::Pointwise(synapses) if layer.shape().groups() <= MOST_DIAGONAL => {
                let bias = if shortcuts_alone { bias.take() } else { None };
                diagonal(graph, synapses, layer.shape(), &node, bias)?;
            }
            Synapses::Pointwise(synapses) => {
                let weights = synapses.weights().into_iter();
                let scale: Vec<f32> = weights.flat_map(|w| std::iter::repeat_n(w, read.positions())).collect();
                graph.node(&node, "Scale")?.values("scale", &scale, &Vec::from(read))?;
            }
        }
        graph.edge(&before, &node);
        if let (Shape::Flat(channels), true) = (layer.shape(), is_conv) {
            flatten(graph, &flat, &[channels, 1, 1])?;
            graph.edge(&node, &flat);
            graph.edge(&flat, &name);
        } else {
            graph.edge(&node, &name);
        }
    }
    let (shape, ones) = (Vec::from(layer.shape()), vec![1.0_f32; layer.neurons()]);
    if layer.neuron().fires {
        let entry = graph.node(&name, "IF")?.values("r", &ones, &shape)?;
        entry.values("v_threshold", &ones, &shape)?.values("v_reset", &vec![0.0_f32; ones.len()], &shape)?;
    } else {
        graph.node(&name, "I")?.values("r", &ones, &shape)?;
    }
    Ok(())
}

fn flatten(graph: &mut Graph, node: &str, sizes: &[usize]) -> Written<()> {
    let entry = graph.node(node, "Flatten")?.sizes("input_type", sizes)?;
    entry.values("start_dim", &[0_i64], &[])?.values("end_dim", &[-1_i64], &[]).map(|_| ())
}

/// The sum of every window. Importers lose padding, and a pool has no dilation there: with either a pool is a convolution
/// with ones; where that is large, one with padding stays a pool, and one with dilation is refused before.
fn sum_pool(graph: &mut Graph, window: &Window, from: Shape, node: &str) -> Written<()> {
    let padding = padding(window).unwrap_or_default();
    if let (Shape::Image([channels, rows, columns]), true) = (from, padding != [0, 0] || is_dilated(window)) {
        let [height, width] = window.kernel;
        if has_few_ones(channels, window) {
            let one = |(to, from, ..): (usize, usize, usize, usize)| if to == from { 1.0 } else { 0.0 };
            let weights = Array4::from_shape_fn((channels, channels, height, width), one);
            return conv2d(graph, node, [rows, columns], &weights, None, window);
        }
    }
    let entry = graph.node(node, "SumPool2d")?.sizes("kernel_size", &window.kernel)?;
    entry.sizes("stride", &window.stride)?.sizes("padding", &padding).map(|_| ())
}

/// Each to the neuron at its place.
fn diagonal(
    graph: &mut Graph,
    shortcut: &PointwiseSynapses,
    to: Shape,
    node: &str,
    bias: Option<&[f32]>,
) -> Written<()> {
    let from = shortcut.weights();
    let mut weights = Array2::<f32>::zeros((to.groups(), from.len()));
    for (channel, &weight) in from.iter().enumerate() {
        weights[[shortcut.offset() + channel, channel]] = weight;
    }
    match to {
        Shape::Flat(_) => affine(graph, node, weights.as_slice().unwrap_or_default(), weights.dim(), bias),
        Shape::Image([channels, rows, columns]) => {
            let weights = weights.into_shape_with_order((channels, from.len(), 1, 1)).unwrap_or_default();
            conv2d(graph, node, [rows, columns], &weights, bias, &Window::new([1, 1]))
        }
    }
}

fn dense(
    graph: &mut Graph,
    network: &Network,
    connection: &Connection,
    node: &str,
    bias: Option<&[f32]>,
) -> Written<()> {
    let weights = dense_weights(network, connection).unwrap_or_default();
    let synapses = connection.synapses();
    affine(graph, node, &weights, (synapses.outputs(), synapses.inputs()), bias)
}

fn affine(
    graph: &mut Graph,
    node: &str,
    weights: &[f32],
    (outputs, inputs): (usize, usize),
    bias: Option<&[f32]>,
) -> Written<()> {
    let entry = graph.node(node, "Affine")?.values("weight", weights, &[outputs, inputs])?;
    entry.values("bias", bias.unwrap_or(&vec![0.0; outputs]), &[outputs]).map(|_| ())
}

fn conv(graph: &mut Graph, conv: &ConvSynapses, to: Shape, node: &str, bias: Option<&[f32]>) -> Written<()> {
    let kernel = conv.kernel();
    let (inputs, height, width, _) = kernel.dim();
    let outputs = to.groups();
    // In one group, with zeros where there were several: the reference reader takes no others.
    let mut weights = Array4::<f32>::zeros((outputs, inputs, height, width));
    for ((c, y, x, o), &w) in kernel.indexed_iter() {
        weights[[conv.first_reached()[c] + o, c, y, x]] = w;
    }
    let [_, rows, columns] = conv.from_shape();
    conv2d(graph, node, [rows, columns], &weights, bias, conv.window())
}

fn conv2d(
    graph: &mut Graph,
    node: &str,
    from: [usize; 2],
    weights: &Array4<f32>,
    bias: Option<&[f32]>,
    window: &Window,
) -> Written<()> {
    let outputs = weights.dim().0;
    let entry = graph.node(node, "Conv2d")?.sizes("input_shape", &from)?;
    let entry = entry.values("weight", weights.as_slice().unwrap_or_default(), weights.shape())?;
    let entry = entry.values("bias", bias.unwrap_or(&vec![0.0; outputs]), &[outputs])?;
    let entry = entry.sizes("stride", &window.stride)?.sizes("padding", &padding(window).unwrap_or_default())?;
    entry.sizes("dilation", &window.dilation)?.values("groups", &[1_i64], &[]).map(|_| ())
}
