//! What one neuron reads, and what this adds to its potential on average.

use serde::Serialize;

use super::LayerReport;
use super::fold::sums_of;
use super::noise::{each_weight, norms};
use super::plan::{self, Map};
use crate::ann::{Forward, Layer, Network, Shape, listed};
use crate::error::{Error, Result, all_intensities};
use crate::snn;

/// The trained weights of one neuron on one connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Afferent {
    /// The layer that the neuron reads: 0 is the input, 1 the first layer of neurons.
    pub source: usize,
    /// The shape of `weights`: that of what is read (a dense layer), `[channels, height, width]` of the kernel (a
    /// convolution), or `[1]` (a shortcut).
    pub shape: Vec<usize>,
    /// Channel-first, in ANN units.
    pub weights: Vec<f32>,
}

/// The trained weights of neuron `neuron` (channel-first) of layer `layer`; 1 is the first layer of neurons.
///
/// # Errors
/// `invalid-option` if there is no such layer or neuron; `unsupported-layer` for a layer without a spiking form.
pub fn afferents(ann: &Network, layer: usize, neuron: usize) -> Result<Vec<Afferent>> {
    let units = plan::units(ann)?;
    let Some(unit) = layer.checked_sub(1).and_then(|index| units.get(index)) else {
        return Err(Error::option("layer", layer, format!("from 1 to {}", units.len())));
    };
    if neuron >= unit.shape.size() {
        return Err(Error::option("neuron", neuron, format!("from 0 to {}", unit.shape.size() - 1)));
    }
    let (group, position) = (neuron / unit.shape.positions(), neuron % unit.shape.positions());
    let read = |link: &plan::Link| {
        let mut weights = Vec::new();
        each_weight(ann, link, &mut |of, _, weight| {
            if of == group {
                weights.push(weight as f32);
            }
        });
        let shape = match &link.map {
            Map::Dense { .. } => link.wire.shape.into(),
            Map::Pointwise { .. } => vec![weights.len()],
            Map::Conv { node, .. } => {
                let Layer::Conv2d(conv) = &ann.nodes()[*node].layer else {
                    unreachable!("the plan says that it is a convolution")
                };
                let [height, width] = conv.window().kernel;
                vec![weights.len() / (height * width), height, width]
            }
        };
        Afferent { source: link.wire.source, shape, weights }
    };
    Ok(unit.links.iter().filter(|link| reaches(ann, unit, link, position)).map(read).collect())
}

/// Whether spikes that pass into a part of their cells can reach a position.
fn reaches(ann: &Network, unit: &plan::Unit, link: &plan::Link, position: usize) -> bool {
    let (Some(area), Map::Conv { node, .. }) = (link.wire.area(), &link.map) else { return true };
    let (Layer::Conv2d(conv), Shape::Image([_, _, columns])) = (&ann.nodes()[*node].layer, unit.shape) else {
        return true;
    };
    conv.window().reaches(area, [position / columns, position % columns])
}

/// How far two L4 norms of the same weights may lie apart, relative to them: files of other formats round their own way.
const SAME_NORM: f32 = 1e-4;

/// Checks that `network`, with the report `layers` of its conversion, may have been converted from `ann`: that its
/// layers of neurons are those that `ann` requires, and that the trained weights of every neuron have the L4 norm that
/// was reported.
///
/// # Errors
/// `shape-mismatch` if layers or their reports differ, `invalid-option` if weights do; `unsupported-layer` for a layer
/// without a spiking form.
pub fn belongs_to(ann: &Network, network: &snn::Network, layers: &[LayerReport]) -> Result<()> {
    let units = units_of(ann, network)?;
    let neurons = |layers: &[LayerReport]| layers.iter().map(|report| report.l4.len()).collect::<Vec<_>>();
    if !units.iter().map(|unit| unit.shape.size()).eq(neurons(layers)) {
        let expected = "one for each layer of neurons, with an L4 norm for each of them";
        return Err(Error::shape("the report of the conversion", expected, format!("norms of {:?}", neurons(layers))));
    }
    for (unit, report) in units.iter().zip(layers) {
        let positions = unit.shape.positions();
        let reported = report.l4.iter().step_by(positions);
        for (group, (norm, &reported)) in norms(ann, unit, 4).into_iter().zip(reported).enumerate() {
            let norm = norm as f32;
            let is_same = (norm - reported).abs() <= SAME_NORM * norm.max(reported);
            if !is_same {
                let received = format!(
                    "one where the weights of neuron {} of layer `{}` have an L4 norm of {norm}, not {reported}",
                    group * positions,
                    unit.name
                );
                return Err(Error::option("ann", received, "the trained network that this one was converted from"));
            }
        }
    }
    Ok(())
}

