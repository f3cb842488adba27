//! What the rewriting rules make of small networks.

use super::*;
use crate::ann::{Activation, BatchNorm, Conv2d, Dense, Layer, Node, Source, Window};
use ndarray::{Array1, Array4, array};

fn conv(window: Window, outputs: usize, inputs: usize, activation: Activation) -> Layer {
    let weights = Array4::from_shape_fn((outputs, inputs, window.kernel[0], window.kernel[1]), |(o, i, y, x)| {
        ((o * 7 + i * 5 + y * 3 + x * 11) % 13) as f32 / 13.0 - 0.4
    });
    Layer::Conv2d(Conv2d::new(weights, None, window, 1, activation).unwrap())
}

fn norm(channels: usize, activation: Activation) -> Layer {
    let values = |from: f32| Array1::from_shape_fn(channels, |c| from + c as f32 * 0.25);
    Layer::BatchNorm(BatchNorm::new([values(0.5), values(-0.1), values(0.2), values(0.6)], 1e-5, activation).unwrap())
}

fn dense(inputs: usize) -> Layer {
    let weights = Array2::from_shape_fn((3, inputs), |(j, i)| ((j * 5 + i * 3) % 7) as f32 / 7.0 - 0.4);
    Layer::Dense(Dense::new(weights, Some(array![0.1, 0.2, 0.3]), Activation::Linear).unwrap())
}

/// Simplifies, checks that the outputs stay, and returns the kinds that are left and the steps.
fn simplified(layers: Vec<Layer>) -> (Vec<&'static str>, Vec<Rewrite>) {
    let before = Network::new(vec![2, 6, 6], layers).unwrap();
    let inputs = Array2::from_shape_fn((3, 72), |(n, i)| ((n * 31 + i * 17) % 23) as f32 / 23.0);
    let expected = before.predict(inputs.view()).unwrap();
    let (after, rewrites) = before.simplify().unwrap();
    assert!(difference(&expected, &after.predict(inputs.view()).unwrap()) < 1e-5);
    (after.nodes().iter().map(|node| node.layer.kind()).collect(), rewrites)
}

const RELU: Layer = Layer::Activation(Activation::Relu);

#[test]
fn outputs_beyond_32_bits_were_refused_as_a_fault_of_a_step_or_not_at_all() {
    let row = |values: [f32; 2]| Array2::from_shape_vec((1, 2), values.to_vec()).unwrap();
    let two = |values| Layer::Dense(Dense::new(row(values), None, Activation::Relu).unwrap());
    let network = Network::new(vec![2], vec![two([3e38, 3e38])]).unwrap();
    let error = network.simplify().unwrap_err();
    assert_eq!(error.code(), "invalid-input");
    assert!(error.to_string().contains("the outputs"), "{error}");
}

#[test]
fn batch_norm_and_relu_end_in_the_convolution() {
    let window = Window { padding: [1; 4], ..Window::new([3, 3]) };
    let layers =
        vec![conv(window, 4, 2, Activation::Linear), norm(4, Activation::Linear), RELU, Layer::Flatten, dense(144)];
    let (kinds, rewrites) = simplified(layers);
    assert_eq!(kinds, ["conv2d", "flatten", "dense"]);
    assert_eq!(rewrites.len(), 2);
    assert_eq!(rewrites[1].layers, ["batchNorm1"]);
    assert!(rewrites.iter().all(|rewrite| rewrite.largest_difference < 1e-5));
}

#[test]
fn a_relu_behind_max_pooling_moves_before_it() {
    let layers = vec![
        conv(Window::new([3, 3]), 4, 2, Activation::Linear),
        Layer::MaxPool2d(Window { stride: [2; 2], ..Window::new([2, 2]) }),
        Layer::Flatten,
        RELU,
        dense(16),
    ];
    let (kinds, rewrites) = simplified(layers);
    assert_eq!(kinds, ["conv2d", "maxPool2d", "flatten", "dense"]);
    assert_eq!(rewrites[0].layers, ["activation3"]);
}

