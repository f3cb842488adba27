//! One node while it is read: its attributes and what it reads.

use std::rc::Rc;

use super::fold;
use super::graph::{Attributes, Node};
use super::tensors::{Constant, Data, MAX_RANK};
use super::view::View;
use crate::ann::{Shape, Source};
use crate::error::{Error, Result, all_finite};

/// What a name in the graph stands for.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Numbers that do not depend on the input.
    Constant(Rc<Constant>),
    /// What a layer gives.
    Computed(Computed),
    /// What only reads the decision off the scores.
    Readout(Readout),
}

/// What a layer gives, or the input, as the graph sees it.
#[derive(Clone, Debug)]
pub(super) struct Computed {
    pub(super) source: Source,
    pub(super) shape: Shape,
    pub(super) view: View,
    /// Zeros around the image that a `Pad` has put there and that the next window takes in: top, left, bottom, right.
    pub(super) padding: [usize; 4],
    /// Whether its values still are in the order of the input, of which the channels are not known yet.
    pub(super) raw: bool,
    /// Whether nothing else reads the layer.
    pub(super) sole: bool,
}

impl Computed {
    pub(super) fn new(source: Source, shape: Shape, view: View) -> Self {
        Self { source, shape, view, padding: [0; 4], raw: false, sole: true }
    }

    /// The same values seen through other axes.
    pub(super) fn seen_as(&self, view: View) -> Self {
        Self { view, ..self.clone() }
    }

    /// What a layer gives that works on every value by itself.
    pub(super) fn mapped(&self, source: Source) -> Self {
        Self { source, sole: true, ..self.clone() }
    }
}

/// A decision, or scores in another scale.
#[derive(Clone, Debug)]
pub(super) struct Readout {
    pub(super) scores: Computed,
    /// The first node that is left out.
    pub(super) node: usize,
    /// Whether it is the probability of the class that its score speaks against: 1 - p.
    pub(super) opposite: bool,
}

/// A node with what it reads.
pub(super) struct Op<'a> {
    pub(super) node: &'a Node<'a>,
    pub(super) attributes: Attributes<'a>,
    /// `None` where an input is left out.
    pub(super) inputs: Vec<Option<Value>>,
}

