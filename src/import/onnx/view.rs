//! How a value of the graph lies in a value of our network.
//!
//! Graphs move axes about and join them (`Transpose`, `Reshape`, `Flatten`); the network keeps every value in one
//! order, channel-first. A view says for each axis of the graph's value which values of ours it runs over, so that
//! nothing is computed until a layer reads the value, and weights can be put into our order then.

use crate::ann::Shape;

/// A run of `size` values of ours that are `stride` apart.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Run {
    size: usize,
    stride: usize,
}

/// The axes of a value, without the batch. Each is made of runs, the outermost first; an axis of size 1 has none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View(Vec<Vec<Run>>);

impl View {
    /// Axes of these sizes over values in the same order.
    pub(super) fn contiguous(sizes: &[usize]) -> Self {
        let mut stride = 1;
        let mut axes: Vec<Vec<Run>> = Vec::with_capacity(sizes.len());
        for &size in sizes.iter().rev() {
            axes.push(if size == 1 { Vec::new() } else { vec![Run { size, stride }] });
            stride *= size;
        }
        axes.reverse();
        Self(axes)
    }

    /// The size of every axis.
    pub(super) fn sizes(&self) -> Vec<usize> {
        self.0.iter().map(|axis| axis.iter().map(|run| run.size).product()).collect()
    }

    pub(super) fn rank(&self) -> usize {
        self.0.len()
    }

    /// The axes in another order; `None` where one is missing or twice.
    pub(super) fn permuted(&self, order: &[usize]) -> Option<Self> {
        let mut axes: Vec<Option<&Vec<Run>>> = self.0.iter().map(Some).collect();
        if order.len() != axes.len() {
            return None;
        }
        order.iter().map(|&axis| axes.get_mut(axis)?.take().cloned()).collect::<Option<Vec<_>>>().map(Self)
    }

    /// The same values in the same order, divided into axes of other sizes; `None` where an axis would have to be cut
    /// where it cannot.
    pub(super) fn reshaped(&self, sizes: &[usize]) -> Option<Self> {
        let runs = self.runs();
        let mut runs = runs.into_iter();
        let mut open: Option<Run> = None;
        let mut axes = Vec::with_capacity(sizes.len());
        for &size in sizes {
            let mut axis: Vec<Run> = Vec::new();
            let mut left = size;
            while left > 1 {
                let run = open.take().or_else(|| runs.next())?;
                if left.is_multiple_of(run.size) {
                    left /= run.size;
                    axis.push(run);
                } else if run.size.is_multiple_of(left) {
                    let inner = run.size / left;
                    axis.push(Run { size: left, stride: run.stride * inner });
                    open = Some(Run { size: inner, stride: run.stride });
                    left = 1;
                } else {
                    return None;
                }
            }
            axes.push(if left == 1 { merged(axis) } else { return None });
        }
        (open.is_none() && runs.next().is_none()).then_some(Self(axes))
    }

    /// All axes one after the other, as few runs as can be.
    fn runs(&self) -> Vec<Run> {
        merged(self.0.iter().flatten().copied().collect())
    }

    /// Whether the values are in our order.
    pub(super) fn is_in_order(&self) -> bool {
        matches!(self.runs()[..], [] | [Run { stride: 1, .. }])
    }

    /// How to bring values in the graph's order into ours, of an image, as it is written with `NumPy`.
    pub(super) fn recipe(&self, image: [usize; 3]) -> String {
        let runs = self.runs();
        let mut order: Vec<usize> = (0..runs.len()).collect();
        order.sort_by_key(|&axis| std::cmp::Reverse(runs.get(axis).map(|run| run.stride)));
        let listed = |numbers: &[usize]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let sizes: Vec<usize> = runs.iter().map(|run| run.size).collect();
        format!("x.reshape({}).transpose({}).reshape({})", listed(&sizes), listed(&order), listed(&image))
    }

