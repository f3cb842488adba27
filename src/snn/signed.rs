//! Signed neurons: a spike that turns out to have been one too many is taken back.
//!
//! A neuron whose potential falls to minus its threshold sends a negative spike and adds the threshold, if it has fired
//! more often than it has taken back (its memory is above 0). So its net count can never be negative and follows what
//! comes in, instead of keeping what noise once pushed over the threshold. Source: Y. Wang, M. Zhang, Y. Chen, H. Qu,
//! "Signed Neuron with Memory: Towards Simple, Accurate and High-Efficient ANN-SNN Conversion", IJCAI 2022.

use super::element::Element;
use super::registers::{Firing, each_group};
use super::spikes::SpikeBlock;

/// What signed neurons have beside their potentials.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    /// Spikes less those taken back, of every neuron.
    memory: Vec<u32>,
    /// The spikes taken back in the last block.
    pub(super) taken: SpikeBlock,
}

impl Signed {
    pub(super) fn new(neurons: usize) -> Self {
        Self { memory: vec![0; neurons], taken: SpikeBlock::default() }
    }

    pub(super) fn reset(&mut self) {
        self.memory.fill(0);
        self.taken.clear();
    }

    /// Lets the neurons fire and take back after one step's sums, and adds the bias of the next step.
    pub(super) fn fire<E: Element, const W: usize>(
        &mut self,
        (firing, limit): (Firing<E>, E),
        bias: &[E],
        potentials: &mut [E],
        trace: Option<&mut [E]>,
        spikes: &mut SpikeBlock,
    ) {
        each_group::<E, W>(firing, bias, potentials, trace, |first, mut registers, potentials, bias| {
            let mut low = registers.low(firing);
            let mut mask = registers.fire(firing, limit);
            registers.store(potentials);
            while mask != 0 {
                let neuron = first + mask.trailing_zeros() as usize;
                self.memory[neuron] += 1;
                spikes.push(neuron as u32);
                mask &= mask - 1;
            }
            while low != 0 {
                let lane = low.trailing_zeros() as usize;
                if let Some(memory) = self.memory.get_mut(first + lane).filter(|memory| **memory > 0) {
                    *memory -= 1;
                    let above = potentials[lane].plus(firing.one());
                    potentials[lane] = if firing.resets_to_zero() { E::zeroed() } else { above };
                    self.taken.push((first + lane) as u32);
                }
                low &= low - 1;
            }
            if firing.biased {
                potentials.iter_mut().zip(bias).for_each(|(v, &bias)| *v = v.plus(bias));
            }
        });
        spikes.end_step();
        self.taken.end_step();
    }
}

#[cfg(test)]
mod tests {
    use crate::ann::{Shape, Window};
    use crate::snn::{
        Coding, Connection, Layer, Network, Neuron, Pool, PoolKind, Readout, Recorder, RunOptions, Simulation,
        SpikeBlock, Synapses, run,
    };

    const SIGNED: Neuron = Neuron { signed: true, ..Neuron::USUAL };

    fn dense(source: usize, weights: &[f32], neuron: Neuron) -> Layer {
        let synapses = Synapses::dense(weights.len(), 1, |i, _| weights[i]);
        Layer::new("one", Shape::Flat(1), vec![Connection::new(source, Vec::new(), synapses)], &[0.0], &[1.0], neuron)
            .unwrap()
    }

    /// One block in which each step has these input spikes.
    fn block(steps: &[&[u32]]) -> SpikeBlock {
        let mut spikes = SpikeBlock::default();
        for step in steps {
            step.iter().for_each(|&neuron| spikes.push(neuron));
            spikes.end_step();
        }
        spikes
    }

