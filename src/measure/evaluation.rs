//! A data set through several networks, on the same input spikes.

use std::sync::Arc;

use ndarray::ArrayView2;
use serde::Serialize;

use super::{Estimate, PairedDifference};
use crate::ann;
use crate::error::{Error, Result, all_intensities};
use crate::snn::{CheckedRun, DEFAULT_BLOCK, Network, PoissonEncoder, Simulation, SpikeBlock};

/// The name of the bound in paired differences.
const INPUT_LIMIT: &str = "inputLimit";

/// An evaluation that runs image by image, so that its caller may stop, show progress or share it out.
///
/// Image `i` is encoded with stream `i` of the seed; every network reads the same spikes.
pub struct Evaluation {
    ann: Arc<ann::Network>,
    names: Vec<String>,
    simulations: Vec<Simulation<Arc<Network>>>,
    images: Vec<f32>,
    labels: Vec<u32>,
    options: CheckedRun,
    encoded: SpikeBlock,
    /// Per network.
    tallies: Vec<Tally>,
    of_ann: Vec<bool>,
    of_limit: Vec<bool>,
    input_spikes: Vec<f64>,
}

/// What is kept of every image that a network has seen.
#[derive(Clone, Default)]
struct Tally {
    predictions: Vec<u32>,
    correct: Vec<bool>,
    spikes: Vec<f64>,
    operations: Vec<f64>,
    correct_by_step: Vec<u32>,
}

/// What an evaluation gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The number of images.
    pub images: usize,
    /// The number of steps.
    pub steps: usize,
    /// The seed.
    pub seed: u64,
    /// The trained network.
    pub ann: Accuracy,
    /// The trained network on the empirical rates of the input spikes: the bound for any conversion.
    pub input_limit: Accuracy,
    /// The spiking networks, in the order they came.
    pub networks: Vec<NetworkResult>,
    /// Input spikes per image.
    pub input_spikes_per_image: f64,
    /// Every later network against the first, then every network against the input limit.
    pub paired_differences: Vec<PairedDifference>,
}

/// The share of images classified correctly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Accuracy {
    /// From 0 to 1.
    pub accuracy: f64,
    /// Its standard error over the images.
    pub standard_error: f64,
}

/// What one spiking network did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkResult {
    /// The network's name.
    pub name: String,
    /// The share of images classified correctly after all steps, from 0 to 1.
    pub accuracy: f64,
    /// Its standard error over the images.
    pub standard_error: f64,
    /// The same after each step.
    pub accuracy_by_step: Vec<f64>,
    /// Spikes per image of all neurons after the input.
    pub spikes_per_image: f64,
    /// Its standard error over the images.
    pub spikes_standard_error: f64,
    /// Synaptic operations per image: every spike times its fan-out, input spikes included.
    pub synaptic_operations_per_image: f64,
    /// Its standard error over the images.
    pub synaptic_operations_standard_error: f64,
    /// The class decided for every image.
    pub predictions: Vec<u32>,
}

impl Evaluation {
    /// Prepares the evaluation of named networks, all converted from `ann`, on `images` (`[n, inputs]`, flat,
    /// intensities from 0 to 1) with their `labels`.
    ///
    /// # Errors
    /// `invalid-option` for no network or different input rates, `shape-mismatch` where images, labels and networks do
    /// not fit, `invalid-input` for intensities outside 0..1 or a label that is no class.
    pub fn new(
        ann: Arc<ann::Network>,
        networks: Vec<(String, Arc<Network>)>,
        images: Vec<f32>,
        labels: Vec<u32>,
        options: CheckedRun,
    ) -> Result<Self> {
        check_networks(networks.iter().map(|(_, network)| &**network))?;
        for (_, network) in &networks {
            if (network.inputs(), network.outputs()) != (ann.inputs(), ann.outputs()) {
                let expected = format!("{} inputs and {} outputs, as the ANN", ann.inputs(), ann.outputs());
                return Err(Error::shape(
                    "networks",
                    expected,
                    format!("{} and {}", network.inputs(), network.outputs()),
                ));
            }
        }
        if labels.is_empty() || labels.len().checked_mul(ann.inputs()) != Some(images.len()) {
            let expected = format!("{} values for each of {} labels (at least one)", ann.inputs(), labels.len());
            return Err(Error::shape("images", expected, images.len()));
        }
        all_intensities("images", &images)?;
        if let Some(index) = labels.iter().position(|&label| label as usize >= ann.outputs()) {
            return Err(Error::InvalidInput {
                what: "labels".into(),
                allowed: format!("classes from 0 to {}", ann.outputs() - 1),
                received: labels[index].to_string(),
                index,
            });
        }
        let inputs = ann.inputs();
        let (names, networks): (Vec<_>, Vec<_>) = networks.into_iter().unzip();
        let tally = Tally { correct_by_step: vec![0; options.steps()], ..Tally::default() };
        Ok(Self {
            ann,
            tallies: vec![tally; names.len()],
            names,
            simulations: networks.into_iter().map(|network| Simulation::new(network, DEFAULT_BLOCK, false)).collect(),
            images,
            labels,
            options,
            encoded: SpikeBlock::with_capacity(inputs, DEFAULT_BLOCK),
            of_ann: Vec::new(),
            of_limit: Vec::new(),
            input_spikes: Vec::new(),
        })
    }

