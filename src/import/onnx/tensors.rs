//! Constants: from the tensors of a file to numbers.

use half::{bf16, f16};
use prost::Message;

use super::proto::TensorProto;
use super::wire::{Fields, limit, varint};
use super::{Budget, broken, shown};
use crate::error::{Error, Result};

/// The most axes of anything here; images have four with the batch.
pub(super) const MAX_RANK: usize = 8;

/// A tensor whose numbers are known.
#[derive(Clone, Debug)]
pub(super) struct Constant {
    pub(super) name: String,
    pub(super) dims: Vec<usize>,
    pub(super) data: Data,
}

#[derive(Clone, Debug)]
pub(super) enum Data {
    Floats(Vec<f32>),
    /// Sizes and axes. `None` is the number of inputs in a batch, which no file fixes.
    Ints(Vec<Option<i64>>),
    /// Of a type that nothing is computed with, such as the texts of labels.
    Other(&'static str),
}

impl Constant {
    pub(super) fn ints(name: &str, values: Vec<Option<i64>>) -> Self {
        Self { name: name.into(), dims: vec![values.len()], data: Data::Ints(values) }
    }

    /// How many numbers it has.
    pub(super) fn count(&self) -> usize {
        match &self.data {
            Data::Floats(values) => values.len(),
            Data::Ints(values) => values.len(),
            Data::Other(_) => 0,
        }
    }

    /// What its numbers are.
    pub(super) fn kind(&self) -> &'static str {
        match self.data {
            Data::Floats(_) => "floating-point numbers",
            Data::Ints(_) => "whole numbers",
            Data::Other(kind) => kind,
        }
    }
}

/// Reads a tensor; `reader` names what reads it.
///
/// What it declares is compared with the bytes that are there before anything is allocated.
pub(super) fn read(bytes: &[u8], reader: &str, budget: &mut Budget) -> Result<Constant> {
    limit("a tensor", bytes, 1 << 16, &[TensorProto::DIMS])?;
    let tensor = TensorProto::decode(bytes).map_err(broken)?;
    let what = format!("the tensor `{}` of {reader}", shown(&tensor.name));
    if tensor.data_location == TensorProto::EXTERNAL {
        let location = tensor.external_data.iter().find(|entry| entry.key == "location");
        let location = location.map_or("?", |entry| &entry.value);
        return Err(Error::model(format!(
            "the numbers of {what} are in another file (`{}`); save it as one file: onnx.save_model(model, path, \
             save_as_external_data=False), or torch.onnx.export(..., external_data=False)",
            shown(location)
        )));
    }
    let wrong_shape = || {
        let expected = format!("at most {MAX_RANK} dimensions of 0 or more that can be multiplied");
        Error::shape(&what, expected, format!("{:?}", &tensor.dims[..tensor.dims.len().min(MAX_RANK + 1)]))
    };
    let dims: Option<Vec<usize>> = tensor.dims.iter().map(|&size| usize::try_from(size).ok()).collect();
    let dims = dims.filter(|dims| dims.len() <= MAX_RANK).ok_or_else(wrong_shape)?;
    let count = dims.iter().try_fold(1_usize, |count, &size| count.checked_mul(size)).ok_or_else(wrong_shape)?;
    let stored = Stored { bytes, what: &what, count };
    let data = match tensor.data_type {
        1 => Data::Floats(stored.fixed(TensorProto::FLOAT_DATA, budget, f32::from_le_bytes)?),
        11 => Data::Floats(stored.fixed(TensorProto::DOUBLE_DATA, budget, |bytes| f64::from_le_bytes(bytes) as f32)?),
        10 => {
            let bits = |bits| f16::from_bits(bits as u16).to_f32();
            Data::Floats(stored.whole(
                TensorProto::INT32_DATA,
                budget,
                |bytes| f16::from_le_bytes(bytes).to_f32(),
                bits,
            )?)
        }
        16 => {
            let bits = |bits| bf16::from_bits(bits as u16).to_f32();
            Data::Floats(stored.whole(
                TensorProto::INT32_DATA,
                budget,
                |bytes| bf16::from_le_bytes(bytes).to_f32(),
                bits,
            )?)
        }
        6 => {
            let raw = |bytes| Some(i64::from(i32::from_le_bytes(bytes)));
            Data::Ints(stored.whole(TensorProto::INT32_DATA, budget, raw, |number| Some(number as i64))?)
        }
        7 => {
            let raw = |bytes| Some(i64::from_le_bytes(bytes));
            Data::Ints(stored.whole(TensorProto::INT64_DATA, budget, raw, |number| Some(number as i64))?)
        }
        9 => {
            let raw = |[byte]: [u8; 1]| Some(i64::from(byte));
            Data::Ints(stored.whole(TensorProto::INT32_DATA, budget, raw, |number| Some(number as i64))?)
        }
        other => Data::Other(type_name(other)),
    };
    Ok(Constant { name: tensor.name, dims, data })
}

