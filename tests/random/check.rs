//! What must hold of every network, every option and every input.

use ndarray::Array2;
use quartic_snn::convert::{Adjustment, Base, Calibration, ChannelNoise, ConvertOptions, Converted, NoiseModel};
use quartic_snn::export::{from_safetensors, to_nir, to_safetensors};
use quartic_snn::snn::{
    Network, PoissonEncoder, Readout, Recording, Reset, RunOptions, RunResult, Simulation, SpikeBlock, run,
};
use quartic_snn::{Error, Result};

use super::network;
use super::source::Bytes;

const BASES: [Base; 5] = [Base::None, Base::Max, Base::Percentile, Base::Channel, Base::Weights];
const ADJUSTMENTS: [Adjustment; 7] = [
    Adjustment::None,
    Adjustment::L4,
    Adjustment::L4Relative,
    Adjustment::L2,
    Adjustment::L1,
    Adjustment::Uniform,
    Adjustment::Exact,
];

/// Whether a value came out; an error must have one of the codes, and say something.
fn taken<T>(result: Result<T>) -> Option<T> {
    result.inspect_err(|error| assert!(Error::CODES.contains(&error.code()) && error.to_string().len() > 20)).ok()
}

/// A network of any kind through convert, run, save and load. Returns whether it could be run.
pub(crate) fn engine(bytes: &[u8]) -> bool {
    let mut bytes = Bytes::new(bytes);
    let conversion = options(&mut bytes);
    let (steps, seed, block) = (1 + bytes.below(60), bytes.below(256), 1 + bytes.below(70));
    let Some(ann) = taken(network(&mut bytes)) else { return false };
    let rows = 1 + bytes.below(4);
    let inputs = bytes.floats(rows * ann.inputs(), -0.3, 1.2).iter().map(|value| value.clamp(0.0, 1.0)).collect();
    let inputs = Array2::from_shape_vec((rows, ann.inputs()), inputs).expect("as many");
    let Some(calibration) = taken(Calibration::new(&ann, inputs.clone())) else { return false };
    let conversion = taken(conversion.validate());
    let Some(converted) = conversion.and_then(|conversion| taken(conversion.convert(&ann, &calibration))) else {
        return false;
    };
    assert!(converted.layers.iter().flat_map(|layer| &layer.thresholds).all(|&theta| theta > 0.0));
    let input = inputs.row(0).to_vec();
    let record = vec![Recording::Spikes, Recording::Potentials];
    let options = RunOptions { steps, seed: Some(seed as u64), record, ..RunOptions::default() };
    let options = options.validate().expect("these options are good");
    let result = run(&converted.network, &input, &options).expect("a small network that was converted can be run");
    counts_agree(&result, steps);
    assert_eq!(result, in_blocks(&converted.network, &input, block, &result));
    let (loaded, name) = saved(&converted);
    assert_eq!(name.as_deref(), Some("name"));
    assert_eq!(loaded.layers, converted.layers);
    assert_eq!(result, run(&loaded.network, &input, &options).expect("what was saved can be run"));
    taken(to_nir(&converted.network));
    true
}

fn options(bytes: &mut Bytes) -> ConvertOptions {
    let base = BASES[bytes.below(BASES.len())];
    let percentile: f64 = bytes.float(40.0, 100.0).into();
    ConvertOptions {
        base,
        percentile,
        // Without bytes of its own, so that what was kept means what it did.
        headroom: (percentile < 90.0).then_some(percentile),
        noise: (percentile > 80.0).then_some(NoiseModel::Bernoulli),
        channel_noise: if percentile > 70.0 { ChannelNoise::Local } else { ChannelNoise::Mean },
        noise_limit: (percentile > 50.0).then_some(0.1 * (percentile - 45.0)),
        adjustment: ADJUSTMENTS[bytes.below(ADJUSTMENTS.len())],
        strength: Some(bytes.float(0.05, 3.0).into()),
        steps: 1 + bytes.below(200),
        input_rate: bytes.float(0.02, 1.0).into(),
        reset: if bytes.below(2) == 0 { Reset::Subtract } else { Reset::Zero },
        floor: (bytes.below(2) == 0).then(|| bytes.float(-2.0, 0.0).into()),
        initial_potential: Some(bytes.float(0.0, 0.99).into()),
        readout: if bytes.below(2) == 0 { Readout::Count } else { Readout::Potential },
        ..ConvertOptions::default()
    }
}

