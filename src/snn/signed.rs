//! Signed neurons: a spike that turns out to have been one too many is taken back.
//!
//! A neuron whose potential falls to minus its threshold sends a negative spike and adds the threshold, if it has fired
//! more often than it has taken back (its memory is above 0). So its net count can never be negative and follows what
//! comes in, instead of keeping what noise once pushed over the threshold. Source: Y. Wang, M. Zhang, Y. Chen, H. Qu,
//! "Signed Neuron with Memory: Towards Simple, Accurate and High-Efficient ANN-SNN Conversion", IJCAI 2022.

use super::element::{Element, Vector};
use super::registers::{Firing, Registers};
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
        firing: Firing<E>,
        bias: &[E],
        potentials: &mut [E],
        mut trace: Option<&mut [E]>,
        spikes: &mut SpikeBlock,
    ) {
        let neurons = W * E::Vector::LANES;
        let groups = potentials.chunks_exact_mut(neurons).zip(bias.chunks_exact(neurons));
        for (group, (potentials, bias)) in groups.enumerate() {
            let first = group * neurons;
            let mut registers = Registers::<E::Vector, W>::load(potentials);
            registers.raise(firing);
            registers.store(potentials);
            if let Some(trace) = &mut trace {
                trace[first..first + neurons].copy_from_slice(potentials);
            }
            let mut low = registers.low(firing);
            let mut mask = registers.fire(firing);
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
        }
        spikes.end_step();
        self.taken.end_step();
    }
}
