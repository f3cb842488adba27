//! The numbers that weights and potentials are kept as, and the vectors of them that the inner loops use.

use std::ops::{BitAnd, Sub};

use bytemuck::Pod;
#[cfg(not(target_feature = "avx2"))]
use wide::f32x4 as Floats;
#[cfg(target_feature = "avx2")]
use wide::f32x8 as Floats;
use wide::{i8x16, i16x8, i32x4};

use super::tiles::{Packed, Tiles};

/// Something that is kept in one of the two precisions.
#[derive(Clone, Debug)]
pub(super) enum Kept<F, I> {
    F32(F),
    Fixed(I),
}

/// A weight or a potential. A threshold is `unit` of them.
pub(super) trait Element: Pod + PartialEq + std::fmt::Debug {
    type Vector: Vector<Element = Self>;

    /// A value in thresholds, as near as it can be.
    fn of(value: f32, unit: f32) -> Self;

    /// The value in thresholds.
    fn value(self, unit: f32) -> f32;

    /// The sum as the vectors have it.
    fn plus(self, other: Self) -> Self;

    fn less(self, other: Self) -> Self;

    /// The largest number below.
    fn before(self) -> Self;

    fn tiles(tiles: &Tiles) -> Option<&Packed<Self>>;

    fn numbers(numbers: &Numbers) -> Option<&[Self]>;

    /// The same values, where they are in thresholds already.
    fn as_f32(values: &[Self]) -> Option<&[f32]>;
}

/// Neighbouring elements in one register. What has a name of [`wide`] does the same.
pub(super) trait Vector: Pod + std::fmt::Debug + BitAnd<Output = Self> + Sub<Output = Self> {
    type Element: Element<Vector = Self>;
    const LANES: usize;

    fn splat(value: Self::Element) -> Self;
    fn load(values: &[Self::Element]) -> Self;
    fn store(self, values: &mut [Self::Element]);
    /// The sum; at the end of the range it stays there.
    fn plus(self, other: Self) -> Self;
    fn simd_gt(self, other: Self) -> Self;
    fn select(self, if_true: Self, if_false: Self) -> Self;
    /// Bit `k` of the answer stands for the element `k` of the masks one behind the other.
    fn to_bits(masks: &[Self]) -> u64;
}

/// Numbers of neurons or channels, in thresholds.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    unit: f32,
    kept: Kept<Vec<f32>, Vec<i16>>,
}

impl From<Vec<f32>> for Numbers {
    fn from(values: Vec<f32>) -> Self {
        Self { unit: 1.0, kept: Kept::F32(values) }
    }
}

impl Numbers {
    /// The same, rounded to 16 bits.
    pub(super) fn to_fixed(&self, unit: f32) -> Self {
        let values = (0..self.len()).map(|index| i16::of(self.value(index), unit)).collect();
        Self { unit, kept: Kept::Fixed(values) }
    }

    pub(super) fn unit(&self) -> f32 {
        self.unit
    }

    pub(super) fn len(&self) -> usize {
        match &self.kept {
            Kept::F32(values) => values.len(),
            Kept::Fixed(values) => values.len(),
        }
    }

    pub(super) fn value(&self, index: usize) -> f32 {
        match &self.kept {
            Kept::F32(values) => values[index],
            Kept::Fixed(values) => values[index].value(self.unit),
        }
    }
}

