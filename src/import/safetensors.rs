//! Reading safetensors, with the description of the layers in the metadata.

use std::cell::RefCell;
use std::collections::HashSet;

use half::{bf16, f16};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

use super::Model;
use crate::container::{SPIKING_KEY, open};
use crate::describe::fields::{Origin, show};
use crate::describe::{Tensor, Tensors};
use crate::error::{Error, Result};
use crate::limits::{Budget, FREE_NUMBERS, shown};

/// The metadata key under which the description stands.
const KEY: &str = "quartic-snn";

/// The most dimensions of a tensor.
const MAX_RANK: usize = 8;
/// The most names of tensors in a message.
const LISTED: usize = 20;

/// Reads the tensors with the description in the metadata, or with one that stands beside the file.
pub(super) fn read(bytes: &[u8], beside: Option<&str>) -> Result<Model> {
    let (header, tensors) = open(bytes)?;
    let inside = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY)).map(String::as_str);
    let description = beside.or(inside).ok_or_else(|| {
        if header.metadata().as_ref().is_some_and(|metadata| metadata.contains_key(SPIKING_KEY)) {
            return Error::model(
                "it is a saved spiking network: `readSnn` reads it (in Rust, `export::from_safetensors`)",
            );
        }
        Error::model(format!(
            "its metadata has no key `{KEY}` with the description of the layers; pass it as the option `description`"
        ))
    })?;
    let description = serde_json::from_str(description)
        .map_err(|error| Error::model(format!("the description of its layers is wrong: {error}")))?;
    let file = File { tensors, bytes: bytes.len(), read: RefCell::default() };
    let mut model = crate::describe::read(description, &file)?;
    model.report.notes.extend(file.unread());
    Ok(model)
}

/// The tensors of a file, by their names.
struct File<'a> {
    tensors: SafeTensors<'a>,
    /// The size of the file.
    bytes: usize,
    /// The names of those that were read.
    read: RefCell<HashSet<String>>,
}

impl File<'_> {
    /// A note on tensors that no layer reads: a bias may have been forgotten. Counters of batch normalisation are none.
    fn unread(&self) -> Option<String> {
        let read = self.read.borrow();
        let is_left = |name: &&str| !read.contains(*name) && !name.ends_with("num_batches_tracked");
        let names: Vec<&str> = self.tensors.names().into_iter().filter(is_left).collect();
        (!names.is_empty()).then(|| format!("no layer reads the tensors {}", listed(&names)))
    }
}

impl Tensors for File<'_> {
    fn origin(&self) -> Origin {
        Origin::File
    }

    fn budget(&self) -> Budget {
        Budget::new(self.bytes, FREE_NUMBERS)
    }

    fn tensor(&self, path: &str, reference: &Value, budget: &mut Budget) -> Result<Tensor> {
        let Some(name) = reference.as_str() else {
            let received = show(reference);
            return Err(Error::model(format!("`{path}` must be the name of a tensor, got {received}")));
        };
        let tensor = tensor(&self.tensors, name)?;
        self.read.borrow_mut().insert(name.to_string());
        let name = shown(name);
        if tensor.shape().len() > MAX_RANK {
            let count = tensor.shape().len();
            return Err(Error::model(format!("tensor `{name}` has {count} dimensions; at most {MAX_RANK} are read")));
        }
        budget.spend(&format!("tensor `{name}`"), tensor.shape().iter().product())?;
        Ok(Tensor {
            label: format!(" (tensor `{name}`)"),
            shape: Some(tensor.shape().to_vec()),
            values: floats(&name, &tensor)?,
        })
    }
}

fn tensor<'a>(tensors: &SafeTensors<'a>, name: &str) -> Result<TensorView<'a>> {
    tensors.tensor(name).map_err(|_| {
        Error::model(format!("there is no tensor `{}`; there are: {}", shown(name), listed(&tensors.names())))
    })
}

