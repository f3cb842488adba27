//! What comes after the scores: it changes their scale, or names the winner, but never the decision, and is left out.

use super::builder::Builder;
use super::op::{Op, Readout, Value};
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
        if count != Some(&scores.shape.size()) {
            return Err(op.unsupported(match op.operator() {
                "Sigmoid" => super::ONLY_RELU,
                _ => "it does not compare all scores with each other",
            }));
        }
        if op.operator() == "Sigmoid" && scores.shape.size() < 2 {
            return Err(op.unsupported(
                "it turns one score into a probability; only two scores or more are supported: train the network \
                 with one output per class",
            ));
        }
        self.drop(op);
        Ok(Value::Readout(Readout { scores, node: op.node.index }))
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
        if !only_reads {
            let Some(first) = self.graph.nodes.get(readout.node) else { return Err(op.broken("reads a decision")) };
            return Err(first.unsupported(format!(
                "its result is read by {}; it is only supported at the end, where it does not change the decision and \
                 is left out; {}",
                op.node.label(),
                super::ONLY_RELU
            )));
        }
        self.drop(op);
        Ok(Value::Readout(readout))
    }
}
