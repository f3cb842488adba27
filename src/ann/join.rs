//! Two layers in a row with no activation between them, as one: what goes from one to the other could not be spikes. A mean
//! over all positions is such a layer.

use ndarray::{Array1, Array2, Array4, ArrayView1};

use super::norm::{before_conv, before_dense};
use super::{Activation, Conv2d, Dense, Layer, Shape, Window};
use crate::error::Result;

/// How many times as many weights as the two have together one layer may have.
const MOST_TIMES: u64 = 64;
/// The most weights that it may have.
const MOST_WEIGHTS: u64 = 1 << 23;
/// The most multiplications that it may take to compute them: some seconds.
const MOST_WORK: u64 = 1 << 32;

/// Why two layers in a row are not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Apart {
    /// There is no such layer.
    Kind,
    /// The second pads what the first gives, where the first would have given something other than zeros.
    Padding,
    /// It would have too many weights, or take too long to compute.
    Size,
}

/// One layer in place of two, or why there is none.
type Joined = std::result::Result<Layer, Apart>;

/// One layer that computes what `second` does behind `first`, with the `shapes` of what comes in and of what each gives.
pub(super) fn joined(first: &Layer, second: &Layer, shapes: [Shape; 3]) -> Result<Joined> {
    if first.activation() != Some(Activation::Linear) {
        return Ok(Err(Apart::Kind));
    }
    match (first, second) {
        (Layer::Dense(first), Layer::Dense(second)) => joined_dense(first, second),
        (Layer::Conv2d(first), Layer::Conv2d(second)) => joined_conv(first, second, shapes),
        (Layer::Conv2d(conv), Layer::GlobalAvgPool2d) if conv.groups() == 1 => averaged(conv, shapes),
        (Layer::Conv2d(_), Layer::GlobalAvgPool2d) => match shapes[1] {
            Shape::Image([_, height, width]) => joined(first, &Layer::AvgPool2d(Window::new([height, width])), shapes),
            Shape::Flat(_) => Ok(Err(Apart::Kind)),
        },
        (Layer::Conv2d(conv), Layer::AvgPool2d(window)) if conv.groups() == 1 && covers(window, shapes) => {
            averaged(conv, shapes)
        }
        (Layer::Conv2d(conv), Layer::AvgPool2d(window)) => match mean_of(window, conv.out_channels())? {
            Some(mean) => joined_conv(conv, &mean, shapes),
            None => Ok(Err(Apart::Size)),
        },
        (Layer::BatchNorm(norm), Layer::Dense(dense)) => before_dense(dense, norm).map(|dense| Ok(Layer::Dense(dense))),
        (Layer::BatchNorm(norm), Layer::Conv2d(conv)) => {
            before_conv(conv, norm, shapes[1], shapes[2]).map(|conv| Ok(Layer::Conv2d(conv)))
        }
        _ => Ok(Err(Apart::Kind)),
    }
}

/// `sizes` are those of the weights, `each` is how many products a weight is a sum of, `before` the numbers of their own
/// weights.
fn is_worth(sizes: &[usize], each: &[usize], before: [usize; 2]) -> bool {
    // In 64 bits: a module has 32.
    let product = |sizes: &[usize]| sizes.iter().fold(1_u64, |product, &size| product.saturating_mul(size as u64));
    let weights = product(sizes);
    weights <= MOST_WEIGHTS
        && weights.saturating_mul(product(each)) <= MOST_WORK
        && weights <= MOST_TIMES * (before[0] as u64 + before[1] as u64)
}

