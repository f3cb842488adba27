//! Networks that part and join: what each branch brings reaches the neurons behind.
#![cfg(not(target_arch = "wasm32"))]

use ndarray::{Array1, Array2, Array4, array};
use quartic_snn::ann::{Activation, BatchNorm, Conv2d, Dense, Layer, Network, Node, Source, Window};
use quartic_snn::convert::{Adjustment, Base, Calibration, ConvertOptions, Converted};
use quartic_snn::export::to_nir;
use quartic_snn::snn::{RunOptions, Synapses, run};

const RELU: Activation = Activation::Relu;

/// Nodes, each with the places of what it reads: 0 is the input.
fn network(shape: &[usize], layers: Vec<(Layer, Vec<usize>)>) -> Network {
    let source = |place: usize| place.checked_sub(1).map_or(Source::Input, Source::Layer);
    let node = |(index, (layer, inputs)): (usize, (Layer, Vec<usize>))| Node {
        name: format!("layer {index}"),
        layer,
        inputs: inputs.into_iter().map(source).collect(),
    };
    Network::graph(shape.to_vec(), layers.into_iter().enumerate().map(node).collect()).unwrap()
}

fn convert(ann: &Network, inputs: Array2<f32>, base: Base, adjustment: Adjustment) -> Converted {
    let calibration = Calibration::new(ann, inputs).unwrap();
    let options = ConvertOptions { base, adjustment, ..ConvertOptions::default() };
    options.validate().unwrap().convert(ann, &calibration).unwrap()
}

#[test]
fn the_biases_of_two_branches_are_summed() {
    let branch = |bias: [f32; 2]| {
        let weights = array![[0.5, 0.25], [0.125, 1.0]];
        Layer::Dense(Dense::new(weights, Some(Array1::from_vec(bias.to_vec())), Activation::Linear).unwrap())
    };
    let scores = Layer::Dense(Dense::new(array![[1.0, 0.0], [0.0, 1.0]], None, Activation::Linear).unwrap());
    let layers = vec![
        (branch([0.5, -0.25]), vec![0]),
        (branch([1.0, 0.75]), vec![0]),
        (Layer::Add, vec![1, 2]),
        (Layer::Activation(RELU), vec![3]),
        (scores, vec![4]),
    ];
    let converted = convert(&network(&[2], layers), array![[0.5, 1.0]], Base::None, Adjustment::None);
    // Thresholds of 1 leave biases as they are.
    assert_eq!(converted.network.layers()[0].bias(), [1.5, 0.5]);
}

/// Two branches of very different strengths, joined, pooled and read; pooled before they are joined where `early`.
fn pooled(pool: fn(Window) -> Layer, early: bool, strong_first: bool) -> Network {
    let branch = |weight: f32| {
        let weights = Array4::from_shape_fn((2, 1, 1, 1), |(channel, ..)| weight * (1.0 + channel as f32));
        Layer::Conv2d(Conv2d::new(weights, None, Window::new([1, 1]), 1, RELU).unwrap())
    };
    // What reads a branch has the same weights, wherever the branch stands.
    let behind = Array4::from_shape_fn((3, 4, 2, 2), |(to, from, y, x)| {
        let strong = (from < 2) == strong_first;
        0.1 + 0.3 * (to as f32) + 0.5 * ((from % 2) as f32) + 0.2 * (y + 2 * x) as f32 + if strong { 0.7 } else { 0.0 }
    });
    let behind = Layer::Conv2d(Conv2d::new(behind, None, Window::new([2, 2]), 1, RELU).unwrap());
    let scores =
        Dense::new(Array2::from_shape_fn((2, 12), |(j, i)| (1 + j + i) as f32), None, Activation::Linear).unwrap();
    let (first, second) = if strong_first { (8.0, 0.25) } else { (0.25, 8.0) };
    let window = || pool(Window { stride: [2; 2], ..Window::new([2, 2]) });
    let mut layers = vec![(branch(first), vec![0]), (branch(second), vec![0])];
    layers.extend(match early {
        true => vec![(window(), vec![1]), (window(), vec![2]), (Layer::Concat, vec![3, 4])],
        // One place more, so that what follows reads the same.
        false => vec![(Layer::Concat, vec![1, 2]), (window(), vec![3]), (Layer::Activation(RELU), vec![4])],
    });
    layers.extend([(behind, vec![5]), (Layer::Flatten, vec![6]), (Layer::Dense(scores), vec![7])]);
    network(&[1, 6, 6], layers)
}

