//! The potentials of some neighbouring neurons in registers: the arithmetic of one step.

use wide::f32x4;

use super::network::{Layer, Reset};

/// How the neurons of a layer fire, ready for the inner loops.
#[derive(Clone, Copy, Debug)]
pub(super) struct Firing {
    /// Infinite where they only integrate.
    threshold: f32,
    pub(super) floor: Option<f32>,
    to_zero: bool,
    /// Whether there is a bias to add at all.
    pub(super) biased: bool,
}

impl Firing {
    /// Whether a potential becomes 0 on firing.
    pub(super) fn resets_to_zero(self) -> bool {
        self.to_zero
    }

    pub(super) fn of(layer: &Layer, bias: &[f32]) -> Self {
        let neuron = layer.neuron();
        Self {
            threshold: if neuron.fires { 1.0 } else { f32::INFINITY },
            floor: neuron.floor,
            to_zero: neuron.reset == Reset::Zero,
            biased: bias.iter().any(|&b| b != 0.0),
        }
    }
}

/// `4 * W` potentials.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registers<const W: usize>([f32x4; W]);

impl<const W: usize> Registers<W> {
    #[inline]
    pub(super) fn load(potentials: &[f32]) -> Self {
        Self(std::array::from_fn(|k| f32x4::from(&potentials[4 * k..4 * k + 4])))
    }

    #[inline]
    pub(super) fn store(&self, potentials: &mut [f32]) {
        for (potentials, v) in potentials.chunks_exact_mut(4).zip(&self.0) {
            potentials.copy_from_slice(&v.to_array());
        }
    }

    #[inline]
    pub(super) fn vectors(&self) -> &[f32x4; W] {
        &self.0
    }

    #[inline]
    pub(super) fn add(&mut self, weights: &[f32x4; W]) {
        for (v, &weight) in self.0.iter_mut().zip(weights) {
            *v += weight;
        }
    }

    /// Raises what is below the floor.
    #[inline]
    pub(super) fn raise(&mut self, firing: Firing) {
        if let Some(floor) = firing.floor {
            let floor = f32x4::splat(floor);
            for v in &mut self.0 {
                *v = v.simd_lt(floor).select(floor, *v);
            }
        }
    }

    /// Bit `k` of the answer stands for a neuron `k` at minus its threshold or below.
    #[inline]
    pub(super) fn low(&self) -> u32 {
        let low = f32x4::splat(-1.0);
        self.0.iter().enumerate().fold(0, |mask, (k, v)| mask | v.simd_le(low).to_bitmask() << (4 * k))
    }

    /// Lets the neurons fire and resets them; bit `k` of the answer stands for neuron `k`.
    #[inline]
    pub(super) fn fire(&mut self, firing: Firing) -> u32 {
        let threshold = f32x4::splat(firing.threshold);
        let one = f32x4::splat(1.0);
        let fired: [f32x4; W] = std::array::from_fn(|k| self.0[k].simd_ge(threshold));
        for (v, &fired) in self.0.iter_mut().zip(&fired) {
            *v = if firing.to_zero { fired.select(f32x4::ZERO, *v) } else { *v - (fired & one) };
        }
        fired.iter().enumerate().fold(0, |mask, (k, fired)| mask | fired.to_bitmask() << (4 * k))
    }
}
