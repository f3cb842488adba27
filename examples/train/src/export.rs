//! The file of a trained model: safetensors in half precision, with a description of the network in its metadata.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use candle_core::{DType, Device, Tensor, Var};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use crate::model::{BatchNorm, EPSILON, Layer, Model};
use crate::recipe::{Activation, Recipe};

/// The only key of the metadata.
const KEY: &str = "quartic-snn";
const VERSION: u32 = 1;

/// The description of the network, as JSON under [`KEY`].
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Description {
    version: u32,
    pub(crate) name: String,
    pub(crate) input_shape: Vec<usize>,
    pub(crate) layers: Vec<StoredLayer>,
}

/// A layer of the description; weights and the like are names of tensors.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum StoredLayer {
    Dense {
        weights: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bias: Option<String>,
        activation: Activation,
    },
    Conv2d {
        weights: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bias: Option<String>,
        #[serde(default, skip_serializing_if = "is_zero")]
        padding: usize,
        activation: Activation,
    },
    BatchNorm {
        scale: String,
        offset: String,
        mean: String,
        variance: String,
        epsilon: f64,
        activation: Activation,
    },
    AvgPool2d {
        kernel: usize,
    },
    MaxPool2d {
        kernel: usize,
    },
    Flatten,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Writes the model in half precision and returns the bytes of the file.
