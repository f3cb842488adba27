//! The spikes of one layer over a block of steps.

/// Spikes ordered by step and, within a step, by neuron.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpikeBlock {
    neurons: Vec<u32>,
    /// `ends[t]` is the number of spikes up to and with step `t`.
    ends: Vec<u32>,
}

impl SpikeBlock {
    /// Allocates room for `steps` steps of `neurons` neurons, so that nothing is allocated later.
    #[must_use]
    pub fn with_capacity(neurons: usize, steps: usize) -> Self {
        Self { neurons: Vec::with_capacity(neurons * steps), ends: Vec::with_capacity(steps) }
    }

    /// The number of spikes that there is room for.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.neurons.capacity()
    }

    /// Removes all steps.
    pub fn clear(&mut self) {
        self.neurons.clear();
        self.ends.clear();
    }

    /// Adds a spike to the step that is being written. Neurons come in ascending order; behind a pool, a neuron may
    /// come several times.
    pub fn push(&mut self, neuron: u32) {
        self.neurons.push(neuron);
    }

    /// Writes a whole step: `write` fills the beginning of a slice of `most` words and tells how many.
    pub(super) fn write_step(&mut self, most: usize, write: impl FnOnce(&mut [u32]) -> usize) {
        let start = self.neurons.len();
        self.neurons.resize(start + most, 0);
        let written = write(&mut self.neurons[start..]);
        self.neurons.truncate(start + written);
        self.end_step();
    }

    /// Writes whole steps in place of what was there: `write` fills the first `spikes` words of a slice that has `slack`
    /// more, and adds the number of spikes so far at the end of each step.
    pub(super) fn write(&mut self, spikes: usize, slack: usize, write: impl FnOnce(&mut [u32], &mut Vec<u32>)) {
        self.ends.clear();
        self.neurons.resize(spikes + slack, 0);
        write(&mut self.neurons, &mut self.ends);
        self.neurons.truncate(spikes);
    }

    /// So many steps without spikes, in place of what was there.
    pub(crate) fn be_silent(&mut self, steps: usize) {
        self.neurons.clear();
        self.ends.clear();
        self.ends.resize(steps, 0);
    }

    /// Ends the step that is being written.
    pub fn end_step(&mut self) {
        self.ends.push(self.neurons.len() as u32);
    }

    /// The number of steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.ends.len()
    }

    /// The number of spikes in all steps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.neurons.len()
    }

    /// Whether no neuron fired.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.neurons.is_empty()
    }

    /// The neurons that fired in step `step`.
    ///
    /// # Panics
    /// If there is no such step.
    #[must_use]
    pub fn step(&self, step: usize) -> &[u32] {
        let start = if step == 0 { 0 } else { self.ends[step - 1] };
        &self.neurons[start as usize..self.ends[step] as usize]
    }

    /// The spikes from number `first` to before number `last`, counted over all steps.
    #[inline]
    pub(super) fn between(&self, first: u32, last: u32) -> &[u32] {
        &self.neurons[first as usize..last as usize]
    }

    /// Writes the spikes into `arranged`, each step in the order of their group: `group[i]`, below `groups`, is that of
    /// neuron `i`. Those of one group keep their order. `starts` gets the number of the spike that each group begins
    /// with and, after the last one, that of the end: `groups + 1` numbers per step.
    pub(super) fn arrange(&self, group: &[u32], groups: usize, arranged: &mut Self, starts: &mut Vec<u32>) {
        arranged.ends.clone_from(&self.ends);
        arranged.neurons.resize(self.neurons.len(), 0);
        starts.clear();
        let mut start = 0;
        for step in self.iter() {
            let first = starts.len();
            // One more than there will be: where a group ends is counted one place further on than where it begins.
            starts.resize(first + groups + 2, 0);
            let counts = &mut starts[first..];
            for &neuron in step {
                counts[group[neuron as usize] as usize + 2] += 1;
            }
            counts[1] = start;
            for index in 2..counts.len() {
                counts[index] += counts[index - 1];
            }
            for &neuron in step {
                let place = &mut counts[group[neuron as usize] as usize + 1];
                arranged.neurons[*place as usize] = neuron;
                *place += 1;
            }
            counts[0] = start;
            starts.pop();
            start += step.len() as u32;
        }
    }

    /// The neurons that fired, step by step.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let step = &self.neurons[start..end as usize];
            start = end as usize;
            step
        })
    }
}

/// Writes the neuron of every bit of `mask` that is set, and returns how many there are. The first `AT_ONCE` places are
/// written whether there are as many or not, so that nothing has to be foreseen; those that are none are written over.
/// `neuron` is asked about bit 32 for them.
#[inline]
pub(super) fn tell<const AT_ONCE: usize>(mut mask: u32, neuron: impl Fn(u32) -> u32, room: &mut [u32]) -> usize {
    let count = mask.count_ones() as usize;
    let (usual, rest) = room.split_at_mut(AT_ONCE);
    for place in usual {
        *place = neuron(mask.trailing_zeros());
        mask &= mask.wrapping_sub(1);
    }
    for place in rest.iter_mut().take(count.saturating_sub(AT_ONCE)) {
        *place = neuron(mask.trailing_zeros());
        mask &= mask - 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arranged_spikes_keep_their_step_and_the_order_within_a_group() {
        let mut spikes = SpikeBlock::default();
        for step in [&[0, 3, 2, 5][..], &[], &[5, 4, 3, 3]] {
            spikes.neurons.extend_from_slice(step);
            spikes.end_step();
        }
        let (mut arranged, mut starts) = (SpikeBlock::default(), Vec::new());
        spikes.arrange(&[2, 2, 0, 0, 2, 0], 3, &mut arranged, &mut starts);
        assert_eq!(arranged.iter().collect::<Vec<_>>(), [&[3, 2, 5, 0][..], &[], &[5, 3, 3, 4]]);
        assert_eq!(starts, [0, 3, 3, 4, 4, 4, 4, 4, 4, 7, 7, 8]);
        assert_eq!(arranged.between(starts[8], starts[9]), [5, 3, 3]);
    }
}
