//! The network while it is trained: layers of candle variables, their forward pass and their accuracy.

use anyhow::{Result, bail};
use candle_core::{D, DType, Device, Tensor, Var};
use rand::{Rng, RngExt};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::augment::plain;
use crate::data::{Images, PIXELS};
use crate::ops::{Statistics, average, largest, normalise, patches};
use crate::recipe::{Activation, LayerPlan, Recipe};

/// What batch normalisation adds to a variance.
pub(crate) const EPSILON: f64 = 1e-5;
/// Share of each batch in the statistics that batch normalisation keeps for use after training.
const MOMENTUM: f64 = 0.1;

/// A layer with its weights.
#[derive(Clone, Debug)]
pub(crate) enum Layer {
    /// `weight` is [outputs, inputs].
    Dense {
        weight: Var,
        bias: Option<Var>,
        activation: Activation,
    },
    /// `weight` is [output channels, input channels, kernel, kernel].
    Conv2d {
        weight: Var,
        bias: Option<Var>,
        padding: usize,
        activation: Activation,
    },
    BatchNorm(BatchNorm),
    AvgPool2d {
        size: usize,
    },
    MaxPool2d {
        size: usize,
    },
    Flatten,
}

/// Batch normalisation, one value of each per channel. Mean and variance are kept from the batches, not trained.
#[derive(Clone, Debug)]
pub(crate) struct BatchNorm {
    pub(crate) scale: Var,
    pub(crate) offset: Var,
    pub(crate) mean: Var,
    pub(crate) variance: Var,
    pub(crate) activation: Activation,
}

#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) input_shape: Vec<usize>,
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
        let mut random = |shape: &[usize]| {
            let inputs: usize = shape[1..].iter().product();
            let limit = (6.0 / inputs as f32).sqrt();
            let values = (0..shape[0] * inputs).map(|_| limit * (2.0 * rng.random::<f32>() - 1.0)).collect();
            Var::from_vec(values, shape, &Device::Cpu)
        };
        let zeros = |count: usize| Var::zeros(count, DType::F32, &Device::Cpu);
        let ones = |count: usize| Var::ones(count, DType::F32, &Device::Cpu);
        let mut layers = Vec::new();
        for (plan, shape) in recipe.layers.iter().zip(recipe.shapes()?) {
            layers.push(match (*plan, shape.as_slice()) {
                (LayerPlan::Dense { outputs, bias, activation }, &[inputs]) => {
                    let bias = bias.then(|| zeros(outputs)).transpose()?;
                    Layer::Dense { weight: random(&[outputs, inputs])?, bias, activation }
                }
                (LayerPlan::Conv2d { channels, kernel, padding, bias, activation }, &[inputs, _, _]) => {
                    let bias = bias.then(|| zeros(channels)).transpose()?;
                    Layer::Conv2d { weight: random(&[channels, inputs, kernel, kernel])?, bias, padding, activation }
                }
                (LayerPlan::BatchNorm { activation }, &[count, ..]) => {
                    let (scale, offset) = (ones(count)?, zeros(count)?);
                    Layer::BatchNorm(BatchNorm {
                        scale,
                        offset,
                        mean: zeros(count)?,
                        variance: ones(count)?,
                        activation,
                    })
                }
                (LayerPlan::AvgPool2d { size }, _) => Layer::AvgPool2d { size },
                (LayerPlan::MaxPool2d { size }, _) => Layer::MaxPool2d { size },
                (LayerPlan::Flatten, _) => Layer::Flatten,
                (plan, shape) => bail!("{plan:?} cannot read values of shape {shape:?}"),
            });
        }
        Ok(Model { input_shape: recipe.input_shape.to_vec(), layers })
    }

    /// All that is trained, in the order of the layers.
    pub(crate) fn variables(&self) -> Vec<Var> {
        let layer = |layer: &Layer| match layer {
            Layer::Dense { weight, bias, .. } | Layer::Conv2d { weight, bias, .. } => {
                std::iter::once(weight.clone()).chain(bias.clone()).collect()
            }
            Layer::BatchNorm(norm) => vec![norm.scale.clone(), norm.offset.clone()],
            Layer::AvgPool2d { .. } | Layer::MaxPool2d { .. } | Layer::Flatten => Vec::new(),
        };
        self.layers.iter().flat_map(layer).collect()
    }

    /// Number of trained values.
    pub(crate) fn parameters(&self) -> usize {
        self.variables().iter().map(|variable| variable.elem_count()).sum()
    }

    /// Outputs [n, classes] for inputs [n, pixels]. With `training`, values are dropped, and batch normalisation goes by
    /// the batch and learns from it.
    pub(crate) fn forward(&self, inputs: &Tensor, mut training: Option<Dropout>) -> Result<Tensor> {
        let mut values = match &mut training {
            Some(dropout) => drop_some(inputs.clone(), dropout.input, dropout.rng)?,
            None => inputs.clone(),
        };
        if let &[channels, height, width] = self.input_shape.as_slice() {
            values = values.reshape(((), channels, height, width))?.permute((0, 2, 3, 1))?;
        }
        for layer in &self.layers {
            values = match layer {
                Layer::Dense { weight, bias, activation } => {
                    let sums = with_bias(values.matmul(&weight.t()?)?, bias.as_ref())?;
                    let hidden = *activation == Activation::Relu;
                    let values = activate(sums, *activation)?;
                    match &mut training {
                        Some(dropout) if hidden => drop_some(values, dropout.hidden, dropout.rng)?,
                        _ => values,
                    }
                }
                Layer::Conv2d { weight, bias, padding, activation } => {
                    activate(with_bias(convolve(&values, weight, *padding)?, bias.as_ref())?, *activation)?
                }
                Layer::BatchNorm(norm) => activate(norm.forward(&values, training.is_some())?, norm.activation)?,
                Layer::AvgPool2d { size } => average(&values, *size)?,
                Layer::MaxPool2d { size } => largest(&values, *size)?,
                Layer::Flatten => values.permute((0, 3, 1, 2))?.flatten_from(1)?,
            };
        }
        Ok(values)
    }

    /// Number of images that the network names rightly.
    pub(crate) fn count_right(&self, images: &Images) -> Result<usize> {
        const BATCH: usize = 250;
        let mut right = 0;
        for start in (0..images.len()).step_by(BATCH) {
            let end = (start + BATCH).min(images.len());
            let mut pixels = vec![0.0; (end - start) * PIXELS];
            for (index, out) in (start..end).zip(pixels.chunks_exact_mut(PIXELS)) {
                plain(images.image(index), out);
            }
            let inputs = Tensor::from_vec(pixels, (end - start, PIXELS), &Device::Cpu)?;
            let decided = self.forward(&inputs, None)?.argmax(D::Minus1)?.to_vec1::<u32>()?;
            right += decided.iter().zip(&images.labels()[start..end]).filter(|&(&d, &l)| d == u32::from(l)).count();
        }
        Ok(right)
    }
}

