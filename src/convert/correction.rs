//! Changes of biases and weights after the conversion: the network then no longer computes quite the trained function, on
//! purpose.

use std::sync::Arc;

use super::gain::Gains;
use super::{Calibration, Conversion};
use crate::error::Result;
use crate::snn::{DEFAULT_BLOCK, Layer, Network, PoissonEncoder, Simulation, SpikeBlock};

/// The calibration inputs that are simulated, at most.
const INPUTS: usize = 100;

/// The seed of their spikes, the same for every conversion.
const SEED: u64 = 1;

/// Adds the shift that the options ask for.
pub(super) fn shift(conversion: &Conversion, network: &mut Network) {
    let options = conversion.options();
    if options.bias_shift > 0.0 {
        // S. Deng, S. Gu, "Optimal Conversion of Conventional Artificial Neural Networks to Spiking Neural Networks", ICLR
        // 2021: theta / 2T per step makes up for what a neuron has not sent when the run ends.
        for index in 0..network.layers().len() {
            let layer = &network.layers()[index];
            if layer.neuron().fires {
                network.add_bias(index, &vec![options.bias_shift / options.steps; layer.shape().groups()]);
            }
        }
    }
}

/// The correction of biases and gains, layer by layer, each in the network whose layers before it are corrected.
///
/// A bias gets what the activation of the trained network exceeds the rate of the spiking one by, in thresholds per
/// step: the mean over calibration inputs and the positions of each channel. Source: Y. Li et al., "A Free Lunch From
/// ANN", ICML 2021, bias correction. Where gains are corrected as well, the layer then runs once more, see [`Gains`].
pub(super) struct Correction {
    network: Arc<Network>,
    /// Whether layers run once more, for their gains.
    with_gains: bool,
    /// The layer at hand.
    layer: usize,
    /// The inputs done in it.
    row: usize,
    /// Made anew for each run of a layer.
    simulation: Option<Simulation<Arc<Network>>>,
    /// Of the input at hand.
    encoder: Option<PoissonEncoder>,
    spikes: SpikeBlock,
    /// What each neuron has sent on the input at hand.
    counts: Vec<f64>,
    /// What neurons or channels have sent on the inputs done.
    sent: Vec<f64>,
    /// What gains follow from, once biases are corrected.
    samples: Option<Gains>,
    /// Those of the layers done, per neuron or channel.
    gains: Vec<Vec<f64>>,
    /// The steps simulated.
    pub(super) steps: u64,
}

impl Correction {
    /// Begins with the first layer.
    pub(super) fn new(network: Network, with_gains: bool) -> Self {
        Self {
            network: Arc::new(network),
            with_gains,
            layer: 0,
            row: 0,
            simulation: None,
            encoder: None,
            spikes: SpikeBlock::default(),
            counts: Vec::new(),
            sent: Vec::new(),
            samples: None,
            gains: Vec::new(),
            steps: 0,
        }
    }

    /// The number of inputs that each layer is simulated on.
    fn inputs(calibration: &Calibration) -> usize {
        calibration.inputs().nrows().min(INPUTS)
    }

    /// The number of runs of all layers.
    pub(super) fn total(calibration: &Calibration, with_gains: bool) -> usize {
        (calibration.units().len() - 1) * (1 + usize::from(with_gains)) * Self::inputs(calibration)
    }

    /// The number of runs done.
    pub(super) fn done(&self, calibration: &Calibration) -> usize {
        let layers = self.layer * (1 + usize::from(self.with_gains)) + usize::from(self.samples.is_some());
        layers * Self::inputs(calibration) + self.row
    }

