//! Fully connected layers.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::Activation;
use crate::error::{Error, Result, all_finite};

/// A fully connected layer, `activation(W x + b)`.
#[derive(Clone, Debug)]
pub struct Dense {
    /// `[inputs, outputs]`: the weights that leave one input are contiguous.
    by_input: Array2<f32>,
    bias: Option<Array1<f32>>,
    activation: Activation,
}

impl Dense {
    /// Builds a layer from weights `[outputs, inputs]` (in the order of PyTorch) and a bias `[outputs]`.
    ///
    /// # Errors
    /// `shape-mismatch` for a dimension of 0 or a bias of the wrong length; `invalid-input` for a weight or bias that
    /// is not finite.
    pub fn new(weights: Array2<f32>, bias: Option<Array1<f32>>, activation: Activation) -> Result<Self> {
        let (outputs, inputs) = weights.dim();
        if outputs == 0 || inputs == 0 {
            let received = format!("{outputs} x {inputs}");
            return Err(Error::shape("dense weights", "at least one output and one input", received));
        }
        if let Some(bias) = &bias {
            if bias.len() != outputs {
                return Err(Error::shape("dense bias", format!("{outputs} values, one per output"), bias.len()));
            }
            all_finite("dense bias", &bias.to_vec())?;
        }
        let weights = weights.as_standard_layout();
        all_finite("dense weights", weights.as_slice().unwrap_or_default())?;
        let by_input = weights.t().as_standard_layout().into_owned();
        Ok(Self { by_input, bias, activation })
    }

    /// The weights `[outputs, inputs]`.
    #[must_use]
    pub fn weights(&self) -> ArrayView2<'_, f32> {
        self.by_input.t()
    }

    /// The weights `[inputs, outputs]`, in standard layout.
    #[must_use]
    pub fn weights_by_input(&self) -> ArrayView2<'_, f32> {
        self.by_input.view()
    }

    /// The bias `[outputs]`, if there is one.
    #[must_use]
    pub fn bias(&self) -> Option<ArrayView1<'_, f32>> {
        self.bias.as_ref().map(|bias| bias.view())
    }

    /// The activation.
    #[must_use]
    pub fn activation(&self) -> Activation {
        self.activation
    }

    pub(super) fn with_activation(mut self, activation: Activation) -> Self {
        self.activation = activation;
        self
    }

    /// The number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.by_input.nrows()
    }

    /// The number of outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.by_input.ncols()
    }
}
