//! Defaults of a conversion that depend on other options.

use super::quantile::Quantile;
use super::{ChannelNoise, ConvertOptions, NoiseModel};
use crate::snn::{Coding, Margin, Neuron, Readout, Reset};

/// Checked [`ConvertOptions`].
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion(pub(super) ConvertOptions);

/// The strength of the noise forms without a floor or margin, where nothing is said. Tuned on images held back from
/// training.
const STRENGTH: f64 = 0.9;

/// The same with a margin, and the margin where nothing is said. Tuned likewise: the smallest margin and the largest
/// strength that left fashion-mlp, the hardest in this respect, within 0.2 points of its input limit after 20, 35 and 50
/// steps. A margin makes networks wait in proportion to their steps and buys the less the more there are; so it is less beyond 50.
const STRENGTH_WITH_MARGIN: f64 = 0.8;
const MARGIN: f64 = 1.0;
const WAIT: f64 = 50.0;

/// How far above its floor a potential begins where nothing is said, in thresholds, with a margin. A floor makes a neuron forget what
/// has spoken against it; as far as this, it does not while there is little to go by. Tuned likewise, above a floor at 0.
const ABOVE_FLOOR: f64 = 0.5;
/// What the margin has to be more for each threshold of an initial potential.
const MARGIN_OF_INITIAL: f64 = 2.0;

/// The strength without a margin for neurons that take back what noise made them send. Tuned likewise: the largest one that left every bundled
/// network without max pools within 0.2 points of its input limit after 20 and 100 steps.
const SIGNED_STRENGTH: f64 = 0.6;

/// The strength that makes noise fire a neuron above `floor` (in thresholds) as often as `strength` without a floor.
///
/// The sum of a silent neuron wanders like Brownian motion. Over `T` steps it reaches `k` standard deviations with
/// probability `2 Q(k)`, and, where a floor at `f` reflects it, with `2 Q(k) + 2 Q(k (1 - 2f))` (reflection principle;
/// the images further away count for less than 0.001). The `k` of equal probability is found by halving.
fn strength_above(floor: f64, strength: f64) -> f64 {
    // Q: the upper tail of the normal distribution.
    let tail = |z: f64| libm::erfc(z / std::f64::consts::SQRT_2) / 2.0;
    let (mut low, mut high) = (strength, 2.0 * strength);
    for _ in 0..f64::MANTISSA_DIGITS {
        let k = f64::midpoint(low, high);
        let often = tail(k) + tail(k * (1.0 - 2.0 * floor)) > tail(strength);
        (low, high) = if often { (k, high) } else { (low, k) };
    }
    high
}

impl Conversion {
    /// The options.
    #[must_use]
    pub fn options(&self) -> &ConvertOptions {
        &self.0
    }

    pub(super) fn steps(&self) -> f64 {
        self.0.steps as f64
    }

    /// The spike probability per step of an input of intensity 1; a constant current is one whole spike a step.
    pub(super) fn input_rate(&self) -> f64 {
        if self.0.coding == Coding::Constant { 1.0 } else { self.0.input_rate }
    }

    /// The strength of the noise forms: the requested one, or the default.
    #[must_use]
    pub fn strength(&self) -> f64 {
        let unbounded = match self.0.signed {
            _ if self.margin() > 0.0 => STRENGTH_WITH_MARGIN,
            true => SIGNED_STRENGTH,
            false => STRENGTH,
        };
        let default = || self.0.floor.map_or(unbounded, |floor| strength_above(floor, unbounded));
        self.0.strength.unwrap_or_else(default)
    }

    /// The margin, in thresholds: the requested one, or the default.
    #[must_use]
    pub fn margin(&self) -> f64 {
        let usual = || match self.waits() {
            true => MARGIN.min(WAIT / self.steps()) + MARGIN_OF_INITIAL * self.initial_potential(),
            false => 0.0,
        };
        self.0.margin.unwrap_or_else(usual)
    }

    /// The potential before the first step, in thresholds: the requested one, or the default.
    #[must_use]
    pub fn initial_potential(&self) -> f64 {
        let ConvertOptions { floor, margin, initial_potential, .. } = self.0;
        let lifted = floor.filter(|_| self.waits() && margin != Some(0.0));
        initial_potential.unwrap_or(lifted.map_or(0.0, |floor| (ABOVE_FLOOR + floor).max(0.0)))
    }

    /// Whether there is a margin where nothing is said.
    fn waits(&self) -> bool {
        !self.0.adjustment.uses_base() && self.0.reset == Reset::Subtract
    }

