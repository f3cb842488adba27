//! Networks with convolutions, pools and branches, against simulators that know nothing of the engine.
#![cfg(not(target_arch = "wasm32"))]

mod made;

use made::{convert, inputs, network, recorded};
use ndarray::Array2;
use proptest::prelude::*;
use quartic_snn::ann::{Area, Shape};
use quartic_snn::convert::{Adjustment, Base, ConvertOptions};
use quartic_snn::snn::{self, PoolKind, Precision, Readout, RunResult, as_matrix};

fn channel_last(shape: Shape, index: usize) -> usize {
    index % shape.positions() * shape.groups() + index / shape.positions()
}

/// A sum as a layer makes it: of 32-bit numbers, or of 16-bit integers that stay within their range.
/// `passed` tells whether one of these has passed it.
fn sum(layer: &snn::Layer, v: f32, more: f32, passed: &mut bool) -> f32 {
    let Some(unit) = layer.unit() else { return v + more };
    let (v, more) = ((v * unit) as i16, (more * unit) as i16);
    *passed |= v.checked_add(more).is_none();
    f32::from(v.saturating_add(more)) / unit
}

/// A spike by step, neuron and sign.
type Spike = (u32, u32, i8);

/// A dense simulation, step by step, from matrices; spikes as they are told, up to a sum that passed its range: from there
/// on the order of the sums counts.
fn simulate(network: &snn::Network, result: &RunResult, steps: usize) -> (Vec<Vec<Spike>>, u32) {
    let mut passed_range = false;
    let mut spikes: Vec<Vec<Spike>> = vec![Vec::new(); network.layers().len()];
    let matrices: Vec<Vec<Array2<f32>>> =
        network.layers().iter().map(|l| l.connections().iter().map(|c| as_matrix(c.synapses())).collect()).collect();
    let mut potentials: Vec<Vec<f32>> = network.layers().iter().map(|layer| vec![0.0; layer.neurons()]).collect();
    // Per layer and connection, the counts that a max pool has passed to every cell.
    let mut before: Vec<Vec<Vec<f64>>> =
        network.layers().iter().map(|l| vec![Vec::new(); l.connections().len()]).collect();
    for step in 0..steps as u32 {
        if passed_range {
            return (spikes, step - 1);
        }
        // Fired so far, channel-first, one list of counts per source.
        let input = &result.spikes[0];
        let mut counts = vec![vec![0_u32; network.inputs()]];
        for (&at, &neuron) in input.step.iter().zip(&input.neuron) {
            counts[0][neuron as usize] += u32::from(at <= step);
        }
        for (index, layer) in network.layers().iter().enumerate() {
            let groups = layer.shape().groups();
            let each = layer.bias().len() / groups;
            for (engine, v) in potentials[index].iter_mut().enumerate() {
                let bias = layer.bias()[engine % groups * each + engine / groups % each];
                *v = sum(layer, *v, bias, &mut passed_range);
            }
            for (c, connection) in layer.connections().iter().enumerate() {
                let shape = match connection.source() {
                    0 => network.input_shape(),
                    other => network.layers()[other - 1].shape(),
                };
                let now = passed(connection, shape, &counts[connection.source()]);
                let old = &mut before[index][c];
                old.resize(now.len(), 0.0);
                for sign in [1.0_f32, -1.0] {
                    for cell in 0..now.len() {
                        for _ in 0..(f64::from(sign) * (now[cell] - old[cell])).round().max(0.0) as u32 {
                            for (v, &weight) in potentials[index].iter_mut().zip(matrices[index][c].column(cell)) {
                                *v = sum(layer, *v, sign * weight, &mut passed_range);
                            }
                        }
                    }
                }
                *old = now;
            }
            let margin = layer.neuron().margin;
            let left = (margin.steps as f32 - 1.0 - step as f32).max(0.0) / margin.steps.max(1) as f32;
            // In fixed point it is one of the numbers that potentials are.
            let limit = 1.0 + margin.size * left;
            let limit = layer.unit().map_or(limit, |unit| (limit * unit).round_ties_even() / unit);
            let mut fired = vec![0_u32; layer.neurons()];
            for &(_, neuron, sign) in &spikes[index] {
                fired[neuron as usize] = fired[neuron as usize].wrapping_add_signed(sign.into());
            }
            for neuron in 0..layer.neurons() {
                let v = &mut potentials[index][channel_last(layer.shape(), neuron)];
                if *v >= limit && layer.neuron().fires {
                    *v -= 1.0;
                    fired[neuron] += 1;
                    spikes[index].push((step, neuron as u32, 1));
                } else if layer.neuron().signed && *v <= -1.0 && fired[neuron] > 0 {
                    *v += 1.0;
                    fired[neuron] -= 1;
                    spikes[index].push((step, neuron as u32, -1));
                }
            }
            counts.push(fired);
        }
    }
    (spikes, steps as u32)
}

