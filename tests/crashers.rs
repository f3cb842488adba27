//! Files that once crashed a reader, given to every reader.
#![cfg(not(target_arch = "wasm32"))]

use quartic_snn::export::from_safetensors;
use quartic_snn::import::{Format, read_model};

#[test]
fn every_file_that_once_crashed_a_reader_is_at_most_an_error() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/crashers");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for format in [None, Some(Format::Onnx), Some(Format::Safetensors)] {
            let _ = read_model(&bytes, format);
        }
        let _ = from_safetensors(&bytes);
        files += 1;
    }
    assert!(files > 0, "not even the README is there");
}