/// The plan of a network that was converted from `ann`.
fn units_of(ann: &Network, network: &snn::Network) -> Result<Vec<plan::Unit>> {
    let units = plan::units(ann)?;
    let fits = |(unit, layer): (&plan::Unit, &snn::Layer)| {
        let sources = layer.connections().iter().map(snn::Connection::source);
        unit.shape == layer.shape() && unit.links.iter().map(|link| link.wire.source).eq(sources)
    };
    let layers = network.layers();
    if ann.inputs() == network.inputs() && units.len() == layers.len() && units.iter().zip(layers).all(fits) {
        return Ok(units);
    }
    let told = |inputs, shapes: Vec<usize>| format!("{inputs} inputs and layers of {} neurons", listed(&shapes));
    let expected = told(network.inputs(), layers.iter().map(snn::Layer::neurons).collect());
    let mut received = told(ann.inputs(), units.iter().map(|unit| unit.shape.size()).collect());
    if received == expected {
        received = "as many, but layers that have another shape or read other layers".to_string();
    }
    Err(Error::shape("ann", format!("what the network was converted from, with {expected}"), received))
}

/// The response of the trained network to an input (intensities from 0 to 1): the activations that the neurons of
/// `network` stand for, channel-first; for the last layer, the logits. A neuron whose activation is 0, or whose logit
/// is negative, should be silent: any spikes that it sends are false.
///
/// # Errors
/// As [`drift`].
pub fn activations(ann: &Network, network: &snn::Network, input: &[f32]) -> Result<Vec<Vec<f32>>> {
    ann.check_width("input", input.len())?;
    all_intensities("input", input)?;
    let units = units_of(ann, network)?;
    let mut forward = Forward::new(ann);
    forward.run(input)?;
    Ok(units.iter().map(|unit| forward.values(unit.node).to_vec()).collect())
}

/// What an input (intensities from 0 to 1) adds to every potential per step on average, in ANN units, for every layer
/// of neurons, channel-first: the sums of the trained network before the activation, plus what a bias shift or bias
/// correction added in that layer. With gain correction, the trained activations pass through weights that include the
/// gains, so this addition differs from input to input.
///
/// # Errors
/// `shape-mismatch` for an input of the wrong length, or if the layers of `network` are not those that `ann` requires;
/// `invalid-input` for an intensity outside 0..1; `unsupported-layer` for a layer without a spiking form.
pub fn drift(ann: &Network, network: &snn::Network, input: &[f32]) -> Result<Vec<Vec<f32>>> {
    let trained = activations(ann, network, input)?;
    let rates_of = |(layer, activations): (&snn::Layer, &Vec<f32>)| {
        let place_of = |place| snn::channel_first(layer.shape(), place);
        let rate = |neuron: usize| f64::from(activations[neuron]) / f64::from(layer.thresholds()[neuron]);
        (0..layer.neurons()).map(|place| rate(place_of(place))).collect()
    };
    let coded = input.iter().map(|&x| f64::from(x) * network.rate_of_one()).collect();
    let rates: Vec<Vec<f64>> = [coded].into_iter().chain(network.layers().iter().zip(&trained).map(rates_of)).collect();
    let told = |layer: &snn::Layer| {
        let mut drift = vec![0.0; layer.neurons()];
        for (place, sum) in sums_of(layer, &rates).into_iter().enumerate() {
            let neuron = snn::channel_first(layer.shape(), place);
            drift[neuron] = (sum * f64::from(layer.thresholds()[neuron])) as f32;
        }
        drift
    };
    Ok(network.layers().iter().map(told).collect())
}

#[cfg(test)]
mod tests {
    use ndarray::{Array4, arr2, array};

