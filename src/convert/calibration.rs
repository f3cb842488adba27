//! Calibration: unlabelled training inputs, run through the trained network once.

use std::ops::Deref;

use ndarray::{Array2, ArrayView1};

use super::plan::{self, Unit};
use super::wire::Wire;
use crate::ann::{Forward, Network, Source, pooled};
use crate::error::{Error, Result, all_intensities, fits};

/// The most that is kept of activations, in bytes.
const MOST_BYTES: u64 = 1 << 30;

/// About as many inputs as suffice.
const ENOUGH: usize = 100;

/// Calibration inputs and the activations they cause. About 100 inputs are enough. They must come from the training
/// set, never from test images.
#[derive(Clone, Debug)]
pub struct Calibration {
    inputs: Array2<f32>,
    units: Vec<Unit>,
    /// `[n, neurons]` for every unit.
    activations: Vec<Array2<f32>>,
    /// The mean of every value of the layers that a unit reads; the input first.
    means: Vec<Vec<f64>>,
    /// The means of their squares.
    squares: Vec<Vec<f64>>,
}

impl Calibration {
    /// Runs `inputs` (`[n, inputs]`, intensities from 0 to 1) through `ann`.
    ///
    /// # Errors
    /// As [`Calibrating::new`].
    pub fn new(ann: &Network, inputs: Array2<f32>) -> Result<Self> {
        Ok(Calibrating::new(ann, inputs)?.finish())
    }

    /// The inputs, `[n, inputs]`.
    #[must_use]
    pub fn inputs(&self) -> &Array2<f32> {
        &self.inputs
    }

    /// How many inputs, from the first one on, are enough where each of them passes a network or is searched.
    pub(super) fn first_inputs(&self) -> usize {
        self.inputs.nrows().min(ENOUGH)
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
        of_wire(&self.means, wire)
    }

    /// The mean of the square of every value that a wire carries.
    pub(super) fn squares(&self, wire: &Wire) -> &[f64] {
        of_wire(&self.squares, wire)
    }

    /// What a wire carries, behind its pools, for one input.
    pub(super) fn seen(&self, wire: &Wire, row: usize) -> Vec<f32> {
        let own = if wire.source == 0 { &self.inputs } else { &self.activations[wire.source - 1] };
        let (mut values, mut shape) = (own.row(row).to_vec(), wire.from);
        for pool in &wire.pools {
            (values, shape) = pooled(&pool.layer(), &values, shape);
        }
        values
    }

    /// Refuses a network of other shapes than the one that was calibrated, and one that has other activations for the first
    /// input.
    pub(super) fn check(&self, ann: &Network) -> Result<()> {
        let shapes = |units: &[Unit]| units.iter().map(|unit| (unit.node, unit.shape)).collect::<Vec<_>>();
        let (own, other) = (shapes(&self.units), shapes(&plan::units(ann)?));
        if own != other || self.inputs.ncols() != ann.inputs() {
            return Err(Error::shape(
                "calibration",
                format!("been made with this network ({other:?})"),
                format!("{own:?}"),
            ));
        }
        let mut forward = Forward::new(ann);
        forward.run(&self.inputs.row(0).to_vec())?;
        for (unit, known) in self.units.iter().zip(&self.activations) {
            let mut values = known.row(0).into_iter().zip(forward.values(unit.node));
            // Overflow, which is not finite less itself, is none of a calibration's doing.
            if values.any(|(known, now)| (known - now).abs() > 0.0) {
                let received = format!("one whose first input had other activations in layer `{}`", unit.name);
                return Err(Error::option("calibration", received, "one made with this network, with these weights"));
            }
        }
        Ok(())
    }
}

/// A calibration that runs piece by piece, so that its caller may stop it, show progress or do something else in
/// between. The network may be borrowed or shared.
#[derive(Clone, Debug)]
pub struct Calibrating<N> {
    forward: Forward<N>,
    calibration: Calibration,
    /// The input at hand.
    row: usize,
    /// The layer that comes next.
    layer: usize,
}

