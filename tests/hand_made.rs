//! Networks that a user of the crate puts together: what does not fit is refused by name, however it was made.
#![cfg(not(target_arch = "wasm32"))]

use std::sync::Arc;

use ndarray::{Array2, Array4, array};
use quartic_snn::ann::{Activation, Conv2d, Dense, Layer, Network, Node, Source, Window};
use quartic_snn::convert::{Adjustment, Base, Calibration, ConvertOptions, Converted, drift};
use quartic_snn::export::to_safetensors;
use quartic_snn::measure::{Evaluation, Tallies};
use quartic_snn::snn::{self, Coding, Connection, Neuron, Pool, PoolKind, Readout, RunOptions, Synapses};
use quartic_snn::{Error, ann::Shape};

fn refused<T>(result: Result<T, Error>, code: &str, text: &str) {
    let error = result.err().expect("it was taken");
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(text), "{text} is not in: {error}");
}

fn dense(weights: Array2<f32>, activation: Activation) -> Layer {
    Layer::Dense(Dense::new(weights, None, activation).unwrap())
}

/// A dense layer whose outputs are added to themselves again and again, with a ReLU behind and scores.
fn doubled(size: usize, times: usize) -> Network {
    let node = |name: &str, layer, inputs: &[usize]| Node {
        name: name.into(),
        layer,
        inputs: inputs.iter().map(|&index| Source::Layer(index)).collect(),
    };
    let first = dense(Array2::from_elem((size, size), 0.01), Activation::Linear);
    let mut nodes = vec![Node { name: "first".into(), layer: first, inputs: vec![Source::Input] }];
    nodes.extend((0..times).map(|k| node(&format!("twice {k}"), Layer::Add, &[k, k])));
    nodes.push(node("relu", Layer::Activation(Activation::Relu), &[times]));
    nodes.push(node("scores", dense(Array2::from_elem((2, size), 0.1), Activation::Linear), &[times + 1]));
    Network::graph(vec![size], nodes).unwrap()
}

#[test]
fn sums_of_sums_filled_the_memory() {
    // 2^40 branches.
    refused(Calibration::new(&doubled(1, 40), array![[1.0]]), "unsupported-layer", "branches");
    // 256 branches of a million weights each.
    let inputs = Array2::from_elem((1, 1024), 0.5);
    refused(Calibration::new(&doubled(1024, 8), inputs), "shape-mismatch", "weights");
    let few = doubled(2, 3);
    let calibration = Calibration::new(&few, array![[1.0, 0.5]]).unwrap();
    let converted = ConvertOptions::default().validate().unwrap().convert(&few, &calibration).unwrap();
    assert_eq!(converted.network.layers()[0].connections().len(), 8);
}

#[test]
fn a_layer_that_cannot_read_a_sum_used_up_what_others_may_be_made_of() {
    let conv = |out: usize, from: usize, kernel: usize, activation| {
        let window = Window { padding: [kernel / 2; 4], ..Window::new([kernel; 2]) };
        let weights = Array4::from_elem((out, from, kernel, kernel), 0.001);
        Layer::Conv2d(Conv2d::new(weights, None, window, 1, activation).unwrap())
    };
    let (relu, linear) = (Activation::Relu, Activation::Linear);
    // Two kernels with padding are not one: the sum in front of the fourth layer stays, as no value of it is below 0.
    let mut layers = vec![
        (conv(256, 1, 1, relu), vec![0]),
        (conv(256, 256, 3, linear), vec![1]),
        (Layer::Add, vec![1, 2]),
        (conv(256, 256, 3, relu), vec![3]),
        (conv(2, 256, 1, relu), vec![4]),
    ];
    // Of these sums, which are below 0, each part gets a layer of its own: in the end they were refused as too large.
    let small = |weights: [f32; 4], activation| {
        let weights = Array4::from_shape_vec((2, 2, 1, 1), weights.to_vec()).unwrap();
        Layer::Conv2d(Conv2d::new(weights, None, Window::new([1, 1]), 1, activation).unwrap())
    };
    for _ in 0..120 {
        let before = layers.len();
        layers.push((small([-2.0, -2.0, 0.5, 0.5], linear), vec![before]));
        layers.push((small([0.5; 4], relu), vec![before]));
        layers.push((Layer::Add, vec![before + 1, before + 2]));
        layers.push((small([-0.1, 0.35, -0.1, 0.35], relu), vec![before + 3]));
    }
    layers.push((Layer::GlobalAvgPool2d, vec![layers.len()]));
    layers.push((dense(Array2::from_elem((2, 2), 0.5), linear), vec![layers.len()]));
    let source = |place: usize| place.checked_sub(1).map_or(Source::Input, Source::Layer);
    let node = |(index, (layer, inputs)): (usize, (Layer, Vec<usize>))| Node {
        name: format!("layer {index}"),
        layer,
        inputs: inputs.into_iter().map(source).collect(),
    };
    let network = Network::graph(vec![1, 3, 3], layers.into_iter().enumerate().map(node).collect()).unwrap();
    let network = network.simplify().unwrap().0;
    assert!(Calibration::new(&network, Array2::from_elem((1, 9), 0.5)).is_ok());
}

