//! A network while it is rewritten.

use super::absorb::sums_of;
use super::join::joined;
use super::norm::{after_conv, after_dense, before_conv, before_dense, fits_padding};
use super::{Activation, Layer, MAX_LAYERS, Node, Shape, Source, Window};
use crate::error::Result;

/// The layers while they are changed.
pub(super) struct Draft {
    pub(super) nodes: Vec<Node>,
    pub(super) shapes: Vec<Shape>,
    pub(super) input: Shape,
    /// The one layer that reads each layer; `None` where none does, or several.
    readers: Vec<Option<usize>>,
    /// How many weights were made for the parts of sums, and with how many multiplications.
    pub(super) weights: u64,
    pub(super) work: u64,
    /// Which layers cannot read the parts of which sums, as they are.
    pub(super) apart: Vec<Vec<u8>>,
}

impl Draft {
    pub(super) fn of(nodes: Vec<Node>, shapes: Vec<Shape>, input: Shape) -> Self {
        let mut draft = Self { nodes, shapes, input, readers: Vec::new(), weights: 0, work: 0, apart: Vec::new() };
        draft.find_readers();
        draft
    }

    pub(super) fn find_readers(&mut self) {
        let mut counts = vec![0; self.nodes.len()];
        self.readers = vec![None; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            for source in &node.inputs {
                if let Source::Layer(before) = *source {
                    counts[before] += 1;
                    self.readers[before] = (counts[before] == 1).then_some(index);
                }
            }
        }
    }

    /// The layer that `index` reads, where nothing else reads it.
    fn own_input(&self, index: usize) -> Option<usize> {
        match self.nodes[index].inputs[..] {
            [Source::Layer(before)] if self.readers[before].is_some() => Some(before),
            _ => None,
        }
    }

    /// Takes out a layer with one input; its readers read that instead.
    pub(super) fn remove(&mut self, index: usize) -> String {
        let removed = self.nodes.remove(index);
        self.shapes.remove(index);
        for source in self.nodes[index..].iter_mut().flat_map(|node| &mut node.inputs) {
            match *source {
                Source::Layer(other) if other == index => *source = removed.inputs[0],
                Source::Layer(other) if other > index => *source = Source::Layer(other - 1),
                _ => {}
            }
        }
        self.find_readers();
        removed.name
    }

    pub(super) fn shape(&self, source: Source) -> Shape {
        match source {
            Source::Input => self.input,
            Source::Layer(index) => self.shapes[index],
        }
    }

    /// Exchanges layer `first` with the only one that reads it.
    fn swap(&mut self, first: usize, second: usize) {
        let (head, tail) = self.nodes.split_at_mut(second);
        std::mem::swap(&mut head[first].layer, &mut tail[0].layer);
        std::mem::swap(&mut head[first].name, &mut tail[0].name);
        // Pools come first now, so that the value between the two has their shape.
        self.shapes[first] = self.shapes[second];
    }

    /// Moves what reads a concatenation of sums, and works on every value or channel by itself, into the branches: where all
    /// can take it up, or an activation comes with it or behind it. Others may read the concatenation and the branches.
    pub(super) fn split_at_concat(&mut self) -> Option<String> {
        let sums = sums_of(&self.nodes);
        for index in 0..self.nodes.len() {
            let [Source::Layer(concat)] = self.nodes[index].inputs[..] else { continue };
            if !matches!(self.nodes[concat].layer, Layer::Concat) {
                continue;
            }
            let reader = self.readers[index].map(|reader| &self.nodes[reader].layer);
            let is_rectified = match &self.nodes[index].layer {
                Layer::Activation(_) => true,
                Layer::BatchNorm(norm) => {
                    norm.activation() != Activation::Linear || matches!(reader, Some(Layer::Activation(_)))
                }
                _ => continue,
            };
            let branches = self.nodes[concat].inputs.clone();
            let layer = |source: &Source| match *source {
                Source::Layer(branch) => Some(branch),
                Source::Input => None,
            };
            let is_own = |branch: usize| self.readers[branch].is_some() && linear(&self.nodes[branch]);
            let are_own = self.readers[concat].is_some() && branches.iter().all(|b| layer(b).is_some_and(is_own));
            let some = branches.iter().filter_map(layer).any(|branch| sums[branch]);
            if !(are_own || is_rectified && some) || self.nodes.len() + branches.len() > MAX_LAYERS {
                continue;
            }
            let name = self.nodes[index].name.clone();
            let mut first = 0;
            for (k, &branch) in branches.iter().enumerate() {
                let shape = self.shape(branch);
                let of = match branch {
                    Source::Layer(branch) => self.nodes[branch].name.as_str(),
                    Source::Input => "the input",
                };
                let layer = match &self.nodes[index + k].layer {
                    Layer::BatchNorm(norm) => Layer::BatchNorm(norm.part(first..first + shape.groups())),
                    Layer::Activation(activation) => Layer::Activation(*activation),
                    _ => break,
                };
                first += shape.groups();
                let name = format!("{name} of {of}");
                self.insert(index + k, Node { name, layer, inputs: vec![branch] }, shape);
            }
            let at = index + branches.len();
            self.nodes[at].layer = Layer::Concat;
            self.nodes[at].inputs = (index..at).map(Source::Layer).collect();
            self.remove_unread();
            return Some(name);
        }
        None
    }

