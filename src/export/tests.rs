//! Saved networks that say more than they hold.

use std::collections::HashMap;

use ndarray::{Array1, Array2, Array4, array};
use safetensors::{Dtype, serialize, tensor::TensorView};
use serde_json::{Value, json};

use super::{from_safetensors, to_safetensors};
use crate::ann::{Activation, Conv2d, Dense, Layer, Network, Window};
use crate::container::open;
use crate::convert::{Calibration, ConvertOptions};

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
