//! The state of a layer, whichever numbers it runs in.

use super::layer::{LayerState, Spikes};
use super::{Layer, SpikeBlock};

#[derive(Clone, Debug)]
pub(super) enum State {
    F32(LayerState<f32>),
    Fixed(LayerState<i16>),
}

/// The same of either state.
macro_rules! either {
    ($state:expr, $inner:ident => $value:expr) => {
        match $state {
            State::F32($inner) => $value,
            State::Fixed($inner) => $value,
        }
    };
}

impl State {
    pub(super) fn new(layer: &Layer, block: usize, trace: bool) -> Self {
        match layer.unit() {
            None => Self::F32(LayerState::new(layer, block, trace)),
            Some(_) => Self::Fixed(LayerState::new(layer, block, trace)),
        }
    }

    pub(super) fn reset(&mut self, layer: &Layer, currents: Option<&[f32]>) {
        either!(self, state => state.reset(layer, currents));
    }

    pub(super) fn advance<'a>(
        &mut self,
        layer: &Layer,
        steps: usize,
        spikes_of: &dyn Fn(usize) -> Spikes<'a>,
        masks: &mut [u32],
    ) {
        either!(self, state => state.advance(layer, steps, spikes_of, masks));
    }

    /// The potentials before firing in each step of the last block, in thresholds; none where they are not traced.
    pub(super) fn potentials(&self) -> impl Iterator<Item = &[f32]> {
        let (trace, stride, neurons) = either!(self, state => state.potentials());
        trace.chunks_exact(stride).map(move |potentials| &potentials[..neurons])
    }

    pub(super) fn spikes(&self) -> &SpikeBlock {
        either!(self, state => &state.spikes)
    }

    pub(super) fn taken(&self) -> Option<&SpikeBlock> {
        either!(self, state => state.taken())
    }

    pub(super) fn fired(&self) -> u64 {
        either!(self, state => state.fired)
    }

    pub(super) fn operations(&self) -> u64 {
        either!(self, state => state.operations)
    }
}
