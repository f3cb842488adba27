//! From the nodes of a graph to the layers of a network.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::graph::{Graph, Node};
use super::op::{Computed, Op, Readout, Value};
use super::proto::{DimensionProto, ValueInfoProto};
use super::tensors::{self, is_float, type_name};
use super::view::View;
use super::{Budget, fold, shown};
use crate::ann::{self, Activation, Layer, Shape, Source};
use crate::error::{Error, Result};

/// The layers while the graph is read.
pub(super) struct Builder<'a> {
    pub(super) graph: &'a Graph<'a>,
    /// How often each value of the graph is read.
    uses: &'a HashMap<&'a str, usize>,
    pub(super) budget: Budget,
    values: HashMap<&'a str, Value>,
    pub(super) nodes: Vec<ann::Node>,
    shapes: Vec<Shape>,
    /// Which layers give nothing below 0.
    positive: Vec<bool>,
    names: HashSet<String>,
    pub(super) dropped: Vec<String>,
    pub(super) notes: Vec<String>,
    input: Input,
    /// The image that a layer wants to read of the input, where that was not known.
    wanted: Option<View>,
}

/// What came of reading the graph.
pub(super) enum Built {
    Finished {
        network: Draft,
        /// The image that the input probably is, where no layer says so.
        guess: Option<View>,
    },
    /// The input has to be this image.
    Wants(View),
}

impl Built {
    pub(super) fn finished(self) -> Result<Draft> {
        match self {
            Self::Finished { network, .. } => Ok(network),
            Self::Wants(_) => Err(Error::model("the graph reads its input as different images")),
        }
    }
}

/// The parts of a network.
pub(super) struct Draft {
    pub(super) input_shape: Vec<usize>,
    pub(super) nodes: Vec<ann::Node>,
    pub(super) dropped: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// The input of the graph.
struct Input {
    sizes: Vec<usize>,
    value: Computed,
}

impl<'a> Builder<'a> {
    /// `image` are the axes of the input that are its channels, rows and columns, where they are known.
    pub(super) fn new(
        graph: &'a Graph<'a>,
        uses: &'a HashMap<&'a str, usize>,
        budget: Budget,
        image: Option<View>,
    ) -> Result<Self> {
        let used = graph.inputs.iter().find(|input| uses.contains_key(input.name.as_str()));
        let used = used.ok_or_else(|| Error::model("the outputs of the graph do not depend on an input"))?;
        let input = Input::new(graph, used, image)?;
        let values = HashMap::from([(used.name.as_str(), Value::Computed(input.value.clone()))]);
        Ok(Self {
            graph,
            uses,
            budget,
            values,
            nodes: Vec::new(),
            shapes: Vec::new(),
            positive: Vec::new(),
            names: HashSet::new(),
            dropped: Vec::new(),
            notes: Vec::new(),
            input,
            wanted: None,
        })
    }

    pub(super) fn run(mut self, order: &[usize]) -> Result<Built> {
        let graph = self.graph;
        for node in order.iter().filter_map(|&index| graph.nodes.get(index)) {
            let value = self.op(node).and_then(|mut op| self.evaluate(&mut op));
            if let Some(image) = self.wanted {
                return Ok(Built::Wants(image));
            }
            let value = value?;
            for (name, value) in node.outputs().iter().zip(value) {
                let value = match value {
                    Value::Computed(value) => {
                        let sole = value.sole && self.uses.get(name.as_str()) == Some(&1);
                        Value::Computed(Computed { sole, ..value })
                    }
                    other => other,
                };
                self.values.insert(name, value);
            }
        }
        self.finish()
    }

    /// Reads what a node reads.
    fn op(&mut self, node: &'a Node<'a>) -> Result<Op<'a>> {
        let attributes = node.attributes()?;
        let mut inputs = Vec::with_capacity(node.inputs().len());
        for name in node.inputs() {
            inputs.push(match (self.values.get(name.as_str()), self.graph.initializers.get(name.as_str())) {
                _ if name.is_empty() => None,
                // Numbers that nothing else reads are taken, so that they are not copied; who else reads them copies them.
                (Some(Value::Constant(_)), _) if self.uses.get(name.as_str()) == Some(&1) => {
                    self.values.remove(name.as_str())
                }
                (Some(value), _) => {
                    if let Value::Constant(constant) = value {
                        self.budget.spend(&node.label(), constant.count())?;
                    }
                    Some(value.clone())
                }
                (None, Some(tensor)) => {
                    Some(Value::Constant(Rc::new(tensors::read(tensor, &node.label(), &mut self.budget)?)))
                }
                (None, None) if self.graph.inputs.iter().any(|input| &input.name == name) => {
                    return Err(node.unsupported(format!(
                        "it reads `{}`, another input of the graph; only one is supported, and weights have to be in \
                         the file",
                        shown(name)
                    )));
                }
                (None, None) => {
                    let reason = format!("it reads `{}`, which is not the first output of its node", shown(name));
                    return Err(node.unsupported(reason));
                }
            });
        }
        Ok(Op { node, attributes, inputs })
    }

