//! What is kept of every image, and the one place where it becomes a report.

use super::{Accuracy, Estimate, NetworkResult, PairedDifference, Report};
use crate::error::{Error, Result};
use crate::snn::{CheckedRun, MAX_SEED};

/// The name of the input limit in paired differences.
pub(super) const INPUT_LIMIT: &str = "inputLimit";

/// The outcomes of the images of an evaluation, one after the other, starting with image [`first`](Self::first).
///
/// The tallies of the parts of a data set, [joined](Self::join), are those of the whole: every statistic is computed
/// from them, so a report does not depend on how the work was divided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tallies {
    pub(super) first: u64,
    pub(super) of_ann: Vec<bool>,
    pub(super) of_limit: Vec<bool>,
    pub(super) input_spikes: Vec<f64>,
    pub(super) networks: Vec<Tally>,
}

/// What is kept of every image that a network has seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) predictions: Vec<u32>,
    pub(super) correct: Vec<bool>,
    pub(super) spikes: Vec<f64>,
    pub(super) operations: Vec<f64>,
    pub(super) correct_by_step: Vec<u32>,
}

impl Tallies {
    /// No image yet, of `networks` networks over `steps` steps.
    pub(super) fn new(first: u64, networks: usize, steps: usize) -> Self {
        let tally = Tally { correct_by_step: vec![0; steps], ..Tally::default() };
        Self { first, networks: vec![tally; networks], ..Self::default() }
    }

    /// The index of the first image in the data set.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The number of images.
    #[must_use]
    pub fn images(&self) -> usize {
        self.of_ann.len()
    }

    /// All tallies as numbers, for use where memory is not shared; [`from_numbers`](Self::from_numbers) reads them
    /// back.
    #[must_use]
    pub fn to_numbers(&self) -> Vec<f64> {
        let steps = self.networks.first().map_or(0, |tally| tally.correct_by_step.len());
        let sizes = [self.first as f64, self.images() as f64, self.networks.len() as f64, steps as f64];
        let mut numbers: Vec<f64> = sizes.into();
        numbers.extend(hits(&self.of_ann));
        numbers.extend(hits(&self.of_limit));
        numbers.extend(&self.input_spikes);
        for tally in &self.networks {
            numbers.extend(tally.predictions.iter().map(|&class| f64::from(class)));
            numbers.extend(hits(&tally.correct));
            numbers.extend(tally.spikes.iter().chain(&tally.operations));
            numbers.extend(tally.correct_by_step.iter().map(|&correct| f64::from(correct)));
        }
        numbers
    }

    /// Reads what [`to_numbers`](Self::to_numbers) wrote.
    ///
    /// # Errors
    /// `invalid-input` for a number that is not a count, `shape-mismatch` if there are too few or too many.
    pub fn from_numbers(numbers: &[f64]) -> Result<Self> {
        let is_count = |number: f64| number.fract() == 0.0 && (0.0..=MAX_SEED as f64).contains(&number);
        if let Some(index) = numbers.iter().position(|&number| !is_count(number)) {
            return Err(Error::InvalidInput {
                what: "parts".into(),
                allowed: "counts".into(),
                received: numbers[index].to_string(),
                index,
            });
        }
        let mut left = numbers;
        let mut take = |count: f64| {
            let (taken, rest) = left.split_at_checked(count as usize)?;
            left = rest;
            Some(taken)
        };
        let mut read = || {
            let &[first, images, networks, steps] = take(4.0)? else { return None };
            if networks > numbers.len() as f64 {
                return None; // Each has numbers of its own, also where there are no images.
            }
            let (of_ann, of_limit) = (flags(take(images)?), flags(take(images)?));
            let mut whole = Self { first: first as u64, of_ann, of_limit, ..Self::default() };
            whole.input_spikes = take(images)?.into();
            for _ in 0..networks as usize {
                whole.networks.push(Tally {
                    predictions: words(take(images)?),
                    correct: flags(take(images)?),
                    spikes: take(images)?.into(),
                    operations: take(images)?.into(),
                    correct_by_step: words(take(steps)?),
                });
            }
            Some(whole)
        };
        let whole = read();
        match whole {
            Some(whole) if left.is_empty() => Ok(whole),
            _ => Err(Error::shape("parts", "the numbers of tallies", numbers.len())),
        }
    }

    /// Joins the parts of a data set, given in any order.
    ///
    /// # Errors
    /// `shape-mismatch` if they do not cover all images from the first on, or differ in networks or steps.
    pub fn join(parts: impl IntoIterator<Item = Self>) -> Result<Self> {
        let mut parts: Vec<Self> = parts.into_iter().collect();
        parts.sort_by_key(|part| part.first);
        let mut parts = parts.into_iter();
        let mut whole = parts.next().ok_or_else(|| Error::shape("parts", "at least one part", "none"))?;
        parts.try_for_each(|part| whole.append(part))?;
        match whole.form() {
            Some(_) => Ok(whole),
            None => Err(Error::shape("parts", "at least one network", "none")),
        }
    }

