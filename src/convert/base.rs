//! Base normalisations: thresholds that look at activations or weights only.

use ndarray::{Array2, Axis, Slice};
use serde::{Deserialize, Serialize};

use super::noise::each_weight;
use super::plan::{Link, Unit};
use super::quantile::Quantile;
use super::search::{Balance, LeastSquares, Search};
use super::{Calibration, Conversion, ConvertOptions};
use crate::ann::Network;
use crate::error::{Error, Result, lower};
use crate::snn::Readout;

/// How base thresholds are chosen, before any adjustment. Output logits are rectified first, as spikes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Base {
    /// 1 everywhere.
    None,
    /// One threshold per layer: the largest activation over the calibration inputs (Diehl et al. 2015, data-based, without
    /// its bound by the largest weight).
    Max,
    /// One threshold per layer: a percentile of all its activations over neurons and calibration inputs, including
    /// zeros, linearly interpolated (Rueckauer et al. 2017, whose code leaves zeros out: if a share `s` of activations
    /// is above 0, its 99.9 is 100 - 0.1 s here). At 99.9, this is the field's usual choice.
    #[default]
    Percentile,
    /// The same per neuron, or per channel of a convolution. In this base and the other per-channel bases, a neuron or
    /// channel whose threshold would be 0 gets the layer's percentile.
    Channel,
    /// One threshold per layer from the weights alone: the largest possible activation for inputs up to 1, which is the
    /// largest sum of positive weights, layer by layer (Diehl et al. 2015, model-based).
    Weights,
    /// One threshold per neuron or channel: the one for which the values that can be represented in `steps` steps
    /// differ least, in the mean square, from the activations of the first 100 calibration inputs (Li et al. 2021,
    /// whose code has one per channel only in convolutions).
    Mse,
    /// One threshold per neuron or channel: local threshold balancing, which raises the threshold while activations
    /// exceed it (Bu et al. 2025, who start at half a threshold: `initial_potential`).
    Balanced,
}

impl Base {
    /// Whether the neurons or channels of a layer have thresholds of their own.
    pub(super) fn is_per_channel(self) -> bool {
        matches!(self, Self::Channel | Self::Mse | Self::Balanced)
    }
}

/// The base thresholds of every unit, found piece by piece.
#[derive(Default)]
pub(super) struct Bases {
    /// Those of the units done, one per neuron or channel, in ANN units.
    thresholds: Vec<Vec<f32>>,
    /// The largest possible activations of the input and of the units done.
    bounds: Vec<f64>,
    /// The percentile of the unit at hand, and the input that comes next.
    percentile: Option<(Quantile, usize)>,
    /// What the channels of the unit at hand fall back to, where it is known.
    shared: Option<f32>,
    /// The thresholds of its channels so far.
    own: Vec<f32>,
    /// The search for the next one.
    search: Option<Search>,
}

impl Bases {
    /// Does some of the work: looks at one input, one channel or one try. The thresholds of every unit after the last
    /// one; they are empty where the adjustment does not use them.
    pub(super) fn advance(
        &mut self,
        conversion: &Conversion,
        ann: &Network,
        calibration: &Calibration,
    ) -> Result<Option<Vec<Vec<f32>>>> {
        let options = conversion.options();
        let units = calibration.units();
        if !options.adjustment.uses_base() {
            return Ok(Some(vec![Vec::new(); units.len()]));
        }
        let Some(unit) = units.get(self.thresholds.len()) else {
            return Ok(Some(std::mem::take(&mut self.thresholds)));
        };
        if self.thresholds.len() + 1 == units.len() && conversion.readout() == Readout::Potential {
            // What only integrates has no threshold.
            self.thresholds.push(Vec::new());
            return Ok(None);
        }
        let percentile = if options.base == Base::Max { 100.0 } else { options.percentile };
        if let Some(thresholds) = self.of_unit(options, percentile, ann, calibration, unit) {
            let activations = calibration.activations(self.thresholds.len());
            let is_output = self.thresholds.len() + 1 == units.len();
            check(&thresholds, (&unit.name, is_output), options.base, percentile, activations)?;
            self.thresholds.push(thresholds);
            (self.shared, self.own) = (None, Vec::new());
        }
        Ok(None)
    }

    fn of_unit(
        &mut self,
        options: &ConvertOptions,
        percentile: f64,
        ann: &Network,
        calibration: &Calibration,
        unit: &Unit,
    ) -> Option<Vec<f32>> {
        let groups = unit.shape.groups();
        match options.base {
            Base::None => return Some(vec![1.0; groups]),
            Base::Weights => {
                if self.bounds.is_empty() {
                    self.bounds.push(1.0);
                }
                // No activation passes its cap.
                let cap = unit.activation.cap().map_or(f64::INFINITY, f64::from);
                let bound = largest_sum(ann, unit, &self.bounds).min(cap);
                self.bounds.push(bound);
                return Some(vec![bound as f32; groups]);
            }
            Base::Max | Base::Percentile | Base::Channel | Base::Mse | Base::Balanced => {}
        }
        let activations = calibration.activations(self.thresholds.len());
        let Some(shared) = self.shared else {
            self.shared = self.look(activations, percentile);
            return self.shared.filter(|_| !options.base.is_per_channel()).map(|shared| vec![shared; groups]);
        };
        let own = self.of_channel(options, calibration, unit.shape.positions())?;
        self.own.push(if own > 0.0 { own } else { shared });
        (self.own.len() == groups).then(|| std::mem::take(&mut self.own))
    }