impl BatchNorm {
    fn forward(&self, values: &Tensor, training: bool) -> Result<Tensor> {
        if training {
            let statistics = Statistics::of(values)?;
            self.learn(&statistics)?;
            return normalise(values, &self.scale, &self.offset, statistics, EPSILON);
        }
        let factor = (self.scale.as_tensor() / (self.variance.as_tensor() + EPSILON)?.sqrt()?)?;
        let rest = (self.offset.as_tensor() - (self.mean.as_tensor() * &factor)?)?;
        Ok(values.broadcast_mul(&factor)?.broadcast_add(&rest)?)
    }

    /// Moves the kept statistics a little towards those of a batch.
    fn learn(&self, batch: &Statistics) -> Result<()> {
        let towards = |kept: &Var, new: &[f32], factor: f64| -> Result<()> {
            let new = Tensor::new(new, &Device::Cpu)?.affine(MOMENTUM * factor, 0.0)?;
            Ok(kept.set(&(kept.affine(1.0 - MOMENTUM, 0.0)? + new)?)?)
        };
        towards(&self.mean, &batch.mean, 1.0)?;
        // The variance of what the batch was drawn from is a little larger than its own.
        let count = batch.count as f64;
        towards(&self.variance, &batch.variance, count / (count - 1.0).max(1.0))
    }
}

/// The convolution of channel-last images with weights [output channels, input channels, kernel, kernel].
fn convolve(images: &Tensor, weight: &Var, padding: usize) -> Result<Tensor> {
    let (channels, _, kernel, _) = weight.dims4()?;
    let patches = patches(images, kernel, padding)?;
    let (count, height, width, size) = patches.dims4()?;
    let rows = weight.permute((0, 2, 3, 1))?.reshape((channels, size))?;
    let sums = patches.reshape((count * height * width, size))?.matmul(&rows.t()?)?;
    Ok(sums.reshape((count, height, width, channels))?)
}

fn with_bias(sums: Tensor, bias: Option<&Var>) -> Result<Tensor> {
    Ok(match bias {
        Some(bias) => sums.broadcast_add(bias)?,
        None => sums,
    })
}

