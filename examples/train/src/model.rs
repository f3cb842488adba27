//! The network while it is trained: layers of candle variables, their forward pass and their accuracy.

use anyhow::Result;
use candle_core::{D, DType, Device, Tensor, Var};
use rand::{Rng, RngExt};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::augment::plain;
use crate::data::{Digits, PIXELS};
use crate::recipe::{Activation, LayerPlan, Recipe};

/// A layer with its weights.
#[derive(Clone, Debug)]
pub(crate) enum Layer {
    /// `weight` is [outputs, inputs].
    Dense { weight: Var, bias: Option<Var>, activation: Activation },
}

#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) layers: Vec<Layer>,
}

/// What is dropped at random in a training pass.
pub(crate) struct Dropout<'a> {
    pub(crate) input: f32,
    pub(crate) hidden: f32,
    pub(crate) rng: &'a mut Xoshiro256PlusPlus,
}

impl Model {
    /// A network with random weights: uniform, with the variance 2 / inputs that suits rectified units (He et al. 2015).
    pub(crate) fn random(recipe: &Recipe, rng: &mut impl Rng) -> Result<Model> {
        let mut inputs: usize = recipe.input_shape.iter().product();
        let mut layers = Vec::new();
        for &LayerPlan::Dense { outputs, bias, activation } in recipe.layers {
            let limit = (6.0 / inputs as f32).sqrt();
            let weight = (0..outputs * inputs).map(|_| limit * (2.0 * rng.random::<f32>() - 1.0)).collect();
            let weight = Var::from_vec(weight, (outputs, inputs), &Device::Cpu)?;
            let bias = if bias { Some(Var::zeros(outputs, DType::F32, &Device::Cpu)?) } else { None };
            layers.push(Layer::Dense { weight, bias, activation });
            inputs = outputs;
        }
        Ok(Model { layers })
    }

    /// All weights and biases, in the order of the layers.
    pub(crate) fn variables(&self) -> Vec<Var> {
        let layer = |Layer::Dense { weight, bias, .. }: &Layer| std::iter::once(weight.clone()).chain(bias.clone());
        self.layers.iter().flat_map(layer).collect()
    }

    /// Number of weights and biases.
    pub(crate) fn parameters(&self) -> usize {
        self.variables().iter().map(|variable| variable.elem_count()).sum()
    }

    /// Outputs [n, classes] for inputs [n, pixels].
    pub(crate) fn forward(&self, inputs: &Tensor, mut dropout: Option<Dropout>) -> Result<Tensor> {
        let mut values = match &mut dropout {
            Some(dropout) => drop_some(inputs.clone(), dropout.input, dropout.rng)?,
            None => inputs.clone(),
        };
        for Layer::Dense { weight, bias, activation } in &self.layers {
            values = values.matmul(&weight.t()?)?;
            if let Some(bias) = bias {
                values = values.broadcast_add(bias)?;
            }
            if *activation == Activation::Relu {
                values = values.relu()?;
                if let Some(dropout) = &mut dropout {
                    values = drop_some(values, dropout.hidden, dropout.rng)?;
                }
            }
        }
        Ok(values)
    }

    /// Number of digits that the network names rightly.
    pub(crate) fn count_right(&self, digits: &Digits) -> Result<usize> {
        const BATCH: usize = 1000;
        let mut right = 0;
        for start in (0..digits.len()).step_by(BATCH) {
            let end = (start + BATCH).min(digits.len());
            let mut pixels = vec![0.0; (end - start) * PIXELS];
            for (index, out) in (start..end).zip(pixels.chunks_exact_mut(PIXELS)) {
                plain(digits.image(index), out);
            }
            let inputs = Tensor::from_vec(pixels, (end - start, PIXELS), &Device::Cpu)?;
            let decided = self.forward(&inputs, None)?.argmax(D::Minus1)?.to_vec1::<u32>()?;
            right += decided.iter().zip(&digits.labels()[start..end]).filter(|&(&d, &l)| d == u32::from(l)).count();
        }
        Ok(right)
    }
}

/// Sets a random share of `values` to 0 and scales up the rest, so that the mean stays.
fn drop_some(values: Tensor, rate: f32, rng: &mut impl Rng) -> Result<Tensor> {
    if rate == 0.0 {
        return Ok(values);
    }
    // One drawing of 64 bits decides four values, each with 16 bits.
    let limit = (rate * 65536.0) as u16;
    let kept = 65536.0 / (65536.0 - f32::from(limit));
    let mut mask = Vec::with_capacity(values.elem_count() + 3);
    while mask.len() < values.elem_count() {
        let bits = rng.next_u64();
        mask.extend([0, 16, 32, 48].map(|shift| if ((bits >> shift) as u16) < limit { 0.0 } else { kept }));
    }
    mask.truncate(values.elem_count());
    Ok(values.mul(&Tensor::from_vec(mask, values.dims(), &Device::Cpu)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::find;
    use rand::SeedableRng;

    #[test]
    fn dropout_keeps_the_mean_and_drops_its_share() {
        let ones = Tensor::ones((100, 1000), DType::F32, &Device::Cpu).unwrap();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let values = drop_some(ones, 0.25, &mut rng).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let dropped = values.iter().filter(|&&value| value == 0.0).count() as f32 / values.len() as f32;
        assert!((mean - 1.0).abs() < 0.01 && (dropped - 0.25).abs() < 0.01, "mean {mean}, dropped {dropped}");
    }

    #[test]
    fn a_model_has_the_layers_of_its_recipe() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let model = Model::random(find("mnist-mlp").unwrap(), &mut rng).unwrap();
        assert_eq!(model.parameters(), 784 * 512 + 512 * 512 + 512 * 10);
        let inputs = Tensor::ones((3, 784), DType::F32, &Device::Cpu).unwrap();
        assert_eq!(model.forward(&inputs, None).unwrap().dims(), [3, 10]);
    }
}
