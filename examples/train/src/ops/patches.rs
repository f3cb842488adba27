//! The patches under a convolution, and their way back.

use anyhow::{Result, ensure};
use candle_core::{CpuStorage, CustomOp1, Layout, Result as OpResult, Shape, Tensor};

use super::{Parts, contiguous};

/// The patches of `kernel` x `kernel` pixels under every place of a convolution with stride 1 and `padding` zeros around
/// the images: [images, height, width, kernel * kernel * channels].
pub(crate) fn patches(images: &Tensor, kernel: usize, padding: usize) -> Result<Tensor> {
    let (count, height, width, channels) = images.dims4()?;
    ensure!(
        kernel > 0 && kernel <= height + 2 * padding && kernel <= width + 2 * padding,
        "a kernel of {kernel} x {kernel} does not fit into {height} x {width} pixels with a padding of {padding}"
    );
    let grid = Grid { count, height, width, channels, kernel, padding };
    Ok(images.contiguous()?.apply_op1(Unfold(grid))?)
}

/// Images and the kernel that is laid over them.
#[derive(Clone, Copy, Debug)]
struct Grid {
    count: usize,
    height: usize,
    width: usize,
    channels: usize,
    kernel: usize,
    padding: usize,
}

impl Grid {
    fn images(&self) -> [usize; 4] {
        [self.count, self.height, self.width, self.channels]
    }

    fn patches(&self) -> [usize; 4] {
        let places = |pixels: usize| pixels + 2 * self.padding + 1 - self.kernel;
        [self.count, places(self.height), places(self.width), self.kernel * self.kernel * self.channels]
    }

    /// Calls `each` for every run of memory that images and patches share: where it starts in both, and its length.
    fn runs(&self, mut each: impl FnMut(usize, usize, usize)) {
        let [_, rows, columns, size] = self.patches();
        for image in 0..self.count {
            for row in 0..rows {
                for column in 0..columns {
                    let patch = ((image * rows + row) * columns + column) * size;
                    // The columns of the kernel that lie on the image.
                    let first = self.padding.saturating_sub(column);
                    let end = self.kernel.min((self.width + self.padding).saturating_sub(column));
                    if first >= end {
                        continue;
                    }
                    for line in 0..self.kernel {
                        let Some(y) = (row + line).checked_sub(self.padding).filter(|&y| y < self.height) else {
                            continue;
                        };
                        let x = column + first - self.padding;
                        each(
                            ((image * self.height + y) * self.width + x) * self.channels,
                            patch + (line * self.kernel + first) * self.channels,
                            (end - first) * self.channels,
                        );
                    }
                }
            }
        }
    }
}

struct Unfold(Grid);

impl CustomOp1 for Unfold {
    fn name(&self) -> &'static str {
        "patches"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> OpResult<Parts> {
        let images = contiguous(storage, layout)?;
        let shape = Shape::from(self.0.patches().to_vec());
        let mut patches = vec![0.0; shape.elem_count()];
        self.0.runs(|image, patch, length| {
            patches[patch..patch + length].copy_from_slice(&images[image..image + length]);
        });
        Ok((CpuStorage::F32(patches), shape))
    }

    fn bwd(&self, _images: &Tensor, _patches: &Tensor, gradient: &Tensor) -> OpResult<Option<Tensor>> {
        gradient.contiguous()?.apply_op1_no_bwd(&Fold(self.0)).map(Some)
    }
}

/// Sums what stands in all patches for a pixel: the gradient of [`Unfold`].
struct Fold(Grid);

impl CustomOp1 for Fold {
    fn name(&self) -> &'static str {
        "patches, backwards"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> OpResult<Parts> {
        let patches = contiguous(storage, layout)?;
        let shape = Shape::from(self.0.images().to_vec());
        let mut images = vec![0.0; shape.elem_count()];
        self.0.runs(|image, patch, length| {
            let pixels = images[image..image + length].iter_mut();
            pixels.zip(&patches[patch..patch + length]).for_each(|(sum, value)| *sum += value);
        });
        Ok((CpuStorage::F32(images), shape))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_gradient, flat, random};
    use super::*;
    use candle_core::Device;

    #[test]
    fn patches_are_the_pixels_under_the_kernel_with_zeros_around_the_image() {
        let image = Tensor::from_vec((1..=9_u8).map(f32::from).collect(), (1, 3, 3, 1), &Device::Cpu).unwrap();
        let inside = patches(&image, 2, 0).unwrap();
        assert_eq!(inside.dims(), [1, 2, 2, 4]);
        assert_eq!(flat(&inside), [1., 2., 4., 5., 2., 3., 5., 6., 4., 5., 7., 8., 5., 6., 8., 9.]);
        let padded = patches(&image, 3, 1).unwrap();
        assert_eq!(padded.dims(), [1, 3, 3, 9]);
        assert_eq!(flat(&padded)[..9], [0., 0., 0., 0., 1., 2., 0., 4., 5.]);
        assert_eq!(flat(&padded)[72..], [5., 6., 0., 8., 9., 0., 0., 0., 0.]);
    }

    #[test]
    fn patches_times_weights_are_the_convolution_of_candle() {
        for (kernel, padding, seed) in [(1, 0, 1), (2, 1, 2), (3, 1, 3), (3, 4, 4), (5, 2, 5)] {
            let images = random(&[2, 5, 6, 3], seed);
            let weights = random(&[4, 3, kernel, kernel], seed + 10);
            let rows = weights.permute((0, 2, 3, 1)).unwrap().flatten_from(1).unwrap();
            let ours = patches(&images, kernel, padding).unwrap().broadcast_matmul(&rows.t().unwrap()).unwrap();
            let theirs = images.permute((0, 3, 1, 2)).unwrap().conv2d(&weights, padding, 1, 1, 1).unwrap();
            let theirs = theirs.permute((0, 2, 3, 1)).unwrap();
            assert_eq!(ours.dims(), theirs.dims());
            for (ours, theirs) in flat(&ours).iter().zip(flat(&theirs)) {
                assert!((ours - theirs).abs() < 1e-4, "kernel {kernel}, padding {padding}: {ours}, not {theirs}");
            }
        }
    }

    #[test]
    fn the_gradient_is_what_small_steps_do() {
        for (kernel, padding) in [(2, 0), (3, 1), (2, 3)] {
            let images = random(&[2, 3, 4, 2], 1);
            check_gradient(&images, || patches(&images, kernel, padding).unwrap());
        }
    }

    #[test]
    fn a_kernel_that_does_not_fit_is_refused() {
        let images = random(&[1, 4, 3, 1], 1);
        assert!(patches(&images, 4, 0).is_err() && patches(&images, 0, 0).is_err());
    }
}