/// The first names in alphabetical order, and how many more there are.
fn listed(names: &[&str]) -> String {
    let next = |last: &&str| names.iter().copied().filter(|name| name > last).min();
    let sorted = std::iter::successors(names.iter().copied().min(), next);
    let first = sorted.take(LISTED).map(shown).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// The values of a tensor of any floating-point type, rounded to 32 bits.
fn floats(name: &str, tensor: &TensorView<'_>) -> Result<Vec<f32>> {
    let data = tensor.data();
    let two = || data.as_chunks::<2>().0.iter();
    Ok(match tensor.dtype() {
        Dtype::F64 => data.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes) as f32).collect(),
        Dtype::F32 => data.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
        Dtype::F16 => two().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect(),
        Dtype::BF16 => two().map(|&bytes| bf16::from_le_bytes(bytes).to_f32()).collect(),
        other => {
            return Err(Error::model(format!("tensor `{name}` is of type {other:?}; F16, BF16, F32 and F64 are read")));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use safetensors::serialize;
    use std::collections::HashMap;

    fn file(description: &str, weights: &[f32], shape: [usize; 2]) -> Vec<u8> {
        let half: Vec<u8> = weights.iter().flat_map(|&w| f16::from_f32(w).to_le_bytes()).collect();
        let view = TensorView::new(Dtype::F16, shape.to_vec(), &half).unwrap();
        serialize([("w", view)], Some(HashMap::from([(KEY.to_string(), description.to_string())]))).unwrap()
    }

    const DESCRIPTION: &str = r#"{"version":1,"name":"tiny","inputShape":[2],
        "layers":[{"type":"dense","weights":"w","activation":"linear"}]}"#;

    #[test]
    fn a_half_precision_model_is_read() {
        let model = read(&file(DESCRIPTION, &[1.0, 0.5, -2.0, 0.25], [2, 2]), None).unwrap();
        assert_eq!(model.name.as_deref(), Some("tiny"));
        assert_eq!(model.network.predict(array![[1.0, 2.0]].view()).unwrap(), array![[2.0, -1.5]]);
    }

    #[test]
    fn weights_that_are_named_again_and_again_are_counted() {
        let layer = r#"{"type":"dense","weights":"w","activation":"relu"}"#;
        let with = |layers: usize| {
            let layers = vec![layer; layers].join(",");
            read(
                &file(
                    &format!(r#"{{"version":1,"inputShape":[1024],"layers":[{layers}]}}"#),
                    &vec![0.5; 1 << 20],
                    [1024; 2],
                ),
                None,
            )
        };
        assert_eq!(with(2).unwrap().network.nodes().len(), 2);
        // Two for each of the file's two million bytes, and four million that any file has.
        let error = with(9).unwrap_err();
        assert_eq!(error.code(), "shape-mismatch");
        assert!(error.to_string().contains("tensor `w`"), "{error}");
    }

    #[test]
    fn a_description_beside_the_file_counts_before_the_one_inside() {
        let bytes = file("{", &[1.0, 0.5, -2.0, 0.25], [2, 2]);
        let model = super::super::read_described(&bytes, DESCRIPTION).unwrap();
        assert_eq!(model.network.predict(array![[1.0, 2.0]].view()).unwrap(), array![[2.0, -1.5]]);
        assert_eq!(super::super::read_described(&bytes, "[").unwrap_err().code(), "invalid-model");
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_name() {
        let refused = |description: &str| read(&file(description, &[1.0; 4], [2, 2]), None).unwrap_err();
        let with = |from: &str, to: &str| refused(&DESCRIPTION.replace(from, to));
        assert_eq!(with("dense", "lstm").code(), "unsupported-layer");
        assert!(with("\"w\"", "\"v\"").to_string().contains("`v`"));
        assert!(with("\"version\":1", "\"version\":9").to_string().contains('9'));
        assert_eq!(with("[2]", "[3]").code(), "shape-mismatch");
        assert!(with("linear", "tanh").to_string().contains("tanh"));
        assert_eq!(refused("{").code(), "invalid-model");
        assert_eq!(read(&file(DESCRIPTION, &[f32::NAN; 4], [2, 2]), None).unwrap_err().code(), "invalid-input");
    }

    #[test]
    fn a_tensor_that_no_layer_reads_was_passed_over_without_a_word() {
        let numbers = [1.0_f32, 0.0, 0.0, 1.0].map(f32::to_le_bytes).concat();
        let view = |shape: &[usize], bytes| TensorView::new(Dtype::F32, shape.to_vec(), bytes).unwrap();
        let with = |others: &[&str]| {
            let mut tensors = vec![("w", view(&[2, 2], &numbers))];
            tensors.extend(others.iter().map(|&name| (name, view(&[2], &numbers[..8]))));
            let metadata = HashMap::from([(KEY.to_string(), DESCRIPTION.to_string())]);
            read(&serialize(tensors, Some(metadata)).unwrap(), None).unwrap().report.notes
        };
        assert!(with(&["norm.num_batches_tracked"]).is_empty());
        assert_eq!(with(&["w.bias", "b"]), ["no layer reads the tensors b, w.bias"]);
    }

    #[test]
    fn a_message_does_not_hold_a_file_full_of_names() {
        let refused = |description: &str| read(&file(description, &[1.0; 4], [2, 2]), None).unwrap_err().to_string();
        let long = "long".repeat(1000);
        for (from, to) in
            [("\"w\"", format!("\"{long}\"")), ("dense", long.clone()), ("\"name\"", format!("\"{long}\""))]
        {
            let message = refused(&DESCRIPTION.replace(from, &to));
            assert!(message.contains("longlong") && message.len() < 700, "{message}");
        }
        let none: [u8; 0] = [];
        let views = (0..1000).map(|k| (format!("t{k}"), TensorView::new(Dtype::F32, vec![0], &none).unwrap()));
        let bytes = serialize(views, Some(HashMap::from([(KEY.to_string(), DESCRIPTION.to_string())]))).unwrap();
        let message = read(&bytes, None).unwrap_err().to_string();
        assert!(message.contains("t0, t1") && message.contains("980 more") && message.len() < 700, "{message}");
    }

    #[test]
    fn truncated_and_flipped_files_are_errors_and_never_panic() {
        let good = file(DESCRIPTION, &[1.0; 4], [2, 2]);
        for length in 0..good.len() {
            assert!(super::super::read_model(&good[..length], None).is_err());
        }
        for index in 0..good.len() {
            let mut bad = good.clone();
            bad[index] ^= 0x55;
            let _ = super::super::read_model(&bad, None);
        }
        let mut huge = good;
        huge[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(super::super::read_model(&huge, None).unwrap_err().code(), "invalid-model");
    }

    #[test]
    fn numbers_of_every_precision_are_read_as_what_they_are() {
        let bytes =
            |each: &dyn Fn(f32) -> Vec<u8>| [1.0, 0.5, -2.0, 0.25].into_iter().flat_map(each).collect::<Vec<u8>>();
        let kinds = [
            (Dtype::F64, bytes(&|w| f64::from(w).to_le_bytes().into())),
            (Dtype::F32, bytes(&|w| w.to_le_bytes().into())),
            (Dtype::F16, bytes(&|w| f16::from_f32(w).to_le_bytes().into())),
            (Dtype::BF16, bytes(&|w| bf16::from_f32(w).to_le_bytes().into())),
        ];
        for (kind, bytes) in kinds {
            let view = TensorView::new(kind, vec![2, 2], &bytes).unwrap();
            let metadata = HashMap::from([(KEY.to_string(), DESCRIPTION.to_string())]);
            let model = read(&serialize([("w", view)], Some(metadata)).unwrap(), None).unwrap();
            assert_eq!(model.network.predict(array![[1.0, 2.0]].view()).unwrap(), array![[2.0, -1.5]], "{kind:?}");
        }
    }

    /// A convolution of one row of two taps over two rows of three, described like this.
    fn convolution(fields: &str) -> Result<Model> {
        let row: Vec<u8> = [1.0_f32, 2.0].iter().flat_map(|w| w.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::F32, vec![1, 1, 1, 2], &row).unwrap();
        let description = format!(
            r#"{{"version":1,"inputShape":[1,2,3],"layers":[{{"type":"conv2d","name":"c","weights":"w",{fields}]}}"#
        );
        read(&serialize([("w", view)], Some(HashMap::from([(KEY.to_string(), description)]))).unwrap(), None)
    }

    #[test]
    fn windows_and_caps_are_those_that_are_described() {
        let shape = |fields: &str| {
            let network = convolution(fields).unwrap().network;
            Vec::from(network.shape(crate::ann::Source::Layer(network.nodes().len() - 1)))
        };
        let relu = r#""activation":"relu""#;
        // Rows and columns, or top, left, bottom and right.
        assert_eq!(shape(&format!(r#"{relu},"padding":[1,2]}}"#)), [1, 4, 6]);
        assert_eq!(shape(&format!(r#"{relu},"padding":[1,2,0,0]}}"#)), [1, 3, 4]);
        assert_eq!(shape(&format!(r#"{relu},"stride":[2,1],"kernel":[1,2],"outChannels":1}}"#)), [1, 1, 2]);
        assert_eq!(shape(&format!(r#"{relu}}},{{"type":"maxPool2d","kernel":[2,1],"padding":[1,0]}}"#)), [1, 2, 2]);
        for (activation, cap) in [(r#""relu6""#, 6.0), (r#""relu","maximum":2.5"#, 2.5)] {
            let network = convolution(&format!(r#""activation":{activation}}}"#)).unwrap().network;
            let crate::ann::Layer::Conv2d(conv) = &network.nodes()[0].layer else { panic!("it is a convolution") };
            assert_eq!(conv.activation().cap(), Some(cap));
        }
        for (fields, part) in [
            (r#""kernel":[2,1]}"#, "weights of layer 0"),
            (r#""outChannels":2}"#, "weights of layer 0"),
            (r#""kernels":2}"#, "kernels"),
            (r#""kernel":[1,2]},{"type":"flatten","name":"c"}"#, "a name that no other layer has"),
        ] {
            let error = convolution(&format!("{relu},{fields}")).unwrap_err().to_string();
            assert!(error.contains(part), "{part} is not in: {error}");
        }
    }
}
