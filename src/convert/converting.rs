//! A conversion, piece by piece.

use std::fmt;
use std::ops::Deref;

use super::base::Bases;
use super::correction::{Correction, shift};
use super::fold::Check;
use super::layers::Layers;
use super::propagation::Propagation;
use super::{Calibration, Conversion, Converted, LayerReport, NoiseModel};
use crate::ann;
use crate::error::{Error, Result};
use crate::snn::{self, Precision};

/// A conversion that runs piece by piece, so that its caller may stop it, show progress or do something else in
/// between. A piece is one layer for one input, one block of steps of one simulation, or one pass over the weights or
/// activations of one layer.
///
/// The network and the calibration may be borrowed or shared.
pub struct Converting<N, C> {
    conversion: Conversion,
    ann: N,
    calibration: C,
    stage: Stage,
    /// The inputs and steps of the stages that are over.
    passes: usize,
    steps: u64,
}

impl<N, C> fmt::Debug for Converting<N, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Converting").field("conversion", &self.conversion).finish_non_exhaustive()
    }
}

enum Stage {
    Bases(Bases),
    Propagation { propagation: Propagation, bases: Vec<Vec<f32>> },
    Layers(Box<Layers>),
    Check { check: Check, folded: Folded, fixed: Option<snn::Network> },
    Done(Box<Converted>),
    Failed(Error),
}

/// A network before the check of its function.
struct Folded {
    network: snn::Network,
    /// The same with corrections, where there are any.
    corrected: Option<snn::Network>,
    reports: Vec<LayerReport>,
}

impl Default for Stage {
    fn default() -> Self {
        Self::Bases(Bases::default())
    }
}

