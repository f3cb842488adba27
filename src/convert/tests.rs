use super::*;
use crate::ann::{Activation, Conv2d, Dense, Layer, Window};
use crate::snn::as_matrix;
use crate::snn::{Coding, Recording, RunOptions, run};
use ndarray::{Array2, Array4, array};

pub(super) fn small() -> (ann::Network, Calibration) {
    let hidden = Dense::new(array![[3.0, 0.0], [0.0, 1.0], [1.0, -1.0]], None, Activation::Relu).unwrap();
    let output = Dense::new(array![[1.0, 0.0, 0.5], [0.0, 2.0, 0.0]], None, Activation::Linear).unwrap();
    let ann = ann::Network::new(vec![2], vec![Layer::Dense(hidden), Layer::Dense(output)]).unwrap();
    let calibration = Calibration::new(&ann, array![[1.0, 0.0], [0.5, 0.5]]).unwrap();
    (ann, calibration)
}

fn convert(options: &ConvertOptions) -> Converted {
    let (ann, calibration) = small();
    options.validate().unwrap().convert(&ann, &calibration).unwrap()
}

fn close(values: &[f32], expected: &[f64]) {
    assert_eq!(values.len(), expected.len());
    for (&value, expected) in values.iter().zip(expected) {
        assert!((f64::from(value) - expected).abs() < 1e-6 * expected.abs().max(1.0), "{values:?} {expected:?}");
    }
}

// Hidden activations: [3, 0, 1] and [1.5, 0.5, 0]; logits: [3.5, 0] and [1.5, 1].

#[test]
fn every_base_follows_its_formula() {
    let plain = |base, percentile| {
        convert(&ConvertOptions { base, percentile, adjustment: Adjustment::None, ..ConvertOptions::default() })
    };
    let thresholds = |c: &Converted| c.layers.iter().map(|l| l.thresholds.clone()).collect::<Vec<_>>();
    assert_eq!(thresholds(&plain(Base::None, 99.9)), [vec![1.0; 3], vec![1.0; 2]]);
    assert_eq!(thresholds(&plain(Base::Max, 99.9)), [vec![3.0; 3], vec![3.5; 2]]);
    // Sorted with zeros: 0, 0, 0.5, 1, 1.5, 3: the median is 0.75; logits 0, 1, 1.5, 3.5: 1.25.
    assert_eq!(thresholds(&plain(Base::Percentile, 50.0)), [vec![0.75; 3], vec![1.25; 2]]);
    assert_eq!(thresholds(&plain(Base::Channel, 50.0)), [vec![2.25, 0.25, 0.5], vec![2.5, 0.5]]);
    // Positive weight sums: 3, 1, 1 -> 3; then 3 * (1.5, 2) -> 6.
    assert_eq!(thresholds(&plain(Base::Weights, 99.9)), [vec![3.0; 3], vec![6.0; 2]]);
}

#[test]
fn bases_that_search_choose_a_threshold_for_every_neuron() {
    let with = |base, steps| {
        let options =
            ConvertOptions { base, steps, percentile: 50.0, adjustment: Adjustment::None, ..Default::default() };
        convert(&options).layers[0].thresholds.clone()
    };
    // In two steps 3 and 1.5, 0 and 0.5, 1 and 0 are said without error at the largest activation.
    assert_eq!(with(Base::Mse, 2), [3.0, 0.5, 1.0]);
    // In one step a threshold of 3 says 1.5 as 0 (error 2.25), one of 1.5 says 3 as 1.5 (the same): the larger one.
    // 1.47 to 1.5 are no better.
    assert_eq!(with(Base::Mse, 1), [3.0, 0.5, 1.0]);
    let balanced = with(Base::Balanced, 1);
    // It rises to the largest activation and stops just below it.
    close(&balanced, &search_by_hand([[3.0, 1.5], [0.0, 0.5], [1.0, 0.0]]));
}

/// Local threshold balancing, written out: a tenth of the excess for each input, until a pass moves less than 0.1 %.
fn search_by_hand(activations: [[f64; 2]; 3]) -> [f64; 3] {
    activations.map(|of_neuron| {
        let mut theta = 0.0_f64;
        loop {
            let before = theta;
            for a in of_neuron {
                if a > theta {
                    theta += 0.1 * (a - theta);
                }
            }
            if theta - before <= 0.001 * theta {
                return theta;
            }
        }
    })
}

