//! Constants that are computed from constants: shapes that exporters work out step by step, and weights that they
//! turn.

use half::{bf16, f16};

use super::Budget;
use super::op::{Op, Value};
use super::proto::kind;
use super::tensors::{self, Constant, Data, MAX_RANK, is_float, is_int};
use crate::error::Result;
use std::rc::Rc;

/// What is said of a node that computes constants in a way that is not known.
pub(super) const CONSTANT: &str = "it does not depend on the input of the graph; simplify the file, for example with onnxsim, or export it from \
     PyTorch with dynamo=True";

/// The result of a node whose inputs are constants.
pub(super) fn evaluate(op: &Op<'_>, budget: &mut Budget) -> Result<Constant> {
    match op.operator() {
        "Constant" => constant(op, budget),
        "ConstantOfShape" => filled(op, budget),
        "Shape" => Ok(shape(op, op.constant(0)?.dims.iter().map(|&size| Some(size as i64)).collect())?),
        "Identity" | "Dropout" => copied(op, op.constant(0)?.dims.clone(), budget),
        "Cast" | "CastLike" => cast(op, budget),
        "Reshape" => copied(op, reshaped(op)?, budget),
        "Squeeze" => copied(op, squeezed(op)?, budget),
        "Unsqueeze" => copied(op, unsqueezed(op)?, budget),
        "Transpose" => transposed(op, budget),
        "Concat" => joined(op, budget),
        "Gather" => gathered(op, budget),
        "Slice" => sliced(op, budget),
        "Expand" => expanded(op, budget),
        "Add" | "Sub" | "Mul" | "Div" => arithmetic(op, budget),
        "Neg" | "Sqrt" => of_each(op, budget),
        _ => Err(op.unsupported(CONSTANT)),
    }
}

/// `index` counted from the end where it is negative.
pub(super) fn from_end(index: i64, length: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(i64::try_from(length).ok()?)? } else { index };
    usize::try_from(index).ok()
}

/// The sizes of what a layer gives, with the batch in front.
pub(super) fn shape_of(op: &Op<'_>, sizes: &[usize]) -> Result<Value> {
    let sizes = std::iter::once(None).chain(sizes.iter().map(|&size| Some(size as i64))).collect();
    Ok(Value::Constant(Rc::new(shape(op, sizes)?)))
}

/// The attributes `start` and `end` take a part of the sizes.
fn shape(op: &Op<'_>, sizes: Vec<Option<i64>>) -> Result<Constant> {
    let place = |name: &str, default: i64| -> Result<usize> {
        let place = op.attributes.int(name, default)?.clamp(-(MAX_RANK as i64) - 1, MAX_RANK as i64 + 1);
        Ok(from_end(place, sizes.len()).unwrap_or(0).min(sizes.len()))
    };
    let (start, end) = (place("start", 0)?, place("end", i64::MAX)?);
    Ok(Constant::ints(op.operator(), sizes.get(start..end).unwrap_or_default().to_vec()))
}

fn constant(op: &Op<'_>, budget: &mut Budget) -> Result<Constant> {
    let attributes = &op.attributes;
    if let Some(tensor) = attributes.get("value", kind::TENSOR)?.and_then(|attribute| attribute.t.as_ref()) {
        return tensors::read(tensor, &op.node.label(), budget);
    }
    let (dims, data) = if let Some(number) = attributes.get("value_float", kind::FLOAT)? {
        (vec![], Data::Floats(vec![number.f]))
    } else if let Some(numbers) = attributes.floats("value_floats")? {
        (vec![numbers.len()], Data::Floats(numbers.to_vec()))
    } else if let Some(number) = attributes.get("value_int", kind::INT)? {
        (vec![], Data::Ints(vec![Some(number.i)]))
    } else if let Some(numbers) = attributes.ints("value_ints")? {
        (vec![numbers.len()], Data::Ints(numbers.iter().copied().map(Some).collect()))
    } else {
        return Err(op.unsupported("it holds no numbers, or stores them sparsely"));
    };
    budget.spend(&op.node.label(), size(op, &dims)?)?;
    Ok(Constant { name: op.node.name(), dims, data })
}

