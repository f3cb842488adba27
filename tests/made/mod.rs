//! Small networks of every kind of block, with numbers of their own for each seed, and their conversions.

use ndarray::{Array1, Array2, Array4};
use quartic_snn::ann::{Activation, BatchNorm, Conv2d, Dense, Layer, Network, Node, Shape, Source, Window};
use quartic_snn::convert::{Calibration, ConvertOptions, Converted};
use quartic_snn::snn::{self, Recording, RunOptions, RunResult, run};

/// Numbers that look random, from one seed.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, low: f32, high: f32) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + (high - low) * ((self.0 >> 40) as f32 / (1_u64 << 24) as f32)
    }

    fn some(&mut self, count: usize, low: f32, high: f32) -> Vec<f32> {
        (0..count).map(|_| self.next(low, high)).collect()
    }

    fn conv(&mut self, from: usize, to: usize, window: Window, groups: usize, activation: Activation) -> Layer {
        let shape = (to, from / groups, window.kernel[0], window.kernel[1]);
        let count = shape.0 * shape.1 * shape.2 * shape.3;
        let weights = Array4::from_shape_vec(shape, self.some(count, -0.6, 0.8)).unwrap();
        let bias = Array1::from_vec(self.some(to, -0.2, 0.3));
        Layer::Conv2d(Conv2d::new(weights, Some(bias), window, groups, activation).unwrap())
    }

    fn norm(&mut self, channels: usize, activation: Activation) -> Layer {
        let mut some = |low, high| Array1::from_vec(self.some(channels, low, high));
        let statistics = [some(-0.5, 1.5), some(-0.3, 0.3), some(-0.5, 0.5), some(0.8, 3.0)];
        Layer::BatchNorm(BatchNorm::new(statistics, 1e-3, activation).unwrap())
    }

    fn dense(&mut self, from: usize, to: usize) -> Layer {
        let weights = Array2::from_shape_vec((to, from), self.some(from * to, -0.5, 0.6)).unwrap();
        let bias = Array1::from_vec(self.some(to, -0.2, 0.2));
        Layer::Dense(Dense::new(weights, Some(bias), Activation::Linear).unwrap())
    }
}

/// Layers and their places, put together one by one.
struct Sketch {
    input: Vec<usize>,
    nodes: Vec<Node>,
    numbers: Numbers,
}

impl Sketch {
    fn shape(&self, source: Source) -> [usize; 3] {
        let network = Network::graph(self.input.clone(), self.nodes[..].to_vec());
        match (source, network) {
            (Source::Input, _) => [self.input[0], self.input[1], self.input[2]],
            (_, Ok(network)) => match network.shape(source) {
                Shape::Image(sizes) => sizes,
                Shape::Flat(size) => [size, 1, 1],
            },
            (_, Err(error)) => panic!("{error}"),
        }
    }

    fn add(&mut self, layer: Layer, inputs: Vec<Source>) -> Source {
        let index = self.nodes.len();
        self.nodes.push(Node { name: format!("{}{index}", layer.kind()), layer, inputs });
        Source::Layer(index)
    }
}

const RELU: Activation = Activation::Relu;

/// Some of the channels of an image.
fn select(inputs: usize, from: &[usize]) -> Layer {
    let weight = |(o, i, ..): (usize, usize, usize, usize)| if from[o] == i { 1.0 } else { 0.0 };
    let weights = Array4::from_shape_fn((from.len(), inputs, 1, 1), weight);
    Layer::Conv2d(Conv2d::new(weights, None, Window::new([1, 1]), 1, Activation::Linear).unwrap())
}

