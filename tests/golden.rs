//! Golden rasters: the same thresholds and spikes to the last bit, natively and in WebAssembly.
//!
//! `tests/golden/rasters.json` is replayed here natively and in a headless browser, and through the package in
//! `tests/js/golden.test.mjs`. After a change that is meant to change spikes, write it anew with
//! `UPDATE_GOLDEN=1 cargo test --test golden`.

use std::collections::{BTreeMap, HashMap};

use ndarray::Array2;
use quartic_snn::ann::Network;
use quartic_snn::convert::{Calibration, ConvertOptions};
use quartic_snn::import::read_model;
use quartic_snn::snn::{Recording, RunOptions, run};
use safetensors::{Dtype, serialize, tensor::TensorView};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize, Deserialize)]
struct Golden {
    /// As in a model file.
    description: Value,
    tensors: BTreeMap<String, Tensor>,
    steps: usize,
    seed: u64,
    cases: Vec<Case>,
}

/// What the values of a tensor follow from.
#[derive(Serialize, Deserialize)]
struct Tensor {
    shape: Vec<usize>,
    layer: usize,
    divisor: f32,
    add: f32,
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

impl Tensor {
    fn values(&self) -> Vec<u8> {
        let row: usize = self.shape[1..].iter().product();
        let value = |e: usize| weight(self.layer, e / row, e % row) / self.divisor + self.add;
        (0..self.shape[0] * row).flat_map(|e| value(e).to_le_bytes()).collect()
    }
}

/// The network, read from a file that is made here.
fn network(golden: &Golden) -> Network {
    let values: Vec<(&str, Vec<u8>)> = golden.tensors.iter().map(|(name, t)| (name.as_str(), t.values())).collect();
    let views = values
        .iter()
        .map(|(name, bytes)| (*name, TensorView::new(Dtype::F32, golden.tensors[*name].shape.clone(), bytes).unwrap()));
    let metadata = HashMap::from([("quartic-snn".to_string(), golden.description.to_string())]);
    read_model(&serialize(views, Some(metadata)).unwrap(), None).unwrap().network
}

fn replay(golden: &Golden, options: &Value) -> Case {
    let ann = network(golden);
    let calibration = Array2::from_shape_fn((8, ann.inputs()), |(sample, i)| intensity(sample, i));
    let calibration = Calibration::new(&ann, calibration).unwrap();
    let convert: ConvertOptions = serde_json::from_value(options.clone()).unwrap();
    let converted = convert.validate().unwrap().convert(&ann, &calibration).unwrap();
    let input: Vec<f32> = (0..ann.inputs()).map(|i| intensity(100, i)).collect();
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
    let all: Vec<Golden> = serde_json::from_str(include_str!("golden/rasters.json")).unwrap();
    let replayed: Vec<Vec<Case>> =
        all.iter().map(|golden| golden.cases.iter().map(|case| replay(golden, &case.options)).collect()).collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/rasters.json");
        let renewed = all.into_iter().zip(replayed).map(|(golden, cases)| Golden { cases, ..golden });
        std::fs::write(path, serde_json::to_string(&renewed.collect::<Vec<_>>()).unwrap() + "\n").unwrap();
        return;
    }
    for (golden, replayed) in all.iter().zip(&replayed) {
        assert!(golden.cases.len() >= 4);
        for (case, replayed) in golden.cases.iter().zip(replayed) {
            let silent = case.spikes.iter().any(|(neurons, _)| neurons.is_empty());
            assert!(!silent || case.options["readout"] == "potential" || case.options["coding"] == "constant");
            assert_eq!(case, replayed);
        }
    }
}

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