/// The number of values of these dimensions.
fn size(op: &Op<'_>, dims: &[usize]) -> Result<usize> {
    let size = dims.iter().try_fold(1_usize, |size, &next| size.checked_mul(next));
    size.filter(|_| dims.len() <= MAX_RANK).ok_or_else(|| op.broken(format!("makes a constant of {dims:?} values")))
}

/// The values of input 0 under other dimensions.
fn copied(op: &Op<'_>, dims: Vec<usize>, budget: &mut Budget) -> Result<Constant> {
    let from = op.constant(0)?;
    let count = size(op, &dims)?;
    if count != size(op, &from.dims)? {
        return Err(op.broken(format!("turns a constant of {:?} into {dims:?}", from.dims)));
    }
    budget.spend(&op.node.label(), count)?;
    Ok(Constant { name: from.name.clone(), dims, data: from.data.clone() })
}

/// A constant of these dimensions, each value taken from a place in input 0 that `place` finds for its coordinates.
fn picked(
    op: &Op<'_>,
    from: &Constant,
    dims: Vec<usize>,
    budget: &mut Budget,
    place: impl Fn(&[usize]) -> Option<usize>,
) -> Result<Constant> {
    let count = size(op, &dims)?;
    budget.spend(&op.node.label(), count)?;
    let mut at = vec![0; dims.len()];
    let mut places = Vec::with_capacity(count);
    for _ in 0..count {
        places.push(place(&at).ok_or_else(|| op.broken("reads outside of a constant"))?);
        for (at, &size) in at.iter_mut().zip(&dims).rev() {
            *at += 1;
            if *at < size {
                break;
            }
            *at = 0;
        }
    }
    let outside = || op.broken("reads outside of a constant");
    let data = match &from.data {
        Data::Floats(values) => Data::Floats(taken(values, &places).ok_or_else(outside)?),
        Data::Ints(values) => Data::Ints(taken(values, &places).ok_or_else(outside)?),
        Data::Other(kind) => Data::Other(kind),
    };
    Ok(Constant { name: from.name.clone(), dims, data })
}

fn taken<T: Copy>(values: &[T], places: &[usize]) -> Option<Vec<T>> {
    places.iter().map(|&place| values.get(place).copied()).collect()
}

/// How far the neighbours along each axis are apart.
fn strides(dims: &[usize]) -> Vec<usize> {
    let mut stride = 1_usize;
    let mut strides: Vec<usize> = Vec::with_capacity(dims.len());
    for &size in dims.iter().rev() {
        strides.push(stride);
        stride = stride.saturating_mul(size);
    }
    strides.reverse();
    strides
}

fn dot(at: impl Iterator<Item = usize>, strides: &[usize]) -> Option<usize> {
    at.zip(strides).try_fold(0_usize, |sum, (at, &stride)| sum.checked_add(at.checked_mul(stride)?))
}

fn reshaped(op: &Op<'_>) -> Result<Vec<usize>> {
    let from = op.constant(0)?;
    let target = op.known_sizes(1)?;
    let total = size(op, &from.dims)?;
    let wrong = || op.broken(format!("turns a constant of {:?} into {target:?}", from.dims));
    if target.len() > MAX_RANK {
        return Err(wrong());
    }
    let keeps = op.attributes.int("allowzero", 0)? == 0;
    let mut dims = Vec::with_capacity(target.len());
    let mut open = None;
    for (axis, &size) in target.iter().enumerate() {
        dims.push(match size {
            -1 if open.replace(axis).is_none() => 1,
            0 if keeps => from.dims.get(axis).copied().ok_or_else(wrong)?,
            size => usize::try_from(size).map_err(|_| wrong())?,
        });
    }
    let others = size(op, &dims)?;
    if let Some(size) = open.and_then(|axis| dims.get_mut(axis)) {
        *size = total.checked_div(others).ok_or_else(wrong)?;
    }
    Ok(dims)
}

