//! A data set, or a part of one, through several networks, block by block.

use std::sync::Arc;

use js_sys::Float64Array;
use wasm_bindgen::prelude::*;

use super::{JsResult, arrays, options, raise, snn::Snn, usage};
use crate::convert::{LayerReport, belongs_to};
use crate::error::{Error, Result};
use crate::limits::shown;
use crate::measure::{self, Report, Tallies};
use crate::snn::{CheckedRun, RunOptions};

/// An evaluation that the package runs in slices.
#[wasm_bindgen]
pub struct Evaluation {
    networks: Vec<(String, Arc<crate::snn::Network>)>,
    anns: Vec<Option<Arc<crate::ann::Network>>>,
    /// The reports of their conversions, by which those that were read without their ANN are known.
    reports: Vec<Arc<[LayerReport]>>,
    running: Option<measure::Evaluation>,
}

#[wasm_bindgen]
impl Evaluation {
    /// No network yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    #[allow(clippy::new_without_default, reason = "JavaScript has no Default")]
    pub fn new() -> Self {
        Self { networks: Vec::new(), anns: Vec::new(), reports: Vec::new(), running: None }
    }

    /// Adds a network with its name.
    pub fn add(&mut self, name: String, snn: &Snn) {
        self.networks.push((name, Arc::clone(&snn.network)));
        self.anns.push(snn.ann.clone());
        self.reports.push(Arc::clone(&snn.layers));
    }

    /// Checks everything and prepares for the first image, which is image `first` of the whole data set.
    ///
    /// # Errors
    /// `invalid-option`, `shape-mismatch`, `invalid-input` or `no-seed`.
    pub fn begin(&mut self, images: Vec<f32>, labels: Vec<u32>, first: f64, options: &JsValue) -> JsResult<()> {
        self.running = Some(raise(self.running(images, labels, first, options))?);
        Ok(())
    }

    /// Runs one block of steps; `false` if nothing is left to do.
    ///
    /// # Errors
    /// None that `begin` has not already checked for.
    pub fn advance(&mut self) -> JsResult<bool> {
        let Some(running) = &mut self.running else { return Ok(false) };
        let before = running.steps_run();
        let more = raise(running.advance());
        usage::count(running.steps_run() - before);
        more
    }

    /// The number of images done.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn done(&self) -> u32 {
        self.running.as_ref().map_or(0, |running| running.done() as u32)
    }

    /// The tallies of the images done so far, for [`report_of`].
    #[must_use]
    pub fn tallies(&self) -> Vec<f64> {
        self.running.as_ref().map(|running| running.tallies().to_numbers()).unwrap_or_default()
    }

    /// The results so far.
    ///
    /// # Errors
    /// None after `begin`.
    pub fn report(&self) -> JsResult<JsValue> {
        match &self.running {
            Some(running) => Ok(report(&raise(running.report())?)),
            None => Ok(JsValue::UNDEFINED),
        }
    }
}

/// The results of parts that were run separately, in any order.
///
/// # Errors
/// `shape-mismatch` if they are not the parts of one data set, `invalid-option`.
#[wasm_bindgen(js_name = reportOf)]
pub fn report_of(names: Vec<String>, parts: Vec<Float64Array>, options: &JsValue) -> JsResult<JsValue> {
    let parts: Result<Vec<Tallies>> = parts.iter().map(|part| Tallies::from_numbers(&part.to_vec())).collect();
    let whole = parts.and_then(Tallies::join);
    let result = whole.and_then(|whole| whole.report(&names, &run_options(options)?));
    Ok(report(&raise(result)?))
}

fn report(report: &Report) -> JsValue {
    let value = options::to_js(report).unwrap_or(JsValue::UNDEFINED);
    let networks = js_sys::Reflect::get(&value, &"networks".into()).unwrap_or(JsValue::UNDEFINED);
    for (object, network) in js_sys::Array::from(&networks).iter().zip(&report.networks) {
        arrays::set(&object.into(), "predictions", &arrays::words(&network.predictions));
    }
    value
}

fn run_options(options: &JsValue) -> Result<CheckedRun> {
    options::read::<RunOptions>("options", options)?.validate()
}

impl Evaluation {
    fn running(
        &self,
        images: Vec<f32>,
        labels: Vec<u32>,
        first: f64,
        options: &JsValue,
    ) -> Result<measure::Evaluation> {
        let options = run_options(options)?;
        let first = crate::snn::whole::whole("first", first, 0, u64::from(u32::MAX))?;
        let Some(ann) = self.anns.iter().flatten().next() else {
            let received = if self.anns.is_empty() { "none" } else { "networks that were read without `ann`" };
            return Err(Error::option("networks", received, "at least one network that knows its ANN"));
        };
        if self.anns.iter().flatten().any(|other| !Arc::ptr_eq(ann, other)) {
            let allowed =
                "converted from one trained network, read once: not from two that were read from the same file";
            return Err(Error::option("networks", "networks of different trained networks", allowed));
        }
        for (((name, network), known), report) in self.networks.iter().zip(&self.anns).zip(&self.reports) {
            if known.is_some() {
                continue;
            }
            belongs_to(ann, network, report).map_err(|error| {
                let allowed = "converted from one trained network";
                Error::option("networks", format!("`{}`, which was read without `ann`: {error}", shown(name)), allowed)
            })?;
        }
        measure::Evaluation::part(Arc::clone(ann), self.networks.clone(), images, labels, first, options)
    }
}
