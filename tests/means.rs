//! Means that leave padding out: what a neuron reads of them depends on where it is.
#![cfg(not(target_arch = "wasm32"))]

use ndarray::{Array2, Array4};
use quartic_snn::ann::{Activation, Conv2d, Dense, Layer, Network, Window};
use quartic_snn::convert::{Adjustment, Base, Calibration, ConvertOptions, Converted, afferents, drift};

fn conv(weight: f32) -> Layer {
    let weights = Array4::from_elem((1, 1, 1, 1), weight);
    Layer::Conv2d(Conv2d::new(weights, None, Window::new([1, 1]), 1, Activation::Relu).unwrap())
}

/// The mean of up to nine pixels of nine, doubled, and two scores.
fn network() -> Network {
    let mean = Layer::AvgPool2dInside(Window { padding: [1; 4], ..Window::new([3, 3]) }, [0; 4]);
    let scores = Dense::new(Array2::from_elem((2, 9), 0.25), None, Activation::Linear).unwrap();
    let layers = vec![conv(1.0), mean, conv(2.0), Layer::Flatten, Layer::Dense(scores)];
    Network::new(vec![1, 3, 3], layers).unwrap().simplify().unwrap().0
}

fn convert(base: Base, adjustment: Adjustment) -> Converted {
    let ann = network();
    let calibration = Calibration::new(&ann, Array2::from_elem((2, 9), 0.5)).unwrap();
    let options = ConvertOptions { base, adjustment, bias_correction: Some(false), ..ConvertOptions::default() };
    options.validate().unwrap().convert(&ann, &calibration).unwrap()
}

#[test]
fn a_neuron_reads_the_mean_at_its_place_alone() {
    // Weights of a mean of 4, 6 and 9 values, in ninths.
    for (neuron, weight) in [(0, 4.5), (1, 3.0), (3, 3.0), (4, 2.0), (8, 4.5)] {
        let read = afferents(&network(), 2, neuron).unwrap();
        assert_eq!(read.len(), 1, "{read:?}");
        assert_eq!((read[0].source, &read[0].weights[..]), (1, &[weight][..]));
    }
}

#[test]
fn every_place_gets_what_the_trained_network_has_there() {
    let input = [0.1, 0.9, 0.3, 0.0, 1.0, 0.2, 0.6, 0.4, 0.8];
    let drift = drift(&network(), &convert(Base::Max, Adjustment::None).network, &input).unwrap();
    for (at, sum) in drift[1].iter().enumerate() {
        let near = |other: &usize| (other / 3).abs_diff(at / 3) < 2 && (other % 3).abs_diff(at % 3) < 2;
        let values: Vec<f32> = (0..9).filter(near).map(|other| input[other]).collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!((sum - 2.0 * mean).abs() < 1e-6, "{at}: {sum}");
    }
}

#[test]
fn norms_and_synapses_are_those_of_the_weights_at_every_place() {
    let converted = convert(Base::None, Adjustment::L4);
    // A mean of n values doubled is n weights of 2 / n; four corners, four sides and the middle.
    let power = |n: f64| n * (2.0 / n).powi(4);
    let norm = ((4.0 * power(4.0) + 4.0 * power(6.0) + power(9.0)) / 9.0).powf(0.25);
    assert!(
        converted.layers[1].l4.iter().all(|&l4| (f64::from(l4) - norm).abs() < 1e-6),
        "{:?}",
        converted.layers[1].l4
    );
    let connections = converted.network.layers()[1].connections();
    assert_eq!(connections.iter().map(quartic_snn::snn::Connection::synapse_count).sum::<usize>(), 9);
}

#[test]
fn the_largest_cause_is_that_of_one_place() {
    // Inputs up to 1 give means up to 1 everywhere.
    let converted = convert(Base::Weights, Adjustment::None);
    assert_eq!(converted.layers[1].thresholds, [2.0; 9]);
}

#[test]
fn sums_that_are_never_negative_were_refused_where_spikes_are_needed() {
    let mean = Layer::AvgPool2dInside(Window { padding: [1; 4], ..Window::new([3, 3]) }, [0; 4]);
    let scores = || Layer::Dense(Dense::new(Array2::from_elem((2, 1), 0.25), None, Activation::Linear).unwrap());
    let blur = |weight| {
        let weights = Array4::from_elem((1, 1, 3, 3), weight);
        let window = Window { padding: [1; 4], ..Window::new([3, 3]) };
        Layer::Conv2d(Conv2d::new(weights, None, window, 1, Activation::Linear).unwrap())
    };
    let pool = Layer::MaxPool2d(Window::new([3, 3]));
    for layers in [vec![mean, pool.clone()], vec![blur(0.1), pool.clone()], vec![blur(0.1), blur(0.1), pool]] {
        let layers = [vec![conv(1.0)], layers, vec![Layer::Flatten, scores()]].concat();
        let ann = Network::new(vec![1, 3, 3], layers).unwrap().simplify().unwrap().0;
        let calibration = Calibration::new(&ann, Array2::from_elem((2, 9), 0.5)).unwrap();
        let converted = ConvertOptions::default().validate().unwrap().convert(&ann, &calibration).unwrap();
        assert!(converted.function_error < 1e-6);
        assert!(converted.network.layers().len() > 2);
    }
}