fn squeezed(op: &Op<'_>) -> Result<Vec<usize>> {
    let dims = &op.constant(0)?.dims;
    let axes = op.axes(1, dims.len())?;
    let leaves = |axis: usize, size: usize| match &axes {
        Some(axes) => axes.contains(&axis),
        None => size == 1,
    };
    Ok(dims.iter().enumerate().filter(|&(axis, &size)| !leaves(axis, size)).map(|(_, &size)| size).collect())
}

fn unsqueezed(op: &Op<'_>) -> Result<Vec<usize>> {
    let mut dims = op.constant(0)?.dims.clone();
    let count = match (op.optional(1), op.attributes.ints("axes")?) {
        (Some(_), _) => op.sizes(1)?.len(),
        (None, list) => list.map_or(0, <[i64]>::len),
    };
    let rank = dims.len() + count;
    let axes = op.axes(1, rank)?.filter(|_| rank <= MAX_RANK);
    let mut axes = axes.ok_or_else(|| op.broken("has no axes, or too many"))?;
    axes.sort_unstable();
    for axis in axes {
        dims.insert(axis.min(dims.len()), 1);
    }
    Ok(dims)
}

fn transposed(op: &Op<'_>, budget: &mut Budget) -> Result<Constant> {
    let from = op.constant(0)?;
    let rank = from.dims.len();
    let order: Vec<usize> = match op.attributes.ints("perm")? {
        Some(order) if order.len() == rank => {
            order.iter().map(|&axis| op.axis_of(axis, rank)).collect::<Result<_>>()?
        }
        Some(_) => return Err(op.broken("has a `perm` of the wrong length")),
        None => (0..rank).rev().collect(),
    };
    if (0..rank).any(|axis| !order.contains(&axis)) {
        return Err(op.broken("has a `perm` with an axis that occurs twice"));
    }
    let of = |sizes: &[usize]| order.iter().filter_map(|&axis| sizes.get(axis).copied()).collect::<Vec<_>>();
    let strides = of(&strides(&from.dims));
    picked(op, from, of(&from.dims), budget, |at| dot(at.iter().copied(), &strides))
}

fn joined(op: &Op<'_>, budget: &mut Budget) -> Result<Constant> {
    let parts = (0..op.inputs.len()).map(|index| op.constant(index)).collect::<Result<Vec<_>>>()?;
    let Some(first) = parts.first() else { return Err(op.broken("has no input")) };
    let axis = op.axis(0, first.dims.len())?;
    let mut dims = first.dims.clone();
    let mut length = 0_usize;
    for part in &parts {
        let others = |dims: &[usize]| {
            dims.iter().enumerate().map(|(other, &size)| if other == axis { 0 } else { size }).collect::<Vec<_>>()
        };
        if others(&part.dims) != others(&first.dims) {
            return Err(op.broken("joins constants that do not fit beside each other"));
        }
        length = length.saturating_add(part.dims.get(axis).copied().unwrap_or(0));
    }
    if let Some(size) = dims.get_mut(axis) {
        *size = length;
    }
    let count = size(op, &dims)?;
    budget.spend(&op.node.label(), count)?;
    // What one part gives before the next one goes on.
    let outer: usize = dims.iter().take(axis).product();
    let share = |part: &Constant| part.dims.iter().skip(axis).product::<usize>();
    let mixed = || op.unsupported("it joins constants of different types");
    let data = match &first.data {
        Data::Floats(_) => {
            let values = parts.iter().map(|part| match &part.data {
                Data::Floats(values) => Ok((values.as_slice(), share(part))),
                _ => Err(mixed()),
            });
            Data::Floats(interleaved(outer, &values.collect::<Result<Vec<_>>>()?))
        }
        Data::Ints(_) => {
            let values = parts.iter().map(|part| match &part.data {
                Data::Ints(values) => Ok((values.as_slice(), share(part))),
                _ => Err(mixed()),
            });
            Data::Ints(interleaved(outer, &values.collect::<Result<Vec<_>>>()?))
        }
        Data::Other(kind) => Data::Other(kind),
    };
    Ok(Constant { name: op.node.name(), dims, data })
}

