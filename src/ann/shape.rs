//! Shapes of values, and windows that move over images.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The largest number of values that one layer may output. Files can declare shapes that no machine can hold.
pub const MAX_VALUES: usize = 1 << 22;

/// The shape of the input or output of a layer. Images are flattened channel-first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "Vec<usize>")]
pub enum Shape {
    /// A vector.
    Flat(usize),
    /// `[channels, height, width]`.
    Image([usize; 3]),
}

impl Shape {
    /// The shape with these sizes: three make an image, any other number a vector.
    ///
    /// # Errors
    /// `shape-mismatch` if there are no sizes, one is 0, or their product exceeds [`MAX_VALUES`].
    pub fn new(what: &str, sizes: &[usize]) -> Result<Self> {
        let size = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
        match size {
            Some(size) if (1..=MAX_VALUES).contains(&size) && !sizes.is_empty() => Ok(match *sizes {
                [channels, height, width] => Self::Image([channels, height, width]),
                _ => Self::Flat(size),
            }),
            _ => {
                let expected = format!("positive sizes, such as [784] or [1, 28, 28], of at most {MAX_VALUES} values");
                Err(Error::shape(what, expected, listed(sizes)))
            }
        }
    }

    /// Refuses a shape that [`Self::new`] would not have made.
    pub(crate) fn check(self, what: &str) -> Result<()> {
        Self::new(what, &Vec::from(self)).map(|_| ())
    }

    /// The number of values.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Flat(size) => size,
            Self::Image([channels, height, width]) => channels * height * width,
        }
    }

    /// The number of channels of an image, or of values of a vector: each has its own bias.
    #[must_use]
    pub fn groups(self) -> usize {
        match self {
            Self::Flat(size) => size,
            Self::Image([channels, ..]) => channels,
        }
    }

    /// The number of positions that share a channel; 1 in a vector.
    #[must_use]
    pub fn positions(self) -> usize {
        match self {
            Self::Flat(_) => 1,
            Self::Image([_, height, width]) => height * width,
        }
    }
}

impl From<Shape> for Vec<usize> {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Flat(size) => vec![size],
            Shape::Image(sizes) => sizes.to_vec(),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", Vec::from(*self))
    }
}

/// Sizes in a message: files can list any number of them.
pub(crate) fn listed(sizes: &[usize]) -> String {
    match sizes.get(..8) {
        Some(first) if sizes.len() > 8 => format!("{} sizes, first {first:?}", sizes.len()),
        _ => format!("{sizes:?}"),
    }
}

/// A window that moves over an image, rows first: `[y, x]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Taps along each axis.
    pub kernel: [usize; 2],
    /// How far it moves from one output to the next.
    pub stride: [usize; 2],
    /// Rows and columns of zeros around the image: top, left, bottom, right.
    pub padding: [usize; 4],
    /// The distance between taps.
    pub dilation: [usize; 2],
}

impl Window {
    /// A window of this kernel that moves by 1, without padding.
    #[must_use]
    pub fn new(kernel: [usize; 2]) -> Self {
        Self { kernel, stride: [1; 2], padding: [0; 4], dilation: [1; 2] }
    }

    /// The number of taps.
    #[must_use]
    pub fn taps(&self) -> usize {
        self.kernel[0].saturating_mul(self.kernel[1])
    }

    /// Refuses sizes of 0 and those beyond any image.
    pub(crate) fn check(&self, what: &str) -> Result<()> {
        let sizes = [self.kernel, self.stride, self.dilation];
        let fits = |&size: &usize| (1..=MAX_VALUES).contains(&size);
        if sizes.iter().flatten().all(fits) && self.padding.iter().all(|&size| size <= MAX_VALUES) {
            return Ok(());
        }
        let expected = format!("kernel, stride and dilation from 1 to {MAX_VALUES}, padding from 0");
        Err(Error::shape(what, expected, format!("{self:?}")))
    }

    /// Height and width of the output; `None` where the window is larger than the padded image.
    pub(crate) fn output(&self, height: usize, width: usize) -> Option<[usize; 2]> {
        let size = |axis: usize, size: usize| {
            let reach = self.dilation[axis].checked_mul(self.kernel[axis] - 1)?.checked_add(1)?;
            let padded = size + self.padding[axis] + self.padding[axis + 2];
            Some(padded.checked_sub(reach)? / self.stride[axis] + 1)
        };
        Some([size(0, height)?, size(1, width)?])
    }

    /// Whether every output of `shape` reads something of an image of this height and width, and not padding alone.
    pub(crate) fn meets(&self, image: [usize; 2], shape: Shape) -> bool {
        let Shape::Image([_, height, width]) = shape else { return true };
        let along = |axis: usize, outputs: usize| {
            let meets = |output: usize| {
                // The first tap that is not in the padding before the image.
                let (at, before) = (output * self.stride[axis], self.padding[axis]);
                let tap = before.saturating_sub(at).div_ceil(self.dilation[axis]);
                tap < self.kernel[axis] && at + tap * self.dilation[axis] - before < image[axis]
            };
            (0..outputs).all(meets)
        };
        along(0, height) && along(1, width)
    }

