//! The options of a conversion, and how they are checked.

use serde::{Deserialize, Serialize};

use super::{Adjustment, Base, ChannelNoise, Conversion, NoiseModel};
use crate::error::{Error, Result, lower};
use crate::snn::{
    Coding, Precision, Readout, Reset, check_floor, check_initial_potential, check_margin, check_rate, whole,
};

/// Options of a conversion. By default, this is the L4 adjustment with a margin, bias and gain correction, and measured
/// noise; [`Adjustment::None`] alone gives the field's usual conversion.
///
/// Numbers are stored as given; [`validate`](Self::validate) checks all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ConvertOptions {
    /// How base thresholds are chosen, before any adjustment.
    pub base: Base,
    /// The percentile for the bases `percentile` and `channel`. Above 0 and up to 100.
    pub percentile: f64,
    /// How thresholds are adjusted.
    pub adjustment: Adjustment,
    /// `k`, the threshold in standard deviations of a neuron's noise, in the noise forms. Above 0 and up to 100. `None`
    /// means 0.8 with a margin and 0.9 without (0.6 for signed neurons). Above a floor, the default is raised so that
    /// noise makes a neuron fire about as often as without one: with a floor at 0, from 0.8 to 1.25 and from 0.9 to
    /// 1.33.
    pub strength: Option<f64>,
    /// How far above its threshold a potential must initially be for the neuron to fire, in thresholds. The margin
    /// falls linearly to 0 over `steps` steps. From 0 to 10. `None` means 1 (`50 / steps` beyond 50 steps), plus twice
    /// the initial potential, in the noise forms with [`Reset::Subtract`], and 0 elsewhere.
    pub margin: Option<f64>,
    /// In the noise forms, a lower bound on the threshold: this percentile of the neuron's or channel's own
    /// activations. A neuron fires at most once per step, so any activation above its threshold is cut off. Above 0 and
    /// up to 100, or `None` for no such bound.
    pub headroom: Option<f64>,
    /// `T`, the number of steps that the conversion prepares for. From 1 to 1,000,000.
    #[serde(deserialize_with = "whole::steps")]
    pub steps: usize,
    /// `r`, the spike probability per step of an input of intensity 1. From 0.000001 to 1.
    pub input_rate: f64,
    /// What happens to the potential of a neuron that fires.
    pub reset: Reset,
    /// The lowest potential, in thresholds. From -1,000 to 0, or `None` for no floor.
    pub floor: Option<f64>,
    /// The potential before the first step, in thresholds. From 0 up to but not including 1. `None` means 0, except
    /// above a floor in the noise forms with a margin and [`Reset::Subtract`]. There it is half a threshold above the
    /// floor, such as 0.5 with a floor at 0, and at least 0, so that a neuron remembers early negative input.
    pub initial_potential: Option<f64>,
    /// How class scores are read.
    pub readout: Readout,
    /// Whether neurons may take a spike back (Wang et al. 2022). Not possible where a max pool reads them, nor with a
    /// floor above -1, where no potential falls that far.
    pub signed: bool,
    /// How intensities enter the network. Constant currents have no noise, so only the adjustments `none` and
    /// `l4-relative` can be used with them.
    pub coding: Coding,
    /// The noise that the noise forms assume for a neuron. `None` means `Measured` with gain correction, which it
    /// requires, and `Poisson` without.
    pub noise: Option<NoiseModel>,
    /// Which statistic represents the noise of a channel, whose positions share one threshold.
    pub channel_noise: ChannelNoise,
    /// The largest noise that counts for a channel: its threshold is at most
    /// `k sqrt(T) * noise_limit * (largest activation)`, unless the headroom requires more. Without a limit, a channel
    /// whose noise exceeds all its activations would never fire. Above 0 and up to 1,000, or `None` for no limit.
    pub noise_limit: Option<f64>,
    /// The total that is added to every potential over the run, in thresholds and in equal parts per step. From 0 to 1;
    /// 0.5 is the shift of Deng and Gu 2021, meant for `steps` steps. Bias correction follows it and removes most of
    /// what it added.
    pub bias_shift: f64,
    /// Whether the biases of hidden layers make up for what the spiking network sends too little or too much, layer by
    /// layer, on average over calibration inputs that are simulated for `steps` steps (Li et al. 2021). `None` means
    /// only in the noise forms, so that the plain conversion is the field's usual one.
    pub bias_correction: Option<bool>,
    /// Whether a spike of a hidden neuron stands for a gain, fitted to the activations by least squares over the
    /// calibration inputs that biases are corrected on, instead of for one threshold. `None` means in the noise forms,
    /// if biases are corrected.
    pub gain_correction: Option<bool>,
    /// The numbers that weights and potentials are stored as.
    pub precision: Precision,
}