#[test]
fn thresholds_behind_joined_pools_follow_from_the_values_of_each_branch() {
    let inputs = Array2::from_shape_fn((3, 36), |(row, k)| {
        // Dark on the left, so that the noise is on the right.
        if k % 6 < 3 { 0.0 } else { ((row * 7 + k * 5) % 11) as f32 / 11.0 }
    });
    for pool in [Layer::AvgPool2d, Layer::MaxPool2d] {
        for adjustment in [Adjustment::L4, Adjustment::Exact] {
            let behind = |early, strong_first| {
                let ann = pooled(pool, early, strong_first);
                let converted = convert(&ann, inputs.clone(), Base::Percentile, adjustment);
                converted.layers[converted.layers.len() - 2].clone()
            };
            let (expected, others) =
                (behind(true, true), [behind(false, true), behind(true, false), behind(false, false)]);
            for other in others {
                let (one, two) = (expected.concentration, other.concentration);
                assert!((one - two).abs() < 1e-4 && one > 1.01, "{one} {two}");
                for (one, two) in expected.thresholds.iter().zip(&other.thresholds) {
                    assert!((one - two).abs() < 1e-4 * one, "{:?} {:?}", expected.thresholds, other.thresholds);
                }
            }
        }
    }
}

#[test]
fn a_pooled_value_counts_for_the_shares_of_its_taps_in_a_norm_beside_one_that_is_not_pooled() {
    let hidden = array![[1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 2.0], [0.0, 1.0, 0.0, 0.0, 2.0]];
    let layers = vec![
        (Layer::Flatten, vec![0]),
        (Layer::AvgPool2d(Window::new([2, 2])), vec![0]),
        (Layer::Flatten, vec![2]),
        (Layer::Concat, vec![1, 3]),
        (Layer::Dense(Dense::new(hidden, None, RELU).unwrap()), vec![4]),
        (Layer::Dense(Dense::new(Array2::ones((1, 3)), None, Activation::Linear).unwrap()), vec![5]),
    ];
    let ann = network(&[1, 2, 2], layers);
    let calibration = Calibration::new(&ann, array![[1.0, 0.5, 0.5, 0.0]]).unwrap();
    // A weight of 2 behind the mean of four is four weights of 1/2: sums of 4 * 1/2 = 2, of squares 1 and of fourth powers
    // 1/4, beside 1 where there is a weight of 1 as well.
    let norms = [
        (Adjustment::L1, [1.0, 2.0, 1.0 + 2.0]),
        (Adjustment::L2, [1.0, 1.0, 2_f64.sqrt()]),
        (Adjustment::L4, [1.0, 0.25_f64.powf(0.25), 1.25_f64.powf(0.25)]),
    ];
    // Spikes have an amplitude of 1/r = 4, and of 1 behind the mean, whose value is 0.5: variances per step of 1 * 4 * 1,
    // of 4 * 1 * 0.5 and of 1 * 4 * 0.5 + 4 * 1 * 0.5.
    let rms = ((4.0 + 2.0 + 4.0) / 3.0_f64).sqrt();
    for (adjustment, norms) in norms {
        let options = ConvertOptions {
            adjustment,
            strength: Some(0.5),
            steps: 16,
            headroom: None,
            bias_correction: Some(false),
            ..ConvertOptions::default()
        };
        let converted = options.validate().unwrap().convert(&ann, &calibration).unwrap();
        // k sqrt(T) = 2.
        let of_norms = (norms.iter().map(|norm| norm * norm).sum::<f64>() / 3.0).sqrt();
        for (found, norm) in converted.layers[0].thresholds.iter().zip(norms) {
            let expected = 2.0 * norm * rms / of_norms;
            assert!((f64::from(*found) - expected).abs() < 1e-6, "{adjustment:?}: {found}, expected {expected}");
        }
        for (found, norm) in converted.layers[0].l4.iter().zip([1.0, 0.25_f64.powf(0.25), 1.25_f64.powf(0.25)]) {
            assert!((f64::from(*found) - norm).abs() < 1e-6, "{found}, expected {norm}");
        }
    }
}

