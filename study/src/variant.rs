//! Networks made from the bundled ones, in which neurons of a layer differ more.

use ndarray::{Array1, Array2};
use quartic_snn::Error;
use quartic_snn::ann::{Activation, Dense, Layer, Network};
use serde::Deserialize;

/// What becomes of a network of dense layers.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Variant {
    /// The same function: what comes into each hidden neuron is multiplied by a factor between 1/4 and 4 and what leaves it
    /// divided by the same.
    Rescaled,
    /// Without the smallest 80 % of the weights of each layer. It is not trained again.
    Pruned,
}

/// The share of weights that is pruned.
const PRUNED: f64 = 0.8;

/// The fractional part of the golden ratio: its multiples spread evenly, without a random generator.
const GOLDEN: f64 = 0.618_033_988_749_894_8;

impl Variant {
    /// Makes it from `network`.
    pub fn of(self, network: &Network) -> Result<Network, Error> {
        let mut layers = Vec::new();
        let mut divisors = vec![1.0; network.inputs()];
        let count = network.nodes().len();
        for (index, node) in network.nodes().iter().enumerate() {
            let Layer::Dense(dense) = &node.layer else { continue };
            let is_hidden = index + 1 < count;
            let factor = |neuron: usize| 4.0_f64.powf(2.0 * (GOLDEN * (neuron + 1) as f64).fract() - 1.0);
            let factors: Vec<f64> = match self {
                Self::Rescaled if is_hidden => (0..dense.outputs()).map(factor).collect(),
                Self::Rescaled | Self::Pruned => vec![1.0; dense.outputs()],
            };
            let least = match self {
                Self::Rescaled => 0.0,
                Self::Pruned => least_kept(dense),
            };
            let weights = Array2::from_shape_fn(dense.weights().dim(), |(j, i)| {
                let weight = dense.weights()[[j, i]];
                let kept = if weight.abs() >= least { f64::from(weight) } else { 0.0 };
                (kept * factors[j] / divisors[i]) as f32
            });
            let bias: Option<Array1<f32>> =
                dense.bias().map(|bias| bias.iter().zip(&factors).map(|(&b, c)| (f64::from(b) * c) as f32).collect());
            let activation: Activation = dense.activation();
            layers.push(Layer::Dense(Dense::new(weights, bias, activation)?));
            divisors = factors;
        }
        Network::new(network.input_shape().to_vec(), layers)
    }
}

/// The smallest magnitude that is not pruned.
fn least_kept(dense: &Dense) -> f32 {
    let mut magnitudes: Vec<f32> = dense.weights().iter().map(|weight| weight.abs()).collect();
    let place = (PRUNED * magnitudes.len() as f64) as usize;
    *magnitudes.select_nth_unstable_by(place, f32::total_cmp).1
}
