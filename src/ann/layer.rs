//! The kinds of layers of a trained network.

use ndarray::ArrayView1;

use super::{Area, BatchNorm, Conv2d, Dense, Shape, Window};
use crate::error::{Error, Result};

/// The activation that a layer applies to its sums.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// `max(0, x)`.
    Relu,
    /// `min(max(0, x), cap)` with a cap above 0; `relu6` has a cap of 6.
    Clipped(f32),
    /// No activation; for the output layer.
    Linear,
}

impl Activation {
    /// The names used in JavaScript and model files; `relu` may have a `maximum`.
    pub const NAMES: [&'static str; 3] = ["relu", "relu6", "linear"];

    /// Applies it to one value.
    #[must_use]
    pub fn apply(self, sum: f32) -> f32 {
        match self {
            Self::Relu | Self::Clipped(_) if sum < 0.0 => 0.0,
            Self::Clipped(cap) if sum > cap => cap,
            Self::Linear | Self::Relu | Self::Clipped(_) => sum,
        }
    }

    /// Whether a clipped ReLU can have this maximum.
    pub(crate) fn allows(cap: f32) -> bool {
        cap.is_normal() && cap > 0.0
    }

    /// Its upper limit, if it has one.
    #[must_use]
    pub fn cap(self) -> Option<f32> {
        match self {
            Self::Clipped(cap) => Some(cap),
            Self::Relu | Self::Linear => None,
        }
    }
}

/// A layer of a trained network.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Layer {
    /// Fully connected. Images are flattened channel-first.
    Dense(Dense),
    /// Convolution over an image.
    Conv2d(Conv2d),
    /// The mean over a window; padding counts as zeros.
    AvgPool2d(Window),
    /// The mean over the part of a window that is within the image, or the zeros nearest to it, of which there are so many
    /// at the top, left, bottom and right.
    AvgPool2dInside(Window, [usize; 4]),
    /// The mean over a window, in which padding counts as zeros, for the outputs in an area; 0 for the others.
    AvgPool2dPart(Window, Area),
    /// The mean over each whole channel: `[channels, 1, 1]`.
    GlobalAvgPool2d,
    /// The maximum over a window; padding is ignored.
    MaxPool2d(Window),
    /// An image as a vector, channel-first.
    Flatten,
    /// Batch normalisation with the statistics of training.
    BatchNorm(BatchNorm),
    /// An activation on its own.
    Activation(Activation),
    /// The sum of several inputs of the same shape.
    Add,
    /// The concatenation of several inputs: the channels of images of the same size, or the values of vectors.
    Concat,
}

impl Layer {
    /// The types that can be read and converted, by their names in JavaScript and in model files.
    pub const SUPPORTED: [&'static str; 12] = [
        "dense",
        "conv2d",
        "avgPool2d",
        "globalAvgPool2d",
        "maxPool2d",
        "flatten",
        "batchNorm",
        "activation",
        "add",
        "concat",
        "identity",
        "dropout",
    ];