#[test]
fn a_norm_behind_max_pooling_moves_before_it_unless_it_turns_a_channel_round() {
    let window = Window { stride: [2; 2], padding: [0, 1, 1, 0], ..Window::new([2, 3]) };
    let layers = |norm| {
        let first = conv(Window::new([2, 2]), 3, 2, Activation::Linear);
        vec![first, Layer::MaxPool2d(window), norm, RELU, Layer::Flatten, dense(3 * 3 * 2)]
    };
    assert_eq!(simplified(layers(norm(3, Activation::Linear))).0, ["conv2d", "maxPool2d", "flatten", "dense"]);
    let even = |value: f32| Array1::from_elem(3, value);
    let turned = BatchNorm::new([array![1.0, -1.0, 1.0], even(0.1), even(0.2), even(0.5)], 0.0, Activation::Linear);
    let kinds = simplified(layers(Layer::BatchNorm(turned.unwrap()))).0;
    assert_eq!(kinds, ["conv2d", "maxPool2d", "batchNorm", "flatten", "dense"]);
}

#[test]
fn batch_norm_behind_a_relu_folds_ahead_through_pools() {
    for pool in [Layer::AvgPool2d(Window { stride: [2; 2], ..Window::new([2, 2]) }), Layer::GlobalAvgPool2d] {
        let inputs = if matches!(pool, Layer::GlobalAvgPool2d) { 4 } else { 16 };
        let first = conv(Window::new([3, 3]), 4, 2, Activation::Relu);
        let kinds = simplified(vec![first, norm(4, Activation::Linear), pool, Layer::Flatten, dense(inputs)]).0;
        assert_eq!((kinds.len(), kinds[3]), (4, "dense"));
    }
    let max = Layer::MaxPool2d(Window { stride: [2; 2], ..Window::new([2, 2]) });
    let next = conv(Window::new([2, 2]), 3, 4, Activation::Linear);
    let layers = vec![conv(Window::new([3, 3]), 4, 2, Activation::Relu), norm(4, Activation::Linear), max, next];
    assert_eq!(simplified(layers).0, ["conv2d", "maxPool2d", "conv2d"]);
}

#[test]
fn batch_norm_of_the_input_was_left_alone_where_it_met_padding() {
    for padding in [[0; 4], [1; 4], [0, 2, 1, 0]] {
        for stride in [1, 2] {
            let window = Window { padding, stride: [stride, 1], ..Window::new([3, 3]) };
            let next = conv(window, 4, 2, Activation::Relu);
            assert_eq!(simplified(vec![norm(2, Activation::Linear), next.clone()]).0, ["conv2d"]);
            // Another one before and behind it.
            let around = vec![norm(2, Activation::Linear), next, norm(4, Activation::Linear)];
            let behind = conv(Window { padding: [1; 4], ..Window::new([2, 2]) }, 3, 4, Activation::Linear);
            let layers = [vec![norm(2, Activation::Linear)], around, vec![behind]].concat();
            assert_eq!(simplified(layers).0, ["conv2d", "conv2d"]);
        }
    }
}

#[test]
fn batch_norm_that_several_layers_read_folds_into_those_that_can_take_it() {
    let node = |layer, inputs: &[usize]| Node {
        name: String::new(),
        layer,
        inputs: inputs.iter().map(|&place| place.checked_sub(1).map_or(Source::Input, Source::Layer)).collect(),
    };
    let same = Window { padding: [1; 4], ..Window::new([3, 3]) };
    let nodes = |shortcut: bool| {
        let mut nodes = vec![
            node(norm(2, Activation::Linear), &[0]),
            node(conv(same, 2, 2, Activation::Relu), &[1]),
            node(conv(Window::new([1, 1]), 2, 2, Activation::Relu), &[1]),
        ];
        nodes.push(node(Layer::Add, if shortcut { &[1, 2, 3] } else { &[2, 3] }));
        nodes.extend([node(RELU, &[4]), node(Layer::Flatten, &[5]), node(dense(72), &[6])]);
        nodes
    };
    for shortcut in [false, true] {
        let before = Network::graph(vec![2, 6, 6], nodes(shortcut)).unwrap();
        let inputs = Array2::from_shape_fn((3, 72), |(n, i)| ((n * 31 + i * 17) % 23) as f32 / 23.0);
        let (after, rewrites) = before.clone().simplify().unwrap();
        let norms = after.nodes().iter().filter(|node| matches!(node.layer, Layer::BatchNorm(_))).count();
        assert_eq!((norms, rewrites.len()), (usize::from(shortcut), 1));
        assert_eq!(rewrites[0].layers.len(), 1, "{rewrites:?}");
        let outputs = [before, after].map(|network| network.predict(inputs.view()).unwrap());
        assert!(difference(&outputs[0], &outputs[1]) < 1e-5);
    }
}