/// `factor * x + term` per channel.
fn norm(affine: [(f32, f32); 2], activation: Activation) -> Layer {
    let of = |value: fn((f32, f32)) -> f32| Array1::from_vec(affine.map(value).to_vec());
    let statistics = [of(|(factor, _)| factor), of(|(_, term)| term), Array1::zeros(2), Array1::ones(2)];
    Layer::BatchNorm(BatchNorm::new(statistics, 0.0, activation).unwrap())
}

/// A convolution of two channels to two, with what comes out scaled and shifted.
fn scaled_conv(seed: usize, affine: [(f32, f32); 2], activation: Activation) -> Layer {
    let weights = Array4::from_shape_fn((2, 2, 3, 3), |(o, i, y, x)| {
        (((seed + o * 7 + i * 5 + y * 3 + x * 11) % 13) as f32 / 8.0 - 0.5) * affine[o].0
    });
    let bias = Array1::from_shape_fn(2, |o| (0.25 - 0.125 * o as f32) * affine[o].0 + affine[o].1);
    let window = Window { padding: [1; 4], ..Window::new([3, 3]) };
    Layer::Conv2d(Conv2d::new(weights, Some(bias), window, 1, activation).unwrap())
}

/// Converts both after all rewriting; thresholds and biases must be the same, and nothing may be left of the function.
fn same(one: Network, other: Network, neurons: usize) {
    let inputs = Array2::from_shape_fn((6, 50), |(row, i)| ((row * 5 + i * 3) % 8) as f32 / 7.0);
    for adjustment in [Adjustment::L4, Adjustment::Exact, Adjustment::None] {
        for base in [Base::Percentile, Base::Weights] {
            let [one, other] = [&one, &other].map(|ann| {
                let (ann, _) = ann.clone().simplify().unwrap();
                convert(&ann, inputs.clone(), base, adjustment)
            });
            assert!(one.function_error < 1e-5, "{}", one.function_error);
            assert_eq!(one.layers.len(), neurons);
            for (one, other) in one.layers.iter().zip(&other.layers) {
                let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-4 * b.abs();
                assert!(
                    one.thresholds.iter().zip(&other.thresholds).all(near),
                    "{:?} {:?}",
                    one.thresholds,
                    other.thresholds
                );
                assert!(one.l4.iter().zip(&other.l4).all(near), "{:?} {:?}", one.l4, other.l4);
                assert!(one.sigma.iter().zip(&other.sigma).all(near), "{:?} {:?}", one.sigma, other.sigma);
                assert!((one.concentration - other.concentration).abs() < 1e-4);
            }
            for (one, other) in one.network.layers().iter().zip(other.network.layers()) {
                assert!(one.bias().iter().zip(other.bias()).all(|(a, b)| (a - b).abs() < 1e-4));
            }
        }
    }
}

const PLAIN: [(f32, f32); 2] = [(1.0, 0.0); 2];

fn scores() -> Layer {
    let weights = Array2::from_shape_fn((3, 50), |(j, i)| 0.1 * ((i * 7 + j * 5) % 9) as f32 - 0.3);
    Layer::Dense(Dense::new(weights, None, Activation::Linear).unwrap())
}

