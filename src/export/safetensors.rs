//! A converted network as a safetensors file: the folded weights as they are, so that a network that is read back gives
//! the same spikes for the same seed.

use std::cell::Cell;
use std::collections::HashMap;

use ndarray::Array4;
use safetensors::{Dtype, SafeTensors, serialize, tensor::TensorView};
use serde::{Deserialize, Serialize};

use super::{dense_order, dense_weights};
use crate::ann::{Area, Shape, Window, listed};
use crate::container::{SPIKING_KEY, open};
use crate::convert::{Converted, LayerReport};
use crate::error::{Error, Result, all_finite, fits};
use crate::limits::{Budget, MAX_NAME, shortened, shown};
use crate::snn::{
    Coding, Connection, ConvSynapses, Layer, MAX_STEPS, MIN_INPUT_RATE, Network, Neuron, PointwiseSynapses, Pool,
    PoolKind, Readout, Synapses,
};

const VERSION: u32 = 1;
/// Values of neurons and connections of pools that any file may unfold to, however small it is.
const FREE_VALUES: usize = 1 << 26;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Description {
    version: u32,
    name: Option<String>,
    input_shape: Vec<usize>,
    /// As texts: they are read back to the last bit.
    input_rate: String,
    readout: Readout,
    #[serde(default)]
    coding: Coding,
    function_error: String,
    /// Those of the default where nothing is said, as files of before do not.
    #[serde(default = "usual_steps")]
    steps: u32,
    layers: Vec<LayerDescription>,
}

/// `thresholds`, `bias`, `l4`, `sigma` and `sigmaL4` are tensors `layers.K.NAME`, with one value per neuron of a vector
/// or channel of an image; `thresholds` are in ANN units and already folded into the weights. So are `gains`, a tensor of
/// its own where they are corrected.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LayerDescription {
    name: String,
    shape: Vec<usize>,
    neuron: Neuron,
    /// The threshold of a layer in fixed point, in its own numbers; weights and bias are multiples of one over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<u16>,
    /// How much larger than `sigma` the noise of a channel is where its spikes are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    concentration: Option<String>,
    connections: Vec<ConnectionDescription>,
}

/// The weights are the tensor `layers.K.connections.C.weights`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConnectionDescription {
    source: usize,
    pools: Vec<PoolDescription>,
    synapses: Kind,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PoolDescription {
    kind: PoolKind,
    window: Window,
    /// Of the cells, where spikes pass into some alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    area: Option<Area>,
}

/// What the weights mean: dense `[outputs, inputs]`; conv2d `[in channels, kernel height, kernel width, reached
/// channels]`, where input channel `c` reaches the channels from `first[c]` on; pointwise one per channel, to the
/// channels from `offset` on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
enum Kind {
    Dense,
    Conv2d { window: Window, first: Vec<usize> },
    Pointwise { offset: usize },
}

fn usual_steps() -> u32 {
    crate::convert::ConvertOptions::default().steps as u32
}

/// The noise of a channel, where it is, over its RMS: no more than the root of the positions of an image.
const MOST_CONCENTRATED: f64 = 1e6;

/// The tensors of a layer beside its weights.
const OF_LAYER: [&str; 5] = ["thresholds", "bias", "l4", "sigma", "sigmaL4"];

/// Writes a converted network.
///
/// What was put together by hand must have the reports of a conversion, one for each layer.
///
/// # Errors
/// `too-large` for a network with so many more neurons than weights that its file would not be read again. For what no
/// conversion gives: `shape-mismatch` for reports that do not fit the layers, `invalid-option` for steps or a function error
/// out of range.
pub fn to_safetensors(converted: &Converted, name: Option<&str>) -> Result<Vec<u8>> {
    let Converted { network, layers, function_error, steps } = converted;
    if network.layers().len() != layers.len() {
        let expected = format!("{}, one for each layer", network.layers().len());
        return Err(Error::shape("the reports of layers", expected, layers.len()));
    }
    for (layer, report) in network.layers().iter().zip(layers) {
        let LayerReport { thresholds, l4, sigma, sigma_l4, gains, .. } = report;
        let neurons = layer.shape().size();
        if let Some(other) = [thresholds, l4, sigma, sigma_l4, gains].iter().find(|values| values.len() != neurons) {
            let what = format!("each list of the report of layer `{}`", layer.name());
            return Err(Error::shape(what, format!("{neurons} values, one for each neuron"), other.len()));
        }
    }
    if !(1..=MAX_STEPS as usize).contains(steps) {
        return Err(Error::option("steps", steps, format!("from 1 to {MAX_STEPS}")));
    }
    if !(0.0..=1.0).contains(function_error) {
        return Err(Error::option("functionError", function_error, "from 0 to 1"));
    }
    parts_to_safetensors(network, layers, (*function_error, *steps), name)
}

