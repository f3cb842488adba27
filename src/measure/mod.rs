//! Numbers: accuracy by step, spikes and synaptic operations, the input limit, paired differences.

mod evaluation;
mod statistics;

#[cfg(target_arch = "wasm32")]
pub(crate) use evaluation::check_networks;
pub use evaluation::{Accuracy, Evaluation, NetworkResult, Report};
pub use statistics::{Estimate, PairedDifference};
