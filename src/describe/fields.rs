//! Reading the fields of a JSON object one by one, with errors that name the place, the value and what is allowed.

use serde_json::{Map, Value};

use crate::ann::{Activation, MAX_VALUES};
use crate::error::{Error, Result};
use crate::limits::{MAX_NAME, shortened, shown};

/// Who described a network: it decides the code of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A program, by options.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only JavaScript does so"))]
    Script,
    /// A model file.
    File,
}

impl Origin {
    /// How a tensor is given.
    pub(super) fn tensor(self) -> &'static str {
        match self {
            Self::Script => "a Float32Array",
            Self::File => "the name of a tensor",
        }
    }
}

/// The fields of one object that have not been read yet.
pub(super) struct Fields {
    origin: Origin,
    at: String,
    object: Map<String, Value>,
}

impl Fields {
    /// The fields of `value`, which stands at `at` (empty for the outermost).
    pub(super) fn new(origin: Origin, at: String, value: Value) -> Result<Self> {
        match value {
            Value::Object(object) => Ok(Self { origin, at, object }),
            other => {
                let at = if at.is_empty() { "network" } else { &at };
                Err(wrong(origin, at, &show(&other), "an object"))
            }
        }
    }

    /// The place of a field.
    pub(super) fn path(&self, key: &str) -> String {
        if self.at.is_empty() { key.into() } else { format!("{}.{key}", self.at) }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.object.remove(key)
    }

    pub(super) fn wrong(&self, key: &str, received: &str, allowed: &str) -> Error {
        wrong(self.origin, &self.path(key), received, allowed)
    }

    pub(super) fn wrong_value(&self, key: &str, received: &Value, allowed: &str) -> Error {
        self.wrong(key, &show(received), allowed)
    }

    /// Takes a field that must be there.
    pub(super) fn needed(&mut self, key: &str, allowed: &str) -> Result<Value> {
        self.take(key).ok_or_else(|| self.wrong(key, "undefined", allowed))
    }

    /// The `type` of a layer.
    pub(super) fn kind(&mut self) -> Result<String> {
        let allowed = "the type of a layer, such as \"dense\"";
        match self.needed("type", allowed)? {
            Value::String(kind) => Ok(kind),
            other => Err(self.wrong_value("type", &other, allowed)),
        }
    }

    /// A text that may be missing.
    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>> {
        match self.take(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.is_empty() && text.chars().count() <= MAX_NAME => Ok(Some(text)),
            Some(other) => Err(self.wrong_value(key, &other, &format!("a text of 1 to {MAX_NAME} characters"))),
        }
    }

    pub(super) fn list(&mut self, key: &str) -> Result<Vec<Value>> {
        match self.needed(key, "an array")? {
            Value::Array(list) => Ok(list),
            other => Err(self.wrong_value(key, &other, "an array")),
        }
    }

    /// Positive sizes.
    pub(super) fn sizes(&mut self, key: &str) -> Result<Vec<usize>> {
        let list = self.list(key)?;
        let size = |(index, value): (usize, &Value)| {
            let allowed = format!("a whole number from 1 to {MAX_VALUES}");
            // A size of 0 in a file is refused with all shapes that are wrong.
            whole(value)
                .filter(|&size| size > 0 || self.origin == Origin::File)
                .ok_or_else(|| self.wrong_value(&format!("{key}[{index}]"), value, &allowed))
        };
        list.iter().enumerate().map(size).collect()
    }

    pub(super) fn number(&mut self, key: &str) -> Result<f64> {
        let value = self.needed(key, "a number")?;
        value.as_f64().ok_or_else(|| self.wrong_value(key, &value, "a number"))
    }

