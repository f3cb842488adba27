//! Batch normalisation, and folding it into weights.

use std::iter::repeat_n;
use std::ops::Range;

use ndarray::{Array1, Array2, Array4, ArrayView1};

use super::{Activation, Conv2d, Dense, Shape, Window};
use crate::error::{Error, Result, all_finite};

/// `activation((x - mean) / sqrt(variance + epsilon) * scale + offset)`, one number per channel.
#[derive(Clone, Debug)]
pub struct BatchNorm {
    scale: Array1<f32>,
    offset: Array1<f32>,
    mean: Array1<f32>,
    variance: Array1<f32>,
    epsilon: f64,
    activation: Activation,
}

impl BatchNorm {
    /// Builds a layer from `scale`, `offset`, `mean` and `variance`, each with one value per channel (per neuron after
    /// a dense layer).
    ///
    /// # Errors
    /// `shape-mismatch` if they differ in length; `invalid-input` if one is not finite, a variance is negative, or
    /// variance and `epsilon` are both 0; `invalid-option` for an `epsilon` that is not from 0 to 1.
    pub fn new(statistics: [Array1<f32>; 4], epsilon: f64, activation: Activation) -> Result<Self> {
        let [scale, offset, mean, variance] = statistics;
        let named = [("scale", &scale), ("offset", &offset), ("mean", &mean), ("variance", &variance)];
        // What most of them have: the one that differs is wrong.
        let like = |length: usize| named.iter().filter(|(_, values)| values.len() == length).count();
        let channels =
            named.iter().map(|(_, values)| values.len()).rev().max_by_key(|&length| like(length)).unwrap_or(0);
        for (name, values) in named {
            let what = format!("batch norm {name}");
            if values.len() != channels || values.is_empty() {
                return Err(Error::shape(what, format!("{} values, one per channel", channels.max(1)), values.len()));
            }
            all_finite(&what, &values.to_vec())?;
        }
        if !(0.0..=1.0).contains(&epsilon) {
            return Err(Error::option("epsilon", epsilon, "from 0 to 1"));
        }
        if let Some(index) = variance.iter().position(|&v| f64::from(v) + epsilon <= 0.0 || v < 0.0) {
            return Err(Error::InvalidInput {
                what: "batch norm variance".into(),
                allowed: "at least 0, and above 0 with epsilon".into(),
                received: variance[index].to_string(),
                index,
            });
        }
        Ok(Self { scale, offset, mean, variance, epsilon, activation })
    }