impl Op<'_> {
    pub(super) fn unsupported(&self, reason: impl Into<String>) -> Error {
        self.node.unsupported(reason)
    }

    pub(super) fn broken(&self, reason: impl AsRef<str>) -> Error {
        self.node.broken(reason)
    }

    pub(super) fn operator(&self) -> &str {
        self.node.operator()
    }

    pub(super) fn optional(&self, index: usize) -> Option<&Value> {
        self.inputs.get(index).and_then(Option::as_ref)
    }

    fn input(&self, index: usize) -> Result<&Value> {
        self.optional(index).ok_or_else(|| self.broken(format!("has no input {index}")))
    }

    /// The name of an input.
    pub(super) fn input_name(&self, index: usize) -> String {
        super::shown(self.node.inputs().get(index).map_or("", String::as_str))
    }

    /// What an input is that a layer gives, whatever padding is around it.
    pub(super) fn padded(&self, index: usize) -> Result<&Computed> {
        match self.input(index)? {
            Value::Computed(value) => Ok(value),
            Value::Constant(_) | Value::Readout(_) => {
                let name = self.input_name(index);
                Err(self.unsupported(format!("its input `{name}` is a constant; it is supported for values of layers")))
            }
        }
    }

    /// What an input is that a layer gives.
    pub(super) fn computed(&self, index: usize) -> Result<&Computed> {
        let value = self.padded(index)?;
        if value.padding == [0; 4] {
            return Ok(value);
        }
        Err(self
            .unsupported("it reads the result of Pad, which is supported right before Conv, AveragePool and MaxPool"))
    }

    pub(super) fn constant(&self, index: usize) -> Result<&Rc<Constant>> {
        match self.input(index)? {
            Value::Constant(constant) => Ok(constant),
            Value::Computed(_) | Value::Readout(_) => {
                let name = self.input_name(index);
                Err(self.unsupported(format!("its input `{name}` is computed; it is supported for constants")))
            }
        }
    }

    /// What an input is called in messages.
    pub(super) fn input_label(&self, index: usize) -> String {
        format!("`{}` of {}", self.input_name(index), self.node.label())
    }

    /// Weights: the dimensions and the numbers, all of them finite. They are taken out of the node.
    pub(super) fn weights(&mut self, index: usize) -> Result<(Vec<usize>, Vec<f32>)> {
        let constant = self.constant(index)?;
        if !matches!(constant.data, Data::Floats(_)) {
            let reason = format!(
                "its input `{}` holds {}; weights have to be floating-point numbers",
                self.input_name(index),
                constant.kind()
            );
            return Err(self.unsupported(reason));
        }
        let label = self.input_label(index);
        let Some(Value::Constant(constant)) = self.inputs.get_mut(index).and_then(Option::take) else {
            return Err(self.broken(format!("has no input {index}")));
        };
        let Constant { dims, data, .. } = Rc::unwrap_or_clone(constant);
        let Data::Floats(values) = data else { return Err(self.broken("has no weights")) };
        all_finite(&label, &values)?;
        Ok((dims, values))
    }

    pub(super) fn optional_weights(&mut self, index: usize) -> Result<Option<(Vec<usize>, Vec<f32>)>> {
        if self.optional(index).is_some() { self.weights(index).map(Some) } else { Ok(None) }
    }

    /// Weights with one dimension of `count` numbers.
    pub(super) fn vector(&mut self, index: usize, count: usize) -> Result<Vec<f32>> {
        let (dims, values) = self.weights(index)?;
        if values.len() == count {
            return Ok(values);
        }
        Err(Error::shape(self.input_label(index), format!("{count} values"), format!("{dims:?}")))
    }

    /// One number, from an attribute (as older versions have it) or a constant input.
    pub(super) fn number(&self, name: &str, index: usize) -> Result<Option<f32>> {
        if self.optional(index).is_none() {
            let attribute = self.attributes.get(name, super::proto::kind::FLOAT)?;
            return Ok(attribute.map(|attribute| attribute.f));
        }
        match &self.constant(index)?.data {
            Data::Floats(values) if values.len() == 1 => Ok(values.first().copied()),
            _ => Err(self.broken(format!("takes one number as `{name}`"))),
        }
    }

    /// Whole numbers in a constant input.
    pub(super) fn sizes(&self, index: usize) -> Result<&[Option<i64>]> {
        match &self.constant(index)?.data {
            Data::Ints(values) => Ok(values),
            _ => Err(self.broken(format!("takes whole numbers as `{}`", self.input_name(index)))),
        }
    }

    /// Whole numbers in a constant input, the number of inputs in a batch not among them.
    pub(super) fn known_sizes(&self, index: usize) -> Result<Vec<i64>> {
        let known = self.sizes(index)?.iter().copied().collect::<Option<_>>();
        known.ok_or_else(|| self.unsupported("it computes with the number of inputs in a batch"))
    }

    /// The axes that an attribute or the input `index` lists, of `rank` with the batch; `None` where neither is there.
    pub(super) fn axes(&self, index: usize, rank: usize) -> Result<Option<Vec<usize>>> {
        let listed = match (self.optional(index), self.attributes.ints("axes")?) {
            (Some(_), _) => self.known_sizes(index)?,
            (None, Some(list)) => list.to_vec(),
            (None, None) => return Ok(None),
        };
        if listed.len() > MAX_RANK {
            return Err(self.broken("lists more axes than there are"));
        }
        let mut axes = Vec::with_capacity(listed.len());
        for axis in listed {
            let axis = self.axis_of(axis, rank)?;
            if axes.contains(&axis) {
                return Err(self.broken(format!("lists axis {axis} twice")));
            }
            axes.push(axis);
        }
        Ok(Some(axes))
    }

    /// The attribute `axis` for a value of `rank` with the batch.
    pub(super) fn axis(&self, default: i64, rank: usize) -> Result<usize> {
        self.axis_of(self.attributes.int("axis", default)?, rank)
    }

    /// An axis, counted from the end where it is negative.
    pub(super) fn axis_of(&self, axis: i64, rank: usize) -> Result<usize> {
        fold::from_end(axis, rank)
            .filter(|&axis| axis < rank)
            .ok_or_else(|| self.broken(format!("works on axis {axis} of {rank}")))
    }
}
