//! Properties of random networks.
#![cfg(not(target_arch = "wasm32"))]

use ndarray::{Array1, Array2};
use proptest::prelude::*;
use quartic_snn::ann::{Activation, Dense, Layer, Network};
use quartic_snn::convert::{Adjustment, Base, Calibration, ConvertOptions, Converted};
use quartic_snn::snn::{
    PoissonEncoder, Precision, Readout, Recording, Reset, RunOptions, RunResult, Simulation, SpikeBlock, run,
};

#[derive(Clone, Debug)]
struct Sample {
    network: Network,
    inputs: Array2<f32>,
}

fn dense(inputs: usize, outputs: usize, activation: Activation) -> impl Strategy<Value = Layer> {
    let weights = prop::collection::vec(-1.0_f32..1.0, inputs * outputs);
    let bias = prop::option::of(prop::collection::vec(-0.2_f32..0.3, outputs));
    (weights, bias).prop_map(move |(weights, bias)| {
        let weights = Array2::from_shape_vec((outputs, inputs), weights).unwrap();
        Layer::Dense(Dense::new(weights, bias.map(Array1::from_vec), activation).unwrap())
    })
}

fn sample() -> impl Strategy<Value = Sample> {
    (1_usize..40, 1_usize..70, 1_usize..70, 1_usize..12).prop_flat_map(|(a, b, c, d)| {
        let layers = (dense(a, b, Activation::Relu), dense(b, c, Activation::Relu), dense(c, d, Activation::Linear));
        (layers, prop::collection::vec(0.0_f32..1.0, 4 * a)).prop_map(move |((first, second, third), inputs)| Sample {
            network: Network::new(vec![a], vec![first, second, third]).unwrap(),
            inputs: Array2::from_shape_vec((4, a), inputs).unwrap(),
        })
    })
}

fn options() -> impl Strategy<Value = ConvertOptions> {
    let bases = [Base::None, Base::Max, Base::Percentile, Base::Weights];
    let adjustments = [
        Adjustment::None,
        Adjustment::L4,
        Adjustment::L4Relative,
        Adjustment::L2,
        Adjustment::L1,
        Adjustment::Uniform,
        Adjustment::Exact,
    ];
    let rules = (any::<bool>(), prop::option::of(-2.0_f64..0.0), 0.0_f64..0.9, any::<bool>(), any::<bool>());
    let bounds = (prop::option::of(20.0_f64..100.0), prop::option::of(0.1_f64..10.0));
    (
        prop::sample::select(bases.to_vec()),
        prop::sample::select(adjustments.to_vec()),
        0.1_f64..2.0,
        0.05_f64..1.0,
        rules,
        bounds,
    )
        .prop_map(
            |(base, adjustment, strength, input_rate, (zero, floor, initial_potential, potential, fixed), bounds)| {
                ConvertOptions {
                    base,
                    adjustment,
                    strength: Some(strength),
                    headroom: bounds.0,
                    noise_limit: bounds.1,
                    input_rate,
                    floor,
                    initial_potential: Some(initial_potential),
                    reset: if zero { Reset::Zero } else { Reset::Subtract },
                    readout: if potential { Readout::Potential } else { Readout::Count },
                    precision: if fixed { Precision::Fixed } else { Precision::F32 },
                    ..ConvertOptions::default()
                }
            },
        )
}

/// Converts; `None` where a layer that fires is silent, so that there is no threshold to choose, or where fixed point has too
/// little room.
fn convert(sample: &Sample, options: &ConvertOptions) -> Option<Converted> {
    let calibration = Calibration::new(&sample.network, sample.inputs.clone()).unwrap();
    match options.validate().unwrap().convert(&sample.network, &calibration) {
        Ok(converted) => Some(converted),
        Err(error) => {
            assert_eq!(error.code(), "conversion-failed", "{error}");
            assert!(options.precision == Precision::Fixed || has_silent_layer(sample, options), "{error} {options:?}");
            None
        }
    }
}

/// Whether all neurons of a layer that fires are silent on all inputs.
fn has_silent_layer(sample: &Sample, options: &ConvertOptions) -> bool {
    let layers: Vec<Layer> = sample.network.nodes().iter().map(|node| node.layer.clone()).collect();
    let firing = if options.readout == Readout::Potential { layers.len() - 1 } else { layers.len() };
    (1..=firing).any(|count| {
        let first = Network::new(vec![sample.network.inputs()], layers[..count].to_vec()).unwrap();
        first.predict(sample.inputs.view()).unwrap().iter().all(|&value| value <= 0.0)
    })
}

