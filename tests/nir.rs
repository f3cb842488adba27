//! What is written for other simulators.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::HashMap;

use hdf5_reader::Hdf5File;
use ndarray::{Array2, Array4};
use quartic_snn::ann::{Activation, Conv2d, Dense, Layer, Network, Node, Source, Window};
use quartic_snn::convert::{Adjustment, Base, Calibration, ConvertOptions, Converted};
use quartic_snn::export::to_nir;
use quartic_snn::snn::{Coding, Precision, Readout, Reset, Synapses};

fn converted(ann: &Network) -> Converted {
    let pixel = |(row, i): (usize, usize)| ((row + 2 * i) % 7) as f32 / 6.0;
    let calibration = Calibration::new(ann, Array2::from_shape_fn((6, ann.inputs()), pixel)).unwrap();
    let options = ConvertOptions { steps: 20, ..ConvertOptions::default() };
    options.validate().unwrap().convert(ann, &calibration).unwrap()
}

struct File(Hdf5File);

impl File {
    fn of(ann: &Network) -> Self {
        Self(Hdf5File::from_vec(to_nir(&converted(ann).network).unwrap()).unwrap())
    }

    fn text(&self, path: &str) -> Vec<String> {
        self.0.dataset(path).unwrap().read_strings().unwrap()
    }

    fn sizes(&self, path: &str) -> Vec<usize> {
        let values = self.0.dataset(path).unwrap().read_array::<i64>().unwrap();
        values.into_iter().map(|size| usize::try_from(size).unwrap()).collect()
    }

    fn shape(&self, path: &str) -> Vec<usize> {
        self.0.dataset(path).unwrap().shape().iter().map(|&size| size as usize).collect()
    }