    /// The number of channels.
    pub(super) fn channels(&self) -> usize {
        self.scale.len()
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

    /// The same with every channel `times` over, as a flattened image has it.
    pub(super) fn repeated(&self, times: usize) -> Self {
        self.with(|values| values.iter().flat_map(|&v| repeat_n(v, times)).collect())
    }

    /// The same for some of the channels.
    pub(super) fn part(&self, channels: Range<usize>) -> Self {
        self.with(|values| values.iter().skip(channels.start).take(channels.len()).copied().collect())
    }

    /// The same for other channels.
    fn with(&self, of: impl Fn(&Array1<f32>) -> Array1<f32>) -> Self {
        let [scale, offset, mean, variance] = [&self.scale, &self.offset, &self.mean, &self.variance].map(of);
        Self { scale, offset, mean, variance, ..*self }
    }

    /// This one, which has no activation, and `next` behind it as one.
    pub(super) fn then(&self, next: &Self) -> Result<Self> {
        let both = self.affine().into_iter().zip(next.affine()).map(|((f, t), (g, u))| (f * g, t * g + u));
        let (scale, offset): (Vec<f32>, Vec<f32>) = both.map(|(f, t)| (f as f32, t as f32)).unzip();
        let even = |value: f32| Array1::from_elem(scale.len(), value);
        let (mean, variance) = (even(0.0), even(1.0));
        Self::new([Array1::from_vec(scale), Array1::from_vec(offset), mean, variance], 0.0, next.activation)
    }

    /// The same as `factor * x + term`, for every channel.
    #[must_use]
    pub fn affine(&self) -> Vec<(f64, f64)> {
        let of = |c: usize| {
            let factor = f64::from(self.scale[c]) / (f64::from(self.variance[c]) + self.epsilon).sqrt();
            (factor, f64::from(self.offset[c]) - f64::from(self.mean[c]) * factor)
        };
        (0..self.scale.len()).map(of).collect()
    }
}

/// The bias of `sum * factor + term`.
fn scaled_bias(bias: Option<ArrayView1<'_, f32>>, affine: &[(f64, f64)]) -> Array1<f32> {
    let each = bias.map_or(1, |bias| bias.len() / affine.len());
    Array1::from_shape_fn(affine.len() * each, |index| {
        let (factor, term) = affine[index / each];
        (bias.map_or(0.0, |bias| f64::from(bias[index])) * factor + term) as f32
    })
}

pub(super) fn after_dense(dense: &Dense, norm: &BatchNorm) -> Result<Dense> {
    let affine = norm.affine();
    let weights = dense.weights();
    let weights = Array2::from_shape_fn(weights.dim(), |(j, i)| (f64::from(weights[[j, i]]) * affine[j].0) as f32);
    Dense::new(weights, Some(scaled_bias(dense.bias(), &affine)), norm.activation())
}

pub(super) fn after_conv(conv: &Conv2d, norm: &BatchNorm) -> Result<Conv2d> {
    let affine = norm.affine();
    let weights = conv.weights();
    let at = |(o, i, y, x)| (f64::from(weights[[o, i, y, x]]) * affine[o].0) as f32;
    let bias = Some(scaled_bias(conv.bias(), &affine));
    Conv2d::new(Array4::from_shape_fn(weights.dim(), at), bias, *conv.window(), conv.groups(), norm.activation())
}

pub(super) fn before_dense(dense: &Dense, norm: &BatchNorm) -> Result<Dense> {
    let affine = norm.affine();
    let weights = dense.weights();
    let bias = (0..dense.outputs()).map(|j| {
        let terms = weights.row(j).iter().zip(&affine).map(|(&w, &(_, term))| f64::from(w) * term).sum::<f64>();
        (dense.bias().map_or(0.0, |bias| f64::from(bias[j])) + terms) as f32
    });
    let bias = bias.collect();
    let weights = Array2::from_shape_fn(weights.dim(), |(j, i)| (f64::from(weights[[j, i]]) * affine[i].0) as f32);
    Dense::new(weights, Some(bias), dense.activation())
}

/// Zeros around the image stand for no zeros before `norm`: where there are some, every value gets a bias of its own. The
/// convolution makes an image of shape `to` of one of shape `from`.
pub(super) fn before_conv(conv: &Conv2d, norm: &BatchNorm, from: Shape, to: Shape) -> Result<Conv2d> {
    let affine = norm.affine();
    let weights = conv.weights();
    let (outputs, per_group, ..) = weights.dim();
    let channel = |o: usize, i: usize| o / (outputs / conv.groups()) * per_group + i;
    let bias = if fits_padding(norm, conv.window()) {
        let count = conv.bias().map_or(outputs, |bias| bias.len());
        let mut bias: Vec<f64> = (0..count).map(|at| conv.bias().map_or(0.0, |bias| f64::from(bias[at]))).collect();
        for ((o, i, ..), &w) in weights.indexed_iter() {
            let term = f64::from(w) * affine[channel(o, i)].1;
            bias[o * count / outputs..(o + 1) * count / outputs].iter_mut().for_each(|sum| *sum += term);
        }
        bias.into_iter().map(|b| b as f32).collect()
    } else {
        let terms = affine.iter().flat_map(|&(_, term)| repeat_n(term as f32, from.positions()));
        conv.biases_for(&terms.collect::<Vec<_>>(), from, to)
    };
    let at = |(o, i, y, x)| (f64::from(weights[[o, i, y, x]]) * affine[channel(o, i)].0) as f32;
    let weights = Array4::from_shape_fn(weights.dim(), at);
    Conv2d::new(weights, Some(bias), *conv.window(), conv.groups(), conv.activation())
}

/// Whether zeros around an image are the same before a batch normalisation as after it, or there are none.
pub(super) fn fits_padding(norm: &BatchNorm, window: &Window) -> bool {
    window.padding == [0; 4] || norm.affine().iter().all(|&(_, term)| term == 0.0)
}
