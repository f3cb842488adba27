//! The JSON description of the layers that a model file carries beside its tensors.

use serde::Deserialize;

use crate::ann::Activation;
use crate::error::{Error, Result};

/// The version of the description that is read here.
const VERSION: u32 = 1;

/// `{ "version": 1, "name"?, "inputShape", "layers": [...] }`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Description {
    version: u32,
    pub(super) name: Option<String>,
    pub(super) input_shape: Vec<usize>,
    pub(super) layers: Vec<serde_json::Value>,
}

/// `{ "type": "dense", "weights": NAME, "bias"?: NAME, "activation" }`, where a name is that of a tensor.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DenseDescription {
    #[serde(rename = "type")]
    _type: String,
    pub(super) weights: String,
    pub(super) bias: Option<String>,
    pub(super) activation: Activation,
}

impl Description {
    pub(super) fn parse(json: &str) -> Result<Self> {
        let description: Self = serde_json::from_str(json)
            .map_err(|error| Error::model(format!("the description of its layers is wrong: {error}")))?;
        if description.version == VERSION {
            return Ok(description);
        }
        Err(Error::model(format!("its description has version {}, this can read {VERSION}", description.version)))
    }
}

impl DenseDescription {
    pub(super) fn parse(index: usize, layer: &serde_json::Value) -> Result<Self> {
        match layer.get("type").and_then(serde_json::Value::as_str) {
            Some("dense") => Self::deserialize(layer)
                .map_err(|error| Error::model(format!("the description of layer {index} is wrong: {error}"))),
            Some(other) => Err(crate::error::unsupported(index, other)),
            None => Err(Error::model(format!("the description of layer {index} has no `type`"))),
        }
    }
}