    /// What a node gives: its first output, or all that are read.
    fn evaluate(&mut self, op: &mut Op<'_>) -> Result<Vec<Value>> {
        match (op.operator(), op.optional(0)) {
            ("Split", Some(Value::Computed(_))) => Ok(self.split(op)?.into_iter().map(Value::Computed).collect()),
            _ => Ok(vec![self.first(op)?]),
        }
    }

    fn first(&mut self, op: &mut Op<'_>) -> Result<Value> {
        if let Some(readout) = op.inputs.iter().flatten().find_map(|value| match value {
            Value::Readout(readout) => Some(readout.clone()),
            _ => None,
        }) {
            return self.after_readout(op, readout);
        }
        let depends = |value: &Value| matches!(value, Value::Computed(_));
        let first = op.optional(0).is_some_and(depends);
        if op.operator() == "Shape" && first {
            return fold::shape_of(op, &op.computed(0)?.view.sizes());
        }
        if !op.inputs.iter().flatten().any(depends) || (op.operator() == "CastLike" && !first) {
            return Ok(Value::Constant(Rc::new(fold::evaluate(op, &mut self.budget)?)));
        }
        let computed = match op.operator() {
            "Identity" => self.left_out(op)?,
            "Dropout" => self.dropout(op)?,
            "Cast" if !is_float(op.attributes.int("to", 0)?) => {
                return Err(
                    op.unsupported("it casts values to whole numbers; only casts to floating point are supported")
                );
            }
            "Cast" | "CastLike" => op.padded(0)?.clone(),
            "Relu" => self.activation(op, 0, Activation::Relu)?,
            "Clip" => self.clip(op)?,
            "Max" | "Min" => self.bound(op)?,
            "Conv" => self.conv(op)?,
            "Gemm" => self.gemm(op)?,
            "MatMul" => self.matmul(op)?,
            "MaxPool" => self.max_pool(op)?,
            "AveragePool" => self.average_pool(op)?,
            "GlobalAveragePool" | "GlobalMaxPool" | "ReduceMean" | "ReduceMax" => self.global_pool(op)?,
            "BatchNormalization" => self.batch_norm(op)?,
            "Scaler" => self.scaler(op)?,
            "Neg" => self.negated(op, op.computed(0)?.clone())?,
            "Add" | "Sub" | "Mul" | "Div" | "Sum" => self.arithmetic(op)?,
            "Concat" => self.concat(op)?,
            "Flatten" => self.flatten(op)?,
            "Reshape" => self.reshape(op)?,
            "Squeeze" => self.squeeze(op)?,
            "Unsqueeze" => self.unsqueeze(op)?,
            "Transpose" => self.transpose(op)?,
            "Pad" => self.pad(op)?,
            "Slice" => self.slice(op)?,
            "Gather" => self.gather(op)?,
            "Softmax" | "LogSoftmax" | "Sigmoid" | "ArgMax" | "ZipMap" => return self.readout(op),
            _ => {
                return Err(op.unsupported(
                    "it is supported for constants only, where it computes a shape or weights; to leave rows and columns \
                     of an image out, use a 1 x 1 convolution with a stride",
                ));
            }
        };
        Ok(Value::Computed(computed))
    }

    /// Adds a layer; gives it and the shape of its output.
    pub(super) fn push(&mut self, op: &Op<'_>, layer: Layer, inputs: &[&Computed]) -> Result<(Source, Shape)> {
        let shapes: Vec<Shape> = inputs.iter().map(|input| input.shape).collect();
        let shape = layer.output_shape(&op.node.label(), &shapes)?;
        let positive = match &layer {
            Layer::Activation(activation) => *activation != Activation::Linear,
            Layer::Dense(_) | Layer::Conv2d(_) | Layer::BatchNorm(_) => false,
            _ => inputs.iter().all(|input| self.is_positive(input)),
        };
        let inputs = inputs.iter().map(|input| input.source).collect();
        let name = self.unique(op);
        self.nodes.push(ann::Node { name, layer, inputs });
        self.shapes.push(shape);
        self.positive.push(positive);
        Ok((Source::Layer(self.nodes.len() - 1), shape))
    }