macro_rules! vector {
    ($vector:ident of $lanes:expr, $element:ident, $plus:expr, $bits:expr) => {
        impl Vector for $vector {
            type Element = $element;
            const LANES: usize = $lanes;

            #[inline]
            fn splat(value: $element) -> Self {
                $vector::splat(value)
            }

            #[inline]
            fn load(values: &[$element]) -> Self {
                $vector::from(&values[..$lanes])
            }

            #[inline]
            fn store(self, values: &mut [$element]) {
                values.copy_from_slice(&self.to_array());
            }

            #[inline]
            fn plus(self, other: Self) -> Self {
                $plus(self, other)
            }

            #[inline]
            fn simd_gt(self, other: Self) -> Self {
                $vector::simd_gt(self, other)
            }

            #[inline]
            fn select(self, if_true: Self, if_false: Self) -> Self {
                $vector::select(self, if_true, if_false)
            }

            #[inline]
            fn to_bits(masks: &[Self]) -> u64 {
                let bits = |group: &[Self]| u64::from($bits(group));
                let groups = masks.chunks_exact(16 / <Self as Vector>::LANES).enumerate();
                groups.fold(0, |all, (group, masks)| all | bits(masks) << (16 * group))
            }
        }
    };
}

/// Four, or eight where the platform has registers for them: each lane is a neuron of its own, so that sums are the same.
const FLOATS: usize = size_of::<Floats>() / size_of::<f32>();

vector!(Floats of FLOATS, f32, |a, b| a + b, |masks: &[Floats]| sixteen(bytemuck::cast_slice(masks)));
vector!(i16x8 of 8, i16, i16x8::saturating_add, |masks: &[i16x8]| narrow(masks[0], masks[1]));

/// The bits of masks of 8 lanes, one behind the other.
#[inline]
fn narrow(first: i16x8, second: i16x8) -> u32 {
    i8x16::from_i16x16_saturate(bytemuck::cast([first, second])).to_bitmask()
}

/// The bits of four masks of 4 lanes, one behind the other.
#[inline]
pub(super) fn sixteen(masks: &[i32x4]) -> u32 {
    // Both halves of a lane of 32 bits are as the lane is: what narrows 16 bits does for them as well.
    let halved = |k: usize| bytemuck::cast(i8x16::from_i16x16_saturate(bytemuck::cast([masks[k], masks[k + 1]])));
    narrow(halved(0), halved(2))
}

impl Element for f32 {
    type Vector = Floats;

    fn of(value: f32, _: f32) -> Self {
        value
    }

    fn value(self, _: f32) -> f32 {
        self
    }

    #[inline]
    fn plus(self, other: Self) -> Self {
        self + other
    }

    #[inline]
    fn less(self, other: Self) -> Self {
        self - other
    }

    #[inline]
    fn before(self) -> Self {
        self.next_down()
    }

    fn tiles(tiles: &Tiles) -> Option<&Packed<Self>> {
        match tiles.kept() {
            Kept::F32(packed) => Some(packed),
            Kept::Fixed(_) => None,
        }
    }

    fn numbers(numbers: &Numbers) -> Option<&[Self]> {
        match &numbers.kept {
            Kept::F32(values) => Some(values),
            Kept::Fixed(_) => None,
        }
    }

    fn as_f32(values: &[Self]) -> Option<&[f32]> {
        Some(values)
    }
}

impl Element for i16 {
    type Vector = i16x8;

    fn of(value: f32, unit: f32) -> Self {
        // A unit is a power of two, so that the product is exact; a cast ends at the ends of the range.
        (value * unit).round_ties_even() as Self
    }

    fn value(self, unit: f32) -> f32 {
        f32::from(self) / unit
    }

    #[inline]
    fn plus(self, other: Self) -> Self {
        self.saturating_add(other)
    }

    #[inline]
    fn less(self, other: Self) -> Self {
        self.saturating_sub(other)
    }

    #[inline]
    fn before(self) -> Self {
        self - 1
    }

    fn tiles(tiles: &Tiles) -> Option<&Packed<Self>> {
        match tiles.kept() {
            Kept::Fixed(packed) => Some(packed),
            Kept::F32(_) => None,
        }
    }

    fn numbers(numbers: &Numbers) -> Option<&[Self]> {
        match &numbers.kept {
            Kept::Fixed(values) => Some(values),
            Kept::F32(_) => None,
        }
    }

    fn as_f32(_: &[Self]) -> Option<&[f32]> {
        None
    }
}