/// A layer of one neuron that reads one input.
fn neuron(weight: f32, neuron: Neuron) -> snn::Layer {
    let connection = Connection::new(0, Vec::new(), Synapses::dense(1, 1, |_, _| weight));
    snn::Layer::new("one", Shape::Flat(1), vec![connection], &[0.0], &[1.0], neuron).unwrap()
}

const INTEGRATES: Neuron = Neuron { fires: false, ..Neuron::USUAL };

#[test]
fn a_read_out_that_its_neurons_do_not_serve_gave_wrong_scores() {
    let network = |layers, readout| snn::Network::new(Shape::Flat(1), layers, 1.0, readout);
    refused(network(vec![neuron(1.0, Neuron::USUAL)], Readout::Potential), "invalid-option", "readout");
    refused(network(vec![neuron(1.0, INTEGRATES)], Readout::Count), "invalid-option", "readout");
    let silent = vec![neuron(1.0, INTEGRATES), neuron(1.0, INTEGRATES)];
    refused(network(silent, Readout::Potential), "invalid-option", "readout");
    assert!(network(vec![neuron(1.0, INTEGRATES)], Readout::Potential).is_ok());
}

#[test]
fn pools_that_do_not_follow_on_ended_the_run() {
    let pool = |size| {
        Pool::new(PoolKind::Mean, Window { stride: [2; 2], ..Window::new([2; 2]) }, Shape::Image([1, size, size]))
    };
    let network = |pools: Vec<Pool>, read: usize| {
        let connection = Connection::new(0, pools, Synapses::dense(read, 1, |_, _| 1.0));
        let layer = snn::Layer::new("one", Shape::Flat(1), vec![connection], &[0.0], &[1.0], Neuron::USUAL).unwrap();
        snn::Network::new(Shape::Image([1, 8, 8]), vec![layer], 1.0, Readout::Count)
    };
    assert!(network(vec![pool(8).unwrap(), pool(4).unwrap()], 4).is_ok());
    refused(network(vec![pool(8).unwrap(), pool(6).unwrap()], 9), "shape-mismatch", "[1, 4, 4]");
    refused(network(vec![pool(6).unwrap()], 9), "shape-mismatch", "[1, 8, 8]");
}

#[test]
fn neurons_that_only_integrate_fired_where_their_sum_overflowed() {
    let network =
        snn::Network::new(Shape::Flat(1), vec![neuron(f32::MAX, INTEGRATES)], 1.0, Readout::Potential).unwrap();
    let options = RunOptions { steps: 5, seed: Some(1), ..RunOptions::default() }.validate().unwrap();
    let result = snn::run(&network, &[1.0], &options).unwrap();
    assert_eq!(result.counts, [0]);
}

#[test]
fn a_max_pool_over_padding_alone_gave_the_lowest_number_there_is() {
    // Rows -1 and 4 of an image with rows 0 to 3.
    let window = Window { dilation: [5, 1], padding: [1, 0, 1, 0], ..Window::new([2, 1]) };
    let layers = vec![Layer::MaxPool2d(window), Layer::Flatten];
    refused(Network::new(vec![1, 4, 1], layers), "shape-mismatch", "reach into the 4 x 1 image");
    let window = Window { padding: [1; 4], ..Window::new([2, 2]) };
    assert!(Network::new(vec![1, 4, 4], vec![Layer::MaxPool2d(window), Layer::Flatten]).is_ok());
}