fn activate(sums: Tensor, activation: Activation) -> Result<Tensor> {
    Ok(match activation {
        Activation::Relu => sums.relu()?,
        Activation::Linear => sums,
    })
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
    use crate::recipe::{find, tests::tiny_cnn};
    use rand::SeedableRng;

    fn rng() -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(1)
    }

    fn tensor(values: &[f32], shape: &[usize]) -> Tensor {
        Tensor::from_slice(values, shape, &Device::Cpu).unwrap()
    }

    #[test]
    fn dropout_keeps_the_mean_and_drops_its_share() {
        let ones = Tensor::ones((100, 1000), DType::F32, &Device::Cpu).unwrap();
        let values = drop_some(ones, 0.25, &mut rng()).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let dropped = values.iter().filter(|&&value| value == 0.0).count() as f32 / values.len() as f32;
        assert!((mean - 1.0).abs() < 0.01 && (dropped - 0.25).abs() < 0.01, "mean {mean}, dropped {dropped}");
    }

    #[test]
    fn a_model_has_the_layers_of_its_recipe() {
        let model = Model::random(find("mnist-mlp").unwrap(), &mut rng()).unwrap();
        assert_eq!(model.parameters(), 784 * 512 + 512 * 512 + 512 * 10);
        let inputs = Tensor::ones((3, 784), DType::F32, &Device::Cpu).unwrap();
        assert_eq!(model.forward(&inputs, None).unwrap().dims(), [3, 10]);

        // 28 pixels and 1 around them, 26 after the kernel, 13 after the pool.
        let model = Model::random(&tiny_cnn(), &mut rng()).unwrap();
        assert_eq!(model.parameters(), 4 * 25 + 4 + 4 + 4 + 4 * 13 * 13 * 10);
        assert_eq!(model.forward(&inputs, None).unwrap().dims(), [3, 10]);
    }

    #[test]
    fn a_small_convolutional_network_by_hand() {
        let relu = Activation::Relu;
        let var = |values: &[f32], shape: &[usize]| Var::from_tensor(&tensor(values, shape)).unwrap();
        let norm = BatchNorm {
            scale: var(&[2.0, 1.0], &[2]),
            offset: var(&[1.0, -1.0], &[2]),
            mean: var(&[3.0, 0.0], &[2]),
            variance: var(&[4.0 - EPSILON as f32, 1.0 - EPSILON as f32], &[2]),
            activation: relu,
        };
        // Channel 0 sums each square of 2 x 2 pixels, channel 1 gives the pixel at its lower right and 1.
        let weight = var(&[1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0], &[2, 1, 2, 2]);
        let conv =
            Layer::Conv2d { weight, bias: Some(var(&[0.0, 1.0], &[2])), padding: 0, activation: Activation::Linear };
        let layers = vec![conv, Layer::BatchNorm(norm), Layer::AvgPool2d { size: 2 }, Layer::Flatten];
        let model = Model { input_shape: vec![1, 3, 3], layers };
        let image = tensor(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 2.0, 4.0], &[1, 9]);
        // Convolution: [2, 1, 3, 7] and [2, 1, 3, 5]; normalised: [0, -1, 1, 5] and [1, 0, 2, 4]; rectified; their means.
        let out = model.forward(&image, None).unwrap().to_vec2::<f32>().unwrap();
        assert!((out[0][0] - 1.5).abs() < 1e-5 && (out[0][1] - 1.75).abs() < 1e-5, "{out:?}");
    }

    #[test]
    fn flatten_puts_channels_first() {
        let model = Model { input_shape: vec![2, 1, 2], layers: vec![Layer::Flatten] };
        let image = tensor(&[1.0, 2.0, 3.0, 4.0], &[1, 4]);
        assert_eq!(model.forward(&image, None).unwrap().to_vec2::<f32>().unwrap(), [[1.0, 2.0, 3.0, 4.0]]);
    }

    #[test]
    fn batch_normalisation_learns_the_statistics_of_its_batches() {
        let model = Model::random(&tiny_cnn(), &mut rng()).unwrap();
        let Layer::BatchNorm(norm) = &model.layers[1] else { panic!("the second layer normalises") };
        let values = tensor(&[1.0, 3.0, 5.0, 7.0], &[4, 1]).broadcast_as((4, 4)).unwrap();
        for _ in 0..200 {
            norm.forward(&values, true).unwrap();
        }
        let (mean, variance) = (norm.mean.to_vec1::<f32>().unwrap(), norm.variance.to_vec1::<f32>().unwrap());
        assert!((mean[3] - 4.0).abs() < 1e-4 && (variance[3] - 20.0 / 3.0).abs() < 1e-4, "{mean:?}, {variance:?}");
    }
}
