//! The handle of a trained network.

use std::sync::Arc;

use js_sys::{Array, Float32Array, Reflect};
use ndarray::{Array1, Array2};
use wasm_bindgen::prelude::*;

use super::{JsResult, arrays, options, raise};
use crate::ann::{Activation, Dense, Layer, Network};
use crate::convert::Calibration;
use crate::error::{Error, Result, unsupported};

/// A trained network.
#[wasm_bindgen]
pub struct Ann {
    pub(super) network: Arc<Network>,
    name: Option<String>,
    /// The last calibration: a page converts again and again with the same inputs.
    calibration: Option<Arc<Calibration>>,
}

#[wasm_bindgen]
impl Ann {
    /// Puts a network together from `inputShape` and an array of layer objects.
    ///
    /// # Errors
    /// `invalid-option`, `shape-mismatch`, `invalid-input` or `unsupported-layer`.
    #[wasm_bindgen(constructor)]
    pub fn new(input_shape: JsValue, layers: &Array) -> JsResult<Ann> {
        let network = shape(input_shape).and_then(|input_shape| {
            let layers = layers.iter().enumerate().map(|(index, value)| layer(index, &value));
            Network::new(input_shape, layers.collect::<Result<_>>()?)
        });
        Ok(Self { network: Arc::new(raise(network)?), name: None, calibration: None })
    }

    /// Reads a model file; `format` may be undefined.
    ///
    /// # Errors
    /// `invalid-model`, `unsupported-layer` and others where the file is not a model that can be read.
    #[wasm_bindgen(js_name = readModel)]
    pub fn read_model(bytes: &[u8], format: JsValue) -> JsResult<Ann> {
        let format = if format.is_undefined() { None } else { Some(raise(options::from_js("format", format))?) };
        let model = raise(crate::import::read_model(bytes, format))?;
        Ok(Self { network: Arc::new(model.network), name: model.name, calibration: None })
    }

    /// The name in the model file.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.name.clone()
    }

    /// The shape of one input.
    #[wasm_bindgen(getter, js_name = inputShape)]
    #[must_use]
    pub fn input_shape(&self) -> Vec<u32> {
        self.network.input_shape().iter().map(|&size| size as u32).collect()
    }

    /// The number of outputs.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn outputs(&self) -> u32 {
        self.network.outputs() as u32
    }

    /// Outputs `[n, outputs]` for inputs `[n, inputs]`, both flat.
    ///
    /// # Errors
    /// `shape-mismatch` or `invalid-input`.
    pub fn predict(&self, inputs: &[f32]) -> JsResult<Float32Array> {
        let outputs = arrays::rows("inputs", inputs, self.network.inputs())
            .and_then(|inputs| self.network.predict(inputs.view()));
        Ok(arrays::floats(raise(outputs)?.as_slice().unwrap_or_default()))
    }
}

impl Ann {
    /// The calibration with these inputs, made again only where they differ from the last ones.
    pub(super) fn calibrate(&mut self, inputs: &[f32]) -> Result<Arc<Calibration>> {
        let known = self.calibration.as_ref().filter(|known| known.inputs().as_slice() == Some(inputs));
        if let Some(known) = known {
            return Ok(Arc::clone(known));
        }
        let inputs = arrays::rows("calibration", inputs, self.network.inputs())?;
        let calibration = Arc::new(Calibration::new(&self.network, inputs)?);
        self.calibration = Some(Arc::clone(&calibration));
        Ok(calibration)
    }
}

fn shape(value: JsValue) -> Result<Vec<usize>> {
    let sizes: Vec<f64> = options::from_js("inputShape", value)?;
    sizes.into_iter().map(|size| crate::snn::whole("inputShape", size, 1, 1 << 24).map(|size| size as usize)).collect()
}

/// `{ type: "dense", weights, bias?, activation }`; the number of outputs follows from `outputs`, set by the package.
fn layer(index: usize, value: &JsValue) -> Result<Layer> {
    let get = |key: &str| Reflect::get(value, &key.into()).unwrap_or(JsValue::UNDEFINED);
    let kind = get("type");
    match kind.as_string().as_deref() {
        Some("dense") => {}
        Some(other) => return Err(unsupported(index, other)),
        None => return Err(Error::option("type", options::show(&kind), "the type of a layer, such as \"dense\"")),
    }
    let activation: Activation = options::from_js(&format!("layers[{index}].activation"), get("activation"))?;
    let weights = float_array(&format!("layers[{index}].weights"), get("weights"))?;
    let bias = match get("bias") {
        bias if bias.is_undefined() || bias.is_null() => None,
        bias => Some(Array1::from_vec(float_array(&format!("layers[{index}].bias"), bias)?)),
    };
    let inputs = get("inputs").as_f64().unwrap_or(0.0) as usize;
    let what = format!("weights of layer {index}");
    let weights: Array2<f32> = arrays::rows(&what, &weights, inputs)?;
    Ok(Layer::Dense(Dense::new(weights, bias, activation)?))
}

fn float_array(what: &str, value: JsValue) -> Result<Vec<f32>> {
    let array = value.dyn_into::<Float32Array>();
    array.map(|array| array.to_vec()).map_err(|value| Error::option(what, options::show(&value), "a Float32Array"))
}