#[test]
fn blocks_with_batch_norm_and_relu_before_their_convolutions_were_refused() {
    // Sums that two layers read, scaled for one of them alone (ResNet v2).
    let (first, second) = ([(2.0, 0.5), (-0.5, 0.25)], [(0.25, -0.125), (1.5, 0.75)]);
    let linear = Activation::Linear;
    let blocks = vec![
        (scaled_conv(1, PLAIN, linear), vec![0]),
        (norm(first, RELU), vec![1]),
        (scaled_conv(2, PLAIN, linear), vec![2]),
        (Layer::Add, vec![1, 3]),
        (norm(second, RELU), vec![4]),
        (Layer::Flatten, vec![5]),
        (scores(), vec![6]),
    ];
    let by_hand = vec![
        (scaled_conv(1, first, RELU), vec![0]),
        (scaled_conv(1, second, linear), vec![0]),
        // The terms of the second one are in the branch above.
        (scaled_conv(2, second.map(|(factor, _)| (factor, 0.0)), linear), vec![1]),
        (Layer::Add, vec![2, 3]),
        (Layer::Activation(RELU), vec![4]),
        (Layer::Flatten, vec![5]),
        (scores(), vec![6]),
    ];
    same(network(&[2, 5, 5], blocks), network(&[2, 5, 5], by_hand), 3);
}

#[test]
fn batch_norm_on_a_shortcut_and_behind_spikes_was_refused() {
    // Of the input beside a convolution (RepVGG), and with a ReLU behind it, where spikes come in (DenseNet).
    let affine = [(2.0, 0.5), (-0.5, 0.25)];
    let depthwise = |activation| {
        let weights = Array4::from_shape_fn((2, 1, 1, 1), |(o, ..)| affine[o].0);
        let bias = Array1::from_vec(vec![affine[0].1, affine[1].1]);
        Layer::Conv2d(Conv2d::new(weights, Some(bias), Window::new([1, 1]), 2, activation).unwrap())
    };
    let of = |on_shortcut: Layer, behind: Layer| {
        network(
            &[2, 5, 5],
            vec![
                (scaled_conv(1, PLAIN, Activation::Linear), vec![0]),
                (on_shortcut, vec![0]),
                (Layer::Add, vec![1, 2]),
                (Layer::Activation(RELU), vec![3]),
                (behind, vec![4]),
                (scaled_conv(2, PLAIN, RELU), vec![5]),
                (Layer::Flatten, vec![6]),
                (scores(), vec![7]),
            ],
        )
    };
    let norms = of(norm(affine, Activation::Linear), norm(affine, RELU));
    same(norms, of(depthwise(Activation::Linear), depthwise(RELU)), 4);
}

#[test]
fn channels_that_are_put_among_others_cost_one_operation_a_spike() {
    // What a padding of channels is read as, with weights of its own; the same as a convolution whose zeros are told apart
    // from none by a row that is not zero.
    let placed = |other: f32| {
        let weights = Array4::from_shape_fn((5, 2, 1, 1), |(o, i, ..)| match (o, i) {
            (1, 0) => 0.5,
            (2, 1) => 1.5,
            (4, 0) => other,
            _ => 0.0,
        });
        Layer::Conv2d(Conv2d::new(weights, None, Window::new([1, 1]), 1, Activation::Linear).unwrap())
    };
    let of = |other: f32| {
        let beside = Array4::from_shape_fn((5, 2, 1, 1), |(o, i, ..)| 0.1 * (o + 2 * i) as f32 - 0.2);
        let beside = Conv2d::new(beside, Some(Array1::ones(5)), Window::new([1, 1]), 1, Activation::Linear).unwrap();
        let scores = Array2::from_shape_fn((3, 20), |(j, i)| 0.1 * ((i * 7 + j * 5) % 9) as f32 - 0.3);
        network(
            &[2, 2, 2],
            vec![
                (Layer::Conv2d(beside), vec![0]),
                (placed(other), vec![0]),
                (Layer::Add, vec![1, 2]),
                (Layer::Activation(RELU), vec![3]),
                (Layer::Flatten, vec![4]),
                (Layer::Dense(Dense::new(scores, None, Activation::Linear).unwrap()), vec![5]),
            ],
        )
    };
    let inputs = Array2::from_shape_fn((6, 8), |(row, i)| ((row * 5 + i * 3) % 8) as f32 / 7.0);
    for adjustment in [Adjustment::L4, Adjustment::Exact, Adjustment::None] {
        let convert = |other| convert(&of(other), inputs.clone(), Base::Percentile, adjustment);
        let (one, other) = (convert(0.0), convert(1e-30));
        assert_eq!(one.layers, other.layers);
        let kind = |converted: &Converted| {
            matches!(converted.network.layers()[0].connections()[1].synapses(), Synapses::Pointwise(_))
        };
        assert!(kind(&one) && !kind(&other));
        let options = RunOptions { seed: Some(1), ..RunOptions::default() }.validate().unwrap();
        let [one, other] = [one, other].map(|converted| {
            let file = to_nir(&converted.network).unwrap();
            assert!(!file.is_empty());
            run(&converted.network, &[0.75; 8], &options).unwrap()
        });
        assert_eq!((one.prediction, &one.counts), (other.prediction, &other.counts));
        let spared = other.synaptic_operations - one.synaptic_operations;
        // Five operations a spike of the input beside one.
        assert!(spared > 0 && spared.is_multiple_of(4), "{spared}");
    }
}

