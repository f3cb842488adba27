//! The options of a conversion, and how they are checked.

use serde::{Deserialize, Serialize};

use super::{Adjustment, Base, ChannelNoise, Conversion, NoiseModel};
use crate::error::{Error, Result, lower};
use crate::snn::{Coding, MAX_STEPS, MIN_INPUT_RATE, Precision, Readout, Reset};

/// How to convert. Defaults are the L4 adjustment with a margin, bias and gain correction and measured noise;
/// [`Adjustment::None`] alone is the field's usual conversion.
///
/// Numbers are as they come; [`validate`](Self::validate) checks them all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ConvertOptions {
    /// What thresholds follow from without an adjustment.
    pub base: Base,
    /// The percentile of the bases `percentile` and `channel`: above 0 and up to 100.
    pub percentile: f64,
    /// How thresholds are adjusted.
    pub adjustment: Adjustment,
    /// `k`: the threshold in standard deviations of a neuron's noise, in the noise forms; above 0 and up to 100. `None`
    /// means 0.8 with a margin; without one 0.9, and 0.6 for signed neurons; above a floor what makes noise fire a
    /// neuron no more often than without: 1.25 at 0 in place of 0.8, and 1.33 in place of 0.9.
    pub strength: Option<f64>,
    /// What neurons need at first beyond their threshold to fire, in thresholds; it falls to nothing in equal parts per
    /// step over `steps` steps. From 0 to 10. `None` means 1, and `50 / steps` where there are more than 50, and twice the
    /// initial potential on top, in the noise forms where neurons that fire are reset by their threshold; and 0 elsewhere.
    pub margin: Option<f64>,
    /// The percentile of a neuron's or channel's own activations that its threshold reaches at least, in the noise forms:
    /// a neuron fires at most once a step, so that what exceeds its threshold is cut off. Above 0 and up to 100; `None`
    /// for no such bound.
    pub headroom: Option<f64>,
    /// `T`: the number of steps that the noise forms prepare for; from 1 to 1,000,000.
    pub steps: f64,
    /// `r`: the spike probability per step of an input of intensity 1; from 0.000001 to 1.
    pub input_rate: f64,
    /// What happens to the potential of a neuron that fires.
    pub reset: Reset,
    /// The lowest potential, in thresholds, from -1,000 to 0; `None` for none.
    pub floor: Option<f64>,
    /// The potential before the first step, in thresholds; from 0 up to but not including 1. `None` means 0, and in the noise
    /// forms with a margin and [`Reset::Subtract`] what lifts it half a threshold above the floor, such as 0.5 with a floor at 0: what speaks against
    /// a neuron at first is then remembered.
    pub initial_potential: Option<f64>,
    /// How class scores are read.
    pub readout: Readout,
    /// Whether neurons may take a spike back (Wang et al. 2022). Not where a max pool reads them, nor above a floor of more
    /// than -1, where no potential falls that far.
    pub signed: bool,
    /// How intensities reach the network. Constant currents have no noise, so that only the adjustments `none` and
    /// `l4-relative` go with them.
    pub coding: Coding,
    /// What the noise forms take the noise of a neuron to be. `None` means `Measured` where gains are corrected, which it
    /// needs, and `Poisson` elsewhere.
    pub noise: Option<NoiseModel>,
    /// Which statistic stands for the noise of a channel, whose positions share one threshold.
    pub channel_noise: ChannelNoise,
    /// The most that the noise of a channel counts for: its threshold is at most
    /// `k sqrt(T) * noise_limit * (largest activation)`, unless the headroom asks for more. A channel whose noise exceeds anything it says would never fire
    /// without. Above 0 and up to 1,000; `None` for no such limit.
    pub noise_limit: Option<f64>,
    /// Added to every potential in the course of the run, in thresholds and in equal parts per step; from 0 to 1. With 0.5
    /// it is the shift of Deng and Gu 2021, made for `steps` steps. Bias correction comes after it, and takes most of what it
    /// has added off again.
    pub bias_shift: f64,
    /// Whether the biases of hidden layers make up for what the spiking network sends too little or too much, layer after
    /// layer, on the mean over calibration inputs that are simulated for `steps` steps (Li et al. 2021). `None` means
    /// with the noise forms only, so that the plain conversion is the field's.
    pub bias_correction: Option<bool>,
    /// Whether a spike of a hidden neuron stands for what it says of the activation, by least squares over the calibration
    /// inputs that biases are corrected on, in place of one threshold. `None` means with the noise forms only, where biases
    /// are corrected.
    pub gain_correction: Option<bool>,
    /// What weights and potentials are kept as.
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
            steps: 100.0,
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

/// The lowest potential, in thresholds, above which a floor keeps signed neurons from taking anything back.
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
        if !(MIN_INPUT_RATE..=1.0).contains(&self.input_rate) {
            return Err(Error::option("inputRate", self.input_rate, format!("from {MIN_INPUT_RATE} to 1")));
        }
        crate::snn::whole("steps", self.steps, 1, u64::from(MAX_STEPS))?;
        if let Some(floor) = self.floor
            && !(-1000.0..=0.0).contains(&floor)
        {
            return Err(Error::option("floor", floor, "null, or from -1000 to 0 (in thresholds)"));
        }
        if let Some(floor) = self.floor
            && self.signed
            && floor > TAKES_BACK
        {
            let allowed = "false with a `floor` above -1: potentials never fall to minus one threshold there, where signed \
                           neurons take a spike back; give a lower `floor`, or null";
            return Err(Error::option("signed", true, allowed));
        }
        if let Some(margin) = self.margin
            && !(0.0..=10.0).contains(&margin)
        {
            return Err(Error::option("margin", margin, "null, or from 0 to 10 (in thresholds)"));
        }
        if let Some(initial) = self.initial_potential
            && !(0.0..1.0).contains(&(initial as f32))
        {
            let allowed = "null, or from 0 up to but not including 1 (in thresholds)";
            return Err(Error::option("initialPotential", initial, allowed));
        }
        if !(0.0..=1.0).contains(&self.bias_shift) {
            return Err(Error::option("biasShift", self.bias_shift, "from 0 to 1 (in thresholds over the whole run)"));
        }
        if self.adjustment == Adjustment::L4Relative && self.base.is_per_channel() {
            let allowed = "`none`, `percentile`, `max` or `weights` with the adjustment `l4-relative`, which shares \
                           out one threshold per layer";
            return Err(Error::option("base", lower(self.base), allowed));
        }
        if self.coding == Coding::Constant && !self.adjustment.uses_base() {
            let allowed = "`none` or `l4-relative` with the coding `constant`, whose input has no noise to measure";
            return Err(Error::option("adjustment", lower(self.adjustment), allowed));
        }
        let conversion = Conversion(self.clone());
        if self.gain_correction == Some(true) && !conversion.corrects_biases() {
            let allowed = "false, or true together with `biasCorrection: true`: the mean of a neuron has to be right before \
                           its spikes are scaled";
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
            ("steps", |o, v| o.steps = v, &[0.0, 0.5, 1e7, f64::NAN]),
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
}