    /// Looks at one input for the percentile of a whole unit.
    fn look(&mut self, activations: &Array2<f32>, percentile: f64) -> Option<f32> {
        let (quantile, row) = self.percentile.get_or_insert_with(|| (Quantile::new(activations.len(), percentile), 0));
        quantile.look(activations.row(*row).iter());
        *row = (*row + 1) % activations.nrows();
        let found = if *row == 0 { quantile.end_pass() } else { None };
        if found.is_some() {
            self.percentile = None;
        }
        found
    }

    /// Goes on with the channel that comes next; its threshold, where it is found.
    fn of_channel(&mut self, options: &ConvertOptions, calibration: &Calibration, positions: usize) -> Option<f32> {
        let activations = calibration.activations(self.thresholds.len());
        let first = self.own.len() * positions;
        let channel = activations.slice_axis(Axis(1), Slice::from(first..first + positions));
        if options.base == Base::Channel {
            return Some(Quantile::of(channel.iter(), options.percentile));
        }
        let search = self.search.get_or_insert_with(|| match options.base {
            Base::Mse => {
                let searched = channel.iter().take(calibration.first_inputs() * positions).copied().collect();
                // What has a base begins at 0 where nothing is said.
                let initial = options.initial_potential.unwrap_or(0.0);
                Search::LeastSquares(LeastSquares::new(searched, options.steps as f64, initial))
            }
            _ => Search::Balance(Balance::new(channel.iter().copied().collect(), positions)),
        });
        let found = search.advance()?;
        self.search = None;
        Some(found as f32)
    }
}

fn check(
    thresholds: &[f32],
    (layer, is_output): (&str, bool),
    base: Base,
    percentile: f64,
    activations: &Array2<f32>,
) -> Result<()> {
    if thresholds.iter().all(|&theta| theta > 0.0 && theta.is_finite()) {
        return Ok(());
    }
    let advice = match base {
        Base::Weights => "its weights leave no positive or finite sum; use a base that looks at activations",
        Base::Percentile | Base::Channel if percentile < 100.0 && activations.iter().any(|&value| value > 0.0) => {
            "too few calibration inputs activate it; raise `percentile` or give more `calibration` inputs"
        }
        _ if is_output => {
            "no calibration input gives any output a value above 0, and spikes count what is above 0; with the readout \
             `potential` outputs may be negative, and a constant that is added to all their biases changes no decision"
        }
        _ => "no calibration input gives it a value above 0; give others, or more, as `calibration`",
    };
    let of = match base {
        Base::Percentile | Base::Channel => format!("{}, {percentile}", lower(base)),
        _ => lower(base),
    };
    Err(Error::conversion(format!(
        "the base threshold of layer `{layer}` is not positive ({of}): {advice}. For neurons that no input can \
         activate, use the base `none` with the adjustment `none`"
    )))
}

/// The largest activation that sources up to their `bounds` can cause (the input first).
fn largest_sum(ann: &Network, unit: &Unit, bounds: &[f64]) -> f64 {
    let of_group = unit.bias.chunks_exact(unit.bias.len() / unit.shape.groups());
    let mut sums: Vec<f64> = of_group.map(|biases| biases.iter().copied().fold(0.0, f64::max)).collect();
    // Of the parts of a mean that leaves padding out, a neuron reads each value through one: that with the largest weight.
    let mut parts: Vec<&Link> = Vec::new();
    let mut largest: Vec<(usize, f64)> = Vec::new();
    for link in &unit.links {
        let bound = bounds[link.wire.source] * link.wire.most;
        if link.wire.area().is_none() {
            each_weight(ann, link, &mut |group, _, w| sums[group] += bound * w.max(0.0));
            continue;
        }
        if !parts.last().is_some_and(|last| last.wire.is_beside(&link.wire)) {
            largest.drain(..).for_each(|(group, cause)| sums[group] += cause);
            parts.clear();
        }
        let mut at = 0;
        each_weight(ann, link, &mut |group, _, w| {
            let cause = bound * w.max(0.0);
            match largest.get_mut(at) {
                Some((_, most)) => *most = most.max(cause),
                None => largest.push((group, cause)),
            }
            at += 1;
        });
        parts.push(link);
    }
    for (group, cause) in largest {
        sums[group] += cause;
    }
    sums.into_iter().fold(0.0, f64::max)
}
