//! What a part of the study gives: hits image by image, so that differences can be paired later; spikes and operations
//! as sums.

use serde::Serialize;

use crate::job::Job;
use crate::present::Run;

/// What one network did on one image up to a checkpoint.
pub struct Hit {
    pub correct: bool,
    pub spikes: u64,
    pub operations: u64,
}

/// The results of some images.
pub struct Share {
    pub ann: Vec<bool>,
    /// Per number of steps.
    pub limit: Vec<Vec<bool>>,
    /// Per image and number of steps.
    pub input_spikes: Vec<Vec<u64>>,
    /// Per run, image and checkpoint.
    pub runs: Vec<Vec<Vec<Hit>>>,
}

impl Share {
    pub fn new(job: &Job, runs: usize) -> Self {
        Self {
            ann: Vec::new(),
            limit: job.steps.iter().map(|_| Vec::new()).collect(),
            input_spikes: Vec::new(),
            runs: (0..runs).map(|_| Vec::new()).collect(),
        }
    }
}

/// The results of a job.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// One digit per image: 1 where the trained network is right.
    ann: String,
    /// The same for the input limit, per number of steps.
    limit: Vec<String>,
    /// The sum over images, per number of steps.
    input_spikes: Vec<u64>,
    /// One for each method and number of steps.
    cells: Vec<Cell>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cell {
    method: String,
    steps: usize,
    /// One digit per image: 1 where it is right.
    hits: String,
    spikes: Sums,
    operations: Sums,
}

/// The sum over images of a number, and of its square.
#[derive(Default, Serialize)]
struct Sums {
    sum: f64,
    squares: f64,
}

impl Sums {
    fn of(values: impl Iterator<Item = u64>) -> Self {
        values.map(|value| value as f64).fold(Self::default(), |sums, value| Self {
            sum: sums.sum + value,
            squares: sums.squares + value * value,
        })
    }
}

impl Outcome {
    /// Puts the shares, in their order, together.
    pub fn join(job: &Job, runs: &[Run], shares: Vec<Share>) -> Self {
        let digits = |hits: &mut dyn Iterator<Item = bool>| hits.map(|hit| if hit { '1' } else { '0' }).collect();
        let mut cells = Vec::new();
        for (index, run) in runs.iter().enumerate() {
            for (place, &checkpoint) in run.checkpoints.iter().enumerate() {
                let hits = || shares.iter().flat_map(|share| &share.runs[index]).map(|image| &image[place]);
                cells.push(Cell {
                    method: job.methods[run.method].name.clone(),
                    steps: job.steps[checkpoint],
                    hits: digits(&mut hits().map(|hit| hit.correct)),
                    spikes: Sums::of(hits().map(|hit| hit.spikes)),
                    operations: Sums::of(hits().map(|hit| hit.operations)),
                });
            }
        }
        let per_steps = 0..job.steps.len();
        Self {
            ann: digits(&mut shares.iter().flat_map(|share| share.ann.iter().copied())),
            limit: per_steps
                .clone()
                .map(|k| digits(&mut shares.iter().flat_map(|share| share.limit[k].iter().copied())))
                .collect(),
            input_spikes: per_steps
                .map(|k| shares.iter().flat_map(|share| &share.input_spikes).map(|image| image[k]).sum())
                .collect(),
            cells,
        }
    }
}
