//! Runs a data set through several networks, on the same input spikes.

use std::fmt;
use std::sync::Arc;

use ndarray::ArrayView2;

use super::tally::INPUT_LIMIT;
use super::{Report, Tallies};
use crate::ann;
use crate::error::{Error, Result, all_intensities, fits, lower};
use crate::snn::{CheckedRun, Coding, MAX_SEED, MOST_BYTES, Network, PoissonEncoder, Simulation, SpikeBlock, block_of};

/// What is kept of every network after every step: whether it was right, and how often it was.
const BYTES_OF_STEP: u64 = 5;

/// An evaluation that runs block by block, so that its caller may stop it, show progress or divide it among workers.
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
    /// The most steps that run at once.
    block: usize,
    at_hand: Option<Presentation>,
    steps_run: u64,
    tallies: Tallies,
}

impl fmt::Debug for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluation").field("names", &self.names).field("done", &self.done()).finish_non_exhaustive()
    }
}

/// The image at hand.
struct Presentation {
    encoder: PoissonEncoder,
    /// The input spikes so far.
    counts: Vec<u32>,
    steps: usize,
    /// Of every network, whether it was right after each step so far.
    hits: Vec<Vec<bool>>,
}

/// Checks that images, of which the first is image `first` of the whole, and labels are those of a network.
pub(super) fn check_data(ann: &ann::Network, images: &[f32], labels: &[u32], first: u64) -> Result<()> {
    if labels.is_empty() || labels.len().checked_mul(ann.inputs()) != Some(images.len()) {
        let expected = format!("{} values for each of {} labels (at least one)", ann.inputs(), labels.len());
        return Err(Error::shape("images", expected, images.len()));
    }
    all_intensities("images", images).map_err(|error| in_the_whole(error, first as usize * ann.inputs()))?;
    if let Some(index) = labels.iter().position(|&label| label as usize >= ann.outputs()) {
        let error = Error::InvalidInput {
            what: "labels".into(),
            allowed: match ann.outputs() {
                1 => "0: a network with one output knows only one class; end it with a sigmoid if it decides between two, or \
                      train it with one output per class".into(),
                outputs => format!("classes from 0 to {}", outputs - 1),
            },
            received: labels[index].to_string(),
            index,
        };
        return Err(in_the_whole(error, first as usize));
    }
    Ok(())
}

impl Evaluation {
    /// Prepares the evaluation of named networks, all converted from `ann` (only their sizes are compared;
    /// [`belongs_to`](crate::convert::belongs_to) checks more), on `images` (`[n, inputs]`, flat,
    /// intensities from 0 to 1) with their `labels`.
    ///
    /// # Errors
    /// `invalid-option` for a stream or recordings, no network, different input rates or codings, or a name that two
    /// networks have or that means the input limit; `shape-mismatch` if images, labels and networks do not fit together; `invalid-input` for intensities outside 0..1 or a label that is not a class;
    /// `too-large` for so many networks and steps that what is kept of them would not fit into memory.
    pub fn new(
        ann: Arc<ann::Network>,
        networks: Vec<(String, Arc<Network>)>,
        images: Vec<f32>,
        labels: Vec<u32>,
        options: CheckedRun,
    ) -> Result<Self> {
        Self::part(ann, networks, images, labels, 0, options)
    }