#[test]
fn all_outputs_share_one_threshold_in_the_noise_forms() {
    for adjustment in [Adjustment::L4, Adjustment::Exact, Adjustment::L1] {
        let converted = convert(&ConvertOptions { adjustment, ..ConvertOptions::default() });
        let [first, second] = converted.layers[1].thresholds[..] else { panic!("two outputs") };
        assert!((first - second).abs() < f32::EPSILON && first > 0.0);
        // Still the RMS of the noise: the strength times it.
        let sigma = &converted.layers[1].sigma;
        let rms = f32::hypot(sigma[0], sigma[1]) / 2.0_f32.sqrt();
        assert!((first / rms - 0.8).abs() < 1e-5, "{first} {rms}");
    }
}

#[test]
fn the_noise_form_follows_its_formula() {
    let (strength, steps, rate) = (0.5, 16, 0.25);
    let with = |adjustment| {
        let options = ConvertOptions {
            adjustment,
            strength: Some(strength),
            steps,
            input_rate: rate,
            ..ConvertOptions::default()
        };
        convert(&options).layers[0].clone()
    };
    // u = theta_i a_i with theta_i = 4 and mean inputs 0.75, 0.25: variances per step 27, 1, 4.
    let variances = [27.0_f64, 1.0, 4.0];
    let rms = (32.0_f64 / 3.0).sqrt();
    let scale = strength * 4.0;
    close(&with(Adjustment::Exact).thresholds, &variances.map(|v| scale * v.sqrt()));
    close(&with(Adjustment::Uniform).thresholds, &[scale * rms; 3]);
    let normed = |norms: [f64; 3]| {
        let of_norms = (norms.iter().map(|n| n * n).sum::<f64>() / 3.0).sqrt();
        norms.map(|n| scale * n * rms / of_norms)
    };
    close(&with(Adjustment::L4).thresholds, &normed([3.0, 1.0, 2_f64.powf(0.25)]));
    close(&with(Adjustment::L2).thresholds, &normed([3.0, 1.0, 2_f64.sqrt()]));
    close(&with(Adjustment::L1).thresholds, &normed([3.0, 1.0, 2.0]));
    close(&with(Adjustment::L4).l4, &[3.0, 1.0, 2_f64.powf(0.25)]);
    close(&with(Adjustment::L4).sigma, &variances.map(|v| 4.0 * v.sqrt()));
}

#[test]
fn the_noise_of_coin_flips_is_less_than_that_of_poisson_spikes_where_rates_are_high() {
    let with = |strength, steps, input_rate| {
        let options = ConvertOptions {
            adjustment: Adjustment::Exact,
            noise: Some(NoiseModel::Bernoulli),
            strength: Some(strength),
            steps,
            input_rate,
            bias_correction: Some(false),
            ..ConvertOptions::default()
        };
        convert(&options).layers.iter().map(|layer| layer.thresholds.clone()).collect::<Vec<_>>()
    };
    // Inputs 1, 0.5 and 0, 0.5 have the means 0.75 and 0.25 and the mean squares 0.625 and 0.125. With 1/r = 4 the
    // variances of the inputs are 3 - 0.625 and 1 - 0.125, and k sqrt(T) is 2.
    let [first, second] = &with(0.5, 16, 0.25)[..] else { panic!("two layers") };
    let (a, b) = (2.375_f64, 0.875);
    let thetas = [9.0 * a, b, a + b].map(|variance| 2.0 * variance.sqrt());
    close(first, &thetas);
    // The hidden neurons say 3, 0, 1 and 1.5, 0.5, 0 on the two inputs.
    let moments = [(2.25, 5.625), (0.25, 0.125), (0.5, 0.5)];
    let drive: Vec<f64> = thetas.iter().zip(moments).map(|(theta, (mean, square))| theta * mean - square).collect();
    let variances = [drive[0] + 0.25 * drive[2], 4.0 * drive[1]];
    close(second, &[2.0 * f64::midpoint(variances[0], variances[1]).sqrt(); 2]);
}

#[test]
fn inputs_that_are_certain_have_no_noise_and_thresholds_are_what_neurons_say() {
    let (ann, _) = small();
    let calibration = Calibration::new(&ann, array![[1.0, 0.0], [1.0, 0.0]]).unwrap();
    let options = ConvertOptions { noise: Some(NoiseModel::Bernoulli), input_rate: 1.0, ..ConvertOptions::default() };
    let converted = options.validate().unwrap().convert(&ann, &calibration).unwrap();
    // They say 3, 0 and 1; the one that says nothing takes the largest.
    close(&converted.layers[0].thresholds, &[3.0, 3.0, 1.0]);
    let unbounded = ConvertOptions { headroom: None, ..options }.validate().unwrap();
    let error = unbounded.convert(&ann, &calibration).unwrap_err();
    assert_eq!(error.code(), "conversion-failed", "{error}");
}

