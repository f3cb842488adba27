//! Presenting images to every network.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};
use quartic_snn::ann;
use quartic_snn::convert::{Calibration, ConvertOptions};
use quartic_snn::import;
use quartic_snn::snn::{DEFAULT_BLOCK, Network, PoissonEncoder, Simulation, SpikeBlock};
use rayon::prelude::*;

use crate::job::{self, Job};
use crate::outcome::{Hit, Share};

/// Everything that is read and converted once.
pub struct Setting {
    ann: ann::Network,
    pixels: Vec<u8>,
    labels: Vec<u8>,
    runs: Vec<Run>,
}

/// A spiking network and the checkpoints that it is asked about.
pub struct Run {
    /// The index of the method.
    pub method: usize,
    network: Arc<Network>,
    /// Indices of the numbers of steps, ascending.
    pub checkpoints: Vec<usize>,
}

impl Setting {
    pub fn prepare(job: &Job) -> Result<Self, String> {
        let said = |error: quartic_snn::Error| error.to_string();
        let trained = import::read_model(&job::bytes(&job.model)?, None).map_err(said)?.network;
        let ann = job.variant.map_or_else(|| Ok(trained.clone()), |variant| variant.of(&trained)).map_err(said)?;
        let inputs = ann.inputs();
        let calibration = job::intensities(&job::bytes(&job.calibration)?);
        let calibration = Array2::from_shape_vec((calibration.len() / inputs, inputs), calibration)
            .map_err(|error| error.to_string())?;
        let calibration = Calibration::new(&ann, calibration).map_err(said)?;
        let convert = |options: &ConvertOptions| {
            let converted = options.validate().and_then(|options| options.convert(&ann, &calibration));
            converted.map(|converted| Arc::new(converted.network)).map_err(said)
        };
        let mut wanted = Vec::new();
        for (index, method) in job.methods.iter().enumerate() {
            if method.per_steps {
                for (checkpoint, &steps) in job.steps.iter().enumerate() {
                    let options = ConvertOptions { steps, ..method.options.clone() };
                    wanted.push((index, options, vec![checkpoint]));
                }
            } else {
                wanted.push((index, method.options.clone(), (0..job.steps.len()).collect()));
            }
        }
        let run = |(method, options, checkpoints): (usize, ConvertOptions, Vec<usize>)| {
            Ok(Run { method, network: convert(&options)?, checkpoints })
        };
        let runs = wanted.into_par_iter().map(run).collect::<Result<Vec<Run>, String>>()?;
        let (pixels, labels) = (job::bytes(&job.pixels)?, job::bytes(&job.labels)?);
        let images = job.parts.iter().map(|part| part.first + part.images).max().unwrap_or(0);
        if labels.len() < images || pixels.len() < images * inputs {
            return Err(format!("there are no {images} images"));
        }
        Ok(Self { ann, pixels, labels, runs })
    }

    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Shows some images to every network.
    pub fn present(&self, job: &Job, seed: u64, images: &[usize]) -> Result<Share, String> {
        let mut share = Share::new(job, self.runs.len());
        let mut trains = Vec::with_capacity(images.len());
        for &image in images {
            let train = self.encode(job, seed, image)?;
            share.ann.push(self.classify(&self.intensities(image))? == self.labels[image]);
            for (checkpoint, rates) in train.rates.iter().enumerate() {
                share.limit[checkpoint].push(self.classify(rates)? == self.labels[image]);
            }
            share.input_spikes.push(train.spikes.clone());
            trains.push(train);
        }
        for (run, hits) in self.runs.iter().zip(&mut share.runs) {
            let mut simulation = Simulation::new(&*run.network, DEFAULT_BLOCK, false);
            for (&image, train) in images.iter().zip(&trains) {
                simulation.present(&self.intensities(image));
                hits.push(follow(&mut simulation, run, &job.steps, train, self.labels[image]));
            }
        }
        Ok(share)
    }

    fn intensities(&self, image: usize) -> Vec<f32> {
        let inputs = self.ann.inputs();
        job::intensities(&self.pixels[image * inputs..][..inputs])
    }

    /// The input spikes of an image, in blocks that end where results are taken.
    fn encode(&self, job: &Job, seed: u64, image: usize) -> Result<Train, String> {
        let input = self.intensities(image);
        let rate = job.methods[0].options.input_rate;
        let mut encoder =
            PoissonEncoder::of(&self.runs[0].network, &input, seed, image as u64).map_err(|error| error.to_string())?;
        let mut counts = vec![0_u32; input.len()];
        let mut train = Train::default();
        let mut done = 0;
        for &steps in &job.steps {
            let mut blocks = Vec::new();
            while done < steps {
                let mut block = SpikeBlock::default();
                encoder.encode(DEFAULT_BLOCK.min(steps - done), &mut block);
                block.iter().flatten().for_each(|&neuron| counts[neuron as usize] += 1);
                done += block.steps();
                blocks.push(block);
            }
            train.blocks.push(blocks);
            let scale = 1.0 / (steps as f64 * rate);
            train.rates.push(counts.iter().map(|&count| (f64::from(count) * scale) as f32).collect());
            train.spikes.push(counts.iter().map(|&count| u64::from(count)).sum());
        }
        Ok(train)
    }

    fn classify(&self, input: &[f32]) -> Result<u8, String> {
        let view = ArrayView2::from_shape((1, input.len()), input).map_err(|error| error.to_string())?;
        let logits = self.ann.predict(view).map_err(|error| error.to_string())?;
        Ok((0..logits.ncols()).fold(0, |best, k| if logits[[0, k]] > logits[[0, best]] { k } else { best }) as u8)
    }
}

/// The input spikes of an image, and what they say by themselves.
#[derive(Default)]
struct Train {
    /// Up to each number of steps.
    blocks: Vec<Vec<SpikeBlock>>,
    /// The empirical intensities after each.
    rates: Vec<Vec<f32>>,
    /// The number of input spikes until then.
    spikes: Vec<u64>,
}

/// Runs one network on one image, up to its last checkpoint.
fn follow(simulation: &mut Simulation<&Network>, run: &Run, steps: &[usize], train: &Train, label: u8) -> Vec<Hit> {
    let mut hits = Vec::with_capacity(run.checkpoints.len());
    let last = run.checkpoints.last().map_or(0, |&checkpoint| checkpoint + 1);
    for (checkpoint, blocks) in train.blocks.iter().enumerate().take(last.min(steps.len())) {
        for block in blocks {
            simulation.advance(block);
            simulation.decide(|_| ());
        }
        if run.checkpoints.contains(&checkpoint) {
            hits.push(Hit {
                correct: simulation.decision().prediction() == usize::from(label),
                spikes: simulation.spikes_after_input(),
                operations: simulation.synaptic_operations(),
            });
        }
    }
    hits
}
