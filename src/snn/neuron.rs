//! How the neurons of a layer behave.

use serde::{Deserialize, Serialize};

use super::Reset;
use crate::error::{Error, Result};

/// The dynamics of the neurons of one layer, in units of their threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Neuron {
    /// What happens to the potential of a neuron that fires.
    pub reset: Reset,
    /// The lowest potential, if there is one; from -1000 to 0.
    pub floor: Option<f32>,
    /// The potential before the first step, from 0 up to but not including 1.
    pub initial_potential: f32,
    /// Whether the neurons fire at all.
    pub fires: bool,
    /// Whether a neuron takes a spike back, by sending a negative one, when its potential falls to minus its threshold
    /// and it has fired more often than it has taken back (Wang et al. 2022, IJCAI, "Signed Neuron with Memory").
    #[serde(default)]
    pub signed: bool,
    /// How far above its threshold a potential must be for the neuron to fire.
    #[serde(default)]
    pub margin: Margin,
}

/// How far above its threshold a potential must be for the neuron to fire. It falls linearly to 0: after `t` of `steps`
/// steps it is `size (1 - t / steps)`. The reset does not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Margin {
    /// The initial margin, in thresholds; from 0 to 10.
    pub size: f32,
    /// The number of steps after which the margin is 0.
    pub steps: u32,
}

impl Margin {
    /// No margin.
    pub const NONE: Self = Self { size: 0.0, steps: 0 };

    /// The margin in the step after `done` steps, in thresholds; none in the last of its steps and after it.
    pub(crate) fn after(self, done: usize) -> f64 {
        let left = f64::from(self.steps) - 1.0 - done as f64;
        if left > 0.0 { f64::from(self.size) * left / f64::from(self.steps) } else { 0.0 }
    }
}

impl Neuron {
    /// Plain integrate-and-fire: the neuron fires, its threshold is subtracted, there is no floor, and it starts at 0.
    pub const USUAL: Self = Self {
        reset: Reset::Subtract,
        floor: None,
        initial_potential: 0.0,
        fires: true,
        signed: false,
        margin: Margin::NONE,
    };

    /// Checks that every value is in its range.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(floor) = self.floor {
            check_floor(f64::from(floor))?;
        }
        check_initial_potential(f64::from(self.initial_potential))?;
        check_margin(f64::from(self.margin.size))?;
        if self.margin.size > 0.0 && self.margin.steps == 0 {
            return Err(Error::option("margin", "0 steps", "a size of 0, or at least 1 step over which it falls to 0"));
        }
        if self.signed && !self.fires {
            return Err(Error::option("signed", true, "false for neurons that do not fire"));
        }
        Ok(())
    }
}

/// Whether a potential can have such a floor.
pub(crate) fn check_floor(floor: f64) -> Result<()> {
    let is_one = (-1000.0..=0.0).contains(&floor);
    if is_one { Ok(()) } else { Err(Error::option("floor", floor, "null, or from -1000 to 0 (in thresholds)")) }
}

/// Whether a neuron can start there, once it is rounded: at its threshold it would fire before it has an input.
pub(crate) fn check_initial_potential(initial: f64) -> Result<()> {
    let allowed = "null, or from 0 up to but not including 1 (in thresholds)";
    if (0.0..1.0).contains(&(initial as f32)) {
        Ok(())
    } else {
        Err(Error::option("initialPotential", initial, allowed))
    }
}

/// Whether a margin can be that large at first.
pub(crate) fn check_margin(size: f64) -> Result<()> {
    let is_one = (0.0..=10.0).contains(&size);
    if is_one { Ok(()) } else { Err(Error::option("margin", size, "null, or from 0 to 10 (in thresholds)")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dynamics_that_are_out_of_range_ended_in_the_engine() {
        let margin = |size| Neuron { margin: Margin { size, steps: 10 }, ..Neuron::USUAL };
        for (neuron, name) in [
            (Neuron { floor: Some(1.0), ..Neuron::USUAL }, "floor"),
            (Neuron { floor: Some(f32::NAN), ..Neuron::USUAL }, "floor"),
            (Neuron { initial_potential: 5.0, ..Neuron::USUAL }, "initialPotential"),
            (margin(-5.0), "margin"),
            (margin(f32::NAN), "margin"),
            (Neuron { margin: Margin { size: 1.0, steps: 0 }, ..Neuron::USUAL }, "margin"),
            (Neuron { signed: true, fires: false, ..Neuron::USUAL }, "signed"),
        ] {
            let error = neuron.check().unwrap_err();
            assert_eq!(error.code(), "invalid-option");
            assert!(error.to_string().contains(name), "{error}");
        }
        assert!(margin(10.0).check().is_ok());
    }
}
