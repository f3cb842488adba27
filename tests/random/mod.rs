//! A network, options and an input made of bytes, and what must hold of them. The fuzzer brings the bytes, and so does
//! the corpus that it left behind.

pub(crate) mod check;
mod source;

use ndarray::{Array1, Array2, Array4};
use quartic_snn::Result;
use quartic_snn::ann::{Activation, BatchNorm, Conv2d, Dense, Layer, Network, Node, Shape, Source, Window};

use self::source::Bytes;

/// The most values of a layer: the fuzzer wants many small networks.
const MOST: usize = 600;

/// A network of up to eight layers, any of which may read any that come before it.
fn network(bytes: &mut Bytes) -> Result<Network> {
    let input = match bytes.below(3) {
        0 => vec![1 + bytes.below(9)],
        _ => vec![1 + bytes.below(3), 1 + bytes.below(7), 1 + bytes.below(7)],
    };
    let mut nodes: Vec<Node> = Vec::new();
    let mut shapes = vec![Shape::new("input", &input)?];
    for index in 0..bytes.below(8) {
        let count = shapes.len();
        // Mostly the layer before: networks where nothing follows on are dull.
        let place = if bytes.below(4) == 0 { bytes.below(count) } else { count - 1 };
        let layer = layer(bytes, shapes[place])?;
        let mut places = vec![place];
        if matches!(layer, Layer::Add | Layer::Concat) {
            places.push(bytes.below(count));
        }
        let read: Vec<Shape> = places.iter().map(|&place| shapes[place]).collect();
        let shape = layer.output_shape("layer", &read)?;
        if shape.size() > MOST {
            break;
        }
        let inputs = places.into_iter().map(source).collect();
        nodes.push(Node { name: format!("{}{index}", layer.kind()), layer, inputs });
        shapes.push(shape);
    }
    let last = shapes[shapes.len() - 1];
    let readout = dense(bytes, last.size(), Activation::Linear)?;
    nodes.push(Node { name: "scores".into(), layer: readout, inputs: vec![source(shapes.len() - 1)] });
    Ok(Network::graph(input, nodes)?.simplify()?.0)
}

fn source(place: usize) -> Source {
    place.checked_sub(1).map_or(Source::Input, Source::Layer)
}

fn layer(bytes: &mut Bytes, from: Shape) -> Result<Layer> {
    let channels = from.groups();
    Ok(match bytes.below(10) {
        0 => {
            let activation = activation(bytes);
            return dense(bytes, from.size(), activation);
        }
        1 | 2 => {
            let groups = if bytes.below(3) == 0 { channels } else { 1 };
            let window = window(bytes);
            let to = groups * (1 + bytes.below(3));
            let shape = (to, channels / groups, window.kernel[0], window.kernel[1]);
            let weights = bytes.floats(shape.0 * shape.1 * shape.2 * shape.3, -0.6, 0.8);
            let weights = Array4::from_shape_vec(shape, weights).expect("as many as the shape has");
            let bias = bias(bytes, to);
            Layer::Conv2d(Conv2d::new(weights, bias, window, groups, activation(bytes))?)
        }
        3 => {
            let mut some = |low, high| Array1::from_vec(bytes.floats(channels, low, high));
            let statistics = [some(-0.2, 1.5), some(-0.3, 0.3), some(-0.5, 0.5), some(0.0, 2.0)];
            Layer::BatchNorm(BatchNorm::new(statistics, 1e-3, activation(bytes))?)
        }
        4 => Layer::AvgPool2d(window(bytes)),
        5 => Layer::MaxPool2d(window(bytes)),
        6 => Layer::Activation(activation(bytes)),
        7 => Layer::Add,
        8 => Layer::Concat,
        _ if bytes.below(2) == 0 => Layer::GlobalAvgPool2d,
        _ => Layer::Flatten,
    })
}

fn dense(bytes: &mut Bytes, from: usize, activation: Activation) -> Result<Layer> {
    let to = 1 + bytes.below(9);
    let weights = Array2::from_shape_vec((to, from), bytes.floats(to * from, -0.5, 0.6)).expect("as many");
    let bias = bias(bytes, to);
    Ok(Layer::Dense(Dense::new(weights, bias, activation)?))
}

fn bias(bytes: &mut Bytes, count: usize) -> Option<Array1<f32>> {
    (bytes.below(2) == 0).then(|| Array1::from_vec(bytes.floats(count, -0.2, 0.3)))
}

fn activation(bytes: &mut Bytes) -> Activation {
    match bytes.below(6) {
        0 => Activation::Linear,
        1 => Activation::Clipped(bytes.float(0.01, 3.0)),
        _ => Activation::Relu,
    }
}

/// Most windows are common ones, some are strange.
fn window(bytes: &mut Bytes) -> Window {
    let plain = Window::new([1 + bytes.below(3), 1 + bytes.below(3)]);
    match bytes.below(3) {
        0 => plain,
        1 => Window { padding: [1; 4], ..plain },
        _ => Window {
            stride: [1 + bytes.below(3), 1 + bytes.below(3)],
            padding: std::array::from_fn(|_| bytes.below(3)),
            dilation: [1 + bytes.below(2), 1 + bytes.below(2)],
            ..plain
        },
    }
}