fn recorded(converted: &Converted, input: &[f32], steps: u32, seed: u32) -> RunResult {
    let record = vec![Recording::Spikes];
    let options = RunOptions { steps: steps as usize, seed: Some(seed.into()), record, ..RunOptions::default() };
    run(&converted.network, input, &options.validate().unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_conversion_keeps_the_function_and_has_positive_thresholds(sample in sample(), options in options()) {
        if let Some(converted) = convert(&sample, &options) {
            let most = if converted.network.precision() == Precision::Fixed { 0.05 } else { 1e-5 };
            prop_assert!(converted.function_error <= most, "{}", converted.function_error);
            prop_assert!(converted.layers.iter().flat_map(|layer| &layer.thresholds).all(|&theta| theta > 0.0));
        }
    }

    #[test]
    fn no_neuron_fires_more_often_than_there_are_steps(sample in sample(), options in options(), seed: u32) {
        if let Some(converted) = convert(&sample, &options) {
            let result = recorded(&converted, sample.inputs.row(0).as_slice().unwrap(), 40, seed);
            for spikes in &result.spikes {
                let pairs: Vec<_> = spikes.step.iter().zip(&spikes.neuron).collect();
                prop_assert!(pairs.windows(2).all(|pair| pair[0] < pair[1]), "in order, and each at most once");
                prop_assert!(spikes.step.iter().all(|&step| step < 40));
            }
            prop_assert!(result.counts.iter().all(|&count| count <= 40));
            let recorded: Vec<u64> = result.spikes.iter().map(|spikes| spikes.step.len() as u64).collect();
            prop_assert_eq!(&recorded, &result.spikes_per_layer);
            let layers = converted.network.layers().iter();
            let fan_out = layers.map(|layer| layer.neurons() as u64);
            let operations: u64 = recorded.iter().zip(fan_out).map(|(spikes, fan_out)| spikes * fan_out).sum();
            prop_assert_eq!(operations, result.synaptic_operations);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_spikes(sample in sample(), options in options(), seed: u32) {
        if let Some(converted) = convert(&sample, &options) {
            let input = sample.inputs.row(1);
            let input = input.as_slice().unwrap();
            prop_assert_eq!(recorded(&converted, input, 30, seed), recorded(&converted, input, 30, seed));
        }
    }

    #[test]
    fn the_block_size_is_irrelevant(sample in sample(), options in options(), seed: u32, block in 1_usize..50) {
        if let Some(converted) = convert(&sample, &options) {
            let input = sample.inputs.row(2);
            let whole = recorded(&converted, input.as_slice().unwrap(), 50, seed);
            let rate = converted.network.input_rate();
            let mut encoder = PoissonEncoder::new(input.as_slice().unwrap(), rate, seed.into(), 0).unwrap();
            let mut simulation = Simulation::new(&converted.network, block, false);
            let mut encoded = SpikeBlock::default();
            let mut neurons = vec![Vec::new(); converted.network.layers().len()];
            let mut left = 50;
            while left > 0 {
                encoder.encode(block.min(left), &mut encoded);
                simulation.advance(&encoded);
                simulation.decide(|_| ());
                for (layer, neurons) in neurons.iter_mut().enumerate() {
                    neurons.extend(simulation.spikes(layer).iter().flatten().copied());
                }
                left -= encoded.steps();
            }
            for (neurons, spikes) in neurons.iter().zip(&whole.spikes[1..]) {
                prop_assert_eq!(neurons, &spikes.neuron);
            }
            prop_assert_eq!(simulation.decision().scores(), whole.scores);
        }
    }

    #[test]
    fn a_constant_drive_gives_the_floor_of_the_exact_count(drive in 0_u32..=1024, steps in 1_u32..200) {
        // A threshold of 1 and drives in 1024ths: every sum is exact.
        let weights = Array2::from_elem((1, 1), drive as f32 / 1024.0);
        let layer = Layer::Dense(Dense::new(weights, None, Activation::Linear).unwrap());
        let network = Network::new(vec![1], vec![layer]).unwrap();
        let calibration = Calibration::new(&network, Array2::ones((1, 1))).unwrap();
        let options = ConvertOptions {
            base: Base::None,
            adjustment: Adjustment::None,
            input_rate: 1.0,
            ..ConvertOptions::default()
        };
        let converted = options.validate().unwrap().convert(&network, &calibration).unwrap();
        prop_assert_eq!(recorded(&converted, &[1.0], steps, 0).counts[0], drive * steps / 1024);
    }
}
