//! The forward pass.
//!
//! Sums run in a fixed order (bias, then ascending input) in `f64` and are rounded once, so the result is the same to
//! the last bit natively and in WebAssembly. A general matrix product would use fused kernels on some machines, and
//! thresholds would differ in their last digits.

use std::ops::Deref;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::{Activation, Area, BatchNorm, Conv2d, Dense, Layer, Network, Shape, Source, Window};
use crate::error::{Error, Result, all_finite, fits};

/// The most that the outputs of one call may take, in bytes.
const MOST_BYTES: u64 = 1 << 30;

/// A forward pass, with room for the values of every layer for one input. The network may be borrowed or shared.
#[derive(Clone, Debug)]
pub struct Forward<N> {
    network: N,
    values: Vec<Vec<f32>>,
    sums: Vec<f64>,
}

impl<N: Deref<Target = Network>> Forward<N> {
    /// Allocates room for `network`.
    #[must_use]
    pub fn new(network: N) -> Self {
        let values = network.shapes.iter().map(|shape| vec![0.0; shape.size()]).collect();
        Self { network, values, sums: Vec::new() }
    }

    /// Runs one input through all layers and returns the outputs. Sums beyond what 32 bits hold are infinite.
    ///
    /// # Errors
    /// `shape-mismatch` if the input has the wrong length, `invalid-input` if a value is not finite.
    pub fn run(&mut self, input: &[f32]) -> Result<&[f32]> {
        self.network.check_input("input", input)?;
        self.run_unchecked(input);
        Ok(self.values.last().map_or(&[], |last| last))
    }

    fn run_unchecked(&mut self, input: &[f32]) {
        (0..self.network.nodes.len()).for_each(|index| self.run_layer(index, input));
    }

    /// Runs layer `index` alone, on what the layers before it gave for the same input.
    pub(crate) fn run_layer(&mut self, index: usize, input: &[f32]) {
        let network = &*self.network;
        let (before, rest) = self.values.split_at_mut(index);
        let value = |source: &Source| match *source {
            Source::Input => (input, network.input),
            Source::Layer(other) => (before[other].as_slice(), network.shapes[other]),
        };
        let node = &network.nodes[index];
        let inputs: Vec<(&[f32], Shape)> = node.inputs.iter().map(value).collect();
        node.layer.forward(&inputs, network.shapes[index], &mut self.sums, &mut rest[0]);
    }

    /// The network.
    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// The output of layer `index` in the last run.
    ///
    /// # Panics
    /// If there is no such layer.
    #[must_use]
    pub fn values(&self, index: usize) -> &[f32] {
        &self.values[index]
    }
}

impl Network {
    /// The outputs `[n, outputs]` for inputs `[n, inputs]`.
    ///
    /// # Errors
    /// `shape-mismatch` if the inputs have the wrong length, `invalid-input` if one is not finite or so large that an
    /// output is not, `too-large` if the outputs would take more than 1 GiB.
    pub fn predict(&self, inputs: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let outputs = self.outputs_for(inputs)?;
        let wrong = outputs.rows().into_iter().position(|row| row.iter().any(|value| !value.is_finite()));
        let Some(row) = wrong else { return Ok(outputs) };
        // The largest value of the input is to blame.
        let (column, value) = inputs
            .row(row)
            .into_iter()
            .enumerate()
            .max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()))
            .unwrap_or((0, &0.0));
        Err(Error::InvalidInput {
            what: "inputs".into(),
            allowed: "so small that all outputs are finite".into(),
            received: value.to_string(),
            index: row * inputs.ncols() + column,
        })
    }

    /// The same, whether outputs are finite or not.
    pub(super) fn outputs_for(&self, inputs: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let inputs = inputs.as_standard_layout();
        self.check_width("inputs", inputs.ncols())?;
        all_finite("inputs", inputs.as_slice().unwrap_or_default())?;
        let bytes = (inputs.nrows() as u64).saturating_mul(4 * self.outputs() as u64);
        fits(format!("the outputs for {} inputs", inputs.nrows()), bytes, MOST_BYTES, "predict fewer inputs at once")?;
        let mut forward = Forward::new(self);
        let mut outputs = Array2::zeros((inputs.nrows(), self.outputs()));
        for (input, mut output) in inputs.rows().into_iter().zip(outputs.rows_mut()) {
            forward.run_unchecked(input.to_slice().unwrap_or_default());
            output.assign(&ArrayView1::from(forward.values(self.nodes.len() - 1)));
        }
        Ok(outputs)
    }

    pub(crate) fn check_input(&self, what: &str, input: &[f32]) -> Result<()> {
        self.check_width(what, input.len())?;
        all_finite(what, input)
    }

    pub(crate) fn check_width(&self, what: &str, width: usize) -> Result<()> {
        if width == self.inputs() {
            return Ok(());
        }
        Err(Error::shape(what, format!("{} values each", self.inputs()), width))
    }
}

