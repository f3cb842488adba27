//! NIR, the Neuromorphic Intermediate Representation (Pedersen et al. 2024, doi 10.1038/s41467-024-52259-9): an HDF5
//! file that other simulators and neuromorphic toolchains read.
//!
//! Every layer becomes an `IF` node with thresholds of 1 behind `Affine`, `Linear`, `Conv2d` or `Scale` nodes with the
//! folded weights; mean pools become `SumPool2d`, since their share is in the weights. The graph expects spikes of size
//! 1 at the input rate. NIR's `IF` cannot say how a neuron is reset: that stands in the metadata of the graph, and it
//! matters. Max pools, floors and initial potentials have no form in NIR and are refused.

use hdf5_pure::{FileBuilder, FinishedGroup, GroupBuilder};
use ndarray::Array4;

use super::{dense_weights, read_shape};
use crate::ann::{Shape, Window};
use crate::error::{Error, Result};
use crate::snn::{Connection, ConvSynapses, Layer, Network, PoolKind, Reset, Synapses};

/// The version of NIR that the files follow.
const VERSION: &str = "1.0";

/// Writes `network` as a NIR file.
///
/// # Errors
/// `unsupported-layer` for a max pool, a floor, an initial potential or padding that differs from side to side, which
/// NIR cannot express.
pub fn to_nir(network: &Network) -> Result<Vec<u8>> {
    let mut graph = Graph { nodes: Vec::new(), edges: Vec::new() };
    let input = Vec::from(network.input_shape());
    graph.node("input", "Input", |node| whole(node, "shape", &input));
    for (index, layer) in network.layers().iter().enumerate() {
        add_layer(&mut graph, network, index, layer)?;
    }
    let output = Vec::from(network.output().shape());
    graph.node("output", "Output", |node| whole(node, "shape", &output));
    graph.edge(&neurons(network.layers().len()), "output");
    graph.write(network).map_err(|error| Error::model(format!("the NIR file cannot be written: {error}")))
}

/// The name of the node of layer `index`; 0 is the input.
fn neurons(index: usize) -> String {
    if index == 0 { "input".into() } else { format!("layer{index}") }
}

struct Graph {
    nodes: Vec<FinishedGroup>,
    edges: Vec<String>,
}

impl Graph {
    fn node(&mut self, name: &str, kind: &str, fill: impl FnOnce(&mut GroupBuilder)) {
        let mut node = FileBuilder::new().create_group(name);
        text(&mut node, "type", kind);
        fill(&mut node);
        self.nodes.push(node.finish());
    }

    fn edge(&mut self, from: &str, to: &str) {
        self.edges.extend([from.to_string(), to.to_string()]);
    }

    fn write(self, network: &Network) -> std::result::Result<Vec<u8>, hdf5_pure::Error> {
        let mut file = FileBuilder::new();
        file.create_dataset("version").with_vlen_strings(&[VERSION]).with_shape(&[]);
        let mut graph = file.create_group("node");
        text(&mut graph, "type", "NIRGraph");
        let mut nodes = graph.create_group("nodes");
        self.nodes.into_iter().for_each(|node| nodes.add_group(node));
        graph.add_group(nodes.finish());
        let edges: Vec<&str> = self.edges.iter().map(String::as_str).collect();
        graph.create_dataset("edges").with_vlen_strings(&edges).with_shape(&[edges.len() as u64 / 2, 2]);
        let mut metadata = graph.create_group("metadata");
        let reset = if network.output().neuron().reset == Reset::Zero { "zero" } else { "subtract" };
        text(&mut metadata, "reset", reset);
        metadata.create_dataset("input_rate").with_f64_data(&[network.input_rate()]).with_shape(&[]);
        text(&mut metadata, "made_by", concat!("quartic-snn ", env!("CARGO_PKG_VERSION")));
        graph.add_group(metadata.finish());
        file.add_group(graph.finish());
        file.finish()
    }
}

