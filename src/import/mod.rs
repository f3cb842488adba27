//! Reads trained networks from model files.
//!
//! Whatever cannot be read is refused by name; nothing is skipped. Every importer returns a simplified network and a
//! report of what was dropped and rewritten.

#[cfg(feature = "onnx")]
mod onnx;
mod safetensors;

use serde::{Deserialize, Serialize};

use crate::container::{self, Kind};
pub use crate::describe::{Model, Report};
use crate::error::{Error, Result};

/// The format of a model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// [ONNX](https://onnx.ai), which PyTorch, Keras and scikit-learn can export.
    Onnx,
    /// A [safetensors](https://github.com/huggingface/safetensors) file whose metadata describes the layers.
    Safetensors,
}

/// Reads a model. Without a `format`, it is recognised from its first bytes.
///
/// # Errors
/// `invalid-model` if the bytes are not a model in a known format; `unsupported-layer` for a layer that cannot be
/// converted; `shape-mismatch` and `invalid-input` for weights that do not fit or are not finite; `left-out` for ONNX
/// in a build without the feature `onnx`.
pub fn read_model(bytes: &[u8], format: Option<Format>) -> Result<Model> {
    let found = recognise(bytes);
    match format.or(found) {
        #[cfg(feature = "onnx")]
        Some(Format::Onnx) => match found {
            Some(Format::Safetensors) => {
                Err(Error::model("it is a safetensors file, not ONNX: leave out the `format`"))
            }
            None if container::stranger(bytes).is_some() => Err(unknown(bytes)),
            _ => onnx::read(bytes),
        },
        #[cfg(not(feature = "onnx"))]
        Some(Format::Onnx) => Err(Error::left_out("ONNX files", "onnx")),
        Some(Format::Safetensors) => safetensors::read(bytes, None),
        None => Err(unknown(bytes)),
    }
}

fn recognise(bytes: &[u8]) -> Option<Format> {
    container::recognise(bytes).map(|kind| match kind {
        Kind::Onnx => Format::Onnx,
        Kind::Safetensors => Format::Safetensors,
    })
}

/// Reads a safetensors file with a description of its layers that is kept beside it, as JSON text.
///
/// # Errors
/// As [`read_model`].
pub fn read_described(bytes: &[u8], description: &str) -> Result<Model> {
    safetensors::read(bytes, Some(description))
}

/// What a file is that cannot be read.
fn unknown(bytes: &[u8]) -> Error {
    Error::model(container::stranger(bytes).unwrap_or_else(|| {
        "its first bytes are neither those of an ONNX file nor of a safetensors file with a description of the layers \
         under the metadata key `quartic-snn`, the formats that can be read"
            .into()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_recognised_by_their_first_bytes() {
        assert_eq!(recognise(b"\x08\x08\x12\x07pytorch"), Some(Format::Onnx));
        assert_eq!(recognise(b"\x08\x0a:\x01"), Some(Format::Onnx));
        assert_eq!(recognise(b"\x40\x00\x00\x00\x00\x00\x00\x00{\"a\""), Some(Format::Safetensors));
        // A header of 0x120808 bytes.
        assert_eq!(recognise(b"\x08\x08\x12\x00\x00\x00\x00\x00{"), Some(Format::Safetensors));
        for other in [&b""[..], b"\x08", b"\x08\x00\x12", b"\x08\x08\x08", b"\x08\x08\x15", b"PK\x03\x04"] {
            assert_eq!(recognise(other), None, "{other:?}");
        }
    }

    #[cfg(feature = "onnx")]
    #[test]
    fn what_is_no_model_is_named_with_what_to_do() {
        let files: [(&[u8], &str); 10] = [
            (b"", "empty"),
            (b"PK\x03\x04\x00", "torch.onnx.export"),
            (b"PK\x03\x04\x00", "model.export("),
            (b"\x80\x02ctorch", "pickle"),
            (b"\x89HDF\r\n", "HDF5"),
            (b"\x1c\x00\x00\x00TFL3", "TensorFlow Lite"),
            (b"\n<!DOCTYPE html>", "web page"),
            (b"\xef\xbb\xbf<html>", "web page"),
            (b"version https://git-lfs", "git lfs pull"),
            (b"\xff\xff\xff", "ONNX"),
        ];
        for (bytes, expected) in files {
            let error = read_model(bytes, None).unwrap_err();
            assert_eq!(error.code(), "invalid-model");
            assert!(error.to_string().contains(expected), "{error}");
        }
        assert_eq!(read_model(b"\xff", Some(Format::Onnx)).unwrap_err().code(), "invalid-model");
    }
}