    /// The same for a part of a data set whose first image is image `first` of the whole.
    ///
    /// # Errors
    /// As [`new`](Self::new), with indices into the whole; `invalid-option` for a `first` so large that an image would have
    /// no stream of the seed.
    pub fn part(
        ann: Arc<ann::Network>,
        networks: Vec<(String, Arc<Network>)>,
        images: Vec<f32>,
        labels: Vec<u32>,
        first: u64,
        options: CheckedRun,
    ) -> Result<Self> {
        options.check_of_evaluation()?;
        check_networks(networks.iter().map(|(_, network)| &**network))?;
        check_names(networks.iter().map(|(name, _)| &**name))?;
        for (_, network) in &networks {
            if (network.inputs(), network.outputs()) != (ann.inputs(), ann.outputs()) {
                let expected = format!("{} inputs and {} outputs, like the ANN", ann.inputs(), ann.outputs());
                return Err(Error::shape(
                    "networks",
                    expected,
                    format!("{} and {}", network.inputs(), network.outputs()),
                ));
            }
        }
        if first > MAX_SEED - labels.len() as u64 {
            let allowed = format!("at most {MAX_SEED} less the number of images");
            return Err(Error::option("first", first, allowed));
        }
        check_data(&ann, &images, &labels, first)?;
        let (count, steps) = (networks.len(), options.steps());
        fits(
            format!("an evaluation of {count} networks over {steps} steps"),
            BYTES_OF_STEP.saturating_mul(count as u64 * steps as u64),
            MOST_BYTES,
            "evaluate fewer networks at once, or over fewer steps",
        )?;
        let inputs = ann.inputs();
        let (names, networks): (Vec<_>, Vec<_>) = networks.into_iter().unzip();
        let block = block_of(networks.iter().map(|network| &**network));
        Ok(Self {
            ann,
            tallies: Tallies::new(first, names.len(), options.steps()),
            names,
            simulations: networks.into_iter().map(|network| Simulation::new(network, block, false)).collect(),
            images,
            labels,
            options,
            encoded: SpikeBlock::with_capacity(inputs, block),
            block,
            at_hand: None,
            steps_run: 0,
        })
    }

    /// The number of images done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.tallies.images()
    }

    /// The number of steps run so far, over all networks.
    #[must_use]
    pub fn steps_run(&self) -> u64 {
        self.steps_run
    }

    /// Runs the next block of steps of the current image; `false` if nothing is left to do.
    ///
    /// # Errors
    /// None that [`new`](Self::new) has not already checked for.
    pub fn advance(&mut self) -> Result<bool> {
        if self.done() == self.labels.len() {
            return Ok(false);
        }
        let mut image = match self.at_hand.take() {
            Some(image) => image,
            None => self.present()?,
        };
        self.run_block(&mut image);
        if image.steps == self.options.steps() {
            self.tally(&image)?;
        } else {
            self.at_hand = Some(image);
        }
        Ok(true)
    }

    /// Runs everything that is left.
    ///
    /// # Errors
    /// None that [`new`](Self::new) has not already checked for.
    pub fn finish(mut self) -> Result<Tallies> {
        while self.advance()? {}
        Ok(self.tallies)
    }

    /// The tallies of the images done so far.
    #[must_use]
    pub fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// The results of the images done so far.
    ///
    /// # Errors
    /// `shape-mismatch` before the first image is done.
    pub fn report(&self) -> Result<Report> {
        self.tallies.report(&self.names, &self.options)
    }

    /// The image that comes next, before its first step.
    fn present(&mut self) -> Result<Presentation> {
        let inputs = self.ann.inputs();
        let index = self.done();
        let image = &self.images[index * inputs..][..inputs];
        let stream = self.tallies.first() + index as u64;
        self.simulations.iter_mut().for_each(|simulation| simulation.present(image));
        let encoder = PoissonEncoder::of(self.simulations[0].network(), image, self.options.seed(), stream)?;
        let hits = self.simulations.iter().map(|_| Vec::with_capacity(self.options.steps())).collect();
        Ok(Presentation { encoder, counts: vec![0; inputs], steps: 0, hits })
    }

    fn run_block(&mut self, image: &mut Presentation) {
        let label = self.labels[self.done()] as usize;
        image.encoder.encode(self.block.min(self.options.steps() - image.steps), &mut self.encoded);
        self.encoded.iter().flatten().for_each(|&neuron| image.counts[neuron as usize] += 1);
        for (simulation, hits) in self.simulations.iter_mut().zip(&mut image.hits) {
            simulation.advance(&self.encoded);
            simulation.decide(|decision| hits.push(decision.prediction() == label));
        }
        image.steps += self.encoded.steps();
        self.steps_run += (self.encoded.steps() * self.simulations.len()) as u64;
    }

    /// Keeps what there is to keep of an image that has had all its steps.
    fn tally(&mut self, image: &Presentation) -> Result<()> {
        let index = self.done();
        let label = self.labels[index];
        let input = &self.images[index * image.counts.len()..][..image.counts.len()];
        let scale = 1.0 / (self.options.steps() as f64 * self.simulations[0].network().input_rate());
        let of_ann = classify(&self.ann, input)?;
        let of_limit = match self.simulations[0].network().coding() {
            Coding::Poisson => {
                let rates: Vec<f32> = image.counts.iter().map(|&count| (f64::from(count) * scale) as f32).collect();
                classify(&self.ann, &rates)?
            }
            Coding::Constant => of_ann,
        };
        for ((simulation, hits), tally) in self.simulations.iter().zip(&image.hits).zip(&mut self.tallies.networks) {
            tally.correct_by_step.iter_mut().zip(hits).for_each(|(correct, &hit)| *correct += u32::from(hit));
            let prediction = simulation.decision().prediction() as u32;
            tally.predictions.push(prediction);
            tally.correct.push(prediction == label);
            tally.spikes.push(simulation.spikes_after_input() as f64);
            tally.operations.push(simulation.synaptic_operations() as f64);
        }
        self.tallies.input_spikes.push(image.counts.iter().map(|&count| f64::from(count)).sum());
        self.tallies.of_limit.push(of_limit == label as usize);
        self.tallies.of_ann.push(of_ann == label as usize);
        Ok(())
    }
}

