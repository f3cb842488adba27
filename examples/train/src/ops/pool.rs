//! Pooling; average pooling with its way back.

use anyhow::{Result, ensure};
use candle_core::{CpuStorage, CustomOp1, Layout, Result as OpResult, Shape, Tensor};

use super::{Parts, contiguous};

/// Means of squares of `size` x `size` pixels.
pub(crate) fn average(images: &Tensor, size: usize) -> Result<Tensor> {
    let (_, height, width, _) = images.dims4()?;
    ensure!(
        size > 0 && height.is_multiple_of(size) && width.is_multiple_of(size),
        "{height} x {width} pixels do not divide into squares of {size}"
    );
    Ok(images.contiguous()?.apply_op1(Average { size })?)
}

/// The largest of squares of `size` x `size` pixels.
pub(crate) fn largest(images: &Tensor, size: usize) -> Result<Tensor> {
    let (count, height, width, channels) = images.dims4()?;
    let squares = vec![count, height / size, size, width / size, size, channels];
    Ok(images.reshape(squares)?.max(4)?.max(2)?)
}

/// Calls `each` with the pixel of every square, and the pixel that is its mean, as indices of runs of channels.
fn squares([count, height, width, _]: [usize; 4], size: usize, mut each: impl FnMut(usize, usize)) {
    let (rows, columns) = (height / size, width / size);
    for image in 0..count {
        for y in 0..rows * size {
            for x in 0..columns * size {
                each((image * height + y) * width + x, (image * rows + y / size) * columns + x / size);
            }
        }
    }
}

struct Average {
    size: usize,
}

impl CustomOp1 for Average {
    fn name(&self) -> &'static str {
        "average pooling"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> OpResult<Parts> {
        let (count, height, width, channels) = layout.shape().dims4()?;
        let values = contiguous(storage, layout)?;
        let shape = Shape::from((count, height / self.size, width / self.size, channels));
        let mut means = vec![0.0; shape.elem_count()];
        squares([count, height, width, channels], self.size, |pixel, mean| {
            let sums = means[mean * channels..(mean + 1) * channels].iter_mut();
            sums.zip(&values[pixel * channels..(pixel + 1) * channels]).for_each(|(sum, value)| *sum += value);
        });
        let part = 1.0 / (self.size * self.size) as f32;
        for mean in &mut means {
            *mean *= part;
        }
        Ok((CpuStorage::F32(means), shape))
    }

    fn bwd(&self, values: &Tensor, _means: &Tensor, gradient: &Tensor) -> OpResult<Option<Tensor>> {
        let spread = Spread { size: self.size, shape: values.dims4()?.into() };
        gradient.contiguous()?.apply_op1_no_bwd(&spread).map(Some)
    }
}

/// Gives each pixel of a square its share: the gradient of [`Average`].
struct Spread {
    size: usize,
    shape: [usize; 4],
}

impl CustomOp1 for Spread {
    fn name(&self) -> &'static str {
        "average pooling, backwards"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> OpResult<Parts> {
        let means = contiguous(storage, layout)?;
        let (shape, channels) = (Shape::from(self.shape.to_vec()), self.shape[3]);
        let mut values = vec![0.0; shape.elem_count()];
        let part = 1.0 / (self.size * self.size) as f32;
        squares(self.shape, self.size, |pixel, mean| {
            let values = values[pixel * channels..(pixel + 1) * channels].iter_mut();
            values.zip(&means[mean * channels..(mean + 1) * channels]).for_each(|(value, mean)| *value = mean * part);
        });
        Ok((CpuStorage::F32(values), shape))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_gradient, flat, random};
    use super::*;
    use candle_core::Device;

    #[test]
    fn every_square_becomes_its_mean() {
        let values: Vec<f32> = (0..16).flat_map(|value| [value as f32, 100.0]).collect();
        let means = average(&Tensor::from_vec(values, (1, 4, 4, 2), &Device::Cpu).unwrap(), 2).unwrap();
        assert_eq!(means.dims(), [1, 2, 2, 2]);
        assert_eq!(flat(&means), [2.5, 100., 4.5, 100., 10.5, 100., 12.5, 100.]);
    }

    #[test]
    fn every_square_becomes_its_largest_pixel() {
        let values: Vec<f32> = (0..16).flat_map(|value| [value as f32, -(value as f32)]).collect();
        let largest = largest(&Tensor::from_vec(values, (1, 4, 4, 2), &Device::Cpu).unwrap(), 2).unwrap();
        assert_eq!(largest.dims(), [1, 2, 2, 2]);
        assert_eq!(flat(&largest), [5., 0., 7., -2., 13., -8., 15., -10.]);
        let images = candle_core::Var::from_vec(vec![1_f32, 4., 3., 2.], (1, 2, 2, 1), &Device::Cpu).unwrap();
        let gradients = super::largest(&images, 2).unwrap().backward().unwrap();
        assert_eq!(flat(gradients.get(&images).unwrap()), [0., 1., 0., 0.]);
    }

    #[test]
    fn the_gradient_is_what_small_steps_do() {
        let images = random(&[2, 4, 6, 3], 1);
        check_gradient(&images, || average(&images, 2).unwrap());
    }

    #[test]
    fn sizes_that_do_not_divide_are_refused() {
        assert!(average(&random(&[1, 4, 5, 1], 1), 2).is_err());
    }
}
