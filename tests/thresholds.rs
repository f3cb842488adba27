//! Thresholds of neurons that are never active, and where two bounds meet.
#![cfg(not(target_arch = "wasm32"))]

use ndarray::{Array2, Array4, array};
use quartic_snn::ann::{Activation, Conv2d, Dense, Layer, Network, Window};
use quartic_snn::convert::{Adjustment, Base, Calibration, ChannelNoise, ConvertOptions, LayerReport, NoiseModel};
use quartic_snn::snn::Readout;

fn first_layer(ann: &Network, inputs: Array2<f32>, options: &ConvertOptions) -> LayerReport {
    let calibration = Calibration::new(ann, inputs).unwrap();
    options.validate().unwrap().convert(ann, &calibration).unwrap().layers.remove(0)
}

fn near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}, expected {expected:?}");
}

#[test]
fn a_neuron_that_is_never_active_has_the_percentile_of_its_layer_in_the_bases_per_channel() {
    let hidden = Dense::new(array![[4.0, 0.0], [-1.0, -1.0]], None, Activation::Relu).unwrap();
    let output = Dense::new(array![[1.0, 1.0]], None, Activation::Linear).unwrap();
    let ann = Network::new(vec![2], vec![Layer::Dense(hidden), Layer::Dense(output)]).unwrap();
    for base in [Base::Channel, Base::Mse, Base::Balanced] {
        let options =
            ConvertOptions { base, percentile: 75.0, adjustment: Adjustment::None, ..ConvertOptions::default() };
        let thresholds = first_layer(&ann, array![[1.0, 0.0], [0.5, 0.0]], &options).thresholds;
        // Activations of 4 and 2, 0 and 0. Sorted: 0, 0, 2, 4, and three quarters of the way are at 2 + 2 / 4.
        near(&thresholds[1..], &[2.5]);
        // Of its own the first one has 2 + 3 / 4 * 2, or nearly 4.
        assert!(thresholds[0] >= 3.5, "{base:?}: {thresholds:?}");
    }
}

/// The thresholds of two channels of four positions that read a pixel each, with these weights, where `k sqrt(T)` is 1.
fn of_channels(weights: [f32; 2], headroom: Option<f64>, noise_limit: f64) -> [f32; 2] {
    let weights = Array4::from_shape_vec((2, 1, 1, 1), weights.to_vec()).unwrap();
    let conv = Conv2d::new(weights, None, Window::new([1, 1]), 1, Activation::Relu).unwrap();
    let output = Dense::new(Array2::ones((1, 8)), None, Activation::Linear).unwrap();
    let layers = vec![Layer::Conv2d(conv), Layer::Flatten, Layer::Dense(output)];
    let ann = Network::new(vec![1, 1, 4], layers).unwrap();
    let options = ConvertOptions {
        strength: Some(0.5),
        steps: 4,
        channel_noise: ChannelNoise::Mean,
        headroom,
        noise_limit: Some(noise_limit),
        ..ConvertOptions::default()
    };
    let thresholds = first_layer(&ann, array![[1.0, 0.5, 0.0, 0.0], [0.0; 4]], &options).thresholds;
    [thresholds[0], thresholds[4]]
}

#[test]
fn the_noise_limit_leaves_a_channel_that_is_never_active_its_own_noise() {
    // Inputs of a mean of 1.5 / 8 and an amplitude of 4: deviations of 2 sqrt(0.75) and sqrt(0.75). The first channel says at
    // most 2, half of which is less; the other one says nothing.
    near(&of_channels([2.0, -1.0], None, 0.5), &[1.0, 0.75_f32.sqrt()]);
}

#[test]
fn headroom_outweighs_the_noise_limit() {
    // The largest activations are 2 and 1, a tenth of them is what noise may count for.
    near(&of_channels([2.0, 1.0], None, 0.1), &[0.2, 0.1]);
    near(&of_channels([2.0, 1.0], Some(100.0), 0.1), &[2.0, 1.0]);
}

