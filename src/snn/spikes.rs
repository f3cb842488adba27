//! The spikes of one layer over a block of steps.

/// Spikes in order of step, and of neuron within a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpikeBlock {
    neurons: Vec<u32>,
    /// `ends[t]` is the number of spikes up to and with step `t`.
    ends: Vec<u32>,
}

impl SpikeBlock {
    /// Room for `steps` steps of `neurons` neurons, so that nothing is allocated later.
    #[must_use]
    pub fn with_capacity(neurons: usize, steps: usize) -> Self {
        Self { neurons: Vec::with_capacity(neurons * steps), ends: Vec::with_capacity(steps) }
    }

    /// Removes all steps.
    pub fn clear(&mut self) {
        self.neurons.clear();
        self.ends.clear();
    }

    /// Adds a spike to the step that is being written. Layers come in ascending order; behind a pool a neuron may come
    /// several times.
    pub fn push(&mut self, neuron: u32) {
        self.neurons.push(neuron);
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
    /// Where there is no such step.
    #[must_use]
    pub fn step(&self, step: usize) -> &[u32] {
        let start = if step == 0 { 0 } else { self.ends[step - 1] };
        &self.neurons[start as usize..self.ends[step] as usize]
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