    /// The outputs along `axis` (0 is y) that read coordinate `at`, each with the tap that does, in order of the tap.
    /// `outputs` is the number of outputs along that axis.
    pub(crate) fn readers(
        &self,
        axis: usize,
        at: usize,
        outputs: usize,
    ) -> impl Iterator<Item = (usize, usize)> + use<> {
        let [kernel, stride, dilation] = [self.kernel[axis], self.stride[axis], self.dilation[axis]];
        let from = at + self.padding[axis];
        // The first tap that is met and the output that it belongs to, how many more there are, and how far they are apart.
        let (tap, output, count, [taps, back]) = if stride == 1 && dilation == 1 {
            // The usual window: no divisions.
            let tap = (from + 1).saturating_sub(outputs);
            (tap, from - tap, kernel.min(from + 1).saturating_sub(tap), [1, 1])
        } else {
            let [between, met] = met(stride, dilation, from);
            let first = from.saturating_sub(stride * (outputs - 1)).div_ceil(dilation);
            let tap = first + (met + between - first % between) % between;
            let end = if met < between { kernel.min(from / dilation + 1) } else { 0 };
            match end.saturating_sub(tap).div_ceil(between) {
                0 => (0, 0, 0, [0, 0]),
                count => (tap, (from - tap * dilation) / stride, count, [between, dilation / (stride / between)]),
            }
        };
        (0..count).map(move |n| (output - n * back, tap + n * taps))
    }
}

/// Which taps are a whole number of strides away from `from`: one of `between`, and the first of them, which is `between`
/// where there are none.
fn met(stride: usize, dilation: usize, from: usize) -> [usize; 2] {
    if dilation == 1 {
        return [stride, from % stride];
    }
    // Euclid: `dilation * factor` is `common` up to multiples of `stride`.
    let [mut common, mut rest] = [stride as i64, (dilation % stride) as i64];
    let [mut factor, mut next] = [0, 1];
    while rest != 0 {
        let whole = common / rest;
        (common, rest) = (rest, common - whole * rest);
        (factor, next) = (next, factor - whole * next);
    }
    let between = stride as i64 / common;
    let from = from as i64;
    let first = if from % common == 0 { (from / common % between * factor).rem_euclid(between) } else { between };
    [between as usize, first as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_sizes_are_an_image_and_absurd_ones_are_refused() {
        assert_eq!(Shape::new("x", &[2, 3, 4]).unwrap(), Shape::Image([2, 3, 4]));
        assert_eq!(Shape::new("x", &[3, 4]).unwrap(), Shape::Flat(12));
        for sizes in [&[][..], &[0], &[3, 0, 2], &[usize::MAX, 2], &[1 << 25]] {
            assert_eq!(Shape::new("x", sizes).unwrap_err().code(), "shape-mismatch");
        }
    }

    #[test]
    fn a_window_knows_its_output_and_who_reads_what() {
        let window = Window { stride: [2; 2], padding: [1, 1, 1, 1], ..Window::new([3, 3]) };
        assert_eq!(window.output(5, 4), Some([3, 2]));
        assert_eq!(window.readers(0, 0, 3).collect::<Vec<_>>(), [(0, 1)]);
        assert_eq!(window.readers(0, 1, 3).collect::<Vec<_>>(), [(1, 0), (0, 2)]);
        let dilated = Window { dilation: [2, 1], ..Window::new([2, 1]) };
        assert_eq!(dilated.output(3, 1), Some([1, 1]));
        assert_eq!(dilated.output(2, 1), None);
        assert_eq!(dilated.readers(0, 2, 1).collect::<Vec<_>>(), [(0, 1)]);
        assert_eq!(dilated.readers(0, 1, 1).count(), 0);
    }

    #[test]
    fn readers_are_those_of_the_definition_in_order_of_the_tap() {
        for (kernel, stride, dilation) in [
            (1, 1, 1),
            (3, 2, 1),
            (2, 1, 3),
            (5, 3, 2),
            (9, 9, 1),
            (7, 2, 2),
            (3, 4, 5),
            (3, 6, 4),
            (2, 4, 6),
            (3, 5, 5),
        ] {
            let window = Window {
                stride: [stride, 1],
                dilation: [dilation, 1],
                padding: [2, 0, 1, 0],
                ..Window::new([kernel, 1])
            };
            let Some([outputs, _]) = window.output(16, 1) else { panic!("{window:?}") };
            for at in 0..16 {
                let all = (0..kernel).flat_map(|tap| (0..outputs).map(move |output| (output, tap)));
                let expected: Vec<_> = all.filter(|(output, tap)| output * stride + tap * dilation == at + 2).collect();
                assert_eq!(window.readers(0, at, outputs).collect::<Vec<_>>(), expected, "{window:?} at {at}");
            }
        }
    }

    #[test]
    fn each_of_many_inputs_was_held_against_thousands_of_taps() {
        // Every pair is visited once: with so many taps and outputs, trying them for each input took minutes.
        let window = Window { dilation: [1, 2_001], stride: [1, 2], ..Window::new([1, 2_001]) };
        let width = 2_001 * 2_000 + 1_001;
        let [_, outputs] = window.output(1, width).unwrap();
        let pairs: usize = (0..width).map(|at| window.readers(1, at, outputs).count()).sum();
        assert_eq!(pairs, outputs * 2_001);
    }
}
