//! The spikes of one layer of neurons on their way to others, and what they pass.

use crate::ann::{Area, Layer, Shape, Source, Window};
use crate::snn::PoolKind;

/// A pool that spikes pass, for the cells in an area if there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pooling {
    pub(super) kind: PoolKind,
    pub(super) window: Window,
    pub(super) area: Option<Area>,
}

impl Pooling {
    /// A mean over a window, everywhere.
    pub(super) fn mean(window: Window) -> Self {
        Self { kind: PoolKind::Mean, window, area: None }
    }

    /// The layer of a trained network that does the same.
    pub(super) fn layer(self) -> Layer {
        match (self.kind, self.area) {
            (PoolKind::Max, _) => Layer::MaxPool2d(self.window),
            (PoolKind::Mean, None) => Layer::AvgPool2d(self.window),
            (PoolKind::Mean, Some(area)) => Layer::AvgPool2dPart(self.window, area),
        }
    }
}

/// The spikes of one unit, pooled or not.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    /// 0 is the input, 1 the first unit.
    pub(super) source: usize,
    /// The shape of the source.
    pub(super) from: Shape,
    pub(super) pools: Vec<Pooling>,
    /// How many connections from neurons to cells the pools take.
    pub(super) pairs: usize,
    /// What a spike's amplitude is multiplied by: `1 / taps` of the mean pools.
    pub(super) scale: f64,
    /// The share of taps that spikes pass through, where they pass into some cells alone.
    pub(super) share: f64,
    /// The largest share of the taps of a cell that spikes pass through, there.
    pub(super) most: f64,
    /// The shape behind the pools.
    pub(super) shape: Shape,
    /// Where the trained network has the same values, and from which one on.
    pub(super) values: (Source, usize),
}

impl Wire {
    /// All spikes of a layer of neurons (1 is the first one) or of the input, 0.
    pub(super) fn new(source: usize, shape: Shape, values: Source) -> Self {
        let pools = Vec::new();
        Self { source, from: shape, pools, pairs: 0, scale: 1.0, share: 1.0, most: 1.0, shape, values: (values, 0) }
    }

    /// The same behind a pool, whose cells have this height and width, and are the values of a layer from one on.
    pub(super) fn pooled(&self, pool: Pooling, [height, width]: [usize; 2], values: (Source, usize)) -> Self {
        let mut wire = self.clone();
        wire.pools.push(pool);
        if let Some(area) = pool.area {
            let (all, most) = pool.window.shares(area, wire.shape);
            wire.share *= all / (height * width) as f64;
            wire.most *= most;
        }
        if pool.kind == PoolKind::Mean {
            wire.scale /= pool.window.taps() as f64;
        }
        wire.shape = Shape::Image([wire.shape.groups(), height, width]);
        wire.pairs = wire.pairs.saturating_add(wire.shape.size().saturating_mul(pool.window.taps()));
        wire.values = values;
        wire
    }

    /// The cells that spikes pass into, where these are not all.
    pub(super) fn area(&self) -> Option<Area> {
        self.pools.last()?.area
    }

    /// Whether this passes into some cells and `next` into others of the same pool, which come after them.
    pub(super) fn is_beside(&self, next: &Self) -> bool {
        let pool = |wire: &Self| wire.pools.last().map(|pool| (pool.window, wire.pools.len()));
        let starts = |area: Area| (area.rows[0], area.columns[0]);
        self.source == next.source && pool(self) == pool(next) && self.area().map(starts) < next.area().map(starts)
    }
}
