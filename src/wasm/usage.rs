//! What this instance of the module has simulated, and the memory that it holds.

use std::cell::Cell;

use wasm_bindgen::prelude::*;

use super::arrays;

/// The size of a page of WebAssembly memory, in bytes.
const PAGE: f64 = 65_536.0;

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Counts simulated steps.
pub(super) fn count(steps: u64) {
    STEPS.set(STEPS.get() + steps);
}

/// `steps`, simulated since the module was loaded, over all networks, and `memory`, in bytes.
#[wasm_bindgen]
#[must_use]
pub fn usage() -> JsValue {
    let memory = core::arch::wasm32::memory_size(0) as f64 * PAGE;
    let entries = [("steps", JsValue::from_f64(STEPS.get() as f64)), ("memory", JsValue::from_f64(memory))];
    arrays::object(entries).into()
}