#[test]
fn a_scale_of_the_input_folds_into_padding_too() {
    let values = |value: f32| Array1::from_elem(2, value);
    let scale = BatchNorm::new([values(1.0 / 255.0), values(0.0), values(0.0), values(1.0)], 0.0, Activation::Linear);
    let next = conv(Window { padding: [1; 4], ..Window::new([3, 3]) }, 4, 2, Activation::Relu);
    assert_eq!(simplified(vec![Layer::BatchNorm(scale.unwrap()), next]).0, ["conv2d"]);
}

#[test]
fn scores_that_are_averaged_over_positions_are_those_of_the_averages() {
    let layers = |kernel| {
        let scores = conv(Window::new([kernel; 2]), 3, 4, Activation::Linear);
        vec![conv(Window::new([1, 1]), 4, 2, Activation::Relu), scores, Layer::GlobalAvgPool2d, Layer::Flatten]
    };
    assert_eq!(simplified(layers(1)).0, ["conv2d", "globalAvgPool2d", "conv2d", "flatten"]);
    // Larger ones read other positions at the edge than inside.
    assert_eq!(simplified(layers(2)).0, ["conv2d", "conv2d", "flatten"]);
}

#[test]
fn the_largest_of_some_channels_are_some_channels_of_the_largest() {
    let layers = |weights: [[f32; 3]; 2]| {
        let weights = Array4::from_shape_fn((2, 3, 1, 1), |(o, i, ..)| weights[o][i]);
        let select = Conv2d::new(weights, None, Window::new([1, 1]), 1, Activation::Linear).unwrap();
        let pool = Layer::MaxPool2d(Window { stride: [2, 1], padding: [0, 1, 1, 0], ..Window::new([2, 3]) });
        vec![conv(Window::new([1, 1]), 3, 2, Activation::Relu), Layer::Conv2d(select), pool, Layer::Flatten, dense(30)]
    };
    let kinds = simplified(layers([[0.0, 0.0, 1.0], [0.5, 0.0, 0.0]])).0;
    // The dense layer has become the convolution that reads them.
    assert_eq!(kinds, ["conv2d", "maxPool2d", "conv2d", "flatten"]);
    for others in [[[0.0, 0.0, 1.0], [0.5, 0.5, 0.0]], [[0.0, 0.0, -1.0], [0.5, 0.0, 0.0]], [[0.0; 3], [0.0; 3]]] {
        assert_eq!(simplified(layers(others)).0, ["conv2d", "conv2d", "maxPool2d", "flatten", "dense"]);
    }
}

#[test]
fn a_mean_that_counts_padding_stays_behind_a_bias_which_padding_does_not_have() {
    let layers = |padding, biased: bool| {
        let weights = Array4::from_shape_fn((3, 4, 1, 1), |(o, i, ..)| 0.25 * (o + i) as f32);
        let bias = biased.then(|| array![1.0, 2.0, 3.0]);
        let scores = Conv2d::new(weights, bias, Window::new([1, 1]), 1, Activation::Linear).unwrap();
        let pool = Layer::AvgPool2d(Window { padding: [padding; 4], ..Window::new([2, 2]) });
        vec![conv(Window::new([1, 1]), 4, 2, Activation::Relu), Layer::Conv2d(scores), pool, Layer::Flatten]
    };
    for (padding, biased) in [(0, false), (0, true), (1, false)] {
        assert_eq!(simplified(layers(padding, biased)).0, ["conv2d", "avgPool2d", "conv2d", "flatten"]);
    }
    // One layer then, with biases of their own at the border.
    assert_eq!(simplified(layers(1, true)).0, ["conv2d", "conv2d", "flatten"]);
}

