//! The forward pass.
//!
//! Sums run in a fixed order (bias, then ascending input) in `f64` and are rounded once, so that the result is the
//! same to the last bit natively and in WebAssembly. A general matrix product would use fused kernels on some
//! machines and thresholds would differ in their last digits.

use ndarray::{Array2, ArrayView2, Axis};

use super::{Dense, Layer, Network};
use crate::error::{Error, Result, all_finite};

impl Network {
    /// The outputs `[n, outputs]` for inputs `[n, inputs]`.
    ///
    /// # Errors
    /// `shape-mismatch` where the inputs are of another length, `invalid-input` where one is not finite.
    pub fn predict(&self, inputs: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        self.check_inputs("inputs", inputs)?;
        let mut activations = self.layers()[0].forward(inputs);
        for layer in &self.layers()[1..] {
            activations = layer.forward(activations.view());
        }
        Ok(activations)
    }

    /// The activations `[n, neurons]` of every layer for inputs `[n, inputs]`.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn activations(&self, inputs: ArrayView2<'_, f32>) -> Result<Vec<Array2<f32>>> {
        self.check_inputs("inputs", inputs)?;
        let mut all: Vec<Array2<f32>> = Vec::with_capacity(self.layers().len());
        for layer in self.layers() {
            let next = layer.forward(all.last().map_or(inputs, |before| before.view()));
            all.push(next);
        }
        Ok(all)
    }

    fn check_inputs(&self, what: &str, inputs: ArrayView2<'_, f32>) -> Result<()> {
        if inputs.ncols() != self.inputs() {
            return Err(Error::shape(what, format!("{} values each", self.inputs()), inputs.ncols()));
        }
        inputs.rows().into_iter().try_for_each(|row| match row.as_slice() {
            Some(row) => all_finite(what, row),
            None => all_finite(what, &row.to_vec()),
        })
    }
}

impl Layer {
    /// The activations `[n, outputs]` for inputs `[n, inputs]`, which must fit.
    pub(crate) fn forward(&self, inputs: ArrayView2<'_, f32>) -> Array2<f32> {
        let Self::Dense(dense) = self;
        dense.forward(inputs)
    }
}

impl Dense {
    fn forward(&self, inputs: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut outputs = Array2::zeros((inputs.nrows(), self.outputs()));
        let mut sums = vec![0.0_f64; self.outputs()];
        for (input, mut output) in inputs.axis_iter(Axis(0)).zip(outputs.axis_iter_mut(Axis(0))) {
            match self.bias() {
                Some(bias) => sums.iter_mut().zip(bias).for_each(|(sum, &b)| *sum = f64::from(b)),
                None => sums.fill(0.0),
            }
            for (&x, weights) in input.iter().zip(self.weights_by_input().rows()) {
                if x != 0.0 {
                    add_scaled(&mut sums, f64::from(x), weights.to_slice().unwrap_or_default());
                }
            }
            for (out, &sum) in output.iter_mut().zip(&sums) {
                *out = self.activation().apply(sum as f32);
            }
        }
        outputs
    }
}

/// `sums += x * weights`, element by element.
fn add_scaled(sums: &mut [f64], x: f64, weights: &[f32]) {
    for (sum, &weight) in sums.iter_mut().zip(weights) {
        *sum += x * f64::from(weight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::Activation;
    use ndarray::array;

    #[test]
    fn a_dense_layer_computes_its_formula() {
        let layer = Dense::new(array![[1.0, -2.0], [3.0, 4.0]], Some(array![0.5, -20.0]), Activation::Relu).unwrap();
        let out = layer.forward(array![[1.0, 0.25], [0.0, 0.0]].view());
        assert_eq!(out, array![[1.0, 0.0], [0.5, 0.0]]);
    }

    #[test]
    fn a_linear_layer_keeps_negative_sums() {
        let layer = Dense::new(array![[1.0, -2.0]], None, Activation::Linear).unwrap();
        assert_eq!(layer.forward(array![[0.0, 1.0]].view()), array![[-2.0]]);
    }

    #[test]
    fn inputs_of_another_length_are_refused() {
        let layer = Layer::Dense(Dense::new(array![[1.0, -2.0]], None, Activation::Linear).unwrap());
        let network = Network::new(vec![2], vec![layer]).unwrap();
        assert_eq!(network.predict(array![[1.0]].view()).unwrap_err().code(), "shape-mismatch");
        assert_eq!(network.predict(array![[1.0, f32::NAN]].view()).unwrap_err().code(), "invalid-input");
    }
}
