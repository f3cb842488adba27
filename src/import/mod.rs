//! Model files: from bytes to a trained network.
//!
//! What cannot be read is refused by name; nothing is skipped. Every importer leaves a network that was simplified, and
//! a report of what was dropped and rewritten on the way.

pub(crate) mod description;
pub(crate) mod fields;
mod safetensors;

use serde::{Deserialize, Serialize};

use crate::ann;
use crate::error::{Error, Result};

/// The format of a model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A [safetensors](https://github.com/huggingface/safetensors) file whose metadata describes the layers.
    Safetensors,
}

/// A trained network as it was read, with the name that the file gives it.
#[derive(Clone, Debug)]
pub struct Model {
    /// The name in the file.
    pub name: Option<String>,
    /// The network, simplified.
    pub network: ann::Network,
    /// What happened on the way.
    pub report: Report,
}

/// What an importer did to a network, apart from reading it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Layers that change nothing after training, or not the decision, and were left out: name and operator.
    pub dropped: Vec<String>,
    /// What was rewritten, each step checked.
    pub rewrites: Vec<ann::Rewrite>,
    /// What else a user should know, such as the order in which the input is expected.
    pub notes: Vec<String>,
}

/// Reads a model. Without a `format` it is recognised by its first bytes.
///
/// # Errors
/// `invalid-model` where the bytes are not a model of a known format, `unsupported-layer` for a layer that cannot be
/// converted, `shape-mismatch` and `invalid-input` for weights that do not fit or are not finite.
pub fn read_model(bytes: &[u8], format: Option<Format>) -> Result<Model> {
    match format.or_else(|| recognise(bytes)) {
        Some(Format::Safetensors) => safetensors::read(bytes),
        None => Err(Error::model(
            "the first bytes are not those of a safetensors file, the one format that can be read so far; save the \
             weights as safetensors with a description of the layers under the metadata key `quartic-snn`",
        )),
    }
}

/// A safetensors file begins with the length of its header (8 bytes) and a JSON object.
fn recognise(bytes: &[u8]) -> Option<Format> {
    (bytes.get(8) == Some(&b'{')).then_some(Format::Safetensors)
}
