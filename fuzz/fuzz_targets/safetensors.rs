//! Safetensors files with a description of their layers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quartic_snn::import::{Format, read_model};

fuzz_target!(|bytes: &[u8]| {
    let _ = read_model(bytes, Some(Format::Safetensors));
});