    /// Whether activations bound the thresholds of a layer.
    pub(super) fn bounds_thresholds(&self, of_channels: bool) -> bool {
        let limited = of_channels && self.0.noise_limit.is_some();
        !self.0.adjustment.uses_base() && (self.0.headroom.is_some() || limited)
    }

    /// The least and the largest threshold of neurons with these activations. Only channels have a largest one, and none
    /// if they are never active.
    pub(super) fn bounds<'a>(
        &self,
        activations: impl ExactSizeIterator<Item = &'a f32> + Clone,
        of_channels: bool,
    ) -> (f32, f32) {
        let most = self.0.noise_limit.filter(|_| of_channels).map_or(f32::INFINITY, |limit| {
            let largest = activations.clone().fold(0.0, |largest: f32, &a| largest.max(a));
            (self.strength() * self.steps().sqrt() * limit) as f32 * largest
        });
        let least = self.0.headroom.map_or(0.0, |percentile| Quantile::of(activations, percentile));
        (least, if most.is_normal() { most } else { f32::INFINITY })
    }

    /// Whether the noise of a channel is that of the positions where it is.
    pub(super) fn concentrates(&self) -> bool {
        self.0.channel_noise == ChannelNoise::Local && self.noise() != NoiseModel::Propagated
    }

    pub(super) fn corrects_biases(&self) -> bool {
        self.0.bias_correction.unwrap_or(!self.0.adjustment.uses_base())
    }

    pub(super) fn corrects_gains(&self) -> bool {
        self.corrects_biases() && self.0.gain_correction.unwrap_or(!self.0.adjustment.uses_base())
    }

    /// What the noise of a neuron is taken to be.
    pub(super) fn noise(&self) -> NoiseModel {
        let measured = if self.corrects_gains() { NoiseModel::Measured } else { NoiseModel::Poisson };
        self.0.noise.unwrap_or(measured)
    }

    pub(super) fn readout(&self) -> Readout {
        self.0.readout
    }

    /// The dynamics of a layer. Neurons that only integrate have no floor.
    pub(super) fn neuron(&self, fires: bool) -> Neuron {
        Neuron {
            reset: self.0.reset,
            floor: self.0.floor.filter(|_| fires).map(|floor| floor as f32),
            initial_potential: if fires { self.initial_potential() as f32 } else { 0.0 },
            fires,
            signed: fires && self.0.signed,
            margin: match self.margin() as f32 {
                size if fires && size > 0.0 => Margin { size, steps: self.0.steps as u32 },
                _ => Margin::NONE,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Adjustment;
    use super::*;

    #[test]
    fn noise_is_measured_where_gains_are_corrected_and_nothing_is_said() {
        let noise =
            |gain_correction, noise| ConvertOptions { noise, gain_correction, ..ConvertOptions::default() }.validate();
        assert_eq!(noise(None, None).unwrap().noise(), NoiseModel::Measured);
        assert_eq!(noise(Some(false), None).unwrap().noise(), NoiseModel::Poisson);
        assert_eq!(noise(None, Some(NoiseModel::Poisson)).unwrap().noise(), NoiseModel::Poisson);
        let refused = noise(Some(false), Some(NoiseModel::Measured)).unwrap_err();
        assert!(refused.to_string().contains("`noise`") && refused.to_string().contains("measured"), "{refused}");
    }

    #[test]
    fn gains_are_corrected_with_biases_in_the_noise_forms_where_nothing_is_said() {
        let corrects = |adjustment, bias_correction| {
            let options = ConvertOptions { adjustment, bias_correction, ..ConvertOptions::default() };
            options.validate().unwrap().corrects_gains()
        };
        assert!(corrects(Adjustment::L4, None));
        assert!(!corrects(Adjustment::L4, Some(false)));
        assert!(!corrects(Adjustment::None, Some(true)));
    }

    #[test]
    fn the_default_strength_grows_with_the_share_of_the_noise_that_a_floor_reflects() {
        let with_margin = |strength, floor, margin| {
            let options = ConvertOptions { strength, margin, floor, ..ConvertOptions::default() };
            options.validate().unwrap().strength()
        };
        let strength = |strength, floor| with_margin(strength, floor, Some(0.0));
        assert!((with_margin(None, None, None) - 0.8).abs() < 1e-12);
        // Q(0.8) = 0.21186, from a table of the normal distribution.
        assert!((tail_of(with_margin(None, Some(0.0), None)) - 0.211_86 / 2.0).abs() < 1e-5);
        assert!((strength(Some(0.4), Some(0.0)) - 0.4).abs() < 1e-12);
        assert!((strength(None, None) - 0.9).abs() < 1e-12);
        // Q(0.9) = 0.18406, from a table of the normal distribution.
        assert!((tail_of(strength(None, Some(0.0))) - 0.184_06 / 2.0).abs() < 1e-5);
        let half = strength(None, Some(-0.5));
        assert!((tail_of(half) + tail_of(2.0 * half) - 0.184_06).abs() < 1e-5, "{half}");
        assert!((strength(None, Some(-1000.0)) - 0.9).abs() < 1e-12);
    }

    #[test]
    fn signed_neurons_have_a_smaller_strength_without_a_margin_and_no_floor_that_keeps_them_from_taking_back() {
        let usual = ConvertOptions { signed: true, ..ConvertOptions::default() }.validate().unwrap();
        assert!((usual.strength() - 0.8).abs() < 1e-12);
        let signed = |strength, floor| {
            let margin = Some(0.0);
            ConvertOptions { strength, margin, floor, signed: true, ..ConvertOptions::default() }.validate()
        };
        assert!((signed(None, None).unwrap().strength() - 0.6).abs() < 1e-12);
        assert!((signed(Some(0.9), None).unwrap().strength() - 0.9).abs() < 1e-12);
        // Q(0.6) = 0.27425, from a table of the normal distribution.
        let above = signed(None, Some(-1.0)).unwrap().strength();
        assert!((tail_of(above) + tail_of(3.0 * above) - 0.274_25).abs() < 1e-5, "{above}");
        for floor in [0.0, -0.5, -0.999] {
            let error = signed(None, Some(floor)).unwrap_err().to_string();
            assert!(error.contains("`signed`") && error.contains("`floor`"), "{error}");
        }
    }

    #[test]
    fn there_is_a_margin_where_noise_sets_thresholds_and_nothing_speaks_against_it() {
        let margin = |options: &ConvertOptions| options.validate().unwrap().margin();
        let usual = ConvertOptions::default();
        let without = [
            ConvertOptions { adjustment: Adjustment::None, ..usual.clone() },
            ConvertOptions { reset: Reset::Zero, ..usual.clone() },
        ];
        for (steps, expected) in [(20, 1.0), (50, 1.0), (200, 0.25)] {
            for signed in [false, true] {
                let options = ConvertOptions { steps, signed, ..usual.clone() };
                assert!((margin(&options) - expected).abs() < 1e-12);
            }
        }
        for options in without {
            assert!(margin(&options).abs() < 1e-12);
            // One that is asked for is there all the same.
            let asked = ConvertOptions { margin: Some(2.5), steps: 40, ..options }.validate().unwrap();
            assert_eq!(asked.neuron(true).margin, Margin { size: 2.5, steps: 40 });
            assert_eq!(asked.neuron(false).margin, Margin::NONE);
        }
    }

    #[test]
    fn potentials_begin_half_a_threshold_above_a_floor_where_there_is_a_margin_which_grows_by_twice_as_much() {
        let begins = |options: ConvertOptions| {
            let conversion = options.validate().unwrap();
            (conversion.initial_potential(), conversion.margin())
        };
        let above = |floor| ConvertOptions { floor, steps: 20, ..ConvertOptions::default() };
        for (floor, expected) in [(0.0, (0.5, 2.0)), (-0.25, (0.25, 1.5)), (-0.5, (0.0, 1.0)), (-3.0, (0.0, 1.0))] {
            assert_eq!(begins(above(Some(floor))), expected, "{floor}");
        }
        assert_eq!(begins(above(None)), (0.0, 1.0));
        assert_eq!(begins(ConvertOptions { steps: 200, ..above(Some(0.0)) }), (0.5, 1.25));
        let asked = |initial_potential, margin| ConvertOptions { margin, initial_potential, ..above(Some(0.0)) };
        assert_eq!(begins(asked(Some(0.0), None)), (0.0, 1.0));
        assert_eq!(begins(asked(Some(0.75), None)), (0.75, 2.5));
        assert_eq!(begins(asked(None, Some(3.0))), (0.5, 3.0));
        assert_eq!(begins(asked(None, Some(0.0))), (0.0, 0.0));
        // What has no margin by itself begins where it always did.
        assert_eq!(begins(ConvertOptions { adjustment: Adjustment::None, ..asked(None, Some(1.0)) }), (0.0, 1.0));
        assert_eq!(begins(ConvertOptions { reset: Reset::Zero, ..above(Some(0.0)) }), (0.0, 0.0));
    }

    /// The upper tail of the normal distribution, as a sum of rectangles.
    fn tail_of(from: f64) -> f64 {
        let density = |z: f64| (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
        (0..100_000).map(|i| density(from + (f64::from(i) + 0.5) * 1e-4) * 1e-4).sum()
    }
}