    fn append(&mut self, next: Self) -> Result<()> {
        if next.first != self.first + self.images() as u64 {
            let expected = format!("every image once; the next is {}", self.first + self.images() as u64);
            return Err(Error::shape("parts", expected, next.first));
        }
        if self.form().is_none() || self.form() != next.form() {
            return Err(Error::shape("parts", "the same networks and steps", "others"));
        }
        self.of_ann.extend(next.of_ann);
        self.of_limit.extend(next.of_limit);
        self.input_spikes.extend(next.input_spikes);
        for (own, next) in self.networks.iter_mut().zip(next.networks) {
            own.predictions.extend(next.predictions);
            own.correct.extend(next.correct);
            own.spikes.extend(next.spikes);
            own.operations.extend(next.operations);
            own.correct_by_step
                .iter_mut()
                .zip(next.correct_by_step)
                .for_each(|(own, next)| *own = own.saturating_add(next));
        }
        Ok(())
    }

    /// How many networks there are, and the steps that each of them ran; `None` where there is none.
    fn form(&self) -> Option<(usize, usize)> {
        Some((self.networks.len(), self.networks.first()?.correct_by_step.len()))
    }

    /// The report on these images; `names` are the names of the networks.
    ///
    /// # Errors
    /// `shape-mismatch` if the number of networks or of steps differs, or if there is no image.
    pub fn report(&self, names: &[String], options: &CheckedRun) -> Result<Report> {
        if names.len() != self.networks.len() {
            return Err(Error::shape("names", format!("{}, one per network", self.networks.len()), names.len()));
        }
        if self.images() == 0 {
            return Err(Error::shape("images", "at least one that is done", 0));
        }
        if let Some((_, steps)) = self.form().filter(|&(_, steps)| steps != options.steps()) {
            return Err(Error::shape("steps", format!("{steps}, those of the tallies"), options.steps()));
        }
        Ok(Report {
            images: self.images(),
            steps: options.steps(),
            seed: options.seed(),
            ann: accuracy(&self.of_ann),
            input_limit: accuracy(&self.of_limit),
            networks: names.iter().zip(&self.networks).map(|(name, tally)| tally.result(name)).collect(),
            input_spikes_per_image: Estimate::of(self.input_spikes.iter().copied()).mean,
            paired_differences: self.paired_differences(names),
        })
    }

    fn paired_differences(&self, names: &[String]) -> Vec<PairedDifference> {
        let named = || names.iter().zip(&self.networks);
        let against_first = named().skip(1).map(|(name, tally)| PairedDifference {
            network: name.clone(),
            baseline: names[0].clone(),
            accuracy: differences(&hits(&tally.correct), &hits(&self.networks[0].correct)),
            spikes_per_image: Some(differences(&tally.spikes, &self.networks[0].spikes)),
            synaptic_operations_per_image: Some(differences(&tally.operations, &self.networks[0].operations)),
        });
        let against_limit = named().map(|(name, tally)| PairedDifference {
            network: name.clone(),
            baseline: INPUT_LIMIT.into(),
            accuracy: differences(&hits(&tally.correct), &hits(&self.of_limit)),
            spikes_per_image: None,
            synaptic_operations_per_image: None,
        });
        against_first.chain(against_limit).collect()
    }
}

impl Tally {
    fn result(&self, name: &str) -> NetworkResult {
        let images = self.correct.len().max(1) as f64;
        let spikes = Estimate::of(self.spikes.iter().copied());
        let operations = Estimate::of(self.operations.iter().copied());
        let Accuracy { accuracy, standard_error } = accuracy(&self.correct);
        NetworkResult {
            name: name.into(),
            accuracy,
            standard_error,
            accuracy_by_step: self.correct_by_step.iter().map(|&correct| f64::from(correct) / images).collect(),
            spikes_per_image: spikes.mean,
            spikes_standard_error: spikes.standard_error,
            synaptic_operations_per_image: operations.mean,
            synaptic_operations_standard_error: operations.standard_error,
            predictions: self.predictions.clone(),
        }
    }
}

fn flags(numbers: &[f64]) -> Vec<bool> {
    numbers.iter().map(|&number| number != 0.0).collect()
}

fn words(numbers: &[f64]) -> Vec<u32> {
    numbers.iter().map(|&number| number as u32).collect()
}

fn hits(correct: &[bool]) -> Vec<f64> {
    correct.iter().map(|&correct| f64::from(u8::from(correct))).collect()
}

fn accuracy(correct: &[bool]) -> Accuracy {
    let Estimate { mean, standard_error } = Estimate::of(hits(correct).into_iter());
    Accuracy { accuracy: mean, standard_error }
}

fn differences(values: &[f64], baseline: &[f64]) -> Estimate {
    Estimate::of(values.iter().zip(baseline).map(|(value, baseline)| value - baseline))
}
