//! The state of one layer while it runs: potentials, pools and the spikes of the last block.

use wide::f32x4;

use super::network::{Layer, Neuron, Reset};
use super::pool::PoolState;
use super::spikes::SpikeBlock;
use super::synapses::Synapses;

/// Room that is made for spikes at once, at most; more is made when a block needs it.
const ROOM: usize = 1 << 17;

#[derive(Clone, Debug)]
pub(super) struct LayerState {
    /// In the engine's order, padded.
    potentials: Vec<f32>,
    /// Potentials before firing over the block, `[steps, neurons]`; empty where they are not asked for.
    pub(super) trace: Vec<f32>,
    pub(super) spikes: SpikeBlock,
    pub(super) fired: u64,
    pub(super) operations: u64,
    /// Per connection.
    routes: Vec<Route>,
}

/// What spikes pass before the synapses of a connection.
#[derive(Clone, Debug)]
struct Route {
    pools: Vec<PoolState>,
    passed: SpikeBlock,
    spare: SpikeBlock,
}

/// The number of masks per step that a layer wants.
pub(super) fn masks(layer: &Layer) -> usize {
    match layer.connections() {
        [connection] => match connection.synapses() {
            Synapses::Dense(dense) => dense.tiles(),
            _ => 0,
        },
        _ => 0,
    }
}

impl LayerState {
    pub(super) fn new(layer: &Layer, block: usize, trace: bool) -> Self {
        let route = |connection: &super::Connection| Route {
            pools: connection.passes().map(super::Pool::state).collect(),
            passed: SpikeBlock::default(),
            spare: SpikeBlock::default(),
        };
        Self {
            potentials: vec![0.0; layer.padded_bias().len()],
            trace: if trace { vec![0.0; block * layer.neurons()] } else { Vec::new() },
            spikes: SpikeBlock::with_capacity((layer.neurons() * block).min(ROOM), block),
            fired: 0,
            operations: 0,
            routes: layer.connections().iter().map(route).collect(),
        }
    }

    pub(super) fn reset(&mut self, layer: &Layer) {
        self.potentials.fill(0.0);
        self.potentials[..layer.neurons()].fill(layer.neuron().initial_potential);
        self.routes.iter_mut().flat_map(|route| &mut route.pools).for_each(PoolState::reset);
        self.spikes.clear();
        self.fired = 0;
        self.operations = 0;
    }

    /// Runs the layer over a block; `spikes_of` gives the spikes of the layers that it may read.
    pub(super) fn advance<'a>(
        &mut self,
        layer: &Layer,
        steps: usize,
        spikes_of: impl Fn(usize) -> &'a SpikeBlock,
        masks: &mut [u32],
    ) {
        for (connection, route) in layer.connections().iter().zip(&mut self.routes) {
            route.pass(connection, spikes_of(connection.source()));
        }
        if let ([connection], [route]) = (layer.connections(), &self.routes[..])
            && let Synapses::Dense(dense) = connection.synapses()
        {
            let block = route.passed(spikes_of(connection.source()));
            let trace = (!self.trace.is_empty()).then_some(&mut self.trace[..]);
            dense.integrate(block, layer.neuron(), layer.padded_bias(), &mut self.potentials, masks, trace);
            dense.extract(steps, masks, &mut self.spikes);
            self.operations += (block.len() * dense.outputs()) as u64;
        } else {
            self.spikes.clear();
            for step in 0..steps {
                add(&mut self.potentials, layer.padded_bias());
                for (connection, route) in layer.connections().iter().zip(&self.routes) {
                    let spikes = route.passed(spikes_of(connection.source())).step(step);
                    self.operations += scatter(connection.synapses(), spikes, &mut self.potentials);
                }
                let trace = self.trace.chunks_exact_mut(layer.neurons()).nth(step);
                fire(layer.neuron(), &mut self.potentials, trace, &mut self.spikes);
            }
        }
        self.fired += self.spikes.len() as u64;
    }
}

impl Route {
    /// Lets the spikes of a block pass the pools.
    fn pass(&mut self, connection: &super::Connection, spikes: &SpikeBlock) {
        for (index, (pool, state)) in connection.passes().zip(&mut self.pools).enumerate() {
            if index == 0 {
                pool.pass(spikes, state, &mut self.passed);
            } else {
                pool.pass(&self.passed, state, &mut self.spare);
                std::mem::swap(&mut self.passed, &mut self.spare);
            }
        }
    }

    /// The spikes behind the pools; `spikes` where there is none.
    fn passed<'a>(&'a self, spikes: &'a SpikeBlock) -> &'a SpikeBlock {
        if self.pools.is_empty() { spikes } else { &self.passed }
    }
}

fn add(potentials: &mut [f32], weights: &[f32]) {
    potentials.iter_mut().zip(weights).for_each(|(v, &weight)| *v += weight);
}

/// Adds the weights of all `spikes`, in their order, and returns how many there were.
fn scatter(synapses: &Synapses, spikes: &[u32], potentials: &mut [f32]) -> u64 {
    let mut operations = 0;
    for &i in spikes {
        synapses.spans(i as usize, |first, weights| {
            add(&mut potentials[first..first + weights.len()], weights);
            operations += weights.len() as u64;
        });
    }
    operations
}

/// Lets the neurons fire and resets them, after one step's sums.
fn fire(neuron: Neuron, potentials: &mut [f32], trace: Option<&mut [f32]>, spikes: &mut SpikeBlock) {
    if let Some(floor) = neuron.floor {
        let floor = f32x4::splat(floor);
        for v in potentials.as_chunks_mut::<4>().0 {
            let sums = f32x4::new(*v);
            *v = sums.simd_lt(floor).select(floor, sums).to_array();
        }
    }
    if let Some(trace) = trace {
        trace.copy_from_slice(&potentials[..trace.len()]);
    }
    if neuron.fires {
        let one = f32x4::splat(1.0);
        for (index, v) in potentials.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let sums = f32x4::new(*v);
            let fired = sums.simd_ge(one);
            let mut mask = fired.to_bitmask();
            if mask == 0 {
                continue;
            }
            let reset = if neuron.reset == Reset::Zero { f32x4::ZERO } else { sums - one };
            *v = fired.select(reset, sums).to_array();
            while mask != 0 {
                spikes.push((index * 4) as u32 + mask.trailing_zeros());
                mask &= mask - 1;
            }
        }
    }
    spikes.end_step();
}
