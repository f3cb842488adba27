//! What a spike says of an activation.

use crate::snn::Network;

/// What the trained network says of every neuron or channel counts for as much as so many samples, against the samples
/// that were simulated. Chosen on images held back from training.
const PRIOR: f64 = 30.0;

/// The straight line that tells the activations of a layer from its rates best, for every neuron or channel, from the runs
/// on calibration inputs: `a = gain s + (1 - gain) mean(a)`, where biases have made the means of both the same.
///
/// Noise makes a rate say less than it seems to (a gain below 1); noise that is rectified and rates that are cut off
/// flatten it (a gain above 1). With `n` samples, all in thresholds per step, and `v` the mean variance of the rates in
/// the layer:
///
/// ```text
/// gain = (cov(a, s) + v PRIOR / n) / (var(s) + v PRIOR / n)
/// ```
///
/// That is least squares (the linear decoder of C. Eliasmith and C. Anderson, "Neural Engineering", 2003, with one neuron),
/// drawn to 1 where samples are few.
pub(super) struct Gains {
    samples: f64,
    moments: Vec<Moments>,
}

/// Sums over samples, of activations and rates.
#[derive(Clone, Default)]
struct Moments {
    activation: f64,
    rate: f64,
    product: f64,
    square: f64,
}

impl Gains {
    /// Those of so many neurons or channels, each of which is seen `samples` times.
    pub(super) fn new(groups: usize, samples: usize) -> Self {
        Self { samples: samples as f64, moments: vec![Moments::default(); groups] }
    }

    /// Takes one sample, in thresholds per step.
    pub(super) fn add(&mut self, group: usize, activation: f64, rate: f64) {
        let moments = &mut self.moments[group];
        moments.activation += activation;
        moments.rate += rate;
        moments.product += activation * rate;
        moments.square += rate * rate;
    }

    /// The gain of every neuron or channel: 1 where no neuron of the layer fires, and never below 0.
    fn all(&self) -> Vec<f64> {
        let n = self.samples;
        let spreads = self.moments.iter().map(|sums| {
            let apart = |product: f64, one: f64| product / n - one / n * (sums.rate / n);
            (apart(sums.product, sums.activation), apart(sums.square, sums.rate).max(0.0))
        });
        let spreads: Vec<(f64, f64)> = spreads.collect();
        let prior = spreads.iter().map(|&(_, variance)| variance).sum::<f64>() / spreads.len() as f64 * PRIOR / n;
        let gain = |&(covariance, variance): &(f64, f64)| ((covariance + prior) / (variance + prior)).max(0.0);
        spreads.iter().map(|spread| if prior > 0.0 { gain(spread) } else { 1.0 }).collect()
    }

    /// Makes the spikes of layer `index` say so, and returns the gains. What the line has of the mean goes to the biases of
    /// the outputs; those of hidden layers are corrected after this.
    pub(super) fn apply(&self, network: &mut Network, index: usize) -> Vec<f64> {
        let gains = self.all();
        let means = self.moments.iter().map(|sums| sums.activation / self.samples);
        let constants: Vec<f64> = gains.iter().zip(means).map(|(gain, mean)| (1.0 - gain) * mean).collect();
        network.add_bias(network.layers().len() - 1, &reaching_outputs(network, index, &constants));
        network.scale_spikes(index, &gains);
        gains
    }
}