fn interleaved<T: Copy>(outer: usize, parts: &[(&[T], usize)]) -> Vec<T> {
    let share = |&(values, share): &(&[T], usize), turn: usize| {
        values.get(turn * share..(turn + 1) * share).unwrap_or_default().to_vec()
    };
    (0..outer).flat_map(|turn| parts.iter().flat_map(move |part| share(part, turn))).collect()
}

/// The places that a `Gather` takes along an axis of this length.
pub(super) fn indices(op: &Op<'_>, length: usize) -> Result<Vec<usize>> {
    let outside = || op.broken("takes a value that is not there");
    let place = |&index: &i64| from_end(index, length).filter(|&index| index < length).ok_or_else(outside);
    op.known_sizes(1)?.iter().map(place).collect()
}

fn gathered(op: &Op<'_>, budget: &mut Budget) -> Result<Constant> {
    let from = op.constant(0)?;
    let axis = op.axis(0, from.dims.len())?;
    let length = from.dims.get(axis).copied().unwrap_or(0);
    let index_dims = &op.constant(1)?.dims;
    let indices = indices(op, length)?;
    let (before, after) = (from.dims.get(..axis).unwrap_or_default(), from.dims.get(axis + 1..).unwrap_or_default());
    let dims = [before, index_dims, after].concat();
    let (strides, index_strides) = (strides(&from.dims), strides(index_dims));
    let last = axis + index_dims.len();
    picked(op, from, dims, budget, |at| {
        let index = dot(at.get(axis..last)?.iter().copied(), &index_strides)?;
        let at = at.get(..axis)?.iter().chain(indices.get(index)).chain(at.get(last..)?);
        dot(at.copied(), &strides)
    })
}

/// What a `Slice` leaves of an axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    start: i64,
    step: i64,
    count: usize,
}

impl Cut {
    /// Whether it leaves an axis of this size as it is.
    pub(super) fn is_whole(&self, size: usize) -> bool {
        self.count == size && (size == 0 || self.start == 0 && (self.step == 1 || size == 1))
    }

    /// Whether it leaves every so many values, from the first one on.
    pub(super) fn is_every(&self, size: usize) -> bool {
        self.start == 0 && self.step > 0 && self.count == size.div_ceil(self.stride())
    }

    /// How far apart the values are, without a sign.
    pub(super) fn stride(&self) -> usize {
        usize::try_from(self.step.unsigned_abs()).unwrap_or(usize::MAX)
    }

    /// The values that it leaves.
    pub(super) fn places(self) -> impl Iterator<Item = usize> {
        (0..self.count).filter_map(move |at| self.place(at))
    }

    fn place(self, at: usize) -> Option<usize> {
        usize::try_from((at as i64).checked_mul(self.step)?.checked_add(self.start)?).ok()
    }
}

