//! The state of one layer while it runs: potentials, pools and the spikes of the last block.

use super::connection::Connection;
use super::element::{Element, Vector};
use super::network::Layer;
use super::neuron::Neuron;
use super::pool::{Pool, PoolState};
use super::registers::{Firing, Registers, each_group};
use super::signed::Signed;
use super::spikes::SpikeBlock;
use super::synapses::{Synapses, add};
use super::tiled::{Tiled, Windows};
use super::tiles::{Block, Tiles};

/// Room that is made for spikes at once, at most; more is made when a block needs it.
const ROOM: usize = 1 << 17;

#[derive(Clone, Debug)]
pub(super) struct LayerState<E> {
    /// In the engine's order, padded, with the bias of the step to come.
    potentials: Vec<E>,
    firing: Firing<E>,
    /// What potentials have to be above to fire in each step of the block: the numbers just below the threshold and its
    /// margin, infinite where neurons only integrate.
    limits: Vec<E>,
    /// The steps done.
    done: usize,
    /// The bias of every neuron, with the constant currents of the input at hand; padded.
    drive: Vec<E>,
    signed: Option<Signed>,
    neurons: usize,
    /// Potentials before firing over the block, each step padded; empty where they are not asked for.
    trace: Vec<E>,
    /// The potentials of neurons that only integrate, which would outgrow the digits of what is added to them; the others
    /// are then what a step adds. Empty where neurons fire or have a floor.
    totals: Vec<f64>,
    /// The trace in thresholds, where it is not.
    told: Vec<f32>,
    /// A threshold.
    unit: f32,
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
    /// Of a convolution in tiles.
    windows: Option<Windows>,
    /// Spikes taken back, behind the pools.
    taken: SpikeBlock,
}

/// The spikes of a layer over a block.
#[derive(Clone, Copy)]
pub(crate) struct Spikes<'a> {
    pub(crate) fired: &'a SpikeBlock,
    /// Those taken back, where its neurons are signed.
    pub(crate) taken: Option<&'a SpikeBlock>,
}

/// Whether the neurons of a layer only add up.
fn integrates(layer: &Layer) -> bool {
    let Neuron { fires, signed, floor, .. } = layer.neuron();
    !fires && !signed && floor.is_none()
}

/// The number of masks per step that a layer wants.
pub(super) fn masks(layer: &Layer) -> usize {
    match layer.connections() {
        [connection] => tiles(connection.synapses()).map_or(0, |tiles| layer.neurons() / tiles.outputs() * tiles.len()),
        _ => 0,
    }
}

fn tiled(synapses: &Synapses) -> Option<&Tiled> {
    match synapses {
        Synapses::Conv(conv) => conv.tiled(),
        Synapses::Dense(_) | Synapses::Pointwise(_) => None,
    }
}

fn tiles(synapses: &Synapses) -> Option<&Tiles> {
    match synapses {
        Synapses::Dense(dense) => Some(dense.tiles()),
        Synapses::Conv(_) | Synapses::Pointwise(_) => tiled(synapses).map(Tiled::tiles),
    }
}

impl<E: Element> LayerState<E> {
    pub(super) fn new(layer: &Layer, block: usize, trace: bool) -> Self {
        let drive = layer.padded_bias::<E>();
        Self {
            potentials: vec![E::zeroed(); drive.len()],
            firing: Firing::of(layer, drive),
            limits: Vec::with_capacity(block),
            done: 0,
            drive: drive.to_vec(),
            signed: layer.neuron().signed.then(|| Signed::new(layer.neurons())),
            neurons: layer.neurons(),
            trace: vec![E::zeroed(); if trace { block * drive.len() } else { 0 }],
            totals: vec![0.0; if integrates(layer) { layer.neurons() } else { 0 }],
            told: Vec::new(),
            unit: layer.unit().unwrap_or(1.0),
            spikes: SpikeBlock::with_capacity(layer.neurons().min(ROOM / block), block),
            fired: 0,
            operations: 0,
            routes: layer.connections().iter().map(Route::new).collect(),
        }
    }

    /// Goes back to before the first step; `currents` are the intensities of an input that does not spike.
    pub(super) fn reset(&mut self, layer: &Layer, currents: Option<&[f32]>) {
        self.operations = 0;
        self.done = 0;
        self.drive.copy_from_slice(layer.padded_bias());
        if let Some(input) = currents {
            for connection in layer.connections().iter().filter(|connection| connection.source() == 0) {
                self.operations += conduct(connection, input, &mut self.drive, self.unit);
            }
        }
        self.firing = Firing::of(layer, &self.drive);
        self.potentials.fill(E::zeroed());
        self.potentials[..layer.neurons()].fill(E::of(layer.neuron().initial_potential, self.unit));
        add(&self.drive, &mut self.potentials, false);
        self.routes.iter_mut().flat_map(|route| &mut route.pools).for_each(PoolState::reset);
        self.totals.fill(0.0);
        self.spikes.clear();
        if let Some(signed) = &mut self.signed {
            signed.reset();
        }
        self.fired = 0;
    }

