//! The raw binding in a headless browser: `wasm-pack test --headless --chrome`.
#![cfg(target_arch = "wasm32")]

use js_sys::{Array, Float32Array, Object, Reflect, Uint32Array};
use quartic_snn::wasm::{Ann, Comparison, Conversion, Evaluation, Snn, mnist_digit, usage};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in entries {
        Reflect::set(&object, &(*key).into(), value).unwrap();
    }
    object.into()
}

fn get(value: &JsValue, key: &str) -> JsValue {
    Reflect::get(value, &key.into()).unwrap()
}

fn code(error: &JsValue) -> String {
    get(error, "code").as_string().unwrap()
}

fn message(error: &JsValue) -> String {
    get(error, "message").as_string().unwrap()
}

/// A network of two inputs and one layer after the other, as the package describes it: arrays beside the JSON.
fn network(layers: &[(&str, &[f32])]) -> Result<Ann, JsValue> {
    let layer =
        |(index, (rest, _)): (usize, &(&str, &[f32]))| format!(r#"{{"weights":{{"\u0000tensor":{index}}},{rest}}}"#);
    let layers_as_json: Vec<String> = layers.iter().enumerate().map(layer).collect();
    let json = format!(r#"{{"inputShape":[2],"layers":[{}]}}"#, layers_as_json.join(","));
    Ann::new(&json, layers.iter().map(|(_, weights)| Float32Array::from(*weights)).collect())
}

/// The larger input wins.
fn ann() -> Ann {
    let hidden = (r#""type":"dense","activation":"relu""#, &[1.0, -0.5, -0.5, 1.0][..]);
    let output = (r#""type":"dense","activation":"linear""#, &[1.0, 0.0, 0.0, 1.0][..]);
    network(&[hidden, output]).unwrap()
}

const CALIBRATION: [f32; 4] = [0.9, 0.2, 0.1, 0.8];

fn converted(ann: &Ann, inputs: &[f32], options: &JsValue) -> Result<Snn, JsValue> {
    Conversion::new(ann, inputs, options).and_then(Conversion::finish)
}

fn snn(ann: &Ann, options: &[(&str, JsValue)]) -> Snn {
    converted(ann, &CALIBRATION, &object(options)).unwrap()
}

fn options(steps: f64) -> JsValue {
    let record = Array::of1(&"spikes".into());
    object(&[("steps", steps.into()), ("seed", 7.into()), ("record", record.into())])
}

#[wasm_bindgen_test]
fn a_network_predicts() {
    assert_eq!(ann().predict(&[1.0, 0.5]).unwrap().to_vec(), [0.75, 0.0]);
    assert_eq!(code(&ann().predict(&[1.0, 0.5, 0.0]).unwrap_err()), "shape-mismatch");
}

#[wasm_bindgen_test]
fn a_run_decides_for_the_larger_input_and_repeats_itself() {
    let snn = snn(&ann(), &[("steps", 50.into())]);
    let result = snn.run(&[0.9, 0.1], &options(50.0)).unwrap();
    assert_eq!(get(&result, "prediction").as_f64(), Some(0.0));
    assert_eq!(get(&result, "seed").as_f64(), Some(7.0));
    let again = snn.run(&[0.9, 0.1], &options(50.0)).unwrap();
    for key in ["counts", "scores"] {
        let values = |result: &JsValue| Array::from(&get(result, key)).to_vec();
        assert_eq!(values(&result), values(&again));
        assert!(!values(&result).is_empty());
    }
    let spikes = Array::from(&get(&result, "spikes"));
    assert_eq!(spikes.length(), 3);
    assert!(get(&spikes.get(0), "neuron").is_instance_of::<Uint32Array>());
}

#[wasm_bindgen_test]
fn a_saved_network_runs_as_before() {
    let snn = snn(&ann(), &[("steps", 50.into())]);
    let again = Snn::read(&snn.save("safetensors", "mine").unwrap().to_vec()).unwrap();
    assert_eq!(again.name().as_deref(), Some("mine"));
    let scores = |snn: &Snn| Array::from(&get(&snn.run(&[0.9, 0.1], &options(50.0)).unwrap(), "scores")).to_vec();
    assert_eq!(scores(&again), scores(&snn));
    assert_eq!(snn.save("nir", "mine").unwrap().to_vec()[1..4], *b"HDF");
}

#[wasm_bindgen_test]
fn frames_add_up_to_a_run() {
    let ann = ann();
    let (plain, l4) = (snn(&ann, &[("adjustment", "none".into())]), snn(&ann, &[]));
    let mut comparison = Comparison::new();
    comparison.add(&plain);
    comparison.add(&l4);
    assert_eq!(comparison.begin(&[0.9, 0.3], &options(25.0)), Ok(7.0));
    let (mut frames, mut last) = (0, JsValue::UNDEFINED);
    loop {
        let frame = comparison.advance(10).unwrap();
        if frame.is_undefined() {
            break;
        }
        (frames, last) = (frames + 1, frame);
    }
    assert_eq!(frames, 3);
    let networks = Array::from(&get(&last, "networks"));
    for (snn, state) in [plain, l4].iter().zip(networks.iter()) {
        let whole = snn.run(&[0.9, 0.3], &options(25.0)).unwrap();
        for key in ["synapticOperations", "prediction"] {
            assert_eq!(get(&whole, key), get(&state, key));
        }
    }
}

#[wasm_bindgen_test]
fn an_evaluation_counts_images() {
    let snn = snn(&ann(), &[]);
    let mut evaluation = Evaluation::new();
    evaluation.add("l4".into(), &snn);
    let options = object(&[("steps", 40.into()), ("seed", 1.into())]);
    evaluation.begin(vec![1.0, 0.0, 0.0, 1.0], vec![0, 1], 0.0, &options).unwrap();
    while evaluation.advance().unwrap() {}
    assert_eq!(evaluation.done(), 2);
    let report = evaluation.report().unwrap();
    assert_eq!(get(&report, "images").as_f64(), Some(2.0));
    assert_eq!(get(&Array::from(&get(&report, "networks")).get(0), "accuracy").as_f64(), Some(1.0));
}

#[wasm_bindgen_test]
fn what_is_wrong_is_named_with_a_code() {
    let refused = |options: &[(&str, JsValue)]| converted(&ann(), &CALIBRATION, &object(options)).err().unwrap();
    let cases: [(&str, JsValue); 7] = [
        ("stepz", 5.into()),
        ("steps", 0.into()),
        ("steps", "many".into()),
        ("strength", f64::NAN.into()),
        ("inputRate", 1.5.into()),
        ("adjustment", "l5".into()),
        ("floor", "low".into()),
    ];
    for (option, value) in cases {
        let error = refused(&[(option, value)]);
        assert_eq!(code(&error), "invalid-option");
        assert!(message(&error).contains(option), "{}", message(&error));
        assert_eq!(get(&get(&error, "details"), "option").as_string().as_deref(), Some(option));
    }
    assert_eq!(code(&network(&[(r#""type":"lstm""#, &[])]).err().unwrap()), "unsupported-layer");
    let wrong = network(&[(r#""type":"dense","activation":"tanh""#, &[1.0, 2.0])]).err().unwrap();
    assert!(message(&wrong).contains("`layers[0].activation`"), "{}", message(&wrong));
    assert_eq!(code(&Ann::read_model(&[1, 2, 3], JsValue::UNDEFINED, None).err().unwrap()), "invalid-model");
    assert_eq!(code(&converted(&ann(), &[], &JsValue::UNDEFINED).err().unwrap()), "shape-mismatch");
}

#[wasm_bindgen_test]
fn a_drawing_becomes_a_frame() {
    let frame = mnist_digit(&[1.0; 100], 10.0, 10.0).unwrap();
    assert_eq!(frame.length(), 784);
    assert_eq!(code(&mnist_digit(&[0.0; 100], 10.0, 10.0).unwrap_err()), "invalid-input");
}

#[wasm_bindgen_test]
fn a_seed_is_drawn_from_the_platform() {
    let snn = snn(&ann(), &[]);
    let seed = |_| get(&snn.run(&[0.5, 0.5], &object(&[("steps", 1.into())])).unwrap(), "seed").as_f64().unwrap();
    let seeds: Vec<f64> = (0..3).map(seed).collect();
    assert!(seeds.iter().all(|seed| seed.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(seed)));
    let different: std::collections::BTreeSet<u64> = seeds.iter().map(|&seed| seed as u64).collect();
    assert!(different.len() > 1);
}

#[wasm_bindgen_test]
fn a_conversion_in_pieces_is_the_same_and_is_counted() {
    let (other, options) = (ann(), object(&[("steps", 100.into())]));
    let whole = converted(&ann(), &CALIBRATION, &options).unwrap();
    let steps = || get(&usage(), "steps").as_f64().unwrap();
    let before = steps();
    let mut work = Conversion::new(&other, &CALIBRATION, &options).unwrap();
    // Two inputs are calibrated with, the function is checked on them, and one layer runs twice to be corrected.
    assert_eq!((work.done(), work.total()), (0, 8));
    while work.advance().unwrap() {}
    assert_eq!((work.done(), work.total()), (8, 8));
    assert!((steps() - before - 400.0).abs() < 0.5, "{}", steps() - before);
    let again = Conversion::new(&other, &CALIBRATION, &options).unwrap();
    assert_eq!(again.total(), 6, "the calibration is known");
    let thresholds = |snn: &Snn| Float32Array::from(get(&Array::from(&snn.layers()).get(0), "thresholds")).to_vec();
    assert_eq!(thresholds(&work.finish().unwrap()), thresholds(&whole));
}