#[test]
fn batch_norm_that_a_max_pool_would_turn_round_is_refused_with_what_helps() {
    let pool = Layer::MaxPool2d(Window { stride: [2; 2], ..Window::new([2, 2]) });
    let layers = vec![
        (scaled_conv(1, PLAIN, RELU), vec![0]),
        (norm([(1.0, 0.5), (-1.0, 0.5)], Activation::Linear), vec![1]),
        (pool, vec![2]),
        (scaled_conv(2, PLAIN, RELU), vec![3]),
    ];
    let (ann, _) = network(&[2, 5, 5], layers).simplify().unwrap();
    let error = Calibration::new(&ann, Array2::ones((1, 50))).unwrap_err();
    assert_eq!(error.code(), "unsupported-layer");
    assert!(error.to_string().contains("a negative factor"), "{error}");
}

#[test]
fn what_the_weights_can_cause_follows_from_the_bound_of_each_source() {
    let dense = |weights: &[f32], activation| {
        let weights = Array2::from_shape_vec((1, weights.len()), weights.to_vec()).unwrap();
        Layer::Dense(Dense::new(weights, None, activation).unwrap())
    };
    let layers = vec![
        (dense(&[1.0, 1.0], RELU), vec![0]),
        (dense(&[3.0], RELU), vec![1]),
        (Layer::Concat, vec![0, 1, 2]),
        (dense(&[1.0, -1.0, 5.0, 7.0], Activation::Linear), vec![3]),
    ];
    let converted = convert(&network(&[2], layers), array![[0.5, 1.0]], Base::Weights, Adjustment::None);
    let thresholds: Vec<f32> = converted.layers.iter().map(|layer| layer.thresholds[0]).collect();
    // Inputs up to 1: 1 + 1 = 2, then 3 * 2 = 6, and with all three 1 * 1 + 5 * 2 + 7 * 6 = 53.
    assert_eq!(thresholds, [2.0, 6.0, 53.0]);
}

