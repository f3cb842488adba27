//! Options from JavaScript: plain objects, with unknown keys refused by name.

use js_sys::{Object, Reflect};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::prelude::*;

use crate::error::{Error, Result};

/// Reads an options object; keys that are absent or `undefined` keep their defaults.
pub(super) fn read<T: Default + Serialize + DeserializeOwned>(what: &str, value: &JsValue) -> Result<T> {
    let object = Object::new();
    if !value.is_undefined() {
        if !value.is_object() {
            return Err(Error::option(what, show(value), "an object"));
        }
        let known = keys_of::<T>();
        for key in Object::keys(&Object::from(value.clone())).iter().filter_map(|key| key.as_string()) {
            if !known.contains(&key) {
                return Err(Error::option(&key, "an unknown key", format!("one of: {}", known.join(", "))));
            }
            let entry = Reflect::get(value, &key.as_str().into()).unwrap_or(JsValue::UNDEFINED);
            if !entry.is_undefined() {
                super::arrays::set(&object, &key, &entry);
            }
        }
    }
    from_js(what, object.into())
}

/// Reads a value, naming the key at which it is wrong.
pub(super) fn from_js<T: DeserializeOwned>(what: &str, value: JsValue) -> Result<T> {
    let received = value.clone();
    serde_path_to_error::deserialize(serde_wasm_bindgen::Deserializer::from(value)).map_err(|error| {
        let path = error.path().to_string();
        let at = Reflect::get(&received, &path.as_str().into()).unwrap_or(JsValue::UNDEFINED);
        let (option, at) = if path == "." { (what, &received) } else { (path.as_str(), &at) };
        Error::option(option, show(at), format!("of the documented kind ({})", error.inner()))
    })
}

/// The names that `T` is written with: those of its default.
fn keys_of<T: Default + Serialize>() -> Vec<String> {
    match serde_json::to_value(T::default()) {
        Ok(serde_json::Value::Object(entries)) => entries.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// A plain JavaScript value.
pub(super) fn to_js<T: Serialize>(value: &T) -> Option<JsValue> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).ok()
}

/// How a value looks in a message, cut to a sensible length.
pub(super) fn show(value: &JsValue) -> String {
    let text = match value.as_string() {
        Some(text) => format!("\"{text}\""),
        None => format!("{value:?}").trim_start_matches("JsValue(").trim_end_matches(')').to_string(),
    };
    if text.chars().count() > 80 { text.chars().take(80).chain("...".chars()).collect() } else { text }
}
