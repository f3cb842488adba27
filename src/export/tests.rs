//! Saved networks that say more than they hold.

use std::collections::HashMap;

use ndarray::{Array1, Array2, Array4, array};
use safetensors::{Dtype, serialize, tensor::TensorView};
use serde_json::{Value, json};

use super::{from_safetensors, to_safetensors};
use crate::ann::{Activation, Conv2d, Dense, Layer, Network, Window};
use crate::container::open;
use crate::convert::{Adjustment, Calibration, ConvertOptions};
use crate::snn::{Coding, Precision, RunOptions, run};

/// A mean pool and a convolution of one pixel, saved, with its description changed.
fn changed(change: impl Fn(&mut Value)) -> Vec<u8> {
    let one = Conv2d::new(Array4::ones((1, 1, 1, 1)), None, Window::new([1, 1]), 1, Activation::Relu).unwrap();
    let scores = Dense::new(array![[1.0]], Some(Array1::zeros(1)), Activation::Linear).unwrap();
    let layers = vec![Layer::AvgPool2d(Window::new([2, 2])), Layer::Conv2d(one), Layer::Flatten, Layer::Dense(scores)];
    let ann = Network::new(vec![1, 2, 2], layers).unwrap();
    let calibration = Calibration::new(&ann, Array2::ones((1, 4))).unwrap();
    let converted = ConvertOptions::default().validate().unwrap().convert(&ann, &calibration).unwrap();
    let file = to_safetensors(&converted, None).unwrap();
    let (header, tensors) = open(&file).unwrap();
    let (key, description) = header.metadata().as_ref().unwrap().iter().next().unwrap();
    let mut description: Value = serde_json::from_str(description).unwrap();
    change(&mut description);
    let views = tensors.tensors();
    let views =
        views.iter().map(|(name, view)| (name, TensorView::new(Dtype::F32, view.shape().into(), view.data()).unwrap()));
    serialize(views, Some(HashMap::from([(key.clone(), description.to_string())]))).unwrap()
}

#[test]
fn what_a_saved_network_unfolds_to_is_counted() {
    assert!(from_safetensors(&changed(|_| ())).is_ok());
    // Four million pixels, 16 connections to each: less than any network may have, more than this file accounts for.
    let error = from_safetensors(&changed(|description| {
        description["inputShape"] = json!([1, 2000, 2000]);
        description["layers"][0]["shape"] = json!([1, 1997, 1997]);
        let window = &mut description["layers"][0]["connections"][0]["pools"][0]["window"];
        (window["kernel"], window["stride"]) = (json!([4, 4]), json!([1, 1]));
    }))
    .unwrap_err();
    assert_eq!(error.code(), "shape-mismatch");
    assert!(error.to_string().contains("accounts for"), "{error}");
}

#[test]
fn a_network_was_saved_whose_file_was_refused() {
    // 4 million pixels, means of 9 each: few weights, 70 million values.
    let side = 2000;
    let pool = Layer::AvgPool2d(Window { stride: [1, 1], ..Window::new([3, 3]) });
    let last = Layer::AvgPool2d(Window::new([side - 2, side - 2]));
    let one = Conv2d::new(Array4::ones((1, 1, 1, 1)), None, Window::new([1, 1]), 1, Activation::Relu).unwrap();
    let scores = Dense::new(array![[1.0]], None, Activation::Linear).unwrap();
    let layers = vec![pool, Layer::Conv2d(one), last, Layer::Flatten, Layer::Dense(scores)];
    let ann = Network::new(vec![1, side, side], layers).unwrap();
    let calibration = Calibration::new(&ann, Array2::ones((1, side * side))).unwrap();
    let options = ConvertOptions { adjustment: Adjustment::None, ..ConvertOptions::default() };
    let converted = options.validate().unwrap().convert(&ann, &calibration).unwrap();
    let error = to_safetensors(&converted, None).unwrap_err();
    assert_eq!(error.code(), "too-large");
}

