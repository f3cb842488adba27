//! Files that the fuzzers made, given to every reader: those that once crashed one, and the corpus that reaches most of
//! the code with the fewest and smallest files.
#![cfg(not(target_arch = "wasm32"))]

mod random;

use quartic_snn::export::from_safetensors;
use quartic_snn::import::{Format, read_model};

/// The number of files in a folder of the fixtures, and how many of them each reader takes: ONNX, described, saved.
fn read_all(folder: &str) -> (usize, [usize; 3]) {
    let folder = format!("{}/tests/fixtures/{folder}", env!("CARGO_MANIFEST_DIR"));
    let (mut files, mut taken) = (0, [0; 3]);
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let _ = read_model(&bytes, None);
        let readers = [
            read_model(&bytes, Some(Format::Onnx)).is_ok(),
            read_model(&bytes, Some(Format::Safetensors)).is_ok(),
            from_safetensors(&bytes).is_ok(),
        ];
        taken.iter_mut().zip(readers).for_each(|(count, taken)| *count += usize::from(taken));
        files += 1;
    }
    (files, taken)
}

#[test]
fn every_file_that_once_crashed_a_reader_is_at_most_an_error() {
    assert!(read_all("crashers").0 > 0, "not even the README is there");
}

#[test]
fn every_file_of_the_corpus_is_a_network_or_an_error() {
    for (reader, name) in ["onnx", "safetensors", "saved"].into_iter().enumerate() {
        let (files, taken) = read_all(&format!("corpus/{name}"));
        // Most are broken somewhere, but some are whole, or the corpus would not reach what comes behind the reading.
        assert!(taken[reader] > 0 && files > 2 * taken[reader], "{name}: {taken:?} of {files}");
    }
}

#[test]
fn networks_and_options_of_the_corpus_hold_what_must_hold_of_all() {
    for (name, check) in
        [("engine", random::check::engine as fn(&[u8]) -> bool), ("options", random::check::options_of_any_value)]
    {
        let folder = format!("{}/tests/fixtures/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
        let files: Vec<Vec<u8>> =
            std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
        // Where most were refused, little would be run.
        let run = files.iter().filter(|bytes| check(bytes)).count();
        assert!(3 * run > files.len(), "{name}: {run} of {}", files.len());
    }
}
