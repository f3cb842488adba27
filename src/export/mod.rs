//! Writes a converted network as bytes: as a safetensors file that can be read back, or in NIR, the field's exchange
//! format.

mod nir;
mod safetensors;
#[cfg(test)]
mod tests;

pub use nir::to_nir;
#[cfg(target_family = "wasm")]
pub(crate) use safetensors::parts_to_safetensors;
pub use safetensors::{from_safetensors, to_safetensors};

use crate::ann::Shape;
use crate::snn::{Connection, Network, Synapses, channel_first};

/// The shape of what the synapses of a connection read.
fn read_shape(network: &Network, connection: &Connection) -> Shape {
    match connection.pools().last() {
        Some(pool) => pool.shape(),
        None => source_shape(network, connection),
    }
}

/// The shape of the layer that a connection comes from, or of the input.
fn source_shape(network: &Network, connection: &Connection) -> Shape {
    match connection.source() {
        0 => network.input_shape(),
        source => network.layers()[source - 1].shape(),
    }
}

/// The channel-first number of each input of dense synapses, in their own order.
fn dense_order(source: usize, is_pooled: bool, read: Shape) -> Vec<usize> {
    let as_it_comes = source == 0 && !is_pooled;
    (0..read.size()).map(|i| if as_it_comes { i } else { channel_first(read, i) }).collect()
}

/// Dense weights `[outputs, inputs]`, both channel-first.
fn dense_weights(network: &Network, connection: &Connection) -> Option<Vec<f32>> {
    let Synapses::Dense(dense) = connection.synapses() else { return None };
    let order = dense_order(connection.source(), !connection.pools().is_empty(), read_shape(network, connection));
    let mut weights = vec![0.0; dense.inputs() * dense.outputs()];
    for (i, &input) in order.iter().enumerate() {
        for j in 0..dense.outputs() {
            weights[j * order.len() + input] = dense.weight(i, j);
        }
    }
    Some(weights)
}