fn add_layer(graph: &mut Graph, network: &Network, index: usize, layer: &Layer) -> Result<()> {
    let neuron = layer.neuron();
    let refuse = |operator: &str, reason: &str| Error::UnsupportedLayer {
        layer: index,
        name: layer.name().into(),
        operator: operator.into(),
        reason: format!("{reason}; save the network as safetensors instead"),
    };
    if neuron.floor.is_some() || neuron.initial_potential > 0.0 {
        return Err(refuse("IF", "NIR has no floor and no initial potential"));
    }
    let name = neurons(index + 1);
    let mut bias = Some(layer.bias());
    for (c, connection) in layer.connections().iter().enumerate() {
        let mut before = neurons(connection.source());
        for (p, pool) in connection.pools().iter().enumerate() {
            if pool.kind() == PoolKind::Max {
                return Err(refuse("maxPool2d", "NIR has no max pooling"));
            }
            let padding = symmetric(pool.window()).ok_or_else(|| refuse("SumPool2d", UNEVEN))?;
            let node = format!("{name}_pool{c}_{p}");
            graph.node(&node, "SumPool2d", |group| {
                whole(group, "kernel_size", &pool.window().kernel);
                whole(group, "stride", &pool.window().stride);
                whole(group, "padding", &padding);
            });
            graph.edge(&before, &node);
            before = node;
        }
        let read = read_shape(network, connection);
        let node = format!("{name}_synapses{c}");
        match connection.synapses() {
            Synapses::Dense(_) => {
                if let Shape::Image(sizes) = read {
                    let flat = format!("{name}_flatten{c}");
                    graph.node(&flat, "Flatten", |group| {
                        group.create_dataset("start_dim").with_i64_data(&[0]).with_shape(&[]);
                        group.create_dataset("end_dim").with_i64_data(&[-1]).with_shape(&[]);
                        whole(group, "input_type", &sizes);
                    });
                    graph.edge(&before, &flat);
                    before = flat;
                }
                dense(graph, network, connection, &node, bias.take());
            }
            Synapses::Conv(synapses) => {
                let padding = symmetric(synapses.window()).ok_or_else(|| refuse("Conv2d", UNEVEN))?;
                conv(graph, synapses, layer.shape(), padding, &node, bias.take());
            }
            Synapses::Pointwise(synapses) => {
                if read.groups() != layer.shape().groups() {
                    return Err(refuse("concat", "a shortcut into a part of the channels has no node in NIR"));
                }
                let weights = synapses.weights().iter();
                let scale: Vec<f32> = weights.flat_map(|&w| std::iter::repeat_n(w, read.positions())).collect();
                graph.node(&node, "Scale", |group| floats(group, "scale", &scale, &Vec::from(read)));
            }
        }
        graph.edge(&before, &node);
        graph.edge(&node, &name);
    }
    let (shape, ones) = (Vec::from(layer.shape()), vec![1.0; layer.neurons()]);
    graph.node(&name, if neuron.fires { "IF" } else { "I" }, |group| {
        floats(group, "r", &ones, &shape);
        if neuron.fires {
            floats(group, "v_threshold", &ones, &shape);
            floats(group, "v_reset", &vec![0.0; ones.len()], &shape);
        }
    });
    Ok(())
}

const UNEVEN: &str = "NIR has no padding that differs from side to side";

fn symmetric(window: &Window) -> Option<[usize; 2]> {
    let [top, left, bottom, right] = window.padding;
    (top == bottom && left == right).then_some([top, left])
}

fn dense(graph: &mut Graph, network: &Network, connection: &Connection, node: &str, bias: Option<&[f32]>) {
    let weights = dense_weights(network, connection).unwrap_or_default();
    let shape = [connection.synapses().outputs(), connection.synapses().inputs()];
    graph.node(node, if bias.is_some() { "Affine" } else { "Linear" }, |group| {
        floats(group, "weight", &weights, &shape);
        if let Some(bias) = bias {
            floats(group, "bias", bias, &[bias.len()]);
        }
    });
}

fn conv(graph: &mut Graph, conv: &ConvSynapses, to: Shape, padding: [usize; 2], node: &str, bias: Option<&[f32]>) {
    let kernel = conv.kernel();
    let (inputs, height, width, _) = kernel.dim();
    let outputs = to.groups();
    // In one group, with zeros where there were several: the reference reader takes no others.
    let mut weights = Array4::zeros((outputs, inputs, height, width));
    for ((c, y, x, o), &w) in kernel.indexed_iter() {
        weights[[conv.first_reached()[c] + o, c, y, x]] = w;
    }
    let [_, rows, columns] = conv.from_shape();
    graph.node(node, "Conv2d", |group| {
        whole(group, "input_shape", &[rows, columns]);
        floats(group, "weight", weights.as_slice().unwrap_or_default(), weights.shape());
        floats(group, "bias", bias.unwrap_or(&vec![0.0; outputs]), &[outputs]);
        whole(group, "stride", &conv.window().stride);
        whole(group, "padding", &padding);
        whole(group, "dilation", &conv.window().dilation);
        group.create_dataset("groups").with_i64_data(&[1]).with_shape(&[]);
    });
}

fn text(group: &mut GroupBuilder, key: &str, value: &str) {
    group.create_dataset(key).with_vlen_strings(&[value]).with_shape(&[]);
}

fn whole(group: &mut GroupBuilder, key: &str, values: &[usize]) {
    let values: Vec<i64> = values.iter().map(|&value| value as i64).collect();
    group.create_dataset(key).with_i64_data(&values).with_shape(&[values.len() as u64]);
}

fn floats(group: &mut GroupBuilder, key: &str, values: &[f32], shape: &[usize]) {
    let shape: Vec<u64> = shape.iter().map(|&size| size as u64).collect();
    group.create_dataset(key).with_f32_data(values).with_shape(&shape);
}
