//! Drawings as images like those of MNIST.
//!
//! MNIST digits were scaled to fit a box of 20 x 20 pixels, keeping their proportions, and placed in a frame of 28 x 28
//! with their centre of mass in the middle (see the MNIST database page). A network trained on them recognises other
//! handwriting only if it is brought into the same form.

use crate::error::{Error, Result, all_intensities};

/// The side of the frame, in pixels.
pub const FRAME: usize = 28;
/// The side of the box that a digit is scaled to, in pixels.
const BOX: f64 = 20.0;
/// A pixel with less ink than this counts as empty.
const FAINT: f32 = 0.05;

/// Converts a drawing (`[height, width]`, ink from 0 to 1) into a frame of 28 x 28 pixels.
///
/// Each pixel of the frame is the mean of the ink below it. The centre of mass is placed in the middle, as far as the
/// drawing stays inside the frame.
///
/// # Errors
/// `shape-mismatch` if the drawing does not have `width * height` values; `invalid-input` for ink outside 0..1, or if
/// nothing is drawn.
pub fn mnist_digit(ink: &[f32], width: usize, height: usize) -> Result<Vec<f32>> {
    if ink.is_empty() || width.checked_mul(height) != Some(ink.len()) {
        return Err(Error::shape("drawing", format!("width x height = {width} x {height} values"), ink.len()));
    }
    all_intensities("drawing", ink)?;
    let Some(bounds) = Bounds::of(ink, width) else {
        return Err(Error::InvalidInput {
            what: "drawing".into(),
            allowed: format!("ink: at least one pixel of {FAINT} or more"),
            received: "an empty drawing".into(),
            index: 0,
        });
    };
    let scale = BOX / bounds.width().max(bounds.height());
    let left = place(scale, bounds.left, bounds.width(), bounds.centre_x);
    let top = place(scale, bounds.top, bounds.height(), bounds.centre_y);
    let mut frame = vec![0.0; FRAME * FRAME];
    for (index, pixel) in frame.iter_mut().enumerate() {
        let x = left + (index % FRAME) as f64 / scale;
        let y = top + (index / FRAME) as f64 / scale;
        *pixel = average(ink, (width, height), x, y, 1.0 / scale);
    }
    Ok(frame)
}

/// Where the ink is, in pixels of the drawing.
struct Bounds {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    centre_x: f64,
    centre_y: f64,
}

impl Bounds {
    fn of(ink: &[f32], width: usize) -> Option<Self> {
        let mut bounds =
            Self { left: f64::INFINITY, right: 0.0, top: f64::INFINITY, bottom: 0.0, centre_x: 0.0, centre_y: 0.0 };
        let mut mass = 0.0;
        for (index, &amount) in ink.iter().enumerate().filter(|&(_, &amount)| amount >= FAINT) {
            let (x, y, amount) = ((index % width) as f64, (index / width) as f64, f64::from(amount));
            bounds.left = bounds.left.min(x);
            bounds.right = bounds.right.max(x + 1.0);
            bounds.top = bounds.top.min(y);
            bounds.bottom = bounds.bottom.max(y + 1.0);
            bounds.centre_x += amount * (x + 0.5);
            bounds.centre_y += amount * (y + 0.5);
            mass += amount;
        }
        if mass == 0.0 {
            return None;
        }
        bounds.centre_x /= mass;
        bounds.centre_y /= mass;
        Some(bounds)
    }

    fn width(&self) -> f64 {
        self.right - self.left
    }

    fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// Where the frame begins in the drawing, along one axis.
fn place(scale: f64, start: f64, length: f64, centre: f64) -> f64 {
    let frame = FRAME as f64 / scale;
    (centre - frame / 2.0).clamp(start + length - frame, start)
}

/// The mean ink over a square of side `side` whose corner is at `x`, `y`; outside the drawing there is none.
fn average(ink: &[f32], (width, height): (usize, usize), x: f64, y: f64, side: f64) -> f32 {
    let overlap =
        |pixel: usize, start: f64| ((pixel as f64 + 1.0).min(start + side) - (pixel as f64).max(start)).max(0.0);
    let range = |start: f64, length: usize| {
        let end = (start + side).ceil().clamp(0.0, length as f64) as usize;
        start.floor().clamp(0.0, length as f64) as usize..end
    };
    let mut sum = 0.0;
    for row in range(y, height) {
        for column in range(x, width) {
            sum += f64::from(ink[row * width + column]) * overlap(row, y) * overlap(column, x);
        }
    }
    (sum / (side * side)).min(1.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(width: usize, height: usize, x: std::ops::Range<usize>, y: std::ops::Range<usize>) -> Vec<f32> {
        (0..width * height).map(|i| f32::from(u8::from(x.contains(&(i % width)) && y.contains(&(i / width))))).collect()
    }

    fn centre(frame: &[f32]) -> (f64, f64) {
        let mass: f64 = frame.iter().map(|&v| f64::from(v)).sum();
        let along = |place: fn(usize) -> usize| {
            frame.iter().enumerate().map(|(i, &v)| f64::from(v) * (place(i) as f64 + 0.5)).sum::<f64>() / mass
        };
        (along(|i| i % FRAME), along(|i| i / FRAME))
    }

    #[test]
    fn a_bar_becomes_twenty_pixels_high_and_stands_in_the_middle() {
        let frame = mnist_digit(&bar(280, 280, 20..40, 30..130), 280, 280).unwrap();
        let rows = (0..FRAME).filter(|row| frame[row * FRAME..(row + 1) * FRAME].iter().any(|&v| v > 0.5)).count();
        let columns = (0..FRAME).filter(|column| (0..FRAME).any(|row| frame[row * FRAME + column] > 0.5)).count();
        assert_eq!((rows, columns), (20, 4));
        let (x, y) = centre(&frame);
        assert!((x - 14.0).abs() < 1e-6 && (y - 14.0).abs() < 1e-6, "{x} {y}");
    }

    #[test]
    fn place_and_size_of_the_drawing_do_not_matter() {
        let small = mnist_digit(&bar(100, 80, 10..14, 10..30), 100, 80).unwrap();
        let large = mnist_digit(&bar(300, 300, 200..220, 150..250), 300, 300).unwrap();
        assert!(small.iter().zip(&large).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn a_lopsided_drawing_stays_inside_the_frame() {
        let mut ink = bar(200, 200, 0..200, 0..2);
        ink.iter_mut().zip(bar(200, 200, 0..2, 0..200)).for_each(|(a, b)| *a = a.max(b));
        let frame = mnist_digit(&ink, 200, 200).unwrap();
        let mass: f32 = frame.iter().sum();
        assert!((mass - (200.0 * 2.0 * 2.0 - 4.0) / 100.0).abs() < 1e-3, "{mass}");
    }

    #[test]
    fn one_pixel_and_an_empty_drawing_are_told_apart() {
        assert!(mnist_digit(&bar(10, 10, 5..6, 5..6), 10, 10).is_ok());
        assert_eq!(mnist_digit(&[0.0; 100], 10, 10).unwrap_err().code(), "invalid-input");
        assert_eq!(mnist_digit(&[0.0; 99], 10, 10).unwrap_err().code(), "shape-mismatch");
    }
}
