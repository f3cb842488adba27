//! The potentials of some neighbouring neurons in registers: the arithmetic of one step.

use std::ops::Range;

use super::element::{Element, Vector};
use super::network::{Layer, Reset};

/// How the neurons of a layer fire, ready for the inner loops.
#[derive(Clone, Copy, Debug)]
pub(super) struct Firing<E> {
    one: E,
    pub(super) floor: Option<E>,
    to_zero: bool,
    /// Whether there is a bias to add at all.
    pub(super) biased: bool,
}

impl<E: Element> Firing<E> {
    /// Whether a potential becomes 0 on firing.
    pub(super) fn resets_to_zero(self) -> bool {
        self.to_zero
    }

    /// Whether the neurons are as most are: without a floor, and the threshold is subtracted.
    pub(super) fn is_usual(self) -> bool {
        self.floor.is_none() && !self.to_zero
    }

    /// Tells the compiler of usual neurons that they are.
    #[inline]
    pub(super) fn usual(self) -> Self {
        Self { floor: None, to_zero: false, ..self }
    }

    /// A threshold.
    pub(super) fn one(self) -> E {
        self.one
    }

    pub(super) fn of(layer: &Layer, bias: &[E]) -> Self {
        let (neuron, unit) = (layer.neuron(), layer.unit().unwrap_or(1.0));
        Self {
            one: E::of(1.0, unit),
            floor: neuron.floor.map(|floor| E::of(floor, unit)),
            to_zero: neuron.reset == Reset::Zero,
            biased: bias.iter().any(|&b| b != E::zeroed()),
        }
    }
}

/// Hands all potentials over, `V::LANES * W` at once: raised to the floor and traced, with the number of the first neuron,
/// where they came from and the bias of the step to come.
#[inline]
pub(super) fn each_group<E: Element, const W: usize>(
    firing: Firing<E>,
    bias: &[E],
    potentials: &mut [E],
    mut trace: Option<&mut [E]>,
    mut each: impl FnMut(usize, Registers<E::Vector, W>, &mut [E], &[E]),
) {
    let neurons = W * E::Vector::LANES;
    let groups = potentials.chunks_exact_mut(neurons).zip(bias.chunks_exact(neurons));
    for (group, (potentials, bias)) in groups.enumerate() {
        let first = group * neurons;
        let mut registers = Registers::load(potentials);
        registers.raise(firing);
        if let Some(trace) = &mut trace {
            registers.store(&mut trace[first..first + neurons]);
        }
        each(first, registers, potentials, bias);
    }
}

/// `V::LANES * W` potentials.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registers<V, const W: usize>([V; W]);

impl<V: Vector, const W: usize> Registers<V, W> {
    #[inline]
    pub(super) fn load(potentials: &[V::Element]) -> Self {
        // Checked once, not once for each vector.
        let potentials = &potentials[..V::LANES * W];
        Self(std::array::from_fn(|k| V::load(&potentials[V::LANES * k..])))
    }

    #[inline]
    pub(super) fn store(&self, potentials: &mut [V::Element]) {
        // Cut to its length, or the registers would be kept in memory to be copied as a whole.
        let potentials = &mut potentials[..V::LANES * W];
        for (potentials, v) in potentials.chunks_exact_mut(V::LANES).zip(&self.0) {
            v.store(potentials);
        }
    }

    #[inline]
    pub(super) fn vectors(&self) -> &[V; W] {
        &self.0
    }

    /// Adds those of the weights that are in `range`.
    #[inline]
    pub(super) fn add(&mut self, weights: &[V; W], range: Range<usize>) {
        for (v, &weight) in self.0[range.clone()].iter_mut().zip(&weights[range]) {
            *v = v.plus(weight);
        }
    }

    /// Raises what is below the floor.
    #[inline]
    pub(super) fn raise(&mut self, firing: Firing<V::Element>) {
        if let Some(floor) = firing.floor {
            let floor = V::splat(floor);
            for v in &mut self.0 {
                *v = floor.simd_gt(*v).select(floor, *v);
            }
        }
    }

    /// Bit `k` of the answer stands for a neuron `k` at minus its threshold or below.
    #[inline]
    pub(super) fn low(&self, firing: Firing<V::Element>) -> u64 {
        // Just above minus the threshold.
        let above = V::zeroed() - V::splat(firing.one.before());
        V::to_bits(&self.0.map(|v| above.simd_gt(v)))
    }

    /// Lets the neurons above `limit` fire and resets them; bit `k` of the answer stands for neuron `k`.
    #[inline]
    pub(super) fn fire(&mut self, firing: Firing<V::Element>, limit: V::Element) -> u64 {
        let one = V::splat(firing.one);
        match firing.to_zero {
            true => self.fire_and(limit, |v, fired| fired.select(V::zeroed(), v)),
            false => self.fire_and(limit, |v, fired| v - (fired & one)),
        }
    }

    #[inline]
    fn fire_and(&mut self, limit: V::Element, reset: impl Fn(V, V) -> V) -> u64 {
        let limit = V::splat(limit);
        V::to_bits(&self.0.each_mut().map(|v| {
            let fired = v.simd_gt(limit);
            *v = reset(*v, fired);
            fired
        }))
    }
}