    /// The spikes taken back in the last block; `None` where the neurons are not signed.
    pub(super) fn taken(&self) -> Option<&SpikeBlock> {
        self.signed.as_ref().map(|signed| &signed.taken)
    }

    /// The potentials before firing in the steps of the last block, in thresholds, with how many there are of a step
    /// and how many of those are of neurons; none where they are not traced.
    pub(super) fn potentials(&self) -> (&[f32], usize, usize) {
        let trace = E::as_f32(&self.trace).unwrap_or(&self.told);
        let stride = self.potentials.len();
        (&trace[..trace.len().min(self.spikes.steps() * stride)], stride, self.neurons)
    }

    /// Runs the layer over a block; `spikes_of` gives the spikes of the layers that it may read.
    pub(super) fn advance<'a>(
        &mut self,
        layer: &Layer,
        steps: usize,
        spikes_of: &dyn Fn(usize) -> Spikes<'a>,
        masks: &mut [u32],
    ) {
        self.set_limits(layer, steps);
        let mut taken = self.signed.is_some();
        for (connection, route) in layer.connections().iter().zip(&mut self.routes) {
            let spikes = spikes_of(connection.source());
            route.pass(connection, spikes);
            taken |= spikes.taken.is_some();
        }
        match layer.connections() {
            [connection] if !taken && self.totals.is_empty() && self.routes[0].is_dense(connection) => {
                self.run_tiles(layer, connection, steps, spikes_of(connection.source()).fired, masks);
            }
            _ => self.run_steps(layer, steps, spikes_of),
        }
        self.fired += (self.spikes.len() + self.taken().map_or(0, SpikeBlock::len)) as u64;
        if E::as_f32(&self.trace).is_none() {
            self.told.clear();
            self.told.extend(self.trace.iter().map(|value| value.value(self.unit)));
        }
    }

    /// Gets ready to fire in the steps to come.
    fn set_limits(&mut self, layer: &Layer, steps: usize) {
        let neuron = layer.neuron();
        let limit = |step| match neuron.fires {
            true => E::of((1.0 + neuron.margin.after(step)) as f32, self.unit).before(),
            false => E::of(f32::INFINITY, self.unit), // Nothing is beyond, not even a sum that has overflowed.
        };
        self.limits.clear();
        self.limits.extend((self.done..self.done + steps).map(limit));
        self.done += steps;
    }

    /// Tile after tile, each over all steps.
    fn run_tiles(
        &mut self,
        layer: &Layer,
        connection: &Connection,
        steps: usize,
        spikes: &SpikeBlock,
        masks: &mut [u32],
    ) {
        let Some(tiles) = tiles(connection.synapses()) else { return };
        let words = self::masks(layer);
        let masks = &mut masks[..words * steps];
        let mut block = Block {
            steps,
            firing: self.firing,
            limits: &self.limits,
            bias: &self.drive,
            potentials: &mut self.potentials,
            masks,
            words,
            trace: &mut self.trace,
        };
        let route = &mut self.routes[0];
        self.operations += match (connection.synapses(), &mut route.windows) {
            (synapses, Some(windows)) => tiled(synapses).map_or(0, |tiled| tiled.run(windows, &mut block)),
            (Synapses::Dense(dense), _) => dense.run(route.passed(spikes), &mut block),
            _ => 0,
        };
        tiles.tell_fired(masks, words, &mut self.spikes);
    }

    /// Ends a step of neurons that only integrate.
    fn integrate(&mut self, step: usize) {
        let first = step * self.potentials.len();
        for (neuron, (total, potential)) in self.totals.iter_mut().zip(&self.potentials).enumerate() {
            *total += f64::from(potential.value(self.unit));
            if let Some(told) = self.trace.get_mut(first + neuron) {
                *told = E::of(*total as f32, self.unit);
            }
        }
        self.potentials.copy_from_slice(&self.drive);
        self.spikes.end_step();
    }

    /// Step after step, each spike on its own.
    fn run_steps<'a>(&mut self, layer: &Layer, steps: usize, spikes_of: &dyn Fn(usize) -> Spikes<'a>) {
        self.spikes.clear();
        if let Some(signed) = &mut self.signed {
            signed.taken.clear();
        }
        for step in 0..steps {
            for (connection, route) in layer.connections().iter().zip(&self.routes) {
                let Spikes { fired, taken } = spikes_of(connection.source());
                let (synapses, potentials) = (connection.synapses(), &mut self.potentials);
                self.operations += synapses.scatter(route.passed(fired).step(step), potentials, false);
                if let Some(taken) = taken {
                    let taken = if route.pools.is_empty() { taken } else { &route.taken };
                    self.operations += synapses.scatter(taken.step(step), potentials, true);
                }
            }
            let trace = self.trace.chunks_exact_mut(self.potentials.len()).nth(step);
            if !self.totals.is_empty() {
                self.integrate(step);
                continue;
            }
            let (drive, potentials) = (&self.drive, &mut self.potentials);
            let firing = (self.firing, self.limits[step]);
            // Sixteen neurons at once.
            match (&mut self.signed, E::Vector::LANES) {
                (Some(signed), 4) => signed.fire::<E, 4>(firing, drive, potentials, trace, &mut self.spikes),
                (Some(signed), _) => signed.fire::<E, 2>(firing, drive, potentials, trace, &mut self.spikes),
                (None, 4) => fire::<E, 4>(firing, drive, potentials, trace, &mut self.spikes),
                (None, _) => fire::<E, 2>(firing, drive, potentials, trace, &mut self.spikes),
            }
        }
    }
}

