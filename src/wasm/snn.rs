//! The handle of a spiking network.

use std::cell::RefCell;
use std::sync::Arc;

use wasm_bindgen::prelude::*;

use super::{JsResult, ann::Ann, arrays, files, options, raise, usage};
use crate::convert::{Converted, LayerReport, belongs_to};
use crate::snn::{Network, Neuron, RunOptions, RunResult, Runner};

/// A converted network with its report.
#[wasm_bindgen]
pub struct Snn {
    pub(super) network: Arc<Network>,
    runner: RefCell<Runner<Arc<Network>>>,
    /// What it was converted from; a network that was read from a file may come without.
    pub(super) ann: Option<Arc<crate::ann::Network>>,
    name: Option<String>,
    pub(super) layers: Arc<[LayerReport]>,
    function_error: f64,
    steps: usize,
}

#[wasm_bindgen]
impl Snn {
    /// Reads a network that was saved as safetensors.
    ///
    /// # Errors
    /// `invalid-model`, `shape-mismatch`, `invalid-input` or `left-out`.
    pub fn read(bytes: &[u8]) -> JsResult<Snn> {
        let (converted, name) = raise(files::read_saved(bytes))?;
        Ok(Self::of(converted, None, name))
    }

    /// States what a network that was read was converted from, so that it can be evaluated.
    ///
    /// # Errors
    /// `shape-mismatch` or `invalid-option` if it cannot have been converted from it.
    #[wasm_bindgen(js_name = belongsTo)]
    pub fn belongs_to(&mut self, ann: &Ann) -> JsResult<()> {
        raise(belongs_to(&ann.network, &self.network, &self.layers))?;
        self.ann = Some(Arc::clone(&ann.network));
        Ok(())
    }

    /// The name that it was saved with.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.name.clone()
    }

    /// The network as a file, `safetensors` or `nir`.
    ///
    /// # Errors
    /// `invalid-option` for another format, `unsupported-layer` for what NIR cannot express, `left-out`.
    pub fn save(&self, format: &str, name: &str) -> JsResult<js_sys::Uint8Array> {
        let file = raise(files::save(&self.network, &self.layers, (self.function_error, self.steps), format, name))?;
        Ok(js_sys::Uint8Array::from(file.as_slice()))
    }

    /// The report of every layer.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn layers(&self) -> JsValue {
        arrays::list(self.layers.iter().zip(self.network.layers()).map(|(layer, spiking)| {
            let Neuron { margin, initial_potential, .. } = spiking.neuron();
            let margin = [("size", f64::from(margin.size).into()), ("steps", margin.steps.into())];
            let shape = layer.shape.iter().map(|&size| JsValue::from(size as u32));
            let entries = [
                ("name", layer.name.as_str().into()),
                ("shape", arrays::list(shape)),
                ("fires", layer.fires.into()),
                ("thresholds", arrays::floats(&layer.thresholds).into()),
                ("l4", arrays::floats(&layer.l4).into()),
                ("sigma", arrays::floats(&layer.sigma).into()),
                ("sigmaL4", arrays::floats(&layer.sigma_l4).into()),
                ("concentration", f64::from(layer.concentration).into()),
                ("gains", arrays::floats(&layer.gains).into()),
                ("margin", arrays::object(margin).into()),
                ("initialPotential", f64::from(initial_potential).into()),
            ];
            arrays::object(entries).into()
        }))
    }

    /// The largest relative difference in a logit that folding caused on the calibration inputs.
    #[wasm_bindgen(getter, js_name = functionError)]
    #[must_use]
    pub fn function_error(&self) -> f64 {
        self.function_error
    }

    /// The number of steps that it was converted for.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The number of values in one input.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.network.inputs()
    }

    /// The spike probability per step of an input of intensity 1.
    #[wasm_bindgen(getter, js_name = inputRate)]
    #[must_use]
    pub fn input_rate(&self) -> f64 {
        self.network.input_rate()
    }

    /// Runs the network on one input.
    ///
    /// # Errors
    /// `invalid-option`, `shape-mismatch`, `invalid-input`, `too-large` or `no-seed`.
    pub fn run(&self, input: &[f32], options: &JsValue) -> JsResult<JsValue> {
        let result = options::read::<RunOptions>("options", options)
            .and_then(|options| options.validate())
            .and_then(|options| self.runner.borrow_mut().run(input, &options));
        let result = raise(result)?;
        usage::count(result.steps as u64);
        Ok(run_result(&result))
    }
}

impl Snn {
    pub(super) fn of(converted: Converted, ann: Option<Arc<crate::ann::Network>>, name: Option<String>) -> Self {
        let Converted { network, layers, function_error, steps } = converted;
        let network = Arc::new(network);
        let runner = RefCell::new(Runner::new(Arc::clone(&network)));
        Self { network, runner, ann, name, layers: layers.into(), function_error, steps }
    }
}

fn run_result(result: &RunResult) -> JsValue {
    let entries = [
        ("prediction", (result.prediction as u32).into()),
        ("counts", arrays::words(&result.counts).into()),
        ("scores", arrays::floats(&result.scores).into()),
        ("spikes", arrays::spikes(&result.spikes)),
        ("potentials", arrays::potentials(&result.potentials)),
        ("spikesPerLayer", arrays::numbers(&result.spikes_per_layer)),
        ("synapticOperations", JsValue::from_f64(result.synaptic_operations as f64)),
        ("steps", (result.steps as u32).into()),
        ("seed", JsValue::from_f64(result.seed as f64)),
    ];
    arrays::object(entries).into()
}