/// The spikes that have passed to every cell, in the engine's order: sums and maxima of the counts before.
fn passed(connection: &snn::Connection, mut shape: Shape, counts: &[u32]) -> Vec<f64> {
    let mut values: Vec<f64> = counts.iter().map(|&count| f64::from(count)).collect();
    for pool in connection.pools() {
        let Shape::Image([channels, height, width]) = shape else { panic!("pools read images") };
        let Shape::Image([_, out_height, out_width]) = pool.shape() else { panic!("pools give images") };
        let window = pool.window();
        let area = pool.area().unwrap_or(Area { rows: [0, out_height], columns: [0, out_width] });
        let mut next = vec![0.0_f64; channels * out_height * out_width];
        for (cell, value) in next.iter_mut().enumerate() {
            let (c, oy, ox) = (cell / (out_height * out_width), cell / out_width % out_height, cell % out_width);
            for (ky, kx) in (0..window.taps()).map(|tap| (tap / window.kernel[1], tap % window.kernel[1])) {
                let y = (oy * window.stride[0] + ky).wrapping_sub(window.padding[0]);
                let x = (ox * window.stride[1] + kx).wrapping_sub(window.padding[1]);
                let within = |[start, end]: [usize; 2], at| (start..end).contains(&at);
                if y < height && x < width && within(area.rows, oy) && within(area.columns, ox) {
                    let seen = values[(c * height + y) * width + x];
                    *value = if pool.kind() == PoolKind::Mean { *value + seen } else { value.max(seen) };
                }
            }
        }
        (values, shape) = (next, pool.shape());
    }
    let direct = connection.source() == 0
        && connection.pools().is_empty()
        && matches!(connection.synapses(), snn::Synapses::Dense(_));
    if direct {
        return values;
    }
    let mut ordered = values.clone();
    values.iter().enumerate().for_each(|(index, &value)| ordered[channel_last(shape, index)] = value);
    ordered
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_kind_of_network_keeps_its_function(kind in 0_usize..13, seed: u64, potential: bool) {
        let readout = if potential { Readout::Potential } else { Readout::Count };
        for adjustment in [Adjustment::None, Adjustment::L4, Adjustment::Exact, Adjustment::L4Relative] {
            let options = ConvertOptions { adjustment, readout, ..ConvertOptions::default() };
            if let Some(converted) = convert(&network(kind, seed), seed, &options) {
                prop_assert!(converted.function_error < 1e-5, "{}", converted.function_error);
            }
        }
    }

    #[test]
    fn the_engine_agrees_with_a_dense_simulation_spike_by_spike(
        kind in 0_usize..13, seed: u64, fixed: bool, signed: bool
    ) {
        let precision = if fixed { Precision::Fixed } else { Precision::F32 };
        // No max pool reads signed neurons.
        let signed = signed && ![0, 5].contains(&kind);
        let options = ConvertOptions { steps: 20, input_rate: 0.5, precision, signed, ..ConvertOptions::default() };
        let Some(converted) = convert(&network(kind, seed), seed, &options) else { return Ok(()) };
        let input = inputs(seed).row(0).to_vec();
        let result = recorded(&converted.network, &input, 25);
        let (mut expected, alike) = simulate(&converted.network, &result, 25);
        for spikes in &mut expected {
            spikes.retain(|&(step, ..)| step < alike);
        }
        let mut apart = 0;
        for (expected, spikes) in expected.iter().zip(&result.spikes[1..]) {
            prop_assert!(spikes.step.is_sorted());
            let signs = spikes.sign.clone().unwrap_or_else(|| vec![1; spikes.step.len()]);
            let steps = spikes.step.iter().zip(&spikes.neuron).zip(signs);
            let spikes: Vec<Spike> = steps.map(|((&step, &neuron), sign)| (step, neuron, sign)).collect();
            prop_assert!(spikes.is_sorted());
            let spikes: Vec<Spike> = spikes.into_iter().filter(|&(step, ..)| step < alike).collect();
            // Behind an overlapping pool sums are taken in another order here; a sum at the threshold may then round
            // to either side.
            apart += spikes.iter().filter(|spike| !expected.contains(spike)).count().max(expected.len().abs_diff(spikes.len()));
        }
        let total: usize = expected.iter().map(Vec::len).sum();
        prop_assert!(apart * 1000 <= total, "{apart} of {total}");
    }
}