impl Route {
    fn new(connection: &Connection) -> Self {
        let windows = tiled(connection.synapses()).map(|_| Windows::default());
        let pools = connection.passes().map(Pool::state).collect();
        let [passed, spare, taken] = std::array::from_fn(|_| SpikeBlock::default());
        Self { pools, passed, spare, windows, taken }
    }

    /// Lets the spikes of a block pass the pools, and brings them into the order that the synapses want.
    fn pass(&mut self, connection: &Connection, Spikes { fired: spikes, taken }: Spikes<'_>) {
        if let Some(taken) = taken.filter(|_| !self.pools.is_empty()) {
            // Behind signed neurons all pools are mean pools, which remember nothing.
            self.pass_pools(connection, taken);
            std::mem::swap(&mut self.passed, &mut self.taken);
        }
        self.pass_pools(connection, spikes);
        if let (Some(tiled), Some(windows)) = (tiled(connection.synapses()), &mut self.windows) {
            let passed = if self.pools.is_empty() { spikes } else { &self.passed };
            tiled.read(passed, self.pools.is_empty(), windows);
        }
    }

    /// Lets spikes pass the pools, into `passed`.
    fn pass_pools(&mut self, connection: &Connection, spikes: &SpikeBlock) {
        for (index, (pool, state)) in connection.passes().zip(&mut self.pools).enumerate() {
            if index == 0 {
                pool.pass(spikes, state, &mut self.passed);
            } else {
                pool.pass(&self.passed, state, &mut self.spare);
                std::mem::swap(&mut self.passed, &mut self.spare);
            }
        }
    }

    /// Whether the synapses have tiles and enough spikes to be worth running them.
    fn is_dense(&self, connection: &Connection) -> bool {
        match (connection.synapses(), &self.windows) {
            (Synapses::Dense(_), _) => true,
            (_, windows) => windows.as_ref().is_some_and(Windows::is_dense),
        }
    }

    /// The spikes as the synapses want them; `spikes` where nothing lies in between.
    fn passed<'a>(&'a self, spikes: &'a SpikeBlock) -> &'a SpikeBlock {
        match self.windows.as_ref().and_then(Windows::spikes) {
            Some(arranged) => arranged,
            None if self.pools.is_empty() => spikes,
            None => &self.passed,
        }
    }
}

/// Adds the currents that intensities cause to `drive`, and returns how many synapses they pass.
fn conduct<E: Element>(connection: &Connection, input: &[f32], drive: &mut [E], unit: f32) -> u64 {
    let values: Vec<f64> = input.iter().map(|&x| f64::from(x)).collect();
    let mut sums = vec![0.0; drive.len()];
    let operations = connection.synapses().add_sums(&connection.pooled(&values), &mut sums);
    drive.iter_mut().zip(sums).for_each(|(drive, sum)| *drive = drive.plus(E::of(sum as f32, unit)));
    operations
}

/// Lets the neurons fire and resets them after one step's sums, and adds the bias of the next step.
fn fire<E: Element, const W: usize>(
    (firing, limit): (Firing<E>, E),
    bias: &[E],
    potentials: &mut [E],
    trace: Option<&mut [E]>,
    spikes: &mut SpikeBlock,
) {
    each_group::<E, W>(firing, bias, potentials, trace, |first, mut registers, potentials, bias| {
        let mut mask = registers.fire(firing, limit);
        if firing.biased {
            registers.add(Registers::load(bias).vectors(), 0..W);
        } else if mask == 0 && firing.floor.is_none() {
            return;
        }
        registers.store(potentials);
        while mask != 0 {
            spikes.push(first as u32 + mask.trailing_zeros());
            mask &= mask - 1;
        }
    });
    spikes.end_step();
}

#[cfg(test)]
mod tests {
    use ndarray::Array4;

