//! Several networks on one input, step by step.

use std::sync::Arc;

use wasm_bindgen::prelude::*;

use super::{JsResult, arrays, options, raise, snn::Snn, usage};
use crate::error::Result;
use crate::measure::check_networks;
use crate::snn::{
    Network, PoissonEncoder, Recorder, Recording, RunOptions, Simulation, SpikeBlock, block_of, check_length,
};

/// Several networks that read the same input spikes, advanced together.
#[wasm_bindgen]
pub struct Comparison {
    networks: Vec<Arc<Network>>,
    running: Option<Running>,
}

struct Running {
    encoder: PoissonEncoder,
    simulations: Vec<Simulation<Arc<Network>>>,
    encoded: SpikeBlock,
    /// The most steps that run at once.
    block: usize,
    potentials: bool,
    seed: u64,
    steps: usize,
    done: usize,
    frame: Option<Frame>,
}

/// What is recorded until a step.
struct Frame {
    recorders: Vec<Recorder>,
    end: usize,
}

#[wasm_bindgen]
impl Comparison {
    /// No network yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    #[allow(clippy::new_without_default, reason = "JavaScript has no Default")]
    pub fn new() -> Self {
        Self { networks: Vec::new(), running: None }
    }

    /// Adds a network.
    pub fn add(&mut self, snn: &Snn) {
        self.networks.push(Arc::clone(&snn.network));
    }

    /// Begins a run and returns its seed.
    ///
    /// # Errors
    /// `invalid-option`, `shape-mismatch`, `invalid-input` or `no-seed`.
    pub fn begin(&mut self, input: &[f32], options: &JsValue) -> JsResult<f64> {
        let running = raise(self.running(input, options))?;
        let seed = running.seed as f64;
        self.running = Some(running);
        Ok(seed)
    }

    /// Advances by one block of steps within a frame of at most `steps` (at least one). Returns the frame if it is
    /// done, `null` if it is not, and `undefined` after the last.
    ///
    /// # Errors
    /// `too-large` if so many steps cannot be recorded at once.
    pub fn advance(&mut self, steps: u32) -> JsResult<JsValue> {
        match self.running.as_mut().filter(|running| running.done < running.steps) {
            Some(running) => raise(running.advance(steps.max(1) as usize)),
            None => Ok(JsValue::UNDEFINED),
        }
    }
}

impl Comparison {
    fn running(&self, input: &[f32], options: &JsValue) -> Result<Running> {
        let options = options::read::<RunOptions>("options", options)?;
        let potentials = options.record.contains(&Recording::Potentials);
        let checked = options.validate()?;
        check_networks(self.networks.iter().map(|network| &**network))?;
        let first = &self.networks[0];
        check_length(first, input)?;
        let encoder = PoissonEncoder::of(first, input, checked.seed(), checked.stream())?;
        let block = block_of(self.networks.iter().map(|network| &**network));
        let simulation = |network| {
            let mut simulation = Simulation::new(Arc::clone(network), block, potentials);
            simulation.present(input);
            simulation
        };
        Ok(Running {
            encoded: SpikeBlock::with_capacity(encoder.inputs(), block),
            block,
            encoder,
            simulations: self.networks.iter().map(simulation).collect(),
            potentials,
            seed: checked.seed(),
            steps: checked.steps(),
            done: 0,
            frame: None,
        })
    }
}

impl Running {
    fn advance(&mut self, steps: usize) -> Result<JsValue> {
        let mut frame = match self.frame.take() {
            Some(frame) => frame,
            None => self.frame(steps)?,
        };
        self.encoder.encode(self.block.min(frame.end - self.done), &mut self.encoded);
        let mut spikes = 0;
        for (simulation, recorder) in self.simulations.iter_mut().zip(&mut frame.recorders) {
            simulation.advance(&self.encoded);
            simulation.decide(|_| ());
            spikes += recorder.spikes_with(&self.encoded, simulation);
            Recorder::check_spikes(spikes, simulation.steps())?;
            recorder.extend(self.done, &self.encoded, simulation);
        }
        self.done += self.encoded.steps();
        usage::count((self.encoded.steps() * self.simulations.len()) as u64);
        if self.done < frame.end {
            self.frame = Some(frame);
            return Ok(JsValue::NULL);
        }
        Ok(self.told(frame))
    }

    /// A frame of at most so many steps, before the first of them.
    fn frame(&self, steps: usize) -> Result<Frame> {
        let end = self.steps.min(self.done.saturating_add(steps));
        if self.potentials {
            Recorder::check_potentials(self.simulations.iter().map(Simulation::network), end - self.done)?;
        }
        let recorder = |simulation: &Simulation<_>| Recorder::new(simulation.network(), true, self.potentials);
        Ok(Frame { recorders: self.simulations.iter().map(recorder).collect(), end })
    }

    fn told(&self, frame: Frame) -> JsValue {
        let networks = self.simulations.iter().zip(frame.recorders).map(|(simulation, recorder)| {
            let state = arrays::state(simulation);
            arrays::set(&state, "spikes", &arrays::spikes(&recorder.spikes));
            arrays::set(&state, "potentials", &arrays::potentials(&recorder.potentials));
            state.into()
        });
        let entries = [
            ("step", (self.done as u32).into()),
            ("seed", JsValue::from_f64(self.seed as f64)),
            ("networks", arrays::list(networks)),
        ];
        arrays::object(entries).into()
    }
}