    /// What a node makes of values of this shape, as the format defines it.
    fn passed(&self, node: &str, from: &[usize]) -> Vec<usize> {
        let path = |key: &str| format!("node/nodes/{node}/{key}");
        let (kernel, stride, padding) = (|| self.sizes(&path("kernel_size")), path("stride"), path("padding"));
        let slid = |kernel: [usize; 2], dilation: [usize; 2]| {
            let (stride, padding) = (self.sizes(&stride), self.sizes(&padding));
            let side = |axis: usize| {
                (from[1 + axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis] + 1
            };
            [side(0), side(1)]
        };
        let kind = self.text(&path("type")).concat();
        match kind.as_str() {
            "Input" | "Output" => {
                assert_eq!(self.sizes(&path("shape")), from, "{node}");
                from.to_vec()
            }
            "Flatten" => {
                assert_eq!(self.sizes(&path("input_type")), from, "{node}");
                vec![from.iter().product()]
            }
            "Affine" | "Linear" => {
                let weight = self.shape(&path("weight"));
                assert_eq!(weight[1..], *from, "{node}");
                vec![weight[0]]
            }
            "Conv2d" => {
                let (weight, image) = (self.shape(&path("weight")), self.sizes(&path("input_shape")));
                assert_eq!([weight[1], image[0], image[1]], *from, "{node}");
                let [height, width] = slid([weight[2], weight[3]], self.sizes(&path("dilation")).try_into().unwrap());
                vec![weight[0], height, width]
            }
            "SumPool2d" => {
                let [height, width] = slid(kernel().try_into().unwrap(), [1, 1]);
                vec![from[0], height, width]
            }
            "Scale" => {
                assert_eq!(self.shape(&path("scale")), from, "{node}");
                from.to_vec()
            }
            "IF" | "I" => {
                assert_eq!(self.shape(&path("r")), from, "{node}");
                from.to_vec()
            }
            other => panic!("{node} is of the type {other}"),
        }
    }

    /// Walks from the input to the output, and checks that every node takes what comes in; the shape of the output.
    fn walk(&self) -> Vec<usize> {
        let mut shapes = HashMap::from([("input".to_string(), self.sizes("node/nodes/input/shape"))]);
        for edge in self.text("node/edges").chunks(2) {
            let passed = self.passed(&edge[1], &shapes[&edge[0]]);
            let before = shapes.insert(edge[1].clone(), passed.clone());
            assert!(before.is_none_or(|before| before == passed), "{edge:?}");
        }
        shapes["output"].clone()
    }
}

fn conv(from: usize, to: usize, window: Window, activation: Activation) -> Layer {
    let shape = (to, from, window.kernel[0], window.kernel[1]);
    let weights = Array4::from_shape_fn(shape, |(o, i, y, x)| ((o * 7 + i * 3 + y * 5 + x) % 9) as f32 / 9.0 - 0.2);
    Layer::Conv2d(Conv2d::new(weights, None, window, 1, activation).unwrap())
}

fn dense(from: usize, to: usize) -> Layer {
    let weights = Array2::from_shape_fn((to, from), |(j, i)| 0.5 - 0.25 * ((i + j) % 3) as f32);
    Layer::Dense(Dense::new(weights, None, Activation::Linear).unwrap())
}

#[test]
fn every_node_takes_the_shape_that_comes_in() {
    let (relu, linear) = (Activation::Relu, Activation::Linear);
    let odd = Window { stride: [2, 1], padding: [1, 0, 1, 0], dilation: [1, 2], ..Window::new([3, 2]) };
    let pool = Window { stride: [1, 2], padding: [1, 0, 1, 0], ..Window::new([2, 3]) };
    let heads = [
        // 4 x 4 x 7 values behind the first convolution.
        vec![Layer::AvgPool2d(pool), conv(4, 3, Window::new([2, 2]), relu), Layer::Flatten, dense(3 * 4 * 2, 5)],
        vec![Layer::Flatten, dense(4 * 4 * 7, 5)],
        // Scores of a convolution, whose image is one pixel: behind a mean over all positions, or as large as its input.
        vec![Layer::GlobalAvgPool2d, conv(4, 5, Window::new([1, 1]), linear), Layer::Flatten],
        vec![conv(4, 5, Window::new([4, 7]), linear), Layer::Flatten],
    ];
    for head in heads {
        let layers = [vec![conv(2, 4, odd, relu)], head].concat();
        let ann = Network::new(vec![2, 8, 9], layers).unwrap();
        assert_eq!(File::of(&ann).walk(), [5]);
    }
    for flat in [true, false] {
        assert_eq!(File::of(&added(flat)).walk(), [2]);
    }
}

/// Two branches of one pixel each that are added up, with or without their places in an image.
fn added(flat: bool) -> Network {
    let conv = |scale: f32| {
        let weights = Array4::from_shape_fn((2, 1, 1, 1), |(channel, ..)| scale * (1 + channel) as f32);
        Layer::Conv2d(Conv2d::new(weights, None, Window::new([1, 1]), 1, Activation::Relu).unwrap())
    };
    let dense = |outputs, inputs| {
        let weights = Array2::from_shape_fn((outputs, inputs), |(j, i)| 0.5 - 0.25 * ((i + j) % 3) as f32);
        Layer::Dense(
            Dense::new(weights, None, if outputs == 2 { Activation::Linear } else { Activation::Relu }).unwrap(),
        )
    };
    let (first, second) = if flat { (dense(3, 4), dense(3, 4)) } else { (conv(1.0), conv(0.5)) };
    let flatten = Layer::Flatten;
    let mut layers = vec![(first, 0), (second, 0), (Layer::Add, 1)];
    layers.extend(if flat { vec![(dense(2, 3), 3)] } else { vec![(flatten, 3), (dense(2, 8), 4)] });
    let source = |place: usize| place.checked_sub(1).map_or(Source::Input, Source::Layer);
    let node = |(index, (layer, place)): (usize, (Layer, usize))| Node {
        name: format!("layer {index}"),
        inputs: if matches!(layer, Layer::Add) { vec![source(1), source(2)] } else { vec![source(place)] },
        layer,
    };
    let shape = if flat { vec![4] } else { vec![1, 2, 2] };
    Network::graph(shape, layers.into_iter().enumerate().map(node).collect()).unwrap()
}

#[test]
fn layers_that_add_spikes_up_keep_their_biases_for_other_simulators() {
    for flat in [true, false] {
        let ann = added(flat);
        let (converted, file) = (converted(&ann), File::of(&ann));
        let floats =
            |path: &str| file.0.dataset(path).unwrap().read_array::<f32>().unwrap().into_raw_vec_and_offset().0;
        let sum = &converted.network.layers()[2];
        // What a margin of 1 has taken from the potentials comes back in 20 steps.
        let expected: Vec<f32> = sum.bias().iter().map(|bias| bias + 1.0 / 20.0).collect();
        assert_eq!(floats("node/nodes/layer3_synapses0/bias"), expected);
        assert_eq!(file.text("node/nodes/layer3_synapses0/type"), [if flat { "Affine" } else { "Conv2d" }]);
        // Importers drop other nodes, or stop at them.
        assert_eq!(file.text("node/nodes/layer3_synapses1/type"), [if flat { "Affine" } else { "Conv2d" }]);
        assert!(floats("node/nodes/layer3_synapses1/bias").iter().all(|&bias| bias == 0.0), "there is one bias");
        let Synapses::Pointwise(shortcut) = sum.connections()[0].synapses() else { panic!("they are shortcuts") };
        let (weights, count) = (floats("node/nodes/layer3_synapses0/weight"), expected.len());
        for (place, &weight) in weights.iter().enumerate() {
            let own = place / count == place % count;
            assert_eq!(weight.to_bits(), if own { shortcut.weights()[place % count].to_bits() } else { 0 });
        }
    }
}

/// The plain conversion with thresholds of 1, changed.
fn plain(ann: &Network, change: impl Fn(&mut ConvertOptions)) -> Converted {
    let mut options =
        ConvertOptions { base: Base::None, adjustment: Adjustment::None, steps: 20, ..ConvertOptions::default() };
    change(&mut options);
    let calibration = Calibration::new(ann, Array2::ones((2, ann.inputs()))).unwrap();
    options.validate().unwrap().convert(ann, &calibration).unwrap()
}

fn file(converted: &Converted) -> File {
    File(Hdf5File::from_vec(to_nir(&converted.network).unwrap()).unwrap())
}

impl File {
    fn floats(&self, path: &str) -> Vec<f32> {
        self.0.dataset(path).unwrap().read_array::<f32>().unwrap().into_raw_vec_and_offset().0
    }
}

#[test]
fn weights_are_told_channel_first_and_the_metadata_say_how_neurons_behave() {
    let same = Window { padding: [1; 4], dilation: [1, 1], ..Window::new([3, 3]) };
    let last = dense(2 * 3 * 4, 3);
    let layers = vec![conv(1, 2, same, Activation::Relu), Layer::Flatten, last.clone()];
    let ann = Network::new(vec![1, 3, 4], layers).unwrap();
    let written = file(&plain(&ann, |_| ()));
    let Layer::Dense(dense) = &last else { panic!("it is dense") };
    assert_eq!(
        written.floats("node/nodes/layer2_synapses0/weight"),
        dense.weights().iter().copied().collect::<Vec<_>>()
    );
    assert_eq!(
        written.0.dataset("node/metadata/input_rate").unwrap().read_array::<f64>().unwrap().into_raw_vec_and_offset().0,
        [0.25]
    );
    let texts = |written: &File| ["reset", "coding"].map(|key| written.text(&format!("node/metadata/{key}")).concat());
    assert_eq!(texts(&written), ["subtract", "poisson"]);
    assert_eq!(written.floats("node/metadata/output_thresholds"), [1.0; 3]);
    assert_eq!(written.text("node/nodes/layer2/type"), ["IF"]);
    assert!(written.0.dataset("node/metadata/precision").is_err());
    let other = file(&plain(&ann, |options| {
        (options.reset, options.coding) = (Reset::Zero, Coding::Constant);
        (options.readout, options.precision) = (Readout::Potential, Precision::Fixed);
    }));
    assert_eq!(texts(&other), ["zero", "constant"]);
    assert_eq!(["layer1", "layer2"].map(|node| other.text(&format!("node/nodes/{node}/type")).concat()), ["IF", "I"]);
    assert!(other.text("node/metadata/precision").concat().contains("fixed"));
}

#[test]
fn what_neurons_begin_with_and_what_a_spike_of_an_output_counts_is_told() {
    let layers = vec![dense(3, 4), Layer::Activation(Activation::Relu), dense(4, 3)];
    let converted = plain(&Network::new(vec![3], layers).unwrap(), |options| {
        (options.base, options.percentile) = (Base::Channel, 50.0);
        (options.initial_potential, options.margin) = (Some(0.5), Some(2.0));
    });
    let written = file(&converted);
    assert_eq!(written.floats("node/metadata/initial_potentials"), [-1.5; 2]);
    for layer in ["layer1", "layer2"] {
        assert_eq!(written.floats(&format!("node/nodes/{layer}/metadata/initial_potential")), [-1.5]);
    }
    let thresholds = written.floats("node/metadata/output_thresholds");
    assert_eq!(thresholds, converted.network.output().thresholds());
    assert!((thresholds[0] - thresholds[1]).abs() > 1e-3, "{thresholds:?}");
}

#[test]
fn pools_with_padding_are_convolutions_of_ones_and_others_are_sums() {
    for (channels, padding, kind) in [(3, [0; 4], "SumPool2d"), (3, [1; 4], "Conv2d"), (1100, [1; 4], "SumPool2d")] {
        let window = Window { padding, ..Window::new([2, 2]) };
        let size = channels * if padding == [1; 4] { 9 } else { 1 };
        let layers = vec![Layer::AvgPool2d(window), Layer::Flatten, dense(size, 2)];
        let written = file(&plain(&Network::new(vec![channels, 2, 2], layers).unwrap(), |_| ()));
        assert_eq!(written.text("node/nodes/layer1_pool0_0/type"), [kind]);
        assert_eq!(written.walk(), [2]);
        if kind == "Conv2d" {
            let expected: Vec<f32> = (0..36).map(|at| if at / 12 == at / 4 % 3 { 1.0 } else { 0.0 }).collect();
            assert_eq!(written.floats("node/nodes/layer1_pool0_0/weight"), expected);
        }
    }
}

#[test]
fn a_pool_with_dilation_lost_it() {
    let ann = |channels: usize| {
        let window = Window { dilation: [2, 2], ..Window::new([2, 2]) };
        let layers =
            vec![Layer::AvgPool2d(Window { stride: [1, 1], ..window }), Layer::Flatten, dense(channels * 4, 2)];
        Network::new(vec![channels, 4, 4], layers).unwrap()
    };
    let written = file(&plain(&ann(3), |_| ()));
    assert_eq!(written.text("node/nodes/layer1_pool0_0/type"), ["Conv2d"]);
    assert_eq!(written.sizes("node/nodes/layer1_pool0_0/dilation"), [2, 2]);
    assert_eq!(written.walk(), [2]);
    let error = to_nir(&plain(&ann(1100), |_| ()).network).unwrap_err().to_string();
    assert!(error.contains("no dilation"), "{error}");
}

#[test]
fn a_shortcut_of_an_image_has_the_weight_of_each_channel_at_all_its_positions() {
    let pixel = |to| conv(1, to, Window::new([1, 1]), Activation::Relu);
    let nodes = [
        (pixel(2), vec![Source::Input]),
        (conv(2, 2, Window::new([1, 1]), Activation::Linear), vec![Source::Layer(0)]),
        (Layer::Add, vec![Source::Layer(1), Source::Layer(0)]),
        (Layer::Activation(Activation::Relu), vec![Source::Layer(2)]),
        (Layer::Flatten, vec![Source::Layer(3)]),
        (dense(6, 2), vec![Source::Layer(4)]),
    ];
    let node = |(index, (layer, inputs))| Node { name: format!("layer {index}"), layer, inputs };
    let ann = Network::graph(vec![1, 1, 3], nodes.into_iter().enumerate().map(node).collect()).unwrap();
    let converted = plain(&ann, |options| (options.base, options.percentile) = (Base::Channel, 50.0));
    let Synapses::Pointwise(shortcut) = converted.network.layers()[1].connections()[1].synapses() else {
        panic!("it is a shortcut")
    };
    let [one, two] = shortcut.weights()[..] else { panic!("two channels") };
    assert!((one - two).abs() > 1e-3, "{one} {two}");
    assert_eq!(file(&converted).floats("node/nodes/layer2_synapses1/weight"), [one, 0.0, 0.0, two]);
    assert_eq!(file(&converted).shape("node/nodes/layer2_synapses1/weight"), [2, 2, 1, 1]);
}

#[test]
fn what_would_run_otherwise_elsewhere_is_refused() {
    let refused = |converted: &Converted, text: &str| {
        let error = to_nir(&converted.network).unwrap_err();
        assert_eq!(error.code(), "unsupported-layer");
        assert!(error.to_string().contains(text), "{text} is not in: {error}");
    };
    let two = || Network::new(vec![2], vec![dense(2, 3), Layer::Activation(Activation::Relu), dense(3, 2)]).unwrap();
    refused(&plain(&two(), |options| options.signed = true), "take spikes back");
    refused(&plain(&two(), |options| (options.reset, options.margin) = (Reset::Zero, Some(1.0))), "falling thresholds");
    to_nir(&plain(&two(), |options| options.reset = Reset::Zero).network).unwrap();
    let uneven = Window { padding: [0, 1, 0, 0], ..Window::new([1, 2]) };
    let pooled = vec![Layer::AvgPool2d(uneven), Layer::Flatten, dense(6, 2)];
    refused(&plain(&Network::new(vec![1, 2, 3], pooled).unwrap(), |_| ()), "side to side");
    let source = |place: usize| place.checked_sub(1).map_or(Source::Input, Source::Layer);
    let network = |size: usize, layers: Vec<(Layer, Vec<usize>)>| {
        let node = |(index, (layer, inputs)): (usize, (Layer, Vec<usize>))| Node {
            name: format!("layer {index}"),
            layer,
            inputs: inputs.into_iter().map(source).collect(),
        };
        Network::graph(vec![size], layers.into_iter().enumerate().map(node).collect()).unwrap()
    };
    // Branches side by side, added to what has as many neurons as both.
    let relu = || Layer::Activation(Activation::Relu);
    let side_by_side = network(
        2,
        vec![
            (dense(2, 4), vec![0]),
            (Layer::Concat, vec![0, 0]),
            (Layer::Add, vec![1, 2]),
            (relu(), vec![3]),
            (dense(4, 2), vec![4]),
        ],
    );
    let written = file(&plain(&side_by_side, |_| ()));
    assert_eq!(written.walk(), [2]);
    for (synapses, at) in [("layer1_synapses1", [0, 3]), ("layer1_synapses2", [4, 7])] {
        let path = format!("node/nodes/{synapses}/weight");
        assert_eq!(written.shape(&path), [4, 2]);
        let places: Vec<usize> = (0..8).filter(|&place| written.floats(&path)[place] != 0.0).collect();
        assert_eq!(places, at);
    }
    // Neurons that only add up the input twice, with a bias from a shift or without.
    let twice = |size| network(size, vec![(Layer::Add, vec![0, 0]), (dense(size, 2), vec![1])]);
    let shifted = |size| plain(&twice(size), |options| options.bias_shift = 0.5);
    to_nir(&shifted(4096).network).unwrap();
    refused(&shifted(4097), "so many neurons");
    for (size, kind) in [(20, "Affine"), (4097, "Scale")] {
        let written = file(&plain(&twice(size), |_| ()));
        assert_eq!([0, 1].map(|c| written.text(&format!("node/nodes/layer1_synapses{c}/type")).concat()), [kind; 2]);
        assert_eq!(written.walk(), [2]);
    }
}
