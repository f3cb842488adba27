//! Spiking networks: Poisson encoder, integrate-and-fire neurons, event-driven engine, recordings.
//!
//! Nothing here depends on how thresholds were chosen. Every neuron's threshold is 1: the thresholds in ANN units are
//! folded into the weights, and kept only to turn counts and potentials back into ANN units.
//!
//! # Determinism
//! Each neuron's sums run in a fixed order, in `f32` and without fused multiply-add: potential, then bias, then,
//! connection by connection, the spikes of the step in ascending order of presynaptic index (row, column, channel in an
//! image), and then, in the same order, those that signed neurons take back. A convolution may instead take spikes
//! behind a pool row by row and column by column of the pooled image, and those of an input image with several channels
//! in the input's order, channel by channel. The same seed and input give bit-identical spikes natively and in
//! WebAssembly, for every block size.
//!
//! In fixed point ([`Precision::Fixed`]), the same sums run in the same order in 16-bit integers. The order matters
//! there as well, since sums saturate at the ends of the range.

mod connection;
mod conv;
mod decision;
mod dense;
mod element;
mod encoder;
mod layer;
mod network;
mod neuron;
mod pool;
mod recording;
mod registers;
mod run;
mod signed;
mod simulation;
mod spikes;
mod state;
mod synapses;
mod tiled;
mod tiles;
pub(crate) mod whole;

pub use connection::Connection;
pub use conv::ConvSynapses;
pub use decision::Decision;
pub use dense::DenseSynapses;
pub use encoder::{MAX_SEED, PoissonEncoder, random_seed};
pub(crate) use encoder::{MIN_INPUT_RATE, check_rate};
pub(crate) use layer::Spikes;
pub use network::{Coding, Layer, Network, Precision, Readout, Reset};
pub use neuron::{Margin, Neuron};
pub(crate) use neuron::{check_floor, check_initial_potential, check_margin};
pub(crate) use pool::channel_first;
pub use pool::{Pool, PoolKind};
pub(crate) use recording::MOST_BYTES;
pub use recording::{LayerPotentials, LayerSpikes, Recorder};
pub(crate) use run::MAX_STEPS;
#[cfg(target_arch = "wasm32")]
pub(crate) use run::check_length;
pub use run::{CheckedRun, Recording, RunOptions, RunResult, Runner, run};
pub use simulation::{DEFAULT_BLOCK, Simulation};
pub(crate) use simulation::{block_for, block_of};
pub use spikes::SpikeBlock;
pub use synapses::{PointwiseSynapses, Synapses, as_matrix};