impl<N: Deref<Target = Network>> Calibrating<N> {
    /// Prepares to run `inputs` (`[n, inputs]`, intensities from 0 to 1) through `ann`.
    ///
    /// # Errors
    /// `unsupported-layer` for a layer that has no spiking form; `shape-mismatch` if there is no input or its length is
    /// wrong; `too-large` if there are more activations than allowed; `invalid-input` for an intensity outside 0..1.
    pub fn new(ann: N, inputs: Array2<f32>) -> Result<Self> {
        if inputs.nrows() == 0 {
            return Err(Error::shape("calibration", "at least one input (about 100 suffice)", "none"));
        }
        ann.check_width("calibration", inputs.ncols())?;
        let inputs = inputs.as_standard_layout().into_owned();
        all_intensities("calibration", inputs.as_slice().unwrap_or_default())?;
        let units = plan::units(&ann)?;
        let neurons: usize = units.iter().map(|unit| unit.shape.size()).sum();
        let each = 4 * neurons as u64;
        let what = format!("the activations of {neurons} neurons for {} calibration inputs", inputs.nrows());
        let advice = format!("calibrate with at most {} inputs", MOST_BYTES / each.max(1));
        fits(what, each.saturating_mul(inputs.nrows() as u64), MOST_BYTES, advice)?;
        let activations = units.iter().map(|unit| Array2::zeros((inputs.nrows(), unit.shape.size()))).collect();
        let mut means = vec![Vec::new(); ann.nodes().len() + 1];
        for link in units.iter().flat_map(|unit| &unit.links) {
            let source = link.wire.values.0;
            means[slot(source)] = vec![0.0; ann.shape(source).size()];
        }
        let squares = means.clone();
        let calibration = Calibration { inputs, units, activations, means, squares };
        Ok(Self { forward: Forward::new(ann), calibration, row: 0, layer: 0 })
    }

    /// The number of inputs done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.row
    }

    /// The number of inputs.
    #[must_use]
    pub fn total(&self) -> usize {
        self.calibration.inputs.nrows()
    }

    /// What is known so far: the inputs and the shapes, but not all activations.
    #[cfg(target_family = "wasm")]
    pub(crate) fn so_far(&self) -> &Calibration {
        &self.calibration
    }

    /// Runs one layer on one input; `false` if nothing is left to do.
    pub fn advance(&mut self) -> bool {
        if self.row == self.total() {
            return false;
        }
        let Self { forward, calibration, row, layer } = self;
        let Calibration { inputs, units, activations, means, squares } = calibration;
        let input = inputs.row(*row).to_slice().unwrap_or_default();
        forward.run_layer(*layer, input);
        *layer += 1;
        if *layer < forward.network().nodes().len() {
            return true;
        }
        for (unit, activations) in units.iter().zip(activations) {
            activations.row_mut(*row).assign(&ArrayView1::from(forward.values(unit.node)));
        }
        for (slot, (sums, squares)) in
            means.iter_mut().zip(squares).enumerate().filter(|(_, (sums, _))| !sums.is_empty())
        {
            let values = if slot == 0 { input } else { forward.values(slot - 1) };
            for ((sum, square), &value) in sums.iter_mut().zip(squares).zip(values) {
                *sum += f64::from(value);
                *square += f64::from(value).powi(2);
            }
        }
        (*row, *layer) = (*row + 1, 0);
        true
    }

    /// Runs everything that is left.
    #[must_use]
    pub fn finish(mut self) -> Calibration {
        while self.advance() {}
        let inputs = self.total() as f64;
        let Calibration { means, squares, .. } = &mut self.calibration;
        means.iter_mut().chain(squares).flatten().for_each(|mean| *mean /= inputs);
        self.calibration
    }
}

/// What is known of every value that a wire carries, channel-first.
fn of_wire<'a>(known: &'a [Vec<f64>], wire: &Wire) -> &'a [f64] {
    let (source, first) = wire.values;
    &known[slot(source)][first..first + wire.shape.size()]
}

fn slot(source: Source) -> usize {
    match source {
        Source::Input => 0,
        Source::Layer(index) => index + 1,
    }
}
