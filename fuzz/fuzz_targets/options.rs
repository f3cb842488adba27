//! Options of any values: refused with a code, or what they give can be run and saved.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/random/mod.rs"]
#[allow(dead_code, reason = "each target calls one of the checks")]
mod random;

fuzz_target!(|bytes: &[u8]| {
    random::check::options_of_any_value(bytes);
});