#[test]
fn a_network_whose_scores_are_a_flattened_convolution_could_not_be_read_again() {
    let conv = |out: usize, from: usize, side: usize, activation| {
        let weights = Array4::from_shape_fn((out, from, side, side), |(o, i, y, x)| {
            ((o * 7 + i * 3 + y * 5 + x) % 9) as f32 / 9.0
        });
        Layer::Conv2d(Conv2d::new(weights, None, Window::new([side, side]), 1, activation).unwrap())
    };
    for layers in [
        vec![
            conv(4, 1, 3, Activation::Relu),
            conv(10, 4, 1, Activation::Linear),
            Layer::GlobalAvgPool2d,
            Layer::Flatten,
        ],
        vec![conv(4, 1, 5, Activation::Relu), conv(10, 4, 4, Activation::Linear), Layer::Flatten],
    ] {
        let (ann, _) = Network::new(vec![1, 8, 8], layers).unwrap().simplify().unwrap();
        let inputs = Array2::from_shape_fn((10, 64), |(n, i)| ((n * 31 + i * 17) % 10) as f32 / 10.0);
        let calibration = Calibration::new(&ann, inputs.clone()).unwrap();
        let converted = ConvertOptions::default().validate().unwrap().convert(&ann, &calibration).unwrap();
        let (again, _) = from_safetensors(&to_safetensors(&converted, None).unwrap()).unwrap();
        let run = |network| {
            let options = RunOptions { steps: 20, seed: Some(1), ..RunOptions::default() };
            run(network, inputs.row(3).as_slice().unwrap(), &options.validate().unwrap()).unwrap().counts
        };
        assert_eq!(run(&again.network), run(&converted.network));
    }
}

#[test]
fn what_a_saved_network_says_wrong_of_its_layers_is_refused() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str, &str); 11] = [
        (|d| d["version"] = json!(2), "invalid-model", "version 2"),
        (|d| d["steps"] = json!(0), "invalid-model", "0 steps"),
        (|d| d["readout"] = json!("potential"), "invalid-model", "readout"),
        (|d| d["layers"][0]["concentration"] = json!("0.5"), "invalid-model", "from 1 to 1000000"),
        (|d| d["layers"][0]["unit"] = json!(3), "invalid-model", "power of two"),
        (|d| d["layers"][0]["unit"] = json!(32768), "invalid-model", "power of two"),
        (
            |d| d["layers"][0]["connections"][0]["synapses"]["window"]["padding"] = json!([1, 1, 1, 1]),
            "shape-mismatch",
            "kernel",
        ),
        (|d| d["layers"][0]["connections"][0]["synapses"]["first"] = json!([1]), "shape-mismatch", "kernel"),
        (|d| d["layers"][0]["connections"][0]["synapses"]["first"] = json!([]), "shape-mismatch", "kernel"),
        (
            |d| d["layers"][1]["connections"][0]["synapses"] = json!({ "type": "pointwise", "offset": 1 }),
            "shape-mismatch",
            "from 1 on",
        ),
        (
            |d| {
                d["layers"][0]["connections"][0] =
                    json!({ "source": 0, "pools": [], "synapses": { "type": "pointwise", "offset": 0 } });
            },
            "shape-mismatch",
            "from 0 on",
        ),
    ];
    for (change, code, text) in cases {
        let error = from_safetensors(&changed(change)).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(text), "{text} is not in: {error}");
    }
    // Numbers of another type, as wide, and one that is none.
    let good = changed(|_| ());
    let header = 8 + u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    let mut whole = good.clone();
    for at in (0..header - 3).filter(|&at| good[at..].starts_with(b"\"F32\"")) {
        whole[at + 1] = b'I';
    }
    assert!(from_safetensors(&whole).unwrap_err().to_string().contains("I32"));
    let mut none = good;
    let last = none.len() - 4;
    none[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_eq!(from_safetensors(&none).unwrap_err().code(), "invalid-input");
}

#[test]
fn what_a_saved_network_is_made_for_is_read_again() {
    let ann = Network::new(vec![1], vec![Layer::Dense(Dense::new(array![[0.3]], None, Activation::Linear).unwrap())]);
    let ann = ann.unwrap();
    let calibration = Calibration::new(&ann, array![[0.7]]).unwrap();
    let options = ConvertOptions {
        adjustment: Adjustment::None,
        coding: Coding::Constant,
        precision: Precision::Fixed,
        steps: 30,
        ..ConvertOptions::default()
    };
    let converted = options.validate().unwrap().convert(&ann, &calibration).unwrap();
    let (again, _) = from_safetensors(&to_safetensors(&converted, None).unwrap()).unwrap();
    assert!(again.function_error > 0.0 && again.function_error.to_bits() == converted.function_error.to_bits());
    assert_eq!((again.steps, again.network.coding()), (30, Coding::Constant));
}
