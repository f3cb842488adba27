//! Nodes that only turn, cut and join the axes of values, or put zeros around them.

use super::affine;
use super::builder::Builder;
use super::fold::{self, Cut};
use super::layers::{CHANNELS_FIRST, CHANNELS_LAST};
use super::op::{Computed, Op, Value};
use super::tensors::MAX_RANK;
use super::view::View;
use crate::ann::{Layer, MAX_VALUES, Shape, Window};
use crate::error::Result;

/// What is said where a node moves the batch.
const BATCH: &str = "it moves or changes the batch, which has to stay the first axis";

impl Builder<'_> {
    /// A node that changes nothing.
    pub(super) fn left_out(&mut self, op: &Op<'_>) -> Result<Computed> {
        self.drop(op);
        op.padded(0).cloned()
    }

    pub(super) fn drop(&mut self, op: &Op<'_>) {
        self.dropped.push(format!("{} ({})", op.node.name(), super::shown(op.operator())));
    }

    pub(super) fn dropout(&mut self, op: &Op<'_>) -> Result<Computed> {
        let training = match op.optional(2) {
            Some(Value::Constant(_)) => op.known_sizes(2)?.iter().any(|&flag| flag != 0),
            Some(_) => true,
            None => false,
        };
        if training {
            return Err(op.unsupported("it is in training mode; export the model for inference (`model.eval()`)"));
        }
        self.left_out(op)
    }

    pub(super) fn flatten(&mut self, op: &Op<'_>) -> Result<Computed> {
        let value = op.computed(0)?;
        let sizes = value.view.sizes();
        let rank = sizes.len() + 1;
        let axis = fold::from_end(op.attributes.int("axis", 1)?, rank).filter(|&axis| axis <= rank);
        let axis = axis.ok_or_else(|| op.broken("flattens from an axis that is not there"))?;
        let outer = axis.checked_sub(1).and_then(|outer| sizes.get(..outer));
        if outer.is_none_or(|outer| outer.iter().any(|&size| size != 1)) {
            return Err(op.unsupported(BATCH));
        }
        self.viewed(op, value, &[sizes.iter().product()])
    }

    pub(super) fn reshape(&mut self, op: &Op<'_>) -> Result<Computed> {
        let value = op.computed(0)?;
        let sizes = value.view.sizes();
        let target = op.sizes(1)?;
        let keeps = op.attributes.int("allowzero", 0)? == 0;
        let Some((&batch, rest)) = target.split_first().filter(|_| target.len() <= MAX_RANK) else {
            return Err(op.unsupported(BATCH));
        };
        let mut left = Some(sizes.iter().product::<usize>());
        let mut open = None;
        let mut to = Vec::with_capacity(rest.len());
        for (axis, size) in rest.iter().enumerate() {
            let size = match *size {
                None => return Err(op.unsupported(BATCH)),
                Some(-1) if open.replace(axis).is_none() => 1,
                Some(0) if keeps => sizes.get(axis).copied().unwrap_or(0),
                Some(size) => usize::try_from(size).unwrap_or(0),
            };
            left = left.filter(|left| size > 0 && left.is_multiple_of(size)).map(|left| left / size);
            to.push(size);
        }
        // The batch is any number; where the file fixes one, it fits as long as the rest takes all other values.
        let batch_fits = match (batch, open) {
            (Some(-1), Some(_)) => false,
            (Some(0), _) => keeps,
            (None | Some(-1 | 1..), _) => true,
            _ => false,
        };
        match (left, open.and_then(|axis| to.get_mut(axis))) {
            (Some(left), Some(size)) => *size = left,
            (Some(1), None) => {}
            _ => return Err(self.reshape_refused(op, &sizes)),
        }
        if !batch_fits {
            return Err(self.reshape_refused(op, &sizes));
        }
        self.viewed(op, value, &to)
    }

    fn reshape_refused(&self, op: &Op<'_>, sizes: &[usize]) -> crate::error::Error {
        let target = op.sizes(1).unwrap_or_default();
        let shown = target.iter().map(|size| size.map_or_else(|| "batch".into(), |size| size.to_string()));
        op.unsupported(format!(
            "it reshapes values from {sizes:?} (without the batch) to [{}]; only what keeps the batch, like \
             flattening, is supported",
            shown.collect::<Vec<_>>().join(", ")
        ))
    }

    pub(super) fn squeeze(&mut self, op: &Op<'_>) -> Result<Computed> {
        let value = op.computed(0)?;
        let sizes = value.view.sizes();
        let axes = match op.axes(1, sizes.len() + 1)? {
            Some(axes) => axes,
            // The batch may be 1, too, and is meant to stay.
            None => (1..=sizes.len()).filter(|&axis| sizes.get(axis - 1) == Some(&1)).collect(),
        };
        let axes: Option<Vec<usize>> = axes.into_iter().map(|axis| axis.checked_sub(1)).collect();
        let axes = axes.ok_or_else(|| op.unsupported(BATCH))?;
        if axes.iter().any(|&axis| sizes.get(axis) != Some(&1)) {
            return Err(op.broken("leaves out an axis that is larger than 1"));
        }
        Ok(value.seen_as(value.view.without_axes(&axes)))
    }

    pub(super) fn unsqueeze(&mut self, op: &Op<'_>) -> Result<Computed> {
        let value = op.computed(0)?;
        let mut sizes = value.view.sizes();
        let count = op.optional(1).map_or_else(
            || op.attributes.ints("axes").map(|axes| axes.map_or(0, <[i64]>::len)),
            |_| op.sizes(1).map(<[_]>::len),
        )?;
        let rank = sizes.len() + 1 + count;
        let axes = op.axes(1, rank)?.filter(|_| rank <= MAX_RANK).ok_or_else(|| op.broken("has no axes"))?;
        let mut axes: Vec<usize> = axes;
        axes.sort_unstable();
        for axis in axes {
            let Some(axis) = axis.checked_sub(1) else { return Err(op.unsupported(BATCH)) };
            sizes.insert(axis.min(sizes.len()), 1);
        }
        self.viewed(op, value, &sizes)
    }

    pub(super) fn transpose(&mut self, op: &Op<'_>) -> Result<Computed> {
        let value = op.padded(0)?;
        let rank = value.view.rank() + 1;
        let backwards: Vec<usize> = (0..rank).rev().collect();
        let order = match op.attributes.ints("perm")? {
            None => backwards,
            Some(order) if order.len() == rank => {
                order.iter().map(|&axis| op.axis_of(axis, rank)).collect::<Result<Vec<_>>>()?
            }
            Some(_) => return Err(op.broken("has a `perm` of the wrong length")),
        };
        let [0, order @ ..] = &order[..] else { return Err(op.unsupported(BATCH)) };
        let order: Option<Vec<usize>> = order.iter().map(|axis| axis.checked_sub(1)).collect();
        let view = order.and_then(|order| value.view.permuted(&order));
        let view = view.ok_or_else(|| op.broken("has a `perm` with an axis that occurs twice"))?;
        // Of one pixel the view does not tell which axis is its height.
        if value.padding != [0; 4] && matches!(value.shape, Shape::Image([_, 1, 1])) {
            return Err(op.unsupported("it transposes a padded image of one pixel; pad it afterwards"));
        }
        Ok(value.seen_as(view))
    }

    /// The values in the same order under axes of these sizes.
    fn viewed(&mut self, op: &Op<'_>, value: &Computed, sizes: &[usize]) -> Result<Computed> {
        let view = value.view.reshaped(sizes).ok_or_else(|| {
            op.unsupported(format!(
                "it reshapes values from {:?} (without the batch) to {sizes:?} across transposed axes; only flattening \
                 an image or keeping it is supported",
                value.view.sizes()
            ))
        })?;
        self.shuffled(op, value.seen_as(view))
    }

    /// The same values as a vector of ours.
    pub(super) fn flat(&mut self, op: &Op<'_>, value: &Computed) -> Result<Computed> {
        if matches!(value.shape, Shape::Flat(_)) {
            return Ok(value.clone());
        }
        let (source, shape) = self.push(op, Layer::Flatten, &[value])?;
        Ok(Computed { shape, ..value.mapped(source) })
    }

    pub(super) fn pad(&mut self, op: &Op<'_>) -> Result<Computed> {
        let value = op.padded(0)?.clone();
        let rank = value.view.rank() + 1;
        let mode = op.attributes.text("mode", "constant")?;
        let zero = match op.optional(2) {
            None => true,
            Some(_) => affine::is_zero(&op.constant(2)?.data),
        };
        if mode != "constant" || !zero {
            return Err(op.unsupported(format!(
                "it pads its input with something other than zeros (mode `{}`), as pools of Keras with \
                 padding=\"same\" do where PyTorch is the backend; pad with zeros, or use padding=\"valid\"",
                super::shown(&mode)
            )));
        }
        let axes = op.axes(3, rank)?.unwrap_or_else(|| (0..rank).collect());
        let pads = op.known_sizes(1)?;
        if pads.len() != 2 * axes.len() {
            return Err(op.broken("lacks two numbers for each axis"));
        }
        let (before, after) = pads.split_at(axes.len());
        let mut around = vec![[0_usize; 2]; rank];
        for (&axis, (&before, &after)) in axes.iter().zip(before.iter().zip(after)) {
            let size = |size: i64| usize::try_from(size).ok().filter(|&size| size <= MAX_VALUES);
            let (Some(before), Some(after)) = (size(before), size(after)) else {
                return Err(
                    op.unsupported(format!("it pads by {before} and {after}; only 0 to {MAX_VALUES} is supported"))
                );
            };
            if let Some(around) = around.get_mut(axis) {
                *around = [before, after];
            }
        }
        if around.iter().all(|&sizes| sizes == [0, 0]) {
            return Ok(value);
        }
        let [[0, 0], first, second, third] = around[..] else {
            return Err(op.unsupported("it pads axes other than height and width of an image"));
        };
        if let (Shape::Image(sizes), [_, _], [0, 0], [0, 0]) = (value.shape, first, second, third)
            && !value.raw
            && value.view == View::contiguous(&sizes)
        {
            return self.pad_channels(op, &value, first);
        }
        // The channels are the axis that is not padded.
        let (order, [top, bottom], [left, right]) = match (first, third) {
            ([0, 0], _) => (CHANNELS_FIRST, second, third),
            (_, [0, 0]) => (CHANNELS_LAST, first, second),
            _ => return Err(op.unsupported("it pads the channels of an image")),
        };
        self.image(op, &value, order)?;
        let [old_top, old_left, old_bottom, old_right] = value.padding;
        let padding = [old_top + top, old_left + left, old_bottom + bottom, old_right + right];
        Ok(Computed { padding: padding.map(|size| size.min(2 * MAX_VALUES)), ..value })
    }

    /// Channels of an image, and every so many of its rows and columns.
    pub(super) fn slice(&mut self, op: &Op<'_>) -> Result<Computed> {
        let mut value = op.computed(0)?.clone();
        let mut sizes = value.view.sizes();
        // The batch is any number, which the file writes as a large one.
        sizes.insert(0, i32::MAX as usize);
        let cuts = fold::cuts(op, &sizes)?;
        let is_whole = |(cut, &size): (&Cut, &usize)| cut.is_whole(size);
        if cuts.iter().zip(&sizes).all(is_whole) {
            return self.left_out(op);
        }
        let (&[batch, channels, rows, columns], &[whole, count, height, width]) = (&cuts[..], &sizes[..]) else {
            return Err(op.unsupported(
                "it takes a part of something other than an image, [batch, channels, height, width]; let the layer \
                 behind it read all values, with weights of 0 for those that are left out",
            ));
        };
        if !batch.is_whole(whole) || !rows.is_every(height) || !columns.is_every(width) {
            return Err(op.unsupported(
                "of the rows and columns of an image only every so many, from the first one on, can be taken, and never \
                 a part of the batch",
            ));
        }
        if !channels.is_whole(count) {
            value = self.cut_channels(op, &value, channels)?;
        }
        if rows.is_whole(height) && columns.is_whole(width) {
            return Ok(value);
        }
        self.image(op, &value, CHANNELS_FIRST)?;
        let window = Window { stride: [rows.stride(), columns.stride()], ..Window::new([1, 1]) };
        self.image_layer(op, Layer::AvgPool2d(window), &value)
    }

    pub(super) fn concat(&mut self, op: &Op<'_>) -> Result<Computed> {
        if let Some(padded) = self.concat_zeros(op)? {
            return Ok(padded);
        }
        let values = (0..op.inputs.len()).map(|index| op.computed(index).cloned()).collect::<Result<Vec<_>>>()?;
        let Some(first) = values.first() else { return Err(op.broken("has no input")) };
        let rank = first.view.rank();
        if values.iter().any(|value| value.view.rank() != rank) {
            return Err(op.broken("joins values with different numbers of axes"));
        }
        let axis = op.axis(0, rank + 1)?;
        let axis = axis.checked_sub(1).ok_or_else(|| op.unsupported(BATCH))?;
        if values.len() == 1 {
            return Ok(first.clone());
        }
        let lone =
            |value: &Computed| value.view.sizes().iter().enumerate().all(|(other, &size)| other == axis || size == 1);
        let images = values.iter().all(|value| matches!(value.shape, Shape::Image(_)));
        let order = match (rank, axis) {
            // Of one pixel, too: what reads them may want an image.
            (3, 0) if images => Some(CHANNELS_FIRST),
            (3, 2) if images => Some(CHANNELS_LAST),
            _ if values.iter().all(lone) => None,
            (3, 0) => Some(CHANNELS_FIRST),
            (3, 2) => Some(CHANNELS_LAST),
            _ => return Err(op.unsupported("it joins axes other than the channels of images or the values of vectors")),
        };
        let Some(order) = order else { return self.join_vectors(op, &values, axis) };
        for value in &values {
            self.image(op, value, order)?;
        }
        let (source, shape) = self.push(op, Layer::Concat, &values.iter().collect::<Vec<_>>())?;
        let view = View::contiguous(&Vec::from(shape));
        let back = if order == CHANNELS_LAST { [1, 2, 0] } else { CHANNELS_FIRST };
        let view = view.permuted(&back).ok_or_else(|| op.broken("has lost its axes"))?;
        Ok(Computed::new(source, shape, view))
    }

    fn join_vectors(&mut self, op: &Op<'_>, values: &[Computed], axis: usize) -> Result<Computed> {
        if values.iter().any(|value| !value.view.is_in_order()) {
            return Err(op.unsupported(
                "it joins vectors that were flattened with the channels last; join the images before they are flattened",
            ));
        }
        let flat = values.iter().map(|value| self.flat(op, value)).collect::<Result<Vec<_>>>()?;
        let (source, shape) = self.push(op, Layer::Concat, &flat.iter().collect::<Vec<_>>())?;
        let mut sizes = vec![1; values.first().map_or(1, |value| value.view.rank())];
        if let Some(size) = sizes.get_mut(axis) {
            *size = shape.size();
        }
        Ok(Computed::new(source, shape, View::contiguous(&sizes)))
    }
}

/// Values as vectors of ours where only some of them are images.
pub(super) fn one_shape(builder: &mut Builder<'_>, op: &Op<'_>, values: Vec<Computed>) -> Result<Vec<Computed>> {
    if values.windows(2).all(|pair| matches!(pair, [one, two] if one.shape == two.shape)) {
        return Ok(values);
    }
    values.iter().map(|value| builder.flat(op, value)).collect()
}
