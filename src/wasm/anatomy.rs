//! What one neuron of a spiking network reads, and what that adds up to.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::{JsResult, arrays, raise, snn::Snn};
use crate::ann;
use crate::convert;
use crate::error::{Error, Result};
use crate::snn;
use crate::snn::whole::whole;

/// Neurons are told by 32-bit numbers.
const MOST: u64 = u32::MAX as u64;

#[wasm_bindgen]
impl Snn {
    /// The trained weights of one neuron, connection by connection: `{ source, shape, weights }`.
    ///
    /// # Errors
    /// `invalid-option` if there is no such neuron, or if the network does not know what it was converted from.
    #[wasm_bindgen(js_name = weightsOf)]
    pub fn weights_of(&self, layer: f64, neuron: f64) -> JsResult<JsValue> {
        let found = whole("layer", layer, 0, MOST)
            .and_then(|layer| Ok((layer, whole("neuron", neuron, 0, MOST)?)))
            .and_then(|(layer, neuron)| convert::afferents(self.trained()?, layer as usize, neuron as usize));
        Ok(arrays::list(raise(found)?.into_iter().map(|afferent| {
            let shape = afferent.shape.into_iter().map(|size| JsValue::from(size as u32));
            let entries = [
                ("source", (afferent.source as u32).into()),
                ("shape", arrays::list(shape)),
                ("weights", arrays::floats(&afferent.weights).into()),
            ];
            arrays::object(entries).into()
        })))
    }

    /// What an input adds to every potential per step on average, in ANN units, layer by layer.
    ///
    /// # Errors
    /// `shape-mismatch` or `invalid-input`; `invalid-option` if the network does not know what it was converted from.
    pub fn drift(&self, input: &[f32]) -> JsResult<Array> {
        self.of_every_neuron(input, convert::drift)
    }

    /// The response of the trained network to an input, layer by layer.
    ///
    /// # Errors
    /// As [`Snn::drift`].
    pub fn activations(&self, input: &[f32]) -> JsResult<Array> {
        self.of_every_neuron(input, convert::activations)
    }

    /// The number of synapses behind the pools: the multiplications of the trained network.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn synapses(&self) -> f64 {
        let connections = self.network.layers().iter().flat_map(crate::snn::Layer::connections);
        connections.map(crate::snn::Connection::synapse_count).sum::<usize>() as f64
    }
}

type OfEveryNeuron = fn(&ann::Network, &snn::Network, &[f32]) -> Result<Vec<Vec<f32>>>;

impl Snn {
    fn of_every_neuron(&self, input: &[f32], found: OfEveryNeuron) -> JsResult<Array> {
        let found = self.trained().and_then(|ann| found(ann, &self.network, input));
        Ok(raise(found)?.iter().map(|layer| arrays::floats(layer)).collect())
    }

    fn trained(&self) -> Result<&ann::Network> {
        let unknown = || Error::option("ann", "none", "the trained network, given to `readSnn` as `ann`");
        self.ann.as_deref().ok_or_else(unknown)
    }
}
