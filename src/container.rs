//! Opening a safetensors file: trained networks come in one, and spiking networks are saved in one.

use safetensors::tensor::Metadata;
use safetensors::{SafeTensorError, SafeTensors};

use crate::error::{Error, Result};
use crate::limits::shortened;

/// The metadata key of the description of a spiking network; that of a trained one is `quartic-snn`.
pub(crate) const SPIKING_KEY: &str = "quartic-snn-spiking";

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Onnx,
    Safetensors,
}

/// A safetensors file begins with the length of its header (8 bytes) and a JSON object. ONNX has no mark of its own: it
/// begins with field 1, the version of the format, and goes on with another field.
pub(crate) fn recognise(bytes: &[u8]) -> Option<Kind> {
    match *bytes {
        // No header has 2^48 bytes.
        [_, _, _, _, _, _, 0, 0, b'{', ..] => Some(Kind::Safetensors),
        // A number (0) or a text, list or message (2), as all fields of a model are.
        [0x08, 1..0x80, field, ..] if field >= 0x10 && matches!(field & 7, 0 | 2) => Some(Kind::Onnx),
        _ => None,
    }
}

/// What a file is that cannot be read, as far as its first bytes tell, and what to do.
pub(crate) fn stranger(bytes: &[u8]) -> Option<String> {
    const TORCH: &str = "export it with torch.onnx.export(model, example, \"model.onnx\", external_data=False)";
    const KERAS: &str = "export it with model.export(\"model.onnx\", format=\"onnx\"), or with tf2onnx";
    let text = bytes.trim_ascii_start();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    Some(match bytes {
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
        _ => return None,
    })
}

/// The header and the tensors of a file.
pub(crate) fn open(bytes: &[u8]) -> Result<(Metadata, SafeTensors<'_>)> {
    let other = match recognise(bytes) {
        Some(Kind::Safetensors) => None,
        Some(Kind::Onnx) => Some(
            "it looks like an ONNX file: `readModel` reads it, without a `description` (in Rust, `import::read_model`)"
                .into(),
        ),
        None => stranger(bytes),
    };
    if let Some(other) = other {
        return Err(Error::model(other));
    }
    let broken = |error: SafeTensorError| {
        Error::model(format!("the safetensors file is broken: {}", shortened(&error.to_string(), 300)))
    };
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(broken)?;
    Ok((header, SafeTensors::deserialize(bytes).map_err(broken)?))
}
