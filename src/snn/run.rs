//! A whole run of one network on one input, with recordings.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::{
    LayerPotentials, LayerSpikes, MAX_SEED, Network, PoissonEncoder, Recorder, Simulation, SpikeBlock, block_of,
    random_seed, whole,
};
use crate::error::{Error, Result};

/// The most steps that one run may have.
pub(crate) const MAX_STEPS: u32 = 1_000_000;

/// Options of a run on one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RunOptions {
    /// The number of steps, from 1 to 1,000,000.
    #[serde(deserialize_with = "whole::steps")]
    pub steps: usize,
    /// The seed of the input spikes, from 0 to 2^53 - 1; drawn from the platform if there is none.
    #[serde(deserialize_with = "whole::seed")]
    pub seed: Option<u64>,
    /// The stream of the seed, from 0 to 2^53 - 1. An evaluation gives sample `i` stream `i`, so this replays it.
    #[serde(deserialize_with = "whole::stream")]
    pub stream: u64,
    /// What to record over time; counts are always available.
    pub record: Vec<Recording>,
}

/// Something recorded over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Recording {
    /// Every spike, as step and neuron.
    Spikes,
    /// The membrane potential before firing of every neuron at every step, in units of its threshold.
    Potentials,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { steps: 100, seed: None, stream: 0, record: Vec::new() }
    }
}

/// Checked [`RunOptions`], with a seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedRun {
    steps: usize,
    seed: u64,
    stream: u64,
    spikes: bool,
    potentials: bool,
}

impl RunOptions {
    /// Checks every option, and draws a seed if none is given.
    ///
    /// # Errors
    /// `invalid-option` for a value that is not allowed, `no-seed` if a seed cannot be drawn.
    pub fn validate(&self) -> Result<CheckedRun> {
        Ok(CheckedRun {
            steps: whole::check_steps(self.steps)?,
            seed: self.seed.map_or_else(random_seed, |seed| whole::within("seed", seed, 0, MAX_SEED))?,
            stream: whole::within("stream", self.stream, 0, MAX_SEED)?,
            spikes: self.record.contains(&Recording::Spikes),
            potentials: self.record.contains(&Recording::Potentials),
        })
    }
}

impl CheckedRun {
    /// Checks that nothing is asked for that an evaluation does not have.
    pub(crate) fn check_of_evaluation(&self) -> Result<()> {
        if self.stream != 0 {
            return Err(Error::option("stream", self.stream, "left out: the stream of each image is its index"));
        }
        if self.spikes || self.potentials {
            return Err(Error::option("record", "a list", "left out: an evaluation keeps no recordings"));
        }
        Ok(())
    }

    /// The number of steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The stream of the seed.
    #[must_use]
    pub fn stream(&self) -> u64 {
        self.stream
    }
}

/// The result of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunResult {
    /// The class with the highest score.
    pub prediction: usize,
    /// The number of spikes of every output neuron, less those taken back.
    pub counts: Vec<u32>,
    /// The score of every class, in ANN units, summed over the steps.
    pub scores: Vec<f32>,
    /// Every spike, if requested; the input first.
    pub spikes: Vec<LayerSpikes>,
    /// Every potential, if requested; the first layer after the input first.
    pub potentials: Vec<LayerPotentials>,
    /// The number of spikes of every layer; the input first.
    pub spikes_per_layer: Vec<u64>,
    /// Every spike times its fan-out, including input spikes.
    pub synaptic_operations: u64,
    /// The number of steps.
    pub steps: usize,
    /// The seed, which reproduces this run.
    pub seed: u64,
}

/// Runs `network` on `input` (intensities from 0 to 1).
///
/// # Errors
/// See [`Runner::run`].
pub fn run(network: &Network, input: &[f32], options: &CheckedRun) -> Result<RunResult> {
    Runner::new(network).run(input, options)
}

/// Runs one network on one input after another, in the same memory.
#[derive(Clone, Debug)]
pub struct Runner<N> {
    network: N,
    block: usize,
    simulation: Option<Simulation<N>>,
    encoded: SpikeBlock,
}

