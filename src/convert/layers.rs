//! Layer after layer: measure the noise, choose the thresholds, fold them into the weights, report, correct.

use std::iter::repeat_n;
use std::ops::Range;

use ndarray::{Array2, Axis, Slice};

use super::concentration::Concentration;
use super::correction::Correction;
use super::noise::{self, Noise};
use super::plan::Unit;
use super::{Adjustment, Amplitudes, Calibration, Conversion, LayerReport, NoiseModel, adjustment, fold};
use crate::ann;
use crate::error::{Error, Result};
use crate::snn;

/// The layers so far.
pub(super) struct Layers {
    /// The base thresholds of every unit.
    bases: Vec<Vec<f32>>,
    /// The standard deviations of every unit, where they are not those of Poisson spikes.
    deviations: Option<Vec<Vec<f64>>>,
    /// Of the units done, the input first.
    amplitudes: Amplitudes,
    /// The amplitudes that Poisson spikes would have to have for the noise of the units done, the input first.
    noisy: Amplitudes,
    /// Where biases are corrected.
    pub(super) correction: Option<Correction>,
    folded: Vec<snn::Layer>,
    reports: Vec<LayerReport>,
    /// Where the unit at hand is.
    at: Piece,
}

/// What comes next for a unit: each is a few passes over its weights, or over the activations of one neuron or channel.
enum Piece {
    Deviations,
    /// One calibration input after the other.
    Concentration {
        exact: Vec<f64>,
        found: Concentration,
    },
    Norms {
        exact: Vec<f64>,
        concentration: f64,
    },
    Thresholds {
        noise: Noise,
    },
    /// The thresholds of the neurons or channels before `group` are within their bounds.
    Bounds {
        noise: Noise,
        thresholds: Vec<f32>,
        group: usize,
    },
    Report {
        noise: Noise,
        thresholds: Vec<f32>,
        fires: bool,
    },
    Fold {
        thresholds: Vec<f32>,
        fires: bool,
    },
    /// One block of steps after the other; the unit is done otherwise.
    Correction,
}

impl Layers {
    pub(super) fn new(
        conversion: &Conversion,
        ann: &ann::Network,
        calibration: &Calibration,
        bases: Vec<Vec<f32>>,
        deviations: Option<Vec<Vec<f64>>>,
    ) -> Self {
        let input = ann.shape(ann::Source::Input);
        let neurons = calibration.units().iter().map(|unit| unit.shape.size()).sum();
        Self {
            bases,
            deviations,
            amplitudes: Amplitudes::of_input(conversion, ann),
            noisy: Amplitudes::of_input(conversion, ann),
            correction: conversion.corrects_biases().then(|| Correction::new(conversion, input, neurons)),
            folded: Vec::new(),
            reports: Vec::new(),
            at: Piece::Deviations,
        }
    }

    /// Does one piece; the network as it is without corrections, with the reports of its layers, after the last one.
    pub(super) fn advance(
        &mut self,
        conversion: &Conversion,
        ann: &ann::Network,
        calibration: &Calibration,
    ) -> Result<Option<(snn::Network, Vec<LayerReport>)>> {
        let (units, index) = (calibration.units(), self.folded.len());
        let Some(unit) = units.get(index) else {
            let (layers, reports) = (std::mem::take(&mut self.folded), std::mem::take(&mut self.reports));
            let input = ann.shape(ann::Source::Input);
            let network = snn::Network::converted(input, layers, conversion.input_rate(), conversion.readout())?;
            return Ok(Some((network.with_coding(conversion.options().coding)?, reports)));
        };
        let (is_output, model) = (index + 1 == units.len(), conversion.noise());
        self.at = match std::mem::replace(&mut self.at, Piece::Deviations) {
            Piece::Deviations => {
                let exact = match &self.deviations {
                    Some(deviations) => deviations[index].clone(),
                    None => noise::deviations(model, ann, unit, &self.noisy, calibration),
                };
                // Where every neuron has weights of its own, its noise is in one place.
                if conversion.concentrates() && unit.shape.positions() > 1 {
                    Piece::Concentration { exact, found: Concentration::default() }
                } else {
                    Piece::Norms { exact, concentration: 1.0 }
                }
            }
            Piece::Concentration { exact, mut found } => {
                match found.advance(model, ann, unit, &self.noisy, calibration) {
                    Some(concentration) => Piece::Norms { exact, concentration },
                    None => Piece::Concentration { exact, found },
                }
            }
            Piece::Norms { exact, concentration } => {
                Piece::Thresholds { noise: Noise { exact, l4: noise::norms(ann, unit, 4), concentration } }
            }
            Piece::Thresholds { noise } if is_output && conversion.readout() == snn::Readout::Potential => {
                Piece::Report { noise, thresholds: vec![1.0; unit.shape.groups()], fires: false }
            }
            Piece::Thresholds { noise } => {
                let thresholds = adjustment::thresholds(conversion, ann, unit, is_output, &self.bases[index], &noise)?;
                if conversion.bounds_thresholds(unit.shape.positions() > 1) {
                    Piece::Bounds { noise, thresholds, group: 0 }
                } else {
                    Piece::Report { noise, thresholds, fires: true }
                }
            }
            Piece::Bounds { noise, mut thresholds, group } if group == thresholds.len() => {
                // Without noise, a neuron that says nothing has no threshold of its own.
                let largest = thresholds.iter().copied().fold(0.0, f32::max);
                thresholds.iter_mut().filter(|theta| **theta == 0.0).for_each(|theta| *theta = largest);
                Piece::Report { noise, thresholds: adjustment::check(&unit.name, thresholds)?, fires: true }
            }
            Piece::Bounds { noise, mut thresholds, group } => {
                let shared = is_output || conversion.options().adjustment == Adjustment::Uniform;
                let groups = if shared { 0..thresholds.len() } else { group..group + 1 };
                let next = groups.end;
                bound(conversion, calibration.activations(index), unit, groups, &mut thresholds);
                Piece::Bounds { noise, thresholds, group: next }
            }
            Piece::Report { noise, mut thresholds, fires } => {
                if let Some(cap) = unit.activation.cap() {
                    // A neuron fires at most once a step, so that this is the cap on its rate times its amplitude.
                    for theta in &mut thresholds {
                        *theta = theta.min(cap);
                    }
                }
                self.reports.push(report(conversion, unit, fires, &thresholds, &noise)?);
                Piece::Fold { thresholds, fires }
            }
            Piece::Fold { thresholds, fires } => {
                let of_spikes: Vec<f64> = thresholds.iter().map(|&theta| f64::from(theta)).collect();
                self.noisy.0.push(of_spikes.clone());
                self.amplitudes.0.push(of_spikes);
                let layer = fold::fold(ann, unit, &self.amplitudes, &thresholds, conversion.neuron(fires))?;
                if let Some(correction) = &mut self.correction {
                    correction.push(conversion, layer.clone(), is_output)?;
                }
                self.folded.push(layer);
                if is_output { Piece::Deviations } else { Piece::Correction }
            }
            Piece::Correction if self.correct(conversion, calibration)? => Piece::Deviations,
            Piece::Correction => Piece::Correction,
        };
        Ok(None)
    }