/// The thresholds of each layer, without bounds unless `change` sets them.
fn bounded(adjustment: Adjustment, strength: f64, change: fn(&mut ConvertOptions)) -> Vec<Vec<f32>> {
    let unbounded = ConvertOptions { headroom: None, ..Default::default() };
    let mut options = ConvertOptions { adjustment, strength: Some(strength), input_rate: 1.0, ..unbounded };
    change(&mut options);
    convert(&options).layers.iter().map(|layer| layer.thresholds.clone()).collect()
}

const PER_NEURON: [Adjustment; 4] = [Adjustment::L4, Adjustment::Exact, Adjustment::L2, Adjustment::L1];

#[test]
fn thresholds_leave_room_for_what_neurons_say() {
    let median = |options: &mut ConvertOptions| options.headroom = Some(50.0);
    // The medians of each hidden neuron, and of all logits together.
    for adjustment in PER_NEURON {
        assert_eq!(bounded(adjustment, 1e-3, median), [vec![2.25, 0.25, 0.5], vec![1.25; 2]]);
    }
    // One threshold per layer stays one: the median of the layer.
    assert_eq!(bounded(Adjustment::Uniform, 1e-3, median), [vec![0.75; 3], vec![1.25; 2]]);
    assert!(bounded(Adjustment::L4, 1e-3, |_| ())[0].iter().all(|&theta| theta < 0.1));
    // Where the noise asks for more, nothing changes; where it does not, the base stays what it is.
    assert_eq!(bounded(Adjustment::L4, 50.0, median), bounded(Adjustment::L4, 50.0, |_| ()));
    assert_eq!(bounded(Adjustment::None, 0.9, median), bounded(Adjustment::None, 0.9, |_| ()));
}

#[test]
fn the_noise_of_a_channel_is_that_of_the_positions_where_it_is_up_to_what_it_says() {
    let weights = Array4::from_shape_vec((2, 1, 1, 1), vec![2.0, 1.0]).unwrap();
    let conv = Conv2d::new(weights, None, Window::new([1, 1]), 1, Activation::Relu).unwrap();
    let dense = Dense::new(Array2::ones((1, 8)), None, Activation::Linear).unwrap();
    let layers = vec![Layer::Conv2d(conv), Layer::Flatten, Layer::Dense(dense)];
    let ann = ann::Network::new(vec![1, 1, 4], layers).unwrap();
    let calibration = Calibration::new(&ann, array![[1.0, 0.5, 0.0, 0.0], [0.0; 4]]).unwrap();
    let with = |channel_noise, noise_limit| {
        let unbounded = ConvertOptions { headroom: None, steps: 4, strength: Some(0.5), ..Default::default() };
        let options = ConvertOptions { channel_noise, noise_limit, ..unbounded };
        let [first, second] = &options.validate().unwrap().convert(&ann, &calibration).unwrap().layers[..] else {
            panic!("two layers")
        };
        assert!((second.concentration - 1.0).abs() < f32::EPSILON);
        (first.concentration, [first.thresholds[0], first.thresholds[7]])
    };
    // k sqrt(T) = 1. With inputs of amplitude 4 the variances of the weight 1 at the four positions are 4, 2, 0, 0 and
    // none at all: their mean over positions and inputs is 0.75, and where they are it is (16 + 4) / 6, a mean of
    // 1.5 over the positions of that input.
    let (concentration, thresholds) = with(ChannelNoise::Mean, None);
    close(&[concentration], &[1.0]);
    close(&thresholds, &[2.0 * 0.75_f64.sqrt(), 0.75_f64.sqrt()]);
    let (concentration, thresholds) = with(ChannelNoise::Local, None);
    let expected = (20.0_f64 / 6.0 / 1.5).sqrt();
    close(&[concentration], &[expected]);
    close(&thresholds, &[2.0 * 0.75_f64.sqrt() * expected, 0.75_f64.sqrt() * expected]);
    // The largest activations are 2 and 1.
    close(&with(ChannelNoise::Local, Some(1.2)).1, &[2.4, 1.2]);
    close(&with(ChannelNoise::Local, Some(1.3)).1, &thresholds.map(f64::from));
}

#[test]
fn the_relative_form_keeps_the_mean_of_its_base() {
    let options = ConvertOptions { base: Base::Max, adjustment: Adjustment::L4Relative, ..ConvertOptions::default() };
    let layer = &convert(&options).layers[0];
    let mean = layer.thresholds.iter().sum::<f32>() / 3.0;
    assert!((mean - 3.0).abs() < 1e-6);
    assert!((layer.thresholds[0] / layer.thresholds[1] - 3.0).abs() < 1e-6);
}