fn joined_dense(first: &Dense, second: &Dense) -> Result<Joined> {
    let (inputs, outputs) = (first.inputs(), second.outputs());
    let (before, after) = (first.weights_by_input(), second.weights_by_input());
    let (before, after) = (before.as_slice().unwrap_or_default(), after.as_slice().unwrap_or_default());
    if !is_worth(&[inputs, outputs], &[first.outputs()], [before.len(), after.len()]) {
        return Ok(Err(Apart::Size));
    }
    let reach = |middle: usize| (0, &after[middle * outputs..][..outputs]);
    let mut weights = vec![0.0; inputs * outputs];
    for (values, sums) in before.chunks_exact(first.outputs()).zip(weights.chunks_exact_mut(outputs)) {
        pass(0, values, reach, sums);
    }
    let weights = Array2::from_shape_fn((outputs, inputs), |(j, i)| weights[i * outputs + j] as f32);
    let bias = bias_of(first.bias(), second.bias(), outputs, |values, sums| pass(0, values, reach, sums));
    Ok(Ok(Layer::Dense(Dense::new(weights, bias, second.activation())?)))
}

/// Groups stay apart as far as both keep them apart.
fn joined_conv(first: &Conv2d, second: &Conv2d, shapes: [Shape; 3]) -> Result<Joined> {
    let [_, between, behind] = shapes;
    let Some(window) = window_of(first.window(), second.window(), shapes) else { return Ok(Err(Apart::Padding)) };
    let (inputs, middle, outputs) = (first.in_channels(), first.out_channels(), second.out_channels());
    let groups = gcd(first.groups(), second.groups());
    let (from, share, [height, width]) = (inputs / groups, outputs / groups, window.kernel);
    let [one, two] = [first, second].map(|conv| conv.window().taps());
    let before = [one * (inputs / first.groups()) * middle, two * (middle / second.groups()) * outputs];
    let each = [middle / groups, one.min(two)];
    if !is_worth(&[from, height, width, outputs], &each, before) {
        return Ok(Err(Apart::Size));
    }
    // `[in channels, kernel height, kernel width, out channels of the group]`.
    let mut weights = vec![0.0; inputs * height * width * share];
    for (input, sums) in weights.chunks_exact_mut(height * width * share).enumerate() {
        let start = input / from * share;
        for ([y1, x1], [y2, x2]) in taps(first).flat_map(|tap| taps(second).map(move |other| (tap, other))) {
            // How far the pair is from the first tap of all.
            let at = |axis: usize, [tap, other]: [usize; 2]| {
                let distance = first.window().dilation[axis] * tap
                    + first.window().stride[axis] * second.window().dilation[axis] * other;
                distance / window.dilation[axis]
            };
            let sums = &mut sums[(at(0, [y1, y2]) * width + at(1, [x1, x2])) * share..][..share];
            let reach = |middle: usize| (second.first_reached(middle) - start, second.reach(middle, y2, x2));
            pass(first.first_reached(input), first.reach(input, y1, x1), reach, sums);
        }
    }
    let at = |(o, i, y, x)| weights[(((o / share * from + i) * height + y) * width + x) * share + o % share] as f32;
    let weights = Array4::from_shape_fn((outputs, from, height, width), at);
    let bias = match first.bias() {
        // Zeros around what has a bias stand for no zeros before it: every value gets a bias of its own.
        Some(bias) if second.window().padding != [0; 4] || bias.len() > middle => {
            let each = bias.len() / middle;
            let place = |index| index / between.positions() * each + index % between.positions() % each;
            let image: Vec<f32> = (0..between.size()).map(|index| bias[place(index)]).collect();
            Some(second.biases_for(&image, between, behind))
        }
        bias => bias_of(bias, second.bias(), outputs, |values, sums| {
            for [y, x] in taps(second) {
                pass(0, values, |middle| (second.first_reached(middle), second.reach(middle, y, x)), sums);
            }
        }),
    };
    Ok(Ok(Layer::Conv2d(Conv2d::new(weights, bias, window, groups, second.activation())?)))
}

