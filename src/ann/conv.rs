//! Convolutions.

use ndarray::{Array1, Array4, ArrayView1};

use super::{Activation, Window};
use crate::error::{Error, Result, all_finite};

/// A convolution, `activation(W * x + b)`, over `[channels, height, width]`.
#[derive(Clone, Debug)]
pub struct Conv2d {
    /// `[in channels, kernel height, kernel width, out channels of the group]`: what one input value reaches is
    /// contiguous.
    by_input: Array4<f32>,
    bias: Option<Array1<f32>>,
    window: Window,
    groups: usize,
    activation: Activation,
}

impl Conv2d {
    /// Builds a layer from weights `[out channels, in channels / groups, kernel height, kernel width]` (in the order of
    /// PyTorch) and a bias `[out channels]`, or one for every value that it gives, `[out channels, height, width]`. With
    /// as many groups as channels, it is a depthwise convolution.
    ///
    /// # Errors
    /// `shape-mismatch` for a size of 0, groups that do not divide the channels, a bias that has not the same number of
    /// values for each output channel, or a window whose kernel is not that of the weights; `invalid-input` for a weight
    /// or bias that is not finite.
    pub fn new(
        weights: Array4<f32>,
        bias: Option<Array1<f32>>,
        window: Window,
        groups: usize,
        activation: Activation,
    ) -> Result<Self> {
        let (outputs, per_group, height, width) = weights.dim();
        if weights.is_empty() || window.kernel != [height, width] {
            let expected = format!("sizes above 0 and a kernel of {:?}", window.kernel);
            return Err(Error::shape("conv2d weights", expected, format!("{:?}", weights.shape())));
        }
        window.check("conv2d")?;
        if groups == 0 || !outputs.is_multiple_of(groups) {
            return Err(Error::shape("conv2d groups", format!("a divisor of {outputs} output channels"), groups));
        }
        if let Some(bias) = &bias {
            if bias.is_empty() || !bias.len().is_multiple_of(outputs) {
                let expected = format!("{outputs} values, one per output channel");
                return Err(Error::shape("conv2d bias", expected, bias.len()));
            }
            all_finite("conv2d bias", &bias.to_vec())?;
        }
        let weights = weights.as_standard_layout();
        all_finite("conv2d weights", weights.as_slice().unwrap_or_default())?;
        let share = outputs / groups;
        let by_input = Array4::from_shape_fn((groups * per_group, height, width, share), |(i, y, x, o)| {
            weights[[i / per_group * share + o, i % per_group, y, x]]
        });
        Ok(Self { by_input, bias, window, groups, activation })
    }

    /// The weights `[out channels, in channels / groups, kernel height, kernel width]`.
    #[must_use]
    pub fn weights(&self) -> Array4<f32> {
        let (inputs, height, width, share) = self.by_input.dim();
        let per_group = inputs / self.groups;
        Array4::from_shape_fn((share * self.groups, per_group, height, width), |(o, i, y, x)| {
            self.by_input[[o / share * per_group + i, y, x, o % share]]
        })
    }

    /// The weights from input channel `channel` at a tap to the output channels of its group, of which the first is
    /// [`first_reached`](Self::first_reached).
    pub(crate) fn reach(&self, channel: usize, y: usize, x: usize) -> &[f32] {
        let (_, height, width, share) = self.by_input.dim();
        let start = ((channel * height + y) * width + x) * share;
        &self.by_input()[start..start + share]
    }

    /// All weights, `[in channels, kernel height, kernel width, out channels of the group]`.
    pub(super) fn by_input(&self) -> &[f32] {
        self.by_input.as_slice().unwrap_or_default()
    }

    /// The first output channel that input channel `channel` reaches.
    pub(crate) fn first_reached(&self, channel: usize) -> usize {
        let (inputs, .., share) = self.by_input.dim();
        channel / (inputs / self.groups) * share
    }

    /// The output channel of the first input channel and the weights from each to its own, if it only puts the channels of
    /// an image among others, as a padding of channels does.
    pub(crate) fn placed(&self) -> Option<(usize, Vec<f32>)> {
        let (inputs, outputs) = (self.in_channels(), self.out_channels());
        if self.window != Window::new([1, 1]) || self.groups > 1 || outputs <= inputs {
            return None;
        }
        // Input by input, the weights that may differ from 0 are `outputs + 1` apart.
        let weights = self.by_input();
        let offset = weights.iter().position(|&weight| weight != 0.0)?;
        let is_placed = |(at, &weight): (usize, &f32)| weight == 0.0 || at % (outputs + 1) == offset;
        let fits = offset + inputs <= outputs && weights.iter().enumerate().all(is_placed);
        fits.then(|| (offset, weights.iter().skip(offset).step_by(outputs + 1).copied().collect()))
    }

    /// Whether every channel of a convolution of 1 x 1 is one that comes in, multiplied by something above 0: the largest
    /// value stays the largest.
    pub(super) fn selects(&self) -> bool {
        let mut read = vec![0; self.out_channels()];
        let share = read.len() / self.groups;
        for (at, &weight) in self.by_input().iter().enumerate() {
            let first = self.first_reached(at / share);
            read[first + at % share] += if weight > 0.0 { 1 } else { 2 * usize::from(weight < 0.0) };
        }
        self.bias.is_none() && read.iter().all(|&count| count == 1)
    }

    /// The bias, if there is one: `[out channels]`, or `[out channels, height, width]` of what it gives, flattened.
    #[must_use]
    pub fn bias(&self) -> Option<ArrayView1<'_, f32>> {
        self.bias.as_ref().map(|bias| bias.view())
    }

    /// The window.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// The number of groups.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups
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

    /// The number of input channels.
    #[must_use]
    pub fn in_channels(&self) -> usize {
        self.by_input.dim().0
    }

    /// The number of output channels.
    #[must_use]
    pub fn out_channels(&self) -> usize {
        self.by_input.dim().3 * self.groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_come_back_in_the_order_of_pytorch_with_groups() {
        let weights = Array4::from_shape_fn((4, 3, 2, 1), |(o, i, y, _)| (o * 100 + i * 10 + y) as f32);
        let conv = Conv2d::new(weights.clone(), None, Window::new([2, 1]), 2, Activation::Relu).unwrap();
        assert_eq!((conv.in_channels(), conv.out_channels()), (6, 4));
        assert_eq!(conv.weights(), weights);
        assert_eq!((conv.first_reached(2), conv.first_reached(3)), (0, 2));
        assert_eq!(conv.reach(4, 1, 0), [211.0, 311.0]);
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        let weights = || Array4::<f32>::ones((4, 1, 2, 2));
        let make = |window, groups, bias| Conv2d::new(weights(), bias, window, groups, Activation::Relu);
        assert!(make(Window::new([2, 2]), 4, None).is_ok());
        assert_eq!(make(Window::new([3, 2]), 1, None).unwrap_err().code(), "shape-mismatch");
        assert_eq!(make(Window::new([2, 2]), 3, None).unwrap_err().code(), "shape-mismatch");
        assert_eq!(make(Window::new([2, 2]), 1, Some(Array1::ones(3))).unwrap_err().code(), "shape-mismatch");
        let still = Window { stride: [0, 1], ..Window::new([2, 2]) };
        assert_eq!(make(still, 1, None).unwrap_err().code(), "shape-mismatch");
    }
}