/// Refuses networks that cannot read the same input spikes.
pub(crate) fn check_networks<'a>(networks: impl Iterator<Item = &'a Network> + Clone) -> Result<()> {
    let Some(first) = networks.clone().next() else {
        return Err(Error::option("networks", "none", "at least one network"));
    };
    for network in networks {
        if network.inputs() != first.inputs() {
            let expected = format!("{} inputs, like the first network", first.inputs());
            return Err(Error::shape("networks", expected, network.inputs()));
        }
        if network.coding() != first.coding() {
            let received = format!("{} and {}", lower(first.coding()), lower(network.coding()));
            return Err(Error::option("coding", received, "the same for all networks, since they read the same input"));
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

/// Checks that every name in a report tells what is meant.
fn check_names<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Result<()> {
    for (index, name) in names.clone().enumerate() {
        if name == INPUT_LIMIT || names.clone().take(index).any(|other| other == name) {
            let allowed = format!("a name of its own for every network, and not `{INPUT_LIMIT}`");
            return Err(Error::option("networks", format!("a network named `{name}`"), allowed));
        }
    }
    Ok(())
}

/// An error about a part of a data set, with its place in the whole.
fn in_the_whole(error: Error, offset: usize) -> Error {
    match error {
        Error::InvalidInput { what, allowed, received, index } => {
            Error::InvalidInput { what, allowed, received, index: index + offset }
        }
        other => other,
    }
}

fn classify(ann: &ann::Network, input: &[f32]) -> Result<usize> {
    let view = ArrayView2::from_shape((1, input.len()), input)
        .map_err(|_| Error::shape("input", format!("{} values", ann.inputs()), input.len()))?;
    let logits = ann.predict(view)?;
    Ok(logits.iter().enumerate().fold(0, |best, (k, &logit)| if logit > logits[[0, best]] { k } else { best }))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::ann::{Activation, Dense, Layer};
    use crate::convert::{Adjustment, Calibration, ConvertOptions};
    use crate::snn::RunOptions;

    #[test]
    fn the_input_limit_of_constant_currents_is_the_trained_network() {
        let scores = Dense::new(array![[1.0, 0.0], [0.0, 1.0]], None, Activation::Linear).unwrap();
        let ann = ann::Network::new(vec![2], vec![Layer::Dense(scores)]).unwrap();
        let calibration = Calibration::new(&ann, array![[1.0, 0.0], [0.0, 1.0]]).unwrap();
        let options =
            ConvertOptions { adjustment: Adjustment::None, coding: Coding::Constant, ..ConvertOptions::default() };
        let network = options.validate().unwrap().convert(&ann, &calibration).unwrap().network;
        let networks = vec![("constant".into(), Arc::new(network))];
        let run = RunOptions { steps: 4, seed: Some(1), ..RunOptions::default() }.validate().unwrap();
        // Of classes 1, 0 and 1; the second is told to be of class 1.
        let images = vec![0.0, 1.0, 1.0, 0.0, 0.25, 0.5];
        let evaluation = Evaluation::new(Arc::new(ann), networks, images, vec![1; 3], run).unwrap();
        let tallies = evaluation.finish().unwrap();
        assert_eq!(tallies.of_ann, [true, false, true]);
        assert_eq!(tallies.of_limit, tallies.of_ann);
    }

    #[test]
    fn the_input_limit_is_the_trained_network_on_the_rates_of_the_spikes_that_came() {
        // Class 0 is what is said where the first input is 0.3 or less: it is so in the image, but not in half of its spikes.
        let scores = Dense::new(array![[0.0], [1.0]], Some(array![0.3, 0.0]), Activation::Linear).unwrap();
        let ann = ann::Network::new(vec![1], vec![Layer::Dense(scores)]).unwrap();
        let calibration = Calibration::new(&ann, array![[0.3]]).unwrap();
        let options = ConvertOptions { adjustment: Adjustment::None, ..ConvertOptions::default() };
        let network = Arc::new(options.validate().unwrap().convert(&ann, &calibration).unwrap().network);
        let run = RunOptions { steps: 50, seed: Some(1), ..RunOptions::default() }.validate().unwrap();
        let images = 40;
        let networks = vec![("plain".into(), Arc::clone(&network))];
        let evaluation =
            Evaluation::new(Arc::new(ann), networks, vec![0.3; images], vec![0; images], run.clone()).unwrap();
        let tallies = evaluation.finish().unwrap();
        // A tie goes to the lower class.
        assert_eq!(tallies.of_ann, vec![true; images]);
        for (stream, &hit) in tallies.of_limit.iter().enumerate() {
            let stream = stream as u64;
            let run = RunOptions { steps: 50, seed: Some(1), stream, ..RunOptions::default() }.validate().unwrap();
            let spikes = crate::snn::run(&network, &[0.3], &run).unwrap().spikes_per_layer[0];
            assert_eq!(hit, spikes as f32 / (50.0 * 0.25) <= 0.3, "{spikes} spikes");
        }
        let report = tallies.report(&["plain".into()], &run).unwrap();
        let limit = tallies.of_limit.iter().filter(|&&hit| hit).count();
        assert!((5..35).contains(&limit), "{limit}");
        assert!((report.input_limit.accuracy - limit as f64 / images as f64).abs() < 1e-12);
        let against = &report.paired_differences[0].accuracy.mean;
        assert!((against - (report.networks[0].accuracy - report.input_limit.accuracy)).abs() < 1e-12, "{against}");
    }

    #[test]
    fn networks_and_labels_that_do_not_belong_together_are_refused_by_name() {
        let ann = |inputs, outputs| {
            let weights = ndarray::Array2::from_elem((outputs, inputs), 1.0);
            let scores = Dense::new(weights, None, Activation::Linear).unwrap();
            ann::Network::new(vec![inputs], vec![Layer::Dense(scores)]).unwrap()
        };
        let network = |inputs, outputs, change: fn(&mut ConvertOptions)| {
            let ann = ann(inputs, outputs);
            let mut options = ConvertOptions { adjustment: Adjustment::None, ..ConvertOptions::default() };
            change(&mut options);
            let calibration = Calibration::new(&ann, ndarray::Array2::ones((1, inputs))).unwrap();
            Arc::new(options.validate().unwrap().convert(&ann, &calibration).unwrap().network)
        };
        let evaluated = |other: Arc<Network>, label| {
            let run = RunOptions { steps: 4, seed: Some(1), ..RunOptions::default() }.validate().unwrap();
            let networks = vec![("one".into(), network(2, 3, |_| ())), ("other".into(), other)];
            Evaluation::part(Arc::new(ann(2, 3)), networks, vec![0.5; 4], vec![2, label], 10, run).map(|_| ())
        };
        assert_eq!(evaluated(network(2, 3, |_| ()), 0), Ok(()));
        let (one, other) = (network(2, 3, |_| ()), network(1, 3, |_| ()));
        assert_eq!(check_networks([&*one, &*other].into_iter()).unwrap_err().code(), "shape-mismatch");
        let refused = [
            (evaluated(network(1, 3, |_| ()), 0), "networks"),
            (evaluated(network(2, 2, |_| ()), 0), "networks"),
            (evaluated(network(2, 3, |options| options.input_rate = 0.5), 0), "`inputRate`"),
            (evaluated(network(2, 3, |options| options.coding = Coding::Constant), 0), "`coding`"),
            (evaluated(network(2, 3, |_| ()), 3), "index 11"),
        ];
        for (result, name) in refused {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(name), "{name} is not in: {error}");
        }
    }
}
