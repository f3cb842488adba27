//! The handle of a spiking network.

use std::sync::Arc;

use wasm_bindgen::prelude::*;

use super::{JsResult, ann::Ann, arrays, options, raise};
use crate::convert::{ConvertOptions, Converted, LayerReport};
use crate::error::Result;
use crate::snn::{Network, RunOptions, RunResult};

/// A converted network with its report.
#[wasm_bindgen]
pub struct Snn {
    pub(super) network: Arc<Network>,
    pub(super) ann: Arc<crate::ann::Network>,
    layers: Vec<LayerReport>,
    function_error: f64,
}

#[wasm_bindgen]
impl Snn {
    /// Converts `ann` with calibration inputs (`[n, inputs]`, flat).
    ///
    /// # Errors
    /// `invalid-option`, `shape-mismatch`, `invalid-input`, `unsupported-layer` or `conversion-failed`.
    pub fn convert(ann: &mut Ann, calibration: &[f32], options: &JsValue) -> JsResult<Snn> {
        let Converted { network, layers, function_error } = raise(convert(ann, calibration, options))?;
        Ok(Self { network: Arc::new(network), ann: Arc::clone(&ann.network), layers, function_error })
    }

    /// The report of every layer.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn layers(&self) -> JsValue {
        arrays::list(self.layers.iter().map(|layer| {
            let shape = layer.shape.iter().map(|&size| JsValue::from(size as u32));
            let entries = [
                ("name", layer.name.as_str().into()),
                ("shape", arrays::list(shape)),
                ("fires", layer.fires.into()),
                ("thresholds", arrays::floats(&layer.thresholds).into()),
                ("l4", arrays::floats(&layer.l4).into()),
                ("sigma", arrays::floats(&layer.sigma).into()),
                ("sigmaL4", arrays::floats(&layer.sigma_l4).into()),
            ];
            arrays::object(entries).into()
        }))
    }

    /// The largest relative difference of a logit that folding caused on the calibration inputs.
    #[wasm_bindgen(getter, js_name = functionError)]
    #[must_use]
    pub fn function_error(&self) -> f64 {
        self.function_error
    }

    /// Runs the network on one input.
    ///
    /// # Errors
    /// `invalid-option`, `shape-mismatch`, `invalid-input` or `no-seed`.
    pub fn run(&self, input: &[f32], options: &JsValue) -> JsResult<JsValue> {
        let result = options::read::<RunOptions>("options", options)
            .and_then(|options| options.validate())
            .and_then(|options| crate::snn::run(&self.network, input, &options));
        Ok(run_result(&raise(result)?))
    }
}

fn convert(ann: &mut Ann, calibration: &[f32], options: &JsValue) -> Result<Converted> {
    let conversion = options::read::<ConvertOptions>("options", options)?.validate()?;
    let calibration = ann.calibrate(calibration)?;
    conversion.convert(&ann.network, &calibration)
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
