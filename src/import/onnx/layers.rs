//! Nodes that become layers with weights, pools and activations.

use ndarray::{Array1, Array2, Array4};

use super::builder::Builder;
use super::op::{Computed, Op, Value};
use super::view::View;
use super::window::window;
use crate::ann::{Activation, Conv2d, Dense, Layer, Shape, Source, Window};
use crate::error::{Error, Result};

/// The axes `[channels, height, width]` of an image as ONNX has it, without the batch.
pub(super) const CHANNELS_FIRST: [usize; 3] = [0, 1, 2];
/// The same where the channels come last.
pub(super) const CHANNELS_LAST: [usize; 3] = [2, 0, 1];

impl Builder<'_> {
    pub(super) fn conv(&mut self, op: &mut Op<'_>) -> Result<Computed> {
        let value = op.padded(0)?.clone();
        let (dims, weights) = op.weights(1)?;
        let [outputs, per_group, height, width] = dims[..] else {
            return Err(op.unsupported(format!(
                "its weights are {dims:?}; only convolutions over images, with weights [out channels, in channels, \
                 height, width], are supported"
            )));
        };
        let [channels, rows, columns] = self.image(op, &value, CHANNELS_FIRST)?;
        let groups = op.attributes.size("group", 1)?;
        if per_group.checked_mul(groups) != Some(channels) {
            let expected = format!("weights for {channels} channels, as many as come in");
            let received = format!("{per_group} in each of {groups} groups");
            return Err(Error::shape(op.node.label(), expected, received));
        }
        if op.attributes.sizes::<2>("kernel_shape", 1)?.is_some_and(|kernel| kernel != [height, width]) {
            return Err(op.broken(format!("has a `kernel_shape` that its weights {dims:?} do not have")));
        }
        let (window, _) = window(op, [height, width], [rows, columns], value.padding)?;
        let bias = if op.optional(2).is_some() { Some(Array1::from_vec(op.vector(2, outputs)?)) } else { None };
        let weights = Array4::from_shape_vec((outputs, per_group, height, width), weights)
            .map_err(|error| op.broken(format!("has weights of a wrong shape: {error}")))?;
        let conv =
            Conv2d::new(weights, bias, window, groups, Activation::Linear).map_err(|error| op.node.named(error))?;
        self.image_layer(op, Layer::Conv2d(conv), &value)
    }

    /// Adds a layer that gives an image.
    pub(super) fn image_layer(&mut self, op: &Op<'_>, layer: Layer, input: &Computed) -> Result<Computed> {
        let (source, shape) = self.push(op, layer, &[input])?;
        Ok(Computed::new(source, shape, View::contiguous(&Vec::from(shape))))
    }

    pub(super) fn gemm(&mut self, op: &mut Op<'_>) -> Result<Computed> {
        let value = op.computed(0)?.clone();
        if value.view.rank() != 1 {
            return Err(op.unsupported("its input is not a vector, [batch, values]"));
        }
        if op.attributes.int("transA", 0)? != 0 {
            return Err(op.unsupported("with `transA` it works across the batch"));
        }
        let by_output = op.attributes.int("transB", 0)? != 0;
        let [alpha, beta] = [op.attributes.float("alpha", 1.0)?, op.attributes.float("beta", 1.0)?];
        let weights = self.dense_weights(op, &value, by_output, alpha)?;
        let bias = match op.optional_weights(2)? {
            None => None,
            Some((dims, bias)) => {
                let outputs = weights.nrows();
                let fits = match dims[..] {
                    [] | [1] | [1, 1] => true,
                    [count] | [1, count] => count == outputs,
                    _ => false,
                };
                if !fits {
                    let expected = format!("{outputs} values, one per output");
                    return Err(Error::shape(op.input_label(2), expected, format!("{dims:?}")));
                }
                let repeat = if bias.len() == 1 { outputs } else { 1 };
                Some(bias.repeat(repeat).into_iter().map(|bias| bias * beta).collect())
            }
        };
        self.dense(op, &value, weights, bias)
    }

    pub(super) fn matmul(&mut self, op: &mut Op<'_>) -> Result<Computed> {
        let value = op.computed(0)?.clone();
        let weights = self.dense_weights(op, &value, false, 1.0)?;
        self.dense(op, &value, weights, None)
    }

    /// The weights `[outputs, inputs]` of input 1, their columns in our order.
    fn dense_weights(&mut self, op: &mut Op<'_>, value: &Computed, by_output: bool, scale: f32) -> Result<Array2<f32>> {
        let sizes = value.view.sizes();
        let Some((&inputs, others)) = sizes.split_last() else {
            return Err(op.unsupported("its input is not a vector, [batch, values]"));
        };
        if others.iter().any(|&size| size != 1) {
            return Err(op.unsupported(format!(
                "its input has the axes [batch, {}]; only vectors, [batch, values], are supported",
                sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            )));
        }
        let label = op.input_label(1);
        let (dims, weights) = op.weights(1)?;
        let outputs = match (dims.as_slice(), by_output) {
            (&[outputs, count], true) | (&[count, outputs], false) if count == inputs => outputs,
            (_, by_output) => {
                let expected = if by_output { format!("[outputs, {inputs}]") } else { format!("[{inputs}, outputs]") };
                return Err(Error::shape(label, expected, format!("{dims:?}")));
            }
        };
        let shape = if by_output { (outputs, inputs) } else { (inputs, outputs) };
        let weights = Array2::from_shape_vec(shape, weights)
            .map_err(|error| op.broken(format!("has weights of a wrong shape: {error}")))?;
        let mut weights = if by_output { weights } else { weights.reversed_axes() };
        if scale.to_bits() != 1.0_f32.to_bits() {
            weights *= scale;
        }
        if value.view.is_in_order() {
            return Ok(weights);
        }
        let mut ours = Array2::zeros(weights.dim());
        for (from, to) in weights.columns().into_iter().zip(value.view.places()) {
            ours.column_mut(to).assign(&from);
        }
        Ok(ours)
    }

    fn dense(
        &mut self,
        op: &Op<'_>,
        value: &Computed,
        weights: Array2<f32>,
        bias: Option<Array1<f32>>,
    ) -> Result<Computed> {
        let outputs = weights.nrows();
        let dense = Dense::new(weights, bias, Activation::Linear).map_err(|error| op.node.named(error))?;
        let (source, shape) = self.push(op, Layer::Dense(dense), &[value])?;
        let mut sizes = value.view.sizes();
        if let Some(last) = sizes.last_mut() {
            *last = outputs;
        }
        Ok(Computed::new(source, shape, View::contiguous(&sizes)))
    }

    /// Gives a layer without bias a constant that is added to it, where nothing else reads the layer.
    pub(super) fn add_bias(&mut self, op: &Op<'_>, value: &Computed, bias: &[f32]) -> Result<bool> {
        let Source::Layer(index) = value.source else { return Ok(false) };
        let Some(node) = self.nodes.get_mut(index).filter(|_| value.sole) else { return Ok(false) };
        let bias = Some(Array1::from_vec(bias.to_vec()));
        let layer = match &node.layer {
            Layer::Dense(dense) if dense.bias().is_none() => {
                Dense::new(dense.weights().to_owned(), bias, dense.activation()).map(Layer::Dense)
            }
            Layer::Conv2d(conv) if conv.bias().is_none() => {
                Conv2d::new(conv.weights(), bias, *conv.window(), conv.groups(), conv.activation()).map(Layer::Conv2d)
            }
            _ => return Ok(false),
        };
        node.layer = layer.map_err(|error| op.node.named(error))?;
        Ok(true)
    }

    pub(super) fn activation(&mut self, op: &Op<'_>, index: usize, activation: Activation) -> Result<Computed> {
        let value = op.padded(index)?;
        let (source, _) = self.push(op, Layer::Activation(activation), &[value])?;
        Ok(value.mapped(source))
    }

    /// The larger of a value and 0 is a ReLU; the smaller of what is never negative and a number has that as its cap.
    pub(super) fn bound(&mut self, op: &Op<'_>) -> Result<Computed> {
        let value = usize::from(matches!(op.optional(0), Some(Value::Constant(_))));
        let limit = op.number("limit", 1 - value)?.filter(|_| op.inputs.len() == 2);
        let activation = match (op.operator(), limit) {
            ("Max", Some(0.0)) => Activation::Relu,
            ("Min", Some(most)) if most >= f32::MIN_POSITIVE && self.is_positive(op.padded(value)?) => {
                Activation::Clipped(most)
            }
            _ => {
                return Err(op.unsupported(
                    "only the larger of a value and 0 (a ReLU) and the smaller of a ReLU and a number above 0 (its \
                     maximum) are supported",
                ));
            }
        };
        self.activation(op, value, activation)
    }

    pub(super) fn clip(&mut self, op: &Op<'_>) -> Result<Computed> {
        let least = op.number("min", 1)?.unwrap_or(f32::NEG_INFINITY);
        let most = op.number("max", 2)?.unwrap_or(f32::INFINITY);
        // What is never negative has its least value already.
        let least = if least < 0.0 && self.is_positive(op.padded(0)?) { 0.0 } else { least };
        if least != 0.0 || most.is_nan() || most < f32::MIN_POSITIVE {
            return Err(op.unsupported(format!(
                "it clips to {least}..{most}; only 0 to a number above 0, a ReLU with a maximum, is supported"
            )));
        }
        let capped = most < f32::MAX;
        self.activation(op, 0, if capped { Activation::Clipped(most) } else { Activation::Relu })
    }

    pub(super) fn max_pool(&mut self, op: &Op<'_>) -> Result<Computed> {
        let (value, window, _) = self.pool(op)?;
        if value.padding != [0; 4] && !self.is_positive(&value) {
            return Err(
                op.unsupported("zeros that Pad puts around values below 0 would win; pad within MaxPool instead")
            );
        }
        self.image_layer(op, Layer::MaxPool2d(window), &value)
    }

    pub(super) fn average_pool(&mut self, op: &Op<'_>) -> Result<Computed> {
        let (value, window, overhang) = self.pool(op)?;
        // What counts as zeros; nothing that a window reaches over the edge.
        let mut around = value.padding;
        if op.attributes.int("count_include_pad", 0)? != 0 {
            around = window.padding;
            (0..2).for_each(|axis| around[axis + 2] -= overhang[axis]);
        }
        let is_whole = around == window.padding;
        let pool = if is_whole { Layer::AvgPool2d(window) } else { Layer::AvgPool2dInside(window, around) };
        self.image_layer(op, pool, &value)
    }

    fn pool(&mut self, op: &Op<'_>) -> Result<(Computed, Window, [usize; 2])> {
        let value = op.padded(0)?.clone();
        let kernel = op.attributes.sizes::<2>("kernel_shape", 1)?;
        let kernel = kernel.ok_or_else(|| op.broken("has no `kernel_shape`"))?;
        let [_, rows, columns] = self.image(op, &value, CHANNELS_FIRST)?;
        let (window, overhang) = window(op, kernel, [rows, columns], value.padding)?;
        Ok((value, window, overhang))
    }

    /// The mean or maximum over all positions of an image.
    pub(super) fn global_pool(&mut self, op: &Op<'_>) -> Result<Computed> {
        let value = op.computed(0)?.clone();
        let reduces = op.operator().starts_with("Reduce");
        let rank = value.view.rank();
        let axes = if reduces { op.axes(1, rank + 1)?.unwrap_or_default() } else { vec![2, 3] };
        if reduces && axes.is_empty() && op.attributes.int("noop_with_empty_axes", 0)? != 0 {
            return Ok(value);
        }
        let keeps = !reduces || op.attributes.int("keepdims", 1)? != 0;
        let gone = |view: &View| {
            if keeps { view.clone() } else { view.without_axes(&axes.iter().map(|axis| axis - 1).collect::<Vec<_>>()) }
        };
        let has = |axis| axes.contains(&axis);
        let (image, over) = match (rank, axes.len(), value.shape) {
            (3, 2, _) if has(1) && has(2) => {
                let [_, height, width] = self.image(op, &value, CHANNELS_LAST)?;
                let pooled = self.pool_axes(op, &value, [true, true])?;
                return Ok(pooled.seen_as(gone(&value.view.without_positions(height * width))));
            }
            (3, 1 | 2, _) if !has(0) && !has(1) => (value, [has(2), has(3)]),
            // Rows and columns as one axis, as they are flattened to, or as a mean before this one has left them.
            (2, 1, Shape::Image(sizes)) if has(2) && value.view.reshaped(&sizes) == Some(View::contiguous(&sizes)) => {
                (value.seen_as(View::contiguous(&sizes)), [true, true])
            }
            _ => {
                return Err(op.unsupported(format!(
                    "it works over the axes {axes:?} of {}; only height and width of images are supported",
                    rank + 1
                )));
            }
        };
        self.image(op, &image, CHANNELS_FIRST)?;
        let pooled = self.pool_axes(op, &image, over)?;
        let channels = pooled.shape.groups();
        let view = if rank == 2 { View::contiguous(&[channels, 1]) } else { pooled.view.clone() };
        Ok(pooled.seen_as(gone(&view)))
    }

    /// The mean or the maximum over all rows, all columns, or both.
    fn pool_axes(&mut self, op: &Op<'_>, image: &Computed, over: [bool; 2]) -> Result<Computed> {
        let Shape::Image([_, height, width]) = image.shape else { return Err(op.broken("pools a vector")) };
        let window = Window::new([if over[0] { height } else { 1 }, if over[1] { width } else { 1 }]);
        let layer = match op.operator() {
            "GlobalMaxPool" | "ReduceMax" => Layer::MaxPool2d(window),
            _ if over == [true, true] => Layer::GlobalAvgPool2d,
            _ => Layer::AvgPool2d(window),
        };
        self.image_layer(op, layer, image)
    }
}