impl Layer {
    /// Computes `output` from inputs of the right shapes; `sums` is scratch.
    fn forward(&self, inputs: &[(&[f32], Shape)], shape: Shape, sums: &mut Vec<f64>, output: &mut [f32]) {
        let (input, input_shape) = inputs[0];
        match self {
            Self::Dense(dense) => dense.forward(input, sums, output),
            Self::Conv2d(conv) => conv.forward(input, input_shape, shape, sums, output),
            Self::AvgPool2d(window) => average(input, input_shape, shape, window, sums, output),
            Self::AvgPool2dInside(window, around) => {
                add_up(input, input_shape, shape, window, sums);
                let (Shape::Image([_, height, width]), Shape::Image([_, rows, columns])) = (input_shape, shape) else {
                    return;
                };
                let taps = |axis: usize, size: usize| move |at| window.counted(axis, at, size, *around) as f64;
                for (index, (out, &sum)) in output.iter_mut().zip(&*sums).enumerate() {
                    *out = (sum / (taps(0, height)(index / columns % rows) * taps(1, width)(index % columns))) as f32;
                }
            }
            Self::AvgPool2dPart(window, area) => {
                average(input, input_shape, shape, window, sums, output);
                keep(*area, shape, output);
            }
            Self::GlobalAvgPool2d => {
                for (mean, channel) in output.iter_mut().zip(input.chunks_exact(input_shape.positions())) {
                    *mean = (channel.iter().map(|&x| f64::from(x)).sum::<f64>() / channel.len() as f64) as f32;
                }
            }
            Self::MaxPool2d(window) => {
                output.fill(f32::NEG_INFINITY);
                each_reader(input_shape, shape, window, |from, to| output[to] = output[to].max(input[from]));
            }
            Self::Flatten => output.copy_from_slice(input),
            Self::BatchNorm(norm) => norm.forward(input, shape, output),
            Self::Activation(activation) => apply(*activation, input, output),
            Self::Add => {
                for (index, sum) in output.iter_mut().enumerate() {
                    *sum = inputs.iter().map(|(values, _)| f64::from(values[index])).sum::<f64>() as f32;
                }
            }
            Self::Concat => {
                let mut rest = output;
                for (values, _) in inputs {
                    let (part, after) = rest.split_at_mut(values.len());
                    part.copy_from_slice(values);
                    rest = after;
                }
            }
        }
    }
}

impl Dense {
    fn forward(&self, input: &[f32], sums: &mut Vec<f64>, output: &mut [f32]) {
        start(sums, self.outputs(), self.bias());
        for (&x, weights) in input.iter().zip(self.weights_by_input().rows()) {
            if x != 0.0 {
                add_scaled(sums, f64::from(x), weights.to_slice().unwrap_or_default());
            }
        }
        for (out, &sum) in output.iter_mut().zip(&*sums) {
            *out = self.activation().apply(sum as f32);
        }
    }
}

impl Conv2d {
    fn forward(&self, input: &[f32], from: Shape, to: Shape, sums: &mut Vec<f64>, output: &mut [f32]) {
        let (channels, positions) = (self.out_channels(), to.positions());
        self.sum(input, from, to, sums);
        for (position, sums) in sums.chunks_exact(channels).enumerate() {
            for (channel, &sum) in sums.iter().enumerate() {
                output[channel * positions + position] = self.activation().apply(sum as f32);
            }
        }
    }

    /// What it gives for an image before the activation, as a bias: one value per channel if all positions have the
    /// same, or one for every position, channel-first.
    pub(super) fn biases_for(&self, image: &[f32], from: Shape, to: Shape) -> Array1<f32> {
        let mut sums = Vec::new();
        self.sum(image, from, to, &mut sums);
        let (channels, positions) = (self.out_channels(), to.positions());
        let at = |channel: usize, position: usize| sums[position * channels + channel] as f32;
        let even = |channel| (1..positions).all(|position| at(channel, position).to_bits() == at(channel, 0).to_bits());
        let each = if (0..channels).all(even) { 1 } else { positions };
        Array1::from_shape_fn(channels * each, |index| at(index / each, index % each))
    }

