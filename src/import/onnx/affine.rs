//! Sums and products with constants: biases, batch normalisation, scaled inputs; and sums of layers.

use ndarray::Array1;

use super::builder::Builder;
use super::op::{Computed, Op, Value};
use super::shaping::one_shape;
use super::tensors::Data;
use crate::ann::{Activation, BatchNorm, Layer, Shape};
use crate::error::{Error, Result, all_finite};

impl Builder<'_> {
    /// The same with its sign turned.
    pub(super) fn negated(&mut self, op: &Op<'_>, value: Computed) -> Result<Computed> {
        let (value, places) = self.per_channel(op, value, &[])?;
        let of = |number: f32| vec![number; places.len()];
        self.norm(op, &value, [of(-1.0), of(0.0), of(0.0)], None, 0.0)
    }

    /// `Add`, `Sub`, `Mul`, `Div` and `Sum` of which at least one input is computed.
    pub(super) fn arithmetic(&mut self, op: &mut Op<'_>) -> Result<Computed> {
        let is_constant = |index| matches!(op.optional(index), Some(Value::Constant(_)));
        match (op.operator(), is_constant(0), is_constant(1)) {
            ("Sum", ..) | ("Add" | "Sub", false, false) => self.add(op),
            (_, false, false) => {
                Err(op.unsupported("products of layers are not supported; only products with constants"))
            }
            ("Div", true, _) => Err(op.unsupported("it divides by the output of a layer")),
            (_, first, _) => self.with_constant(op, usize::from(first), usize::from(!first)),
        }
    }

    /// The sum of layers, or the difference of two.
    fn add(&mut self, op: &Op<'_>) -> Result<Computed> {
        let values = (0..op.inputs.len()).map(|index| op.computed(index).cloned()).collect::<Result<Vec<_>>>()?;
        let mut values = one_shape(self, op, values)?;
        if op.operator() == "Sub"
            && let Some(taken) = values.pop()
        {
            values.push(self.negated(op, taken)?);
        }
        let Some(first) = values.first() else { return Err(op.broken("has no input")) };
        if values.len() == 1 {
            return Ok(first.clone());
        }
        if let Some(other) = values.iter().find(|value| value.view != first.view || value.shape != first.shape) {
            let [one, two] = [first.view.sizes(), other.view.sizes()];
            return Err(op.unsupported(format!(
                "it adds values of shape {one:?} and {two:?} (without the batch), or in different orders of the axes; \
                 only sums of one shape are supported"
            )));
        }
        let (source, _) = self.push(op, Layer::Add, &values.iter().collect::<Vec<_>>())?;
        let raw = values.iter().all(|value| value.raw);
        Ok(Computed { raw, ..first.mapped(source) })
    }

    /// A sum or product of what a layer gives, input `index`, and the constant at `other`.
    fn with_constant(&mut self, op: &mut Op<'_>, index: usize, other: usize) -> Result<Computed> {
        let value = op.computed(index)?.clone();
        let (dims, numbers) = op.weights(other)?;
        let (value, places) = self.per_channel(op, value, &dims)?;
        let numbers: Vec<f32> = places.iter().filter_map(|&place| numbers.get(place).copied()).collect();
        // Python sums from 0 on, and models are scaled by 1.
        let is_sum = matches!(op.operator(), "Add" | "Sub");
        let is_turned = op.operator() == "Sub" && index == 1;
        let nothing = if is_sum { 0.0 } else { 1.0_f32 };
        if !is_turned && numbers.iter().all(|number| (number - nothing).abs() <= 0.0) {
            self.drop(op);
            return Ok(value);
        }
        if op.operator() == "Add" && self.add_bias(op, &value, &numbers)? {
            return Ok(value);
        }
        let [zeros, ones] = [vec![0.0; numbers.len()], vec![1.0; numbers.len()]];
        let [scale, offset, mean] = match op.operator() {
            "Add" => [ones, numbers, zeros],
            "Sub" if index == 0 => [ones, zeros, numbers],
            "Sub" => [vec![-1.0; numbers.len()], numbers, zeros],
            "Mul" => [numbers, zeros.clone(), zeros],
            _ => [numbers.iter().map(|&number| 1.0 / number).collect(), zeros.clone(), zeros],
        };
        self.norm(op, &value, [scale, offset, mean], None, 0.0)
    }

    pub(super) fn batch_norm(&mut self, op: &mut Op<'_>) -> Result<Computed> {
        if op.attributes.int("training_mode", 0)? != 0 {
            return Err(op.unsupported("it is in training mode; export the model for inference (`model.eval()`)"));
        }
        let epsilon = op.attributes.float("epsilon", 1e-5)?;
        let value = op.computed(0)?.clone();
        let mut dims = value.view.sizes();
        let Some((&channels, rest)) = dims.split_first() else { return Err(op.broken("has no channels")) };
        let rank = rest.len();
        dims = vec![channels];
        dims.resize(rank + 1, 1);
        let statistics = [1, 2, 3, 4].map(|index| op.vector(index, channels));
        let (value, places) = self.per_channel(op, value, &dims)?;
        let [scale, offset, mean, variance] = statistics.map(|values| {
            values.map(|values| places.iter().filter_map(|&place| values.get(place).copied()).collect::<Vec<_>>())
        });
        self.norm(op, &value, [scale?, offset?, mean?], Some(variance?), f64::from(epsilon))
    }

    /// The scaler of scikit-learn: `(x - offset) * scale`.
    pub(super) fn scaler(&mut self, op: &Op<'_>) -> Result<Computed> {
        let value = op.computed(0)?.clone();
        let sizes = value.view.sizes();
        let [count] = sizes[..] else { return Err(op.unsupported("its input is not a vector, [batch, values]")) };
        let (value, places) = self.per_channel(op, value, &[count])?;
        let mut lists = Vec::with_capacity(2);
        for (name, default) in [("scale", 1.0), ("offset", 0.0)] {
            let default = [default];
            let list = op.attributes.floats(name)?.unwrap_or(&default);
            if list.len() != 1 && list.len() != count {
                let expected = format!("1 value or {count}");
                return Err(Error::shape(format!("`{name}` of {}", op.node.label()), expected, list.len()));
            }
            all_finite(&format!("`{name}` of {}", op.node.label()), list)?;
            let at = |place: &usize| list.get(if list.len() == 1 { 0 } else { *place }).copied();
            lists.push(places.iter().filter_map(at).collect::<Vec<f32>>());
        }
        let [scale, mean] = [lists.remove(0), lists.remove(0)];
        let zeros = vec![0.0; scale.len()];
        self.norm(op, &value, [scale, zeros, mean], None, 0.0)
    }

    /// Adds `(x - mean) / sqrt(variance + epsilon) * scale + offset`; a variance of 1 where there is none.
    fn norm(
        &mut self,
        op: &Op<'_>,
        value: &Computed,
        [scale, offset, mean]: [Vec<f32>; 3],
        variance: Option<Vec<f32>>,
        epsilon: f64,
    ) -> Result<Computed> {
        let variance = variance.unwrap_or_else(|| vec![1.0; scale.len()]);
        let statistics = [scale, offset, mean, variance].map(Array1::from_vec);
        let norm = BatchNorm::new(statistics, epsilon, Activation::Linear).map_err(|error| op.node.named(error))?;
        let (source, _) = self.push(op, Layer::BatchNorm(norm), &[value])?;
        Ok(value.mapped(source))
    }

    /// For every channel of a value (every value of a vector) the place in a constant of these dimensions that is
    /// broadcast to it. An image that the graph sees as a vector becomes one where that is needed.
    fn per_channel(&mut self, op: &Op<'_>, value: Computed, dims: &[usize]) -> Result<(Computed, Vec<usize>)> {
        // Scale, offset, mean and variance.
        self.budget.spend(&op.node.label(), value.shape.size().min(4 * value.shape.groups()))?;
        if let Some(places) = places(&value, dims) {
            return Ok((value, places));
        }
        if value.view.rank() == 1 && matches!(value.shape, Shape::Image(_)) {
            self.budget.spend(&op.node.label(), 4 * value.shape.size())?;
            let flat = self.flat(op, &value)?;
            if let Some(places) = places(&flat, dims) {
                return Ok((flat, places));
            }
        }
        Err(op.unsupported(format!(
            "its constant has the shape {dims:?}, its other input {:?} (without the batch); only constants with one \
             number, or one per channel, are supported",
            value.view.sizes()
        )))
    }
}