/// Means that leave padding out: one that a convolution reads, and one whose sums have neurons.
fn means(s: &mut Sketch, first: Source) -> Source {
    let around = Window { padding: [1, 0, 1, 2], ..Window::new([3, 3]) };
    let mean = s.add(Layer::AvgPool2dInside(around, [0; 4]), vec![first]);
    let conv = s.numbers.conv(4, 4, Window { padding: [1; 4], ..Window::new([3, 3]) }, 1, RELU);
    let conv = s.add(conv, vec![mean]);
    let over = Window { padding: [1; 4], stride: [2; 2], ..Window::new([3, 2]) };
    let mean = s.add(Layer::AvgPool2dInside(over, [1, 0, 0, 0]), vec![conv]);
    s.add(Layer::Activation(RELU), vec![mean])
}

/// A network of one of several kinds, of 2 x 7 x 6 inputs.
pub(crate) fn network(kind: usize, seed: u64) -> Network {
    let mut s = Sketch { input: vec![2, 7, 6], nodes: Vec::new(), numbers: Numbers(seed) };
    let same = Window { padding: [1; 4], ..Window::new([3, 3]) };
    let halves = Window { stride: [2; 2], ..Window::new([2, 2]) };
    let strided = Window { stride: [2, 1], padding: [0, 1, 1, 0], dilation: [1, 2], ..Window::new([3, 2]) };
    let first = match kind {
        0 => s.numbers.conv(2, 5, Window::new([3, 3]), 1, RELU),
        1 => s.numbers.conv(2, 4, same, 2, Activation::Clipped(0.8)),
        2 => s.numbers.conv(2, 3, strided, 1, RELU),
        _ => s.numbers.conv(2, 4, same, 1, RELU),
    };
    let start = match kind {
        // Zeros around the image are zeros of what is normalised.
        9 => {
            let norm = s.numbers.norm(2, Activation::Linear);
            s.add(norm, vec![Source::Input])
        }
        _ => Source::Input,
    };
    let first = s.add(first, vec![start]);
    let last = match kind {
        // Convolution behind max pooling.
        0 => {
            let pooled = s.add(Layer::MaxPool2d(halves), vec![first]);
            let conv = s.numbers.conv(5, 3, Window::new([2, 1]), 1, RELU);
            s.add(conv, vec![pooled])
        }
        // Overlapping mean pools, one behind the other.
        1 => {
            let pool = Window { stride: [1, 2], padding: [1, 0, 1, 0], ..Window::new([2, 3]) };
            let pooled = s.add(Layer::AvgPool2d(pool), vec![first]);
            let pooled = s.add(Layer::AvgPool2d(halves), vec![pooled]);
            let conv = s.numbers.conv(4, 4, Window::new([1, 1]), 4, RELU);
            s.add(conv, vec![pooled])
        }
        2 => s.add(Layer::GlobalAvgPool2d, vec![first]),
        // A residual block: convolution plus shortcut, then ReLU.
        3 => {
            let conv = s.numbers.conv(4, 4, same, 1, Activation::Linear);
            let conv = s.add(conv, vec![first]);
            let sum = s.add(Layer::Add, vec![conv, first]);
            let sum = s.add(Layer::Activation(RELU), vec![sum]);
            s.add(Layer::GlobalAvgPool2d, vec![sum])
        }
        // Branches side by side, one of them the pooled input, then a convolution over both.
        4 => {
            let conv = s.numbers.conv(4, 3, same, 1, RELU);
            let branch = s.add(conv, vec![first]);
            let other = s.add(Layer::MaxPool2d(Window { padding: [1; 4], ..Window::new([3, 3]) }), vec![Source::Input]);
            let both = s.add(Layer::Concat, vec![branch, other, first]);
            let conv = s.numbers.conv(9, 4, strided, 1, RELU);
            s.add(conv, vec![both])
        }
        // So many channels that potentials stay in registers, behind a pool and not; taps beside each other or not.
        5 | 6 | 8 => {
            let wide = s.numbers.conv(4, 16, same, 1, RELU);
            let wide = s.add(wide, vec![first]);
            let pool = Window { stride: [1, 2], ..Window::new([1, 2]) };
            let pooled = if kind == 5 { s.add(Layer::AvgPool2d(pool), vec![wide]) } else { wide };
            let dilation = if kind == 8 { [1, 2] } else { [2, 1] };
            let window = Window { stride: [2, 1], padding: [1, 0, 0, 2], dilation, ..Window::new([2, 3]) };
            let wider = s.numbers.conv(16, 48, window, 1, RELU);
            s.add(wider, vec![pooled])
        }
        9 => {
            let norm = s.numbers.norm(4, Activation::Linear);
            let norm = s.add(norm, vec![first]);
            let conv = s.numbers.conv(4, 16, Window { padding: [2, 1, 0, 1], ..strided }, 2, RELU);
            s.add(conv, vec![norm])
        }
        // Sums that are normalised for one of their readers; then spikes that are, and a shortcut.
        10 => {
            let sum = s.numbers.conv(4, 4, same, 1, Activation::Linear);
            let sum = s.add(sum, vec![first]);
            let norm = s.numbers.norm(4, RELU);
            let norm = s.add(norm, vec![sum]);
            let conv = s.numbers.conv(4, 4, same, 1, Activation::Linear);
            let conv = s.add(conv, vec![norm]);
            let shortcut = s.numbers.norm(4, Activation::Linear);
            let shortcut = s.add(shortcut, vec![first]);
            let sum = s.add(Layer::Add, vec![sum, conv, shortcut]);
            let norm = s.numbers.norm(4, RELU);
            let norm = s.add(norm, vec![sum]);
            let again = s.numbers.norm(4, Activation::Clipped(0.7));
            s.add(again, vec![norm])
        }
        // Channels that pass a convolution of others by, in another order behind it.
        11 => {
            let [by, through] = [[1, 3], [2, 0]].map(|from| s.add(select(4, &from), vec![first]));
            let conv = s.numbers.conv(2, 3, same, 1, RELU);
            let conv = s.add(conv, vec![through]);
            let both = s.add(Layer::Concat, vec![by, conv]);
            let mixed = s.add(select(5, &[3, 0, 4, 2, 1]), vec![both]);
            let conv = s.numbers.conv(5, 16, Window::new([4, 4]), 1, RELU);
            s.add(conv, vec![mixed])
        }
        12 => means(&mut s, first),
        // Spikes added to spikes.
        _ => {
            let other = s.numbers.conv(2, 4, same, 1, RELU);
            let other = s.add(other, vec![Source::Input]);
            s.add(Layer::Add, vec![first, other])
        }
    };
    let width = s.shape(last).iter().product();
    let flat = s.add(Layer::Flatten, vec![last]);
    let output = s.numbers.dense(width, 3);
    s.add(output, vec![flat]);
    let network = Network::graph(s.input, s.nodes).unwrap();
    // The kinds before hold nothing to rewrite.
    if kind < 9 { network } else { network.simplify().unwrap().0 }
}

pub(crate) fn inputs(seed: u64) -> Array2<f32> {
    Array2::from_shape_vec((6, 84), Numbers(seed ^ 0x4d).some(6 * 84, 0.0, 1.0)).unwrap()
}

/// Converts; `None` where a layer is silent, so that there is no threshold to choose.
pub(crate) fn convert(ann: &Network, seed: u64, options: &ConvertOptions) -> Option<Converted> {
    let calibration = Calibration::new(ann, inputs(seed)).unwrap();
    match options.validate().unwrap().convert(ann, &calibration) {
        Ok(converted) => Some(converted),
        Err(error) => {
            assert_eq!(error.code(), "conversion-failed", "{error}");
            None
        }
    }
}

pub(crate) fn recorded(network: &snn::Network, input: &[f32], steps: u32) -> RunResult {
    let record = vec![Recording::Spikes, Recording::Potentials];
    let options = RunOptions { steps: steps as usize, seed: Some(3), record, ..RunOptions::default() };
    run(network, input, &options.validate().unwrap()).unwrap()
}