    pub(super) fn optional_whole(&mut self, key: &str) -> Result<Option<usize>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let size = whole(&value).filter(|&size| size > 0);
        size.map(Some).ok_or_else(|| self.wrong_value(key, &value, &format!("a whole number from 1 to {MAX_VALUES}")))
    }

    pub(super) fn whole(&mut self, key: &str, default: usize) -> Result<usize> {
        Ok(self.optional_whole(key)?.unwrap_or(default))
    }

    pub(super) fn flag(&mut self, key: &str, default: bool) -> Result<bool> {
        match self.take(key) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(self.wrong_value(key, &other, "true or false")),
        }
    }

    /// A number for both axes, or `[y, x]`, from 1 on; `default` where it is missing.
    pub(super) fn pair(&mut self, key: &str, default: Option<[usize; 2]>) -> Result<Option<[usize; 2]>> {
        let Some(value) = self.take(key) else { return Ok(default) };
        let Some(&[y, x]) = self.sides(key, &value, 1)?.as_deref() else {
            let allowed = format!("a whole number from 1 to {MAX_VALUES}, or two: [y, x]");
            return Err(self.wrong_value(key, &value, &allowed));
        };
        Ok(Some([y, x]))
    }

    /// Numbers from `least` on, one given twice; `None` where there is neither a number nor a list.
    fn sides(&self, key: &str, value: &Value, least: usize) -> Result<Option<Vec<usize>>> {
        let size = |value: &Value| whole(value).filter(|&size| size >= least);
        let Value::Array(list) = value else { return Ok(size(value).map(|size| vec![size; 2])) };
        let wrong = list.iter().position(|value| size(value).is_none());
        match wrong.filter(|_| matches!(list.len(), 2 | 4)) {
            Some(index) => {
                let allowed = format!("a whole number from {least} to {MAX_VALUES}");
                Err(self.wrong_value(&format!("{key}[{index}]"), &list[index], &allowed))
            }
            None => Ok(list.iter().map(size).collect()),
        }
    }

    /// A number for all sides, `[y, x]`, or `[top, left, bottom, right]`; none where it is missing.
    pub(super) fn padding(&mut self) -> Result<[usize; 4]> {
        let Some(value) = self.take("padding") else { return Ok([0; 4]) };
        match self.sides("padding", &value, 0)?.as_deref() {
            Some(&[y, x]) => Ok([y, x, y, x]),
            Some(&[top, left, bottom, right]) => Ok([top, left, bottom, right]),
            _ => {
                let allowed = format!("a whole number from 0 to {MAX_VALUES}, [y, x], or [top, left, bottom, right]");
                Err(self.wrong_value("padding", &value, &allowed))
            }
        }
    }

    /// `activation` with its `maximum`.
    pub(super) fn activation(&mut self, default: Option<Activation>) -> Result<Activation> {
        let allowed = format!("one of \"{}\"", Activation::NAMES.join("\", \""));
        let activation = match (self.take("activation"), default) {
            (Some(name), _) => match name.as_str() {
                Some("relu") => Activation::Relu,
                Some("relu6") => Activation::Clipped(6.0),
                Some("linear") => Activation::Linear,
                _ => return Err(self.wrong_value("activation", &name, &allowed)),
            },
            (None, Some(default)) => default,
            (None, None) => return Err(self.wrong("activation", "undefined", &allowed)),
        };
        let Some(maximum) = self.take("maximum") else { return Ok(activation) };
        let cap = maximum.as_f64().map(|cap| cap as f32).filter(|cap| Activation::allows(*cap));
        match (activation, cap) {
            (Activation::Relu, Some(cap)) => Ok(Activation::Clipped(cap)),
            (Activation::Relu, None) => {
                Err(self.wrong_value("maximum", &maximum, "a number above 0 that 32 bits can hold"))
            }
            _ => Err(self.wrong_value("maximum", &maximum, "left out, unless the activation is \"relu\"")),
        }
    }

    /// Refuses what has not been read.
    pub(super) fn finish(&self, known: &[&str]) -> Result<()> {
        match self.object.keys().next() {
            None => Ok(()),
            Some(key) => Err(wrong(
                self.origin,
                &self.path(&shown(key)),
                "an unknown key",
                &format!("one of: {}", known.join(", ")),
            )),
        }
    }
}

fn wrong(origin: Origin, path: &str, received: &str, allowed: &str) -> Error {
    match origin {
        Origin::Script => Error::option(path, received, allowed),
        Origin::File => Error::model(format!("`{path}` in its description must be {allowed}, got {received}")),
    }
}

fn whole(value: &Value) -> Option<usize> {
    let number = value.as_f64()?;
    (number.fract() == 0.0 && (0.0..=MAX_VALUES as f64).contains(&number)).then_some(number as usize)
}

/// How a value looks in a message.
pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::Array(list) => format!("an array of {}", list.len()),
        // What JSON cannot hold is told by the package in this form.
        Value::Object(object) => match object.get("\0shown") {
            Some(Value::String(shown)) => shown.clone(),
            _ => "an object".into(),
        },
        Value::Null => "null".into(),
        Value::Bool(flag) => flag.to_string(),
        // Not as JSON: its writer of numbers alone takes 10 kB of a module.
        Value::Number(number) => number.as_f64().map_or_else(String::new, |number| number.to_string()),
        Value::String(text) => shortened(&format!("{text:?}"), 80),
    }
}
