//! Reads trained networks from model files.
//!
//! Whatever cannot be read is refused by name; nothing is skipped. Every importer returns a simplified network and a
//! report of what was dropped and rewritten.

#[cfg(feature = "onnx")]
mod onnx;
mod safetensors;

use serde::{Deserialize, Serialize};

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
    match format.or_else(|| recognise(bytes)) {
        #[cfg(feature = "onnx")]
        Some(Format::Onnx) => onnx::read(bytes),
        #[cfg(not(feature = "onnx"))]
        Some(Format::Onnx) => Err(Error::left_out("ONNX files", "onnx")),
        Some(Format::Safetensors) => safetensors::read(bytes, None),
        None => Err(unknown(bytes)),
    }
}

/// Reads a safetensors file with a description of its layers that is kept beside it, as JSON text.
///
/// # Errors
/// As [`read_model`].
pub fn read_described(bytes: &[u8], description: &str) -> Result<Model> {
    safetensors::read(bytes, Some(description))
}

/// A safetensors file begins with the length of its header (8 bytes) and a JSON object. ONNX has no mark of its own: it
/// begins with field 1, the version of the format, and goes on with another field.
fn recognise(bytes: &[u8]) -> Option<Format> {
    match *bytes {
        // No header has 2^48 bytes.
        [_, _, _, _, _, _, 0, 0, b'{', ..] => Some(Format::Safetensors),
        // A number (0) or a text, list or message (2), as all fields of a model are.
        [0x08, 1..0x80, field, ..] if field >= 0x10 && matches!(field & 7, 0 | 2) => Some(Format::Onnx),
        _ => None,
    }
}

/// What a file is that cannot be read, as far as its first bytes tell, and what to do.
fn unknown(bytes: &[u8]) -> Error {
    const TORCH: &str = "export it with torch.onnx.export(model, example, \"model.onnx\", external_data=False)";
    const KERAS: &str = "export it with model.export(\"model.onnx\", format=\"onnx\"), or with tf2onnx";
    let text = bytes.trim_ascii_start();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let reason = match bytes {
        [] => "the file is empty".into(),
        [b'P', b'K', 3 | 5, ..] => {
            format!("it is a zip archive. If it is from PyTorch (.pt, .pth), {TORCH}; if from Keras (.keras), {KERAS}")
        }
        [0x80, 2..=5, ..] => format!("it is a Python pickle, as saved by older versions of PyTorch; {TORCH}"),
        [0x89, b'H', b'D', b'F', ..] => format!(
            "it is an HDF5 file. If it is from Keras (.h5), {KERAS}; NIR files hold spiking networks and are not read"
        ),
        [_, _, _, _, b'T', b'F', b'L', b'3', ..] => {
            format!("it is a TensorFlow Lite file; use the model that it was made from: {KERAS}")
        }
        _ if text.starts_with(b"<") => {
            "it is a web page, perhaps an error or a login instead of the model; look at what the address gives".into()
        }
        _ if text.starts_with(b"version https://git-lfs") => {
            "it is a Git LFS pointer instead of the model; run `git lfs pull`".into()
        }
        _ => "its first bytes are neither those of an ONNX file nor of a safetensors file with a description of the \
              layers under the metadata key `quartic-snn`, the formats that can be read"
            .to_string(),
    };
    Error::model(reason)
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
