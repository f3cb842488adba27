//! ONNX files as real exporters write them, against the scores of onnxruntime; and files that must be refused.
//! `tests/fixtures/make/README.md` says how they were made.
#![cfg(not(target_arch = "wasm32"))]

use ndarray::{Array2, Axis};
use quartic_snn::convert::{Calibration, ConvertOptions};
use quartic_snn::import::{Format, read_model};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fixture {
    name: String,
    file: String,
    opset: i64,
    input_shape: Vec<usize>,
    channels_last: bool,
    outputs: usize,
    scores: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refused {
    name: String,
    file: String,
    valid_onnx: bool,
    operator: Option<String>,
    node: Option<String>,
}

/// The number of inputs that onnxruntime was given.
const INPUTS: usize = 200;

fn bytes(file: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/onnx/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn index<T: for<'a> Deserialize<'a>>(file: &str) -> Vec<T> {
    serde_json::from_slice(&bytes(file)).unwrap()
}

/// The inputs that the scores belong to, channel-first.
fn inputs(width: usize) -> Array2<f32> {
    let value = |k: u64| (((k * 2_654_435_761 + 12_345) % (1 << 32)) >> 8) as f32 / (1 << 24) as f32;
    Array2::from_shape_fn((INPUTS, width), |(row, column)| value((row * width + column) as u64))
}

fn softmax(scores: &[f32]) -> Vec<f32> {
    let largest = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers: Vec<f64> = scores.iter().map(|&score| f64::from(score - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| (power / sum) as f32).collect()
}

fn best(scores: &[f32]) -> usize {
    scores.iter().enumerate().fold(0, |best, (index, &score)| if score > scores[best] { index } else { best })
}

#[test]
fn every_model_gives_the_scores_and_decisions_of_onnxruntime() {
    let fixtures: Vec<Fixture> = index("index.json");
    let (older, fixtures): (Vec<_>, Vec<_>) = fixtures.into_iter().partition(|fixture| fixture.opset < 13);
    assert!(fixtures.len() >= 35, "{} fixtures", fixtures.len());
    let mut refused = Vec::new();
    for Fixture { name, file, input_shape, channels_last, outputs, scores, .. } in fixtures {
        let model = read_model(&bytes(&file), None).unwrap_or_else(|error| panic!("{name}: {error}"));
        let network = model.network;
        let shape = match input_shape[..] {
            [height, width, channels] if channels_last => vec![channels, height, width],
            _ => input_shape,
        };
        let size: usize = shape.iter().product();
        assert_eq!((network.inputs(), network.outputs()), (size, outputs), "{name}");
        assert_eq!(channels_last, model.report.notes.iter().any(|note| note.contains("channel-first")), "{name}");
        let file = bytes(&format!("{name}.{scores}.bin"));
        let expected: Vec<f32> = file.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        let largest = expected.iter().fold(0.0_f32, |most, score| most.max(score.abs()));
        // onnxruntime computed the models in half precision with half precision.
        let tolerance = if name.starts_with("f16") && !name.contains("keep-io") { 3e-3 } else { 1e-4 };
        let predicted = network.predict(inputs(size).view()).unwrap();
        for (row, expected) in predicted.rows().into_iter().zip(expected.chunks_exact(outputs)) {
            let row = if scores == "probabilities" { softmax(&row.to_vec()) } else { row.to_vec() };
            assert_eq!(best(&row), best(expected), "{name}");
            for (score, expected) in row.iter().zip(expected) {
                assert!((score - expected).abs() <= tolerance * largest, "{name}: {score} is not {expected}");
            }
        }
        assert!(model.report.rewrites.iter().all(|rewrite| rewrite.largest_difference <= 1e-4), "{name}");
        let some = inputs(size).select(Axis(0), &(0..30).collect::<Vec<_>>());
        match Calibration::new(&network, some) {
            Ok(calibration) => {
                let options = ConvertOptions { steps: 20, ..ConvertOptions::default() }.validate().unwrap();
                let converted =
                    options.convert(&network, &calibration).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(converted.function_error < 1e-4, "{name}: {}", converted.function_error);
            }
            Err(error) => refused.push((name, error.to_string())),
        }
    }
    // Batch normalisation that turns a channel round between a ReLU and a max pool.
    assert!(matches!(&refused[..], [(name, text)] if name == "keras-norms" && text.contains("a negative factor")));
    for Fixture { name, file, opset, .. } in older {
        let error = read_model(&bytes(&file), None).unwrap_err();
        assert_eq!(error.code(), "invalid-model", "{name}");
        assert!(error.to_string().contains(&format!("version {opset}")), "{name}: {error}");
    }
}

#[test]
fn what_cannot_be_converted_is_refused_by_operator_and_node() {
    let refused: Vec<Refused> = index("refused/index.json");
    assert!(refused.len() >= 35, "{} files", refused.len());
    for Refused { name, file, valid_onnx, operator, node } in refused {
        let error = read_model(&bytes(&format!("refused/{file}")), Some(Format::Onnx)).unwrap_err();
        let message = error.to_string();
        if !valid_onnx {
            let codes = ["invalid-model", "shape-mismatch", "invalid-input", "unsupported-layer"];
            assert!(codes.contains(&error.code()), "{name}: {message}");
            continue;
        }
        assert_eq!(error.code(), "unsupported-layer", "{name}: {message}");
        for part in [operator, node].into_iter().flatten() {
            assert!(message.contains(&part), "{name}: `{part}` is not in: {message}");
        }
    }
}

#[test]
fn a_file_that_was_cut_or_changed_is_at_most_an_error() {
    for file in ["keras-cnn-grey.onnx", "sklearn-zipmap.onnx", "lenet-view-dynamo.onnx"] {
        let good = bytes(file);
        for length in (0..good.len()).step_by(good.len() / 200 + 1) {
            let _ = read_model(&good[..length], Some(Format::Onnx));
        }
        let mut place = 1_usize;
        for round in 0..500_usize {
            let mut bad = good.clone();
            for _ in 0..=round % 4 {
                place = place.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let index = (place >> 33) % bad.len();
                bad[index] = (place >> 20) as u8;
            }
            let _ = read_model(&bad, Some(Format::Onnx));
        }
    }
}
