//! What an evaluation gives.

use serde::Serialize;

use super::PairedDifference;

/// What an evaluation gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// The number of images.
    pub images: usize,
    /// The number of steps.
    pub steps: usize,
    /// The seed.
    pub seed: u64,
    /// The trained network.
    pub ann: Accuracy,
    /// The trained network on the empirical rates of the input spikes: a mark to judge by, which thresholds that keep noise
    /// out may pass when steps are few.
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
#[non_exhaustive]
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