    /// The sums before the activation: channel-last, so that what one input reaches at a position is contiguous.
    fn sum(&self, input: &[f32], from: Shape, to: Shape, sums: &mut Vec<f64>) {
        let channels = self.out_channels();
        sums.clear();
        for position in 0..to.positions() {
            match self.bias() {
                Some(bias) => {
                    let each = bias.len() / channels;
                    sums.extend(bias.iter().skip(position % each).step_by(each).map(|&b| f64::from(b)));
                }
                None => sums.extend(std::iter::repeat_n(0.0, channels)),
            }
        }
        self.each_tap(from, to, |index, x_channel, [ky, kx], position| {
            let x = input[index];
            if x != 0.0 {
                let weights = self.reach(x_channel, ky, kx);
                let first = position * channels + self.first_reached(x_channel);
                add_scaled(&mut sums[first..first + weights.len()], f64::from(x), weights);
            }
        });
    }

    /// Calls `each` with every input (its index, channel-first), its channel, a tap and the output position that reads
    /// it through that tap.
    pub(crate) fn each_tap(&self, from: Shape, to: Shape, mut each: impl FnMut(usize, usize, [usize; 2], usize)) {
        let (Shape::Image([channels, height, width]), Shape::Image([_, out_height, out_width])) = (from, to) else {
            return;
        };
        for index in 0..channels * height * width {
            let (channel, y, x) = (index / (height * width), index / width % height, index % width);
            for (oy, ky) in self.window().readers(0, y, out_height) {
                for (ox, kx) in self.window().readers(1, x, out_width) {
                    each(index, channel, [ky, kx], oy * out_width + ox);
                }
            }
        }
    }
}

impl BatchNorm {
    fn forward(&self, input: &[f32], shape: Shape, output: &mut [f32]) {
        let channels = input.chunks_exact(shape.positions()).zip(output.chunks_exact_mut(shape.positions()));
        for ((input, output), (factor, term)) in channels.zip(self.affine()) {
            for (out, &x) in output.iter_mut().zip(input) {
                *out = self.activation().apply((f64::from(x) * factor + term) as f32);
            }
        }
    }
}

/// What a pool, mean or max, makes of an image.
pub(crate) fn pooled(pool: &Layer, values: &[f32], shape: Shape) -> (Vec<f32>, Shape) {
    let to = pool.output_shape("pool", &[shape]).unwrap_or(shape);
    let mut output = vec![0.0; to.size()];
    pool.forward(&[(values, shape)], to, &mut Vec::new(), &mut output);
    (output, to)
}

/// Calls `each` with every pair of an input and an output whose window reads it, both channel-first.
pub(crate) fn each_reader(from: Shape, to: Shape, window: &Window, mut each: impl FnMut(usize, usize)) {
    let (Shape::Image([channels, height, width]), Shape::Image([_, out_height, out_width])) = (from, to) else {
        return;
    };
    for index in 0..channels * height * width {
        let (channel, y, x) = (index / (height * width), index / width % height, index % width);
        for (oy, _) in window.readers(0, y, out_height) {
            for (ox, _) in window.readers(1, x, out_width) {
                each(index, (channel * out_height + oy) * out_width + ox);
            }
        }
    }
}

/// The sums over a window.
fn add_up(input: &[f32], from: Shape, to: Shape, window: &Window, sums: &mut Vec<f64>) {
    start(sums, to.size(), None);
    each_reader(from, to, window, |from, to| sums[to] += f64::from(input[from]));
}

/// Sets what is not in an area to 0.
fn keep(area: Area, shape: Shape, values: &mut [f32]) {
    let Shape::Image([_, rows, columns]) = shape else { return };
    for (index, value) in values.iter_mut().enumerate() {
        if !area.contains(index / columns % rows, index % columns) {
            *value = 0.0;
        }
    }
}

fn average(input: &[f32], from: Shape, to: Shape, window: &Window, sums: &mut Vec<f64>, output: &mut [f32]) {
    add_up(input, from, to, window, sums);
    for (out, &sum) in output.iter_mut().zip(&*sums) {
        *out = (sum / window.taps() as f64) as f32;
    }
}

fn apply(activation: Activation, input: &[f32], output: &mut [f32]) {
    output.iter_mut().zip(input).for_each(|(out, &x)| *out = activation.apply(x));
}

fn start(sums: &mut Vec<f64>, count: usize, bias: Option<ArrayView1<'_, f32>>) {
    sums.clear();
    match bias {
        Some(bias) => sums.extend(bias.iter().map(|&b| f64::from(b))),
        None => sums.resize(count, 0.0),
    }
}