    /// Puts a layer in, which nothing reads yet.
    pub(super) fn insert(&mut self, index: usize, node: Node, shape: Shape) {
        for source in self.nodes[index..].iter_mut().flat_map(|node| &mut node.inputs) {
            match source {
                Source::Layer(other) if *other >= index => *other += 1,
                _ => {}
            }
        }
        self.nodes.insert(index, node);
        self.shapes.insert(index, shape);
    }

    pub(super) fn raise_activation(&mut self) -> Option<String> {
        for index in 0..self.nodes.len() {
            if !matches!(self.nodes[index].layer, Layer::Activation(_)) {
                continue;
            }
            let mut at = index;
            while let Some(before) = self.own_input(at) {
                if !matches!(self.nodes[before].layer, Layer::MaxPool2d(_) | Layer::Flatten) {
                    break;
                }
                at = before;
            }
            if at == index || !self.own_input(at).is_some_and(|before| linear(&self.nodes[before])) {
                continue;
            }
            let name = self.nodes[index].name.clone();
            let mut now = index;
            while now != at {
                let before = self.own_input(now).expect("it was walked above");
                let shape = self.nodes[before].inputs[0];
                self.swap(before, now);
                if let Source::Layer(input) = shape {
                    self.shapes[before] = self.shapes[input];
                }
                now = before;
            }
            return Some(name);
        }
        None
    }

    pub(super) fn merge_activation(&mut self) -> Option<String> {
        for index in 0..self.nodes.len() {
            let Layer::Activation(activation) = self.nodes[index].layer else { continue };
            let Some(before) = self.own_input(index) else { continue };
            // What has a maximum is a ReLU already.
            let activation = match (self.nodes[before].layer.activation(), activation) {
                (Some(Activation::Linear), after) => after,
                (Some(Activation::Relu), capped @ Activation::Clipped(_)) => capped,
                (Some(Activation::Clipped(first)), Activation::Clipped(second)) => {
                    Activation::Clipped(first.min(second))
                }
                _ => continue,
            };
            let layer = std::mem::replace(&mut self.nodes[before].layer, Layer::Flatten);
            self.nodes[before].layer = layer.activated(activation);
            return Some(self.remove(index));
        }
        None
    }

    pub(super) fn merge_norm(&mut self) -> Result<Option<String>> {
        for index in 0..self.nodes.len() {
            let Layer::BatchNorm(norm) = &self.nodes[index].layer else { continue };
            let Some(before) = self.own_input(index) else { continue };
            let merged = match &self.nodes[before].layer {
                Layer::BatchNorm(first) if first.activation() == Activation::Linear => first.then(norm)?,
                _ => continue,
            };
            self.nodes[before].layer = Layer::BatchNorm(merged);
            return Ok(Some(self.remove(index)));
        }
        Ok(None)
    }

    /// Where no factor is negative, the largest value stays the largest one, with an activation or without.
    pub(super) fn raise_norm(&mut self) -> Option<String> {
        for index in 0..self.nodes.len() {
            let Layer::BatchNorm(norm) = &self.nodes[index].layer else { continue };
            let rises = norm.affine().iter().all(|&(factor, _)| factor > 0.0);
            let pool = self.own_input(index).filter(|&at| rises && matches!(self.nodes[at].layer, Layer::MaxPool2d(_)));
            let sums = pool.and_then(|pool| self.own_input(pool)).filter(|&at| linear(&self.nodes[at]));
            let (Some(pool), Some(sums)) = (pool, sums) else { continue };
            let name = self.nodes[index].name.clone();
            self.swap(pool, index);
            self.shapes[pool] = self.shapes[sums];
            return Some(name);
        }
        None
    }

    pub(super) fn fold_norm_back(&mut self) -> Result<Option<String>> {
        for index in 0..self.nodes.len() {
            let Layer::BatchNorm(norm) = &self.nodes[index].layer else { continue };
            let Some(before) = self.own_input(index) else { continue };
            self.nodes[before].layer = match &self.nodes[before].layer {
                Layer::Dense(dense) if dense.activation() == Activation::Linear => {
                    Layer::Dense(after_dense(dense, norm)?)
                }
                Layer::Conv2d(conv) if conv.activation() == Activation::Linear => {
                    Layer::Conv2d(after_conv(conv, norm)?)
                }
                _ => continue,
            };
            return Ok(Some(self.remove(index)));
        }
        Ok(None)
    }

