//! Batch normalisation by the statistics of the batch itself, as in training.

use anyhow::{Context, Result};
use candle_core::{CpuStorage, CustomOp3, Layout, Result as OpResult, Tensor};

use super::{Parts, contiguous};

/// Values [.., channels] with their mean per channel taken off and divided by their deviation, times `scale`, plus
/// `offset`. Mean and variance are those of the values, and gradients know that.
pub(crate) fn normalise(
    values: &Tensor,
    scale: &Tensor,
    offset: &Tensor,
    by: Statistics,
    epsilon: f64,
) -> Result<Tensor> {
    let spread = by.variance.iter().map(|&variance| (1.0 / (f64::from(variance) + epsilon).sqrt()) as f32).collect();
    Ok(values.contiguous()?.apply_op3(scale, offset, Normalise { mean: by.mean, spread })?)
}

/// Mean and variance (that of the values themselves, divided by their number) of every channel.
#[derive(Clone, Debug)]
pub(crate) struct Statistics {
    pub(crate) mean: Vec<f32>,
    pub(crate) variance: Vec<f32>,
    pub(crate) count: usize,
}

impl Statistics {
    pub(crate) fn of(values: &Tensor) -> Result<Statistics> {
        let channels = *values.dims().last().context("values without channels")?;
        let values = values.flatten_all()?.to_vec1::<f32>()?;
        let count = values.len() / channels;
        let mut mean = vec![0.0_f64; channels];
        for row in values.chunks_exact(channels) {
            mean.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        for sum in &mut mean {
            *sum /= count as f64;
        }
        let mut variance = vec![0.0_f64; channels];
        for row in values.chunks_exact(channels) {
            for ((sum, &value), mean) in variance.iter_mut().zip(row).zip(&mean) {
                *sum += (f64::from(value) - mean).powi(2);
            }
        }
        let variance = variance.iter().map(|sum| (sum / count as f64) as f32).collect();
        Ok(Statistics { mean: mean.iter().map(|&mean| mean as f32).collect(), variance, count })
    }
}

/// Batch normalisation with the statistics of its own batch; `spread` is one over the deviation.
struct Normalise {
    mean: Vec<f32>,
    spread: Vec<f32>,
}

impl CustomOp3 for Normalise {
    fn name(&self) -> &'static str {
        "batch normalisation"
    }

    fn cpu_fwd(
        &self,
        values: &CpuStorage,
        layout: &Layout,
        scale: &CpuStorage,
        scale_layout: &Layout,
        offset: &CpuStorage,
        offset_layout: &Layout,
    ) -> OpResult<Parts> {
        let (scale, offset) = (contiguous(scale, scale_layout)?, contiguous(offset, offset_layout)?);
        let mut values = contiguous(values, layout)?.to_vec();
        for row in values.chunks_exact_mut(self.mean.len()) {
            for (channel, value) in row.iter_mut().enumerate() {
                *value = (*value - self.mean[channel]) * self.spread[channel] * scale[channel] + offset[channel];
            }
        }
        Ok((CpuStorage::F32(values), layout.shape().clone()))
    }

    fn bwd(
        &self,
        values: &Tensor,
        scale: &Tensor,
        _offset: &Tensor,
        _normalised: &Tensor,
        gradient: &Tensor,
    ) -> OpResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let channels = self.mean.len();
        let (shape, device) = (values.shape(), values.device());
        let values = values.flatten_all()?.to_vec1::<f32>()?;
        let mut gradient = gradient.flatten_all()?.to_vec1::<f32>()?;
        let scale = scale.to_vec1::<f32>()?;
        // Of the normalised values, before scale and offset.
        let normal = |value: f32, channel: usize| (value - self.mean[channel]) * self.spread[channel];
        let (mut sums, mut products) = (vec![0.0_f64; channels], vec![0.0_f64; channels]);
        for (row, values) in gradient.chunks_exact(channels).zip(values.chunks_exact(channels)) {
            for channel in 0..channels {
                sums[channel] += f64::from(row[channel]);
                products[channel] += f64::from(row[channel] * normal(values[channel], channel));
            }
        }
        let count = (values.len() / channels) as f64;
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / count) as f32).collect();
        let along: Vec<f32> = products.iter().map(|sum| (sum / count) as f32).collect();
        for (row, values) in gradient.chunks_exact_mut(channels).zip(values.chunks_exact(channels)) {
            for (channel, gradient) in row.iter_mut().enumerate() {
                let left = *gradient - mean[channel] - along[channel] * normal(values[channel], channel);
                *gradient = left * scale[channel] * self.spread[channel];
            }
        }
        let per_channel = |sums: Vec<f64>| Tensor::from_iter(sums.iter().map(|&sum| sum as f32), device);
        let gradient = Tensor::from_vec(gradient, shape, device)?;
        Ok((Some(gradient), Some(per_channel(products)?), Some(per_channel(sums)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_gradient, flat, random};
    use super::*;
    use candle_core::Device;

    #[test]
    fn two_channels_by_hand() {
        // Channel 0 holds 1, 3, 5, 7: mean 4, variance 5. Channel 1 holds 2 only.
        let values = Tensor::new(&[[1_f32, 2.], [3., 2.], [5., 2.], [7., 2.]], &Device::Cpu).unwrap();
        let statistics = Statistics::of(&values).unwrap();
        assert_eq!(
            (statistics.mean.as_slice(), statistics.variance.as_slice(), statistics.count),
            ([4., 2.].as_slice(), [5., 0.].as_slice(), 4)
        );
        let vector = |values: [f32; 2]| Tensor::new(&values, &Device::Cpu).unwrap();
        // With epsilon 4 the deviations are 3 and 2.
        let normal = normalise(&values, &vector([6., 1.]), &vector([0.5, -1.]), statistics, 4.0).unwrap();
        for (value, expected) in flat(&normal).iter().zip([-5.5, -1., -1.5, -1., 2.5, -1., 6.5, -1.]) {
            assert!((value - expected).abs() < 1e-6, "{value}, not {expected}");
        }
    }

    #[test]
    fn the_gradients_are_what_small_steps_do() {
        let (values, scale, offset) = (random(&[3, 2, 2, 2], 1), random(&[2], 2), random(&[2], 3));
        let forward = || normalise(&values, &scale, &offset, Statistics::of(&values).unwrap(), 1e-1).unwrap();
        for variable in [&scale, &offset, &values] {
            check_gradient(variable, forward);
        }
    }
}