/// `sums += x * weights`, element by element.
fn add_scaled(sums: &mut [f64], x: f64, weights: &[f32]) {
    for (sum, &weight) in sums.iter_mut().zip(weights) {
        *sum += x * f64::from(weight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array4, array};

    fn run(shape: &[usize], layer: Layer, input: &[f32]) -> Vec<f32> {
        let network = Network::new(shape.to_vec(), vec![layer]).unwrap();
        Forward::new(&network).run(input).unwrap().to_vec()
    }

    #[test]
    fn a_dense_layer_computes_its_formula() {
        let weights = array![[1.0, -2.0], [3.0, 4.0]];
        let layer = || Layer::Dense(Dense::new(weights.clone(), Some(array![0.5, -20.0]), Activation::Relu).unwrap());
        assert_eq!(run(&[2], layer(), &[1.0, 0.25]), [1.0, 0.0]);
        assert_eq!(run(&[2], layer(), &[0.0, 0.0]), [0.5, 0.0]);
    }

    #[test]
    fn activations_cut_what_they_should() {
        let layer = |activation| Layer::Dense(Dense::new(array![[-2.0], [9.0]], None, activation).unwrap());
        assert_eq!(run(&[1], layer(Activation::Linear), &[1.0]), [-2.0, 9.0]);
        assert_eq!(run(&[1], layer(Activation::Clipped(6.0)), &[1.0]), [0.0, 6.0]);
    }

    #[test]
    fn a_convolution_computes_its_formula_with_stride_padding_and_groups() {
        // Two channels of 2 x 3, each its own group of one output, kernel 1 x 2, stride 1 x 2, one column of padding.
        let weights = Array4::from_shape_vec((2, 1, 1, 2), vec![1.0, 10.0, 2.0, -1.0]).unwrap();
        let window = Window { stride: [1, 2], padding: [0, 1, 0, 0], ..Window::new([1, 2]) };
        let bias = Some(array![0.0, 0.5]);
        let conv = Conv2d::new(weights, bias, window, 2, Activation::Relu).unwrap();
        let input = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1.0, 1.0, 2.0, 0.0, 3.0, 0.0];
        // Columns: (pad, x0) and (x1, x2).
        let expected = [10.0, 32.0, 40.0, 65.0, 0.0, 0.5, 0.5, 6.5];
        assert_eq!(run(&[2, 2, 3], Layer::Conv2d(conv), &input), expected);
    }

    #[test]
    fn pools_take_means_and_maxima() {
        let input = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let window = Window { stride: [1, 2], padding: [0, 1, 0, 0], ..Window::new([2, 2]) };
        assert_eq!(run(&[1, 2, 3], Layer::AvgPool2d(window), &input), [1.25, 4.0]);
        assert_eq!(run(&[1, 2, 3], Layer::MaxPool2d(window), &input.map(|x| -x)), [-1.0, -2.0]);
        assert_eq!(run(&[2, 1, 3], Layer::GlobalAvgPool2d, &input), [2.0, 5.0]);
    }

    #[test]
    fn batch_norm_uses_the_statistics_of_training() {
        let statistics = [array![2.0], array![1.0], array![3.0], array![3.75]];
        let norm = BatchNorm::new(statistics, 0.25, Activation::Relu).unwrap();
        assert_eq!(run(&[1, 1, 2], Layer::BatchNorm(norm), &[5.0, 0.0]), [3.0, 0.0]);
        let wrong = [array![1.0], array![1.0], array![1.0], array![-1.0]];
        assert_eq!(BatchNorm::new(wrong, 0.1, Activation::Relu).unwrap_err().code(), "invalid-input");
        let wrong = [array![1.0], array![1.0], Array1::ones(2), array![1.0]];
        assert_eq!(BatchNorm::new(wrong, 0.1, Activation::Relu).unwrap_err().code(), "shape-mismatch");
    }

    #[test]
    fn branches_are_added_and_concatenated() {
        use crate::ann::Node;
        let node = |name: &str, layer, inputs| Node { name: name.into(), layer, inputs };
        let branches = |last| {
            let relu = Layer::Activation(Activation::Relu);
            let nodes =
                vec![node("a", relu, vec![Source::Input]), node("b", last, vec![Source::Input, Source::Layer(0)])];
            let network = Network::graph(vec![2], nodes).unwrap();
            Forward::new(&network).run(&[1.0, -2.0]).unwrap().to_vec()
        };
        assert_eq!(branches(Layer::Add), [2.0, -2.0]);
        assert_eq!(branches(Layer::Concat), [1.0, -2.0, 1.0, 0.0]);
    }

    #[test]
    fn inputs_of_another_length_are_refused() {
        let layer = Layer::Dense(Dense::new(array![[1.0, -2.0]], None, Activation::Linear).unwrap());
        let network = Network::new(vec![2], vec![layer]).unwrap();
        assert_eq!(network.predict(array![[1.0]].view()).unwrap_err().code(), "shape-mismatch");
        assert_eq!(network.predict(array![[1.0, f32::NAN]].view()).unwrap_err().code(), "invalid-input");
    }
}