#[test]
fn the_sum_of_flattened_images_converts_and_beside_a_vector_it_is_refused() {
    let conv = |seed: usize| {
        let weights =
            Array4::from_shape_fn((2, 1, 2, 2), |(o, _, y, x)| (o + seed) as f32 * 0.5 - 0.25 * (y + x) as f32);
        Layer::Conv2d(
            Conv2d::new(weights, Some(array![0.1, -0.1]), Window::new([2, 2]), 1, Activation::Linear).unwrap(),
        )
    };
    let dense = |inputs, outputs| {
        let weights = Array2::from_shape_fn((outputs, inputs), |(j, i)| 0.1 * ((i * 7 + j * 5) % 9) as f32 - 0.3);
        Layer::Dense(Dense::new(weights, None, Activation::Linear).unwrap())
    };
    let of = |second: Vec<(Layer, Vec<usize>)>, summed: usize| {
        let mut layers = vec![(conv(1), vec![0]), (Layer::Flatten, vec![1])];
        layers.extend(second);
        let at = layers.len();
        layers.extend([
            (Layer::Add, vec![2, summed]),
            (Layer::Activation(RELU), vec![at + 1]),
            (dense(8, 2), vec![at + 2]),
        ]);
        network(&[1, 3, 3], layers)
    };
    let inputs = Array2::from_shape_fn((8, 9), |(row, i)| ((row * 5 + i * 3) % 8) as f32 / 7.0);
    let images = of(vec![(conv(2), vec![0]), (Layer::Flatten, vec![3])], 4);
    // Every neuron of the sum has the bias of its channel; what the conversion computes is checked against the network.
    let converted = convert(&images, inputs.clone(), Base::None, Adjustment::None);
    assert_eq!(converted.network.layers()[0].bias(), [0.2, -0.2]);
    let mixed = of(vec![(Layer::Flatten, vec![0]), (dense(9, 8), vec![3])], 4);
    let error = Calibration::new(&mixed, inputs).unwrap_err();
    assert_eq!(error.code(), "unsupported-layer");
    assert!(error.to_string().contains("flattened image"), "{error}");
    // The same of spikes in place of sums.
    let rectified = network(
        &[1, 3, 3],
        vec![
            (conv(1), vec![0]),
            (Layer::Activation(RELU), vec![1]),
            (Layer::Flatten, vec![2]),
            (Layer::Flatten, vec![0]),
            (dense(9, 8), vec![4]),
            (Layer::Add, vec![3, 5]),
            (Layer::Activation(RELU), vec![6]),
            (dense(8, 2), vec![7]),
        ],
    );
    let error = Calibration::new(&rectified, Array2::ones((1, 9))).unwrap_err();
    assert_eq!(error.code(), "unsupported-layer");
    assert!(error.to_string().contains("flattened image"), "{error}");
}

#[test]
fn a_cap_on_spikes_that_have_neurons_already_is_refused() {
    let conv = Array4::from_elem((1, 1, 1, 1), 2.0);
    let conv = || Layer::Conv2d(Conv2d::new(conv.clone(), None, Window::new([1, 1]), 1, RELU).unwrap());
    let scores = || Layer::Dense(Dense::new(array![[1.0], [0.5]], None, Activation::Linear).unwrap());
    let with = |activation| {
        let layers = vec![
            (conv(), vec![0]),
            (Layer::AvgPool2d(Window::new([2, 2])), vec![1]),
            (Layer::Activation(activation), vec![2]),
            (Layer::Flatten, vec![3]),
            (scores(), vec![4]),
        ];
        Calibration::new(&network(&[1, 2, 2], layers), Array2::ones((1, 4))).map(|_| ())
    };
    assert_eq!(with(RELU), Ok(()));
    let error = with(Activation::Clipped(1.0)).unwrap_err();
    assert_eq!(error.code(), "unsupported-layer");
    assert!(error.to_string().contains("a cap"), "{error}");
}

#[test]
fn scores_of_several_branches_have_neurons_of_their_own_whatever_the_order_of_the_branches() {
    let dense = |weights: [f32; 2]| Layer::Dense(Dense::new(array![weights], None, RELU).unwrap());
    for order in [vec![1, 2], vec![2, 1]] {
        let layers = vec![(dense([1.0, 0.5]), vec![0]), (dense([0.25, 2.0]), vec![0]), (Layer::Concat, order)];
        let ann = network(&[2], layers);
        let converted = convert(&ann, array![[1.0, 0.5]], Base::None, Adjustment::None);
        assert_eq!((converted.network.layers().len(), converted.network.outputs()), (3, 2));
    }
}