/// Spikes in order, each at most once a step, and every count of them the same.
fn counts_agree(result: &RunResult, steps: usize) {
    let recorded: Vec<u64> = result.spikes.iter().map(|spikes| spikes.step.len() as u64).collect();
    assert_eq!(recorded, result.spikes_per_layer);
    for spikes in &result.spikes {
        let pairs: Vec<_> = spikes.step.iter().zip(&spikes.neuron).collect();
        assert!(pairs.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(spikes.step.iter().all(|&step| (step as usize) < steps));
    }
    let last = &result.spikes[result.spikes.len() - 1];
    for (neuron, &count) in result.counts.iter().enumerate() {
        assert_eq!(last.neuron.iter().filter(|&&of| of as usize == neuron).count(), count as usize);
    }
    assert!(result.scores.iter().all(|score| score.is_finite()));
    let best = result.scores[result.prediction];
    assert!(result.scores.iter().all(|&score| score <= best));
}

/// The same run in blocks of another size.
fn in_blocks(network: &Network, input: &[f32], block: usize, whole: &RunResult) -> RunResult {
    let mut encoder = PoissonEncoder::new(input, network.input_rate(), whole.seed, 0).expect("a good input");
    let mut simulation = Simulation::new(network, block, true);
    let mut encoded = SpikeBlock::default();
    let mut recorder = quartic_snn::snn::Recorder::new(network, true, true);
    let mut done = 0;
    while done < whole.steps {
        encoder.encode(block.min(whole.steps - done), &mut encoded);
        simulation.advance(&encoded);
        simulation.decide(|_| ());
        recorder.extend(done, &encoded, &simulation);
        done += encoded.steps();
    }
    let decision = simulation.decision();
    RunResult {
        prediction: decision.prediction(),
        counts: decision.counts().to_vec(),
        scores: decision.scores(),
        spikes: recorder.spikes,
        potentials: recorder.potentials,
        spikes_per_layer: simulation.spikes_per_layer(),
        synaptic_operations: simulation.synaptic_operations(),
        ..whole.clone()
    }
}

fn saved(converted: &Converted) -> (Converted, Option<String>) {
    let file = to_safetensors(converted, Some("name")).expect("what was converted can be saved");
    from_safetensors(&file).expect("what was saved can be read")
}

/// A small network with options of any values. Returns whether they were taken.
pub(crate) fn options_of_any_value(bytes: &[u8]) -> bool {
    let mut bytes = Bytes::new(bytes);
    let ann = network(&mut Bytes::new(&[0, 3, 1, 7, 0, 5, 2])).expect("a network of one hidden layer");
    let count = bytes.below(3) * ann.inputs();
    let inputs = (0..count).map(|_| if bytes.below(9) == 0 { bytes.any() as f32 } else { bytes.float(0.0, 1.0) });
    let inputs = Array2::from_shape_vec((count / ann.inputs(), ann.inputs()), inputs.collect()).expect("as many");
    let input: Vec<f32> = inputs.iter().take(ann.inputs() + bytes.below(2)).copied().collect();
    // A good one with some values in it that may be anything.
    let mut conversion = options(&mut bytes);
    let mut running = RunOptions { steps: 10, seed: Some(1), ..RunOptions::default() };
    for _ in 0..bytes.below(4) {
        let value = if bytes.below(2) == 0 { bytes.any() } else { f64::from(bytes.float(-3.0, 2.0)) };
        match bytes.below(9) {
            0 => {
                (conversion.percentile, conversion.headroom, conversion.noise_limit) =
                    (value, Some(value), Some(value));
            }
            1 => conversion.strength = Some(value),
            2 => conversion.steps = value as usize,
            3 => conversion.input_rate = value,
            4 => conversion.floor = Some(value),
            5 => conversion.initial_potential = Some(value),
            6 => running.seed = Some(value as u64),
            7 => running.stream = value as u64,
            // A run of a million steps is sound, but long.
            _ => running.steps = if value > 1000.0 && value <= 1e6 { 1000 } else { value as usize },
        }
    }
    let converted = taken(conversion.validate()).and_then(|conversion| {
        let calibration = taken(Calibration::new(&ann, inputs))?;
        taken(conversion.convert(&ann, &calibration))
    });
    let running = taken(running.validate());
    let (Some(converted), Some(running)) = (converted, running) else { return false };
    let Some(result) = taken(run(&converted.network, &input, &running)) else { return false };
    assert_eq!(result, run(&saved(&converted).0.network, &input, &running).expect("it ran before"));
    result.steps == running.steps()
}
