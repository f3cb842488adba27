//! Layers and means that read sums without an activation, which could not be spikes: each part of the sum, or of a
//! concatenation of sums, gets a layer of its own, and what these give is added up.

use std::iter::repeat;
use std::ops::Range;

use ndarray::{Array4, Axis, Slice};

use super::draft::Draft;
use super::join::{Apart, joined};
use super::mean::MOST_PARTS;
use super::size::Size;
use super::{Activation, Conv2d, Dense, Layer, MAX_LAYERS, Network, Node, Shape, Source, Window};
use crate::error::Result;

/// The most weights that all layers made for parts may have: 256 MiB.
const MOST_WEIGHTS: u64 = 1 << 26;
/// The most multiplications that it may take to compute them: some seconds.
const MOST_WORK: u64 = 1 << 33;

impl Draft {
    /// Lets a layer with weights read what goes into a sum in place of the sum, which others may read as well.
    pub(super) fn absorb(&mut self) -> Result<Option<String>> {
        let sums = sums_of(&self.nodes);
        for index in 0..self.nodes.len() {
            let [Source::Layer(read)] = self.nodes[index].inputs[..] else { continue };
            if let Some(name) = self.lower_flattening(index, &sums)? {
                return Ok(Some(name));
            }
            if !sums[read] {
                continue;
            }
            let Some(parts) = parts_of(&self.nodes, &self.shapes, self.input, &sums, read) else { continue };
            let is_whole = parts.iter().all(|part| part.channels.len() == self.shapes[read].groups());
            let can = match &self.nodes[index].layer {
                Layer::Conv2d(conv) => is_whole || conv.groups() == 1,
                // Of images it is a convolution by now.
                Layer::Dense(_) => matches!(self.shapes[read], Shape::Flat(_)),
                Layer::AvgPool2d(_) | Layer::GlobalAvgPool2d => is_whole,
                _ => false,
            };
            if !can {
                continue;
            }
            // The sum of them as well, and the activation behind it.
            if self.nodes.len() + parts.len() + 1 > MAX_LAYERS {
                continue;
            }
            let attempt = self.attempt(index, &parts);
            if self.apart.contains(&attempt) {
                continue;
            }
            let Some(nodes) = self.absorbed(index, &sums, &parts)? else {
                self.apart.push(attempt);
                continue;
            };
            if !self.has_room(&nodes, self.shapes[index]) {
                continue;
            }
            let name = self.nodes[index].name.clone();
            match <[Node; 1]>::try_from(nodes) {
                Ok([Node { layer, inputs, .. }]) => {
                    let activation = self.nodes[index].layer.activation().unwrap_or(Activation::Linear);
                    (self.nodes[index].layer, self.nodes[index].inputs) = (layer.activated(activation), inputs);
                }
                Err(nodes) => self.replace(index, nodes),
            }
            self.remove_unread();
            return Ok(Some(name));
        }
        Ok(None)
    }

    /// Has a dense layer that reads the sums of an image, flattened or not, read them as a convolution does, and flattens
    /// what that gives.
    fn lower_flattening(&mut self, index: usize, sums: &[bool]) -> Result<Option<String>> {
        let ([Source::Layer(before)], Layer::Dense(dense)) = (&self.nodes[index].inputs[..], &self.nodes[index].layer)
        else {
            return Ok(None);
        };
        let (before, is_flattened) = (*before, matches!(self.nodes[*before].layer, Layer::Flatten));
        let read = match self.nodes[before].inputs[..] {
            [Source::Layer(read)] if is_flattened => read,
            _ if is_flattened => return Ok(None),
            _ => before,
        };
        let Shape::Image([channels, height, width]) = self.shapes[read] else { return Ok(None) };
        if !sums[read] || self.nodes.len() == MAX_LAYERS {
            return Ok(None);
        }
        let (outputs, weights) = (dense.outputs(), dense.weights());
        let at = |(o, c, y, x)| weights[[o, (c * height + y) * width + x]];
        let weights = Array4::from_shape_fn((outputs, channels, height, width), at);
        let bias = dense.bias().map(|bias| bias.to_owned());
        let conv = Conv2d::new(weights, bias, Window::new([height, width]), 1, dense.activation())?;
        let name = self.nodes[index].name.clone();
        let node = Node { name: name.clone(), layer: Layer::Conv2d(conv), inputs: vec![Source::Layer(read)] };
        self.insert(index, node, Shape::Image([outputs, 1, 1]));
        let flat = &mut self.nodes[index + 1];
        (flat.layer, flat.inputs) = (Layer::Flatten, vec![Source::Layer(index)]);
        flat.name = format!("{name} (flattened)");
        self.remove_unread();
        Ok(Some(name))
    }

