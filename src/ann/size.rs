//! How large a network may be.
//!
//! A large network may take long, while a small file that describes one may not: it could keep a page busy for minutes.

use super::{Layer, MAX_VALUES, Node, Shape};
use crate::error::{Error, Result};

/// The values that all layers may give together, however few weights there are.
const FREE_VALUES: u64 = 4 * MAX_VALUES as u64;
/// The multiplications of one forward pass, some seconds, however few weights there are.
const FREE_COST: u64 = 2_000_000_000;
/// The same for each weight. VGG-16 for 224 x 224 pixels has 0.3 and 112 of them, DenseNet-121 6 and 360.
const VALUES_OF_WEIGHT: u64 = 8;
const COST_OF_WEIGHT: u64 = 1_000;
/// The same for any network: half a GiB, and about half a minute.
const MOST_VALUES: u64 = 32 * MAX_VALUES as u64;
const MOST_COST: u64 = 30_000_000_000;

/// The sizes of all layers together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    values: u64,
    cost: u64,
    weights: u64,
}

impl Size {
    pub(super) fn of(input: Shape) -> Self {
        Self { values: input.size() as u64, ..Self::default() }
    }

    /// Adds a layer that gives values of this shape. A sum has them once for each of its inputs.
    pub(super) fn add(&mut self, node: &Node, shape: Shape) {
        let read = if matches!(node.layer, Layer::Add) { node.inputs.len() } else { 1 };
        self.add_values(shape, read);
        self.cost = self.cost.saturating_add(node.layer.cost(shape));
        self.weights = self.weights.saturating_add(node.layer.weights());
    }

    pub(super) fn add_values(&mut self, shape: Shape, times: usize) {
        self.values = self.values.saturating_add(shape.size() as u64 * times as u64);
    }

    /// The number of multiplications of a forward pass, roughly.
    pub(super) fn cost(self) -> u64 {
        self.cost
    }

    /// # Errors
    /// `shape-mismatch` if that is too much.
    pub(super) fn check(self) -> Result<()> {
        let most = |free: u64, each: u64, most: u64| self.weights.saturating_mul(each).clamp(free, most);
        let values = most(FREE_VALUES, VALUES_OF_WEIGHT, MOST_VALUES);
        if self.values > values {
            let expected = format!("at most {values} values in all, as many as {} weights allow", self.weights);
            return Err(Error::shape("layers", expected, self.values));
        }
        let cost = most(FREE_COST, COST_OF_WEIGHT, MOST_COST);
        if self.cost > cost {
            let expected =
                format!("at most {cost} multiplications in a forward pass, as many as {} weights allow", self.weights);
            return Err(Error::shape("layers", expected, self.cost));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::{Source, Window};

    fn size(weights: u64, values: u64, cost: u64) -> Size {
        Size { values, cost, weights }
    }

    #[test]
    fn resnet_50_and_vgg_16_for_224_x_224_pixels_were_too_large() {
        size(25_557_032, 17_411_072, 4_100_000_000).check().unwrap();
        size(138_357_544, 42_000_000, 15_500_000_000).check().unwrap();
    }

    #[test]
    fn a_small_file_may_not_describe_a_large_network() {
        size(1_000, FREE_VALUES, FREE_COST).check().unwrap();
        assert!(size(1_000, FREE_VALUES + 1, 0).check().is_err());
        assert!(size(1_000, 0, FREE_COST + 1).check().is_err());
        size(5_000_000, 40_000_000, 5_000_000_000).check().unwrap();
        let error = size(5_000_000, 40_000_001, 0).check().unwrap_err();
        assert!(error.to_string().contains("at most 40000000 values in all, as many as 5000000 weights"), "{error}");
        assert!(size(5_000_000, 0, 5_000_000_001).check().is_err());
        size(u64::MAX, MOST_VALUES, MOST_COST).check().unwrap();
        assert!(size(u64::MAX, MOST_VALUES + 1, 0).check().is_err());
        assert!(size(u64::MAX, 0, MOST_COST + 1).check().is_err());
    }

    #[test]
    fn sums_count_once_for_each_input_and_windows_for_each_tap() {
        let node = |layer, count| Node { name: String::new(), layer, inputs: vec![Source::Input; count] };
        let mut size = Size::of(Shape::Image([2, 4, 4]));
        size.add(&node(Layer::Add, 3), Shape::Image([2, 4, 4]));
        size.add(&node(Layer::AvgPool2d(Window::new([2, 2])), 1), Shape::Image([2, 3, 3]));
        assert_eq!((size.values, size.cost, size.weights), (32 + 96 + 18, 32 + 72, 0));
    }
}
