//! Averages that leave padding out of the mean: what a value counts for depends on where it goes. Such a layer is taken apart
//! into averages of some rows and columns each, which are scaled and added up.

use ndarray::Array4;
use serde::{Deserialize, Serialize};

use super::draft::Draft;
use super::{Activation, Conv2d, Layer, MAX_LAYERS, Node, Shape, Source, Window};
use crate::error::Result;

/// The most parts of such an average, which is also the most of a sum that other layers may read.
pub(super) const MOST_PARTS: usize = 64;

/// Some rows and columns of an image: from the first number up to the second, without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// The rows.
    pub rows: [usize; 2],
    /// The columns.
    pub columns: [usize; 2],
}

impl Area {
    pub(crate) fn contains(&self, row: usize, column: usize) -> bool {
        (self.rows[0]..self.rows[1]).contains(&row) && (self.columns[0]..self.columns[1]).contains(&column)
    }
}

impl Window {
    /// How many taps of output `at` along an axis are within the image, of `size` there, or its nearest zeros `around` it.
    pub(super) fn counted(&self, axis: usize, at: usize, size: usize, around: [usize; 4]) -> usize {
        let padding = self.padding[axis];
        let first = padding.saturating_sub(around[axis]);
        let end = (padding + size).saturating_add(around[axis + 2]);
        let before = |place: usize| place.saturating_sub(at * self.stride[axis]).div_ceil(self.dilation[axis]);
        before(end).min(self.kernel[axis]) - before(first).min(self.kernel[axis])
    }

    /// What the outputs in an area read of an image, in whole windows: all together, and at most.
    pub(crate) fn shares(&self, area: Area, image: Shape) -> (f64, f64) {
        let Shape::Image([_, height, width]) = image else { return (0.0, 0.0) };
        let along = |axis, size, [start, end]: [usize; 2]| {
            let share = |at| self.counted(axis, at, size, [0; 4]) as f64 / self.kernel[axis] as f64;
            ((start..end).map(share).sum::<f64>(), (start..end).map(share).fold(0.0, f64::max))
        };
        let (rows, columns) = (along(0, height, area.rows), along(1, width, area.columns));
        (rows.0 * columns.0, rows.1 * columns.1)
    }

    /// Whether the output at a row and column has a tap in an area.
    pub(crate) fn reaches(&self, area: Area, at: [usize; 2]) -> bool {
        let along = |axis: usize, [start, end]: [usize; 2]| {
            let place = |tap: usize| at[axis] * self.stride[axis] + tap * self.dilation[axis];
            let padding = self.padding[axis];
            (0..self.kernel[axis]).any(|tap| (start + padding..end + padding).contains(&place(tap)))
        };
        along(0, area.rows) && along(1, area.columns)
    }

    /// The outputs along an axis in runs, each with how many taps count.
    fn runs(&self, axis: usize, outputs: usize, size: usize, around: [usize; 4]) -> Vec<([usize; 2], usize)> {
        let mut runs: Vec<([usize; 2], usize)> = Vec::new();
        for at in 0..outputs {
            let count = self.counted(axis, at, size, around);
            match runs.last_mut() {
                Some((run, same)) if *same == count => run[1] = at + 1,
                _ => runs.push(([at, at + 1], count)),
            }
        }
        runs
    }
}

impl Draft {
    /// Takes an average that leaves padding out apart.
    pub(super) fn split_mean(&mut self) -> Result<Option<String>> {
        for index in 0..self.nodes.len() {
            let Layer::AvgPool2dInside(window, around) = self.nodes[index].layer else { continue };
            let source = self.nodes[index].inputs[0];
            let shape = self.shapes[index];
            let (Shape::Image([channels, height, width]), Shape::Image([_, rows, columns])) =
                (self.shape(source), shape)
            else {
                continue;
            };
            let (rows, columns) = (window.runs(0, rows, height, around), window.runs(1, columns, width, around));
            let count = rows.len() * columns.len();
            if count > MOST_PARTS {
                continue;
            }
            let name = self.nodes[index].name.clone();
            let (mut nodes, mut parts): (Vec<Node>, Vec<Source>) = (Vec::new(), Vec::new());
            for (&(rows, high), &(columns, wide)) in rows.iter().flat_map(|row| columns.iter().map(move |c| (row, c))) {
                let layer = match count {
                    1 => Layer::AvgPool2d(window),
                    _ => Layer::AvgPool2dPart(window, Area { rows, columns }),
                };
                let name = format!(
                    "{name} (rows {} to {}, columns {} to {})",
                    rows[0],
                    rows[1] - 1,
                    columns[0],
                    columns[1] - 1
                );
                nodes.push(Node { name: name.clone(), layer, inputs: vec![source] });
                if high * wide < window.taps() {
                    let factor = window.taps() as f32 / (high * wide) as f32;
                    let weights = Array4::from_elem((channels, 1, 1, 1), factor);
                    let scale = Conv2d::new(weights, None, Window::new([1, 1]), channels, Activation::Linear)?;
                    let inputs = vec![Source::Layer(index + nodes.len() - 1)];
                    nodes.push(Node { name: format!("{name}, scaled"), layer: Layer::Conv2d(scale), inputs });
                }
                parts.push(Source::Layer(index + nodes.len() - 1));
            }
            if self.nodes.len() + nodes.len() > MAX_LAYERS || !self.has_room(&nodes, shape) {
                continue;
            }
            if count == 1 {
                let last = nodes.pop().expect("there is an area");
                (self.nodes[index].layer, self.nodes[index].inputs) = (last.layer, last.inputs);
            } else {
                (self.nodes[index].layer, self.nodes[index].inputs) = (Layer::Add, Vec::new());
            }
            let at = index + nodes.len();
            for (k, node) in nodes.into_iter().enumerate() {
                self.insert(index + k, node, shape);
            }
            if count > 1 {
                self.nodes[at].inputs = parts;
            } else if at > index {
                self.nodes[at].inputs = vec![Source::Layer(at - 1)];
            }
            self.find_readers();
            return Ok(Some(name));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_taps_that_count_are_those_of_the_definition() {
        for (kernel, stride, dilation, padding, around) in
            [(3, 1, 1, [1, 1], [0, 0]), (2, 2, 1, [0, 1], [0, 0]), (4, 3, 2, [3, 2], [1, 2]), (5, 2, 1, [2, 4], [2, 0])]
        {
            let window = Window {
                kernel: [kernel, 1],
                stride: [stride, 1],
                padding: [padding[0], 0, padding[1], 0],
                dilation: [dilation, 1],
            };
            let Some([outputs, _]) = window.output(7, 1) else { panic!("{window:?}") };
            let around = [around[0], 0, around[1], 0];
            let counts = |at: usize| {
                let places = (0..kernel).map(|tap| at * stride + tap * dilation);
                places.filter(|place| (padding[0] - around[0]..padding[0] + 7 + around[2]).contains(place)).count()
            };
            for at in 0..outputs {
                assert_eq!(window.counted(0, at, 7, around), counts(at), "{window:?} at {at}");
            }
            let runs = window.runs(0, outputs, 7, around);
            let told: Vec<usize> = runs.iter().flat_map(|&(run, count)| (run[0]..run[1]).map(move |_| count)).collect();
            assert_eq!(told, (0..outputs).map(counts).collect::<Vec<_>>());
            assert!(runs.windows(2).all(|pair| pair[0].1 != pair[1].1));
        }
    }
}
