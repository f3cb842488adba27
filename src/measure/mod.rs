//! Measurements: accuracy by step, spikes and synaptic operations, the input limit, paired differences.

mod evaluation;
mod parallel;
mod report;
mod statistics;
mod tally;

pub use evaluation::Evaluation;
#[cfg(target_arch = "wasm32")]
pub(crate) use evaluation::check_networks;
pub use parallel::evaluate;
pub use report::{Accuracy, NetworkResult, Report};
pub use statistics::{Estimate, PairedDifference};
pub use tally::Tallies;