#[test]
fn a_shift_adds_its_share_of_a_threshold_to_every_step() {
    let options =
        ConvertOptions { adjustment: Adjustment::None, bias_shift: 0.5, steps: 20, ..ConvertOptions::default() };
    let converted = convert(&options);
    for layer in converted.network.layers() {
        assert!(layer.bias().iter().all(|&b| (b - 0.025).abs() < 1e-7), "{:?}", layer.bias());
    }
    assert!(converted.function_error < 1e-6);
}

#[test]
fn a_margin_makes_neurons_wait_and_is_gone_in_the_last_step() {
    let layer = || Layer::Dense(Dense::new(array![[1.0]], None, Activation::Relu).unwrap());
    let ann = ann::Network::new(vec![1], vec![layer(), layer()]).unwrap();
    let calibration = Calibration::new(&ann, array![[0.5]]).unwrap();
    let steps_of = |margin| {
        let options = ConvertOptions {
            base: Base::None,
            adjustment: Adjustment::None,
            coding: Coding::Constant,
            steps: 8,
            margin,
            ..ConvertOptions::default()
        };
        let network = options.validate().unwrap().convert(&ann, &calibration).unwrap().network;
        let options = RunOptions { steps: 8, record: vec![Recording::Spikes], ..RunOptions::default() };
        run(&network, &[0.5], &options.validate().unwrap()).unwrap().spikes[1].step.clone()
    };
    // Half a threshold a step: two steps for each spike.
    assert_eq!(steps_of(None), [1, 3, 5, 7]);
    // Against 1.875, 1.75, 1.625, 1.5, 1.375, 1.25, 1.125 and 1: 0.5, 1, 1.5, 2 (fires), 1.5 (fires), 1, 1.5 (fires), 1
    // (fires).
    assert_eq!(steps_of(Some(1.0)), [3, 4, 6, 7]);
}

#[test]
fn a_correction_makes_up_for_what_is_sent_too_little() {
    let layer = || Layer::Dense(Dense::new(array![[1.0]], None, Activation::Relu).unwrap());
    let ann = ann::Network::new(vec![1], vec![layer(), layer(), layer()]).unwrap();
    let calibration = Calibration::new(&ann, array![[0.3]]).unwrap();
    let options = ConvertOptions {
        base: Base::None,
        adjustment: Adjustment::None,
        bias_correction: Some(true),
        coding: Coding::Constant,
        steps: 5,
        ..ConvertOptions::default()
    };
    let network = options.validate().unwrap().convert(&ann, &calibration).unwrap().network;
    // 0.3 a step: one spike in five steps, a rate of 0.2. The bias of 0.1 that is lacking is added. Then 0.4 a step:
    // 0.4, 0.8, 1.2, 0.6, 1.0: two spikes, in steps 2 and 4; the second layer sends two, and lacks 0.3 - 0.4.
    let biases: Vec<f32> = network.layers().iter().map(|layer| layer.bias()[0]).collect();
    assert!((biases[0] - 0.1).abs() < 1e-6 && (biases[1] + 0.1).abs() < 1e-6, "{biases:?}");
    assert!(biases[2].abs() < f32::EPSILON, "the outputs are not corrected");
    let auto = ConvertOptions { bias_correction: None, ..options }.validate().unwrap();
    let network = auto.convert(&ann, &calibration).unwrap().network;
    assert!(network.layers().iter().all(|layer| layer.bias()[0].abs() < f32::EPSILON), "plain is plain");
}