#[test]
fn a_maximum_behind_a_relu_is_a_relu_with_a_maximum_and_the_least_of_several_counts() {
    let capped = |cap| Layer::Activation(Activation::Clipped(cap));
    for caps in [vec![capped(0.5)], vec![capped(0.25), capped(0.5)], vec![capped(0.5), capped(0.25)]] {
        let layers = [vec![conv(Window::new([1, 1]), 4, 2, Activation::Relu)], caps, vec![Layer::Flatten, dense(144)]];
        assert_eq!(simplified(layers.concat()).0, ["conv2d", "flatten", "dense"]);
    }
}

#[test]
fn batch_norm_of_the_input_folds_into_each_group() {
    let weights = Array4::from_shape_fn((4, 1, 2, 2), |(o, _, y, x)| (o * 3 + y * 2 + x) as f32 / 9.0 - 0.5);
    let grouped = Conv2d::new(weights, None, Window::new([2, 2]), 2, Activation::Relu).unwrap();
    let layers = vec![norm(2, Activation::Linear), Layer::Conv2d(grouped)];
    assert_eq!(simplified(layers).0, ["conv2d"]);
}

#[test]
fn a_value_that_others_read_too_is_left_alone() {
    let node = |layer, inputs| Node { name: String::new(), layer, inputs };
    let nodes = vec![
        node(conv(Window::new([1, 1]), 2, 2, Activation::Linear), vec![Source::Input]),
        node(norm(2, Activation::Relu), vec![Source::Layer(0)]),
        node(Layer::Add, vec![Source::Layer(0), Source::Layer(1)]),
    ];
    let (after, rewrites) = Network::graph(vec![2, 2, 2], nodes).unwrap().simplify().unwrap();
    assert_eq!((after.nodes().len(), rewrites.len()), (3, 0));
}

#[test]
fn what_is_behind_a_concatenation_of_sums_belongs_to_its_branches() {
    let node = |layer, inputs| Node { name: "n".into(), layer, inputs };
    let branch = |outputs| conv(Window::new([1, 1]), outputs, 2, Activation::Linear);
    let concat = |first: Layer, behind: Vec<Layer>| {
        let mut nodes = vec![
            node(first, vec![Source::Input]),
            node(branch(3), vec![Source::Input]),
            node(Layer::Concat, vec![Source::Layer(0), Source::Layer(1)]),
        ];
        for layer in behind.into_iter().chain([Layer::Flatten, dense(5 * 36)]) {
            nodes.push(node(layer, vec![Source::Layer(nodes.len() - 1)]));
        }
        Network::graph(vec![2, 6, 6], nodes).unwrap()
    };
    let kinds = |network: Network| {
        let inputs = Array2::from_shape_fn((3, 72), |(n, i)| ((n * 31 + i * 17) % 23) as f32 / 23.0);
        let expected = network.predict(inputs.view()).unwrap();
        let (after, _) = network.simplify().unwrap();
        assert!(difference(&expected, &after.predict(inputs.view()).unwrap()) < 1e-5);
        after.nodes().iter().map(|node| node.layer.kind()).collect::<Vec<_>>()
    };
    let split = ["conv2d", "conv2d", "concat", "flatten", "dense"];
    assert_eq!(kinds(concat(branch(2), vec![RELU])), split);
    assert_eq!(kinds(concat(branch(2), vec![norm(5, Activation::Linear), RELU])), split);
    assert_eq!(kinds(concat(branch(2), vec![norm(5, Activation::Relu)])), split);
    // One that is no sum any more.
    let rectified = conv(Window::new([1, 1]), 2, 2, Activation::Relu);
    let kept = kinds(concat(rectified, vec![norm(5, Activation::Relu)]));
    assert_eq!(kept, ["conv2d", "conv2d", "batchNorm", "concat", "flatten", "dense"]);
}

