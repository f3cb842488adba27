//! The handle of a trained network.

use std::sync::Arc;

use js_sys::Float32Array;
use serde_json::Value;
use wasm_bindgen::prelude::*;

use super::{JsResult, arrays, conversion::Kept, files, options, raise};
use crate::ann::{Network, Source};
use crate::describe::fields::{self, Origin};
use crate::describe::{self, Model, Report, Tensor, Tensors};
use crate::error::{Error, Result};
use crate::limits::{Budget, MOST_NUMBERS};

/// What stands for an array in a description; no other key begins so.
const TENSOR: &str = "\0tensor";

/// A trained network.
#[wasm_bindgen]
pub struct Ann {
    pub(super) network: Arc<Network>,
    name: Option<String>,
    report: Report,
    pub(super) calibration: Kept,
}

#[wasm_bindgen]
impl Ann {
    /// Builds a network from its description as JSON, in which `{ "\0tensor": k }` stands for the array `k`.
    ///
    /// # Errors
    /// `invalid-option`, `shape-mismatch`, `invalid-input` or `unsupported-layer`.
    #[wasm_bindgen(constructor)]
    pub fn new(description: &str, arrays: Vec<Float32Array>) -> JsResult<Ann> {
        let description = serde_json::from_str(description)
            .map_err(|error| Error::option("network", error.to_string(), "an object that JSON can hold"));
        Ok(Self::of(raise(description.and_then(|network| describe::read(network, &Arrays(arrays))))?))
    }

    /// Reads a model file; `format` and the `description` of a safetensors file, as JSON, may be undefined.
    ///
    /// # Errors
    /// `invalid-model`, `unsupported-layer` and others if the file is not a model that can be read; `left-out`.
    #[wasm_bindgen(js_name = readModel)]
    pub fn read_model(bytes: &[u8], format: JsValue, description: Option<String>) -> JsResult<Ann> {
        Ok(Self::of(raise(files::read_model(bytes, format, description))?))
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

    /// What was changed between the model and this network.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn report(&self) -> JsValue {
        options::to_js(&self.report).unwrap_or(JsValue::UNDEFINED)
    }

    /// Name, type and shape of every layer.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn layers(&self) -> JsValue {
        arrays::list(self.network.nodes().iter().enumerate().map(|(index, node)| {
            let shape = Vec::from(self.network.shape(Source::Layer(index)));
            let entries = [
                ("name", node.name.as_str().into()),
                ("type", node.layer.kind().into()),
                ("shape", arrays::list(shape.into_iter().map(|size| JsValue::from(size as u32)))),
            ];
            arrays::object(entries).into()
        }))
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
    fn of(model: Model) -> Self {
        Self { network: Arc::new(model.network), name: model.name, report: model.report, calibration: Kept::default() }
    }
}

/// The arrays of a description, by their places in a list.
struct Arrays(Vec<Float32Array>);

impl Tensors for Arrays {
    fn origin(&self) -> Origin {
        Origin::Script
    }

    fn budget(&self) -> Budget {
        Budget::new(0, MOST_NUMBERS)
    }

    fn tensor(&self, path: &str, reference: &Value, budget: &mut Budget) -> Result<Tensor> {
        let index = reference.get(TENSOR).and_then(Value::as_u64);
        match index.and_then(|index| self.0.get(index as usize)) {
            Some(array) => {
                budget.spend(path, array.length() as usize)?;
                Ok(Tensor { label: String::new(), shape: None, values: array.to_vec() })
            }
            None => Err(Error::option(
                path,
                fields::show(reference),
                "a Float32Array whose buffer was not transferred away",
            )),
        }
    }
}
