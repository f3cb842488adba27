//! Rewriting rules that preserve what a network computes and leave only layers that have a spiking form.
//!
//! After every step the outputs are compared with those before it.

use ndarray::Array2;
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Serialize;

use super::Network;
use super::draft::Draft;
use crate::error::{Error, Result, all_finite};

/// The largest difference, relative to the largest output, that a rewrite may cause.
const TOLERANCE: f64 = 1e-4;

/// Multiplications that one check may cost, roughly; at least one input is always run.
const CHECK_BUDGET: u64 = 100_000_000;

/// A step that changed the network, and how precisely it preserved the outputs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rewrite {
    /// What was done.
    pub step: &'static str,
    /// The layers that were changed.
    pub layers: Vec<String>,
    /// The largest difference in an output over pseudo-random inputs, relative to the largest output.
    pub largest_difference: f64,
}

/// Finds the first place where a rule applies, changes it, and names the layer; `None` where there is none left.
type Rule = fn(&mut Draft) -> Result<Option<String>>;

const MERGED_NORMS: &str = "merged batch normalisation into the one before it";

const RULES: [(&str, Rule); 13] = [
    ("moved what reads a concatenation into its branches, which gives the same", |draft| Ok(draft.split_at_concat())),
    ("moved the activation before max pooling or flattening, which gives the same", |draft| {
        Ok(draft.raise_activation())
    }),
    ("merged the activation into the layer before it", |draft| Ok(draft.merge_activation())),
    (MERGED_NORMS, Draft::merge_norm),
    ("moved batch normalisation before max pooling, which gives the same", |draft| Ok(draft.raise_norm())),
    ("folded batch normalisation into the layer before it", Draft::fold_norm_back),
    ("moved pooling before a 1 x 1 convolution, which gives the same", |draft| Ok(draft.raise_pool())),
    ("moved batch normalisation behind pooling or flattening, which gives the same", |draft| Ok(draft.lower_norm())),
    ("took an average apart where it leaves out padding, by how much", Draft::split_mean),
    // Those that came together.
    (MERGED_NORMS, Draft::merge_norm),
    ("folded batch normalisation into the layer after it", Draft::fold_norm_ahead),
    ("joined layers with no activation between them", Draft::join),
    ("let layers read the parts of sums with no activation, which gives the same", Draft::absorb),
];

impl Network {
    /// Folds batch normalisation into other layers and moves activations to the layers that they belong to. Whatever no
    /// rule applies to stays as it is.
    ///
    /// # Errors
    /// `conversion-failed` if a step changed the outputs by more than 1e-4 of the largest one, `invalid-input` if
    /// outputs, or a weight or bias of the result, are not finite.
    pub fn simplify(self) -> Result<(Self, Vec<Rewrite>)> {
        let inputs = self.probes();
        let mut network = self;
        let mut outputs = network.outputs_for(inputs.view())?;
        all_finite("the outputs for inputs from 0 to 1", outputs.as_slice().unwrap_or_default())?;
        let mut rewrites = Vec::new();
        for (step, rule) in RULES {
            let Self { input_shape, input, nodes, shapes } = network;
            let mut draft = Draft::of(nodes, shapes, input);
            let mut layers = Vec::new();
            while let Some(layer) = rule(&mut draft)? {
                layers.push(layer);
            }
            if layers.is_empty() {
                network = Self { input_shape, input, nodes: draft.nodes, shapes: draft.shapes };
                continue;
            }
            network = Self::graph(input_shape, draft.nodes)?;
            let after = network.outputs_for(inputs.view())?;
            let largest_difference = difference(&outputs, &after);
            if largest_difference.is_nan() || largest_difference > TOLERANCE {
                return Err(Error::conversion(format!(
                    "a step changed what the network computes: it {step} (`{}`), and outputs differ by \
                     {largest_difference:.1e} of the largest one; at most {TOLERANCE:.0e} is allowed",
                    layers.join("`, `")
                )));
            }
            rewrites.push(Rewrite { step, layers, largest_difference });
            outputs = after;
        }
        Ok((network, rewrites))
    }

    /// Pseudo-random intensities, the same for every call.
    fn probes(&self) -> Array2<f32> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(4);
        let rows = (CHECK_BUDGET / self.cost().max(1)).clamp(1, 4) as usize;
        Array2::from_shape_simple_fn((rows, self.inputs()), || (random.next_u32() >> 8) as f32 / (1 << 24) as f32)
    }
}

fn difference(before: &Array2<f32>, after: &Array2<f32>) -> f64 {
    let largest = before.iter().fold(0.0_f64, |most, &value| most.max(f64::from(value).abs()));
    let apart = before.iter().zip(after).map(|(&a, &b)| (f64::from(a) - f64::from(b)).abs());
    let apart = apart.fold(0.0_f64, |most, value| if value > most || value.is_nan() { value } else { most });
    if apart == 0.0 { 0.0 } else { apart / largest }
}

#[cfg(test)]
mod tests;
