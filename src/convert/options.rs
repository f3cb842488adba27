//! The options of a conversion, before and after they are checked.

use serde::{Deserialize, Serialize};

use super::{Adjustment, Base, NoiseModel};
use crate::error::{Error, Result};
use crate::snn::{Coding, Neuron, Precision, Readout, Reset};

/// How to convert. Defaults are the field's usual conversion with the L4 adjustment.
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
    /// `k`: the threshold in standard deviations of a neuron's noise, in the noise forms; above 0 and up to 100.
    pub strength: f64,
    /// `T`: the number of steps that the noise forms prepare for; from 1 to 1,000,000.
    pub steps: f64,
    /// `r`: the spike probability per step of an input of intensity 1; above 0 and up to 1.
    pub input_rate: f64,
    /// What happens to the potential of a neuron that fires.
    pub reset: Reset,
    /// The lowest potential, in thresholds, from -1,000 to 0; `None` for none.
    pub floor: Option<f64>,
    /// The potential before the first step, in thresholds; from 0 up to but not including 1.
    pub initial_potential: f64,
    /// How class scores are read.
    pub readout: Readout,
    /// Whether neurons may take a spike back (Wang et al. 2022). Not where a max pool reads them.
    pub signed: bool,
    /// How intensities reach the network. Constant currents have no noise, so that only the adjustments `none` and
    /// `l4-relative` go with them.
    pub coding: Coding,
    /// What the noise forms take the noise of a neuron to be.
    pub noise: NoiseModel,
    /// Added to every potential in the course of the run, in thresholds and in equal parts per step; from 0 to 1. With 0.5
    /// it is the shift of Deng and Gu 2021, made for `steps` steps.
    pub bias_shift: f64,
    /// Whether the biases of hidden layers make up for what the spiking network sends too little or too much, layer after
    /// layer, on the mean over calibration inputs that are simulated for `steps` steps (Li et al. 2021). `None` means
    /// with the noise forms only, so that the plain conversion is the field's.
    pub bias_correction: Option<bool>,
    /// What weights and potentials are kept as.
    pub precision: Precision,
}

impl Default for ConvertOptions {
    fn default() -> Self {
        Self {
            base: Base::default(),
            percentile: 99.9,
            adjustment: Adjustment::default(),
            strength: 0.9,
            steps: 100.0,
            input_rate: 0.25,
            reset: Reset::default(),
            floor: None,
            initial_potential: 0.0,
            readout: Readout::default(),
            signed: false,
            coding: Coding::default(),
            noise: NoiseModel::default(),
            bias_shift: 0.0,
            bias_correction: None,
            precision: Precision::default(),
        }
    }
}

/// Checked [`ConvertOptions`].
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion(ConvertOptions);

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
        above("strength", self.strength, 100.0)?;
        above("inputRate", self.input_rate, 1.0)?;
        crate::snn::whole("steps", self.steps, 1, 1_000_000)?;
        if let Some(floor) = self.floor
            && !(-1000.0..=0.0).contains(&floor)
        {
            return Err(Error::option("floor", floor, "null, or from -1000 to 0 (in thresholds)"));
        }
        if !(0.0..1.0).contains(&self.initial_potential) {
            let allowed = "from 0 up to but not including 1 (in thresholds)";
            return Err(Error::option("initialPotential", self.initial_potential, allowed));
        }
        if !(0.0..=1.0).contains(&self.bias_shift) {
            return Err(Error::option("biasShift", self.bias_shift, "from 0 to 1 (in thresholds over the whole run)"));
        }
        if self.adjustment == Adjustment::L4Relative && self.base.is_per_channel() {
            let allowed = "`none`, `percentile`, `max` or `weights` with the adjustment `l4-relative`, which shares \
                           out one threshold per layer";
            return Err(Error::option("base", format!("{:?}", self.base).to_lowercase(), allowed));
        }
        if self.coding == Coding::Constant && !self.adjustment.uses_base() {
            let allowed = "`none` or `l4-relative` with the coding `constant`, whose input has no noise to measure";
            return Err(Error::option("adjustment", format!("{:?}", self.adjustment).to_lowercase(), allowed));
        }
        Ok(Conversion(self.clone()))
    }
}

impl Conversion {
    /// The options.
    #[must_use]
    pub fn options(&self) -> &ConvertOptions {
        &self.0
    }

    pub(super) fn steps(&self) -> f64 {
        self.0.steps
    }

    /// The spike probability per step of an input of intensity 1; a constant current is one whole spike a step.
    pub(super) fn input_rate(&self) -> f64 {
        if self.0.coding == Coding::Constant { 1.0 } else { self.0.input_rate }
    }

    pub(super) fn corrects_biases(&self) -> bool {
        self.0.bias_correction.unwrap_or(!self.0.adjustment.uses_base())
    }

    pub(super) fn readout(&self) -> Readout {
        self.0.readout
    }

    /// The dynamics of a layer. Neurons that only integrate have no floor.
    pub(super) fn neuron(&self, fires: bool) -> Neuron {
        Neuron {
            reset: self.0.reset,
            floor: self.0.floor.filter(|_| fires).map(|floor| floor as f32),
            initial_potential: if fires { self.0.initial_potential as f32 } else { 0.0 },
            fires,
            signed: fires && self.0.signed,
        }
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
    }

    #[test]
    fn every_number_outside_its_range_is_refused_by_name() {
        type Change = fn(&mut ConvertOptions, f64);
        let cases: [(&str, Change, &[f64]); 7] = [
            ("percentile", |o, v| o.percentile = v, &[0.0, 100.1, f64::NAN]),
            ("strength", |o, v| o.strength = v, &[0.0, -1.0, f64::INFINITY, f64::NAN]),
            ("inputRate", |o, v| o.input_rate = v, &[0.0, 1.01, f64::NAN]),
            ("steps", |o, v| o.steps = v, &[0.0, 0.5, 1e7, f64::NAN]),
            ("floor", |o, v| o.floor = Some(v), &[0.1, f64::NEG_INFINITY, f64::NAN]),
            ("biasShift", |o, v| o.bias_shift = v, &[-0.1, 1.1, f64::NAN]),
            ("initialPotential", |o, v| o.initial_potential = v, &[-0.1, 1.0, f64::NAN]),
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