/// For every channel the place in a constant that is broadcast to it; `None` where it differs within a channel, or
/// does not fit.
fn places(value: &Computed, dims: &[usize]) -> Option<Vec<usize>> {
    let sizes = value.view.sizes();
    // The batch comes before the axes of the value.
    let extra = dims.len().saturating_sub(sizes.len());
    let (outer, dims) = dims.split_at(extra);
    if extra > 1 || outer.iter().any(|&size| size != 1) {
        return None;
    }
    let positions = value.shape.positions();
    let mut strides = Vec::new();
    let mut stride = 1;
    for (axis, &size) in (sizes.len() - dims.len()..sizes.len()).zip(dims).rev() {
        if size != 1 {
            if sizes.get(axis) != Some(&size) || !value.view.moves_by(axis, positions) {
                return None;
            }
            strides.push((axis, stride));
        }
        stride *= size;
    }
    let place = |channel: usize| {
        strides.iter().map(|&(axis, stride)| value.view.coordinate(axis, channel * positions) * stride).sum()
    };
    Some((0..value.shape.groups()).map(place).collect())
}

/// Whether a constant is one number, 0 where `zero` holds.
pub(super) fn is_zero(data: &Data) -> bool {
    matches!(data, Data::Floats(values) if values.iter().all(|&value| value == 0.0))
}