#[test]
fn a_clipped_relu_that_no_layer_can_have_panicked_where_it_was_applied() {
    assert!(Activation::Clipped(f32::NAN).apply(0.5) >= 0.0);
    assert!(Activation::Clipped(-1.0).apply(-2.0) <= 0.0);
    for (sum, expected) in [(-1.0, 0.0), (0.5, 0.5), (7.0, 6.0_f32)] {
        assert!((Activation::Clipped(6.0).apply(sum) - expected).abs() < f32::EPSILON);
    }
}

#[test]
fn numbers_of_no_images_filled_the_memory() {
    refused(Tallies::from_numbers(&[0.0, 0.0, 1e12, 0.0]), "shape-mismatch", "tallies");
}

#[test]
fn a_report_before_the_first_image_was_not_a_number() {
    let ann = Network::new(vec![1], vec![dense(array![[1.0], [0.5]], Activation::Linear)]).unwrap();
    let calibration = Calibration::new(&ann, array![[1.0]]).unwrap();
    let converted = ConvertOptions::default().validate().unwrap().convert(&ann, &calibration).unwrap();
    let options = RunOptions { steps: 5, seed: Some(1), ..RunOptions::default() }.validate().unwrap();
    let networks = vec![("l4".into(), Arc::new(converted.network))];
    let mut evaluation = Evaluation::new(Arc::new(ann), networks, vec![1.0], vec![0], options).unwrap();
    refused(evaluation.report(), "shape-mismatch", "images");
    while evaluation.advance().unwrap() {}
    let others = RunOptions { steps: 6, seed: Some(1), ..RunOptions::default() }.validate().unwrap();
    refused(evaluation.tallies().report(&["l4".into()], &others), "shape-mismatch", "5, those of the tallies");
    assert!((evaluation.report().unwrap().ann.accuracy - 1.0).abs() < f64::EPSILON);
}

#[test]
fn a_network_with_constant_currents_kept_those_of_the_last_input() {
    let network = snn::Network::new(Shape::Flat(1), vec![neuron(0.6, Neuron::USUAL)], 1.0, Readout::Count).unwrap();
    let network = network.with_coding(Coding::Constant).unwrap();
    let mut simulation = snn::Simulation::new(&network, 16, false);
    let mut silence = snn::SpikeBlock::default();
    (0..10).for_each(|_| silence.end_step());
    let mut run = |input: Option<&[f32]>| {
        match input {
            Some(input) => simulation.present(input),
            None => simulation.reset(),
        }
        simulation.advance(&silence);
        (simulation.spikes_after_input(), simulation.synaptic_operations())
    };
    assert_eq!(run(Some(&[1.0])), (6, 1));
    assert_eq!(run(None), (0, 0));
    assert_eq!(run(Some(&[1.0])), (6, 1));
}

#[test]
fn the_drift_of_constant_currents_was_multiplied_by_the_input_rate() {
    let ann = Network::new(vec![1], vec![dense(array![[0.5]], Activation::Linear)]).unwrap();
    for rate in [0.25, 1.0] {
        let network = snn::Network::new(Shape::Flat(1), vec![neuron(0.5, Neuron::USUAL)], rate, Readout::Count);
        let network = network.unwrap().with_coding(Coding::Constant).unwrap();
        assert_eq!(drift(&ann, &network, &[0.75]).unwrap(), [[0.375]]);
    }
}

/// Four weights as large as a number can be.
fn overflowing(activation: Activation) -> Layer {
    dense(Array2::from_elem((1, 4), 3e38), activation)
}

#[test]
fn a_network_whose_norms_overflow_was_saved_and_could_not_be_read() {
    let ann = Network::new(vec![4], vec![overflowing(Activation::Linear)]).unwrap();
    let calibration = Calibration::new(&ann, Array2::from_elem((1, 4), 1e-3)).unwrap();
    let plain = ConvertOptions { base: Base::Max, adjustment: Adjustment::None, ..ConvertOptions::default() };
    let converted = plain.validate().unwrap().convert(&ann, &calibration);
    refused(converted.map(|_| ()), "conversion-failed", "L4 norm");
}

#[test]
fn activations_that_overflow_were_put_down_to_the_calibration() {
    let scores = dense(array![[1.0], [-1.0], [0.0]], Activation::Linear);
    let ann = Network::new(vec![4], vec![overflowing(Activation::Relu), scores]).unwrap();
    let calibration = Calibration::new(&ann, Array2::ones((1, 4))).unwrap();
    let converted = ConvertOptions::default().validate().unwrap().convert(&ann, &calibration);
    refused(converted.map(|_| ()), "conversion-failed", "not finite");
}