impl<N: Deref<Target = Network> + Clone> Runner<N> {
    /// Takes a network: `&Network`, `Rc<Network>` or `Arc<Network>`. The first run allocates the memory.
    #[must_use]
    pub fn new(network: N) -> Self {
        let block = block_of([&*network]);
        Self::in_blocks(network, block)
    }

    /// As [`new`](Self::new), in blocks of `block` steps; results do not depend on it.
    fn in_blocks(network: N, block: usize) -> Self {
        Self { network, block, simulation: None, encoded: SpikeBlock::default() }
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &N {
        &self.network
    }

    /// Runs the network on `input` (intensities from 0 to 1).
    ///
    /// # Errors
    /// `shape-mismatch` for an input of the wrong length, `invalid-input` for an intensity outside 0..1; `too-large` if
    /// a recording would not fit into memory.
    pub fn run(&mut self, input: &[f32], options: &CheckedRun) -> Result<RunResult> {
        let network = &*self.network;
        check_length(network, input)?;
        if options.potentials {
            Recorder::check_potentials(std::iter::once(network), options.steps)?;
        }
        let mut encoder = PoissonEncoder::of(network, input, options.seed, options.stream)?;
        let mut recorder = Recorder::new(network, options.spikes, options.potentials);
        let kept = self.simulation.take().filter(|simulation| simulation.traces() == options.potentials);
        let simulation = kept.unwrap_or_else(|| Simulation::new(self.network.clone(), self.block, options.potentials));
        let simulation = self.simulation.insert(simulation);
        simulation.present(input);
        let mut done = 0;
        while done < options.steps {
            encoder.encode(self.block.min(options.steps - done), &mut self.encoded);
            simulation.advance(&self.encoded);
            simulation.decide(|_| ());
            Recorder::check_spikes(recorder.spikes_with(&self.encoded, simulation), simulation.steps())?;
            recorder.extend(done, &self.encoded, simulation);
            done += self.encoded.steps();
        }
        let decision = simulation.decision();
        Ok(RunResult {
            prediction: decision.prediction(),
            counts: decision.counts().to_vec(),
            scores: decision.scores(),
            spikes: recorder.spikes,
            potentials: recorder.potentials,
            spikes_per_layer: simulation.spikes_per_layer(),
            synaptic_operations: simulation.synaptic_operations(),
            steps: done,
            seed: options.seed,
        })
    }
}

pub(crate) fn check_length(network: &Network, input: &[f32]) -> Result<()> {
    if input.len() == network.inputs() {
        return Ok(());
    }
    Err(Error::shape("input", format!("{} values, one per input of the network", network.inputs()), input.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::Shape;
    use crate::snn::{Connection, Layer, Neuron, Readout, Reset, Synapses};

    fn one_neuron(weight: f32, bias: f32, neuron: Neuron, readout: Readout) -> Network {
        let connection = Connection::new(0, Vec::new(), Synapses::dense(1, 1, |_, _| weight));
        let layer = Layer::new("one", Shape::Flat(1), vec![connection], &[bias], &[2.0], neuron).unwrap();
        Network::new(Shape::Flat(1), vec![layer], 1.0, readout).unwrap()
    }

    const PLAIN: Neuron = Neuron::USUAL;

    fn options(steps: usize) -> CheckedRun {
        let record = vec![Recording::Spikes, Recording::Potentials];
        RunOptions { steps, seed: Some(1), record, ..RunOptions::default() }.validate().unwrap()
    }

    #[test]
    fn a_constant_drive_gives_the_floor_of_the_exact_count() {
        // Sums of 3/8 are exact in binary.
        let result = run(&one_neuron(0.375, 0.0, PLAIN, Readout::Count), &[1.0], &options(20)).unwrap();
        assert_eq!(result.counts, [7]);
        assert_eq!(result.spikes[1].step, [2, 5, 7, 10, 13, 15, 18]);
        assert!((result.scores[0] - 14.0).abs() < f32::EPSILON);
        assert_eq!(result.spikes_per_layer, [20, 7]);
        assert_eq!(result.synaptic_operations, 20);
    }

    #[test]
    fn reset_to_zero_loses_what_is_above_the_threshold() {
        let neuron = Neuron { reset: Reset::Zero, ..PLAIN };
        let result = run(&one_neuron(0.375, 0.0, neuron, Readout::Count), &[1.0], &options(20)).unwrap();
        assert_eq!(result.counts, [6]);
    }

    #[test]
    fn a_floor_holds_and_the_potential_before_firing_is_recorded() {
        let neuron = Neuron { floor: Some(-0.5), ..PLAIN };
        let result = run(&one_neuron(-0.375, 0.0, neuron, Readout::Count), &[1.0], &options(3)).unwrap();
        assert_eq!(result.potentials[0].values, [-0.375, -0.5, -0.5]);
    }

    #[test]
    fn the_bias_and_the_initial_potential_count() {
        let neuron = Neuron { initial_potential: 0.5, ..PLAIN };
        let result = run(&one_neuron(0.0, 0.5, neuron, Readout::Count), &[0.0], &options(4)).unwrap();
        assert_eq!(result.spikes[1].step, [0, 2]);
    }

    #[test]
    fn a_potential_readout_never_fires_and_scores_in_ann_units() {
        let neuron = Neuron { fires: false, ..PLAIN };
        let result = run(&one_neuron(0.375, 0.0, neuron, Readout::Potential), &[1.0], &options(8)).unwrap();
        assert_eq!(result.counts, [0]);
        assert!((result.scores[0] - 6.0).abs() < f32::EPSILON);
    }

    #[test]
    fn potentials_that_outgrew_the_digits_of_what_is_added_lost_it() {
        let neuron = Neuron { fires: false, ..PLAIN };
        let result = run(&one_neuron(0.1, 0.003, neuron, Readout::Potential), &[1.0], &options(200_000)).unwrap();
        let exact = 2.0 * 200_000.0 * (f64::from(0.1_f32) + f64::from(0.003_f32));
        assert!((f64::from(result.scores[0]) / exact - 1.0).abs() < 1e-6, "{:?} and not {exact}", result.scores);
    }

    fn fixed(weight: f32, bias: f32, neuron: Neuron, steps: usize) -> RunResult {
        let network = one_neuron(weight, bias, neuron, Readout::Count).to_fixed().unwrap();
        run(&network, &[1.0], &options(steps)).unwrap()
    }

    #[test]
    fn in_fixed_point_sums_are_those_of_rounded_weights() {
        // 0.3 is 307.2 of 1024: twenty times 307 is not quite six thresholds, as twenty times 0.3 would be.
        let result = fixed(0.3, 0.0, PLAIN, 20);
        assert_eq!(result.counts, [5]);
        assert_eq!(result.scores, [10.0]);
        assert_eq!(result.potentials[0].values[..4], [307.0, 614.0, 921.0, 1228.0].map(|v| v / 1024.0));
        // 0.0001 is nothing, 0.0005 is one of 1024 (0.512) in every step.
        assert_eq!(fixed(1e-4, 5e-4, PLAIN, 8).potentials[0].values[7].to_bits(), (8.0_f32 / 1024.0).to_bits());
        // A floor of -0.3 is -307 of 1024; a beginning of 0.9999 stays below the threshold.
        let neuron = Neuron { floor: Some(-0.3), initial_potential: 0.9999, ..PLAIN };
        assert_eq!(fixed(-0.75, 0.0, neuron, 3).potentials[0].values, [255.0, -307.0, -307.0].map(|v| v / 1024.0));
    }

    #[test]
    fn in_fixed_point_sums_stay_at_the_ends_of_their_range() {
        let most = f32::from(i16::MAX) / 1024.0;
        assert_eq!(fixed(20.0, 0.0, PLAIN, 3).potentials[0].values, [20.0, most, most]);
        assert_eq!(fixed(-20.0, 0.0, PLAIN, 3).potentials[0].values, [-20.0, -32.0, -32.0]);
        assert_eq!(fixed(0.0, 20.0, Neuron { reset: Reset::Zero, ..PLAIN }, 3).potentials[0].values, [20.0; 3]);
    }

    #[test]
    fn in_fixed_point_a_weight_that_does_not_fit_is_refused() {
        for (weight, bias) in [(-32.5, 0.0), (0.0, 32.5)] {
            let error = one_neuron(weight, bias, PLAIN, Readout::Count).to_fixed().unwrap_err();
            assert_eq!(error.code(), "conversion-failed");
            for part in ["layer `one`", "32.5", "at most 32.0", "`f32`", "`strength`"] {
                assert!(error.to_string().contains(part), "{error}");
            }
        }
    }

    #[test]
    fn in_fixed_point_neurons_that_only_integrate_keep_32_bits() {
        let network = one_neuron(20.0, 0.0, Neuron { fires: false, ..PLAIN }, Readout::Potential);
        assert_eq!(run(&network.to_fixed().unwrap(), &[1.0], &options(8)).unwrap().scores, [320.0]);
    }

    #[test]
    fn in_fixed_point_a_spike_is_taken_back_and_currents_flow() {
        let neuron = Neuron { signed: true, ..PLAIN };
        let connections = vec![Connection::new(0, Vec::new(), Synapses::dense(2, 1, |i, _| [1.25, -2.5][i]))];
        let layer = Layer::new("one", Shape::Flat(1), connections, &[0.0], &[1.0], neuron).unwrap();
        let network = Network::new(Shape::Flat(2), vec![layer], 1.0, Readout::Count).unwrap().to_fixed().unwrap();
        // The first input alone fires; then both, which takes the spike back.
        let mut simulation = Simulation::new(&network, 4, false);
        let mut spikes = SpikeBlock::default();
        spikes.push(0);
        spikes.end_step();
        (0..2).for_each(|input| spikes.push(input));
        spikes.end_step();
        simulation.advance(&spikes);
        simulation.decide(|_| ());
        assert_eq!((simulation.spikes(0).len(), simulation.taken_back(0).map(SpikeBlock::len)), (1, Some(1)));
        assert_eq!(simulation.decision().counts(), [0]);
        // 0.3 x 0.5 is 307 of 1024 times 0.5 in every step, rounded to 154.
        let network = one_neuron(0.3, 0.0, PLAIN, Readout::Count).to_fixed().unwrap();
        let network = network.with_coding(crate::snn::Coding::Constant).unwrap();
        let result = run(&network, &[0.5], &options(7)).unwrap();
        assert_eq!(result.potentials[0].values[6].to_bits(), (7.0_f32 * 154.0 / 1024.0).to_bits());
    }

    #[test]
    fn the_block_size_does_not_matter() {
        let layer = |source, inputs, outputs| {
            let synapses = Synapses::dense(inputs, outputs, |i, j| ((i * 31 + j * 17) % 13) as f32 * 0.05 - 0.2);
            let connections = vec![Connection::new(source, Vec::new(), synapses)];
            let (bias, thresholds) = (vec![0.01; outputs], vec![1.0; outputs]);
            Layer::new("some", Shape::Flat(outputs), connections, &bias, &thresholds, PLAIN).unwrap()
        };
        let layers = vec![layer(0, 9, 50), layer(1, 50, 3)];
        let network = Network::new(Shape::Flat(9), layers, 0.5, Readout::Count).unwrap();
        let results: Vec<RunResult> = [1, 7, 64, 200]
            .map(|block| Runner::in_blocks(&network, block).run(&[0.9; 9], &options(150)).unwrap())
            .into();
        assert!(results[0].spikes_per_layer.iter().all(|&spikes| spikes > 100), "{:?}", results[0].spikes_per_layer);
        assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn a_runner_gives_the_same_again_whatever_it_ran_before() {
        let network = one_neuron(0.375, 0.0, PLAIN, Readout::Count);
        let mut runner = Runner::new(&network);
        let silent = RunOptions { seed: Some(3), ..RunOptions::default() }.validate().unwrap();
        let first = runner.run(&[0.6], &options(50)).unwrap();
        runner.run(&[1.0], &silent).unwrap();
        assert_eq!(runner.run(&[0.6], &options(50)).unwrap(), first);
        // In the memory of the run before, too, and where the first one left no potentials.
        assert_eq!(runner.run(&[0.6], &options(50)).unwrap(), first);
        let mut runner = Runner::new(&network);
        runner.run(&[1.0], &silent).unwrap();
        assert_eq!(runner.run(&[0.6], &options(50)).unwrap(), first);
    }

    #[test]
    fn neurons_fire_as_they_do_whether_their_potentials_are_recorded_or_not() {
        for (reset, floor) in
            [Reset::Subtract, Reset::Zero].into_iter().flat_map(|reset| [(reset, None), (reset, Some(-0.25))])
        {
            // So many that their potentials stay in registers.
            let synapses = Synapses::dense(9, 40, |i, j| ((i * 31 + j * 17) % 13) as f32 * 0.07 - 0.3);
            let connections = vec![Connection::new(0, Vec::new(), synapses)];
            let neuron = Neuron { reset, floor, ..PLAIN };
            let layer = Layer::new("many", Shape::Flat(40), connections, &[0.0; 40], &[1.0; 40], neuron).unwrap();
            // Those of outputs are always followed.
            let synapses = Synapses::dense(40, 1, |_, _| 0.1);
            let connections = vec![Connection::new(1, Vec::new(), synapses)];
            let output = Layer::new("one", Shape::Flat(1), connections, &[0.0], &[1.0], PLAIN).unwrap();
            let network = Network::new(Shape::Flat(9), vec![layer, output], 0.5, Readout::Count).unwrap();
            let record = vec![Recording::Spikes];
            let unseen = RunOptions { steps: 80, seed: Some(1), record, ..RunOptions::default() }.validate().unwrap();
            let (seen, unseen) = (run(&network, &[0.9; 9], &options(80)), run(&network, &[0.9; 9], &unseen));
            assert_eq!(seen.unwrap().spikes, unseen.unwrap().spikes, "{neuron:?}");
        }
    }

    #[test]
    fn wrong_options_are_refused_by_name() {
        let usual = RunOptions::default;
        for (name, options) in [
            ("steps", RunOptions { steps: 0, ..usual() }),
            ("steps", RunOptions { steps: 1_000_001, ..usual() }),
            ("seed", RunOptions { seed: Some(MAX_SEED + 1), ..usual() }),
            ("stream", RunOptions { stream: u64::MAX, ..usual() }),
        ] {
            let error = options.validate().unwrap_err();
            assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
        }
    }

    #[test]
    fn options_from_a_file_are_whole_numbers_in_their_ranges() {
        use serde::de::value::{F64Deserializer, MapDeserializer};
        type Failed = serde::de::value::Error;
        let read = |name: &str, value: f64| {
            let entries = std::iter::once((name, F64Deserializer::<Failed>::new(value)));
            RunOptions::deserialize(MapDeserializer::new(entries))
        };
        assert_eq!(read("steps", 20.0).unwrap(), RunOptions { steps: 20, ..RunOptions::default() });
        let most = MAX_SEED as f64;
        assert_eq!(read("stream", most).unwrap(), RunOptions { stream: MAX_SEED, ..RunOptions::default() });
        for value in [0.0, -1.0, 1.5, f64::NAN, 1e9] {
            assert_eq!(read("steps", value).unwrap_err().to_string(), "a whole number from 1 to 1000000");
        }
        for value in [-1.0, 0.5, most + 1.0] {
            assert_eq!(read("stream", value).unwrap_err().to_string(), "a whole number from 0 to 9007199254740991");
        }
    }
}