pub(crate) fn write(path: &Path, recipe: &Recipe, model: &Model) -> Result<Vec<u8>> {
    let mut tensors = Vec::new();
    let mut layers = Vec::new();
    for (index, layer) in model.layers.iter().enumerate() {
        let mut store = |kind: &str, tensor: &Var| -> Result<String> {
            let name = format!("layers.{index}.{kind}");
            tensors.push((name.clone(), tensor.to_dtype(DType::F16)?));
            Ok(name)
        };
        layers.push(match layer {
            Layer::Dense { weight, bias, activation } => StoredLayer::Dense {
                weights: store("weight", weight)?,
                bias: bias.as_ref().map(|bias| store("bias", bias)).transpose()?,
                activation: *activation,
            },
            Layer::Conv2d { weight, bias, padding, activation } => StoredLayer::Conv2d {
                weights: store("weight", weight)?,
                bias: bias.as_ref().map(|bias| store("bias", bias)).transpose()?,
                padding: *padding,
                activation: *activation,
            },
            Layer::BatchNorm(norm) => StoredLayer::BatchNorm {
                scale: store("scale", &norm.scale)?,
                offset: store("offset", &norm.offset)?,
                mean: store("mean", &norm.mean)?,
                variance: store("variance", &norm.variance)?,
                epsilon: EPSILON,
                activation: norm.activation,
            },
            Layer::AvgPool2d { size } => StoredLayer::AvgPool2d { kernel: *size },
            Layer::MaxPool2d { size } => StoredLayer::MaxPool2d { kernel: *size },
            Layer::Flatten => StoredLayer::Flatten,
        });
    }
    let description =
        Description { version: VERSION, name: recipe.name.into(), input_shape: recipe.input_shape.to_vec(), layers };
    let metadata = HashMap::from([(KEY.to_string(), serde_json::to_string(&description)?)]);
    let bytes = safetensors::serialize(tensors, Some(metadata))?;
    fs::write(path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(bytes)
}

/// Reads a model back from the bytes of its file.
pub(crate) fn read(bytes: &[u8]) -> Result<(Description, Model)> {
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    let json = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
    let json = json.with_context(|| format!("no description of the network under `{KEY}`"))?;
    let description: Description = serde_json::from_str(json)?;
    ensure!(description.version == VERSION, "version {} of the description is unknown", description.version);

    let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)?;
    let variable = |name: &String| -> Result<Var> {
        let tensor: &Tensor = tensors.get(name).with_context(|| format!("no tensor named {name}"))?;
        Ok(Var::from_tensor(&tensor.to_dtype(DType::F32)?)?)
    };
    let mut layers = Vec::new();
    for layer in &description.layers {
        layers.push(match layer {
            StoredLayer::Dense { weights, bias, activation } => {
                let bias = bias.as_ref().map(variable).transpose()?;
                Layer::Dense { weight: variable(weights)?, bias, activation: *activation }
            }
            StoredLayer::Conv2d { weights, bias, padding, activation } => {
                let bias = bias.as_ref().map(variable).transpose()?;
                Layer::Conv2d { weight: variable(weights)?, bias, padding: *padding, activation: *activation }
            }
            StoredLayer::BatchNorm { scale, offset, mean, variance, epsilon, activation } => {
                ensure!(*epsilon == EPSILON, "epsilon {epsilon} is not that of the trainer, {EPSILON}");
                Layer::BatchNorm(BatchNorm {
                    scale: variable(scale)?,
                    offset: variable(offset)?,
                    mean: variable(mean)?,
                    variance: variable(variance)?,
                    activation: *activation,
                })
            }
            StoredLayer::AvgPool2d { kernel } => Layer::AvgPool2d { size: *kernel },
            StoredLayer::MaxPool2d { kernel } => Layer::MaxPool2d { size: *kernel },
            StoredLayer::Flatten => Layer::Flatten,
        });
    }
    let input_shape = description.input_shape.clone();
    Ok((description, Model { input_shape, layers }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Dropout;
    use crate::recipe::{LayerPlan, find, tests::tiny_cnn};
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    fn random(recipe: &Recipe) -> Model {
        Model::random(recipe, &mut Xoshiro256PlusPlus::seed_from_u64(1)).unwrap()
    }

    #[test]
    fn a_written_model_reads_back_as_its_half_precision_self() {
        let folder = tempfile::tempdir().unwrap();
        let plan = |outputs, bias, activation| LayerPlan::Dense { outputs, bias, activation };
        let layers: &[LayerPlan] =
            Box::leak(Box::new([plan(7, true, Activation::Relu), plan(10, false, Activation::Linear)]));
        let recipe = Recipe { name: "tiny", layers, ..find("mnist-mlp-small").unwrap().clone() };
        let model = random(&recipe);
        let path = folder.path().join("tiny.safetensors");
        let bytes = write(&path, &recipe, &model).unwrap();
        assert_eq!(bytes, fs::read(&path).unwrap());

        let (description, stored) = read(&bytes).unwrap();
        assert_eq!((description.name.as_str(), description.input_shape.as_slice()), ("tiny", [784].as_slice()));
        assert_eq!(stored.parameters(), 784 * 7 + 7 + 7 * 10);
        for (before, after) in model.variables().iter().zip(stored.variables()) {
            assert_eq!(before.dims(), after.dims());
            let difference = (before.as_tensor() - after.as_tensor()).unwrap().abs().unwrap().flatten_all().unwrap();
            let largest = difference.max(0).unwrap().to_scalar::<f32>().unwrap();
            assert!(largest < 1e-3, "half precision is off by {largest}");
        }
    }

    #[test]
    fn the_description_is_the_one_that_the_importer_expects() {
        let folder = tempfile::tempdir().unwrap();
        let recipe = find("mnist-mlp").unwrap();
        let bytes = write(&folder.path().join("model"), recipe, &random(recipe)).unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let metadata = header.metadata().as_ref().unwrap();
        assert_eq!(metadata.len(), 1);
        let expected = concat!(
            r#"{"version":1,"name":"mnist-mlp","inputShape":[784],"layers":["#,
            r#"{"type":"dense","weights":"layers.0.weight","activation":"relu"},"#,
            r#"{"type":"dense","weights":"layers.1.weight","activation":"relu"},"#,
            r#"{"type":"dense","weights":"layers.2.weight","activation":"linear"}]}"#
        );
        assert_eq!(metadata[KEY], expected);
    }

    #[test]
    fn convolutional_layers_read_back_and_are_described_as_agreed() {
        let folder = tempfile::tempdir().unwrap();
        let recipe = tiny_cnn();
        let model = random(&recipe);
        // One pass in training moves the statistics of the batch normalisation off their first values.
        let inputs = Tensor::rand(0.0_f32, 1.0, (8, 784), &Device::Cpu).unwrap();
        let dropout = Dropout { input: 0.0, hidden: 0.0, rng: &mut Xoshiro256PlusPlus::seed_from_u64(1) };
        model.forward(&inputs, Some(dropout)).unwrap();
        let bytes = write(&folder.path().join("model"), &recipe, &model).unwrap();

        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let expected = concat!(
            r#"{"version":1,"name":"tiny-cnn","inputShape":[1,28,28],"layers":["#,
            r#"{"type":"conv2d","weights":"layers.0.weight","bias":"layers.0.bias","padding":1,"activation":"linear"},"#,
            r#"{"type":"batchNorm","scale":"layers.1.scale","offset":"layers.1.offset","mean":"layers.1.mean","#,
            r#""variance":"layers.1.variance","epsilon":0.00001,"activation":"relu"},"#,
            r#"{"type":"avgPool2d","kernel":2},{"type":"flatten"},"#,
            r#"{"type":"dense","weights":"layers.4.weight","activation":"linear"}]}"#
        );
        assert_eq!(header.metadata().as_ref().unwrap()[KEY], expected);
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(tensors.tensor("layers.0.weight").unwrap().shape(), [4, 1, 5, 5]);
        assert_eq!(tensors.tensor("layers.1.variance").unwrap().shape(), [4]);

        let (_, stored) = read(&bytes).unwrap();
        let outputs = |model: &Model| model.forward(&inputs, None).unwrap().flatten_all().unwrap().to_vec1::<f32>();
        for (before, after) in outputs(&model).unwrap().iter().zip(outputs(&stored).unwrap()) {
            assert!((before - after).abs() < 0.02, "{before} became {after}");
        }
    }

    #[test]
    fn a_file_without_a_description_is_refused() {
        let bytes = safetensors::serialize(Vec::<(String, Tensor)>::new(), None).unwrap();
        assert!(read(&bytes).unwrap_err().to_string().contains(KEY));
    }
}
