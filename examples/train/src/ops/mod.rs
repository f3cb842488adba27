//! What a convolutional network needs and candle does slowly on a CPU or cannot train: [patches] of images, average
//! [pool]ing and batch normalisation ([norm]). Images are channel-last here, [images, height, width, channels]: a patch
//! is then a few long runs of memory, and a convolution one matrix product. One thread, sums in a fixed order.

mod norm;
mod patches;
mod pool;

use candle_core::{CpuStorage, Layout, Result, Shape};

pub(crate) use norm::{Statistics, normalise};
pub(crate) use patches::patches;
pub(crate) use pool::{average, largest};

/// What an operation gives to candle.
type Parts = (CpuStorage, Shape);

/// The values of a tensor that lies in one piece.
fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let values = storage.as_slice::<f32>()?;
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&values[start..end]),
        None => candle_core::bail!("the values lie scattered"),
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor, Var};
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    /// A variable of random values between -1 and 1.
    pub(super) fn random(shape: &[usize], seed: u64) -> Var {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let values = (0..shape.iter().product()).map(|_| 2.0 * rng.random::<f32>() - 1.0).collect();
        Var::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    pub(super) fn flat(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    /// Compares the gradient of a random sum of the outputs with what small steps of `variable` do to it.
    pub(super) fn check_gradient(variable: &Var, forward: impl Fn() -> Tensor) {
        let weights = random(forward().dims(), 99);
        let sum = || (forward() * weights.as_tensor()).unwrap().sum_all().unwrap();
        let gradient = flat(sum().backward().unwrap().get(variable).unwrap());
        let start = flat(variable);
        let step = 1e-2;
        for (index, gradient) in gradient.iter().enumerate() {
            let at = |by: f32| {
                let mut moved = start.clone();
                moved[index] += by;
                variable.set(&Tensor::from_vec(moved, variable.shape(), &Device::Cpu).unwrap()).unwrap();
                sum().to_scalar::<f32>().unwrap()
            };
            let slope = (at(step) - at(-step)) / (2.0 * step);
            assert!((slope - gradient).abs() < 1e-2, "value {index}: slope {slope}, gradient {gradient}");
        }
    }
}
