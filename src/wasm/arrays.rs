//! Owned typed arrays and plain objects for JavaScript.

use std::cell::RefCell;

use js_sys::{Array, Float32Array, JsString, Object, Uint32Array};
use ndarray::Array2;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

use crate::error::{Error, Result};
use crate::snn::{LayerPotentials, LayerSpikes, Simulation};

pub(super) fn floats(values: &[f32]) -> Float32Array {
    Float32Array::from(values)
}

pub(super) fn words(values: &[u32]) -> Uint32Array {
    Uint32Array::from(values)
}

#[wasm_bindgen]
extern "C" {
    type Plain;

    /// `this[key] = value`, which cannot fail where the object was made here.
    #[wasm_bindgen(method, indexing_setter)]
    fn put(this: &Plain, key: &JsString, value: &JsValue);
}

thread_local! {
    /// The names of properties, each handed to JavaScript once: decoding them costs more than all else that an object
    /// takes.
    static NAMES: RefCell<Vec<(&'static str, JsString)>> = const { RefCell::new(Vec::new()) };
}

/// Sets a property of an object that was made here.
pub(super) fn set(object: &Object, name: &'static str, value: &JsValue) {
    NAMES.with_borrow_mut(|names| {
        // There are few, and each is in one place.
        let known = names.iter().position(|(known, _)| std::ptr::eq(*known, name)).unwrap_or_else(|| {
            names.push((name, name.into()));
            names.len() - 1
        });
        object.unchecked_ref::<Plain>().put(&names[known].1, value);
    });
}

/// An object of named values.
pub(super) fn object<const N: usize>(entries: [(&'static str, JsValue); N]) -> Object {
    let object = Object::new();
    for (key, value) in entries {
        set(&object, key, &value);
    }
    object
}

pub(super) fn list(values: impl Iterator<Item = JsValue>) -> JsValue {
    let list = Array::new();
    for value in values {
        list.push(&value);
    }
    list.into()
}

pub(super) fn numbers(values: &[u64]) -> JsValue {
    list(values.iter().map(|&value| JsValue::from_f64(value as f64)))
}

/// Flat values as rows of `width`.
pub(super) fn rows(what: &str, values: &[f32], width: usize) -> Result<Array2<f32>> {
    let wrong = || Error::shape(what, format!("a multiple of {width} values (rows of {width})"), values.len());
    if width == 0 || !values.len().is_multiple_of(width) {
        return Err(wrong());
    }
    Array2::from_shape_vec((values.len() / width, width), values.to_vec()).map_err(|_| wrong())
}

pub(super) fn spikes(layers: &[LayerSpikes]) -> JsValue {
    list(layers.iter().map(|spikes| {
        let entries = [
            ("layer", (spikes.layer as u32).into()),
            ("step", words(&spikes.step).into()),
            ("neuron", words(&spikes.neuron).into()),
        ];
        let object = object(entries);
        if let Some(sign) = &spikes.sign {
            set(&object, "sign", &js_sys::Int8Array::from(sign.as_slice()));
        }
        object.into()
    }))
}

pub(super) fn potentials(layers: &[LayerPotentials]) -> JsValue {
    list(layers.iter().map(|potentials| {
        let entries = [
            ("layer", (potentials.layer as u32).into()),
            ("neurons", (potentials.neurons as u32).into()),
            ("values", floats(&potentials.values).into()),
        ];
        object(entries).into()
    }))
}

/// What is known of a simulation after some steps, without its recordings.
pub(super) fn state<N: std::ops::Deref<Target = crate::snn::Network>>(simulation: &Simulation<N>) -> Object {
    let decision = simulation.decision();
    object([
        ("prediction", (decision.prediction() as u32).into()),
        ("counts", words(decision.counts()).into()),
        ("scores", floats(&decision.scores()).into()),
        ("spikesPerLayer", numbers(&simulation.spikes_per_layer())),
        ("synapticOperations", JsValue::from_f64(simulation.synaptic_operations() as f64)),
    ])
}
