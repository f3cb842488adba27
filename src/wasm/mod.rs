//! The binding: parses options, calls the core, and hands over owned typed arrays.
//!
//! The only place where wasm-bindgen, js-sys and web-sys appear. It is a raw interface: the package `quartic-snn` in
//! `pkg/` builds the public API on top, with handles that close and errors with codes.

mod anatomy;
mod ann;
mod arrays;
mod comparison;
mod conversion;
mod evaluation;
mod files;
mod options;
mod snn;
mod usage;

pub use self::ann::Ann;
pub use self::comparison::Comparison;
pub use self::conversion::Conversion;
pub use self::evaluation::{Evaluation, report_of};
pub use self::snn::Snn;
pub use self::usage::usage;

use wasm_bindgen::prelude::*;

use crate::error::{Error, Result};

/// The version of the crate.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

/// A seed, for work that is divided among workers and must use the same one.
///
/// # Errors
/// `no-seed`.
#[wasm_bindgen(js_name = randomSeed)]
pub fn random_seed() -> JsResult<f64> {
    Ok(raise(crate::snn::random_seed())? as f64)
}

/// Converts a drawing into a frame of 28 x 28 pixels, as MNIST images were made.
///
/// # Errors
/// `shape-mismatch` or `invalid-input` if it is not a drawing.
#[wasm_bindgen(js_name = mnistDigit)]
pub fn mnist_digit(ink: &[f32], width: f64, height: f64) -> JsResult<js_sys::Float32Array> {
    let side = |name, value| crate::snn::whole::whole(name, value, 1, 1 << 16).map(|side| side as usize);
    let frame = side("width", width)
        .and_then(|width| side("height", height).map(|height| (width, height)))
        .and_then(|(width, height)| crate::digit::mnist_digit(ink, width, height));
    Ok(arrays::floats(&raise(frame)?))
}

type JsResult<T> = std::result::Result<T, JsValue>;

/// The one conversion of errors at the boundary: `{ code, message, details }`, made a `QuarticError` by the package.
fn raise<T>(result: Result<T>) -> JsResult<T> {
    result.map_err(|error: Error| {
        let thrown = js_sys::Object::new();
        let details = options::to_js(&error).unwrap_or(JsValue::UNDEFINED);
        arrays::set(&thrown, "code", &error.code().into());
        arrays::set(&thrown, "message", &error.to_string().into());
        arrays::set(&thrown, "details", &details);
        thrown.into()
    })
}