    /// Whether no value of it can be below 0.
    pub(super) fn is_positive(&self, value: &Computed) -> bool {
        match value.source {
            Source::Input => false,
            Source::Layer(index) => self.positive.get(index) == Some(&true),
        }
    }

    /// A name for a layer that no other has: the node's where that is free, or that of its output.
    fn unique(&mut self, op: &Op<'_>) -> String {
        let name = op.node.name();
        let output = shown(op.node.outputs().first().map_or("", String::as_str));
        let numbered = format!("{name} ({})", self.nodes.len());
        let free = [&name, &output].into_iter().find(|name| !self.names.contains(*name));
        let name = free.cloned().unwrap_or(numbered);
        self.names.insert(name.clone());
        name
    }

    /// The sizes of the image `[channels, height, width]` that a layer reads, and which the axes `order` of its input
    /// are.
    pub(super) fn image(&mut self, op: &Op<'_>, value: &Computed, order: [usize; 3]) -> Result<[usize; 3]> {
        let refused = |reason: String| Err(op.unsupported(reason));
        let Some(view) = value.view.permuted(&order) else {
            let sizes = value.view.sizes();
            return refused(format!(
                "it reads values of shape [batch, {}]; only images, [batch, channels, height, width], are supported",
                sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            ));
        };
        match value.shape {
            _ if value.raw => {
                self.wanted = Some(view);
                refused("it reads the input as an image".into())
            }
            Shape::Image(sizes) if view == View::contiguous(&sizes) => Ok(sizes),
            Shape::Image(sizes) => {
                refused(format!("it reads an image {sizes:?} in another order than [batch, channels, height, width]"))
            }
            Shape::Flat(size) => refused(format!(
                "it reads a vector of {size} values as an image: the values of a dense layer cannot be made one \
                 (Reshape, Unflatten)"
            )),
        }
    }

    /// Puts the parts together that the scores need.
    fn finish(self) -> Result<Built> {
        let &Computed { source, shape, .. } = self.scores()?;
        let Source::Layer(last) = source else {
            return Err(Error::model("there is no layer between the input and the outputs of the graph"));
        };
        let mut needed = vec![false; last + 1];
        needed[last] = true;
        for index in (0..=last).rev().filter(|&index| index < self.nodes.len()) {
            if needed[index] {
                for source in &self.nodes[index].inputs {
                    if let Source::Layer(before) = *source {
                        needed[before] = true;
                    }
                }
            }
        }
        let places: Vec<usize> = needed
            .iter()
            .scan(0, |count, &needed| {
                let place = *count;
                *count += usize::from(needed);
                Some(place)
            })
            .collect();
        let mut nodes = Vec::with_capacity(self.nodes.len());
        for (mut node, _) in self.nodes.into_iter().zip(&needed).filter(|(_, needed)| **needed) {
            for source in &mut node.inputs {
                if let Source::Layer(before) = source {
                    *before = places[*before];
                }
            }
            nodes.push(node);
        }
        let guess = self.input.guess();
        let mut notes = [self.input.notes(), self.notes].concat();
        if shape.size() == 1 {
            notes.push(
                "the graph gives a single score, so that every prediction is class 0; if it decides between two \
                 classes, end it with a sigmoid"
                    .into(),
            );
        }
        let network = Draft { input_shape: Vec::from(self.input.value.shape), nodes, dropped: self.dropped, notes };
        Ok(Built::Finished { network, guess })
    }

    /// The scores that all outputs are, or are read off.
    fn scores(&self) -> Result<&Computed> {
        let mut found: Option<(&str, &Computed)> = None;
        for name in &self.graph.outputs {
            let scores = match self.values.get(name.as_str()) {
                Some(Value::Computed(value)) => value,
                Some(Value::Readout(Readout { opposite: true, .. })) => {
                    let reason =
                        "is the probability of the other class; give the model that of the class as its output";
                    return Err(Error::model(format!("the output `{}` {reason}", shown(name))));
                }
                Some(Value::Readout(readout)) => &readout.scores,
                _ => return Err(Error::model(format!("the output `{}` does not depend on the input", shown(name)))),
            };
            if scores.padding != [0; 4] || !scores.view.is_in_order() {
                return Err(Error::model(format!(
                    "the output `{}` is an image that was padded or whose channels are last; the outputs have to be \
                     the scores",
                    shown(name)
                )));
            }
            match found {
                Some((first, other)) if other.source != scores.source => {
                    return Err(Error::model(format!(
                        "the outputs `{}` and `{}` are different values; export the model with the scores as its only \
                         output",
                        shown(first),
                        shown(name)
                    )));
                }
                Some(_) => {}
                None => found = Some((name, scores)),
            }
        }
        found.map(|(_, scores)| scores).ok_or_else(|| Error::model("the graph has no output"))
    }
}