#[test]
fn a_max_pool_on_constant_currents_is_refused_before_anything_is_simulated() {
    let dense = || Layer::Dense(Dense::new(Array2::ones((4, 4)), None, Activation::Relu).unwrap());
    let layers = vec![Layer::MaxPool2d(Window::new([1, 1])), Layer::Flatten, dense(), dense()];
    let ann = ann::Network::new(vec![1, 2, 2], layers).unwrap();
    let calibration = Calibration::new(&ann, Array2::from_elem((3, 4), 0.5)).unwrap();
    for bias_correction in [false, true] {
        let options = ConvertOptions {
            adjustment: Adjustment::None,
            coding: Coding::Constant,
            bias_correction: Some(bias_correction),
            ..ConvertOptions::default()
        };
        let conversion = options.validate().unwrap();
        let mut converting = Converting::new(conversion, &ann, &calibration).unwrap();
        let error = loop {
            match converting.advance() {
                Ok(more) => assert!(more && converting.steps_run() == 0),
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains("`coding`"), "{error}");
    }
}

#[test]
fn propagated_noise_is_that_of_coin_flips_in_every_layer() {
    let layer = |w| Layer::Dense(Dense::new(array![[w]], None, Activation::Relu).unwrap());
    let ann = ann::Network::new(vec![1], vec![layer(2.0), layer(3.0), layer(1.0)]).unwrap();
    let calibration = Calibration::new(&ann, Array2::from_elem((100, 1), 0.5)).unwrap();
    let options = ConvertOptions {
        noise: Some(NoiseModel::Propagated),
        strength: Some(1.0),
        steps: 100,
        bias_correction: Some(false),
        ..ConvertOptions::default()
    };
    let converted = options.validate().unwrap().convert(&ann, &calibration).unwrap();
    // One input of intensity 0.5 at a rate of 0.25: variance x (1/r - x) = 1.75 a step, then times the weights. From
    // 100 inputs the deviation is known to 7 %.
    for (layer, weight) in converted.layers.iter().zip([2.0, 6.0, 6.0]) {
        let expected = weight * (100.0_f32 * 1.75).sqrt();
        assert!((layer.thresholds[0] / expected - 1.0).abs() < 0.25, "{:?} {expected}", layer.thresholds);
    }
    assert!((converted.layers[1].thresholds[0] / converted.layers[0].thresholds[0] - 3.0).abs() < 1e-5);
}

#[test]
fn thresholds_are_folded_into_the_weights() {
    let converted =
        convert(&ConvertOptions { base: Base::Max, adjustment: Adjustment::None, ..ConvertOptions::default() });
    let first = converted.network.layers()[0].connections()[0].synapses();
    assert!((as_matrix(first)[[0, 0]] - 3.0 * 4.0 / 3.0).abs() < 1e-6);
    let second = converted.network.layers()[1].connections()[0].synapses();
    assert!((as_matrix(second)[[1, 1]] - 2.0 * 3.0 / 3.5).abs() < 1e-6);
    assert!(converted.function_error < 1e-6);
}

#[test]
fn noise_beyond_32_bits_is_refused_before_it_is_reported() {
    let layer = Dense::new(array![[1e37, 0.0], [0.0, 1.0]], None, Activation::Linear).unwrap();
    let ann = ann::Network::new(vec![2], vec![Layer::Dense(layer)]).unwrap();
    let calibration = Calibration::new(&ann, array![[1.0, 0.0], [0.5, 0.5]]).unwrap();
    let options = ConvertOptions { input_rate: 1e-6, adjustment: Adjustment::None, ..ConvertOptions::default() };
    let error = options.validate().unwrap().convert(&ann, &calibration).unwrap_err();
    assert_eq!(error.code(), "conversion-failed");
    assert!(error.to_string().contains("`inputRate`"), "{error}");
}

#[test]
fn a_neuron_without_weights_gets_a_threshold_all_the_same() {
    let hidden = Dense::new(array![[1.0, 1.0], [0.0, 0.0]], Some(array![0.0, 0.25]), Activation::Relu).unwrap();
    let output = Dense::new(Array2::ones((1, 2)), None, Activation::Linear).unwrap();
    let ann = ann::Network::new(vec![2], vec![Layer::Dense(hidden), Layer::Dense(output)]).unwrap();
    let calibration = Calibration::new(&ann, array![[1.0, 0.5]]).unwrap();
    for adjustment in [Adjustment::L4, Adjustment::Exact, Adjustment::L4Relative] {
        let options = ConvertOptions { adjustment, ..ConvertOptions::default() };
        let converted = options.validate().unwrap().convert(&ann, &calibration).unwrap();
        assert!(converted.layers[0].thresholds[1] > 0.0);
    }
}

#[test]
fn a_silent_network_and_a_linear_hidden_layer_are_refused_with_a_reason() {
    let (ann, _) = small();
    let black = Calibration::new(&ann, array![[0.0, 0.0]]).unwrap();
    for adjustment in [Adjustment::None, Adjustment::L4] {
        let options = ConvertOptions { adjustment, ..ConvertOptions::default() };
        let error = options.validate().unwrap().convert(&ann, &black).unwrap_err();
        assert_eq!(error.code(), "conversion-failed", "{error}");
    }
    let linear = || Layer::Dense(Dense::new(array![[-1.0]], None, Activation::Linear).unwrap());
    let ann = ann::Network::new(vec![1], vec![linear(), linear()]).unwrap();
    let error = Calibration::new(&ann, array![[1.0]]).unwrap_err();
    assert_eq!(error.code(), "unsupported-layer");
}