    /// Corrects the unit that was folded last, a piece; whether nothing is left of it.
    fn correct(&mut self, conversion: &Conversion, calibration: &Calibration) -> Result<bool> {
        let Some(correction) = &mut self.correction else { return Ok(true) };
        if !correction.advance(conversion, calibration)? {
            return Ok(false);
        }
        if let (Some(decoder), Some(report)) = (correction.last(), self.reports.last_mut()) {
            let gains = decoder.gains();
            let positions = report.gains.len() / gains.len();
            report.gains = gains.iter().flat_map(|&gain| repeat_n(gain as f32, positions)).collect();
            if let (NoiseModel::Measured, Some(noisy)) = (conversion.noise(), self.noisy.0.last_mut()) {
                noisy.iter_mut().zip(decoder.noise()).for_each(|(amplitude, noise)| *amplitude *= noise);
            }
        }
        Ok(true)
    }
}

/// Brings the thresholds of some neurons or channels within what their activations ask for.
fn bound(
    conversion: &Conversion,
    activations: &Array2<f32>,
    unit: &Unit,
    groups: Range<usize>,
    thresholds: &mut [f32],
) {
    let positions = unit.shape.positions();
    let columns = Slice::from(groups.start * positions..groups.end * positions);
    let (least, most) = conversion.bounds(activations.slice_axis(Axis(1), columns).iter(), positions > 1);
    for theta in &mut thresholds[groups] {
        *theta = theta.min(most).max(least);
    }
}

fn report(conversion: &Conversion, unit: &Unit, fires: bool, thresholds: &[f32], noise: &Noise) -> Result<LayerReport> {
    let per_neuron = |values: &mut dyn Iterator<Item = f64>| -> Vec<f32> {
        values.flat_map(|value| repeat_n(value as f32, unit.shape.positions())).collect()
    };
    let steps = conversion.steps();
    let scaled = |sigmas: &[f64]| per_neuron(&mut sigmas.iter().map(|sigma| sigma * steps.sqrt()));
    let report = LayerReport {
        name: unit.name.clone(),
        shape: unit.shape.into(),
        fires,
        thresholds: per_neuron(&mut thresholds.iter().map(|&theta| f64::from(theta))),
        l4: per_neuron(&mut noise.l4.iter().copied()),
        concentration: noise.concentration as f32,
        sigma: scaled(&noise.exact),
        sigma_l4: scaled(&noise.by(&noise.l4)),
        gains: vec![1.0; unit.shape.size()],
    };
    if let Some(norm) = report.l4.iter().find(|norm| !norm.is_finite()) {
        let reason =
            format!("an L4 norm of layer `{}` is {norm}: its weights are too large for a 32-bit number", unit.name);
        return Err(Error::conversion(reason));
    }
    if report.sigma.iter().chain(&report.sigma_l4).all(|sigma| sigma.is_finite()) {
        return Ok(report);
    }
    Err(Error::conversion(format!(
        "the noise of layer `{}` is too large for a 32-bit number; use a larger `inputRate`",
        unit.name
    )))
}
