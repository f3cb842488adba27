//! Options from JavaScript: plain objects, with unknown keys refused by name.

use std::any::TypeId;
use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Object, Reflect};
use serde::{Serialize, de::DeserializeOwned};
use serde_path_to_error::Segment;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

use crate::error::{Error, Result};
use crate::limits::shortened;
use crate::snn::whole::A_WHOLE_NUMBER;

/// Reads an options object; keys that are absent or `undefined` keep their defaults.
pub(super) fn read<T: Default + Serialize + DeserializeOwned + 'static>(what: &str, value: &JsValue) -> Result<T> {
    if value.is_undefined() {
        return Ok(T::default());
    }
    if !value.is_object() {
        return Err(Error::option(what, show(value), "an object"));
    }
    let (known, given) = (keys_of::<T>(), Object::new());
    for key in Object::keys(value.unchecked_ref::<Object>()) {
        let name = key.as_string().unwrap_or_default();
        if !known.contains(&name) {
            return Err(Error::option(&name, "an unknown key", format!("one of: {}", known.join(", "))));
        }
        let entry = Reflect::get(value, &key).unwrap_or(JsValue::UNDEFINED);
        if !entry.is_undefined() {
            // Setting a key of a plain object that was made here cannot fail.
            let _ = Reflect::set(&given, &key, &entry);
        }
    }
    from_js(what, given.into())
}

/// Reads a value, naming the key at which it is wrong.
pub(super) fn from_js<T: DeserializeOwned>(what: &str, value: JsValue) -> Result<T> {
    let received = value.clone();
    serde_path_to_error::deserialize(serde_wasm_bindgen::Deserializer::from(value)).map_err(|error| {
        let path = error.path().to_string();
        let at = error.path().iter().fold(received, |at, segment| {
            let key = match segment {
                Segment::Seq { index } => (*index as u32).into(),
                other => other.to_string().as_str().into(),
            };
            Reflect::get(&at, &key).unwrap_or(JsValue::UNDEFINED)
        });
        let option = if path == "." { what } else { path.as_str() };
        let reason = shortened(&error.inner().to_string(), 300);
        // A name that is none of those known.
        let allowed = match reason.split_once("unknown variant").and_then(|(_, rest)| rest.split_once(", expected ")) {
            Some((_, names)) => names.to_string(),
            None if reason.contains(A_WHOLE_NUMBER) => reason.trim_start_matches("Error: ").to_string(),
            None => format!("of the documented kind ({reason})"),
        };
        Error::option(option, show(&at), allowed)
    })
}

thread_local! {
    /// The keys of every kind of options that was read before.
    static KEYS: RefCell<Vec<(TypeId, Rc<[String]>)>> = const { RefCell::new(Vec::new()) };
}

/// The names that `T` is written with: those of its default.
fn keys_of<T: Default + Serialize + 'static>() -> Rc<[String]> {
    let kind = TypeId::of::<T>();
    let known =
        |keys: &Vec<(TypeId, Rc<[String]>)>| keys.iter().find(|(of, _)| *of == kind).map(|(_, keys)| Rc::clone(keys));
    KEYS.with_borrow(known).unwrap_or_else(|| {
        let keys: Rc<[String]> = match serde_json::to_value(T::default()) {
            Ok(serde_json::Value::Object(entries)) => entries.keys().cloned().collect(),
            _ => Rc::default(),
        };
        KEYS.with_borrow_mut(|known| known.push((kind, Rc::clone(&keys))));
        keys
    })
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