impl<N, C> Converting<N, C>
where
    N: Deref<Target = ann::Network>,
    C: Deref<Target = Calibration>,
{
    /// Prepares to convert `ann` with calibration inputs that were run through it.
    ///
    /// # Errors
    /// `shape-mismatch` if the calibration belongs to a network with other layers; `invalid-option` if it belongs to
    /// one with other weights, so that `ann` has other activations for the first calibration input.
    pub fn new(conversion: Conversion, ann: N, calibration: C) -> Result<Self> {
        calibration.check(&ann)?;
        Ok(Self { conversion, ann, calibration, stage: Stage::default(), passes: 0, steps: 0 })
    }

    /// The number of passes of an input through a network that are done, out of [`total`](Self::total).
    #[must_use]
    pub fn done(&self) -> usize {
        let here = match &self.stage {
            Stage::Propagation { propagation, .. } => propagation.done,
            Stage::Check { check, .. } => check.done,
            Stage::Layers(layers) => layers.correction.as_ref().map_or(0, |c| c.done(&self.calibration)),
            Stage::Bases(_) | Stage::Done(_) | Stage::Failed(_) => 0,
        };
        self.passes + here
    }

    /// The number of passes of an input through a network in the whole conversion; see [`Conversion::passes`].
    #[must_use]
    pub fn total(&self) -> usize {
        self.conversion.passes(&self.calibration)
    }

    /// The number of steps simulated so far.
    #[must_use]
    pub fn steps_run(&self) -> u64 {
        let here = match &self.stage {
            Stage::Layers(layers) => layers.correction.as_ref().map_or(0, |correction| correction.steps),
            _ => 0,
        };
        self.steps + here
    }

    /// Does one piece; `false` if nothing is left to do.
    ///
    /// # Errors
    /// `conversion-failed` if a threshold cannot be chosen, a weight does not fit into fixed point, or the folded
    /// weights no longer compute the function of the network. Every later call returns the same error.
    pub fn advance(&mut self) -> Result<bool> {
        let stage = std::mem::take(&mut self.stage);
        let more = !matches!(stage, Stage::Done(_));
        match self.after(stage) {
            Ok(stage) => self.stage = stage,
            Err(error) => {
                self.stage = Stage::Failed(error.clone());
                return Err(error);
            }
        }
        Ok(more)
    }

    /// What there is after one more piece.
    fn after(&mut self, stage: Stage) -> Result<Stage> {
        let Self { conversion, ann, calibration, .. } = self;
        match stage {
            Stage::Bases(mut search) => match search.advance(conversion, ann, calibration)? {
                None => Ok(Stage::Bases(search)),
                Some(bases) if self.conversion.propagates() => {
                    let propagation = Propagation::new(&self.conversion, &self.ann, &self.calibration)?;
                    Ok(Stage::Propagation { propagation, bases })
                }
                Some(bases) => Ok(self.layers(bases, None)),
            },
            Stage::Propagation { mut propagation, bases } => match propagation.advance(conversion, calibration)? {
                None => Ok(Stage::Propagation { propagation, bases }),
                deviations => {
                    self.passes += propagation.done;
                    Ok(self.layers(bases, deviations))
                }
            },
            Stage::Layers(mut layers) => match layers.advance(conversion, ann, calibration)? {
                None => Ok(Stage::Layers(layers)),
                Some((network, reports)) => {
                    let corrected = layers.correction.map(|correction| {
                        self.passes += correction.done(&self.calibration);
                        self.steps += correction.steps;
                        correction.finish()
                    });
                    let folded = Folded { network, corrected, reports };
                    Ok(Stage::Check { check: Check::default(), folded, fixed: None })
                }
            },
            Stage::Check { mut check, folded, fixed } => {
                match check.advance(fixed.as_ref().unwrap_or(&folded.network), calibration)? {
                    None => Ok(Stage::Check { check, folded, fixed }),
                    Some(function_error) => {
                        self.passes += check.done;
                        self.checked(folded, fixed.is_some(), function_error)
                    }
                }
            }
            Stage::Done(_) => Ok(stage),
            Stage::Failed(error) => Err(error),
        }
    }

    fn layers(&self, bases: Vec<Vec<f32>>, deviations: Option<Vec<Vec<f64>>>) -> Stage {
        Stage::Layers(Box::new(Layers::new(&self.conversion, &self.ann, &self.calibration, bases, deviations)))
    }

    fn checked(&self, folded: Folded, fixed: bool, function_error: f64) -> Result<Stage> {
        if self.conversion.is_fixed() && !fixed {
            let fixed = Some(folded.network.to_fixed()?);
            return Ok(Stage::Check { check: Check::default(), folded, fixed });
        }
        let Folded { network, corrected, reports } = folded;
        let network = corrected.unwrap_or_else(|| shifted(&self.conversion, network));
        let network = if self.conversion.is_fixed() { network.to_fixed()? } else { network };
        if let Some(layer) = network.layers().iter().find(|layer| !layer.is_finite()) {
            let reason =
                "thresholds this small lead to weights or biases beyond what 32 bits hold; give a larger `strength`";
            return Err(Error::conversion(format!("layer `{}`: {reason}", layer.name())));
        }
        Ok(Stage::Done(Box::new(Converted {
            network,
            layers: reports,
            function_error,
            steps: self.conversion.options().steps,
        })))
    }

    /// Runs everything that is left.
    ///
    /// # Errors
    /// As [`advance`](Self::advance).
    pub fn finish(mut self) -> Result<Converted> {
        while self.advance()? {}
        match self.stage {
            Stage::Done(converted) => Ok(*converted),
            _ => unreachable!("it is done, or has failed and said so"),
        }
    }
}

/// The network with the shift that the options ask for, where no correction has added it.
fn shifted(conversion: &Conversion, mut network: snn::Network) -> snn::Network {
    (0..network.layers().len()).for_each(|index| shift(conversion, &mut network, index));
    network
}