    /// The layers that give the parts of what layer `index` does; `None` where a part cannot go into one with it.
    fn absorbed(&mut self, index: usize, sums: &[bool], parts: &[Part]) -> Result<Option<Vec<Node>>> {
        let reader = &self.nodes[index];
        let mut nodes: Vec<Node> = Vec::with_capacity(parts.len());
        let (mut weights, mut work) = (self.weights, self.work);
        for (k, part) in parts.iter().enumerate() {
            let Some(layer) = linear_part(&reader.layer, nodes.is_empty(), &part.channels)? else { return Ok(None) };
            let is_needed = nodes.is_empty() && k + 1 == parts.len();
            if layer.weights() > 0 && nonzeros(&layer) == 0 && !is_needed {
                continue;
            }
            let (from, layer, inputs) = match part.source {
                Source::Layer(at) if sums[at] => {
                    let before = &self.nodes[at];
                    let [source] = before.inputs[..] else { return Ok(None) };
                    let shapes = [self.shape(source), self.shapes[at], self.shapes[index]];
                    let Ok(one) = joined(&before.layer, &layer, shapes)? else { return Ok(None) };
                    // Each weight before meets those of one channel behind; a mean has none.
                    let behind = layer.weights() / self.shapes[at].groups() as u64;
                    work = work.saturating_add(nonzeros(&before.layer).saturating_mul(behind).max(one.weights()));
                    (before.name.as_str(), one, before.inputs.clone())
                }
                Source::Layer(at) => (self.nodes[at].name.as_str(), layer, vec![part.source]),
                Source::Input => ("the input", layer, vec![part.source]),
            };
            weights += layer.weights();
            if weights > MOST_WEIGHTS || work > MOST_WORK {
                return Ok(None);
            }
            nodes.push(Node { name: format!("{} of {from}", reader.name), layer, inputs });
        }
        (self.weights, self.work) = (weights, work);
        Ok(Some(nodes))
    }

    /// What it depends on whether layer `index` can read these parts: names, numbers of weights and windows. Where one is
    /// another, it is tried again.
    fn attempt(&self, index: usize, parts: &[Part]) -> Vec<u8> {
        let mut told = Vec::new();
        for source in parts.iter().map(|part| part.source).chain([Source::Layer(index)]) {
            let Source::Layer(at) = source else { continue };
            let Node { name, layer, .. } = &self.nodes[at];
            told.extend_from_slice(name.as_bytes());
            told.extend_from_slice(&layer.weights().to_le_bytes());
            if let Layer::Conv2d(conv) = layer {
                let Window { kernel, stride, padding, dilation } = conv.window();
                [&kernel[..], stride, padding, dilation]
                    .concat()
                    .iter()
                    .for_each(|side| told.extend(side.to_le_bytes()));
            }
        }
        told
    }

    /// Puts the sum of `nodes`, with the activation of layer `index` behind it, in its place.
    fn replace(&mut self, index: usize, nodes: Vec<Node>) {
        let (shape, sum) = (self.shapes[index], index + nodes.len());
        let activation = self.nodes[index].layer.activation().unwrap_or(Activation::Linear);
        for (k, node) in nodes.into_iter().enumerate() {
            self.insert(index + k, node, shape);
        }
        let inputs = (index..sum).map(Source::Layer).collect();
        if activation == Activation::Linear {
            (self.nodes[sum].layer, self.nodes[sum].inputs) = (Layer::Add, inputs);
            return;
        }
        let name = format!("{} (sum)", self.nodes[sum].name);
        self.insert(sum, Node { name, layer: Layer::Add, inputs }, shape);
        self.nodes[sum + 1].layer = Layer::Activation(activation);
        self.nodes[sum + 1].inputs = vec![Source::Layer(sum)];
    }

    /// Whether a network may have these layers as well, each of which gives values of this shape.
    pub(super) fn has_room(&self, more: &[Node], shape: Shape) -> bool {
        let mut size = Size::of(self.input);
        let shapes = self.shapes.iter().copied().chain(repeat(shape));
        self.nodes.iter().chain(more).zip(shapes).for_each(|(node, shape)| size.add(node, shape));
        // The sum of them and the activation behind it.
        size.add_values(shape, more.len() + 1);
        size.check().is_ok()
    }

    /// Takes out what the last layer does not depend on any more.
    pub(super) fn remove_unread(&mut self) {
        let mut read = vec![false; self.nodes.len()];
        let last = self.nodes.len() - 1;
        read[last] = true;
        for index in (0..=last).rev() {
            if !read[index] {
                self.remove(index);
                continue;
            }
            for source in &self.nodes[index].inputs {
                if let Source::Layer(before) = *source {
                    read[before] = true;
                }
            }
        }
        self.find_readers();
    }
}

impl Network {
    /// The part of what layer `reader` reads from layer `read`, which has no activation, that does not go into one layer with
    /// it, and why; `None` where there are too many parts, or they are too large together.
    pub(crate) fn apart(&self, read: usize, reader: usize) -> Result<Option<(usize, Apart)>> {
        let sums = sums_of(&self.nodes);
        for part in parts_of(&self.nodes, &self.shapes, self.input, &sums, read).unwrap_or_default() {
            let Source::Layer(at) = part.source else { continue };
            let [source] = self.nodes[at].inputs[..] else { continue };
            if !sums[at] {
                continue;
            }
            let Some(layer) = linear_part(&self.nodes[reader].layer, false, &part.channels)? else {
                return Ok(Some((at, Apart::Kind)));
            };
            let shapes = [self.shape(source), self.shapes[at], self.shapes[reader]];
            if let Err(why) = joined(&self.nodes[at].layer, &layer, shapes)? {
                return Ok(Some((at, why)));
            }
        }
        Ok(None)
    }
}