    /// Runs a block of steps on one input, or corrects one layer; `false` where nothing is left to do.
    pub(super) fn advance(&mut self, conversion: &Conversion, calibration: &Calibration) -> Result<bool> {
        if self.layer + 1 == self.network.layers().len() {
            return Ok(false);
        }
        if self.row == Self::inputs(calibration) {
            self.correct(conversion.steps(), calibration);
            return Ok(true);
        }
        let steps = conversion.steps() as usize;
        let simulation = self.simulation.get_or_insert_with(|| {
            let layer = &self.network.layers()[self.layer];
            self.counts = vec![0.0; layer.neurons()];
            self.sent = vec![0.0; layer.shape().groups()];
            Simulation::new(Arc::clone(&self.network), DEFAULT_BLOCK, false)
        });
        let mut encoder = if let Some(encoder) = self.encoder.take() {
            encoder
        } else {
            let input = calibration.inputs().row(self.row).to_slice().unwrap_or_default();
            simulation.present(input);
            PoissonEncoder::of(&self.network, input, SEED, self.row as u64)?
        };
        encoder.encode(DEFAULT_BLOCK.min(steps - simulation.steps()), &mut self.spikes);
        simulation.advance_to(self.layer, &self.spikes);
        self.steps += self.spikes.steps() as u64;
        let fired = simulation.spikes(self.layer).iter().flatten();
        fired.for_each(|&neuron| self.counts[neuron as usize] += 1.0);
        let taken = simulation.taken_back(self.layer).into_iter().flat_map(SpikeBlock::iter).flatten();
        taken.for_each(|&neuron| self.counts[neuron as usize] -= 1.0);
        if simulation.steps() == steps {
            self.tally(conversion.steps(), calibration);
            self.row += 1;
        } else {
            self.encoder = Some(encoder);
        }
        Ok(true)
    }

    /// The network as it is, and the gains of its layers, as far as they are corrected.
    pub(super) fn finish(self) -> (Network, Vec<Vec<f64>>) {
        drop(self.simulation); // It shares the network.
        (Arc::unwrap_or_clone(self.network), self.gains)
    }

    /// The layer at hand, and what every neuron of it says in thresholds per step on one input: its neuron or channel, its
    /// place in the engine's order and its activation in the trained network.
    fn activations<'a>(
        layer: &'a Layer,
        index: usize,
        row: usize,
        calibration: &'a Calibration,
    ) -> impl Iterator<Item = (usize, usize, f64)> + 'a {
        let (groups, positions) = (layer.shape().groups(), layer.shape().positions());
        calibration.activations(index).row(row).into_iter().enumerate().map(move |(neuron, &activation)| {
            let (group, position) = (neuron / positions, neuron % positions);
            (group, position * groups + group, f64::from(activation) / f64::from(layer.thresholds()[neuron]))
        })
    }

    /// Takes account of what the layer at hand has sent on an input.
    fn tally(&mut self, steps: f64, calibration: &Calibration) {
        let layer = &self.network.layers()[self.layer];
        if let Some(samples) = &mut self.samples {
            for (group, place, activation) in Self::activations(layer, self.layer, self.row, calibration) {
                samples.add(group, activation, self.counts[place] / steps);
            }
        }
        let groups = self.sent.len();
        self.counts.iter().enumerate().for_each(|(place, sent)| self.sent[place % groups] += sent);
        self.counts.fill(0.0);
    }

    /// Corrects the biases of the layer at hand, and the gains if it has run for them, and goes on to what is next.
    fn correct(&mut self, steps: f64, calibration: &Calibration) {
        let inputs = Self::inputs(calibration);
        let layer = &self.network.layers()[self.layer];
        let (groups, positions) = (layer.shape().groups(), layer.shape().positions());
        self.simulation = None; // It shares the network.
        self.row = 0;
        let mut lacking: Vec<f64> = self.sent.iter().map(|sent| -sent / steps).collect();
        for row in 0..inputs {
            for (group, _, activation) in Self::activations(layer, self.layer, row, calibration) {
                lacking[group] += activation;
            }
        }
        for sum in &mut lacking {
            *sum /= (inputs * positions) as f64;
        }
        let network = Arc::make_mut(&mut self.network);
        network.add_bias(self.layer, &lacking);
        match self.samples.take() {
            None if self.with_gains => self.samples = Some(Gains::new(groups, inputs * positions)),
            samples => {
                self.gains.extend(samples.map(|samples| samples.apply(network, self.layer)));
                self.layer += 1;
            }
        }
    }
}