    use super::super::{Calibration, ConvertOptions, tests::small};
    use super::*;
    use crate::ann::{Activation, Conv2d, Dense, Node, Source, Window};

    #[test]
    fn the_weights_of_a_neuron_are_those_of_the_trained_network() {
        let (ann, _) = small();
        let read = |layer, neuron| afferents(&ann, layer, neuron).unwrap();
        assert_eq!(read(1, 2), [Afferent { source: 0, shape: vec![2], weights: vec![1.0, -1.0] }]);
        assert_eq!(read(2, 0), [Afferent { source: 1, shape: vec![3], weights: vec![1.0, 0.0, 0.5] }]);
        for (layer, neuron) in [(0, 0), (3, 0), (1, 3)] {
            assert_eq!(afferents(&ann, layer, neuron).unwrap_err().code(), "invalid-option");
        }
    }

    #[test]
    fn a_network_belongs_to_what_it_was_converted_from_alone() {
        let (ann, calibration) = small();
        let converted = ConvertOptions::default().validate().unwrap().convert(&ann, &calibration).unwrap();
        let check = |ann: &Network| belongs_to(ann, &converted.network, &converted.layers);
        assert_eq!(check(&ann), Ok(()));
        let short = belongs_to(&ann, &converted.network, &converted.layers[..1]);
        assert_eq!(short.unwrap_err().code(), "shape-mismatch", "a report that lacks a layer passed");
        let mut layers = converted.layers.clone();
        layers[0].l4[0] = f32::NAN;
        assert_eq!(belongs_to(&ann, &converted.network, &layers).unwrap_err().code(), "invalid-option");
        let Layer::Dense(trained) = &ann.nodes()[0].layer else { panic!("it begins with a dense layer") };
        let mut weights = trained.weights_by_input().t().to_owned();
        weights[[1, 1]] += 0.01;
        let hidden = Layer::Dense(Dense::new(weights, None, Activation::Relu).unwrap());
        let again = Network::new(vec![2], vec![hidden, ann.nodes()[1].layer.clone()]).unwrap();
        let message = check(&again).unwrap_err().to_string();
        assert!(message.contains("neuron 1 of layer"), "{message}");
        assert!(message.contains("1.01, not 1"), "{message}");
    }