/// What a `Slice` leaves of the axes of a value of these dimensions.
pub(super) fn cuts(op: &Op<'_>, dims: &[usize]) -> Result<Vec<Cut>> {
    let rank = dims.len();
    let [starts, ends] = [op.known_sizes(1)?, op.known_sizes(2)?];
    let axes = op.axes(3, rank)?.unwrap_or_else(|| (0..rank).take(starts.len()).collect());
    let steps = if op.optional(4).is_some() { op.known_sizes(4)? } else { vec![1; starts.len()] };
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err(op.broken("has lists of different lengths"));
    }
    let mut cuts: Vec<Cut> = dims.iter().map(|&count| Cut { start: 0, step: 1, count }).collect();
    for ((&axis, &step), (&start, &end)) in axes.iter().zip(&steps).zip(starts.iter().zip(&ends)) {
        let Some(cut) = cuts.get_mut(axis) else { continue };
        let length = cut.count as i64;
        let placed = |at: i64| if at < 0 { at.saturating_add(length) } else { at };
        let (start, end) = match step.signum() {
            1 => (placed(start).clamp(0, length), placed(end).clamp(0, length)),
            // Of no values, from before the first.
            -1 => (placed(start).max(0).min(length - 1), placed(end).clamp(-1, length - 1)),
            _ => return Err(op.broken("goes in steps of 0")),
        };
        let (distance, width) = if step > 0 { (end - start, step) } else { (start - end, step.saturating_neg()) };
        let count = if distance > 0 { (distance - 1) / width + 1 } else { 0 };
        *cut = Cut { start, step, count: usize::try_from(count).unwrap_or(0) };
    }
    Ok(cuts)
}

fn sliced(op: &Op<'_>, budget: &mut Budget) -> Result<Constant> {
    let from = op.constant(0)?;
    let cuts = cuts(op, &from.dims)?;
    let strides = strides(&from.dims);
    picked(op, from, cuts.iter().map(|cut| cut.count).collect(), budget, |at| {
        let at = at.iter().zip(&cuts).map(|(&at, cut)| cut.place(at)).collect::<Option<Vec<_>>>()?;
        dot(at.into_iter(), &strides)
    })
}

/// The dimensions that two constants have together, where one is repeated to fit the other.
fn broadcast(op: &Op<'_>, one: &[usize], two: &[usize]) -> Result<Vec<usize>> {
    let rank = one.len().max(two.len());
    let size =
        |dims: &[usize], axis: usize| (axis + dims.len()).checked_sub(rank).and_then(|axis| dims.get(axis).copied());
    let both = (0..rank).map(|axis| match (size(one, axis).unwrap_or(1), size(two, axis).unwrap_or(1)) {
        (one, two) if one == two || two == 1 => Ok(one),
        (1, two) => Ok(two),
        _ => Err(op.broken(format!("has constants that do not fit: {one:?} and {two:?}"))),
    });
    both.collect()
}

/// `from`, repeated along its axes of size 1 to these dimensions.
fn repeated(op: &Op<'_>, from: &Constant, dims: Vec<usize>, budget: &mut Budget) -> Result<Constant> {
    let mut steps = strides(&from.dims);
    for (step, _) in steps.iter_mut().zip(&from.dims).filter(|&(_, &size)| size == 1) {
        *step = 0;
    }
    let extra = dims.len().saturating_sub(from.dims.len());
    picked(op, from, dims, budget, |at| dot(at.iter().skip(extra).copied(), &steps))
}

fn expanded(op: &Op<'_>, budget: &mut Budget) -> Result<Constant> {
    let from = op.constant(0)?;
    let target = op.known_sizes(1)?;
    let target: Option<Vec<usize>> = target.iter().map(|&size| usize::try_from(size).ok()).collect();
    let target = target.ok_or_else(|| op.broken("expands a constant to a negative size"))?;
    repeated(op, from, broadcast(op, &from.dims, &target)?, budget)
}

fn filled(op: &Op<'_>, budget: &mut Budget) -> Result<Constant> {
    let dims: Option<Vec<usize>> = op.known_sizes(0)?.iter().map(|&size| usize::try_from(size).ok()).collect();
    let dims = dims.ok_or_else(|| op.broken("makes a constant of a negative size"))?;
    let value = match op.attributes.get("value", kind::TENSOR)?.and_then(|attribute| attribute.t.as_ref()) {
        Some(tensor) => tensors::read(tensor, &op.node.label(), budget)?.data,
        None => Data::Floats(vec![0.0]),
    };
    let count = size(op, &dims)?;
    budget.spend(&op.node.label(), count)?;
    let data = match value {
        Data::Floats(values) if values.len() == 1 => Data::Floats(values.repeat(count)),
        Data::Ints(values) if values.len() == 1 => Data::Ints(values.repeat(count)),
        _ => return Err(op.broken("has no single number to repeat")),
    };
    Ok(Constant { name: op.node.name(), dims, data })
}