/// What reaches each output directly if every neuron of layer `index` says what `constants` has for it or its channel.
fn reaching_outputs(network: &Network, index: usize, constants: &[f64]) -> Vec<f64> {
    let mut reached = vec![0.0; network.outputs()];
    for connection in network.output().connections().iter().filter(|connection| connection.source() == index + 1) {
        let mut neurons = vec![1.0; network.layers()[index].neurons()];
        for pool in connection.passes() {
            neurons = pool.analog(&neurons);
        }
        for (cell, neurons) in neurons.into_iter().enumerate() {
            let said = constants[cell % constants.len()] * neurons;
            connection.synapses().spans(cell, |first, weights| {
                let reached = &mut reached[first..first + weights.len()];
                reached.iter_mut().zip(weights).for_each(|(sum, &weight)| *sum += said * f64::from(weight));
            });
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::{Shape, Window};
    use crate::snn::{Connection, Layer, Neuron, Pool, PoolKind, Readout, Reset, Synapses};

    fn gains(samples: &[&[(f64, f64)]]) -> Gains {
        let mut gains = Gains::new(samples.len(), samples[0].len());
        for (group, samples) in samples.iter().enumerate() {
            samples.iter().for_each(|&(activation, rate)| gains.add(group, activation, rate));
        }
        gains
    }

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}, expected {expected:?}");
    }

    #[test]
    fn a_gain_is_that_of_least_squares_drawn_to_one() {
        // By hand: means 0.5 and 0.5; cov = 0.05, var(s) = 0.25; with v = 0.25 and two samples, the prior is 3.75.
        near(&gains(&[&[(0.4, 0.0), (0.6, 1.0)]]).all(), &[(0.05 + 3.75) / (0.25 + 3.75)]);
        // Many samples leave nothing of the prior: a = 2 s - 0.1 and a = s / 4 + 0.1.
        let line = |gain: f64, constant: f64| -> Vec<(f64, f64)> {
            (0..4_000_000).map(|i| f64::from(i % 5) / 5.0).map(|s| (gain * s + constant, s)).collect()
        };
        let found = gains(&[&line(2.0, -0.1), &line(0.25, 0.1)]).all();
        assert!((found[0] - 2.0).abs() < 1e-4 && (found[1] - 0.25).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn neurons_that_say_nothing_keep_their_spikes_as_they_are_and_no_gain_is_negative() {
        near(&gains(&[&[(0.4, 0.0), (0.6, 0.0)], &[(1.0, 0.0), (0.0, 0.0)]]).all(), &[1.0, 1.0]);
        let opposed: Vec<(f64, f64)> = (0..1000).map(|i| (f64::from(i % 2), f64::from((i + 1) % 2))).collect();
        near(&gains(&[&opposed]).all(), &[0.0]);
    }

    /// Two channels of 2 x 2 positions in front of two outputs, through a pool.
    fn pooled(kind: PoolKind) -> Network {
        let neuron = Neuron { reset: Reset::Subtract, floor: None, initial_potential: 0.0, fires: true, signed: false };
        let image = Shape::Image([2, 2, 2]);
        let first = Connection::new(0, vec![], Synapses::dense(1, 8, |_, _| 1.0));
        let pool = Pool::new(kind, Window::new([2, 2]), image).unwrap();
        let second = Connection::new(1, vec![pool], Synapses::dense(2, 2, |i, j| (1 + i + 2 * j) as f32));
        let layers = [("hidden", image, first), ("out", Shape::Flat(2), second)];
        let layers = layers.map(|(name, shape, connection)| {
            let groups = shape.groups();
            Layer::new(name, shape, vec![connection], &vec![0.5; groups], &vec![1.0; groups], neuron).unwrap()
        });
        Network::new(Shape::Flat(1), layers.into(), 0.25, Readout::default()).unwrap()
    }

    #[test]
    fn spikes_are_scaled_and_outputs_get_the_rest_behind_a_pool() {
        // By hand: gains of 3 and 1, with a mean activation of 0.5: constants of -1 and 0. Four neurons reach a cell of the
        // mean pool, one that of the max pool; the weights from channel 0 are 1 and 3.
        for (kind, reaching) in [(PoolKind::Mean, 4.0), (PoolKind::Max, 1.0)] {
            let mut network = pooled(kind);
            let many = |gain: f64| -> Vec<(f64, f64)> {
                (0..1_000_000).map(|i| f64::from(i % 2)).map(|s| (gain * (s - 0.5) + 0.5, s)).collect()
            };
            gains(&[&many(3.0), &many(1.0)]).apply(&mut network, 0);
            let output = network.output();
            let expected = [0.5 - reaching, 0.5 - 3.0 * reaching];
            assert!(
                output.bias().iter().zip(expected).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-2),
                "{:?}",
                output.bias()
            );
            let Synapses::Dense(dense) = output.connections()[0].synapses() else { panic!("they were dense") };
            for (i, j, weight) in [(0, 0, 3.0), (1, 0, 2.0), (0, 1, 9.0), (1, 1, 4.0)] {
                assert!((dense.weight(i, j) - weight).abs() < 1e-2, "from {i} to {j}: {}", dense.weight(i, j));
            }
        }
    }
}
