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

/// One layer that computes what `second` does behind `first`, with the `shapes` of what comes in and of what each gives;
/// `None` where there is none, or it would be much larger.
pub(super) fn joined(first: &Layer, second: &Layer, shapes: [Shape; 3]) -> Result<Option<Layer>> {
    if first.activation() != Some(Activation::Linear) {
        return Ok(None);
    }
    match (first, second) {
        (Layer::Dense(first), Layer::Dense(second)) => joined_dense(first, second),
        (Layer::Conv2d(first), Layer::Conv2d(second)) => joined_conv(first, second, shapes),
        (Layer::Conv2d(conv), Layer::GlobalAvgPool2d) => averaged(conv, shapes),
        (Layer::Conv2d(conv), Layer::AvgPool2d(window)) if covers(window, shapes) => averaged(conv, shapes),
        (Layer::BatchNorm(norm), Layer::Dense(dense)) => {
            before_dense(dense, norm).map(|dense| Some(Layer::Dense(dense)))
        }
        (Layer::BatchNorm(norm), Layer::Conv2d(conv)) => {
            before_conv(conv, norm, shapes[1], shapes[2]).map(|conv| Some(Layer::Conv2d(conv)))
        }
        _ => Ok(None),
    }
}

/// `sizes` are those of the weights, `middle` is the number of values or channels between the two, `before` the numbers of
/// their own weights.
fn is_worth(sizes: &[usize], middle: usize, before: [usize; 2]) -> bool {
    // In 64 bits: a module has 32.
    let weights = sizes.iter().fold(1_u64, |product, &size| product.saturating_mul(size as u64));
    weights <= MOST_WEIGHTS
        && weights.saturating_mul(middle as u64) <= MOST_WORK
        && weights <= MOST_TIMES * (before[0] as u64 + before[1] as u64)
}

fn joined_dense(first: &Dense, second: &Dense) -> Result<Option<Layer>> {
    let (inputs, outputs) = (first.inputs(), second.outputs());
    let (before, after) = (first.weights_by_input(), second.weights_by_input());
    let (before, after) = (before.as_slice().unwrap_or_default(), after.as_slice().unwrap_or_default());
    if !is_worth(&[inputs, outputs], first.outputs(), [before.len(), after.len()]) {
        return Ok(None);
    }
    let reach = |middle: usize| (0, &after[middle * outputs..][..outputs]);
    let mut weights = vec![0.0; inputs * outputs];
    for (values, sums) in before.chunks_exact(first.outputs()).zip(weights.chunks_exact_mut(outputs)) {
        pass(0, values, reach, sums);
    }
    let weights = Array2::from_shape_fn((outputs, inputs), |(j, i)| weights[i * outputs + j] as f32);
    let bias = bias_of(first.bias(), second.bias(), outputs, |values, sums| pass(0, values, reach, sums));
    Ok(Some(Layer::Dense(Dense::new(weights, bias, second.activation())?)))
}