    /// The place of every value in our order.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> + use<> {
        let runs = self.runs();
        let count: usize = runs.iter().map(|run| run.size).product();
        (0..count).map(move |mut index| {
            let mut place = 0;
            for run in runs.iter().rev() {
                place += index % run.size * run.stride;
                index /= run.size;
            }
            place
        })
    }

    /// Where the value at `place` in our order lies along `axis`.
    pub(super) fn coordinate(&self, axis: usize, place: usize) -> usize {
        let runs = self.0.get(axis).map_or(&[][..], Vec::as_slice);
        runs.iter().fold(0, |at, run| at * run.size + place / run.stride % run.size)
    }

    /// Whether moving along `axis` never stays within `positions` neighbours: whether it moves over channels only.
    pub(super) fn moves_by(&self, axis: usize, positions: usize) -> bool {
        self.0.get(axis).is_none_or(|runs| runs.iter().all(|run| run.stride.is_multiple_of(positions)))
    }

    /// Which channels of an image of these sizes its first axis runs over, if the others are the rows and columns.
    pub(super) fn channel_order(&self, [channels, height, width]: [usize; 3]) -> Option<Vec<usize>> {
        let [first, rest @ ..] = &self.0[..] else { return None };
        let positions = height * width;
        let fits = self.sizes() == [channels, height, width] && self.moves_by(0, positions);
        if !fits || Self(rest.to_vec()) != Self::contiguous(&[height, width]) {
            return None;
        }
        Some(Self(vec![first.clone()]).places().map(|place| place / positions).collect())
    }

    /// An image whose channels, rows and columns are these axes of a value that is in its first order, and the view of
    /// that value (its axes have these `sizes`) onto the image.
    pub(super) fn as_image(&self, sizes: &[usize]) -> Option<(Shape, Self)> {
        let [channels, height, width] = self.sizes()[..] else { return None };
        let mut stride = 1;
        // Our strides, ordered by where the values were at first.
        let mut runs: Vec<(usize, Run)> = Vec::new();
        for run in self.0.iter().flatten().rev() {
            runs.push((run.stride, Run { size: run.size, stride }));
            stride *= run.size;
        }
        runs.sort_unstable_by_key(|&(first, _)| std::cmp::Reverse(first));
        let flat = Self(vec![runs.into_iter().map(|(_, run)| run).collect()]);
        Some((Shape::Image([channels, height, width]), flat.reshaped(sizes)?))
    }

    /// What an image becomes when its positions are averaged: only its channels are left, at these axes.
    pub(super) fn without_positions(&self, positions: usize) -> Self {
        let channel = |run: &Run| Run { size: run.size, stride: run.stride / positions.max(1) };
        let of = |axis: &Vec<Run>| axis.iter().filter(|run| run.stride >= positions).map(channel).collect();
        Self(self.0.iter().map(of).collect())
    }

    /// Without some axes, which must be of size 1.
    pub(super) fn without_axes(&self, axes: &[usize]) -> Self {
        let kept = self.0.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
        Self(kept.map(|(_, runs)| runs.clone()).collect())
    }
}

/// Joins neighbours that make one run.
fn merged(runs: Vec<Run>) -> Vec<Run> {
    let mut whole: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        match whole.last_mut() {
            Some(last) if last.stride == run.size * run.stride => {
                *last = Run { size: last.size * run.size, stride: run.stride };
            }
            _ => whole.push(run),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channels_last_flatten_gives_the_places_of_its_values() {
        // Two channels of 1 x 3: ours is [c0x0 c0x1 c0x2 c1x0 ..].
        let image = View::contiguous(&[2, 1, 3]);
        let last = image.permuted(&[1, 2, 0]).unwrap();
        assert_eq!(last.sizes(), [1, 3, 2]);
        let flat = last.reshaped(&[6]).unwrap();
        assert_eq!(flat.places().collect::<Vec<_>>(), [0, 3, 1, 4, 2, 5]);
        assert!(!flat.is_in_order() && image.reshaped(&[6]).unwrap().is_in_order());
        assert_eq!((flat.coordinate(0, 3), flat.coordinate(0, 2)), (1, 4));
        assert!(last.moves_by(2, 3) && !last.moves_by(1, 3) && last.moves_by(0, 3));
    }

    #[test]
    fn axes_are_cut_only_where_they_can_be() {
        let image = View::contiguous(&[4, 6]);
        assert_eq!(image.reshaped(&[8, 3]).unwrap(), View::contiguous(&[8, 3]));
        let turned = image.permuted(&[1, 0]).unwrap();
        assert_eq!(turned.reshaped(&[3, 8]).unwrap().sizes(), [3, 8]);
        assert_eq!(turned.reshaped(&[8, 3]), None);
        assert_eq!(turned.reshaped(&[6]), None);
        assert_eq!(turned.reshaped(&[48]), None);
        assert_eq!(turned.permuted(&[0, 0]), None);
        assert_eq!(turned.permuted(&[0, 2]), None);
        assert_eq!(View::contiguous(&[0, 3]).reshaped(&[3]), None);
    }

    #[test]
    fn an_input_is_laid_out_as_the_image_that_it_becomes() {
        // Rows, columns, channels become an image; their first order is that of the axes.
        let sizes = [2, 3, 4];
        let wanted = View::contiguous(&sizes).permuted(&[2, 0, 1]).unwrap();
        let (shape, view) = wanted.as_image(&sizes).unwrap();
        assert_eq!(shape, Shape::Image([4, 2, 3]));
        assert_eq!(view.permuted(&[2, 0, 1]).unwrap(), View::contiguous(&[4, 2, 3]));
        let (shape, view) = View::contiguous(&[1, 3, 2]).as_image(&[6]).unwrap();
        assert_eq!((shape, view), (Shape::Image([1, 3, 2]), View::contiguous(&[6])));
    }

    #[test]
    fn averaging_leaves_the_channels() {
        let last = View::contiguous(&[5, 2, 3]).permuted(&[1, 2, 0]).unwrap();
        let pooled = last.without_positions(6);
        assert_eq!(pooled.sizes(), [1, 1, 5]);
        assert_eq!(pooled.without_axes(&[0, 1]), View::contiguous(&[5]));
    }
}