#[test]
fn norms_in_a_row_become_one_also_where_pools_are_between_them() {
    let pool = || Layer::AvgPool2d(Window { stride: [2; 2], ..Window::new([2, 2]) });
    let conv = || conv(Window::new([1, 1]), 2, 2, Activation::Relu);
    let layers =
        vec![conv(), norm(2, Activation::Linear), pool(), norm(2, Activation::Linear), Layer::Flatten, dense(18)];
    let (kinds, rewrites) = simplified(layers);
    assert_eq!(kinds, ["conv2d", "avgPool2d", "flatten", "dense"]);
    assert!(rewrites.iter().any(|rewrite| rewrite.step == MERGED_NORMS), "{rewrites:?}");
    let layers = vec![conv(), norm(2, Activation::Linear), norm(2, Activation::Relu), Layer::Flatten, dense(72)];
    assert_eq!(simplified(layers).0, ["conv2d", "batchNorm", "flatten", "dense"]);
}

/// Sources by their places: 0 is the input.
fn graph(layers: Vec<(Layer, Vec<usize>)>) -> Network {
    let source = |place: usize| place.checked_sub(1).map_or(Source::Input, Source::Layer);
    let node = |(index, (layer, inputs)): (usize, (Layer, Vec<usize>))| Node {
        name: index.to_string(),
        layer,
        inputs: inputs.into_iter().map(source).collect(),
    };
    Network::graph(vec![2, 6, 6], layers.into_iter().enumerate().map(node).collect()).unwrap()
}

#[test]
fn sums_that_a_layer_and_a_shortcut_read_were_refused() {
    let one = |outputs, inputs, activation| conv(Window::new([1, 1]), outputs, inputs, activation);
    let linear = Activation::Linear;
    // Two of three blocks with a shortcut around a bottleneck, and one that reads them all (MobileNetV2).
    let network = graph(vec![
        (one(6, 2, Activation::Clipped(6.0)), vec![0]),
        (one(2, 6, linear), vec![1]),
        (one(6, 2, Activation::Clipped(6.0)), vec![2]),
        (one(2, 6, linear), vec![3]),
        (Layer::Add, vec![2, 4]),
        (one(6, 2, Activation::Clipped(6.0)), vec![5]),
        (one(2, 6, linear), vec![6]),
        (Layer::Add, vec![5, 7]),
        (one(4, 2, Activation::Relu), vec![8]),
        (Layer::Flatten, vec![9]),
        (dense(144), vec![10]),
    ]);
    let inputs = Array2::from_shape_fn((3, 72), |(n, i)| ((n * 31 + i * 17) % 23) as f32 / 23.0);
    let expected = network.predict(inputs.view()).unwrap();
    let (after, rewrites) = network.simplify().unwrap();
    assert!(difference(&expected, &after.predict(inputs.view()).unwrap()) < 1e-5);
    let convs = after.nodes().iter().filter(|node| matches!(node.layer, Layer::Conv2d(_)));
    // The first; what the second, third and last read: one, two and three parts.
    assert_eq!(convs.count(), 1 + 1 + 2 + 3, "{rewrites:?}");
    let sums = after.nodes().iter().filter(|node| matches!(node.layer, Layer::Add));
    assert_eq!(sums.count(), 2);
    let calibration = crate::convert::Calibration::new(&after, inputs);
    assert!(calibration.is_ok(), "{:?}", calibration.err());
}

#[test]
fn a_small_file_of_sums_of_sums_does_not_grow_without_bounds() {
    let one = |activation| conv(Window::new([1, 1]), 2, 2, activation);
    let mut layers = vec![(one(Activation::Linear), vec![0])];
    let mut sum = 1;
    for _ in 0..150 {
        layers.push((one(Activation::Relu), vec![sum]));
        layers.push((one(Activation::Linear), vec![layers.len()]));
        layers.push((Layer::Add, vec![sum, layers.len()]));
        sum = layers.len();
    }
    layers.extend([(Layer::Activation(Activation::Relu), vec![sum]), (Layer::Flatten, vec![sum + 1])]);
    layers.push((dense(72), vec![layers.len()]));
    // Finite numbers are not asked for: they grow with every block.
    let small = |layer: Layer| match layer {
        Layer::Conv2d(conv) => {
            let weights = conv.weights().mapv(|weight| weight * 0.25);
            Layer::Conv2d(Conv2d::new(weights, None, *conv.window(), 1, conv.activation()).unwrap())
        }
        other => other,
    };
    let network = graph(layers.into_iter().map(|(layer, inputs)| (small(layer), inputs)).collect());
    let (after, _) = network.simplify().unwrap();
    assert!(after.nodes().len() <= crate::ann::MAX_LAYERS, "{}", after.nodes().len());
}

