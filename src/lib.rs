//! Converts trained ReLU networks into spiking networks, adjusts their weights by L4 norms, and simulates plain and
//! adjusted networks on the same Poisson spikes.
//!
//! The modules follow the work in order: a trained network ([`ann`]), built by hand or read from a file ([`import`]),
//! is converted ([`convert`]) into a spiking network ([`snn`]), simulated, and measured ([`measure`]); [`export`]
//! writes it to a file. [`digit`] converts a drawing into an image like those of MNIST.
//!
//! ```
//! use ndarray::array;
//! use quartic_snn::ann::{Activation, Dense, Layer, Network};
//! use quartic_snn::convert::{Adjustment, Calibration, ConvertOptions};
//! use quartic_snn::snn::{RunOptions, run};
//!
//! let hidden = Dense::new(array![[1.0, -1.0], [0.5, 0.5]], None, Activation::Relu)?;
//! let output = Dense::new(array![[1.0, 0.0], [0.0, 1.0]], None, Activation::Linear)?;
//! let ann = Network::new(vec![2], vec![Layer::Dense(hidden), Layer::Dense(output)])?;
//!
//! let calibration = Calibration::new(&ann, array![[0.9, 0.1], [0.2, 0.8]])?;
//! let options = ConvertOptions { adjustment: Adjustment::L4, steps: 50, ..ConvertOptions::default() };
//! let converted = options.validate()?.convert(&ann, &calibration)?;
//!
//! let options = RunOptions { steps: 50, seed: Some(1), ..RunOptions::default() };
//! let result = run(&converted.network, &[0.9, 0.1], &options.validate()?)?;
//! assert_eq!(result.prediction, 0);
//! # Ok::<(), quartic_snn::Error>(())
//! ```
//!
//! # Features
//! - `onnx` (default): readers of model files in all formats; enables `import`.
//! - `export` (default): files of converted networks, including NIR.
//! - `import`: readers of safetensors files that describe their layers. Without it, networks are built by hand, as
//!   above.
//! - `bindings` (default): the functions that JavaScript calls, in builds for `wasm32-unknown-unknown`. A WebAssembly
//!   module that uses this crate in Rust goes without (`default-features = false`): otherwise it would export them too.
//! - `parallel`: evaluations use all cores.
//!
//! Arrays are those of [`ndarray`], which is re-exported so that versions match.

// What only readers, writers of files and the bindings use would be reported as unused in a build without them.
#![cfg_attr(
    not(all(feature = "onnx", feature = "export", feature = "bindings")),
    allow(dead_code, unreachable_pub, unused_imports, rustdoc::broken_intra_doc_links)
)]

pub mod ann;
#[cfg(any(feature = "import", feature = "export"))]
mod container;
pub mod convert;
#[cfg(any(feature = "import", feature = "bindings"))]
mod describe;
pub mod digit;
mod error;
#[cfg(feature = "export")]
pub mod export;
#[cfg(feature = "import")]
pub mod import;
mod limits;
pub mod measure;
pub mod snn;
#[cfg(all(feature = "bindings", target_arch = "wasm32", target_os = "unknown"))]
pub mod wasm;

pub use error::{Error, Result};
#[doc(no_inline)]
pub use ndarray;