    #[test]
    fn a_spike_is_taken_back_at_minus_the_threshold_and_never_one_that_was_not_sent() {
        let layers = vec![dense(0, &[1.0, -0.75], SIGNED), dense(1, &[1.0], SIGNED)];
        let network = Network::new(Shape::Flat(2), layers, 1.0, Readout::Count).unwrap();
        let mut simulation = Simulation::new(&network, 8, true);
        let input = block(&[&[0], &[1], &[1], &[1], &[1]]);
        simulation.advance(&input);
        simulation.decide(|_| ());
        // Potentials before firing: 1 (fires), -0.75, -1.5 (takes back: -0.5), -1.25 (nothing left), -2.
        let potentials: Vec<f32> = simulation.potentials(0).map(|step| step[0]).collect();
        assert_eq!(potentials, [1.0, -0.75, -1.5, -1.25, -2.0]);
        let steps = |spikes: &SpikeBlock| spikes.iter().map(<[u32]>::len).collect::<Vec<_>>();
        assert_eq!(steps(simulation.spikes(0)), [1, 0, 0, 0, 0]);
        assert_eq!(steps(simulation.taken_back(0).unwrap()), [0, 0, 1, 0, 0]);
        // The next layer gets +1 and then -1: it fires, and takes that back at once.
        assert_eq!(steps(simulation.taken_back(1).unwrap()), [0, 0, 1, 0, 0]);
        assert_eq!(simulation.decision().counts(), [0]);
        assert_eq!(simulation.spikes_per_layer(), [5, 2, 2]);
        assert_eq!(simulation.synaptic_operations(), 5 + 2);
        let mut recorder = Recorder::new(&network, true, false);
        recorder.extend(0, &input, &simulation);
        assert_eq!((&recorder.spikes[1].step, &recorder.spikes[1].sign), (&vec![0, 2], &Some(vec![1, -1])));
        assert_eq!(recorder.spikes[0].sign, None);
    }

    #[test]
    fn a_max_pool_cannot_read_signed_neurons_nor_constant_currents() {
        let pool = |kind| Pool::new(kind, Window::new([1, 2]), Shape::Image([1, 1, 2])).unwrap();
        let network = |kind| {
            let two = Synapses::dense(1, 2, |_, _| 1.0);
            let first = Connection::new(0, Vec::new(), two);
            let first = Layer::new("first", Shape::Image([1, 1, 2]), vec![first], &[0.0], &[1.0], SIGNED).unwrap();
            let second = Connection::new(1, vec![pool(kind)], Synapses::dense(1, 1, |_, _| 1.0));
            let second = Layer::new("second", Shape::Flat(1), vec![second], &[0.0], &[1.0], SIGNED).unwrap();
            Network::new(Shape::Flat(1), vec![first, second], 1.0, Readout::Count)
        };
        assert!(network(PoolKind::Mean).is_ok());
        let error = network(PoolKind::Max).unwrap_err().to_string();
        assert!(error.contains("`signed`") && error.contains("`second`"), "{error}");
        let pooled = Connection::new(0, vec![pool(PoolKind::Max)], Synapses::dense(1, 1, |_, _| 1.0));
        let neuron = Neuron { signed: false, ..SIGNED };
        let layer = Layer::new("one", Shape::Flat(1), vec![pooled], &[0.0], &[1.0], neuron).unwrap();
        let network = Network::new(Shape::Image([1, 1, 2]), vec![layer], 1.0, Readout::Count).unwrap();
        assert!(network.with_coding(Coding::Constant).unwrap_err().to_string().contains("`coding`"));
    }

    #[test]
    fn constant_currents_are_integrated_without_a_spike_of_the_input() {
        let neuron = Neuron { signed: false, ..SIGNED };
        let network = Network::new(Shape::Flat(2), vec![dense(0, &[0.75, 1.0], neuron)], 1.0, Readout::Count).unwrap();
        let network = network.with_coding(Coding::Constant).unwrap();
        let options = RunOptions { steps: 20, seed: Some(1), ..RunOptions::default() }.validate().unwrap();
        let result = run(&network, &[0.5, 0.0], &options).unwrap();
        // 0.375 a step, as exact in binary.
        assert_eq!(result.counts, [7]);
        assert_eq!((result.spikes_per_layer, result.synaptic_operations), (vec![0, 7], 1));
    }

    #[test]
    fn outputs_that_only_integrate_follow_what_is_taken_back() {
        let integrates = Neuron { fires: false, ..Neuron::USUAL };
        let layers = vec![dense(0, &[1.0, -1.0], SIGNED), dense(1, &[0.75], integrates)];
        let network = Network::new(Shape::Flat(2), layers, 1.0, Readout::Potential).unwrap();
        let mut simulation = Simulation::new(&network, 8, false);
        simulation.advance(&block(&[&[0], &[0], &[1]]));
        let mut scores = Vec::new();
        simulation.decide(|decision| scores.push(decision.scores()[0]));
        assert_eq!(scores, [0.75, 1.5, 0.75]);
    }
}
