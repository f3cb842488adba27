//! The plan of a conversion: which layers of spiking neurons there will be, and what each of them reads.
//!
//! A trained network is a graph of layers; only some of them become neurons. What is linear between two activations
//! becomes the synapses of the later one: convolutions and dense layers with their weights, sums as several
//! connections into one layer, concatenation as connections from several layers, pools as what spikes pass on the way.

use std::iter::repeat_n;
use std::ops::Range;
use std::sync::Arc;

use super::wire::{Pooling, Wire};
use crate::ann::{Activation, Apart, BatchNorm, Layer, Network, Node, Shape, Source, Window};
use crate::error::{Error, Result};
use crate::snn::PoolKind;

/// The most connections from neurons to the cells of pools: half a GiB.
const MOST_POOLED: usize = 1 << 26;

/// The most weights of all connections: one GiB. A layer that goes into several sums is there once for each.
const MOST_WEIGHTS: usize = 1 << 28;

/// The most branches of sums and concatenations that all layers read: those of a sum of sums multiply.
const MOST_BRANCHES: usize = 1 << 17;

/// What one layer of spiking neurons will be.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) name: String,
    /// The layer of the trained network whose values its neurons stand for.
    pub(super) node: usize,
    pub(super) shape: Shape,
    pub(super) activation: Activation,
    /// Per neuron of a vector or channel of an image, or per neuron of an image, channel-first.
    pub(super) bias: Vec<f64>,
    pub(super) links: Vec<Link>,
}

/// One connection into a unit.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) wire: Wire,
    pub(super) map: Map,
    /// What batch normalisation multiplies the sums of each neuron or channel by, where it could not be folded.
    factors: Option<Arc<[f64]>>,
}

impl Link {
    fn new(wire: Wire, map: Map) -> Self {
        Self { wire, map, factors: None }
    }

    /// What the weights of a neuron or channel are multiplied by.
    pub(super) fn factor(&self, group: usize) -> f64 {
        self.factors.as_ref().map_or(1.0, |factors| factors[group])
    }

    /// With the sums multiplied by `factors`.
    fn scaled(mut self, factors: &Arc<[f64]>) -> Self {
        self.factors = Some(match self.factors {
            Some(before) => before.iter().zip(&**factors).map(|(before, factor)| before * factor).collect(),
            None => Arc::clone(factors),
        });
        self
    }
}

/// How a wire reaches the neurons of a unit.
#[derive(Clone, Debug)]
pub(super) enum Map {
    /// Through these rows of the weights of a dense layer.
    Dense { node: usize, rows: Range<usize> },
    /// Through these input channels of a convolution.
    Conv { node: usize, channels: Range<usize> },
    /// Each to the neuron at its place, from this channel on.
    Pointwise { offset: usize },
}

/// What a layer of the trained network gives, in terms of spikes.
#[derive(Clone, Debug)]
enum Value {
    /// Spikes of one or several units, side by side.
    Wires { shape: Shape, wires: Vec<Wire> },
    /// A sum that no neuron has turned into spikes yet.
    Sum { shape: Shape, bias: Vec<f64>, links: Vec<Link> },
}

impl Value {
    fn shape(&self) -> Shape {
        match self {
            Self::Wires { shape, .. } | Self::Sum { shape, .. } => *shape,
        }
    }

    fn branches(&self) -> usize {
        match self {
            Self::Wires { wires, .. } => wires.len(),
            Self::Sum { links, .. } => links.len(),
        }
    }
}

/// The units of `ann`, each after those that it reads; the last one is the output.
pub(super) fn units(ann: &Network) -> Result<Vec<Unit>> {
    let mut planner = Planner { ann, values: Vec::new(), units: Vec::new(), branches: 0 };
    let positive = ann.positive();
    for (index, node) in ann.nodes().iter().enumerate() {
        if !matches!(node.layer, Layer::Add | Layer::Activation(_) | Layer::BatchNorm(_) | Layer::Flatten) {
            planner.settle_positive(index, &positive);
        }
        let value = planner.value(index)?;
        planner.values.push(value);
    }
    planner.finish()
}