impl Conversion {
    /// The number of passes of an input through a network in a conversion: one for propagated noise, one or two for the
    /// check of its function, one for each layer whose biases are corrected and one more if its gains are.
    #[must_use]
    pub fn passes(&self, calibration: &Calibration) -> usize {
        let inputs = calibration.first_inputs();
        let checks = if self.is_fixed() { 2 } else { 1 };
        let propagated = if self.propagates() { inputs } else { 0 };
        let corrected = if self.corrects_biases() { Correction::total(calibration, self.corrects_gains()) } else { 0 };
        propagated + checks * inputs + corrected
    }

    fn is_fixed(&self) -> bool {
        self.options().precision == Precision::Fixed
    }

    fn propagates(&self) -> bool {
        let options = self.options();
        self.noise() == NoiseModel::Propagated && !options.adjustment.uses_base()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::small;
    use super::super::{Adjustment, ConvertOptions};
    use super::*;
    use crate::ann::{Activation, Dense};
    use ndarray::array;

    fn converting(options: &ConvertOptions) -> (ann::Network, Calibration, Conversion) {
        let (ann, calibration) = small();
        (ann, calibration, options.validate().unwrap())
    }

    #[test]
    fn it_tells_how_far_it_is() {
        let every = ConvertOptions {
            noise: Some(NoiseModel::Propagated),
            precision: Precision::Fixed,
            steps: 150,
            ..ConvertOptions::default()
        };
        let plain = ConvertOptions { adjustment: Adjustment::None, ..ConvertOptions::default() };
        // Two inputs: the noise, two checks and one hidden layer, for its biases and its gains; the check alone.
        for (options, total, steps) in [(every, 10, 4 * 150), (plain, 2, 0)] {
            let (ann, calibration, conversion) = converting(&options);
            let mut work = Converting::new(conversion.clone(), &ann, &calibration).unwrap();
            assert_eq!((work.done(), work.total(), work.steps_run()), (0, total, 0));
            let (mut done, mut seen) = (0, vec![0]);
            while work.advance().unwrap() {
                assert!(work.done() >= done && work.done() <= total, "{} after {done}", work.done());
                done = work.done();
                seen.push(done);
            }
            seen.dedup();
            assert_eq!(seen, (0..=total).collect::<Vec<_>>());
            assert_eq!(work.steps_run(), steps);
            assert!(!work.advance().unwrap(), "nothing is left to do");
            let whole = conversion.convert(&ann, &calibration).unwrap();
            assert_eq!(work.finish().unwrap().layers, whole.layers);
        }
    }

    #[test]
    fn an_error_stays() {
        let (ann, calibration, conversion) =
            converting(&ConvertOptions { strength: Some(1e-38), headroom: None, ..Default::default() });
        let mut work = Converting::new(conversion, &ann, &calibration).unwrap();
        let error = loop {
            match work.advance() {
                Ok(more) => assert!(more),
                Err(error) => break error,
            }
        };
        assert_eq!(error.code(), "conversion-failed");
        assert_eq!(work.advance(), Err(error.clone()));
        assert_eq!(work.finish().unwrap_err(), error);
    }

    #[test]
    fn weights_and_biases_too_large_for_their_thresholds_are_told_as_what_the_conversion_made_of_them() {
        // A bias of 10^40 thresholds, since the noise is as small as the weight; a weight of 10^41, since a spike of the
        // input is as large as it is rare.
        for (weight, bias, strength, input_rate) in [(1e-20, 1e20, 0.5, 0.25), (1.0, 0.0, 1e-38, 1e-6)] {
            let one = Dense::new(array![[weight]], Some(array![bias]), Activation::Linear).unwrap();
            let ann = ann::Network::new(vec![1], vec![ann::Layer::Dense(one)]).unwrap();
            let calibration = Calibration::new(&ann, array![[1.0]]).unwrap();
            let strength = Some(strength);
            let options =
                ConvertOptions { headroom: None, steps: 1, strength, input_rate, ..ConvertOptions::default() };
            let error = options.validate().unwrap().convert(&ann, &calibration).unwrap_err();
            assert_eq!(error.code(), "conversion-failed");
            assert!(error.to_string().contains("a folded weight of layer"), "{error}");
        }
    }
}