    /// The number of images done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.of_ann.len()
    }

    /// Runs the next image; `false` where there is none left.
    ///
    /// # Errors
    /// None that [`new`](Self::new) has not checked for.
    pub fn advance(&mut self) -> Result<bool> {
        let index = self.done();
        if index == self.labels.len() {
            return Ok(false);
        }
        let inputs = self.ann.inputs();
        let image = &self.images[index * inputs..][..inputs];
        let label = self.labels[index];
        let rate = self.simulations[0].network().input_rate();
        let mut encoder = PoissonEncoder::new(image, rate, self.options.seed(), index as u64)?;
        let mut counts = vec![0_u32; inputs];
        self.simulations.iter_mut().for_each(Simulation::reset);
        let mut done = 0;
        while done < self.options.steps() {
            let steps = DEFAULT_BLOCK.min(self.options.steps() - done);
            encoder.encode(steps, &mut self.encoded);
            self.encoded.iter().flatten().for_each(|&neuron| counts[neuron as usize] += 1);
            for (simulation, tally) in self.simulations.iter_mut().zip(&mut self.tallies) {
                simulation.advance(&self.encoded);
                let mut step = done;
                simulation.decide(|decision| {
                    tally.correct_by_step[step] += u32::from(decision.prediction() == label as usize);
                    step += 1;
                });
            }
            done += steps;
        }
        for (simulation, tally) in self.simulations.iter().zip(&mut self.tallies) {
            let prediction = simulation.decision().prediction() as u32;
            tally.predictions.push(prediction);
            tally.correct.push(prediction == label);
            tally.spikes.push(simulation.spikes_after_input() as f64);
            tally.operations.push(simulation.synaptic_operations() as f64);
        }
        let scale = 1.0 / (self.options.steps() as f64 * rate);
        let rates: Vec<f32> = counts.iter().map(|&count| (f64::from(count) * scale) as f32).collect();
        self.input_spikes.push(counts.iter().map(|&count| f64::from(count)).sum());
        self.of_limit.push(classify(&self.ann, &rates)? == label as usize);
        self.of_ann.push(classify(&self.ann, image)? == label as usize);
        Ok(true)
    }

    /// The results of the images done so far.
    #[must_use]
    pub fn report(&self) -> Report {
        let networks = self.names.iter().zip(&self.tallies).map(|(name, tally)| tally.result(name)).collect();
        Report {
            images: self.done(),
            steps: self.options.steps(),
            seed: self.options.seed(),
            ann: accuracy(&self.of_ann),
            input_limit: accuracy(&self.of_limit),
            networks,
            input_spikes_per_image: Estimate::of(self.input_spikes.iter().copied()).mean,
            paired_differences: self.paired_differences(),
        }
    }

    fn paired_differences(&self) -> Vec<PairedDifference> {
        let named = || self.names.iter().zip(&self.tallies);
        let against_first = named().skip(1).map(|(name, tally)| PairedDifference {
            network: name.clone(),
            baseline: self.names[0].clone(),
            accuracy: differences(&hits(&tally.correct), &hits(&self.tallies[0].correct)),
            spikes_per_image: Some(differences(&tally.spikes, &self.tallies[0].spikes)),
            synaptic_operations_per_image: Some(differences(&tally.operations, &self.tallies[0].operations)),
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

/// Refuses networks that cannot read the same input spikes.
pub(crate) fn check_networks<'a>(networks: impl Iterator<Item = &'a Network> + Clone) -> Result<()> {
    let Some(first) = networks.clone().next() else {
        return Err(Error::option("networks", "none", "at least one network"));
    };
    for network in networks {
        if network.inputs() != first.inputs() {
            let expected = format!("{} inputs, as the first network", first.inputs());
            return Err(Error::shape("networks", expected, network.inputs()));
        }
        if network.input_rate().to_bits() != first.input_rate().to_bits() {
            let received = format!("{} and {}", first.input_rate(), network.input_rate());
            return Err(Error::option(
                "inputRate",
                received,
                "the same for all networks, since they read the same spikes",
            ));
        }
    }
    Ok(())
}

fn classify(ann: &ann::Network, input: &[f32]) -> Result<usize> {
    let view = ArrayView2::from_shape((1, input.len()), input)
        .map_err(|_| Error::shape("input", format!("{} values", ann.inputs()), input.len()))?;
    let logits = ann.predict(view)?;
    Ok(logits.iter().enumerate().fold(0, |best, (k, &logit)| if logit > logits[[0, best]] { k } else { best }))
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
