//! The JSON description of layers: in model files it names the tensors beside it, in JavaScript it comes with arrays.

pub(crate) mod fields;

use std::collections::HashMap;

use ndarray::{Array1, Array2, Array4};
use serde::Serialize;
use serde_json::Value;

use self::fields::{Fields, Origin};
use crate::ann::{
    Activation, BatchNorm, Conv2d, Dense, Layer, Network, Node, Rewrite, Shape, Source, Window, default_name,
};
use crate::error::{Error, Result};
use crate::limits::{Budget, shown};

/// A trained network that was read, with the name that the file gives it.
#[derive(Clone, Debug)]
pub struct Model {
    /// The name in the file.
    pub name: Option<String>,
    /// The network, simplified.
    pub network: Network,
    /// What was changed on the way.
    pub report: Report,
}

/// What an importer changed in a network.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Layers that were left out because they do nothing after training or do not affect the decision: name and
    /// operator.
    pub dropped: Vec<String>,
    /// The rewriting steps, each of them checked.
    pub rewrites: Vec<Rewrite>,
    /// Other remarks, such as the order in which the input is expected.
    pub notes: Vec<String>,
}

/// The version of the description that is read here.
const VERSION: u64 = 1;

/// Where the numbers of a layer come from.
pub(crate) trait Tensors {
    /// Whether the network was described by a program or in a file.
    fn origin(&self) -> Origin;

    /// How many values may be taken in all: one tensor can be named many times.
    fn budget(&self) -> Budget;

    /// The values that `reference` stands for, with their shape where it is known; `path` names the place.
    ///
    /// # Errors
    /// Where there is no such tensor, or it is none of numbers.
    fn tensor(&self, path: &str, reference: &Value, budget: &mut Budget) -> Result<Tensor>;
}

/// Numbers, with their shape where it is known.
pub(crate) struct Tensor {
    /// What messages add to the name of what it is, such as " (tensor `w`)".
    pub(crate) label: String,
    pub(crate) shape: Option<Vec<usize>>,
    pub(crate) values: Vec<f32>,
}

/// Puts a described network together and simplifies it.
pub(crate) fn read(description: Value, tensors: &dyn Tensors) -> Result<Model> {
    let mut fields = Fields::new(tensors.origin(), String::new(), description)?;
    if tensors.origin() == Origin::File {
        let version = fields.take("version").unwrap_or(Value::Null);
        if version.as_u64() != Some(VERSION) {
            return Err(Error::model(format!("its description has version {version}; only {VERSION} is read")));
        }
    }
    let name = fields.text("name")?;
    let input_shape = fields.sizes("inputShape")?;
    let layers = fields.list("layers")?;
    let version: &[&str] = if tensors.origin() == Origin::File { &["version"] } else { &[] };
    fields.finish(&[&["name", "inputShape", "layers"], version].concat())?;
    let mut builder = Builder {
        tensors,
        budget: tensors.budget(),
        shapes: vec![Shape::new("inputShape", &input_shape)?],
        names: HashMap::from([("input".to_string(), Source::Input)]),
        nodes: Vec::new(),
        last: Source::Input,
        dropped: Vec::new(),
    };
    for (index, layer) in layers.into_iter().enumerate() {
        builder.add(index, layer)?;
    }
    // The last layer is the output, also where it only passes on what comes earlier.
    let behind = builder.nodes.last().filter(|_| builder.last != Source::Layer(builder.nodes.len() - 1));
    if let Some(node) = behind {
        return Err(Error::shape(format!("layer `{}`", node.name), "a layer that reads it", "none"));
    }
    let (network, rewrites) = Network::graph(input_shape, builder.nodes)?.simplify()?;
    let report = Report { dropped: builder.dropped, rewrites, notes: Vec::new() };
    Ok(Model { name, network, report })
}

struct Builder<'a> {
    tensors: &'a dyn Tensors,
    budget: Budget,
    /// Of the input and every node.
    shapes: Vec<Shape>,
    names: HashMap<String, Source>,
    nodes: Vec<Node>,
    last: Source,
    dropped: Vec<String>,
}