    /// Its type, by its name in JavaScript and in model files.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Dense(_) => "dense",
            Self::Conv2d(_) => "conv2d",
            Self::AvgPool2d(_) | Self::AvgPool2dInside(..) | Self::AvgPool2dPart(..) => "avgPool2d",
            Self::GlobalAvgPool2d => "globalAvgPool2d",
            Self::MaxPool2d(_) => "maxPool2d",
            Self::Flatten => "flatten",
            Self::BatchNorm(_) => "batchNorm",
            Self::Activation(_) => "activation",
            Self::Add => "add",
            Self::Concat => "concat",
        }
    }

    /// Its activation, if it has one.
    #[must_use]
    pub fn activation(&self) -> Option<Activation> {
        match self {
            Self::Dense(dense) => Some(dense.activation()),
            Self::Conv2d(conv) => Some(conv.activation()),
            Self::BatchNorm(norm) => Some(norm.activation()),
            Self::Activation(activation) => Some(*activation),
            _ => None,
        }
    }

    /// The same with another activation, where it has one.
    pub(super) fn activated(self, activation: Activation) -> Self {
        match self {
            Self::Dense(dense) => Self::Dense(dense.with_activation(activation)),
            Self::Conv2d(conv) => Self::Conv2d(conv.with_activation(activation)),
            Self::BatchNorm(norm) => Self::BatchNorm(norm.with_activation(activation)),
            Self::Activation(_) => Self::Activation(activation),
            other => other,
        }
    }

    /// The shape of the output for inputs of these shapes.
    ///
    /// # Errors
    /// `shape-mismatch`, naming the layer by `what`, if they do not fit.
    pub fn output_shape(&self, what: &str, inputs: &[Shape]) -> Result<Shape> {
        let wrong = |expected: String, received: &dyn ToString| Error::shape(what, expected, received.to_string());
        match self {
            Self::Add | Self::Concat if inputs.len() < 2 => {
                return Err(wrong("at least two inputs".into(), &inputs.len()));
            }
            Self::Add | Self::Concat => {}
            _ if inputs.len() != 1 => return Err(wrong("one input".into(), &inputs.len())),
            _ => {}
        }
        let image = || match inputs[0] {
            Shape::Image(sizes) => Ok(sizes),
            Shape::Flat(_) => Err(wrong("an input of shape [channels, height, width]".into(), &inputs[0])),
        };
        match self {
            Self::Dense(dense) if dense.inputs() == inputs[0].size() => Ok(Shape::Flat(dense.outputs())),
            Self::Dense(dense) => {
                Err(wrong(format!("{} inputs per output, as many as come in", inputs[0].size()), &dense.inputs()))
            }
            Self::Conv2d(conv) => {
                let [channels, height, width] = image()?;
                if channels != conv.in_channels() {
                    let expected = format!("weights for {channels} input channels, as many as come in");
                    return Err(wrong(expected, &conv.in_channels()));
                }
                let shape = moved(what, conv.window(), conv.out_channels(), height, width)?;
                let biases = conv.bias().map_or(shape.groups(), |bias| bias.len());
                if biases != shape.groups() && biases != shape.size() {
                    let expected = format!("a bias of {} values, one per output channel", shape.groups());
                    return Err(wrong(expected, &biases));
                }
                Ok(shape)
            }
            Self::AvgPool2d(window)
            | Self::AvgPool2dInside(window, _)
            | Self::AvgPool2dPart(window, _)
            | Self::MaxPool2d(window) => {
                window.check(what)?;
                let [channels, height, width] = image()?;
                if window.padding.iter().zip([0, 1, 0, 1]).any(|(&pad, axis)| pad >= window.kernel[axis]) {
                    let expected = format!("padding smaller than its kernel {:?}", window.kernel);
                    return Err(wrong(expected, &format!("{:?}", window.padding)));
                }
                let shape = moved(what, window, channels, height, width)?;
                let is_inside = matches!(self, Self::MaxPool2d(_) | Self::AvgPool2dInside(..));
                if is_inside && !window.meets([height, width], shape) {
                    let expected = format!("windows that each reach into the {height} x {width} image");
                    return Err(wrong(expected, &format!("{window:?}")));
                }
                Ok(shape)
            }
            Self::GlobalAvgPool2d => image().map(|[channels, ..]| Shape::Image([channels, 1, 1])),
            Self::Flatten => Ok(Shape::Flat(inputs[0].size())),
            Self::BatchNorm(norm) if norm.channels() == inputs[0].groups() => Ok(inputs[0]),
            Self::BatchNorm(norm) => {
                Err(wrong(format!("{} channels, as many as come in", inputs[0].groups()), &norm.channels()))
            }
            Self::Activation(_) => Ok(inputs[0]),
            Self::Add => match inputs.iter().find(|&shape| shape != &inputs[0]) {
                None => Ok(inputs[0]),
                Some(other) => Err(wrong(format!("inputs of one shape, {}", inputs[0]), other)),
            },
            Self::Concat => concatenated(what, inputs),
        }
    }

    /// Whether it gives nothing below 0 where it reads nothing below 0.
    pub(super) fn keeps_positive(&self) -> bool {
        let above = |&value: &f32| value >= 0.0;
        let biases = |bias: Option<ArrayView1<'_, f32>>| bias.is_none_or(|bias| bias.iter().all(above));
        match self {
            Self::Conv2d(conv) => conv.by_input().iter().all(above) && biases(conv.bias()),
            Self::Dense(dense) => dense.weights_by_input().iter().all(above) && biases(dense.bias()),
            Self::BatchNorm(norm) => norm.affine().iter().all(|&(factor, term)| factor >= 0.0 && term >= 0.0),
            _ => true,
        }
    }

    /// The number of multiplications for inputs of these shapes, roughly.
    pub(super) fn cost(&self, output: Shape) -> u64 {
        let each = match self {
            Self::Dense(dense) => dense.inputs(),
            Self::AvgPool2d(window)
            | Self::AvgPool2dInside(window, _)
            | Self::AvgPool2dPart(window, _)
            | Self::MaxPool2d(window) => window.taps(),
            Self::Conv2d(conv) => conv.window().taps() * conv.in_channels() / conv.groups(),
            _ => 1,
        };
        (output.size() as u64).saturating_mul(each as u64)
    }

    /// The number of weights, without biases.
    pub(super) fn weights(&self) -> u64 {
        match self {
            Self::Dense(dense) => dense.inputs() as u64 * dense.outputs() as u64,
            Self::Conv2d(conv) => {
                let each = conv.window().taps() * conv.in_channels() / conv.groups();
                each as u64 * conv.out_channels() as u64
            }
            _ => 0,
        }
    }
}

fn moved(what: &str, window: &Window, channels: usize, height: usize, width: usize) -> Result<Shape> {
    let Some([y, x]) = window.output(height, width) else {
        let expected = format!("a window that fits into {height} x {width} with its padding");
        let Window { kernel, stride, padding, dilation, .. } = window;
        let received = format!("kernel {kernel:?}, stride {stride:?}, padding {padding:?}, dilation {dilation:?}");
        return Err(Error::shape(what, expected, received));
    };
    Shape::new(what, &[channels, y, x])
}

fn concatenated(what: &str, inputs: &[Shape]) -> Result<Shape> {
    let mut total = 0;
    for &shape in inputs {
        let same = match (shape, inputs[0]) {
            (Shape::Flat(_), Shape::Flat(_)) => true,
            (Shape::Image([_, y, x]), Shape::Image([_, height, width])) => (y, x) == (height, width),
            _ => false,
        };
        if !same {
            return Err(Error::shape(what, format!("inputs that fit beside {}", inputs[0]), shape));
        }
        total += shape.groups();
    }
    match inputs[0] {
        Shape::Flat(_) => Shape::new(what, &[total]),
        Shape::Image([_, height, width]) => Shape::new(what, &[total, height, width]),
    }
}