/// The window of two in a row; `None` where zeros around what the first gives stand for something else: where it would have
/// read some of the image there.
fn window_of(first: &Window, second: &Window, [before, between, behind]: [Shape; 3]) -> Option<Window> {
    let (Shape::Image([_, height, width]), Shape::Image([_, rows, columns])) = (before, between) else { return None };
    let mut window = Window::new([1, 1]);
    for (axis, (image, values)) in [(height, rows), (width, columns)].into_iter().enumerate() {
        let (step, padding) = (first.stride[axis], first.padding[axis]);
        let reach = first.dilation[axis] * (first.kernel[axis] - 1);
        let (starts, ends) = (reach < step + padding, values * step >= image + padding);
        if second.padding[axis] > 0 && !starts || second.padding[axis + 2] > 0 && !ends {
            return None;
        }
        let distance = step.checked_mul(second.dilation[axis])?;
        let whole = reach + distance.checked_mul(second.kernel[axis] - 1)?;
        let part = |kernel: usize, distance: usize| if kernel > 1 { distance } else { 0 };
        let apart = gcd(part(first.kernel[axis], first.dilation[axis]), part(second.kernel[axis], distance)).max(1);
        (window.kernel[axis], window.dilation[axis]) = (whole / apart + 1, apart);
        window.stride[axis] = step.checked_mul(second.stride[axis])?;
        for side in [axis, axis + 2] {
            window.padding[side] = step.checked_mul(second.padding[side])?.checked_add(first.padding[side])?;
        }
    }
    let Shape::Image([_, rows, columns]) = behind else { return None };
    let fits = window.check("conv2d").is_ok() && window.output(height, width) == Some([rows, columns]);
    fits.then_some(window)
}

/// The largest number that divides both; the other one where one of them is 0.
fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn taps(conv: &Conv2d) -> impl Iterator<Item = [usize; 2]> + use<> {
    let [height, width] = conv.window().kernel;
    (0..height * width).map(move |tap| [tap / width, tap % width])
}

/// A mean as a convolution that takes every channel by itself.
fn mean_of(window: &Window, channels: usize) -> Result<Option<Conv2d>> {
    if window.taps().saturating_mul(channels) as u64 > MOST_WEIGHTS {
        return Ok(None);
    }
    let weights = Array4::from_elem((channels, 1, window.kernel[0], window.kernel[1]), 1.0 / window.taps() as f32);
    Conv2d::new(weights, None, *window, channels, Activation::Linear).map(Some)
}

/// Whether the one window of a pool is what it reads.
fn covers(window: &Window, [_, between, _]: [Shape; 3]) -> bool {
    matches!(between, Shape::Image([_, height, width]) if window.kernel == [height, width] && window.padding == [0; 4])
}

/// The mean of a convolution over all positions: each value of the image counts as often as a position reads it, so that the
/// window is as large as the image.
fn averaged(conv: &Conv2d, [before, between, _]: [Shape; 3]) -> Result<Joined> {
    let Shape::Image([inputs, height, width]) = before else { return Ok(Err(Apart::Kind)) };
    let (outputs, positions) = (conv.out_channels(), between.positions());
    let own = conv.window().kernel.iter().product::<usize>() * outputs * (inputs / conv.groups());
    if !is_worth(&[inputs, height, width, outputs], &[positions], [own, 0]) {
        return Ok(Err(Apart::Size));
    }
    let mut sums = vec![0.0; outputs * before.size()];
    conv.each_tap(before, between, |index, channel, [y, x], _| {
        let first = conv.first_reached(channel);
        for (o, &weight) in conv.reach(channel, y, x).iter().enumerate() {
            sums[(first + o) * before.size() + index] += f64::from(weight);
        }
    });
    let mean = |sum: &f64| (sum / positions as f64) as f32;
    let weights = Array4::from_shape_vec((outputs, inputs, height, width), sums.iter().map(mean).collect());
    let weights = weights.unwrap_or_default();
    let of_channel = |bias: ArrayView1<'_, f32>| {
        let each = bias.len() / outputs;
        Array1::from_shape_fn(outputs, |o| {
            let sum: f64 = bias.iter().skip(o * each).take(each).map(|&b| f64::from(b)).sum();
            (sum / each as f64) as f32
        })
    };
    let bias = conv.bias().map(of_channel);
    let window = Window::new([height, width]);
    Ok(Ok(Layer::Conv2d(Conv2d::new(weights, bias, window, 1, Activation::Linear)?)))
}