struct Planner<'a> {
    ann: &'a Network,
    values: Vec<Value>,
    units: Vec<Unit>,
    /// How many branches were read so far.
    branches: usize,
}

impl Planner<'_> {
    fn value(&mut self, index: usize) -> Result<Value> {
        let node = &self.ann.nodes()[index];
        let shape = self.ann.shape(Source::Layer(index));
        let branches = |source: &Source| match source {
            Source::Layer(index) => self.values[*index].branches(),
            Source::Input => 1,
        };
        self.branches += node.inputs.iter().map(branches).sum::<usize>();
        if self.branches > MOST_BRANCHES {
            let reason = format!("layers up to it read more than {MOST_BRANCHES} branches of sums and concatenations");
            return Err(self.refuse(index, &reason));
        }
        let inputs: Vec<Value> = node.inputs.iter().map(|&source| self.read(source)).collect();
        let links = |map: &dyn Fn(Range<usize>) -> Map, flat: bool| -> Result<Vec<Link>> {
            let Value::Wires { wires, .. } = &inputs[0] else {
                return Err(self.without_relu(node.inputs[0], index));
            };
            let mut at = 0;
            let link = |wire: &Wire| {
                let start = at;
                at += if flat { wire.shape.size() } else { wire.shape.groups() };
                Link::new(wire.clone(), map(start..at))
            };
            Ok(wires.iter().map(link).collect())
        };
        match &node.layer {
            Layer::Dense(dense) => {
                let links = links(&|rows| Map::Dense { node: index, rows }, true)?;
                let bias = bias_of(dense.bias(), dense.outputs());
                Ok(self.settle(index, dense.activation(), Value::Sum { shape, bias, links }))
            }
            Layer::Conv2d(conv) => {
                let placed = conv.placed();
                let map = |channels: Range<usize>| match &placed {
                    Some((offset, _)) => Map::Pointwise { offset: offset + channels.start },
                    None => Map::Conv { node: index, channels },
                };
                let mut links = links(&map, false)?;
                if let Some((offset, weights)) = &placed {
                    let mut factors = vec![0.0; conv.out_channels()];
                    factors[*offset..].iter_mut().zip(weights).for_each(|(factor, &weight)| *factor = weight.into());
                    let factors = factors.into();
                    links = links.into_iter().map(|link| link.scaled(&factors)).collect();
                }
                let bias = bias_of(conv.bias(), conv.out_channels());
                Ok(self.settle(index, conv.activation(), Value::Sum { shape, bias, links }))
            }
            Layer::Activation(activation) => match &inputs[0] {
                Value::Sum { .. } => Ok(self.settle(index, *activation, inputs[0].clone())),
                // Spikes are never negative.
                Value::Wires { wires, .. } if activation.cap().is_none_or(|cap| cap >= 1.0 && are_of_input(wires)) => {
                    Ok(inputs[0].clone())
                }
                Value::Wires { .. } => {
                    Err(self.refuse(index, "a cap needs neurons of its own; put it on the layer with the weights"))
                }
            },
            Layer::AvgPool2d(window) => self.pool(index, Pooling::mean(*window), &inputs[0]),
            Layer::AvgPool2dPart(window, area) => {
                self.pool(index, Pooling { area: Some(*area), ..Pooling::mean(*window) }, &inputs[0])
            }
            Layer::AvgPool2dInside(..) => {
                Err(self.refuse(index, "the padding that it leaves out of its mean differs in too many ways; pad less"))
            }
            Layer::GlobalAvgPool2d => match inputs[0].shape() {
                Shape::Image([_, height, width]) => {
                    self.pool(index, Pooling::mean(Window::new([height, width])), &inputs[0])
                }
                Shape::Flat(_) => Err(self.refuse(index, "it pools a vector")),
            },
            Layer::MaxPool2d(window) => {
                self.pool(index, Pooling { kind: PoolKind::Max, ..Pooling::mean(*window) }, &inputs[0])
            }
            Layer::Flatten => Ok(flattened(inputs[0].clone(), shape)),
            Layer::BatchNorm(norm) => self.norm(index, norm, inputs[0].clone()),
            Layer::Add => self.add(index, inputs, shape),
            Layer::Concat => self.concat(index, inputs, shape),
        }
    }

    fn read(&self, source: Source) -> Value {
        match source {
            Source::Layer(index) => self.values[index].clone(),
            Source::Input => {
                let shape = self.ann.shape(source);
                let wire = Wire::new(0, shape, source);
                Value::Wires { shape, wires: vec![wire] }
            }
        }
    }

    /// Gives a sum its neurons, where it has an activation.
    fn settle(&mut self, index: usize, activation: Activation, value: Value) -> Value {
        match value {
            Value::Sum { shape, bias, links } if activation != Activation::Linear => {
                let name = self.ann.nodes()[index].name.clone();
                self.units.push(Unit { name, node: index, shape, activation, bias, links });
                let wire = Wire::new(self.units.len(), shape, Source::Layer(index));
                Value::Wires { shape, wires: vec![wire] }
            }
            other => other,
        }
    }

    /// Gives the sums that a layer reads neurons of their own where they are never negative: an activation changes nothing.
    fn settle_positive(&mut self, index: usize, positive: &[bool]) {
        for source in &self.ann.nodes()[index].inputs {
            if let Source::Layer(read) = *source
                && positive[read]
                && matches!(self.values[read], Value::Sum { .. })
            {
                let sum = self.values[read].clone();
                self.values[read] = self.settle(read, Activation::Relu, sum);
            }
        }
    }

    /// Batch normalisation that no other layer has taken up scales the sums that come in, or gives spikes weights.
    fn norm(&mut self, index: usize, norm: &BatchNorm, input: Value) -> Result<Value> {
        let (shape, bias, links) = match input {
            Value::Sum { shape, bias, links } => (shape, bias, links),
            Value::Wires { wires, shape } => (shape, vec![0.0; shape.groups()], self.pointwise(index, wires, shape)?),
        };
        let affine = norm.affine();
        if affine.len() != shape.groups() {
            return Err(self.refuse(index, "it takes a flattened sum; put it before the image is flattened"));
        }
        let each = bias.len() / affine.len();
        let of = |(at, bias): (usize, f64)| affine[at / each].0 * bias + affine[at / each].1;
        let bias = bias.into_iter().enumerate().map(of).collect();
        let factors: Arc<[f64]> = affine.iter().map(|&(factor, _)| factor).collect();
        let links = links.into_iter().map(|link| link.scaled(&factors)).collect();
        Ok(self.settle(index, norm.activation(), Value::Sum { shape, bias, links }))
    }

    fn pool(&self, index: usize, pool: Pooling, input: &Value) -> Result<Value> {
        let shape = self.ann.shape(Source::Layer(index));
        let Value::Wires { wires, .. } = input else {
            return Err(self.without_relu(self.ann.nodes()[index].inputs[0], index));
        };
        let Shape::Image([_, height, width]) = shape else {
            return Err(self.refuse(index, "it pools a vector"));
        };
        let mut first = 0;
        let pooled = wires.iter().map(|wire| {
            let wire = wire.pooled(pool, [height, width], (Source::Layer(index), first));
            first += wire.shape.size();
            wire
        });
        Ok(Value::Wires { wires: pooled.collect(), shape })
    }

    fn concat(&self, index: usize, inputs: Vec<Value>, shape: Shape) -> Result<Value> {
        let mut all = Vec::new();
        for (input, &source) in inputs.into_iter().zip(&self.ann.nodes()[index].inputs) {
            match input {
                Value::Wires { wires, .. } => all.extend(wires),
                Value::Sum { .. } => return Err(self.without_relu(source, index)),
            }
        }
        Ok(Value::Wires { shape, wires: all })
    }

    /// Spikes and sums, added up. Spikes alone need no activation: their sum is never negative.
    fn add(&mut self, index: usize, inputs: Vec<Value>, shape: Shape) -> Result<Value> {
        let only_wires = inputs.iter().all(|input| matches!(input, Value::Wires { .. }));
        // The sum of a flattened image stays an image, which the others must be then.
        let images = inputs.iter().filter(|input| matches!(input, Value::Sum { .. })).map(Value::shape);
        let shape = images.max_by_key(|shape| shape.positions()).unwrap_or(shape);
        let mut bias = vec![0.0; shape.groups()];
        let mut all = Vec::new();
        for input in inputs {
            match input {
                Value::Sum { shape: own, .. } if own != shape && own.positions().max(shape.positions()) > 1 => {
                    let reason = "it adds a flattened image to a vector; give both neurons of their own, with a \
                                  `relu`, or add the images before they are flattened";
                    return Err(self.refuse(index, reason));
                }
                Value::Sum { bias: more, links, .. } => {
                    if more.len() > bias.len() {
                        bias = bias.iter().flat_map(|&sum| repeat_n(sum, shape.positions())).collect();
                    }
                    let each = bias.len() / more.len();
                    bias.iter_mut().enumerate().for_each(|(index, sum)| *sum += more[index / each]);
                    all.extend(links);
                }
                Value::Wires { wires, .. } => all.extend(self.pointwise(index, wires, shape)?),
            }
        }
        let sum = Value::Sum { shape, bias, links: all };
        Ok(self.settle(index, if only_wires { Activation::Relu } else { Activation::Linear }, sum))
    }

    /// Every wire to the neurons at its place, one wire after the other.
    fn pointwise(&self, index: usize, wires: Vec<Wire>, to: Shape) -> Result<Vec<Link>> {
        let mut offset = 0;
        let mut links = Vec::with_capacity(wires.len());
        for wire in wires {
            if wire.shape.positions() != to.positions() {
                return Err(self.refuse(index, "it takes a flattened image; do it before the image is flattened"));
            }
            let map = Map::Pointwise { offset };
            offset += wire.shape.groups();
            links.push(Link::new(wire, map));
        }
        Ok(links)
    }

    /// The output gets neurons of its own, whatever it is.
    fn finish(mut self) -> Result<Vec<Unit>> {
        let index = self.ann.nodes().len() - 1;
        let node = &self.ann.nodes()[index];
        let (shape, bias, links) = match self.read(Source::Layer(index)) {
            Value::Sum { shape, bias, links } => (shape, bias, links),
            // Of the last unit, since every other one is read.
            Value::Wires { wires, .. } if wires.len() == 1 && wires[0].pools.is_empty() => return self.checked(),
            Value::Wires { wires, shape } => (shape, vec![0.0; shape.groups()], self.pointwise(index, wires, shape)?),
        };
        let activation = Activation::Linear;
        self.units.push(Unit { name: node.name.clone(), node: index, shape, activation, bias, links });
        self.checked()
    }

    fn checked(self) -> Result<Vec<Unit>> {
        let links = self.units.iter().flat_map(|unit| &unit.links);
        let pairs = links.map(|link| link.wire.pairs).fold(0, usize::saturating_add);
        if pairs > MOST_POOLED {
            let expected = format!("at most {MOST_POOLED} connections from neurons to the cells of pools");
            return Err(Error::shape("the pools", expected, pairs));
        }
        let weights = self.units.iter().flat_map(|unit| unit.links.iter().map(|link| self.weights(unit, link)));
        let weights = weights.fold(0, usize::saturating_add);
        if weights > MOST_WEIGHTS {
            let expected =
                format!("at most {MOST_WEIGHTS} weights, those of a layer once for each sum that it goes into");
            return Err(Error::shape("the connections", expected, weights));
        }
        match self.units.last() {
            Some(last) if last.shape.positions() == 1 => Ok(self.units),
            Some(last) => {
                Err(Error::shape("the output", "one score per class, such as [10] or [10, 1, 1]", last.shape))
            }
            None => Err(Error::shape("layers", "at least one layer with weights", "none")),
        }
    }

    /// How many weights a connection has.
    fn weights(&self, unit: &Unit, link: &Link) -> usize {
        match &link.map {
            Map::Dense { rows, .. } => rows.len() * unit.shape.size(),
            Map::Conv { node, channels } => match &self.ann.nodes()[*node].layer {
                Layer::Conv2d(conv) => channels.len() * conv.window().taps() * (unit.shape.groups() / conv.groups()),
                _ => 0,
            },
            Map::Pointwise { .. } => unit.shape.groups(),
        }
    }

    /// A hidden layer whose sums go on to layer `reader` as they are.
    fn without_relu(&self, source: Source, reader: usize) -> Error {
        let Source::Layer(index) = source else { return Error::shape("layers", "at least one layer", "none") };
        if matches!(self.ann.nodes()[index].layer, Layer::BatchNorm(_)) {
            let reason = "it could not be folded: without an activation behind it, it needs a dense or conv2d layer \
                          right before it, without an activation between and read by nothing else, or right behind \
                          it, with pools or flattening between, but no max pool that a negative factor turns round; \
                          put a `relu` behind it, or train with it before the activation";
            return self.refuse(index, reason);
        }
        let (mut read, mut reader) = (index, reader);
        while matches!(self.ann.nodes()[reader].layer, Layer::Concat) {
            let reads = |node: &Node| node.inputs.contains(&Source::Layer(reader));
            let Some(next) = self.ann.nodes().iter().position(reads) else { break };
            (read, reader) = (reader, next);
        }
        let (index, why) = match self.ann.apart(read, reader) {
            Ok(Some((part, Apart::Kind))) => (part, "what reads it needs spikes"),
            Ok(Some((part, Apart::Size))) => (part, "the two as one layer would be too large"),
            Ok(Some((part, Apart::Padding))) => {
                (part, "the two are not one layer, because the second has zeros around what the first gives")
            }
            // Readers simplify what they read.
            _ if cfg!(all(feature = "bindings", target_arch = "wasm32")) => {
                (index, "the layers for all that is added up would be too many, or too large")
            }
            _ => (
                index,
                "call `simplify` on the network; after that, the layers for all that is added up would be too many, or too large",
            ),
        };
        let reader = &self.ann.nodes()[reader];
        let reason = format!(
            "nothing says that its output cannot be negative, `{}` ({}) reads it, and a spike count cannot be negative: \
             hidden layers need the activation `relu` right behind them (before a concatenation or an average), only \
             the last one may be `linear`; {why}",
            reader.name,
            reader.layer.kind()
        );
        self.refuse(index, &reason)
    }

    fn refuse(&self, index: usize, reason: &str) -> Error {
        let node = &self.ann.nodes()[index];
        Error::UnsupportedLayer {
            layer: index,
            name: node.name.clone(),
            operator: node.layer.kind().into(),
            reason: reason.into(),
        }
    }
}

/// Whether these are values of the input, which are at most 1, also behind pools.
fn are_of_input(wires: &[Wire]) -> bool {
    wires.iter().all(|wire| wire.source == 0)
}

fn bias_of(bias: Option<ndarray::ArrayView1<'_, f32>>, count: usize) -> Vec<f64> {
    match bias {
        Some(bias) => bias.iter().map(|&b| f64::from(b)).collect(),
        None => vec![0.0; count],
    }
}

/// Flattening changes no number, only how it is told. Sums of one position keep their place; others stay images until
/// they have neurons.
fn flattened(value: Value, flat: Shape) -> Value {
    match value {
        Value::Wires { wires, .. } => Value::Wires { wires, shape: flat },
        Value::Sum { shape, bias, links } if shape.positions() > 1 => Value::Sum { shape, bias, links },
        Value::Sum { bias, links, .. } => Value::Sum { shape: flat, bias, links },
    }
}
