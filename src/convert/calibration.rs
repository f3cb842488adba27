//! Calibration: unlabelled training inputs, run through the trained network once.

use ndarray::{Array2, Axis};

use crate::ann;
use crate::error::{Error, Result, all_intensities};

/// Calibration inputs and the activations they cause. About 100 inputs suffice; they come from the training set, never
/// from test images.
#[derive(Clone, Debug)]
pub struct Calibration {
    inputs: Array2<f32>,
    /// `[n, neurons]` for every layer.
    activations: Vec<Array2<f32>>,
    /// The mean activation of every neuron that a layer reads; index 0 is the input.
    means: Vec<Vec<f64>>,
}

impl Calibration {
    /// Runs `inputs` (`[n, inputs]`, intensities from 0 to 1) through `ann`.
    ///
    /// # Errors
    /// `shape-mismatch` where there is no input or its length is wrong; `invalid-input` for one outside 0..1.
    pub fn new(ann: &ann::Network, inputs: Array2<f32>) -> Result<Self> {
        if inputs.nrows() == 0 {
            return Err(Error::shape("calibration", "at least one input (about 100 suffice)", "none"));
        }
        let inputs = inputs.as_standard_layout().into_owned();
        all_intensities("calibration", inputs.as_slice().unwrap_or_default())?;
        let activations = ann.activations(inputs.view())?;
        let means = std::iter::once(&inputs).chain(&activations[..activations.len() - 1]).map(means).collect();
        Ok(Self { inputs, activations, means })
    }

    /// The inputs, `[n, inputs]`.
    #[must_use]
    pub fn inputs(&self) -> &Array2<f32> {
        &self.inputs
    }

    /// The activations of layer `layer`, `[n, neurons]`.
    pub(super) fn activations(&self, layer: usize) -> &Array2<f32> {
        &self.activations[layer]
    }

    /// The mean of everything that layer `layer` reads.
    pub(super) fn mean(&self, layer: usize) -> &[f64] {
        &self.means[layer]
    }

    /// Refuses a network of other shapes than the one that was calibrated.
    pub(super) fn check(&self, ann: &ann::Network) -> Result<()> {
        let widths = |network: &ann::Network| network.layers().iter().map(ann::Layer::outputs).collect::<Vec<_>>();
        let own: Vec<usize> = self.activations.iter().map(Array2::ncols).collect();
        if own == widths(ann) && self.inputs.ncols() == ann.inputs() {
            return Ok(());
        }
        Err(Error::shape("calibration", format!("been made with this network ({:?})", widths(ann)), format!("{own:?}")))
    }
}

fn means(values: &Array2<f32>) -> Vec<f64> {
    let mut sums = vec![0.0; values.ncols()];
    for row in values.axis_iter(Axis(0)) {
        sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    sums.iter().map(|sum| sum / values.nrows() as f64).collect()
}
