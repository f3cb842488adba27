//! Reading the output layer: counts, scores and the class that leads.

use super::{Network, Readout, Reset};

/// The decision of the output layer after some steps.
#[derive(Clone, Debug)]
pub struct Decision {
    readout: Readout,
    reset: Reset,
    thresholds: Vec<f32>,
    counts: Vec<u32>,
    /// After the reset, in units of the threshold.
    residuals: Vec<f32>,
}

impl Decision {
    /// The decision before the first step.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        let output = network.output();
        let neuron = output.neuron();
        Self {
            readout: network.readout(),
            reset: neuron.reset,
            thresholds: output.thresholds().to_vec(),
            counts: vec![0; output.neurons()],
            residuals: vec![neuron.initial_potential; output.neurons()],
        }
    }

    /// Goes back to before the first step of the same network.
    pub(super) fn reset(&mut self, network: &Network) {
        self.counts.fill(0);
        self.residuals.fill(network.output().neuron().initial_potential);
    }

    /// Takes in one step: the output neurons that fired, those that took a spike back, and all their potentials before
    /// firing.
    pub(super) fn step(&mut self, fired: &[u32], taken: &[u32], potentials: &[f32]) {
        self.residuals.copy_from_slice(potentials);
        for &neuron in fired {
            let neuron = neuron as usize;
            self.counts[neuron] += 1;
            self.residuals[neuron] = match self.reset {
                Reset::Subtract => potentials[neuron] - 1.0,
                Reset::Zero => 0.0,
            };
        }
        for &neuron in taken {
            let neuron = neuron as usize;
            self.counts[neuron] -= 1;
            self.residuals[neuron] = match self.reset {
                Reset::Subtract => potentials[neuron] + 1.0,
                Reset::Zero => 0.0,
            };
        }
    }

    /// The number of spikes of every output neuron so far, minus those taken back.
    #[must_use]
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// The score of class `k` in ANN units, summed over the steps so far.
    fn score(&self, k: usize) -> f64 {
        let threshold = f64::from(self.thresholds[k]);
        match self.readout {
            Readout::Count => f64::from(self.counts[k]) * threshold,
            Readout::Potential => self.residual(k),
        }
    }

    fn residual(&self, k: usize) -> f64 {
        f64::from(self.residuals[k]) * f64::from(self.thresholds[k])
    }

    /// The scores of all classes in ANN units, summed over the steps so far.
    #[must_use]
    pub fn scores(&self) -> Vec<f32> {
        (0..self.counts.len()).map(|k| self.score(k) as f32).collect()
    }

    /// The class with the highest score; ties go to the larger residual potential in ANN units, then to the lower
    /// index.
    #[must_use]
    pub fn prediction(&self) -> usize {
        let key = |k| (self.score(k), self.residual(k));
        (1..self.counts.len()).fold(0, |best, k| if key(k) > key(best) { k } else { best })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Connection, Layer, Neuron, Synapses};
    use super::*;
    use crate::ann::Shape;

    #[test]
    fn a_tie_goes_to_the_larger_residual_in_ann_units_then_to_the_lower_index() {
        let synapses = Synapses::dense(1, 2, |_, _| 1.0);
        let connections = vec![Connection::new(0, vec![], synapses)];
        let output = Layer::new("out", Shape::Flat(2), connections, &[0.0; 2], &[1.0, 2.0], Neuron::USUAL).unwrap();
        let network = Network::new(Shape::Flat(1), vec![output], 0.25, Readout::Count).unwrap();
        let prediction = |residuals: [f32; 2]| {
            let mut decision = Decision::new(&network);
            // Two spikes of a threshold of 1 and one of a threshold of 2: scores of 2 and 2.
            decision.step(&[0, 1], &[], &[1.0, 1.0]);
            decision.step(&[0], &[], &[1.0 + residuals[0], residuals[1]]);
            assert_eq!(decision.scores(), [2.0, 2.0]);
            decision.prediction()
        };
        // 0.625 * 1 against 0.375 * 2 = 0.75, 0.25 * 2 = 0.5 and 0.3125 * 2 = 0.625.
        assert_eq!(prediction([0.625, 0.375]), 1);
        assert_eq!(prediction([0.625, 0.25]), 0);
        assert_eq!(prediction([0.625, 0.3125]), 0);
    }

    #[test]
    fn what_is_left_follows_from_the_reset_also_before_the_first_step_and_after_a_spike_was_taken_back() {
        for (reset, fired, last) in [(Reset::Subtract, 0, -1.03125), (Reset::Zero, 1, -1.125)] {
            let neuron = Neuron { reset, signed: true, initial_potential: 0.5, ..Neuron::USUAL };
            let connections = vec![Connection::new(0, vec![], Synapses::dense(1, 2, |_, _| 1.0))];
            let output = Layer::new("out", Shape::Flat(2), connections, &[0.0; 2], &[1.0, 2.0], neuron).unwrap();
            let network = Network::new(Shape::Flat(1), vec![output], 0.25, Readout::Count).unwrap();
            let mut decision = Decision::new(&network);
            // 0.5 of a threshold of 1 against 0.5 of one of 2.
            assert_eq!(decision.prediction(), 1);
            decision.step(&[0, 1], &[], &[1.0, 1.0]);
            // Scores of 2 and 2: 1.5 - 1, or nothing, against 2 * 0.125.
            decision.step(&[0], &[], &[1.5, 0.125]);
            assert_eq!(decision.prediction(), fired, "{reset:?}");
            decision.step(&[], &[0, 1], &[-1.25, -1.0]);
            // Scores of 1 and 0; then of 0 and 0: 1 - 1.03125, or nothing, against 2 * -0.03125.
            assert_eq!((decision.prediction(), decision.counts()), (0, &[1, 0][..]));
            decision.step(&[], &[0], &[last, -0.03125]);
            assert_eq!((decision.prediction(), decision.counts()), (0, &[0, 0][..]), "{reset:?}");
            decision.reset(&network);
            assert_eq!((decision.prediction(), decision.counts()), (1, &[0, 0][..]));
        }
    }
}