fn cast(op: &Op<'_>, budget: &mut Budget) -> Result<Constant> {
    let from = op.constant(0)?;
    let to = match (op.operator(), op.optional(1)) {
        ("Cast", _) => op.attributes.int("to", 0)?,
        (_, Some(Value::Constant(like))) if matches!(like.data, Data::Ints(_)) => 7,
        _ => 1,
    };
    budget.spend(&op.node.label(), size(op, &from.dims)?)?;
    let rounded = |value: f32| match to {
        10 => f16::from_f32(value).to_f32(),
        16 => bf16::from_f32(value).to_f32(),
        _ => value,
    };
    let data = match &from.data {
        Data::Floats(values) if is_float(to) => Data::Floats(values.iter().map(|&value| rounded(value)).collect()),
        Data::Floats(values) if is_int(to) => Data::Ints(values.iter().map(|&value| Some(value as i64)).collect()),
        Data::Ints(values) if is_int(to) => Data::Ints(values.clone()),
        Data::Ints(values) if is_float(to) && values.iter().all(Option::is_some) => {
            Data::Floats(values.iter().flatten().map(|&value| rounded(value as f32)).collect())
        }
        _ => return Err(op.unsupported(format!("it casts a constant of {} to another type", from.kind()))),
    };
    Ok(Constant { name: from.name.clone(), dims: from.dims.clone(), data })
}

/// A function of every value.
fn of_each(op: &Op<'_>, budget: &mut Budget) -> Result<Constant> {
    let from = op.constant(0)?;
    budget.spend(&op.node.label(), size(op, &from.dims)?)?;
    let Data::Floats(values) = &from.data else {
        return Err(op.unsupported(format!("it computes with a constant of {}", from.kind())));
    };
    let of = if op.operator() == "Neg" { std::ops::Neg::neg } else { f32::sqrt };
    let data = Data::Floats(values.iter().map(|&value| of(value)).collect());
    Ok(Constant { name: op.node.name(), dims: from.dims.clone(), data })
}

fn arithmetic(op: &Op<'_>, budget: &mut Budget) -> Result<Constant> {
    let [one, two] = [op.constant(0)?, op.constant(1)?];
    let dims = broadcast(op, &one.dims, &two.dims)?;
    let (one, two) = (repeated(op, one, dims.clone(), budget)?, repeated(op, two, dims.clone(), budget)?);
    let data = match (&one.data, &two.data) {
        (Data::Floats(one), Data::Floats(two)) => Data::Floats(
            one.iter()
                .zip(two)
                .map(|(&one, &two)| match op.operator() {
                    "Add" => one + two,
                    "Sub" => one - two,
                    "Mul" => one * two,
                    _ => one / two,
                })
                .collect(),
        ),
        (Data::Ints(one), Data::Ints(two)) => {
            let of = |one: i64, two: i64| match op.operator() {
                "Add" => one.checked_add(two),
                "Sub" => one.checked_sub(two),
                "Mul" => one.checked_mul(two),
                _ => one.checked_div(two),
            };
            let values = one.iter().zip(two).map(|pair| match pair {
                (&Some(one), &Some(two)) => of(one, two).map(Some),
                _ => None,
            });
            let values = values.collect::<Option<Vec<_>>>();
            Data::Ints(
                values
                    .ok_or_else(|| op.unsupported("it computes with the number of inputs in a batch, or overflows"))?,
            )
        }
        _ => return Err(op.unsupported("it computes with constants of different types")),
    };
    Ok(Constant { name: op.node.name(), dims, data })
}
