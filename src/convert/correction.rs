//! Changes of the biases after the conversion: the network then no longer computes quite the trained function, on purpose.

use std::sync::Arc;

use super::{Calibration, Conversion};
use crate::error::Result;
use crate::snn::{DEFAULT_BLOCK, Network, PoissonEncoder, Simulation, SpikeBlock};

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

/// The correction of the biases, layer by layer, each in the network whose layers before it are corrected.
///
/// A bias gets what the activation of the trained network exceeds the rate of the spiking one by, in thresholds per
/// step: the mean over calibration inputs and the positions of each channel. Source: Y. Li et al., "A Free Lunch From
/// ANN", ICML 2021, bias correction.
pub(super) struct Correction {
    network: Arc<Network>,
    /// The layer at hand.
    layer: usize,
    /// The inputs done in it.
    row: usize,
    /// Made anew for each layer.
    simulation: Option<Simulation<Arc<Network>>>,
    /// Of the input at hand.
    encoder: Option<PoissonEncoder>,
    spikes: SpikeBlock,
    /// What its neurons or channels have sent on the inputs done.
    sent: Vec<f64>,
    /// The steps simulated.
    pub(super) steps: u64,
}

impl Correction {
    /// Begins with the first layer.
    pub(super) fn new(network: Network) -> Self {
        let (network, spikes) = (Arc::new(network), SpikeBlock::default());
        Self { network, layer: 0, row: 0, simulation: None, encoder: None, spikes, sent: Vec::new(), steps: 0 }
    }

    /// The number of inputs that each layer is simulated on.
    fn inputs(calibration: &Calibration) -> usize {
        calibration.inputs().nrows().min(INPUTS)
    }

    /// The number of runs of all layers.
    pub(super) fn total(calibration: &Calibration) -> usize {
        (calibration.units().len() - 1) * Self::inputs(calibration)
    }

    /// The number of runs done.
    pub(super) fn done(&self, calibration: &Calibration) -> usize {
        self.layer * Self::inputs(calibration) + self.row
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
            self.sent = vec![0.0; self.network.layers()[self.layer].shape().groups()];
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
        let groups = self.sent.len();
        let fired = simulation.spikes(self.layer).iter().flatten();
        fired.for_each(|&neuron| self.sent[neuron as usize % groups] += 1.0);
        let taken = simulation.taken_back(self.layer).into_iter().flat_map(SpikeBlock::iter).flatten();
        taken.for_each(|&neuron| self.sent[neuron as usize % groups] -= 1.0);
        if simulation.steps() == steps {
            self.row += 1;
        } else {
            self.encoder = Some(encoder);
        }
        Ok(true)
    }

    /// The network as it is.
    pub(super) fn finish(self) -> Network {
        drop(self.simulation); // It shares the network.
        Arc::unwrap_or_clone(self.network)
    }

    /// Adds what the layer at hand lacks to its biases, and goes on to the next.
    fn correct(&mut self, steps: f64, calibration: &Calibration) {
        let inputs = Self::inputs(calibration);
        let layer = &self.network.layers()[self.layer];
        let positions = layer.shape().positions();
        let mut lacking: Vec<f64> = self.sent.iter().map(|sent| -sent / steps).collect();
        for row in calibration.activations(self.layer).rows().into_iter().take(inputs) {
            for (neuron, &activation) in row.iter().enumerate() {
                let threshold = f64::from(layer.thresholds()[neuron]);
                lacking[neuron / positions] += f64::from(activation) / threshold;
            }
        }
        for sum in &mut lacking {
            *sum /= (inputs * positions) as f64;
        }
        self.simulation = None; // It shares the network.
        Arc::make_mut(&mut self.network).add_bias(self.layer, &lacking);
        (self.layer, self.row) = (self.layer + 1, 0);
    }
}
