//! Calibration: unlabelled training inputs, run through the trained network once.

use ndarray::{Array2, ArrayView1, Axis};

use super::plan::{self, Unit, Wire};
use crate::ann::{Forward, Network, Source};
use crate::error::{Error, Result, all_intensities, fits};

/// The most that is kept of activations, in bytes.
const MOST_BYTES: u64 = 1 << 30;

/// Calibration inputs and the activations they cause. About 100 inputs suffice; they come from the training set, never
/// from test images.
#[derive(Clone, Debug)]
pub struct Calibration {
    inputs: Array2<f32>,
    units: Vec<Unit>,
    /// `[n, neurons]` for every unit.
    activations: Vec<Array2<f32>>,
    /// The mean of every value of the layers that a unit reads; the input first.
    means: Vec<Vec<f64>>,
}

impl Calibration {
    /// Runs `inputs` (`[n, inputs]`, intensities from 0 to 1) through `ann`.
    ///
    /// # Errors
    /// `unsupported-layer` for a layer that has no spiking form; `shape-mismatch` where there is no input or its length
    /// is wrong; `too-large` where there are more activations than fit into memory; `invalid-input` for one outside
    /// 0..1.
    pub fn new(ann: &Network, inputs: Array2<f32>) -> Result<Self> {
        if inputs.nrows() == 0 {
            return Err(Error::shape("calibration", "at least one input (about 100 suffice)", "none"));
        }
        let inputs = inputs.as_standard_layout().into_owned();
        all_intensities("calibration", inputs.as_slice().unwrap_or_default())?;
        let units = plan::units(ann)?;
        let neurons: usize = units.iter().map(|unit| unit.shape.size()).sum();
        let each = 4 * neurons as u64;
        let what = format!("the activations of {neurons} neurons for {} calibration inputs", inputs.nrows());
        let advice = format!("calibrate with at most {} inputs", MOST_BYTES / each.max(1));
        fits(what, each.saturating_mul(inputs.nrows() as u64), MOST_BYTES, advice)?;
        let mut activations: Vec<Array2<f32>> =
            units.iter().map(|unit| Array2::zeros((inputs.nrows(), unit.shape.size()))).collect();
        let mut means = vec![Vec::new(); ann.nodes().len() + 1];
        for link in units.iter().flat_map(|unit| &unit.links) {
            let source = link.wire.values.0;
            means[slot(source)] = vec![0.0; ann.shape(source).size()];
        }
        let mut forward = Forward::new(ann);
        for (row, input) in inputs.axis_iter(Axis(0)).enumerate() {
            let input = input.to_slice().unwrap_or_default();
            forward.run(input)?;
            for (unit, activations) in units.iter().zip(&mut activations) {
                activations.row_mut(row).assign(&ArrayView1::from(forward.values(unit.node)));
            }
            for (slot, sums) in means.iter_mut().enumerate().filter(|(_, sums)| !sums.is_empty()) {
                let values = if slot == 0 { input } else { forward.values(slot - 1) };
                sums.iter_mut().zip(values).for_each(|(sum, &value)| *sum += f64::from(value));
            }
        }
        means.iter_mut().flatten().for_each(|mean| *mean /= inputs.nrows() as f64);
        Ok(Self { inputs, units, activations, means })
    }

    /// The inputs, `[n, inputs]`.
    #[must_use]
    pub fn inputs(&self) -> &Array2<f32> {
        &self.inputs
    }

    /// The layers of neurons that the network will have.
    pub(super) fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The activations of unit `unit`, `[n, neurons]`.
    pub(super) fn activations(&self, unit: usize) -> &Array2<f32> {
        &self.activations[unit]
    }

    /// The mean of every value that a wire carries, channel-first.
    pub(super) fn means(&self, wire: &Wire) -> &[f64] {
        let (source, first) = wire.values;
        &self.means[slot(source)][first..first + wire.shape.size()]
    }

    /// Refuses a network of other shapes than the one that was calibrated.
    pub(super) fn check(&self, ann: &Network) -> Result<()> {
        let shapes = |units: &[Unit]| units.iter().map(|unit| (unit.node, unit.shape)).collect::<Vec<_>>();
        let (own, other) = (shapes(&self.units), shapes(&plan::units(ann)?));
        if own == other && self.inputs.ncols() == ann.inputs() {
            return Ok(());
        }
        Err(Error::shape("calibration", format!("been made with this network ({other:?})"), format!("{own:?}")))
    }
}

fn slot(source: Source) -> usize {
    match source {
        Source::Input => 0,
        Source::Layer(index) => index + 1,
    }
}
