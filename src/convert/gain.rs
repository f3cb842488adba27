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
///
/// The noise that a layer has when it reads these spikes is told in that of Poisson spikes of one threshold each, with a
/// variance of `mean(a) / T` after `T` steps. On its way it is that of spikes of another size, and in the end what is left
/// around the line, which is less where neurons fire regularly and more where they are wrong in the same way each time. The
/// larger one counts, the latter drawn to 1 where samples are few:
///
/// ```text
/// noise = max(gain^2, (n T var(a - gain s) / mean(a) + PRIOR) / (n + PRIOR))
/// ```
pub(super) struct Decoding {
    samples: f64,
    sums: Vec<Moments>,
}

/// Sums over samples, of activations and rates, or their means.
#[derive(Clone, Copy, Default)]
struct Moments {
    activation: f64,
    activation_square: f64,
    rate: f64,
    rate_square: f64,
    product: f64,
    /// The rate of the first sample, and whether any other has another one: where none has, rounding alone would vary.
    first_rate: Option<f64>,
    varies: bool,
}

impl Moments {
    fn over(self, samples: f64) -> Self {
        Self {
            activation: self.activation / samples,
            activation_square: self.activation_square / samples,
            rate: self.rate / samples,
            rate_square: self.rate_square / samples,
            product: self.product / samples,
            ..self
        }
    }

    /// With means.
    fn covariance(&self) -> f64 {
        if self.varies { self.product - self.activation * self.rate } else { 0.0 }
    }

    fn variance_of_rates(&self) -> f64 {
        if self.varies { (self.rate_square - self.rate * self.rate).max(0.0) } else { 0.0 }
    }

    /// That of `a - gain s`.
    fn variance_left(&self, gain: f64) -> f64 {
        let own = self.activation_square - self.activation * self.activation;
        (own - 2.0 * gain * self.covariance() + gain * gain * self.variance_of_rates()).max(0.0)
    }
}

impl Decoding {
    /// That of so many neurons or channels, each of which is seen `samples` times.
    pub(super) fn new(groups: usize, samples: usize) -> Self {
        Self { samples: samples as f64, sums: vec![Moments::default(); groups] }
    }

    /// Takes one sample, in thresholds per step.
    pub(super) fn add(&mut self, group: usize, activation: f64, rate: f64) {
        let sums = &mut self.sums[group];
        sums.activation += activation;
        sums.activation_square += activation * activation;
        sums.rate += rate;
        sums.rate_square += rate * rate;
        sums.product += activation * rate;
        sums.varies |= sums.first_rate.get_or_insert(rate).to_bits() != rate.to_bits();
    }

    /// The lines, and what is left around them after `steps` steps.
    pub(super) fn finish(&self, steps: f64) -> Decoder {
        let n = self.samples;
        let moments: Vec<Moments> = self.sums.iter().map(|sums| sums.over(n)).collect();
        let variance = moments.iter().map(Moments::variance_of_rates).sum::<f64>() / moments.len() as f64;
        let prior = variance * PRIOR / n;
        let lines = moments.iter().map(|means| {
            let gain = (means.covariance() + prior) / (means.variance_of_rates() + prior);
            let gain = if prior > 0.0 { gain.max(0.0) } else { 1.0 };
            let poisson = means.activation / steps;
            let left = if poisson > 0.0 { means.variance_left(gain) / poisson } else { 1.0 };
            let noise = ((n * left + PRIOR) / (n + PRIOR)).max(gain * gain);
            Line { gain, constant: (1.0 - gain) * means.activation, noise }
        });
        Decoder(lines.collect())
    }
}

/// What the spikes of a layer say, neuron by neuron or channel by channel.
pub(super) struct Decoder(Vec<Line>);

/// What the spikes of a neuron or channel say.
#[derive(Clone, Copy)]
struct Line {
    /// What a spike stands for, in thresholds: 1 where no neuron of the layer fires, and never below 0.
    gain: f64,
    /// What the line has at no spikes at all, in thresholds per step.
    constant: f64,
    /// The noise that a layer which reads the spikes has, a variance in those of Poisson spikes.
    noise: f64,
}

impl Decoder {
    /// What a spike of every neuron or channel stands for, in thresholds.
    pub(super) fn gains(&self) -> Vec<f64> {
        self.0.iter().map(|line| line.gain).collect()
    }

    /// The variance of the noise that the spikes have where they are read, in those of Poisson spikes of one threshold each.
    pub(super) fn noise(&self) -> impl Iterator<Item = f64> + '_ {
        self.0.iter().map(|line| line.noise)
    }

    /// Makes the spikes of layer `source` say so in the last layer of `network`. What the lines have at no spikes goes to
    /// the biases only where they are the outputs': those of hidden layers are corrected after this.
    pub(super) fn apply(&self, network: &mut Network, source: usize, is_output: bool) {
        let index = network.layers().len() - 1;
        if is_output {
            let constants: Vec<f64> = self.0.iter().map(|line| line.constant).collect();
            network.add_bias(index, &reaching_outputs(network, source, &constants));
        }
        network.scale_spikes(source, index, &self.gains());
    }
}