#[test]
fn noise_that_overflows_where_it_is_told_by_norms_alone_is_refused() {
    // Four outputs of a deviation of 10^37 a step; one of them has a far larger norm, by an input that is dark, and so
    // twice the deviation of all: more than 32 bits hold after 900 steps.
    let mut weights = Array2::from_shape_fn((4, 2), |(_, i)| if i == 0 { 1e37 } else { 0.0 });
    weights[[0, 1]] = 3e38;
    let ann = Network::new(vec![2], vec![dense(weights, Activation::Linear)]).unwrap();
    let calibration = Calibration::new(&ann, array![[1.0, 0.0]]).unwrap();
    let options = |steps| ConvertOptions {
        base: Base::None,
        adjustment: Adjustment::None,
        input_rate: 1.0,
        steps,
        ..ConvertOptions::default()
    };
    let converted = |steps| options(steps).validate().unwrap().convert(&ann, &calibration).map(|_| ());
    assert_eq!(converted(100), Ok(()));
    refused(converted(900), "conversion-failed", "noise");
}

#[test]
fn a_network_whose_scores_are_no_numbers_has_no_function_to_keep() {
    let branch = |weight| dense(Array2::from_elem((1, 16), weight), Activation::Linear);
    let node = |name: &str, layer, inputs: Vec<Source>| Node { name: name.into(), layer, inputs };
    let nodes = vec![
        node("above", branch(5e37), vec![Source::Input]),
        node("below", branch(-5e37), vec![Source::Input]),
        node("sum", Layer::Add, vec![Source::Layer(0), Source::Layer(1)]),
    ];
    // Infinity less infinity.
    let ann = Network::graph(vec![16], nodes).unwrap();
    let calibration = Calibration::new(&ann, Array2::ones((1, 16))).unwrap();
    let options = ConvertOptions {
        base: Base::None,
        adjustment: Adjustment::None,
        input_rate: 1.0,
        steps: 1,
        ..ConvertOptions::default()
    };
    let converted = options.validate().unwrap().convert(&ann, &calibration);
    refused(converted.map(|_| ()), "conversion-failed", "no longer compute");
}

#[test]
fn weights_that_are_no_numbers_made_neurons_silent() {
    for weight in [f32::NAN, f32::INFINITY] {
        let layers = vec![neuron(weight, Neuron::USUAL)];
        refused(snn::Network::new(Shape::Flat(1), layers, 1.0, Readout::Count), "invalid-input", "weights");
    }
}

#[test]
fn sizes_beyond_all_memory_overflowed() {
    let huge = Shape::Image([usize::MAX, 2, 2]);
    refused(Pool::new(PoolKind::Mean, Window::new([1, 1]), huge), "shape-mismatch", "pool");
    let connection = || Connection::new(0, Vec::new(), Synapses::dense(1, 1, |_, _| 1.0));
    let layer = snn::Layer::new("one", huge, vec![connection()], &[0.0], &[1.0], Neuron::USUAL);
    refused(layer, "shape-mismatch", "layer");
    let layers = vec![neuron(1.0, Neuron::USUAL)];
    refused(snn::Network::new(huge, layers, 1.0, Readout::Count), "shape-mismatch", "the input");
    let pool = Layer::AvgPool2dInside(Window::new([2, 2]), [usize::MAX; 4]);
    let ann = Network::new(vec![1, 2, 2], vec![pool, Layer::Flatten]).unwrap();
    assert!(ann.predict(Array2::ones((1, 4)).view()).is_ok());
}

#[test]
fn counts_that_are_none_were_taken_for_0_or_1() {
    for number in [f64::NAN, -1.0, 0.5, 1e30] {
        refused(Tallies::from_numbers(&[0.0, 0.0, 1.0, 1.0, number]), "invalid-input", "counts");
    }
}

#[test]
fn layers_without_a_report_were_left_out_of_the_file() {
    let ann = Network::new(vec![1], vec![dense(array![[1.0], [0.5]], Activation::Linear)]).unwrap();
    let calibration = Calibration::new(&ann, array![[1.0]]).unwrap();
    let converted = ConvertOptions::default().validate().unwrap().convert(&ann, &calibration).unwrap();
    let changed = |change: &dyn Fn(&mut Converted)| {
        let mut other = converted.clone();
        change(&mut other);
        to_safetensors(&other, None)
    };
    assert!(changed(&|_| ()).is_ok());
    refused(changed(&|other| other.layers.clear()), "shape-mismatch", "reports");
    refused(changed(&|other| other.layers[0].gains.truncate(1)), "shape-mismatch", "report");
    refused(changed(&|other| other.steps = usize::MAX), "invalid-option", "steps");
    refused(changed(&|other| other.function_error = f64::NAN), "invalid-option", "functionError");
}