/// Adds what `values` of the layer in between, from the one at `start` on, bring to the outputs; `reach` tells the first
/// output that a value reaches, and with which weights.
fn pass<'a>(start: usize, values: &[f32], reach: impl Fn(usize) -> (usize, &'a [f32]), sums: &mut [f64]) {
    for (middle, &value) in (start..).zip(values).filter(|&(_, &value)| value != 0.0) {
        let (first, weights) = reach(middle);
        for (sum, &weight) in sums[first..].iter_mut().zip(weights) {
            *sum += f64::from(value) * f64::from(weight);
        }
    }
}

/// The bias of the second layer with what that of the first brings, where there is one.
fn bias_of(
    first: Option<ArrayView1<'_, f32>>,
    second: Option<ArrayView1<'_, f32>>,
    outputs: usize,
    through: impl Fn(&[f32], &mut [f64]),
) -> Option<Array1<f32>> {
    first.or(second)?;
    let mut sums = vec![0.0; outputs];
    if let Some(values) = first {
        through(&values.to_vec(), &mut sums);
    }
    let count = second.map_or(outputs, |bias| bias.len());
    let own = |index: usize| second.map_or(0.0, |bias| f64::from(bias[index]));
    Some((0..count).map(|index| (own(index) + sums[index * outputs / count]) as f32).collect())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn conv(sizes: [usize; 2], window: Window, groups: usize, biased: bool) -> Layer {
        let [inputs, outputs] = sizes;
        let [height, width] = window.kernel;
        let weights = Array4::from_shape_fn((outputs, inputs / groups, height, width), |(o, i, y, x)| {
            ((o * 7 + i * 5 + y * 3 + x * 11) % 13) as f32 / 13.0 - 0.4
        });
        let bias = biased.then(|| Array1::from_shape_fn(outputs, |o| o as f32 / 8.0 - 0.2));
        Layer::Conv2d(Conv2d::new(weights, bias, window, groups, Activation::Linear).unwrap())
    }

    /// Joins two dense layers, whose shapes do not matter.
    fn both(first: &Layer, second: &Layer) -> Result<Joined> {
        joined(first, second, [Shape::Flat(1); 3])
    }

    /// Joins two layers, and checks that the one gives what both did.
    fn check(first: Layer, second: Layer, input: &[usize]) -> bool {
        let before = Shape::new("input", input).unwrap();
        let between = first.output_shape("first", &[before]).unwrap();
        let shapes = [before, between, second.output_shape("second", &[between]).unwrap()];
        let Ok(one) = joined(&first, &second, shapes).unwrap() else { return false };
        let size = input.iter().product();
        let inputs = Array2::from_shape_fn((3, size), |(n, i)| ((n * 31 + i * 17) % 23) as f32 / 23.0);
        let predict =
            |layers| super::super::Network::new(input.to_vec(), layers).unwrap().predict(inputs.view()).unwrap();
        let (before, after) = (predict(vec![first, second]), predict(vec![one]));
        assert_eq!(before.dim(), after.dim());
        assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-5), "{before:?} {after:?}");
        true
    }

    #[test]
    fn dense_layers_are_their_product() {
        let dense = |weights, bias| Layer::Dense(Dense::new(weights, bias, Activation::Linear).unwrap());
        let (first, second) = (array![[1.0, 2.0, 0.0], [0.5, -1.0, 3.0]], array![[2.0, 1.0], [0.0, -1.0]]);
        let one = both(&dense(first.clone(), Some(array![1.0, 0.5])), &dense(second.clone(), Some(array![0.25, 0.0])));
        let Ok(Ok(Layer::Dense(one))) = one else { panic!("it is a dense layer") };
        assert_eq!(one.weights(), array![[2.5, 3.0, 3.0], [-0.5, 1.0, -3.0]]);
        assert_eq!(one.bias().unwrap(), array![2.75, -0.5]);
        for (a, b) in [(None, None), (None, Some(array![1.0, 2.0])), (Some(array![1.0, 2.0]), None)] {
            assert!(check(dense(first.clone(), a), dense(second.clone(), b), &[3]));
        }
    }

    #[test]
    fn a_kernel_of_one_before_or_behind_another_is_one_convolution() {
        let single = Window::new([1, 1]);
        let wide = Window { stride: [2, 1], padding: [1, 0, 2, 1], dilation: [1, 2], ..Window::new([3, 2]) };
        for biased in [false, true] {
            for groups in [1, 2, 4] {
                assert!(check(conv([4, 8], wide, groups, biased), conv([8, 6], single, 1, biased), &[4, 6, 6]));
                assert!(check(conv([4, 8], wide, groups, biased), conv([8, 6], single, 2, biased), &[4, 6, 6]));
                let valid = Window { padding: [0; 4], ..wide };
                assert!(check(conv([3, 4], single, 1, biased), conv([4, 8], valid, groups, true), &[3, 6, 6]));
            }
        }
    }

    #[test]
    fn a_bias_that_met_padding_was_refused() {
        let single = Window::new([1, 1]);
        let wide = Window { stride: [2, 1], padding: [1, 0, 2, 1], dilation: [1, 2], ..Window::new([3, 2]) };
        for (first, second) in [(false, true), (true, false), (true, true)] {
            assert!(check(conv([3, 4], single, 1, first), conv([4, 8], wide, 2, second), &[3, 6, 6]));
        }
        // The one of them has a bias for every value; another one behind it, and one before it.
        let shape = |sizes: [usize; 3]| Shape::Image(sizes);
        let (first, second) = (conv([3, 4], single, 1, true), conv([4, 8], wide, 2, true));
        let positional =
            joined(&first, &second, [shape([3, 6, 6]), shape([4, 6, 6]), shape([8, 4, 5])]).unwrap().unwrap();
        let Layer::Conv2d(both) = &positional else { panic!("it is a convolution") };
        assert_eq!(both.bias().unwrap().len(), 8 * 4 * 5);
        assert!(check(positional.clone(), conv([8, 5], single, 1, true), &[3, 6, 6]));
        assert!(check(conv([2, 3], single, 1, false), positional.clone(), &[2, 6, 6]));
        assert!(check(conv([2, 3], single, 1, true), positional, &[2, 6, 6]));
    }

    #[test]
    fn a_mean_over_all_positions_is_part_of_the_convolution() {
        let wide = Window { stride: [2, 1], padding: [1, 0, 2, 1], dilation: [1, 2], ..Window::new([3, 2]) };
        for (groups, biased) in [(1, false), (2, true)] {
            assert!(check(conv([4, 6], wide, groups, biased), Layer::GlobalAvgPool2d, &[4, 6, 7]));
        }
        // With a bias for every value.
        let shapes = [[3, 6, 6], [4, 6, 6], [8, 4, 5]].map(Shape::Image);
        let single = conv([3, 4], Window::new([1, 1]), 1, true);
        let positional = joined(&single, &conv([4, 8], wide, 1, true), shapes).unwrap().unwrap();
        assert!(check(positional, Layer::GlobalAvgPool2d, &[3, 6, 6]));
        assert!(
            !check(conv([1, 1], Window::new([1, 2]), 1, true), Layer::GlobalAvgPool2d, &[1, 40, 40]),
            "much larger"
        );
    }

    #[test]
    fn two_kernels_are_one_where_padding_between_them_stands_for_padding_before_them() {
        let windows = [([2, 3], [1, 1], [0; 4], [1, 1]), ([3, 1], [2, 3], [1, 0, 2, 1], [2, 1])];
        let windows = windows.map(|(kernel, stride, padding, dilation)| Window { kernel, stride, padding, dilation });
        for first in windows {
            for second in windows.map(|window| Window { padding: [0; 4], ..window }) {
                for [one, two] in [[1, 1], [4, 2], [2, 4], [4, 1], [1, 4]] {
                    let both = (conv([4, 8], first, one, true), conv([8, 4], second, two, true));
                    assert!(check(both.0, both.1, &[4, 13, 17]), "{first:?} {second:?} {one} {two}");
                }
                let mean = Window { dilation: [1; 2], ..second };
                assert!(
                    check(conv([4, 6], first, 2, true), Layer::AvgPool2d(mean), &[4, 12, 18]),
                    "{first:?} {mean:?}"
                );
            }
        }
        // Patches, of which those in the padding are of zeros alone.
        let patches = Window { stride: [3, 2], ..Window::new([3, 2]) };
        let padded = Window { padding: [1, 2, 1, 1], ..Window::new([3, 3]) };
        for biased in [false, true] {
            assert!(check(conv([3, 4], patches, 1, biased), conv([4, 8], padded, 2, true), &[3, 9, 8]));
            assert!(check(conv([3, 4], patches, 1, biased), Layer::AvgPool2d(padded), &[3, 9, 8]));
        }
        assert!(!check(conv([3, 4], patches, 1, true), conv([4, 8], padded, 2, true), &[3, 10, 8]), "a row is left");
        let wide = Window { padding: [1; 4], ..Window::new([3, 3]) };
        assert!(!check(conv([3, 4], wide, 1, true), conv([4, 4], wide, 1, false), &[3, 6, 6]), "values at the border");
    }

    #[test]
    fn a_kernel_of_one_that_passes_over_rows_was_refused() {
        let strided = Window { stride: [2, 3], ..Window::new([1, 1]) };
        let wide = Window { stride: [2, 1], padding: [1, 0, 2, 1], dilation: [1, 2], ..Window::new([3, 2]) };
        for size in 9..13 {
            assert!(check(conv([4, 8], wide, 2, true), conv([8, 6], strided, 1, true), &[4, size, size]));
            assert!(check(conv([4, 8], strided, 2, true), conv([8, 6], wide, 2, true), &[4, size, size]));
        }
    }

    #[test]
    fn groups_stay_apart_as_far_as_both_keep_them_apart() {
        let single = Window::new([1, 1]);
        for (one, two, both) in [(4, 8, 4), (2, 1, 1), (4, 2, 2)] {
            let layers = (conv([4, 8], Window::new([3, 3]), one, true), conv([8, 8], single, two, true));
            let shapes = [[4, 5, 5], [8, 3, 3], [8, 3, 3]].map(Shape::Image);
            let Ok(Ok(Layer::Conv2d(conv))) = joined(&layers.0, &layers.1, shapes) else { panic!("{one} {two}") };
            assert_eq!(conv.groups(), both);
        }
    }

    #[test]
    fn what_is_not_one_layer_is_left_alone() {
        let relu = Dense::new(array![[1.0]], None, Activation::Relu).unwrap();
        assert!(both(&Layer::Dense(relu.clone()), &Layer::Dense(relu)).unwrap().is_err(), "a ReLU");
        let narrow = |shape| Layer::Dense(Dense::new(Array2::ones(shape), None, Activation::Linear).unwrap());
        assert!(both(&narrow((1, 200)), &narrow((200, 1))).unwrap().is_err(), "100 times as many weights");
        assert!(!is_worth(&[2896, 2896], &[2896], [2896 * 2896; 2]), "a minute of work");
        assert!(!is_worth(&[1 << 22, 1 << 22], &[1], [1 << 22; 2]), "more than 32 bits");
        assert!(mean_of(&Window::new([1 << 15, 1 << 15]), 4).unwrap().is_none(), "a pool of a billion weights");
    }
}
