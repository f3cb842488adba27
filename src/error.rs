//! The one error type of this crate: stable codes, and messages that state what was wrong, what was received, what is
//! allowed and what to do.

use serde::Serialize;

/// The result of every fallible function in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call was refused.
///
/// Each variant has a stable, documented [`code`](Error::code). Its fields are the details that JavaScript sees.
#[derive(Clone, Debug, PartialEq, Serialize, thiserror::Error)]
#[serde(untagged, rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Error {
    /// An option has a value that is not allowed.
    #[error("option `{option}` must be {allowed}, got {received}")]
    InvalidOption {
        /// The option's name as in JavaScript and JSON: `inputRate` is the field `input_rate`, `null` is `None`.
        option: String,
        /// The value, as given.
        received: String,
        /// What is allowed.
        allowed: String,
    },
    /// Data has the wrong length or shape.
    #[error("{what} must have {expected}, got {received}")]
    ShapeMismatch {
        /// What has the wrong shape.
        what: String,
        /// The shape it must have.
        expected: String,
        /// The shape it has.
        received: String,
    },
    /// Data contains a value outside its range.
    #[error("{what} must be {allowed}, got {received} at index {index}")]
    InvalidInput {
        /// The data.
        what: String,
        /// The allowed range.
        allowed: String,
        /// The first value outside it.
        received: String,
        /// The index of that value in the flat data.
        index: usize,
    },
    /// The network has a layer that cannot be converted.
    #[error("layer {layer} (`{name}`, {operator}) is not supported: {reason}")]
    UnsupportedLayer {
        /// The layer's index, from 0.
        layer: usize,
        /// The layer's name.
        name: String,
        /// The layer's type, as given.
        operator: String,
        /// Why, and what is supported.
        reason: String,
    },
    /// A model file cannot be read.
    #[error("this is not a model that can be read: {reason}")]
    InvalidModel {
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// A conversion would not have preserved the network's function, or a threshold could not be chosen.
    #[error("the conversion was refused: {reason}")]
    ConversionFailed {
        /// What went wrong, and what to do.
        reason: String,
    },
    /// Something would need more memory than allowed; found before it is allocated.
    #[error("{what} would take about {estimate} of memory, more than the {allowed} allowed: {advice}")]
    TooLarge {
        /// What would be stored.
        what: String,
        /// How much memory it would need.
        estimate: String,
        /// How much it is allowed.
        allowed: String,
        /// What to do.
        advice: String,
    },
    /// The crate was built without the required feature.
    #[error(
        "this build cannot handle {what}: it lacks the feature `{feature}`; load the full module, or build the crate \
         with that feature"
    )]
    LeftOut {
        /// What it cannot read or write.
        what: String,
        /// The missing feature of the crate.
        feature: String,
    },
    /// The platform provided no random seed.
    #[error("no random seed could be drawn ({reason}); pass a `seed`")]
    NoSeed {
        /// The error from the platform.
        reason: String,
    },
}

impl Error {
    /// Every code, in the order of the variants.
    pub const CODES: &'static [&'static str] = &[
        "invalid-option",
        "shape-mismatch",
        "invalid-input",
        "unsupported-layer",
        "invalid-model",
        "conversion-failed",
        "too-large",
        "left-out",
        "no-seed",
    ];

    /// The stable, kebab-case code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        Self::CODES[match self {
            Self::InvalidOption { .. } => 0,
            Self::ShapeMismatch { .. } => 1,
            Self::InvalidInput { .. } => 2,
            Self::UnsupportedLayer { .. } => 3,
            Self::InvalidModel { .. } => 4,
            Self::ConversionFailed { .. } => 5,
            Self::TooLarge { .. } => 6,
            Self::LeftOut { .. } => 7,
            Self::NoSeed { .. } => 8,
        }]
    }

    /// The error of a build without `feature`.
    #[cfg(not(all(feature = "onnx", feature = "export")))]
    pub(crate) fn left_out(what: &str, feature: &str) -> Self {
        Self::LeftOut { what: what.into(), feature: feature.into() }
    }

    pub(crate) fn option(option: &str, received: impl ToString, allowed: impl Into<String>) -> Self {
        Self::InvalidOption { option: option.into(), received: received.to_string(), allowed: allowed.into() }
    }

    pub(crate) fn shape(what: impl Into<String>, expected: impl Into<String>, received: impl ToString) -> Self {
        Self::ShapeMismatch { what: what.into(), expected: expected.into(), received: received.to_string() }
    }

    /// The same about the data of a layer, with the layer's place.
    pub(crate) fn of_layer(mut self, layer: usize) -> Self {
        if let Self::ShapeMismatch { what, .. } | Self::InvalidInput { what, .. } = &mut self
            && !what.contains("layer")
        {
            *what = format!("{what} of layer {layer}");
        }
        self
    }

    pub(crate) fn model(reason: impl Into<String>) -> Self {
        Self::InvalidModel { reason: reason.into() }
    }

    pub(crate) fn conversion(reason: impl Into<String>) -> Self {
        Self::ConversionFailed { reason: reason.into() }
    }
}

/// Refuses what would take more bytes than `most`, before it is allocated. WebAssembly has 4 GiB in all.
pub(crate) fn fits(what: impl Into<String>, bytes: u64, most: u64, advice: impl Into<String>) -> Result<()> {
    let shown = |bytes: u64| format!("{} MiB", bytes.div_ceil(1 << 20));
    if bytes <= most {
        return Ok(());
    }
    Err(Error::TooLarge { what: what.into(), estimate: shown(bytes), allowed: shown(most), advice: advice.into() })
}

/// The value of an option as it is written, where that is its name in lower case.
pub(crate) fn lower(value: impl std::fmt::Debug) -> String {
    format!("{value:?}").to_ascii_lowercase()
}

/// Refuses the first value that is not finite.
pub(crate) fn all_finite(what: &str, values: &[f32]) -> Result<()> {
    first_outside(what, values, "finite", f32::is_finite)
}

/// Refuses the first value outside 0..1; NaN is outside.
pub(crate) fn all_intensities(what: &str, values: &[f32]) -> Result<()> {
    first_outside(what, values, "intensities from 0 to 1", |v| (0.0..=1.0).contains(&v))
}

fn first_outside(what: &str, values: &[f32], allowed: &str, inside: impl Fn(f32) -> bool) -> Result<()> {
    match values.iter().position(|&v| !inside(v)) {
        None => Ok(()),
        Some(index) => Err(Error::InvalidInput {
            what: what.into(),
            allowed: allowed.into(),
            received: values[index].to_string(),
            index,
        }),
    }
}
