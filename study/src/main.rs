//! One part of the study: reads a job as JSON from standard input, writes its outcome as JSON to standard output and its
//! progress, one line per share of the images, to standard error.
//!
//! Every network of a job reads the same input spikes: image `i` is encoded once, with stream `i` of the job's seed, over
//! the longest run; a run of fewer steps is the beginning of it.

mod job;
mod outcome;
mod present;
mod variant;

use std::io::Read;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

/// The images that one core takes at a time; every network runs through all of them before the next one does.
const SHARE: usize = 20;

fn main() -> ExitCode {
    match run() {
        Ok(outcome) => {
            println!("{outcome}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| error.to_string())?;
    let job = job::Job::read(&text)?;
    let setting = present::Setting::prepare(&job)?;
    let done = AtomicUsize::new(0);
    let outcome = |part: &job::Part| {
        let images: Vec<usize> = (part.first..part.first + part.images).collect();
        let present = |images: &[usize]| {
            let share = setting.present(&job, part.seed, images)?;
            let done = done.fetch_add(images.len(), Ordering::Relaxed) + images.len();
            eprintln!("done {done}");
            Ok(share)
        };
        let shares: Result<Vec<outcome::Share>, String> = images.par_chunks(SHARE).map(present).collect();
        Ok(outcome::Outcome::join(&job, setting.runs(), shares?))
    };
    let outcomes: Result<Vec<outcome::Outcome>, String> = job.parts.iter().map(outcome).collect();
    serde_json::to_string(&outcomes?).map_err(|error| error.to_string())
}