    #[test]
    fn the_drift_is_the_sum_before_the_activation() {
        let (ann, calibration) = small();
        let options = ConvertOptions { bias_correction: Some(false), ..ConvertOptions::default() };
        let converted = options.validate().unwrap().convert(&ann, &calibration).unwrap();
        let found = drift(&ann, &converted.network, &[0.25, 0.5]).unwrap();
        for (found, expected) in found.iter().zip([vec![0.75, 0.5, -0.25], vec![0.75, 1.0]]) {
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} {expected:?}");
        }
        assert_eq!(drift(&ann, &converted.network, &[2.0, 0.0]).unwrap_err().code(), "invalid-input");
        assert_eq!(drift(&ann, &converted.network, &[0.0]).unwrap_err().code(), "shape-mismatch");
    }

    #[test]
    fn what_corrects_one_layer_is_not_counted_once_more_in_the_drift_of_the_next() {
        let (ann, calibration) = small();
        let options = ConvertOptions { steps: 20, ..ConvertOptions::default() };
        let converted = options.validate().unwrap().convert(&ann, &calibration).unwrap();
        let input = [0.25, 0.5];
        let found = drift(&ann, &converted.network, &input).unwrap();
        let [hidden, output] = &converted.network.layers() else { panic!("it has two layers") };
        assert!(hidden.bias().iter().any(|&bias| bias.abs() > 1e-3), "{:?}", hidden.bias());
        let trained = activations(&ann, &converted.network, &input).unwrap();
        for (j, drift) in found[1].iter().enumerate() {
            let weights = &afferents(&ann, 2, j).unwrap()[0].weights;
            let gains = &converted.layers[0].gains;
            let read: f32 = weights.iter().zip(gains).zip(&trained[0]).map(|((w, gain), a)| w * gain * a).sum();
            let expected = read + output.bias()[j] * output.thresholds()[j];
            assert!((drift - expected).abs() < 1e-5, "{drift} {expected}");
        }
    }

    #[test]
    fn activations_are_those_of_the_trained_network_whatever_was_corrected() {
        let (ann, calibration) = small();
        for corrected in [false, true] {
            let options = ConvertOptions { bias_correction: Some(corrected), ..ConvertOptions::default() };
            let converted = options.validate().unwrap().convert(&ann, &calibration).unwrap();
            let found = activations(&ann, &converted.network, &[0.25, 0.5]).unwrap();
            assert_eq!(found, [vec![0.75, 0.5, 0.0], vec![0.75, 1.0]]);
        }
        let converted = ConvertOptions::default().validate().unwrap().convert(&ann, &calibration).unwrap();
        assert_eq!(activations(&ann, &converted.network, &[2.0, 0.0]).unwrap_err().code(), "invalid-input");
        assert_eq!(activations(&ann, &converted.network, &[0.0]).unwrap_err().code(), "shape-mismatch");
    }

    #[test]
    fn a_network_of_the_same_layers_that_read_others_is_another_one() {
        let dense = |weights: [[f32; 2]; 2]| Layer::Dense(Dense::new(arr2(&weights), None, Activation::Relu).unwrap());
        // The second layer reads the first one, or the input as the first one does; what reads both has the same weights.
        let of = |second: Source| {
            let node = |layer, inputs: &[Source]| Node { name: String::new(), layer, inputs: inputs.into() };
            let nodes = vec![
                node(dense([[1.0, 0.5], [0.0, 1.0]]), &[Source::Input]),
                node(dense([[0.5, 0.0], [1.0, 0.5]]), &[second]),
                node(Layer::Add, &[Source::Layer(0), Source::Layer(1)]),
                node(dense([[1.0, 0.5], [0.5, 1.0]]), &[Source::Layer(2)]),
            ];
            Network::graph(vec![2], nodes).unwrap()
        };
        let (ann, other) = (of(Source::Layer(0)), of(Source::Input));
        let input = [0.25, 0.5];
        let calibration = Calibration::new(&ann, arr2(&[input])).unwrap();
        let converted = ConvertOptions::default().validate().unwrap().convert(&ann, &calibration).unwrap();
        assert_eq!(belongs_to(&ann, &converted.network, &converted.layers), Ok(()));
        let errors = [
            belongs_to(&other, &converted.network, &converted.layers).unwrap_err(),
            activations(&other, &converted.network, &input).unwrap_err(),
            drift(&other, &converted.network, &input).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.code(), "shape-mismatch", "{error}");
            assert!(error.to_string().contains("read other layers"), "{error}");
        }
    }

    #[test]
    fn neurons_of_an_image_are_told_channel_first() {
        let weights = Array4::from_shape_vec((2, 1, 1, 1), vec![2.0, 0.5]).unwrap();
        let conv = Conv2d::new(weights, Some(array![0.0, 0.125]), Window::new([1, 1]), 1, Activation::Relu).unwrap();
        let dense = Dense::new(array![[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]], None, Activation::Linear).unwrap();
        let ann = Network::new(vec![1, 1, 3], vec![Layer::Conv2d(conv), Layer::Flatten, Layer::Dense(dense)]).unwrap();
        let calibration = Calibration::new(&ann, arr2(&[[1.0, 0.5, 0.25]])).unwrap();
        let options = ConvertOptions { bias_correction: Some(false), ..ConvertOptions::default() };
        let converted = options.validate().unwrap().convert(&ann, &calibration).unwrap();
        assert_eq!(belongs_to(&ann, &converted.network, &converted.layers), Ok(()));
        for (neuron, weight) in [2.0, 2.0, 2.0, 0.5, 0.5, 0.5].into_iter().enumerate() {
            let read = Afferent { source: 0, shape: vec![1, 1, 1], weights: vec![weight] };
            assert_eq!(afferents(&ann, 1, neuron).unwrap(), [read]);
        }
        let found = drift(&ann, &converted.network, &[0.25, 0.5, 1.0]).unwrap();
        let hidden = [0.5, 1.0, 2.0, 0.25, 0.375, 0.625];
        let score = (1..).zip(hidden).map(|(weight, a)| weight as f32 * a).sum();
        for (found, expected) in found.iter().zip([&hidden[..], &[score]]) {
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?} {expected:?}");
        }
    }
}
