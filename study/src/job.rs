//! What a part of the study is to run.

use std::fs;
use std::path::PathBuf;

use quartic_snn::convert::ConvertOptions;
use serde::Deserialize;

use crate::variant::Variant;

/// Many conversions of one network, on the same images and the same input spikes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Job {
    /// The trained network, a safetensors file.
    pub model: PathBuf,
    /// What is made of it first.
    pub variant: Option<Variant>,
    /// Calibration inputs: one byte per pixel, 255 for intensity 1.
    pub calibration: PathBuf,
    /// The images, told the same way, and one byte per label.
    pub pixels: PathBuf,
    pub labels: PathBuf,
    /// Which images are shown with which seed.
    pub parts: Vec<Part>,
    /// The numbers of steps after which results are taken, ascending.
    pub steps: Vec<usize>,
    /// The conversions.
    pub methods: Vec<Method>,
}

/// Some images, and the seed that they are shown with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Part {
    pub seed: u64,
    /// The first image and how many.
    pub first: usize,
    pub images: usize,
}

/// One way to convert, with a name.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Method {
    pub name: String,
    pub options: ConvertOptions,
    /// Whether the conversion prepares for a number of steps. Then there is a network for each, otherwise one for all.
    pub per_steps: bool,
}

impl Job {
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("the job is not as it should be: {error}"))
    }
}

/// The bytes of a file.
pub fn bytes(path: &PathBuf) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Intensities from bytes.
pub fn intensities(bytes: &[u8]) -> Vec<f32> {
    bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect()
}