impl Default for ConvertOptions {
    fn default() -> Self {
        Self {
            base: Base::default(),
            percentile: 99.9,
            adjustment: Adjustment::default(),
            strength: None,
            margin: None,
            headroom: Some(99.0),
            steps: 100,
            input_rate: 0.25,
            reset: Reset::default(),
            floor: None,
            initial_potential: None,
            readout: Readout::default(),
            signed: false,
            coding: Coding::default(),
            noise: None,
            channel_noise: ChannelNoise::default(),
            noise_limit: Some(1.4),
            bias_shift: 0.0,
            bias_correction: None,
            gain_correction: None,
            precision: Precision::default(),
        }
    }
}

/// The highest floor, in thresholds, with which signed neurons can take anything back.
const TAKES_BACK: f64 = -1.0;

impl ConvertOptions {
    /// Checks every option.
    ///
    /// # Errors
    /// `invalid-option`, naming the option, the value and what is allowed.
    pub fn validate(&self) -> Result<Conversion> {
        let above = |option, value: f64, high: f64| match value > 0.0 && value <= high {
            true => Ok(()),
            false => Err(Error::option(option, value, format!("above 0 and up to {high}"))),
        };
        above("percentile", self.percentile, 100.0)?;
        if let Some(strength) = self.strength {
            above("strength", strength, 100.0)?;
        }
        if let Some(headroom) = self.headroom {
            above("headroom", headroom, 100.0)?;
        }
        if let Some(limit) = self.noise_limit {
            above("noiseLimit", limit, 1000.0)?;
        }
        check_rate(self.input_rate)?;
        whole::check_steps(self.steps)?;
        if let Some(floor) = self.floor {
            check_floor(floor)?;
        }
        if let Some(floor) = self.floor
            && self.signed
            && floor > TAKES_BACK
        {
            let allowed = "false with a `floor` above -1: potentials never fall to minus one threshold there, where \
                           signed neurons take a spike back; give a lower `floor`, or null";
            return Err(Error::option("signed", true, allowed));
        }
        if let Some(margin) = self.margin {
            check_margin(margin)?;
        }
        if let Some(initial) = self.initial_potential {
            check_initial_potential(initial)?;
        }
        if !(0.0..=1.0).contains(&self.bias_shift) {
            return Err(Error::option("biasShift", self.bias_shift, "from 0 to 1 (in thresholds over the whole run)"));
        }
        if self.adjustment == Adjustment::L4Relative && self.base.is_per_channel() {
            let allowed = "`none`, `percentile`, `max` or `weights` with the adjustment `l4-relative`, which \
                           distributes one threshold per layer";
            return Err(Error::option("base", lower(self.base), allowed));
        }
        if self.coding == Coding::Constant && !self.adjustment.uses_base() {
            let allowed = "`none` or `l4-relative` with the coding `constant`, whose input has no noise to measure";
            return Err(Error::option("adjustment", lower(self.adjustment), allowed));
        }
        let conversion = Conversion(self.clone());
        if self.gain_correction == Some(true) && !conversion.corrects_biases() {
            let allowed = "false, or true together with `biasCorrection: true`: the mean of a neuron has to be right \
                           before its spikes are scaled";
            return Err(Error::option("gainCorrection", true, allowed));
        }
        if self.noise == Some(NoiseModel::Measured) && !conversion.corrects_gains() {
            let allowed =
                "`poisson`, `bernoulli` or `propagated` without `gainCorrection`, whose runs the noise is measured in";
            return Err(Error::option("noise", "measured", allowed));
        }
        Ok(conversion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snn::{MAX_STEPS, MIN_INPUT_RATE};

    #[test]
    fn combinations_without_a_meaning_are_refused() {
        let relative = |base| ConvertOptions { adjustment: Adjustment::L4Relative, base, ..ConvertOptions::default() };
        for base in [Base::Channel, Base::Mse, Base::Balanced] {
            assert!(relative(base).validate().unwrap_err().to_string().contains("`base`"));
        }
        let noiseless = ConvertOptions { coding: Coding::Constant, ..ConvertOptions::default() };
        assert!(noiseless.validate().unwrap_err().to_string().contains("`adjustment`"));
        assert!(ConvertOptions { adjustment: Adjustment::None, ..noiseless }.validate().is_ok());
        let gain = |adjustment, bias_correction| ConvertOptions {
            adjustment,
            bias_correction,
            gain_correction: Some(true),
            ..ConvertOptions::default()
        };
        for refused in [gain(Adjustment::None, None), gain(Adjustment::L4, Some(false))] {
            assert!(refused.validate().unwrap_err().to_string().contains("`gainCorrection`"));
        }
        for sound in [gain(Adjustment::None, Some(true)), gain(Adjustment::L4, None)] {
            assert!(sound.validate().unwrap().corrects_gains());
        }
    }

    #[test]
    fn every_number_outside_its_range_is_refused_by_name() {
        type Change = fn(&mut ConvertOptions, f64);
        let cases: [(&str, Change, &[f64]); 10] = [
            ("margin", |o, v| o.margin = Some(v), &[-0.1, 10.1, f64::NAN]),
            ("percentile", |o, v| o.percentile = v, &[0.0, 100.1, f64::NAN]),
            ("strength", |o, v| o.strength = Some(v), &[0.0, -1.0, f64::INFINITY, f64::NAN]),
            ("headroom", |o, v| o.headroom = Some(v), &[0.0, 100.5, f64::NAN]),
            ("noiseLimit", |o, v| o.noise_limit = Some(v), &[0.0, -3.0, 1000.5, f64::NAN]),
            ("inputRate", |o, v| o.input_rate = v, &[0.0, 9e-7, 1.01, f64::NAN]),
            ("steps", |o, v| o.steps = v as usize, &[0.0, 1e7]),
            ("floor", |o, v| o.floor = Some(v), &[0.1, f64::NEG_INFINITY, f64::NAN]),
            ("biasShift", |o, v| o.bias_shift = v, &[-0.1, 1.1, f64::NAN]),
            ("initialPotential", |o, v| o.initial_potential = Some(v), &[-0.1, 0.999_999_99, 1.0, f64::NAN]),
        ];
        for (name, change, values) in cases {
            for &value in values {
                let mut options = ConvertOptions::default();
                change(&mut options, value);
                let error = options.validate().unwrap_err();
                assert_eq!(error.code(), "invalid-option");
                assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
            }
        }
    }

    #[test]
    fn numbers_at_the_ends_of_their_ranges_are_taken() {
        let highest = ConvertOptions {
            percentile: 100.0,
            strength: Some(100.0),
            headroom: Some(100.0),
            noise_limit: Some(1000.0),
            input_rate: 1.0,
            steps: MAX_STEPS as usize,
            floor: Some(0.0),
            margin: Some(10.0),
            bias_shift: 1.0,
            initial_potential: Some(0.999),
            ..ConvertOptions::default()
        };
        let lowest = ConvertOptions {
            input_rate: MIN_INPUT_RATE,
            steps: 1,
            floor: Some(-1000.0),
            margin: Some(0.0),
            bias_shift: 0.0,
            initial_potential: Some(0.0),
            ..ConvertOptions::default()
        };
        for options in [highest, lowest] {
            assert!(options.validate().is_ok(), "{options:?}");
        }
    }
}
