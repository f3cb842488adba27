//! Converted networks as files: read again, changed, and written for other simulators.
#![cfg(not(target_arch = "wasm32"))]

mod made;

use made::{convert, inputs, network, recorded};
use ndarray::{Array2, Array4};
use quartic_snn::ann::{Activation, Conv2d, Dense, Layer, Network, Window};
use quartic_snn::convert::{Adjustment, Calibration, ConvertOptions};
use quartic_snn::export::{from_safetensors, to_nir, to_safetensors};
use quartic_snn::snn::{Precision, RunOptions, run};

#[test]
fn a_saved_network_gives_the_same_spikes_when_it_is_read_again() {
    for (kind, precision) in (0..13).flat_map(|kind| [(kind, Precision::F32), (kind, Precision::Fixed)]) {
        let (floor, initial_potential) = (Some(-1.3), Some(0.3));
        let signed = ![0, 5].contains(&kind);
        let options =
            ConvertOptions { floor, initial_potential, precision, signed, steps: 20, ..ConvertOptions::default() };
        let converted = convert(&network(kind, 3), 3, &options).unwrap();
        let bytes = to_safetensors(&converted, Some("mine")).unwrap();
        let (again, name) = from_safetensors(&bytes).unwrap();
        assert_eq!(name.as_deref(), Some("mine"));
        assert_eq!(again.network.precision(), precision);
        assert_eq!((&again.layers, again.function_error), (&converted.layers, converted.function_error));
        let input = inputs(3).row(2).to_vec();
        assert_eq!(recorded(&again.network, &input, 40), recorded(&converted.network, &input, 40));
        assert_eq!(to_safetensors(&again, Some("mine")).unwrap(), bytes);
    }
}

#[test]
fn a_saved_network_in_fixed_point_counted_fewer_operations() {
    // A channel whose weights round to 0.
    let mut weights = Array4::from_elem((2, 2, 1, 1), 0.5);
    (weights[[0, 1, 0, 0]], weights[[1, 1, 0, 0]]) = (1e-5, 1e-5);
    let conv = Conv2d::new(weights, None, Window::new([1, 1]), 1, Activation::Relu).unwrap();
    let scores = Dense::new(Array2::ones((2, 8)), None, Activation::Linear).unwrap();
    let ann = Network::new(vec![2, 2, 2], vec![Layer::Conv2d(conv), Layer::Flatten, Layer::Dense(scores)]).unwrap();
    let options = ConvertOptions {
        adjustment: Adjustment::None,
        input_rate: 1.0,
        precision: Precision::Fixed,
        ..ConvertOptions::default()
    };
    let calibration = Calibration::new(&ann, Array2::ones((2, 8))).unwrap();
    let converted = options.validate().unwrap().convert(&ann, &calibration).unwrap();
    let (again, _) = from_safetensors(&to_safetensors(&converted, None).unwrap()).unwrap();
    let run = |network| {
        let options = RunOptions { steps: 20, seed: Some(1), ..RunOptions::default() };
        run(network, &[1.0; 8], &options.validate().unwrap()).unwrap().synaptic_operations
    };
    assert!(run(&converted.network) > 0);
    assert_eq!(run(&again.network), run(&converted.network));
}

#[test]
fn a_saved_network_that_was_cut_or_changed_is_an_error_and_never_a_panic() {
    let options = ConvertOptions { precision: Precision::Fixed, ..ConvertOptions::default() };
    let bytes = to_safetensors(&convert(&network(4, 3), 3, &options).unwrap(), None).unwrap();
    for length in (0..bytes.len()).step_by(7) {
        assert!(from_safetensors(&bytes[..length]).is_err());
    }
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    for index in 0..header {
        for flip in [1, 2, 0x55] {
            let mut bad = bytes.clone();
            bad[index] ^= flip;
            if let Ok((read, _)) = from_safetensors(&bad) {
                let _ = recorded(&read.network, &vec![0.5; read.network.inputs()], 3);
            }
        }
    }
    let trained = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/models/mnist-mlp-small.safetensors")).unwrap();
    assert!(from_safetensors(&trained).unwrap_err().to_string().contains("not a saved spiking network"));
}

#[test]
fn a_saved_network_whose_gains_had_another_name_lost_them_without_a_word() {
    let bytes = to_safetensors(&convert(&network(4, 3), 3, &ConvertOptions::default()).unwrap(), None).unwrap();
    let place = bytes.windows(7).position(|word| word == b".gains\"").expect("the gains are saved");
    let mut other = bytes;
    other[place + 1] = b'G';
    assert!(from_safetensors(&other).unwrap_err().to_string().contains("no use for"));
}

#[test]
fn a_network_is_written_for_other_simulators() {
    let converted = convert(&network(1, 3), 3, &ConvertOptions::default()).unwrap();
    let file = hdf5_reader::Hdf5File::from_vec(to_nir(&converted.network).unwrap()).unwrap();
    let text = |path: &str| file.dataset(path).unwrap().read_strings().unwrap();
    assert_eq!(text("node/type"), ["NIRGraph"]);
    assert_eq!(text("node/metadata/reset"), ["subtract"]);
    assert_eq!(text("node/nodes/layer2_pool0_1/type"), ["SumPool2d"]);
    assert_eq!(text("node/nodes/layer3_synapses0/type"), ["Affine"]);
    let edges = text("node/edges");
    assert_eq!(&edges[..4], ["input", "layer1_synapses0", "layer1_synapses0", "layer1"]);
    assert_eq!(edges[edges.len() - 2..], ["layer3", "output"]);
    let floats = |path: &str| file.dataset(path).unwrap().read_array::<f32>().unwrap().into_raw_vec_and_offset().0;
    assert_eq!(floats("node/metadata/initial_potentials"), [-0.5; 3]);
    assert_eq!(text("node/metadata/coding"), ["poisson"]);
    let steps = file.dataset("node/metadata/steps").unwrap().read_array::<i64>().unwrap();
    assert_eq!(steps.into_raw_vec_and_offset().0, [100]);
    assert!(floats("node/nodes/layer1/v_threshold").iter().all(|theta| theta.to_bits() == 1_f32.to_bits()));
    // Two groups of one channel each, as one group with zeros.
    assert_eq!(file.dataset("node/nodes/layer1_synapses0/weight").unwrap().shape(), [4, 2, 3, 3]);
    let Layer::Conv2d(conv) = &ann_layer(1, 3) else { panic!("the first layer is a convolution") };
    let theta = converted.layers[0].thresholds[0];
    let folded = floats("node/nodes/layer1_synapses0/weight")[4];
    assert!(floats("node/nodes/layer1_synapses0/weight")[9..18].iter().all(|&w| w == 0.0));
    assert!((folded - conv.weights()[[0, 0, 1, 1]] * 4.0 / theta).abs() < 1e-6);
}

fn ann_layer(kind: usize, seed: u64) -> Layer {
    network(kind, seed).nodes()[0].layer.clone()
}

#[test]
fn what_nir_cannot_express_is_refused() {
    let refused =
        |kind, options: &ConvertOptions| to_nir(&convert(&network(kind, 3), 3, options).unwrap().network).unwrap_err();
    let plain = ConvertOptions::default();
    assert!(refused(0, &plain).to_string().contains("max pooling"));
    assert!(refused(2, &plain).to_string().contains("padding"));
    assert!(refused(9, &plain).to_string().contains("from position to position"));
    assert!(refused(12, &plain).to_string().contains("leave padding out"));
    assert!(refused(3, &ConvertOptions { floor: Some(0.0), ..plain }).to_string().contains("floor"));
}
