//! Channels of an image that are taken apart, put in another order, or put among zeros: convolutions that pass each on.

use ndarray::Array4;

use super::affine;
use super::builder::Builder;
use super::fold::{self, Cut};
use super::layers::CHANNELS_FIRST;
use super::op::{Computed, Op, Value};
use super::view::View;
use crate::ann::{Activation, Conv2d, Layer, Shape, Window};
use crate::error::Result;

/// What is said where a part of other axes is asked for.
const ONLY_CHANNELS: &str = "only channels of images, [batch, channels, height, width], can be taken apart; of a vector \
                             let the layer behind it read all values, with weights of 0 for those that are left out";

impl Builder<'_> {
    /// An image of channels of another: for each of them which one that is, or `None` for zeros.
    pub(super) fn select(&mut self, op: &Op<'_>, value: &Computed, from: &[Option<usize>]) -> Result<Computed> {
        let inputs = value.shape.groups();
        self.budget.spend(&op.node.label(), inputs.saturating_mul(from.len()))?;
        let place = |(to, channel, ..): (usize, usize, usize, usize)| f32::from(from.get(to) == Some(&Some(channel)));
        let weights = Array4::from_shape_fn((from.len(), inputs, 1, 1), place);
        let conv = Conv2d::new(weights, None, Window::new([1, 1]), 1, Activation::Linear);
        let selected = self.image_layer(op, Layer::Conv2d(conv.map_err(|error| op.node.named(error))?), value)?;
        Ok(Computed { padding: value.padding, ..selected })
    }

    /// Channels of zeros before and behind those of an image.
    pub(super) fn pad_channels(
        &mut self,
        op: &Op<'_>,
        value: &Computed,
        [before, after]: [usize; 2],
    ) -> Result<Computed> {
        let inputs = value.shape.groups();
        let count = inputs.saturating_add(before).saturating_add(after);
        self.budget.spend(&op.node.label(), count)?;
        let from = |to: usize| to.checked_sub(before).filter(|&channel| channel < inputs);
        self.select(op, value, &(0..count).map(from).collect::<Vec<_>>())
    }

    /// An image with channels of zeros before and behind it, where all else that is joined are constants of zeros.
    pub(super) fn concat_zeros(&mut self, op: &Op<'_>) -> Result<Option<Computed>> {
        let (mut image, mut around, mut sizes) = (None, [0_usize; 2], Vec::new());
        for input in &op.inputs {
            match input {
                Some(Value::Computed(value)) if image.is_none() => image = Some(value.clone()),
                Some(Value::Constant(constant)) if affine::is_zero(&constant.data) => {
                    let [_, channels, height, width] = constant.dims[..] else { return Ok(None) };
                    let place = &mut around[usize::from(image.is_some())];
                    *place = place.saturating_add(channels);
                    sizes.push([height, width]);
                }
                _ => return Ok(None),
            }
        }
        let Some(value) = image.filter(|value| !sizes.is_empty() && value.padding == [0; 4]) else { return Ok(None) };
        let fits = |[height, width]: &[usize; 2]| value.view.sizes().get(1..) == Some(&[*height, *width]);
        if op.axis(0, 4)? != 1 || !sizes.iter().all(fits) {
            return Ok(None);
        }
        self.image(op, &value, CHANNELS_FIRST)?;
        self.pad_channels(op, &value, around).map(Some)
    }

    /// The channels that a cut leaves.
    pub(super) fn cut_channels(&mut self, op: &Op<'_>, value: &Computed, cut: Cut) -> Result<Computed> {
        self.image(op, value, CHANNELS_FIRST)?;
        self.select(op, value, &cut.places().map(Some).collect::<Vec<_>>())
    }

    /// The parts into which the channels of an image are split, one for each output.
    pub(super) fn split(&mut self, op: &Op<'_>) -> Result<Vec<Computed>> {
        let value = op.computed(0)?.clone();
        let sizes = value.view.sizes();
        let axis = op.axis(0, sizes.len() + 1)?;
        let (1, [channels, _, _]) = (axis, &sizes[..]) else { return Err(op.unsupported(ONLY_CHANNELS)) };
        let count = op.node.outputs().len();
        let parts: Vec<usize> = if op.optional(1).is_some() {
            op.known_sizes(1)?.into_iter().map(|size| usize::try_from(size).unwrap_or(0)).collect()
        } else {
            let each = channels.div_ceil(count.max(1));
            (0..count).map(|part| each.min(channels.saturating_sub(part * each))).collect()
        };
        let whole = parts.iter().try_fold(0_usize, |sum, &size| sum.checked_add(size)) == Some(*channels);
        if parts.len() != count || parts.contains(&0) || !whole {
            return Err(op.broken(format!("splits {channels} channels into {parts:?} for {count} outputs")));
        }
        self.image(op, &value, CHANNELS_FIRST)?;
        let mut start = 0;
        let part = |size: usize| {
            let channels: Vec<_> = (start..start + size).map(Some).collect();
            start += size;
            self.select(op, &value, &channels)
        };
        parts.into_iter().map(part).collect()
    }

    /// Channels of an image, listed.
    pub(super) fn gather(&mut self, op: &Op<'_>) -> Result<Computed> {
        let value = op.computed(0)?.clone();
        let rank = value.view.rank() + 1;
        let axis = op.axis(0, rank)?;
        // The only place of an axis, which goes with it: `x[:, :, 0, 0]` of an image of one pixel.
        if let Some(of_value) = axis.checked_sub(1)
            && value.view.sizes().get(of_value) == Some(&1)
            && op.constant(1)?.dims.is_empty()
        {
            fold::indices(op, 1)?;
            return Ok(value.seen_as(value.view.without_axes(&[of_value])));
        }
        if axis != 1 || rank != 4 || op.constant(1)?.dims.len() != 1 {
            return Err(op.unsupported(ONLY_CHANNELS));
        }
        let channels = fold::indices(op, value.shape.groups())?;
        self.image(op, &value, CHANNELS_FIRST)?;
        self.select(op, &value, &channels.into_iter().map(Some).collect::<Vec<_>>())
    }

    /// The image itself, where only its channels are in another order (a channel shuffle).
    pub(super) fn shuffled(&mut self, op: &Op<'_>, value: Computed) -> Result<Computed> {
        let Shape::Image(sizes) = value.shape else { return Ok(value) };
        if value.raw || value.padding != [0; 4] || value.view == View::contiguous(&sizes) {
            return Ok(value);
        }
        match value.view.channel_order(sizes) {
            Some(channels) => self.select(op, &value, &channels.into_iter().map(Some).collect::<Vec<_>>()),
            None => Ok(value),
        }
    }
}