    pub(super) fn lower_norm(&mut self) -> Option<String> {
        for index in 0..self.nodes.len() {
            let Layer::BatchNorm(norm) = &self.nodes[index].layer else { continue };
            let Some(reader) = self.readers[index] else { continue };
            if norm.activation() != Activation::Linear {
                continue;
            }
            let moved = match &self.nodes[reader].layer {
                Layer::AvgPool2d(window) if fits_padding(norm, window) => norm.clone(),
                Layer::AvgPool2dInside(_, [0, 0, 0, 0]) | Layer::GlobalAvgPool2d => norm.clone(),
                Layer::MaxPool2d(_) if norm.affine().iter().all(|&(factor, _)| factor > 0.0) => norm.clone(),
                Layer::Flatten => norm.repeated(self.shapes[index].positions()),
                _ => continue,
            };
            let name = self.nodes[index].name.clone();
            self.nodes[index].layer = Layer::BatchNorm(moved);
            self.swap(index, reader);
            return Some(name);
        }
        None
    }

    pub(super) fn raise_pool(&mut self) -> Option<String> {
        for index in 0..self.nodes.len() {
            let (is_mean, pads) = match &self.nodes[index].layer {
                Layer::GlobalAvgPool2d => (true, false),
                Layer::AvgPool2d(window) => (true, window.padding != [0; 4]),
                Layer::AvgPool2dInside(_, around) => (true, *around != [0; 4]),
                Layer::MaxPool2d(_) => (false, false),
                _ => continue,
            };
            let Some(before) = self.own_input(index) else { continue };
            let Layer::Conv2d(conv) = &self.nodes[before].layer else { continue };
            let channels = conv.in_channels();
            let even = conv.bias().is_none_or(|bias| bias.len() == conv.out_channels() && !pads);
            if conv.activation() != Activation::Linear || *conv.window() != Window::new([1, 1]) || !even {
                continue;
            }
            if !is_mean && !conv.selects() {
                continue;
            }
            let name = self.nodes[index].name.clone();
            self.swap(before, index);
            if let Shape::Image([_, height, width]) = self.shapes[before] {
                self.shapes[before] = Shape::Image([channels, height, width]);
            }
            return Some(name);
        }
        None
    }

    pub(super) fn join(&mut self) -> Result<Option<String>> {
        for index in 0..self.nodes.len() {
            let Some(before) = self.own_input(index) else { continue };
            let [source] = self.nodes[before].inputs[..] else { continue };
            let shapes = [self.shape(source), self.shapes[before], self.shapes[index]];
            let Ok(one) = joined(&self.nodes[before].layer, &self.nodes[index].layer, shapes)? else { continue };
            self.nodes[before].layer = one;
            self.shapes[before] = self.shapes[index];
            return Ok(Some(self.remove(index)));
        }
        Ok(None)
    }

    /// Into every layer that reads it and can; where others read it as well, it stays for these.
    pub(super) fn fold_norm_ahead(&mut self) -> Result<Option<String>> {
        let mut readers = vec![Vec::new(); self.nodes.len()];
        for (reader, node) in self.nodes.iter().enumerate() {
            for source in &node.inputs {
                if let Source::Layer(before) = *source {
                    readers[before].push(reader);
                }
            }
        }
        for (index, readers) in readers.iter().enumerate() {
            let Layer::BatchNorm(norm) = &self.nodes[index].layer else { continue };
            if norm.activation() != Activation::Linear {
                continue;
            }
            let (mut folded, mut others) = (Vec::new(), index + 1 == self.nodes.len());
            for &reader in readers {
                match &self.nodes[reader].layer {
                    Layer::Dense(dense) => {
                        let norm = norm.repeated(self.shapes[index].positions());
                        folded.push((reader, Layer::Dense(before_dense(dense, &norm)?)));
                    }
                    Layer::Conv2d(conv) => {
                        let conv = before_conv(conv, norm, self.shapes[index], self.shapes[reader])?;
                        folded.push((reader, Layer::Conv2d(conv)));
                    }
                    _ => others = true,
                }
            }
            if folded.is_empty() {
                continue;
            }
            for (reader, layer) in folded {
                self.nodes[reader].layer = layer;
                let (before, after) = self.nodes.split_at_mut(reader);
                after[0].inputs.clone_from(&before[index].inputs);
            }
            if !others {
                return Ok(Some(self.remove(index)));
            }
            self.find_readers();
            return Ok(Some(self.nodes[index].name.clone()));
        }
        Ok(None)
    }
}

/// Whether a layer gives sums, which an activation may follow.
fn linear(node: &Node) -> bool {
    match &node.layer {
        Layer::Add => true,
        layer => layer.activation() == Some(Activation::Linear),
    }
}
