//! Opening a safetensors file: trained networks come in one, and spiking networks are saved in one.

use safetensors::tensor::Metadata;
use safetensors::{SafeTensorError, SafeTensors};

use crate::error::{Error, Result};
use crate::limits::shortened;

/// The metadata key of the description of a spiking network; that of a trained one is `quartic-snn`.
pub(crate) const SPIKING_KEY: &str = "quartic-snn-spiking";

/// The header and the tensors of a file.
pub(crate) fn open(bytes: &[u8]) -> Result<(Metadata, SafeTensors<'_>)> {
    let broken = |error: SafeTensorError| {
        Error::model(format!("the safetensors file is broken: {}", shortened(&error.to_string(), 300)))
    };
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(broken)?;
    Ok((header, SafeTensors::deserialize(bytes).map_err(broken)?))
}