impl Builder<'_> {
    fn add(&mut self, index: usize, layer: Value) -> Result<()> {
        let mut fields = Fields::new(self.tensors.origin(), format!("layers[{index}]"), layer)?;
        let kind = fields.kind()?;
        let name = fields.text("name")?;
        let inputs = self.inputs(&mut fields)?;
        if inputs.is_empty() {
            let name = name.as_deref().unwrap_or(&kind);
            return Err(Error::shape(format!("layer {index} (`{}`)", shown(name)), "one input or more", 0));
        }
        let shapes: Vec<Shape> = inputs.iter().map(|&source| self.shape(source)).collect();
        if matches!(kind.as_str(), "identity" | "dropout") {
            fields.finish(&["type", "name", "inputs"])?;
            let name = name.unwrap_or_else(|| format!("{kind}{index}"));
            let [source] = inputs[..] else {
                return Err(Error::shape(format!("layer {index} (`{name}`)"), "one input", inputs.len()));
            };
            self.dropped.push(format!("{name} ({kind})"));
            self.last = source;
            return self.record(&fields, name, self.last);
        }
        let Some(layer) = self.layer(index, &kind, &mut fields, shapes.first().copied())? else {
            let kind = shown(&kind);
            let reason = format!("only `{}` are supported", Layer::SUPPORTED.join("`, `"));
            let name = name.unwrap_or_else(|| kind.clone());
            return Err(Error::UnsupportedLayer { layer: index, name, operator: kind, reason });
        };
        let name = name.unwrap_or_else(|| default_name(&layer, index));
        self.shapes.push(layer.output_shape(&format!("layer {index} (`{name}`)"), &shapes)?);
        self.nodes.push(Node { name: name.clone(), layer, inputs });
        self.last = Source::Layer(self.nodes.len() - 1);
        self.record(&fields, name, self.last)
    }

    fn record(&mut self, fields: &Fields, name: String, source: Source) -> Result<()> {
        match self.names.insert(name.clone(), source) {
            None => Ok(()),
            Some(_) => Err(fields.wrong("name", &format!("\"{name}\""), "a name that no other layer has")),
        }
    }

    fn shape(&self, source: Source) -> Shape {
        match source {
            Source::Input => self.shapes[0],
            Source::Layer(index) => self.shapes[index + 1],
        }
    }

    /// What the layer reads: the one before it where nothing is said.
    fn inputs(&self, fields: &mut Fields) -> Result<Vec<Source>> {
        let Some(names) = fields.take("inputs") else { return Ok(vec![self.last]) };
        let allowed = "an array of names of earlier layers, or \"input\"";
        let Value::Array(names) = names else { return Err(fields.wrong_value("inputs", &names, allowed)) };
        let source = |name: &Value| {
            let known = name.as_str().and_then(|name| self.names.get(name));
            known.copied().ok_or_else(|| fields.wrong_value("inputs", name, allowed))
        };
        names.iter().map(source).collect()
    }

    /// The layer of type `kind`; `None` where there is no such type.
    fn layer(&mut self, index: usize, kind: &str, fields: &mut Fields, input: Option<Shape>) -> Result<Option<Layer>> {
        let (layer, known): (_, &[&str]) = match kind {
            "dense" => (self.dense(index, fields, input)?, &["weights", "bias", "activation", "maximum"]),
            "conv2d" => (self.conv(index, fields, input)?, &CONV),
            "batchNorm" => (self.norm(fields).map_err(|error| error.of_layer(index))?, &NORM),
            "activation" => (Layer::Activation(fields.activation(None)?), &["activation", "maximum"]),
            "avgPool2d" => (mean(fields)?, &["kernel", "stride", "padding", "countIncludePad"]),
            "maxPool2d" => (Layer::MaxPool2d(pool(fields)?), &["kernel", "stride", "padding"]),
            "globalAvgPool2d" => (Layer::GlobalAvgPool2d, &[]),
            "flatten" => (Layer::Flatten, &[]),
            "add" => (Layer::Add, &[]),
            "concat" => (Layer::Concat, &[]),
            _ => return Ok(None),
        };
        let known: Vec<&str> = ["type"].iter().chain(known).chain(&["name", "inputs"]).copied().collect();
        fields.finish(&known)?;
        Ok(Some(layer))
    }

    fn dense(&mut self, index: usize, fields: &mut Fields, input: Option<Shape>) -> Result<Layer> {
        let activation = fields.activation(None)?;
        let weights = self.tensor(fields, "weights")?;
        let inputs = input.map_or(0, Shape::size);
        let what = format!("weights of layer {index}{}", weights.label);
        let outputs = match weights.shape.as_deref() {
            Some(&[outputs, columns]) if columns == inputs => outputs,
            Some(shape) => {
                return Err(Error::shape(what, format!("the shape [outputs, {inputs}]"), format!("{shape:?}")));
            }
            None if inputs > 0 && weights.values.len().is_multiple_of(inputs) => weights.values.len() / inputs,
            None => 0,
        };
        let received = weights.values.len();
        let wrong = || Error::shape(what, format!("[outputs, {inputs}] values"), received);
        if outputs == 0 {
            return Err(wrong());
        }
        let weights = Array2::from_shape_vec((outputs, inputs), weights.values).map_err(|_| wrong())?;
        let bias = self.optional(fields, "bias")?;
        Ok(Layer::Dense(Dense::new(weights, bias, activation).map_err(|error| error.of_layer(index))?))
    }

    fn conv(&mut self, index: usize, fields: &mut Fields, input: Option<Shape>) -> Result<Layer> {
        let activation = fields.activation(None)?;
        let weights = self.tensor(fields, "weights")?;
        let groups = fields.whole("groups", 1)?;
        let kernel = fields.pair("kernel", None)?;
        let outputs = fields.optional_whole("outChannels")?;
        let what = format!("weights of layer {index}{}", weights.label);
        let Some(Shape::Image([channels, ..])) = input else {
            let received = input.map_or_else(|| "none".into(), |shape| shape.to_string());
            return Err(Error::shape(format!("the input of layer {index}"), "[channels, height, width]", received));
        };
        if !channels.is_multiple_of(groups) {
            return Err(Error::shape(
                format!("groups of layer {index}"),
                format!("a divisor of {channels} input channels"),
                groups,
            ));
        }
        let shape = match (weights.shape, kernel, outputs) {
            (Some(shape), ..) => shape,
            (None, Some([height, width]), Some(outputs)) => vec![outputs, channels / groups, height, width],
            (None, None, _) => return Err(fields.wrong("kernel", "undefined", "a whole number or [height, width]")),
            (None, _, None) => return Err(fields.wrong("outChannels", "undefined", "the number of output channels")),
        };
        let expected = format!("the shape [outChannels, {channels} / groups, kernel height, kernel width]");
        let fits = matches!(shape[..], [o, i, h, w] if groups > 0 && i.checked_mul(groups) == Some(channels)
            && outputs.is_none_or(|outputs| outputs == o) && kernel.is_none_or(|kernel| kernel == [h, w]));
        let sizes = <[usize; 4]>::try_from(shape.clone()).ok().filter(|_| fits);
        let count = weights.values.len();
        let weights = sizes.and_then(|[o, i, h, w]| Array4::from_shape_vec((o, i, h, w), weights.values).ok());
        let Some(weights) = weights else {
            return Err(Error::shape(what, expected, format!("{count} values for {shape:?}")));
        };
        let window = Window {
            stride: fields.pair("stride", Some([1; 2]))?.unwrap_or([1; 2]),
            padding: fields.padding()?,
            dilation: fields.pair("dilation", Some([1; 2]))?.unwrap_or([1; 2]),
            ..Window::new([weights.dim().2, weights.dim().3])
        };
        let bias = self.optional(fields, "bias")?;
        let conv = Conv2d::new(weights, bias, window, groups, activation);
        Ok(Layer::Conv2d(conv.map_err(|error| error.of_layer(index))?))
    }

    fn norm(&mut self, fields: &mut Fields) -> Result<Layer> {
        let mut statistics = Vec::with_capacity(4);
        for key in ["scale", "offset", "mean", "variance"] {
            statistics.push(Array1::from_vec(self.tensor(fields, key)?.values));
        }
        let epsilon = fields.number("epsilon")?;
        if !(0.0..=1.0).contains(&epsilon) {
            return Err(fields.wrong("epsilon", &epsilon.to_string(), "from 0 to 1"));
        }
        let activation = fields.activation(Some(Activation::Linear))?;
        let statistics: [Array1<f32>; 4] = std::array::from_fn(|k| std::mem::take(&mut statistics[k]));
        Ok(Layer::BatchNorm(BatchNorm::new(statistics, epsilon, activation)?))
    }

    fn tensor(&mut self, fields: &mut Fields, key: &str) -> Result<Tensor> {
        let reference = fields.needed(key, self.tensors.origin().tensor())?;
        self.tensors.tensor(&fields.path(key), &reference, &mut self.budget)
    }

    fn optional(&mut self, fields: &mut Fields, key: &str) -> Result<Option<Array1<f32>>> {
        match fields.take(key) {
            None | Some(Value::Null) => Ok(None),
            Some(reference) => {
                let tensor = self.tensors.tensor(&fields.path(key), &reference, &mut self.budget)?;
                Ok(Some(Array1::from_vec(tensor.values)))
            }
        }
    }
}

const CONV: [&str; 10] =
    ["outChannels", "kernel", "stride", "padding", "dilation", "groups", "weights", "bias", "activation", "maximum"];
const NORM: [&str; 7] = ["scale", "offset", "mean", "variance", "epsilon", "activation", "maximum"];

fn mean(fields: &mut Fields) -> Result<Layer> {
    let window = pool(fields)?;
    let counts = fields.flag("countIncludePad", true)? || window.padding == [0; 4];
    Ok(if counts { Layer::AvgPool2d(window) } else { Layer::AvgPool2dInside(window, [0; 4]) })
}

fn pool(fields: &mut Fields) -> Result<Window> {
    let Some(kernel) = fields.pair("kernel", None)? else {
        return Err(fields.wrong("kernel", "undefined", "a whole number or [height, width]"));
    };
    let stride = fields.pair("stride", Some(kernel))?.unwrap_or(kernel);
    Ok(Window { stride, padding: fields.padding()?, ..Window::new(kernel) })
}