#[test]
fn outputs_that_only_integrate_were_refused_for_a_threshold_that_they_do_not_have() {
    let hidden = Dense::new(array![[1.0, 0.5], [0.5, 1.0]], None, Activation::Relu).unwrap();
    let output = Dense::new(array![[-1.0, -0.5], [-0.25, -1.0]], None, Activation::Linear).unwrap();
    let ann = Network::new(vec![2], vec![Layer::Dense(hidden), Layer::Dense(output)]).unwrap();
    let calibration = Calibration::new(&ann, array![[1.0, 0.5], [0.25, 1.0]]).unwrap();
    let bases = [Base::Max, Base::Percentile, Base::Weights, Base::Channel, Base::Mse, Base::Balanced];
    for (base, adjustment) in
        bases.into_iter().flat_map(|base| [(base, Adjustment::None), (base, Adjustment::L4Relative)])
    {
        let options = ConvertOptions { base, adjustment, readout: Readout::Potential, ..ConvertOptions::default() };
        let Ok(conversion) = options.validate() else { continue };
        let outputs = conversion.convert(&ann, &calibration).unwrap().layers.remove(1);
        assert!(!outputs.fires);
        near(&outputs.thresholds, &[1.0, 1.0]);
    }
}

/// A convolution of one pixel with two channels over images of two pixels, and a mean over all of them.
fn two_channels() -> Network {
    let weights = Array4::from_shape_vec((2, 1, 1, 1), vec![2.0, 1.0]).unwrap();
    let conv = Conv2d::new(weights, None, Window::new([1, 1]), 1, Activation::Relu).unwrap();
    let output = Dense::new(Array2::ones((1, 4)), None, Activation::Linear).unwrap();
    Network::new(vec![1, 1, 2], vec![Layer::Conv2d(conv), Layer::Flatten, Layer::Dense(output)]).unwrap()
}

#[test]
fn balancing_a_channel_takes_the_mean_over_its_positions() {
    let options = ConvertOptions { base: Base::Balanced, adjustment: Adjustment::None, ..ConvertOptions::default() };
    let thresholds = first_layer(&two_channels(), array![[1.0, 0.0]], &options).thresholds;
    // A twentieth of the way for each pass, as long as a pass moves it by a thousandth: 1 - 0.95^n.
    let mut share = 0.0_f64;
    while let next = share + 0.05 * (1.0 - share)
        && next - share > 1e-3 * next
    {
        share = next;
    }
    share += 0.05 * (1.0 - share);
    near(&thresholds, &[2.0 * share, 2.0 * share, share, share].map(|theta| theta as f32));
}

#[test]
fn noise_that_is_carried_through_a_convolution_is_that_of_its_channels_over_all_positions() {
    let options = ConvertOptions {
        adjustment: Adjustment::Exact,
        noise: Some(NoiseModel::Propagated),
        strength: Some(1.0),
        steps: 100,
        headroom: None,
        noise_limit: None,
        bias_correction: Some(false),
        ..ConvertOptions::default()
    };
    // One pixel of 0.5 at a rate of 0.25 has a variance of 0.5 (4 - 0.5) = 1.75 a step, the dark one beside it has none; from
    // 100 inputs the deviation is known to 7 %.
    let inputs = Array2::from_shape_fn((100, 2), |(_, i)| if i == 0 { 0.5 } else { 0.0 });
    let layer = first_layer(&two_channels(), inputs, &options);
    let expected = (100.0_f32 * 1.75 / 2.0).sqrt();
    assert!((layer.thresholds[2] / expected - 1.0).abs() < 0.15, "{:?} {expected}", layer.thresholds);
    assert!((layer.thresholds[0] / layer.thresholds[2] - 2.0).abs() < 1e-5, "{:?}", layer.thresholds);
    assert!((layer.concentration - 1.0).abs() < f32::EPSILON);
}
