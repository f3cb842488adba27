//! Golden rasters: the same thresholds and spikes to the last bit, natively and in WebAssembly.
//!
//! `tests/golden/rasters.json` is replayed here natively and in a headless browser, and through the package in
//! `tests/js/golden.test.mjs`. After a change that is meant to change spikes, write it anew with
//! `UPDATE_GOLDEN=1 cargo test --test golden`.

use ndarray::{Array1, Array2};
use quartic_snn::ann::{Activation, Dense, Layer, Network};
use quartic_snn::convert::{Calibration, ConvertOptions};
use quartic_snn::snn::{Recording, RunOptions, run};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize, Deserialize)]
struct Golden {
    widths: Vec<usize>,
    steps: f64,
    seed: f64,
    cases: Vec<Case>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Case {
    options: Value,
    #[serde(default)]
    thresholds: Vec<Vec<f32>>,
    #[serde(default)]
    scores: Vec<f32>,
    /// Per layer, the input first: neurons by spike, and steps by spike.
    #[serde(default)]
    spikes: Vec<(Vec<u32>, Vec<u32>)>,
}

/// Weights, biases and inputs are multiples of powers of two, so that every language makes the same ones.
fn weight(layer: usize, j: usize, i: usize) -> f32 {
    ((i * 7919 + j * 104_729 + layer * 1_299_709) % 2001) as f32 / 2048.0 - 0.375
}

fn intensity(sample: usize, i: usize) -> f32 {
    (((i + 1) * (sample + 3) * 37) % 129) as f32 / 128.0
}

fn network(widths: &[usize]) -> Network {
    let layers = widths.windows(2).enumerate().map(|(layer, width)| {
        let weights = Array2::from_shape_fn((width[1], width[0]), |(j, i)| weight(layer, j, i));
        let bias = Array1::from_shape_fn(width[1], |j| weight(layer + 7, j, 0) / 4.0);
        let activation = if layer + 2 < widths.len() { Activation::Relu } else { Activation::Linear };
        Layer::Dense(Dense::new(weights, Some(bias), activation).unwrap())
    });
    Network::new(vec![widths[0]], layers.collect()).unwrap()
}

fn replay(golden: &Golden, options: &Value) -> Case {
    let ann = network(&golden.widths);
    let calibration = Array2::from_shape_fn((8, golden.widths[0]), |(sample, i)| intensity(sample, i));
    let calibration = Calibration::new(&ann, calibration).unwrap();
    let convert: ConvertOptions = serde_json::from_value(options.clone()).unwrap();
    let converted = convert.validate().unwrap().convert(&ann, &calibration).unwrap();
    let input: Vec<f32> = (0..golden.widths[0]).map(|i| intensity(100, i)).collect();
    let record = vec![Recording::Spikes];
    let options_of_run = RunOptions { steps: golden.steps, seed: Some(golden.seed), record, ..RunOptions::default() };
    let result = run(&converted.network, &input, &options_of_run.validate().unwrap()).unwrap();
    Case {
        options: options.clone(),
        thresholds: converted.layers.into_iter().map(|layer| layer.thresholds).collect(),
        scores: result.scores,
        spikes: result.spikes.into_iter().map(|spikes| (spikes.neuron, spikes.step)).collect(),
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn golden_rasters_are_replayed_to_the_last_bit() {
    let golden: Golden = serde_json::from_str(include_str!("golden/rasters.json")).unwrap();
    assert!(golden.cases.len() >= 4);
    let replayed: Vec<Case> = golden.cases.iter().map(|case| replay(&golden, &case.options)).collect();
    if option_env!("UPDATE_GOLDEN").is_some() || std::env::var_os("UPDATE_GOLDEN").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/rasters.json");
        std::fs::write(path, serde_json::to_string(&Golden { cases: replayed, ..golden }).unwrap() + "\n").unwrap();
        return;
    }
    for (case, replayed) in golden.cases.iter().zip(&replayed) {
        assert!(case.spikes.iter().all(|(neurons, _)| !neurons.is_empty()) || case.options["readout"] == "potential");
        assert_eq!(case, replayed);
    }
}

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