#[test]
fn concatenations_that_grow_layer_by_layer_were_refused() {
    let one = |outputs, inputs, activation| conv(Window::new([1, 1]), outputs, inputs, activation);
    // Two layers of a dense block (DenseNet): each reads all before it, scaled and rectified for it alone; the second
    // time as a concatenation of a concatenation.
    for nested in [false, true] {
        let all = if nested { vec![5, 7] } else { vec![1, 4, 7] };
        let network = graph(vec![
            (one(2, 2, Activation::Relu), vec![0]),
            (norm(2, Activation::Linear), vec![1]),
            (RELU, vec![2]),
            (one(3, 2, Activation::Linear), vec![3]),
            (Layer::Concat, vec![1, 4]),
            (norm(5, Activation::Relu), vec![5]),
            (one(2, 5, Activation::Linear), vec![6]),
            (Layer::Concat, all),
            (norm(7, Activation::Linear), vec![8]),
            (RELU, vec![9]),
            (Layer::GlobalAvgPool2d, vec![10]),
            (Layer::Flatten, vec![11]),
            (dense(7), vec![12]),
        ]);
        let inputs = Array2::from_shape_fn((3, 72), |(n, i)| ((n * 31 + i * 17) % 23) as f32 / 23.0);
        let expected = network.predict(inputs.view()).unwrap();
        let (after, _) = network.simplify().unwrap();
        assert!(difference(&expected, &after.predict(inputs.view()).unwrap()) < 1e-5);
        let rectified = |node: &&Node| node.layer.activation() == Some(Activation::Relu);
        assert_eq!(after.nodes().iter().filter(rectified).count(), 1 + 1 + 2 + 3);
        let calibration = crate::convert::Calibration::new(&after, inputs);
        assert!(calibration.is_ok(), "{:?}", calibration.err());
    }
}

#[test]
fn what_is_read_twice_behind_a_layer_that_was_taken_out_is_left_alone() {
    let node = |layer, inputs| Node { name: String::new(), layer, inputs };
    let nodes = vec![
        node(conv(Window::new([1, 1]), 2, 2, Activation::Linear), vec![Source::Input]),
        node(Layer::Activation(Activation::Linear), vec![Source::Layer(0)]),
        node(RELU, vec![Source::Layer(1)]),
        node(Layer::Add, vec![Source::Layer(1), Source::Layer(2)]),
    ];
    let (after, _) = Network::graph(vec![2, 2, 2], nodes).unwrap().simplify().unwrap();
    assert_eq!(after.nodes().iter().map(|node| node.layer.kind()).collect::<Vec<_>>(), ["conv2d", "activation", "add"]);
}

#[test]
fn means_and_flattened_values_of_sums_with_no_activation_were_refused() {
    let same = Window { padding: [1; 4], ..Window::new([3, 3]) };
    let block = |behind: Vec<(Layer, Vec<usize>)>| {
        let mut layers = vec![
            (conv(same, 4, 2, Activation::Relu), vec![0]),
            (conv(same, 4, 4, Activation::Linear), vec![1]),
            (Layer::Add, vec![1, 2]),
        ];
        layers.extend(behind);
        graph(layers)
    };
    let covering = Layer::AvgPool2d(Window { stride: [6; 2], ..Window::new([6, 6]) });
    let dense_behind = |flat: bool, at: usize| match flat {
        true => vec![(Layer::Flatten, vec![at]), (dense(4), vec![at + 1])],
        false => vec![(dense(4), vec![at])],
    };
    let means = [Layer::GlobalAvgPool2d, covering];
    for (mean, flat) in means.into_iter().flat_map(|mean| [(mean.clone(), true), (mean, false)]) {
        let network = block([vec![(mean, vec![3])], dense_behind(flat, 4)].concat());
        check(network);
    }
    // Of an image whose parts come from convolutions of one pixel.
    let one = |outputs, inputs, activation| conv(Window::new([1, 1]), outputs, inputs, activation);
    check(graph(vec![
        (one(3, 2, Activation::Relu), vec![0]),
        (one(3, 3, Activation::Linear), vec![1]),
        (Layer::Add, vec![1, 2]),
        (Layer::Flatten, vec![3]),
        (dense(108), vec![4]),
    ]));
}

