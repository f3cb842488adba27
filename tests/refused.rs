//! Layers without an activation that have no spiking form: the refusal says which one it is, what reads it, and why the two
//! are not one layer.
#![cfg(not(target_arch = "wasm32"))]

use ndarray::{Array2, Array4};
use quartic_snn::ann::{Activation, Conv2d, Layer, Network, Node, Source, Window};
use quartic_snn::convert::Calibration;

/// A convolution by 3, or by 1, of images of four channels.
fn conv(kernel: usize, padding: usize, activation: Activation) -> Layer {
    let weights = Array4::from_shape_fn((4, 4, kernel, kernel), |(o, i, y, x)| ((o + i + y + x) % 3) as f32 - 0.75);
    let window = Window { padding: [padding; 4], ..Window::new([kernel; 2]) };
    Layer::Conv2d(Conv2d::new(weights, None, window, 1, activation).unwrap())
}

/// Says why a network is refused that has these layers, named `a`, `b` and so on: each with the places of what it reads, of
/// which 0 is the input.
fn refusal(layers: Vec<(Layer, Vec<usize>)>) -> String {
    let source = |place: usize| place.checked_sub(1).map_or(Source::Input, Source::Layer);
    let node = |(name, (layer, inputs)): (char, (Layer, Vec<usize>))| Node {
        name: name.into(),
        layer,
        inputs: inputs.into_iter().map(source).collect(),
    };
    let nodes = ('a'..).zip(layers).map(node).collect();
    let network = Network::graph(vec![4, 6, 6], nodes).unwrap().simplify().unwrap().0;
    let Err(error) = Calibration::new(&network, Array2::from_elem((2, 144), 0.5)) else { panic!("it was not refused") };
    assert_eq!(error.code(), "unsupported-layer");
    error.to_string()
}

fn says(layers: Vec<(Layer, Vec<usize>)>, part: &str, reader: &str, why: &str) {
    let text = refusal(layers);
    let named = text.contains(&format!("(`{part}`,")) && text.contains(&format!("`{reader}`"));
    assert!(named && text.contains(why), "{text}");
}

const LINEAR: Activation = Activation::Linear;
const RELU: Activation = Activation::Relu;

#[test]
fn two_padded_kernels_are_not_one() {
    let layers = vec![(conv(3, 1, LINEAR), vec![0]), (conv(3, 1, RELU), vec![1]), (Layer::GlobalAvgPool2d, vec![2])];
    says(layers, "a", "b", "zeros around what the first gives");
}

#[test]
fn a_max_pool_needs_spikes() {
    let pool = Layer::MaxPool2d(Window::new([2, 2]));
    let layers = vec![(conv(3, 1, LINEAR), vec![0]), (pool, vec![1]), (Layer::GlobalAvgPool2d, vec![2])];
    says(layers, "a", "b", "what reads it needs spikes");
}

#[test]
fn the_part_of_a_sum_or_concatenation_is_named_that_is_in_the_way() {
    for join in [Layer::Add, Layer::Concat] {
        let channels = if matches!(join, Layer::Add) { 4 } else { 8 };
        let weights = Array4::from_elem((4, channels, 3, 3), 0.25);
        let window = Window { padding: [1; 4], ..Window::new([3, 3]) };
        let reader = Layer::Conv2d(Conv2d::new(weights, None, window, 1, RELU).unwrap());
        let layers = vec![
            (conv(1, 0, LINEAR), vec![0]),
            (conv(3, 1, LINEAR), vec![0]),
            (join, vec![1, 2]),
            (reader, vec![3]),
            (Layer::GlobalAvgPool2d, vec![4]),
        ];
        says(layers, "b", "d", "zeros around what the first gives");
    }
}

#[test]
fn layers_that_would_be_too_large_together_and_sums_of_too_many_parts_say_so() {
    let narrow = |from: usize, to: usize| {
        let weights = Array4::from_elem((to, from, 1, 1), -0.5);
        Layer::Conv2d(Conv2d::new(weights, None, Window::new([1, 1]), 1, LINEAR).unwrap())
    };
    let layers = vec![
        (narrow(4, 260), vec![0]),
        (Layer::Activation(RELU), vec![1]),
        (narrow(260, 1), vec![2]),
        (narrow(1, 260), vec![3]),
        (Layer::Activation(RELU), vec![4]),
        (Layer::GlobalAvgPool2d, vec![5]),
    ];
    says(layers, "c", "d", "the two as one layer would be too large");

    let mut layers: Vec<_> = (0..65).map(|_| (conv(1, 0, LINEAR), vec![0])).collect();
    layers.extend([(Layer::Add, (1..=65).collect()), (conv(1, 0, RELU), vec![66]), (Layer::GlobalAvgPool2d, vec![67])]);
    assert!(refusal(layers).contains("the layers for all that is added up would be too many, or too large"));
}

#[test]
fn a_grouped_convolution_behind_a_concatenation_was_a_panic() {
    let grouped = |channels: usize, weight: f32, activation| {
        let weights = Array4::from_elem((channels, 1, 1, 1), weight);
        Layer::Conv2d(Conv2d::new(weights, None, Window::new([1, 1]), channels, activation).unwrap())
    };
    let twice = vec![
        (grouped(4, -1.0, LINEAR), vec![0]),
        (Layer::Concat, vec![1, 1]),
        (grouped(8, 1.0, RELU), vec![2]),
        (Layer::GlobalAvgPool2d, vec![3]),
    ];
    says(twice, "a", "c", "what reads it needs spikes");
}
