//! What leads from one layer to another.

use std::borrow::Cow;

use super::pool::{Pool, PoolKind};
use super::synapses::Synapses;
use crate::ann::Shape;
use crate::error::{Error, Result};

/// What a layer reads: the spikes of one other layer (or of the input), possibly pooled, through synapses.
#[derive(Clone, Debug)]
pub struct Connection {
    source: usize,
    pools: Vec<Pool>,
    synapses: Synapses,
    /// Puts the channel-first input into the engine's order, if the synapses require it.
    reorder: Option<Pool>,
}

impl Connection {
    /// Reads layer `source` (0 is the input, 1 the first layer after it) through pools, one after the other. The
    /// neurons of an image are numbered channel-last on both sides, except for dense synapses that read an image at the
    /// input as it is, channel-first.
    #[must_use]
    pub fn new(source: usize, pools: Vec<Pool>, synapses: Synapses) -> Self {
        Self { source, pools, synapses, reorder: None }
    }

    /// The layer that is read; 0 is the input.
    #[must_use]
    pub fn source(&self) -> usize {
        self.source
    }

    /// The pools that spikes pass before they reach the synapses.
    #[must_use]
    pub fn pools(&self) -> &[Pool] {
        &self.pools
    }

    /// The synapses.
    #[must_use]
    pub fn synapses(&self) -> &Synapses {
        &self.synapses
    }

    /// The number of synapses that spikes can reach.
    #[must_use]
    pub fn synapse_count(&self) -> usize {
        let area = self.pools.last().and_then(|pool| Some((pool.area()?, pool.shape())));
        let is_reached = |cell: usize| match area {
            Some((area, Shape::Image([channels, _, columns]))) => {
                let place = cell / channels;
                area.contains(place / columns, place % columns)
            }
            _ => true,
        };
        (0..self.synapses.inputs()).filter(|&cell| is_reached(cell)).map(|cell| self.synapses.fan_out(cell)).sum()
    }

    /// Everything that spikes pass before the synapses.
    pub(crate) fn passes(&self) -> impl Iterator<Item = &Pool> {
        self.reorder.iter().chain(&self.pools)
    }

    /// What reaches the synapses where `values` are in the place of spikes.
    pub(crate) fn pooled<'a>(&self, values: &'a [f64]) -> Cow<'a, [f64]> {
        self.passes().fold(Cow::Borrowed(values), |values, pool| Cow::Owned(pool.analog(&values)))
    }

    pub(super) fn has_max_pool(&self) -> bool {
        self.pools.iter().any(|pool| pool.kind() == PoolKind::Max)
    }

    /// Checks that it fits behind a layer of this shape, and prepares it.
    pub(super) fn connect(&mut self, from: Shape, neurons: usize) -> Result<()> {
        let wrong = |expected: String, received: usize| Err(Error::shape("synapses", expected, received));
        let mut shape = from;
        for pool in &self.pools {
            if pool.from_shape() != shape {
                return Err(Error::shape("a pool", format!("one over {shape}, which comes in"), pool.from_shape()));
            }
            shape = pool.shape();
        }
        let read = shape.size();
        if self.synapses.inputs() != read {
            return wrong(format!("{read} inputs, as many as come in"), self.synapses.inputs());
        }
        if self.synapses.outputs() != neurons {
            return wrong(format!("{neurons} outputs, one per neuron"), self.synapses.outputs());
        }
        let in_order = self.pools.is_empty() && matches!(self.synapses, Synapses::Dense(_));
        if self.source == 0 && from.groups() > 1 && from.positions() > 1 && !in_order {
            self.reorder = Some(Pool::reorder(from)?);
        }
        Ok(())
    }

    /// The same with its weights rounded to 16 bits, for thresholds of `unit`.
    pub(super) fn to_fixed(&self, unit: f32) -> Self {
        Self {
            pools: self.pools.clone(),
            synapses: self.synapses.to_fixed(unit),
            reorder: self.reorder.clone(),
            ..*self
        }
    }

    /// Multiplies what spikes do, by one factor per neuron of a vector or per channel of an image.
    pub(super) fn scale(&mut self, factors: &[f64]) {
        self.synapses = self.synapses.scaled(factors);
    }
}