impl Input {
    fn new(graph: &Graph<'_>, info: &ValueInfoProto, image: Option<View>) -> Result<Self> {
        let reader =
            graph.reader(&info.name).map_or_else(String::new, |node| format!(", which {} reads,", node.label()));
        let what = format!("the input `{}`{reader}", shown(&info.name));
        let tensor = info.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
        let tensor = tensor.ok_or_else(|| Error::model(format!("{what} has no type")))?;
        if !is_float(i64::from(tensor.elem_type)) {
            let kind = type_name(tensor.elem_type);
            return Err(Error::model(format!(
                "{what} is of {kind}; images and vectors of floating-point numbers are read"
            )));
        }
        let dims = tensor.shape.as_ref().map_or(&[][..], |shape| &shape.dim);
        let Some((_, dims)) = dims.split_first().filter(|(_, dims)| (1..tensors::MAX_RANK).contains(&dims.len()))
        else {
            let received = format!("{} dimensions", dims.len());
            return Err(Error::shape(what, "[batch, values] or [batch, channels, height, width]", received));
        };
        let sizes =
            dims.iter().enumerate().map(|(index, dim)| size_of(&what, index + 1, dim)).collect::<Result<Vec<_>>>()?;
        let size = Shape::new(&what, &sizes)?.size();
        let (shape, view, raw) = match image {
            None => (Shape::Flat(size), View::contiguous(&sizes), true),
            Some(image) => {
                let (shape, view) =
                    image.as_image(&sizes).ok_or_else(|| Error::model(format!("{what} cannot be read as an image")))?;
                (shape, view, false)
            }
        };
        Ok(Self { sizes, value: Computed { raw, ..Computed::new(Source::Input, shape, view) } })
    }

    /// The image that it may be where no layer says so, with its values in the same order: whether others have the
    /// channels last is not known.
    fn guess(&self) -> Option<View> {
        if !self.value.raw {
            return None;
        }
        let view = View::contiguous(&self.sizes);
        match self.sizes[..] {
            [first, _, 1] if first > 1 => view.permuted(&[2, 0, 1]),
            [first, _, last] if matches!(last, 3 | 4) && !matches!(first, 1 | 3 | 4) => None,
            [_, _, _] => Some(view),
            [height, width] if height > 1 && width > 1 => view.reshaped(&[1, height, width]),
            _ => None,
        }
    }

    /// What to know where our input is of another shape than the graph's.
    fn notes(&self) -> Vec<String> {
        let Shape::Image([channels, height, width]) = self.value.shape else { return Vec::new() };
        let view = &self.value.view;
        if self.sizes == [channels, height, width] && view.is_in_order() {
            return Vec::new();
        }
        if Some(view) == View::contiguous(&[channels, height, width]).permuted(&[1, 2, 0]).as_ref() {
            return vec![
                "the graph takes images as [height, width, channels]; give them channel-first, [channels, \
                         height, width]"
                    .into(),
            ];
        }
        let order = match view.is_in_order() {
            true => "in the same order".into(),
            false => format!("in another order: {}", view.recipe([channels, height, width])),
        };
        vec![format!("the graph takes its input as {:?}; give it as {}, {order}", self.sizes, self.value.shape)]
    }
}

fn size_of(what: &str, axis: usize, dim: &DimensionProto) -> Result<usize> {
    match usize::try_from(dim.dim_value) {
        Ok(size) if size > 0 => Ok(size),
        _ if !dim.dim_param.is_empty() || dim.dim_value == 0 => Err(Error::model(format!(
            "dimension {axis} of {what} is not fixed (`{}`); only the batch may be: export the model with a fixed size",
            if dim.dim_param.is_empty() { "?".into() } else { shown(&dim.dim_param) }
        ))),
        Err(_) if dim.dim_value > 0 => Err(Error::shape(what, "dimensions below 2^32", dim.dim_value)),
        _ => Err(Error::shape(what, "dimensions above 0", dim.dim_value)),
    }
}