/// Which layers give sums that have no activation: none of them can be what spikes of one layer add up to.
pub(super) fn sums_of(nodes: &[Node]) -> Vec<bool> {
    let mut sums: Vec<bool> = Vec::with_capacity(nodes.len());
    for node in nodes {
        sums.push(match &node.layer {
            Layer::Add | Layer::Concat => {
                node.inputs.iter().any(|source| matches!(*source, Source::Layer(part) if sums[part]))
            }
            layer => layer.activation() == Some(Activation::Linear),
        });
    }
    sums
}

/// What layer `sum` adds up or puts side by side; `None` where there is too much of it.
fn parts_of(nodes: &[Node], shapes: &[Shape], input: Shape, sums: &[bool], sum: usize) -> Option<Vec<Part>> {
    let whole = Part { source: Source::Layer(sum), channels: 0..shapes[sum].groups() };
    let (mut parts, mut open) = (Vec::new(), vec![whole]);
    while let Some(part) = open.pop() {
        let node = match part.source {
            Source::Layer(at) if sums[at] => &nodes[at],
            _ => {
                parts.push(part);
                continue;
            }
        };
        match node.layer {
            Layer::Add => {
                let one = |&source: &Source| Part { source, channels: part.channels.clone() };
                open.extend(node.inputs.iter().rev().map(one));
            }
            Layer::Concat => {
                let mut end = part.channels.end;
                for &source in node.inputs.iter().rev() {
                    let shape = match source {
                        Source::Layer(at) => shapes[at],
                        Source::Input => input,
                    };
                    let start = end - shape.groups();
                    open.push(Part { source, channels: start..end });
                    end = start;
                }
            }
            _ => parts.push(part),
        }
        if parts.len() + open.len() > MOST_PARTS {
            return None;
        }
    }
    Some(parts)
}

/// A part of a sum: what brings some of the channels (or values of a vector) of it along.
struct Part {
    source: Source,
    channels: Range<usize>,
}

/// A layer without its activation, and without its bias unless that is asked for, that reads some channels of what it did;
/// `None` where there is none, as of convolutions with groups, which read them all.
fn linear_part(layer: &Layer, with_bias: bool, channels: &Range<usize>) -> Result<Option<Layer>> {
    Ok(match layer {
        Layer::Conv2d(conv) if conv.groups() > 1 && *channels != (0..conv.in_channels()) => None,
        Layer::Conv2d(conv) => {
            let bias = conv.bias().filter(|_| with_bias).map(|bias| bias.to_owned());
            let mut weights = conv.weights();
            if conv.groups() == 1 {
                weights.slice_axis_inplace(Axis(1), Slice::from(channels.clone()));
            }
            Some(Layer::Conv2d(Conv2d::new(weights, bias, *conv.window(), conv.groups(), Activation::Linear)?))
        }
        Layer::Dense(dense) => {
            let bias = dense.bias().filter(|_| with_bias).map(|bias| bias.to_owned());
            let mut weights = dense.weights();
            weights.slice_axis_inplace(Axis(1), Slice::from(channels.clone()));
            Some(Layer::Dense(Dense::new(weights.to_owned(), bias, Activation::Linear)?))
        }
        Layer::AvgPool2d(_) | Layer::GlobalAvgPool2d => Some(layer.clone()),
        _ => None,
    })
}

/// The number of weights that are not 0.
fn nonzeros(layer: &Layer) -> u64 {
    let all = |weights: &[f32]| weights.iter().filter(|&&weight| weight != 0.0).count() as u64;
    match layer {
        Layer::Conv2d(conv) => all(conv.by_input()),
        Layer::Dense(dense) => all(dense.weights_by_input().as_slice().unwrap_or_default()),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::MAX_VALUES;

    #[test]
    fn a_network_that_could_be_read_became_too_large_by_rewriting_and_was_refused() {
        let node = |layer: Layer| Node { name: String::new(), layer, inputs: vec![Source::Input] };
        let draft = Draft::of(vec![node(Layer::Flatten)], vec![Shape::Flat(3)], Shape::Flat(3));
        let room = |layer: &Layer, count: usize, shape| {
            draft.has_room(&(0..count).map(|_| node(layer.clone())).collect::<Vec<_>>(), shape)
        };
        // Values: each once, once more in the sum, and behind its activation.
        assert!(room(&Layer::Flatten, 1, Shape::Flat(MAX_VALUES)));
        assert!(!room(&Layer::Flatten, 2, Shape::Flat(MAX_VALUES)));
        // Multiplications: 2^30 in each.
        let pool = Layer::AvgPool2d(Window::new([1 << 15, 1 << 15]));
        assert!(room(&pool, 1, Shape::Flat(1)));
        assert!(!room(&pool, 2, Shape::Flat(1)));
    }
}