/// The data of one tensor in the file.
struct Stored<'a> {
    bytes: &'a [u8],
    what: &'a str,
    count: usize,
}

impl<'a> Stored<'a> {
    /// The content of a field that is there at most once.
    fn field(&self, tag: u32) -> Result<Option<&'a [u8]>> {
        let mut found = None;
        for field in Fields::of(self.bytes) {
            let (other, content) = field?;
            if other == tag && found.replace(content).is_some() {
                return Err(Error::model(format!("{} is stored in several pieces", self.what)));
            }
        }
        Ok(found)
    }

    fn wrong_length(&self, received: impl ToString) -> Error {
        let expected = format!("as many values as its dimensions say, {}", self.count);
        Error::shape(self.what, expected, format!("{} in the file", received.to_string()))
    }

    /// Numbers of `N` bytes each, from the raw data or from the field `tag`.
    fn fixed<const N: usize, T>(&self, tag: u32, budget: &mut Budget, number: impl Fn([u8; N]) -> T) -> Result<Vec<T>> {
        let data = match self.field(TensorProto::RAW_DATA)? {
            Some(raw) => raw,
            None => self.field(tag)?.unwrap_or_default(),
        };
        let (numbers, rest) = data.as_chunks::<N>();
        if numbers.len() != self.count || !rest.is_empty() {
            return Err(self.wrong_length(numbers.len()));
        }
        budget.spend(self.what, self.count)?;
        Ok(numbers.iter().map(|&bytes| number(bytes)).collect())
    }

    /// Numbers of `N` bytes each in the raw data, or of any length in the field `tag`.
    fn whole<const N: usize, T>(
        &self,
        tag: u32,
        budget: &mut Budget,
        raw: impl Fn([u8; N]) -> T,
        listed: impl Fn(u64) -> T,
    ) -> Result<Vec<T>> {
        let Some(mut list) = self.field(tag)?.filter(|list| !list.is_empty()) else {
            return self.fixed(TensorProto::RAW_DATA, budget, raw);
        };
        // Every number takes at least one byte.
        if self.count > list.len() {
            return Err(self.wrong_length(format!("at most {}", list.len())));
        }
        budget.spend(self.what, self.count)?;
        let mut numbers = Vec::with_capacity(self.count);
        while !list.is_empty() && numbers.len() < self.count {
            let number = varint(&mut list).ok_or_else(|| self.wrong_length("a broken list"))?;
            numbers.push(listed(number));
        }
        if numbers.len() != self.count || !list.is_empty() {
            return Err(self.wrong_length(if list.is_empty() { "fewer" } else { "more" }));
        }
        Ok(numbers)
    }
}

/// Whether numbers of this type are floating-point, of any precision.
pub(super) fn is_float(data_type: i64) -> bool {
    matches!(data_type, 1 | 10 | 11 | 16)
}

/// Whether numbers of this type are whole.
pub(super) fn is_int(data_type: i64) -> bool {
    matches!(data_type, 6 | 7 | 9)
}

pub(super) fn type_name(data_type: i32) -> &'static str {
    match data_type {
        1 => "float32",
        2 => "uint8",
        3 => "int8",
        4 => "uint16",
        5 => "int16",
        6 => "int32",
        7 => "int64",
        8 => "texts",
        9 => "booleans",
        10 => "float16",
        11 => "float64",
        12 => "uint32",
        13 => "uint64",
        14 | 15 => "complex numbers",
        16 => "bfloat16",
        17..=20 | 23 | 24 => "numbers of 4 or 8 bits",
        21 | 22 | 25 | 26 => "whole numbers of 2 or 4 bits",
        _ => "an unknown type",
    }
}