/// The same of a network, the reports of its layers, its function error and the steps that it was made for.
pub(crate) fn parts_to_safetensors(
    network: &Network,
    reports: &[LayerReport],
    (function_error, steps): (f64, usize),
    name: Option<&str>,
) -> Result<Vec<u8>> {
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    let mut keep = |name: String, shape: Vec<usize>, values: &[f32]| {
        tensors.push((name, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect()));
    };
    let mut layers = Vec::with_capacity(network.layers().len());
    for (index, (layer, report)) in network.layers().iter().zip(reports).enumerate() {
        let per_group = |values: &[f32]| values.iter().step_by(layer.shape().positions()).copied().collect::<Vec<_>>();
        let values = [
            per_group(&report.thresholds),
            layer.bias().to_vec(),
            per_group(&report.l4),
            per_group(&report.sigma),
            per_group(&report.sigma_l4),
        ];
        for (what, values) in OF_LAYER.iter().zip(&values) {
            keep(format!("layers.{index}.{what}"), vec![values.len()], values);
        }
        if report.gains.iter().any(|gain| (gain - 1.0).abs() > 0.0) {
            let gains = per_group(&report.gains);
            keep(format!("layers.{index}.gains"), vec![gains.len()], &gains);
        }
        let mut connections = Vec::with_capacity(layer.connections().len());
        for (c, connection) in layer.connections().iter().enumerate() {
            let (synapses, shape, weights) = match connection.synapses() {
                Synapses::Dense(dense) => {
                    let weights = dense_weights(network, connection).unwrap_or_default();
                    (Kind::Dense, vec![dense.outputs(), dense.inputs()], weights)
                }
                Synapses::Conv(conv) => {
                    let kernel = conv.kernel();
                    let kind = Kind::Conv2d { window: *conv.window(), first: conv.first_reached().to_vec() };
                    (kind, kernel.shape().to_vec(), kernel.into_iter().collect())
                }
                Synapses::Pointwise(pointwise) => {
                    let weights = pointwise.weights();
                    (Kind::Pointwise { offset: pointwise.offset() }, vec![weights.len()], weights)
                }
            };
            keep(format!("layers.{index}.connections.{c}.weights"), shape, &weights);
            let pools = connection.pools().iter();
            let pools = pools
                .map(|pool| PoolDescription { kind: pool.kind(), window: *pool.window(), area: pool.area() })
                .collect();
            connections.push(ConnectionDescription { source: connection.source(), pools, synapses });
        }
        let (name, shape) = (layer.name().to_string(), layer.shape().into());
        let unit = layer.unit().map(|unit| unit as u16);
        let neuron = layer.neuron();
        let concentration = (report.concentration > 1.0).then(|| f64::from(report.concentration).to_string());
        layers.push(LayerDescription { name, shape, neuron, unit, concentration, connections });
    }
    let description = Description {
        version: VERSION,
        name: name.map(str::to_string),
        input_shape: network.input_shape().into(),
        input_rate: network.input_rate().to_string(),
        readout: network.readout(),
        coding: network.coding(),
        function_error: function_error.to_string(),
        steps: steps as u32,
        layers,
    };
    let cannot = |error: &dyn std::fmt::Display| Error::model(format!("the network cannot be written: {error}"));
    let description = serde_json::to_string(&description).map_err(|error| cannot(&error))?;
    let views: Vec<(&str, TensorView<'_>)> = tensors
        .iter()
        .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<std::result::Result<_, safetensors::SafeTensorError>>()
        .map_err(|error| cannot(&error))?;
    let file = serialize(views, Some(HashMap::from([(SPIKING_KEY.to_string(), description)])));
    let file = file.map_err(|error| cannot(&error))?;
    fits(
        "the saved network, once it is read,",
        4 * unfolded(network) as u64,
        4 * Budget::new(file.len(), FREE_VALUES).left() as u64,
        "its file would be refused; keep the trained network, and convert it anew",
    )?;
    Ok(file)
}

/// How many values are made of a network's file beside its tensors: of all that [`from_safetensors`] counts.
fn unfolded(network: &Network) -> usize {
    let of_pools = |connection: &Connection| {
        let pools = connection.pools().iter();
        pools.map(|pool| of_pool(pool.window(), pool.from_shape(), pool.shape())).fold(0, usize::saturating_add)
    };
    let connections = network.layers().iter().flat_map(Layer::connections);
    let of_connections = connections
        .map(|connection| of_image(connection.source(), network.input_shape()).saturating_add(of_pools(connection)));
    let of_layers = network.layers().iter().map(|layer| of_layer(layer.shape()));
    of_layers.chain(of_connections).fold(0, usize::saturating_add)
}

/// What the file tells once per channel is kept for every neuron.
fn of_layer(shape: Shape) -> usize {
    shape.size().saturating_mul(OF_LAYER.len() + 1)
}

/// Every connection from the image brings it into its own order.
fn of_image(source: usize, image: Shape) -> usize {
    if source == 0 { image.size() } else { 0 }
}

fn of_pool(window: &Window, from: Shape, to: Shape) -> usize {
    from.size().saturating_add(to.size().saturating_mul(window.taps()))
}

/// Reads what [`to_safetensors`] wrote, and returns it with its name, if it was given one.
///
/// # Errors
/// `invalid-model` if the bytes are not such a file, `shape-mismatch` and `invalid-input` if its weights do not fit or
/// are not finite.
pub fn from_safetensors(bytes: &[u8]) -> Result<(Converted, Option<String>)> {
    if bytes.starts_with(b"\x89HDF") {
        return Err(Error::model("it is an HDF5 file, perhaps NIR, which is not read; save networks as safetensors"));
    }
    let (header, tensors) = open(bytes)?;
    let mut tensors = Tensors { file: tensors, budget: Budget::new(bytes.len(), FREE_VALUES), read: Cell::new(0) };
    let json = header.metadata().as_ref().and_then(|metadata| metadata.get(SPIKING_KEY)).ok_or_else(|| {
        Error::model(format!("its metadata has no key `{SPIKING_KEY}`, so it is not a saved spiking network"))
    })?;
    let description: Description = serde_json::from_str(json).map_err(|error| {
        Error::model(format!("the description of the spiking network is wrong: {}", shortened(&error.to_string(), 300)))
    })?;
    if description.version != VERSION {
        let version = description.version;
        return Err(Error::model(format!("its description has version {version}; only {VERSION} is read")));
    }
    let input_rate = number("input rate", &description.input_rate, 0.0, 1.0)?;
    let function_error = number("function error", &description.function_error, 0.0, 1.0)?;
    let steps = description.steps;
    if !(1..=MAX_STEPS).contains(&steps) {
        return Err(Error::model(format!("it was made for {steps} steps, not for 1 to {MAX_STEPS}")));
    }
    let steps = steps as usize;
    if input_rate < MIN_INPUT_RATE {
        return Err(Error::model(format!(
            "its input rate is {input_rate}, less than {MIN_INPUT_RATE}: too rare for a spike"
        )));
    }
    let input = Shape::new("inputShape", &description.input_shape)?;
    let mut shapes = vec![input];
    let (mut layers, mut reports) = (Vec::new(), Vec::new());
    for (index, layer) in description.layers.into_iter().enumerate() {
        let (layer, report) = read_layer(&mut tensors, index, layer, &shapes)?;
        shapes.push(layer.shape());
        layers.push(layer);
        reports.push(report);
    }
    let unread = tensors.file.len() - tensors.read.get();
    if unread > 0 {
        return Err(Error::model(format!("it holds {unread} tensors that its description has no use for")));
    }
    let network = Network::new(input, layers, input_rate, description.readout)
        .and_then(|network| network.with_coding(description.coding))
        // Options of the file, not of the caller.
        .map_err(|error| if error.code() == "invalid-option" { Error::model(error.to_string()) } else { error })?;
    Ok((Converted { network, layers: reports, function_error, steps }, description.name))
}

/// A number that was written as a text, from `least` to `most`.
fn number(what: &str, text: &str, least: f64, most: f64) -> Result<f64> {
    match text.parse::<f64>() {
        Ok(value) if (least..=most).contains(&value) => Ok(value),
        _ => Err(Error::model(format!("its {what} is \"{}\", not a number from {least} to {most}", shown(text)))),
    }
}

fn read_layer(
    tensors: &mut Tensors<'_>,
    index: usize,
    description: LayerDescription,
    shapes: &[Shape],
) -> Result<(Layer, LayerReport)> {
    let LayerDescription { name, shape, neuron, unit, concentration, connections } = description;
    let name = shortened(&name, MAX_NAME);
    let shape = Shape::new(&name, &shape)?;
    tensors.budget.spend(&name, of_layer(shape))?;
    let concentration = concentration.map_or(Ok(1.0), |text| number("concentration", &text, 1.0, MOST_CONCENTRATED))?;
    let bias = format!("layers.{index}.{}", OF_LAYER[1]);
    let biases = if tensors.shape(&bias)? == [shape.size()] { shape.size() } else { shape.groups() };
    let mut of_layer = OF_LAYER.iter().map(|what| {
        let values = if *what == OF_LAYER[1] { biases } else { shape.groups() };
        tensors.get(&format!("layers.{index}.{what}"), &[values])
    });
    let mut next = || of_layer.next().unwrap_or(Ok(Vec::new()));
    let (thresholds, bias, l4, sigma, sigma_l4) = (next()?, next()?, next()?, next()?, next()?);
    let gains = format!("layers.{index}.gains");
    let corrected = tensors.shape(&gains).is_ok();
    let gains = if corrected { tensors.get(&gains, &[shape.groups()])? } else { vec![1.0; shape.groups()] };
    let mut read = Vec::with_capacity(connections.len());
    for (c, connection) in connections.into_iter().enumerate() {
        let Some(&from) = shapes.get(connection.source) else {
            return Err(Error::model(format!(
                "layer `{name}` reads layer {}, which is not before it",
                connection.source
            )));
        };
        let weights = format!("layers.{index}.connections.{c}.weights");
        read.push(read_connection(tensors, &weights, connection, from, shape)?);
    }
    let per_neuron = |values: Vec<f32>| -> Vec<f32> {
        values.into_iter().flat_map(|value| std::iter::repeat_n(value, shape.positions())).collect()
    };
    let mut layer = Layer::new(&name, shape, read, &bias, &thresholds, neuron)
        .map_err(|error| Error::model(format!("layer `{name}`: {error}")))?;
    if let Some(unit) = unit {
        if !unit.is_power_of_two() || unit > 1 << 14 {
            return Err(Error::model(format!("the unit of layer `{name}` is {unit}, not a power of two up to 16384")));
        }
        layer = layer.to_fixed(unit.into()).map_err(|error| Error::model(error.to_string()))?;
    }
    let report = LayerReport {
        name,
        shape: shape.into(),
        fires: neuron.fires,
        thresholds: per_neuron(thresholds),
        l4: per_neuron(l4),
        sigma: per_neuron(sigma),
        sigma_l4: per_neuron(sigma_l4),
        concentration: concentration as f32,
        gains: per_neuron(gains),
    };
    Ok((layer, report))
}

fn read_connection(
    tensors: &mut Tensors<'_>,
    weights: &str,
    description: ConnectionDescription,
    mut from: Shape,
    to: Shape,
) -> Result<Connection> {
    tensors.budget.spend("the order of an image", of_image(description.source, from))?;
    let mut pools = Vec::with_capacity(description.pools.len());
    for PoolDescription { kind, window, area } in description.pools {
        let to = crate::ann::Layer::AvgPool2d(window).output_shape("pool", &[from])?;
        tensors.budget.spend("a pool", of_pool(&window, from, to))?;
        let pool = Pool::new(kind, window, from)?.within(area);
        from = pool.shape();
        pools.push(pool);
    }
    let source = description.source;
    let is_pooled = !pools.is_empty();
    let connection = |synapses| Connection::new(source, pools, synapses);
    match description.synapses {
        Kind::Dense => {
            let (inputs, outputs) = (from.size(), to.size());
            let values = tensors.get(weights, &[outputs, inputs])?;
            let order = dense_order(source, is_pooled, from);
            Ok(connection(Synapses::dense(inputs, outputs, |i, j| values[j * inputs + order[i]])))
        }
        Kind::Conv2d { window, first } => {
            let Shape::Image(from) = from else {
                return Err(Error::shape(weights, "a convolution from an image", from));
            };
            let to = match to {
                Shape::Image(to) => to,
                // It was flattened behind the convolution, of which it is the one position.
                Shape::Flat(channels) => [channels, 1, 1],
            };
            window.check(weights)?;
            let sizes = tensors.shape(weights)?;
            let [height, width] = window.kernel;
            let reached = *sizes.get(3).unwrap_or(&0);
            let values = tensors.get(weights, &[from[0], height, width, reached])?;
            let fits = first.len() == from[0]
                && reached > 0
                && first.iter().all(|&first| first.checked_add(reached).is_some_and(|end| end <= to[0]))
                && window.output(from[1], from[2]) == Some([to[1], to[2]]);
            let kernel = Array4::from_shape_vec((from[0], height, width, reached), values).ok().filter(|_| fits);
            let kernel = kernel.ok_or_else(|| {
                Error::shape(
                    weights,
                    format!("a kernel from {from:?} to {to:?}"),
                    format!("{}, {window:?}", listed(&sizes)),
                )
            })?;
            Ok(connection(Synapses::Conv(ConvSynapses::new(from, to, window, &kernel, first))))
        }
        Kind::Pointwise { offset } => {
            let fits = offset.checked_add(from.groups()).is_some_and(|end| end <= to.groups());
            if !fits || from.positions() != to.positions() {
                return Err(Error::shape(weights, format!("channels from {offset} on that fit into {to}"), from));
            }
            let values = tensors.get(weights, &[from.groups()])?;
            Ok(connection(Synapses::Pointwise(PointwiseSynapses::new(values, to, offset))))
        }
    }
}

/// The tensors of a file, and how many values more may be made of it: it can declare images that are larger than itself.
struct Tensors<'a> {
    file: SafeTensors<'a>,
    budget: Budget,
    /// How many have been read.
    read: Cell<usize>,
}

impl Tensors<'_> {
    fn shape(&self, name: &str) -> Result<Vec<usize>> {
        let tensor = self.file.tensor(name).map_err(|_| Error::model(format!("there is no tensor `{name}`")))?;
        Ok(tensor.shape().to_vec())
    }

    /// The finite values of a tensor of this shape.
    fn get(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let found = self.shape(name)?;
        if found != shape {
            return Err(Error::shape(format!("tensor `{name}`"), format!("the shape {shape:?}"), listed(&found)));
        }
        let tensor = self.file.tensor(name).map_err(|_| Error::model(format!("there is no tensor `{name}`")))?;
        if tensor.dtype() != Dtype::F32 {
            return Err(Error::model(format!("tensor `{name}` is of type {:?}, not F32", tensor.dtype())));
        }
        let values: Vec<f32> =
            tensor.data().as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        all_finite(&format!("tensor `{name}`"), &values)?;
        self.read.set(self.read.get() + 1);
        Ok(values)
    }
}