/// Where one of the two has a kernel of 1 x 1 that reads every position, the other's window is that of both.
fn joined_conv(first: &Conv2d, second: &Conv2d, [_, between, behind]: [Shape; 3]) -> Result<Option<Layer>> {
    let single = Window::new([1, 1]);
    let window = if *second.window() == single {
        *first.window()
    } else if *first.window() == single {
        *second.window()
    } else {
        return Ok(None);
    };
    let (inputs, middle, outputs) = (first.in_channels(), first.out_channels(), second.out_channels());
    let [height, width] = window.kernel;
    let size = |conv: &Conv2d| conv.window().kernel.iter().product::<usize>() * conv.out_channels();
    let before = [size(first) * (inputs / first.groups()), size(second) * (middle / second.groups())];
    if !is_worth(&[inputs, height, width, outputs], middle, before) {
        return Ok(None);
    }
    // `[in channels, kernel height, kernel width, out channels]`.
    let mut weights = vec![0.0; inputs * height * width * outputs];
    for (place, sums) in weights.chunks_exact_mut(outputs).enumerate() {
        let (input, y, x) = (place / (height * width), place / width % height, place % width);
        let tap = |conv: &Conv2d| if *conv.window() == single { (0, 0) } else { (y, x) };
        let ((y1, x1), (y2, x2)) = (tap(first), tap(second));
        let reach = |middle: usize| (second.first_reached(middle), second.reach(middle, y2, x2));
        pass(first.first_reached(input), first.reach(input, y1, x1), reach, sums);
    }
    let at = |(o, i, y, x)| weights[((i * height + y) * width + x) * outputs + o] as f32;
    let weights = Array4::from_shape_fn((outputs, inputs, height, width), at);
    let bias = match first.bias() {
        // Zeros around what has a bias stand for no zeros before it: every value gets a bias of its own.
        Some(bias) if second.window().padding != [0; 4] || bias.len() > middle => {
            let each = bias.len() / middle;
            let place = |index| index / between.positions() * each + index % between.positions() % each;
            let image: Vec<f32> = (0..between.size()).map(|index| bias[place(index)]).collect();
            Some(second.biases_for(&image, between, behind))
        }
        bias => bias_of(bias, second.bias(), outputs, |values, sums| {
            let [height, width] = second.window().kernel;
            for tap in 0..height * width {
                let reach = |middle| (second.first_reached(middle), second.reach(middle, tap / width, tap % width));
                pass(0, values, reach, sums);
            }
        }),
    };
    Ok(Some(Layer::Conv2d(Conv2d::new(weights, bias, window, 1, second.activation())?)))
}

/// Whether the one window of a pool is what it reads.
fn covers(window: &Window, [_, between, _]: [Shape; 3]) -> bool {
    matches!(between, Shape::Image([_, height, width]) if window.kernel == [height, width] && window.padding == [0; 4])
}

/// The mean of a convolution over all positions: each value of the image counts as often as a position reads it, so that the
/// window is as large as the image.
fn averaged(conv: &Conv2d, [before, between, _]: [Shape; 3]) -> Result<Option<Layer>> {
    let Shape::Image([inputs, height, width]) = before else { return Ok(None) };
    let (outputs, positions) = (conv.out_channels(), between.positions());
    let own = conv.window().kernel.iter().product::<usize>() * outputs * (inputs / conv.groups());
    if !is_worth(&[inputs, height, width, outputs], positions, [own, 0]) {
        return Ok(None);
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
    Ok(Some(Layer::Conv2d(Conv2d::new(weights, bias, window, 1, Activation::Linear)?)))
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
    fn both(first: &Layer, second: &Layer) -> Result<Option<Layer>> {
        joined(first, second, [Shape::Flat(1); 3])
    }

    /// Joins two layers, and checks that the one gives what both did.
    fn check(first: Layer, second: Layer, input: &[usize]) -> bool {
        let before = Shape::new("input", input).unwrap();
        let between = first.output_shape("first", &[before]).unwrap();
        let shapes = [before, between, second.output_shape("second", &[between]).unwrap()];
        let Some(one) = joined(&first, &second, shapes).unwrap() else { return false };
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
        let Ok(Some(Layer::Dense(one))) = one else { panic!("it is a dense layer") };
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
    fn what_is_not_one_layer_is_left_alone() {
        let wide = Window::new([2, 2]);
        assert!(!check(conv([3, 4], wide, 1, true), conv([4, 4], wide, 1, false), &[3, 6, 6]), "two kernels");
        let relu = Dense::new(array![[1.0]], None, Activation::Relu).unwrap();
        assert!(both(&Layer::Dense(relu.clone()), &Layer::Dense(relu)).unwrap().is_none(), "a ReLU");
        let narrow = |shape| Layer::Dense(Dense::new(Array2::ones(shape), None, Activation::Linear).unwrap());
        assert!(both(&narrow((1, 200)), &narrow((200, 1))).unwrap().is_none(), "100 times as many weights");
        assert!(!is_worth(&[2896, 2896], 2896, [2896 * 2896; 2]), "a minute of work");
        assert!(!is_worth(&[1 << 22, 1 << 22], 1, [1 << 22; 2]), "more than 32 bits");
    }
}
