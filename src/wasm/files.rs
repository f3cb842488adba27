//! Files, as far as the module was built with what reads and writes them. It exports the same names in every build, so
//! that the package fits all of them; what was left out is refused by name.

use wasm_bindgen::JsValue;

use crate::convert::LayerReport;
use crate::describe::Model;
use crate::error::{Error, Result};
use crate::snn::Network;

#[cfg(feature = "import")]
pub(super) fn read_model(bytes: &[u8], format: JsValue, description: Option<String>) -> Result<Model> {
    use crate::import::{Format, read_described, read_model};
    let format = if format.is_undefined() { None } else { Some(super::options::from_js("format", format)?) };
    match (format, description) {
        (Some(Format::Onnx), Some(_)) => {
            Err(Error::option("description", "one", "left out for an ONNX file, which describes itself"))
        }
        (_, Some(description)) => read_described(bytes, &description),
        (format, None) => read_model(bytes, format),
    }
}

#[cfg(not(feature = "import"))]
pub(super) fn read_model(_: &[u8], _: JsValue, _: Option<String>) -> Result<Model> {
    Err(Error::left_out("model files", "import"))
}

#[cfg(feature = "export")]
pub(super) use crate::export::from_safetensors as read_saved;

#[cfg(not(feature = "export"))]
pub(super) fn read_saved(_: &[u8]) -> Result<(crate::convert::Converted, Option<String>)> {
    Err(Error::left_out("saved networks", "export"))
}

#[cfg(feature = "export")]
pub(super) fn save(
    network: &Network,
    layers: &[LayerReport],
    facts: (f64, usize),
    format: &str,
    name: &str,
) -> Result<Vec<u8>> {
    match format {
        "safetensors" => crate::export::parts_to_safetensors(network, layers, facts, Some(name)),
        "nir" => crate::export::to_nir(network),
        other => {
            Err(Error::option("format", format!("\"{}\"", crate::limits::shown(other)), "\"safetensors\" or \"nir\""))
        }
    }
}

#[cfg(not(feature = "export"))]
pub(super) fn save(_: &Network, _: &[LayerReport], _: (f64, usize), _: &str, _: &str) -> Result<Vec<u8>> {
    Err(Error::left_out("saved networks", "export"))
}
