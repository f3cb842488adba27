//! Random changes of an image: mirrored, shifted by whole pixels, and turned and resized a little about its centre.

use rand::{Rng, RngExt};

use crate::data::{PIXELS, SIDE};
use crate::recipe::Augment;

/// One drawn change.
#[derive(Clone, Copy, Debug)]
struct Change {
    right: i32,
    down: i32,
    /// Radians, and the factor of size. `None` where the pixels only move.
    turn: Option<(f32, f32)>,
    mirror: bool,
}

impl Change {
    fn draw(augment: &Augment, rng: &mut impl Rng) -> Change {
        let mut step = || if augment.shift == 0 { 0 } else { rng.random_range(-augment.shift..=augment.shift) };
        let (right, down) = (step(), step());
        let mut within = |limit: f32| limit * (2.0 * rng.random::<f32>() - 1.0);
        let turn = (augment.rotation != 0.0 || augment.zoom != 0.0)
            .then(|| (within(augment.rotation).to_radians(), 1.0 + within(augment.zoom)));
        let mirror = augment.mirror && rng.random();
        Change { right, down, turn, mirror }
    }
}

/// Writes a randomly changed copy of `image` to `out`, as intensities in 0..1.
pub(crate) fn augment(image: &[u8], augment: &Augment, rng: &mut impl Rng, out: &mut [f32]) {
    let change = Change::draw(augment, rng);
    match change.turn {
        None => shift(image, change.right, change.down, out),
        Some((angle, size)) => turn(image, change.right, change.down, angle, size, out),
    }
    if change.mirror {
        out.chunks_exact_mut(SIDE).for_each(<[f32]>::reverse);
    }
}

/// Writes `image` to `out` as intensities in 0..1.
pub(crate) fn plain(image: &[u8], out: &mut [f32]) {
    for (out, &byte) in out.iter_mut().zip(image) {
        *out = f32::from(byte) / 255.0;
    }
}

fn shift(image: &[u8], right: i32, down: i32, out: &mut [f32]) {
    debug_assert_eq!((image.len(), out.len()), (PIXELS, PIXELS));
    for y in 0..SIDE as i32 {
        for x in 0..SIDE as i32 {
            out[y as usize * SIDE + x as usize] = pixel(image, x - right, y - down) / 255.0;
        }
    }
}

/// Looks up, for each pixel of the copy, the place in `image` that it comes from, and blends the four pixels around.
fn turn(image: &[u8], right: i32, down: i32, angle: f32, size: f32, out: &mut [f32]) {
    let centre = (SIDE - 1) as f32 / 2.0;
    let (along, across) = (angle.cos() / size, angle.sin() / size);
    for y in 0..SIDE {
        for x in 0..SIDE {
            let (u, v) = (x as f32 - centre - right as f32, y as f32 - centre - down as f32);
            let from_x = along * u + across * v + centre;
            let from_y = along * v - across * u + centre;
            let (left, top) = (from_x.floor(), from_y.floor());
            let (part_x, part_y) = (from_x - left, from_y - top);
            let (left, top) = (left as i32, top as i32);
            let row = |y: i32| pixel(image, left, y) * (1.0 - part_x) + pixel(image, left + 1, y) * part_x;
            out[y * SIDE + x] = (row(top) * (1.0 - part_y) + row(top + 1) * part_y) / 255.0;
        }
    }
}

/// The byte at a place, or 0 outside the frame.
fn pixel(image: &[u8], x: i32, y: i32) -> f32 {
    let inside = 0..SIDE as i32;
    if inside.contains(&x) && inside.contains(&y) { f32::from(image[y as usize * SIDE + x as usize]) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    /// A digit with ink in its inner 20 x 20 pixels only, as MNIST has it.
    fn inner_square() -> Vec<u8> {
        let inner = 4..24;
        let ink = |i: usize| inner.contains(&(i % SIDE)) && inner.contains(&(i / SIDE));
        (0..PIXELS).map(|i| if ink(i) { (i % 256) as u8 } else { 0 }).collect()
    }

    fn sum(pixels: &[f32]) -> f64 {
        pixels.iter().map(|&pixel| f64::from(pixel)).sum()
    }

    #[test]
    fn a_shift_keeps_the_pixel_sum_while_the_ink_stays_inside_the_frame() {
        let image = inner_square();
        let (mut still, mut moved) = ([0.0; PIXELS], [0.0; PIXELS]);
        plain(&image, &mut still);
        for (right, down) in [(0, 0), (4, -4), (-4, 4), (1, 2), (-3, 0)] {
            shift(&image, right, down, &mut moved);
            assert!((sum(&moved) - sum(&still)).abs() < 1e-9, "shift by {right}, {down}");
        }
        shift(&image, 8, 0, &mut moved);
        assert!(sum(&moved) < sum(&still) - 1.0, "ink that leaves the frame is lost");
    }

    #[test]
    fn a_shift_moves_a_pixel_right_and_down() {
        let mut image = vec![0; PIXELS];
        image[10 * SIDE + 10] = 255;
        let mut moved = [0.0; PIXELS];
        shift(&image, 2, 1, &mut moved);
        assert!(moved[11 * SIDE + 12] >= 1.0);
    }

    #[test]
    fn a_turn_by_nothing_is_a_shift_and_a_full_turn_changes_nothing() {
        let image = inner_square();
        let (mut moved, mut turned) = ([0.0; PIXELS], [0.0; PIXELS]);
        shift(&image, 2, -1, &mut moved);
        for angle in [0.0, std::f32::consts::TAU] {
            turn(&image, 2, -1, angle, 1.0, &mut turned);
            let difference = moved.iter().zip(&turned).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(difference < 1e-4, "angle {angle}: {difference}");
        }
    }

    #[test]
    fn about_half_of_the_copies_are_mirrored_where_that_is_allowed() {
        let mut image = vec![0; PIXELS];
        image[0] = 255;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut mirrored = |mirror| {
            let only = Augment { shift: 0, rotation: 0.0, zoom: 0.0, mirror };
            let mut out = [0.0; PIXELS];
            let mut count = 0;
            for _ in 0..200 {
                augment(&image, &only, &mut rng, &mut out);
                assert!(out[0] + out[SIDE - 1] >= 1.0);
                count += usize::from(out[SIDE - 1] >= 1.0);
            }
            count
        };
        assert_eq!(mirrored(false), 0);
        assert!((70..130).contains(&mirrored(true)));
    }

    #[test]
    fn intensities_stay_between_0_and_1_and_repeat_with_the_seed() {
        let image = vec![255; PIXELS];
        let all = Augment { shift: 2, rotation: 15.0, zoom: 0.2, mirror: true };
        let copy = |seed| {
            let mut out = vec![0.0; PIXELS];
            augment(&image, &all, &mut Xoshiro256PlusPlus::seed_from_u64(seed), &mut out);
            out
        };
        assert!((0..100).flat_map(copy).all(|value| (0.0..=1.0).contains(&value)));
        assert_eq!(copy(7), copy(7));
        assert_ne!(copy(7), copy(8));
    }
}
