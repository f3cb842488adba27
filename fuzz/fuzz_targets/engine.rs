//! Networks of any kind: what was converted runs the same in blocks of any size, and when it was saved and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/random/mod.rs"]
#[allow(dead_code, reason = "each target calls one of the checks")]
mod random;

fuzz_target!(|bytes: &[u8]| {
    random::check::engine(bytes);
});