#[test]
fn the_noise_of_spikes_side_by_side_reaches_the_neurons_at_their_places() {
    let dense = |weights: Array2<f32>, activation| Layer::Dense(Dense::new(weights, None, activation).unwrap());
    let layers = vec![
        (dense(array![[1.0]], RELU), vec![0]),
        (dense(array![[4.0]], RELU), vec![0]),
        (Layer::Concat, vec![1, 2]),
        (dense(array![[0.0], [0.0]], Activation::Linear), vec![0]),
        (Layer::Add, vec![3, 4]),
        (Layer::Activation(RELU), vec![5]),
        (dense(array![[1.0, 1.0]], Activation::Linear), vec![6]),
    ];
    let calibration = Calibration::new(&network(&[1], layers.clone()), array![[1.0]]).unwrap();
    let options = ConvertOptions {
        adjustment: Adjustment::Exact,
        strength: Some(0.5),
        steps: 16,
        headroom: None,
        bias_correction: Some(false),
        ..ConvertOptions::default()
    };
    let converted = options.validate().unwrap().convert(&network(&[1], layers), &calibration).unwrap();
    // k sqrt(T) = 2. An input of amplitude 4: deviations of 2 and 8, thresholds of 4 and 16. What says 1 in spikes of 4 has
    // a deviation of 2 again, what says 4 in spikes of 16 has 8.
    for (layer, expected) in converted.layers.iter().zip([&[4.0_f32][..], &[16.0], &[4.0, 16.0]]) {
        assert!(layer.thresholds.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{:?}", layer.thresholds);
    }
    assert_eq!(converted.layers[2].l4, [1.0, 1.0]);
}

#[test]
fn a_cap_bounds_what_the_weights_can_cause_behind_it() {
    let layer = |activation| Layer::Dense(Dense::new(array![[1.0, 1.0]], None, activation).unwrap());
    let one = |activation| Layer::Dense(Dense::new(array![[1.0]], None, activation).unwrap());
    let capped = vec![(layer(Activation::Clipped(0.5)), vec![0]), (one(RELU), vec![1]), (one(RELU), vec![2])];
    let converted = convert(&network(&[2], capped), array![[0.5, 1.0]], Base::Weights, Adjustment::None);
    let thresholds: Vec<f32> = converted.layers.iter().map(|layer| layer.thresholds[0]).collect();
    assert_eq!(thresholds, [0.5; 3]);
}

#[test]
fn a_shortcut_of_pooled_channels_into_a_vector_is_flattened_for_other_simulators() {
    let conv = Array4::from_shape_fn((3, 1, 3, 3), |(o, _, y, x)| 0.1 * (o + y) as f32 - 0.05 * x as f32);
    let conv = Layer::Conv2d(Conv2d::new(conv, None, Window::new([3, 3]), 1, RELU).unwrap());
    let dense = |outputs: usize| {
        let weights = Array2::from_shape_fn((outputs, 3), |(j, i)| 0.4 - 0.2 * ((i + 2 * j) % 3) as f32);
        Layer::Dense(Dense::new(weights, None, Activation::Linear).unwrap())
    };
    let pooled = || vec![(conv.clone(), vec![0]), (Layer::GlobalAvgPool2d, vec![1]), (Layer::Flatten, vec![2])];
    let behind =
        [(dense(3), vec![3]), (Layer::Add, vec![4, 3]), (Layer::Activation(RELU), vec![5]), (dense(2), vec![6])];
    let residual = pooled().into_iter().chain(behind).collect();
    for (layers, place) in [(pooled(), 0), (residual, 1)] {
        let inputs = Array2::from_shape_fn((4, 25), |(row, i)| ((row + 3 * i) % 7) as f32 / 6.0);
        let converted = convert(&network(&[1, 5, 5], layers), inputs, Base::Percentile, Adjustment::None);
        let file = hdf5_reader::Hdf5File::from_vec(to_nir(&converted.network).unwrap()).unwrap();
        let text = |path: &str| file.dataset(path).unwrap().read_strings().unwrap();
        let (flat, shortcut) = (format!("layer2_flatten{place}"), format!("layer2_synapses{place}"));
        assert_eq!(text(&format!("node/nodes/{flat}/type")), ["Flatten"]);
        assert_eq!(text(&format!("node/nodes/{shortcut}/type")), ["Affine"]);
        assert_eq!(file.dataset(&format!("node/nodes/{shortcut}/weight")).unwrap().shape(), [3, 3]);
        let edges = text("node/edges");
        let pool = format!("layer2_pool{place}_0");
        for (from, to) in [(&pool, &flat), (&flat, &shortcut)] {
            assert!(edges.chunks(2).any(|edge| edge == [from.clone(), to.clone()]), "{edges:?}");
        }
    }
}