#[test]
fn layers_that_read_concatenations_of_sums_were_refused() {
    let same = Window { padding: [1; 4], ..Window::new([3, 3]) };
    let one = |outputs, inputs, activation| conv(Window::new([1, 1]), outputs, inputs, activation);
    // Of a sum of sums, spikes, and a sum that a shortcut reads as well.
    check(graph(vec![
        (one(3, 2, Activation::Relu), vec![0]),
        (one(3, 3, Activation::Linear), vec![1]),
        (Layer::Add, vec![1, 2]),
        (one(2, 3, Activation::Linear), vec![1]),
        (Layer::Concat, vec![3, 1, 4]),
        (conv(same, 3, 8, Activation::Relu), vec![5]),
        (one(2, 3, Activation::Linear), vec![6]),
        (Layer::Add, vec![4, 7]),
        (one(3, 2, Activation::Relu), vec![8]),
        (Layer::Flatten, vec![9]),
        (dense(108), vec![10]),
    ]));
    // Of vectors, one of which has no weight there.
    let rows = |outputs: usize, inputs: usize, from: usize, activation| {
        let weight = |(j, i): (usize, usize)| if i < from { 0.0 } else { ((j * 5 + i * 3) % 7) as f32 / 7.0 - 0.3 };
        let weights = Array2::from_shape_fn((outputs, inputs), weight);
        Layer::Dense(Dense::new(weights, Some(Array1::from_elem(outputs, 0.05)), activation).unwrap())
    };
    let network = graph(vec![
        (Layer::Flatten, vec![0]),
        (rows(4, 72, 0, Activation::Relu), vec![1]),
        (rows(3, 4, 0, Activation::Linear), vec![2]),
        (rows(2, 4, 0, Activation::Linear), vec![2]),
        (Layer::Concat, vec![3, 4, 2]),
        (rows(3, 9, 3, Activation::Relu), vec![5]),
        (rows(3, 3, 0, Activation::Linear), vec![6]),
    ]);
    check(network.clone());
    // The second, which is joined, and the spikes.
    let (after, _) = network.simplify().unwrap();
    let sum = after.nodes().iter().find(|node| matches!(node.layer, Layer::Add)).unwrap();
    assert_eq!(sum.inputs.len(), 2);
    // A convolution in groups, and a mean, give parts side by side, which are no sum.
    let grouped =
        Layer::Conv2d(Conv2d::new(Array4::ones((4, 1, 1, 1)), None, Window::new([1, 1]), 4, Activation::Relu).unwrap());
    for reader in [grouped, Layer::AvgPool2d(Window::new([2, 2]))] {
        let layers = vec![
            (one(2, 2, Activation::Relu), vec![0]),
            (one(2, 2, Activation::Linear), vec![1]),
            (Layer::Concat, vec![1, 2]),
            (reader, vec![3]),
        ];
        let (after, _) = graph(layers).simplify().unwrap();
        assert!(after.nodes().iter().any(|node| matches!(node.layer, Layer::Concat)));
    }
}

/// Simplifies, and checks that the outputs stay and that what is left has a spiking form.
fn check(network: Network) {
    let inputs = Array2::from_shape_fn((3, 72), |(n, i)| ((n * 31 + i * 17) % 23) as f32 / 23.0);
    let expected = network.predict(inputs.view()).unwrap();
    let (after, _) = network.simplify().unwrap();
    assert!(difference(&expected, &after.predict(inputs.view()).unwrap()) < 1e-5);
    assert_eq!(after.outputs(), expected.ncols());
    let calibration = crate::convert::Calibration::new(&after, inputs);
    assert!(calibration.is_ok(), "{:?}", calibration.err());
}
