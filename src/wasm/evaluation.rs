//! A data set through several networks, image by image.

use std::sync::Arc;

use wasm_bindgen::prelude::*;

use super::{JsResult, arrays, options, raise, snn::Snn};
use crate::error::{Error, Result};
use crate::measure;
use crate::snn::RunOptions;

/// An evaluation that the package runs in slices.
#[wasm_bindgen]
pub struct Evaluation {
    networks: Vec<(String, Arc<crate::snn::Network>)>,
    anns: Vec<Option<Arc<crate::ann::Network>>>,
    running: Option<measure::Evaluation>,
}

#[wasm_bindgen]
impl Evaluation {
    /// No network yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    #[allow(clippy::new_without_default, reason = "JavaScript has no Default")]
    pub fn new() -> Self {
        Self { networks: Vec::new(), anns: Vec::new(), running: None }
    }

    /// Adds a network with its name.
    pub fn add(&mut self, name: String, snn: &Snn) {
        self.networks.push((name, Arc::clone(&snn.network)));
        self.anns.push(snn.ann.clone());
    }

    /// Checks everything and gets ready for the first image.
    ///
    /// # Errors
    /// `invalid-option`, `shape-mismatch`, `invalid-input` or `no-seed`.
    pub fn begin(&mut self, images: Vec<f32>, labels: Vec<u32>, options: &JsValue) -> JsResult<()> {
        self.running = Some(raise(self.running(images, labels, options))?);
        Ok(())
    }

    /// Runs one image; `false` where there is none left.
    ///
    /// # Errors
    /// None that `begin` has not checked for.
    pub fn advance(&mut self) -> JsResult<bool> {
        match &mut self.running {
            Some(running) => raise(running.advance()),
            None => Ok(false),
        }
    }

    /// The results so far.
    #[must_use]
    pub fn report(&self) -> JsValue {
        let Some(report) = self.running.as_ref().map(measure::Evaluation::report) else { return JsValue::UNDEFINED };
        let value = options::to_js(&report).unwrap_or(JsValue::UNDEFINED);
        let networks = js_sys::Reflect::get(&value, &"networks".into()).unwrap_or(JsValue::UNDEFINED);
        for (object, network) in js_sys::Array::from(&networks).iter().zip(&report.networks) {
            arrays::set(&object.into(), "predictions", &arrays::words(&network.predictions));
        }
        value
    }
}

impl Evaluation {
    fn running(&self, images: Vec<f32>, labels: Vec<u32>, options: &JsValue) -> Result<measure::Evaluation> {
        let options = options::read::<RunOptions>("options", options)?;
        if !options.record.is_empty() {
            return Err(Error::option("record", "a list", "left out: an evaluation keeps no recordings"));
        }
        let Some(ann) = self.anns.iter().flatten().next() else {
            let received = if self.anns.is_empty() { "none" } else { "networks that were read without `ann`" };
            return Err(Error::option("networks", received, "at least one network that knows its ANN"));
        };
        if self.anns.iter().flatten().any(|other| !Arc::ptr_eq(ann, other)) {
            return Err(Error::option("networks", "networks of different ANNs", "converted from one and the same ANN"));
        }
        measure::Evaluation::new(Arc::clone(ann), self.networks.clone(), images, labels, options.validate()?)
    }
}
