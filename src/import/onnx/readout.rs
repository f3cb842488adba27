//! What comes after the scores: it changes their scale, or names the winner, but never the decision, and is left out.

use ndarray::array;

use super::builder::Builder;
use super::op::{Computed, Op, Readout, Value};
use super::tensors::Data;
use super::view::View;
use crate::ann::{Activation, Conv2d, Dense, Layer, Shape, Window};
use crate::error::Result;

impl Builder<'_> {
    /// The first node that is left out.
    pub(super) fn readout(&mut self, op: &Op<'_>) -> Result<Value> {
        let scores = op.computed(0)?.clone();
        let sizes = scores.view.sizes();
        let rank = sizes.len() + 1;
        let axis = match op.operator() {
            "Softmax" | "LogSoftmax" => op.axis(-1, rank)?,
            "ArgMax" => op.axis(0, rank)?,
            _ => rank - 1,
        };
        let count = axis.checked_sub(1).and_then(|axis| sizes.get(axis));
        let of_one = scores.shape.size() == 1;
        if of_one && op.operator() != "Sigmoid" {
            return Err(op.unsupported("it compares a single score with nothing; only a sigmoid decides by one"));
        }
        if count != Some(&scores.shape.size()) {
            return Err(op.unsupported(match op.operator() {
                "Sigmoid" => super::ONLY_RELU,
                _ => "it does not compare all scores with each other",
            }));
        }
        self.drop(op);
        let scores = if of_one { self.two_scores(op, scores)? } else { scores };
        Ok(Value::Readout(Readout { scores, node: op.node.index, opposite: false }))
    }

    /// Minus half of the score and half of it, of which a sigmoid is the softmax: the second is larger where the
    /// probability is more than half. With 0 and the score, no neuron would speak for the first class.
    fn two_scores(&mut self, op: &Op<'_>, score: Computed) -> Result<Computed> {
        self.notes.push(format!(
            "{} makes a probability of one score; there are two scores here, half of it with and without its sign \
             turned, so that class 1 is what the probability speaks for",
            op.node.label()
        ));
        let weights = array![[-0.5], [0.5]];
        // Either joins the layer before it.
        let layer = match score.shape {
            Shape::Flat(_) => Layer::Dense(Dense::new(weights, None, Activation::Linear)?),
            Shape::Image(_) => {
                let weights = weights.into_shape_with_order((2, 1, 1, 1)).unwrap_or_default();
                Layer::Conv2d(Conv2d::new(weights, None, Window::new([1, 1]), 1, Activation::Linear)?)
            }
        };
        let (source, shape) = self.push(op, layer, &[&score])?;
        Ok(Computed::new(source, shape, View::contiguous(&Vec::from(shape))))
    }

    /// A node behind the first one.
    pub(super) fn after_readout(&mut self, op: &Op<'_>, readout: Readout) -> Result<Value> {
        let only_reads = matches!(
            op.operator(),
            "ArgMax"
                | "ArrayFeatureExtractor"
                | "Cast"
                | "Flatten"
                | "Identity"
                | "Reshape"
                | "Squeeze"
                | "Unsqueeze"
                | "ZipMap"
        );
        let of_both = of_both_classes(op, &readout);
        if of_both.is_none() && (!only_reads || readout.opposite) {
            let Some(first) = self.graph.nodes.get(readout.node) else { return Err(op.broken("reads a decision")) };
            return Err(first.unsupported(format!(
                "its result is read by {}; it is only supported at the end, where it does not change the decision and \
                 is left out; {}",
                op.node.label(),
                super::ONLY_RELU
            )));
        }
        self.drop(op);
        Ok(Value::Readout(of_both.unwrap_or(readout)))
    }
}

/// What scikit-learn makes of the probability `p` of one score: `1 - p`, and both beside each other.
fn of_both_classes(op: &Op<'_>, readout: &Readout) -> Option<Readout> {
    let is_one = |value: &Value| match value {
        Value::Constant(one) => matches!(&one.data, Data::Floats(values) if values[..] == [1.0]),
        _ => false,
    };
    let opposite = |value: &Value| match value {
        Value::Readout(readout) => Some(readout.opposite),
        _ => None,
    };
    let opposite = match (op.operator(), &op.inputs[..]) {
        ("Sub", [Some(one), Some(read)]) if is_one(one) && opposite(read) == Some(false) => true,
        ("Concat", [Some(first), Some(second)]) if (opposite(first), opposite(second)) == (Some(true), Some(false)) => {
            false
        }
        _ => return None,
    };
    Some(Readout { opposite, ..readout.clone() })
}
