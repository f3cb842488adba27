//! A conversion, in slices.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use wasm_bindgen::prelude::*;

use super::{JsResult, ann::Ann, arrays, options, raise, snn::Snn, usage};
use crate::ann::Network;
use crate::convert::{self, Calibrating, Calibration, ConvertOptions, Converting};
use crate::error::Result;

/// The last calibration of a network: a page converts again and again with the same inputs.
pub(super) type Kept = Rc<RefCell<Option<Arc<Calibration>>>>;

/// A conversion that the package runs in slices or at once.
#[wasm_bindgen]
pub struct Conversion {
    asked: convert::Conversion,
    ann: Arc<Network>,
    kept: Kept,
    /// The inputs that were calibrated with here.
    calibrated: usize,
    calibrating: Option<Calibrating<Arc<Network>>>,
    converting: Option<Box<Converting<Arc<Network>, Arc<Calibration>>>>,
}

#[wasm_bindgen]
impl Conversion {
    /// Prepares to convert `ann` with calibration inputs (`[n, inputs]`, flat).
    ///
    /// # Errors
    /// `invalid-option`, `shape-mismatch`, `invalid-input`, `too-large` or `unsupported-layer`.
    #[wasm_bindgen(constructor)]
    pub fn new(ann: &Ann, inputs: &[f32], options: &JsValue) -> JsResult<Conversion> {
        raise(Self::begin(ann, inputs, options))
    }

    /// Does one piece; `false` if nothing is left to do.
    ///
    /// # Errors
    /// `conversion-failed`.
    pub fn advance(&mut self) -> JsResult<bool> {
        raise(self.advance_by_one())
    }

    /// The number of passes of an input through a network that are done, out of `total`.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn done(&self) -> u32 {
        let calibrated = self.calibrating.as_ref().map_or(self.calibrated, Calibrating::done);
        (calibrated + self.converting.as_ref().map_or(0, |work| work.done())) as u32
    }

    /// The number of passes of an input through a network in the whole conversion.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn total(&self) -> u32 {
        let of_calibrating = |work: &Calibrating<_>| work.total() + self.asked.passes(work.so_far());
        let ahead = self.calibrating.as_ref().map_or(self.calibrated, of_calibrating);
        (ahead + self.converting.as_ref().map_or(0, |work| work.total())) as u32
    }

    /// Does everything that is left.
    ///
    /// # Errors
    /// `conversion-failed`.
    pub fn finish(mut self) -> JsResult<Snn> {
        while self.advance()? {}
        let Some(work) = self.converting else { unreachable!("the calibration is over") };
        Ok(Snn::of(raise(work.finish())?, Some(self.ann), None))
    }
}

impl Conversion {
    fn begin(ann: &Ann, inputs: &[f32], options: &JsValue) -> Result<Self> {
        let asked = options::read::<ConvertOptions>("options", options)?.validate()?;
        let (kept, ann) = (Rc::clone(&ann.calibration), Arc::clone(&ann.network));
        let known = kept.borrow().clone().filter(|known| known.inputs().as_slice() == Some(inputs));
        let mut work = Self { asked, ann, kept, calibrated: 0, calibrating: None, converting: None };
        if let Some(calibration) = known {
            work.convert_with(calibration)?;
        } else {
            let inputs = arrays::rows("calibration", inputs, work.ann.inputs())?;
            work.calibrating = Some(Calibrating::new(Arc::clone(&work.ann), inputs)?);
        }
        Ok(work)
    }

    fn convert_with(&mut self, calibration: Arc<Calibration>) -> Result<()> {
        let work = Converting::new(self.asked.clone(), Arc::clone(&self.ann), calibration)?;
        self.converting = Some(Box::new(work));
        Ok(())
    }

    fn advance_by_one(&mut self) -> Result<bool> {
        if self.calibrating.as_mut().is_some_and(Calibrating::advance) {
            return Ok(true);
        }
        if let Some(work) = self.calibrating.take() {
            self.calibrated = work.total();
            let calibration = Arc::new(work.finish());
            *self.kept.borrow_mut() = Some(Arc::clone(&calibration));
            self.convert_with(calibration)?;
            return Ok(true);
        }
        let Some(work) = &mut self.converting else { return Ok(false) };
        let before = work.steps_run();
        let more = work.advance();
        usage::count(work.steps_run() - before);
        more
    }
}