/// What reaches each output directly if every neuron of layer `index` says what `constants` has for it or its channel.
fn reaching_outputs(network: &Network, index: usize, constants: &[f64]) -> Vec<f64> {
    let mut reached = vec![0.0; network.outputs()];
    for connection in network.output().connections().iter().filter(|connection| connection.source() == index + 1) {
        // A maximum begins at 0, and what neurons say may be below.
        let ones = vec![1.0; network.layers()[index].neurons()];
        let said = |(cell, neurons): (usize, &f64)| constants[cell % constants.len()] * neurons;
        let said: Vec<f64> = connection.pooled(&ones).iter().enumerate().map(said).collect();
        connection.synapses().add_sums(&said, &mut reached);
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::{Shape, Window};
    use crate::snn::{Connection, Layer, Neuron, Pool, PoolKind, Readout, Synapses};

    /// What is found in these samples of every neuron, over 10 steps.
    fn decoder(samples: &[&[(f64, f64)]]) -> Decoder {
        let mut decoding = Decoding::new(samples.len(), samples[0].len());
        for (group, samples) in samples.iter().enumerate() {
            samples.iter().for_each(|&(activation, rate)| decoding.add(group, activation, rate));
        }
        decoding.finish(10.0)
    }

    fn noise(samples: &[(f64, f64)]) -> Vec<f64> {
        decoder(&[samples]).noise().collect()
    }

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}, expected {expected:?}");
    }

    #[test]
    fn a_gain_is_that_of_least_squares_drawn_to_one() {
        // By hand: means 0.5 and 0.5; cov = 0.05, var(s) = 0.25; with v = 0.25 and two samples, the prior is 3.75.
        near(&decoder(&[&[(0.4, 0.0), (0.6, 1.0)]]).gains(), &[(0.05 + 3.75) / (0.25 + 3.75)]);
        // Many samples leave nothing of the prior: a = 2 s - 0.1 and a = s / 4 + 0.1.
        let line = |gain: f64, constant: f64| -> Vec<(f64, f64)> {
            (0..4_000_000).map(|i| f64::from(i % 5) / 5.0).map(|s| (gain * s + constant, s)).collect()
        };
        let found = decoder(&[&line(2.0, -0.1), &line(0.25, 0.1)]).gains();
        assert!((found[0] - 2.0).abs() < 1e-4 && (found[1] - 0.25).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn neurons_that_say_nothing_keep_their_spikes_as_they_are_and_no_gain_is_negative() {
        near(&decoder(&[&[(0.4, 0.0), (0.6, 0.0)], &[(1.0, 0.0), (0.0, 0.0)]]).gains(), &[1.0, 1.0]);
        // Rates that are the same every time say nothing either, though the mean of their squares is rounded.
        for rate in [0.1, 3.0 / 13.0, 29.0 / 30.0] {
            let samples: Vec<(f64, f64)> = (0..100).map(|i| (0.3 + f64::from(i % 7) / 10.0, rate)).collect();
            near(&decoder(&[&samples, &samples]).gains(), &[1.0, 1.0]);
            // Beside a neuron that does say something, too: the prior leaves it alone.
            let telling: Vec<(f64, f64)> = (0..100).map(|i| (f64::from(i % 2), f64::from(i % 2))).collect();
            near(&decoder(&[&samples, &telling]).gains(), &[1.0, 1.0]);
        }
        let opposed: Vec<(f64, f64)> = (0..1000).map(|i| (f64::from(i % 2), f64::from((i + 1) % 2))).collect();
        near(&decoder(&[&opposed]).gains(), &[0.0]);
    }

    #[test]
    fn noise_is_what_is_left_around_the_line_and_at_least_that_of_spikes_of_its_size() {
        // By hand, over 10 steps: all of the variance of 0.16 is left, 16 times that of Poisson spikes with a mean of 0.1;
        // two samples of it and 30 of 1.
        near(&noise(&[(0.5, 0.0), (-0.3, 0.0)]), &[(2.0 * 16.0 + 30.0) / 32.0]);
        // Many samples: with a gain of 0.5 an error of 0.2 either way is left of rates of 0 and 1, 0.04 T / mean(a) = 0.8; an
        // error of 0.01 is less than what spikes of half a threshold have.
        let many = |error: f64| -> Vec<(f64, f64)> {
            let sample =
                |i: u32| (0.25 + 0.5 * f64::from(i % 2) + error * (f64::from(i / 2 % 2) * 2.0 - 1.0), f64::from(i % 2));
            (0..4_000_000).map(sample).collect()
        };
        let close = |found: &[f64], expected: f64| assert!((found[0] - expected).abs() < 1e-4, "{found:?}, {expected}");
        close(&noise(&many(0.2)), 0.04 * 10.0 / 0.5);
        close(&noise(&many(0.01)), 0.25);
        // Neurons that never say anything have no noise either, whatever it is multiplied by.
        near(&noise(&[(0.0, 0.0), (0.0, 0.0)]), &[1.0]);
    }

    /// Two channels of 2 x 2 positions in front of two outputs, through a pool.
    fn pooled(kind: PoolKind) -> Network {
        let neuron = Neuron::USUAL;
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
            decoder(&[&many(3.0), &many(1.0)]).apply(&mut network, 0, true);
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

    #[test]
    fn weights_that_a_gain_takes_beyond_32_bits_are_noticed() {
        let layer = |source| {
            let connection = Connection::new(source, vec![], Synapses::dense(1, 1, |_, _| -2e38));
            Layer::new("one", Shape::Flat(1), vec![connection], &[0.0], &[1.0], Neuron::USUAL).unwrap()
        };
        let mut network = Network::new(Shape::Flat(1), vec![layer(0), layer(1)], 0.25, Readout::default()).unwrap();
        let tripled: Vec<(f64, f64)> = (0..10_000).map(|i| f64::from(i % 2)).map(|s| (3.0 * s, s)).collect();
        decoder(&[&tripled]).apply(&mut network, 0, false);
        assert!(network.layers()[0].is_finite() && !network.layers()[1].is_finite());
    }
}
