//! The result of an evaluation.

use serde::Serialize;

use super::PairedDifference;

/// The result of an evaluation.
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
    /// The accuracy of the trained network.
    pub ann: Accuracy,
    /// The accuracy of the trained network on the empirical rates of the input spikes. It is a reference, not an upper
    /// bound: with few steps, thresholds that keep noise out may exceed it.
    pub input_limit: Accuracy,
    /// The spiking networks, in the order they were given.
    pub networks: Vec<NetworkResult>,
    /// Input spikes per image.
    pub input_spikes_per_image: f64,
    /// Every network after the first compared with the first, then every network compared with the input limit.
    pub paired_differences: Vec<PairedDifference>,
}

/// The fraction of images classified correctly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Accuracy {
    /// From 0 to 1.
    pub accuracy: f64,
    /// Its standard error over the images.
    pub standard_error: f64,
}

/// The result of one spiking network.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NetworkResult {
    /// The network's name.
    pub name: String,
    /// The fraction of images classified correctly after all steps, from 0 to 1.
    pub accuracy: f64,
    /// Its standard error over the images.
    pub standard_error: f64,
    /// The same after each step.
    pub accuracy_by_step: Vec<f64>,
    /// Spikes per image of all neurons after the input.
    pub spikes_per_image: f64,
    /// Its standard error over the images.
    pub spikes_standard_error: f64,
    /// Synaptic operations per image: every spike times its fan-out, including input spikes.
    pub synaptic_operations_per_image: f64,
    /// Its standard error over the images.
    pub synaptic_operations_standard_error: f64,
    /// The class predicted for each image.
    pub predictions: Vec<u32>,
}