    use super::*;
    use crate::ann::{Shape, Window};
    use crate::snn::{ConvSynapses, Margin, Neuron};

    /// Spikes of 8 channels on 5 x 6 positions.
    fn some_spikes(steps: usize, one_in: usize) -> SpikeBlock {
        let mut spikes = SpikeBlock::default();
        for step in 0..steps {
            (0..240).filter(|i| (i * 31 + step * 17) % one_in == 0).for_each(|i| spikes.push(i as u32));
            spikes.end_step();
        }
        spikes
    }

    #[test]
    fn room_is_made_for_as_many_spikes_as_a_block_can_have_and_not_for_that_many_in_each_step() {
        let synapses = Synapses::dense(2, 100, |_, _| 0.0);
        let neuron = Neuron::USUAL;
        let connections = vec![Connection::new(0, Vec::new(), synapses)];
        let layer = Layer::new("dense", Shape::Flat(100), connections, &[0.0; 100], &[1.0; 100], neuron).unwrap();
        let room = LayerState::<f32>::new(&layer, 64, false).spikes.capacity();
        assert!((6400..12800).contains(&room), "{room}");
    }

    fn agree<E: Element>(layer: &Layer, spikes: &SpikeBlock) {
        let state = || {
            let mut state = LayerState::<E>::new(layer, 9, true);
            state.reset(layer, None);
            state.set_limits(layer, 9);
            // In the order of their position, however few there are.
            let (Some(tiled), Some(windows)) = (tiled(layer.connections()[0].synapses()), &mut state.routes[0].windows)
            else {
                panic!("the convolution has tiles")
            };
            tiled.read(spikes, false, windows);
            state
        };
        let (mut windows, mut single) = (state(), state());
        let mut masks = vec![0; super::masks(layer) * 9];
        windows.run_tiles(layer, &layer.connections()[0], 9, spikes, &mut masks);
        single.run_steps(layer, 9, &|_| Spikes { fired: spikes, taken: None });
        assert!(!single.spikes.is_empty());
        assert_eq!(windows.spikes, single.spikes);
        assert_eq!(windows.operations, single.operations);
        assert_eq!(bytemuck::cast_slice::<E, u8>(&windows.trace), bytemuck::cast_slice::<E, u8>(&single.trace));
        let bytes = |state: &LayerState<E>| bytemuck::cast_slice::<E, u8>(&state.potentials).to_vec();
        assert_eq!(bytes(&windows), bytes(&single));
    }

    fn windows_and_spikes_agree(window: Window, channels: usize, width: usize) {
        let to = [channels, 5, width];
        for (floor, bias, silent) in [(None, 0.0, 8), (Some(-0.5), 0.01, 5), (Some(-0.05), 0.0, 0)] {
            let kernel = Array4::from_shape_fn((8, 3, 3, channels), |(c, y, x, o)| {
                let weight = ((c * 7 + y * 5 + x * 3 + o * 11) % 23) as f32 * 0.013 - 0.12;
                if c == silent { 0.0 } else { weight }
            });
            let synapses = Synapses::Conv(ConvSynapses::new([8, 5, 6], to, window, &kernel, vec![0; 8]));
            let neuron =
                Neuron { floor, initial_potential: 0.25, margin: Margin { size: 0.5, steps: 6 }, ..Neuron::USUAL };
            let connections = vec![Connection::new(0, Vec::new(), synapses)];
            let (bias, scales) = (vec![bias; channels], vec![1.0; channels]);
            let layer = Layer::new("conv", Shape::Image(to), connections, &bias, &scales, neuron).unwrap();
            for one_in in [3, 40] {
                let spikes = some_spikes(9, one_in);
                agree::<f32>(&layer, &spikes);
                // So near to the end of the range that some sums stay there.
                agree::<i16>(&layer.to_fixed(8192.0).unwrap(), &spikes);
            }
        }
    }

    #[test]
    fn a_convolution_gives_the_same_bits_window_by_window_and_spike_by_spike() {
        windows_and_spikes_agree(Window { stride: [1, 2], padding: [1, 0, 1, 2], ..Window::new([3, 3]) }, 48, 3);
    }

    #[test]
    fn positions_that_share_registers_give_the_same_bits_as_spikes_one_by_one() {
        let window = Window { padding: [1; 4], ..Window::new([3, 3]) };
        for (channels, window, width) in [
            (32, window, 6),
            (16, window, 6),
            (8, Window { padding: [1, 2, 1, 2], ..window }, 8),
            (4, Window { padding: [1, 0, 1, 0], ..window }, 4),
            (16, Window { stride: [1, 2], padding: [1, 2, 1, 1], ..window }, 4),
            (24, Window { stride: [1, 3], padding: [1, 1, 1, 0], ..window }, 2),
        ] {
            windows_and_spikes_agree(window, channels, width);
        }
    }
}