#[test]
fn a_spike_is_an_operation_for_each_synapse_and_none_where_its_channel_is_not_read() {
    let network = convert(&network(11, 3), 3, &ConvertOptions::default()).unwrap().network;
    // Two convolutions, the second of them over some channels of the first; then all others.
    let fan_out =
        |layer: usize, link: usize, neuron| network.layers()[layer].connections()[link].synapses().fan_out(neuron);
    let read: Vec<bool> = (0..4).map(|channel| fan_out(1, 0, channel) > 0).collect();
    assert_eq!(read, [true, false, true, false]);
    let read: Vec<bool> = (0..4).map(|channel| fan_out(2, 0, channel) > 0).collect();
    assert_eq!(read, [false, true, false, true]);
    assert!((0..3).all(|channel| fan_out(2, 1, channel) > 0));
    let input = inputs(3).row(2).to_vec();
    let result = recorded(&network, &input, 40);
    let mut operations = 0;
    for layer in network.layers() {
        for connection in layer.connections() {
            let shape = match connection.source() {
                0 => network.input_shape(),
                other => network.layers()[other - 1].shape(),
            };
            let engine = |neuron| match connection.synapses() {
                snn::Synapses::Dense(_) if connection.source() == 0 => neuron,
                _ => channel_last(shape, neuron),
            };
            let fired = &result.spikes[connection.source()].neuron;
            operations += fired.iter().map(|&n| connection.synapses().fan_out(engine(n as usize)) as u64).sum::<u64>();
        }
    }
    assert_eq!(result.synaptic_operations, operations);
}

#[test]
fn a_max_pool_and_a_mean_pool_are_told_apart() {
    let ann = network(0, 5);
    let converted = convert(&ann, 5, &ConvertOptions::default()).unwrap();
    let kinds: Vec<PoolKind> = converted
        .network
        .layers()
        .iter()
        .flat_map(snn::Layer::connections)
        .flat_map(snn::Connection::pools)
        .map(snn::Pool::kind)
        .collect();
    assert_eq!(kinds, [PoolKind::Max]);
}

#[test]
fn the_rate_of_a_long_run_approaches_the_trained_network() {
    for kind in (0..9).chain([12]) {
        let ann = network(kind, 11);
        let options = ConvertOptions {
            base: Base::Max,
            adjustment: Adjustment::None,
            input_rate: 0.5,
            readout: Readout::Potential,
            ..ConvertOptions::default()
        };
        let converted = convert(&ann, 11, &options).unwrap();
        let input = inputs(11).row(1).to_vec();
        let result = recorded(&converted.network, &input, 4000);
        let logits = ann.predict(Array2::from_shape_vec((1, 84), input).unwrap().view()).unwrap();
        let largest = logits.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        for (score, logit) in result.scores.iter().zip(&logits) {
            assert!((score / 4000.0 - logit).abs() < 0.06 * largest, "{kind}: {:?} {logits}", result.scores);
        }
    }
}
