//! How many calibration inputs are looked at, and what is refused before any is.
#![cfg(not(target_arch = "wasm32"))]

use ndarray::{Array2, Array4};
use quartic_snn::ann::{Activation, Conv2d, Dense, Layer, Network, Window};
use quartic_snn::convert::{
    Adjustment, Base, Calibrating, Calibration, ChannelNoise, ConvertOptions, Converted, NoiseModel,
};
use quartic_snn::snn::Precision;

const INPUTS: usize = 130;

/// Two channels of two positions, and two outputs.
fn network() -> Network {
    let conv = Array4::from_shape_vec((2, 1, 1, 1), vec![0.7, 0.3]).unwrap();
    let conv = Conv2d::new(conv, None, Window::new([1, 1]), 1, Activation::Relu).unwrap();
    let output = Array2::from_shape_fn((2, 4), |(j, i)| 0.1 * (1 + i + 2 * j) as f32);
    let output = Dense::new(output, None, Activation::Linear).unwrap();
    Network::new(vec![1, 1, 2], vec![Layer::Conv2d(conv), Layer::Flatten, Layer::Dense(output)]).unwrap()
}

/// Inputs that are all the same from `changed` on, and as bright as can be.
fn inputs(changed: usize) -> Array2<f32> {
    let pixel = |(row, i): (usize, usize)| if row < changed { ((7 * row + 5 * i) % 11) as f32 / 11.0 } else { 1.0 };
    Array2::from_shape_fn((INPUTS, 2), pixel)
}

/// Checks that what is found depends on the first `most` of the calibration inputs, on all of them, and on no other.
fn looks_at(most: usize, options: &ConvertOptions, found: impl Fn(&Converted) -> Vec<f32>) {
    let ann = network();
    let with = |changed| {
        let calibration = Calibration::new(&ann, inputs(changed)).unwrap();
        found(&options.validate().unwrap().convert(&ann, &calibration).unwrap())
    };
    let unchanged = with(INPUTS);
    assert_eq!(with(most), unchanged, "those from number {most} on are looked at");
    assert_ne!(with(most - 1), unchanged, "the one before number {most} is not looked at");
}

fn plain(base: Base) -> ConvertOptions {
    ConvertOptions { base, adjustment: Adjustment::None, steps: 20, ..ConvertOptions::default() }
}

#[test]
fn no_more_than_a_hundred_inputs_pass_the_network_at_a_time() {
    let ann = network();
    let calibration = Calibration::new(&ann, inputs(INPUTS)).unwrap();
    let passes = |options: ConvertOptions| options.validate().unwrap().passes(&calibration);
    let every = ConvertOptions {
        noise: Some(NoiseModel::Propagated),
        precision: Precision::Fixed,
        ..ConvertOptions::default()
    };
    // The check alone; the noise, two checks and one hidden layer, for its biases and its gains.
    assert_eq!(passes(plain(Base::None)), 100);
    assert_eq!(passes(every), 100 + 2 * 100 + 2 * 100);
}

#[test]
fn least_squares_are_those_of_the_first_hundred_inputs() {
    looks_at(100, &plain(Base::Mse), |converted| converted.layers[0].thresholds.clone());
}

#[test]
fn biases_are_corrected_on_the_first_hundred_inputs() {
    let options = ConvertOptions { bias_correction: Some(true), ..plain(Base::None) };
    looks_at(100, &options, |converted| converted.network.layers()[0].bias().to_vec());
}

#[test]
fn noise_is_carried_through_the_network_for_the_first_hundred_inputs() {
    let options = ConvertOptions {
        adjustment: Adjustment::Exact,
        noise: Some(NoiseModel::Propagated),
        headroom: None,
        noise_limit: None,
        bias_correction: Some(false),
        ..plain(Base::None)
    };
    looks_at(100, &options, |converted| converted.layers[0].thresholds.clone());
}

#[test]
fn the_function_is_checked_on_the_first_hundred_inputs() {
    // In fixed point there is something to find: weights are rounded.
    let options = ConvertOptions { precision: Precision::Fixed, ..plain(Base::None) };
    looks_at(100, &options, |converted| vec![converted.function_error as f32]);
}

#[test]
fn where_noise_is_in_an_image_is_seen_on_the_first_thirty_inputs() {
    let options = ConvertOptions {
        adjustment: Adjustment::L4,
        channel_noise: ChannelNoise::Local,
        bias_correction: Some(false),
        ..plain(Base::None)
    };
    looks_at(30, &options, |converted| vec![converted.layers[0].concentration]);
}

#[test]
fn pools_with_more_connections_than_there_may_be_are_refused_before_anything_runs() {
    // 64 x 64 cells, each of 128 x `width` neurons: with 128 that is 2^26, the most.
    let calibrating = |width: usize| {
        let pool = Layer::AvgPool2d(Window::new([128, width]));
        let output = Dense::new(Array2::ones((1, 64 * 64)), None, Activation::Linear).unwrap();
        let shape = vec![1, 63 + 128, 63 + width];
        let ann = Network::new(shape, vec![pool, Layer::Flatten, Layer::Dense(output)]).unwrap();
        let inputs = Array2::zeros((1, ann.inputs()));
        Calibrating::new(&ann, inputs).map(|calibrating| calibrating.total())
    };
    assert_eq!(calibrating(128), Ok(1));
    let error = calibrating(129).unwrap_err();
    assert_eq!(error.code(), "shape-mismatch");
    assert!(error.to_string().contains("connections from neurons to the cells of pools"), "{error}");
}

#[test]
fn a_calibration_of_the_same_layers_with_other_weights_is_refused() {
    let output =
        |weight| Layer::Dense(Dense::new(Array2::from_elem((1, 2), weight), None, Activation::Linear).unwrap());
    let of = |weight| Network::new(vec![2], vec![output(weight)]).unwrap();
    let inputs = || Array2::from_elem((3, 2), 0.5);
    let calibration = Calibration::new(&of(0.25), inputs()).unwrap();
    let convert = |ann: &Network| ConvertOptions::default().validate().unwrap().convert(ann, &calibration).map(|_| ());
    assert_eq!(convert(&of(0.25)), Ok(()));
    let error = convert(&of(0.5)).unwrap_err();
    assert_eq!(error.code(), "invalid-option");
    assert!(error.to_string().contains("one made with this network, with these weights"), "{error}");
    // One input more to as many neurons.
    let wider = Dense::new(Array2::from_elem((1, 3), 0.25), None, Activation::Linear).unwrap();
    let error = convert(&Network::new(vec![3], vec![Layer::Dense(wider)]).unwrap()).unwrap_err();
    assert_eq!(error.code(), "shape-mismatch");
    assert!(error.to_string().starts_with("calibration"), "{error}");
}
