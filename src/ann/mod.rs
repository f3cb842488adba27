//! The trained network: layers with their weights, and the forward pass.
//!
//! Nothing here knows of spikes.

mod forward;
mod layer;

pub use layer::{Activation, Dense, Layer};

use crate::error::{Error, Result};

/// A trained feed-forward network.
///
/// ```
/// use ndarray::array;
/// use quartic_snn::ann::{Activation, Dense, Layer, Network};
///
/// let hidden = Dense::new(array![[1.0, -1.0], [0.5, 0.5]], None, Activation::Relu)?;
/// let output = Dense::new(array![[1.0, 2.0]], None, Activation::Linear)?;
/// let network = Network::new(vec![2], vec![Layer::Dense(hidden), Layer::Dense(output)])?;
/// let logits = network.predict(array![[1.0, 0.5]].view())?;
/// assert_eq!(logits, array![[2.0]]);
/// # Ok::<(), quartic_snn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    input_shape: Vec<usize>,
    layers: Vec<Layer>,
}

impl Network {
    /// Puts layers together and checks that their shapes follow on.
    ///
    /// `input_shape` is `[inputs]` or `[channels, height, width]`; inputs are flattened channel-first.
    ///
    /// # Errors
    /// `shape-mismatch` where there is no layer, a dimension is 0, or a layer does not take what the one before it
    /// gives.
    pub fn new(input_shape: Vec<usize>, layers: Vec<Layer>) -> Result<Self> {
        let inputs = input_shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
        let inputs = match inputs {
            Some(inputs) if inputs > 0 && !input_shape.is_empty() => inputs,
            _ => return Err(Error::shape("inputShape", "positive sizes, such as [784]", format!("{input_shape:?}"))),
        };
        if layers.is_empty() {
            return Err(Error::shape("layers", "at least one layer", "none"));
        }
        let mut width = inputs;
        for (index, layer) in layers.iter().enumerate() {
            if layer.inputs() != width {
                return Err(Error::shape(
                    format!("weights of layer {index}"),
                    format!("{width} inputs per output, as many as come in"),
                    layer.inputs(),
                ));
            }
            width = layer.outputs();
        }
        Ok(Self { input_shape, layers })
    }

    /// The shape of one input.
    #[must_use]
    pub fn input_shape(&self) -> &[usize] {
        &self.input_shape
    }

    /// The number of values in one input.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.input_shape.iter().product()
    }

    /// The number of outputs (classes).
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, Layer::outputs)
    }

    /// The layers, first to last.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }
}
