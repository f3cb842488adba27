//! Spiking networks that were saved: what can be read can be run.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quartic_snn::export::from_safetensors;
use quartic_snn::snn::{RunOptions, run};

fuzz_target!(|bytes: &[u8]| {
    let Ok((converted, _)) = from_safetensors(bytes) else { return };
    let network = converted.network;
    let neurons: usize = network.layers().iter().map(|layer| layer.neurons()).sum();
    if neurons + network.inputs() < 10_000 {
        let options = RunOptions { steps: 3, seed: Some(1), ..RunOptions::default() };
        let options = options.validate().expect("these options are good");
        run(&network, &vec![0.5; network.inputs()], &options).expect("a network that was read can be run");
    }
});