#[test]
fn a_network_that_was_not_simplified_was_called_too_large() {
    let layers = vec![dense(array![[1.0], [-1.0]], Activation::Linear), dense(array![[1.0, 0.5]], Activation::Linear)];
    let ann = Network::new(vec![1], layers).unwrap();
    refused(Calibration::new(&ann, array![[1.0]]), "unsupported-layer", "simplify");
    assert!(Calibration::new(&ann.simplify().unwrap().0, array![[1.0]]).is_ok());
}

#[test]
fn a_network_of_the_name_of_the_input_limit_could_not_be_told_from_it() {
    let ann = Arc::new(Network::new(vec![1], vec![dense(array![[1.0], [0.5]], Activation::Linear)]).unwrap());
    let calibration = Calibration::new(&ann, array![[1.0]]).unwrap();
    let network = Arc::new(ConvertOptions::default().validate().unwrap().convert(&ann, &calibration).unwrap().network);
    let run = RunOptions { steps: 4, seed: Some(1), ..RunOptions::default() }.validate().unwrap();
    let evaluation = |names: [&str; 2]| {
        let networks = names.map(|name| (name.to_string(), Arc::clone(&network)));
        Evaluation::new(Arc::clone(&ann), networks.into(), vec![1.0], vec![0], run.clone())
    };
    assert!(evaluation(["plain", "l4"]).is_ok());
    refused(evaluation(["plain", "inputLimit"]), "invalid-option", "inputLimit");
    refused(evaluation(["plain", "plain"]), "invalid-option", "plain");
}

#[test]
fn results_have_the_same_names_in_json_as_in_javascript() {
    let ann = Network::new(vec![1], vec![dense(array![[1.0], [0.5]], Activation::Linear)]).unwrap();
    let calibration = Calibration::new(&ann, array![[1.0]]).unwrap();
    let converted = ConvertOptions::default().validate().unwrap().convert(&ann, &calibration).unwrap();
    let record = vec![snn::Recording::Spikes, snn::Recording::Potentials];
    let run = RunOptions { steps: 4, seed: Some(1), record, ..RunOptions::default() }.validate().unwrap();
    let result = serde_json::to_value(snn::run(&converted.network, &[1.0], &run).unwrap()).unwrap();
    assert_eq!(result["spikesPerLayer"].as_array().unwrap().len(), 2);
    assert_eq!((&result["seed"], &result["spikes"][0]["layer"]), (&1.into(), &0.into()));
    assert_eq!(result["potentials"][0]["values"].as_array().unwrap().len(), 8);
    let report = serde_json::to_value(&converted.layers[0]).unwrap();
    assert_eq!(report["sigmaL4"].as_array().unwrap().len(), 2);
}

#[test]
fn a_clip_of_the_input_to_what_inputs_are_was_refused() {
    let clip = |cap| Layer::Activation(Activation::Clipped(cap));
    let with = |cap| {
        let layers = vec![
            clip(cap),
            dense(array![[1.0], [-0.5]], Activation::Relu),
            dense(array![[1.0, 1.0]], Activation::Linear),
        ];
        let ann = Network::new(vec![1], layers).unwrap();
        Calibration::new(&ann, array![[0.75], [0.25]])
    };
    assert!(with(1.0).is_ok() && with(6.0).is_ok());
    refused(with(0.5), "unsupported-layer", "cap");
}

#[test]
fn outputs_that_are_all_negative_were_put_down_to_the_calibration() {
    let layer = Dense::new(array![[1.0], [0.5]], Some(array![-3.0, -3.0]), Activation::Linear).unwrap();
    let ann = Network::new(vec![1], vec![Layer::Dense(layer)]).unwrap();
    let calibration = Calibration::new(&ann, array![[1.0]]).unwrap();
    let options = ConvertOptions { adjustment: Adjustment::None, ..ConvertOptions::default() };
    let plain = |readout| ConvertOptions { readout, ..options.clone() }.validate().unwrap().convert(&ann, &calibration);
    refused(plain(Readout::Count), "conversion-failed", "`potential`");
    assert!(plain(Readout::Potential).is_ok());
}
