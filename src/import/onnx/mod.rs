//! Reading ONNX: the graphs that PyTorch, Keras and scikit-learn export.
//!
//! A file is walked and its parts are counted (`wire`, `graph`), constants are read and computed (`tensors`, `fold`),
//! and every node that the scores need becomes a layer (`layers`, `window`, `affine`), another view of a value
//! (`shaping`, `view`), or is left out because it only reads the decision off the scores (`readout`).

#![allow(clippy::unused_self, reason = "all operators are read alike")]

mod affine;
mod builder;
mod channels;
mod fold;
mod graph;
mod layers;
mod op;
mod proto;
mod readout;
mod shaping;
mod tensors;
mod view;
mod window;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use self::builder::{Builder, Built};
use self::graph::Graph;
use super::{Model, Report};
use crate::ann::Network;
use crate::error::{Error, Result};
use crate::limits::{Budget, FREE_NUMBERS, shown};

/// The most nodes of a graph.
const MAX_NODES: usize = 10_000;
/// The most parts that a graph and its nodes may be made of: initializers, names, attributes, notes of the exporter.
const MAX_PARTS: usize = 1 << 20;
/// The most parts of what is listed in a model or an input.
const MAX_LISTED: usize = 1 << 14;
/// The most inputs and outputs.
const MAX_ENDS: usize = 64;
/// The first version of the operators that is read.
const OLDEST_OPSET: i64 = 13;

/// The operators that can be read. Some of them only where they compute shapes or weights.
const SUPPORTED: [&str; 45] = [
    "Add",
    "ArgMax",
    "ArrayFeatureExtractor",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "CastLike",
    "Clip",
    "Concat",
    "Constant",
    "ConstantOfShape",
    "Conv",
    "Div",
    "Dropout",
    "Expand",
    "Flatten",
    "Gather",
    "Gemm",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "Identity",
    "LogSoftmax",
    "MatMul",
    "Max",
    "MaxPool",
    "Min",
    "Mul",
    "Neg",
    "Pad",
    "ReduceMax",
    "ReduceMean",
    "Relu",
    "Reshape",
    "Scaler",
    "Shape",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Split",
    "Squeeze",
    "Sub",
    "Sum",
    "Transpose",
    "Unsqueeze",
    "ZipMap",
];

/// Operators that are read only where they compute weights from constants.
const OF_CONSTANTS: [&str; 1] = ["Sqrt"];

/// Those of them that belong to the domain of scikit-learn.
const SUPPORTED_ML: [&str; 3] = ["ArrayFeatureExtractor", "Scaler", "ZipMap"];
const ML_DOMAIN: &str = "ai.onnx.ml";

/// Names that exporters give to every graph.
const USUAL_NAMES: [&str; 8] =
    ["main_graph", "main", "graph", "torch_jit", "torch-jit-export", "tf2onnx", "model", "onnx_model"];

/// Reads a model.
pub(super) fn read(bytes: &[u8]) -> Result<Model> {
    let graph = Graph::read(bytes)?;
    check_opset(&graph)?;
    let (order, uses) = graph.order()?;
    let mut depending: HashSet<&str> = graph.inputs.iter().map(|input| input.name.as_str()).collect();
    for &index in &order {
        check_operator(&graph, index, &mut depending)?;
    }
    let build = |image| Builder::new(&graph, &uses, Budget::new(bytes.len(), FREE_NUMBERS), image)?.run(&order);
    // Graphs say of what shape their input is, but not which axis holds the channels. The first layer that reads an
    // image does; everything before it is then read again, channel-first.
    let built = match build(None)? {
        Built::Wants(image) => build(Some(image))?.finished()?,
        Built::Finished { network, guess: Some(image) } => match build(Some(image)) {
            Ok(Built::Finished { network, .. }) => network,
            // What is only read as a vector may stay one.
            _ => network,
        },
        Built::Finished { network, guess: None } => network,
    };
    let (network, rewrites) = Network::graph(built.input_shape, built.nodes)?.simplify()?;
    let usual = USUAL_NAMES.contains(&graph.name.as_str()) || graph.name.starts_with("ONNX(");
    let name = (!usual && !graph.name.is_empty()).then(|| shown(&graph.name));
    Ok(Model { name, network, report: Report { dropped: built.dropped, rewrites, notes: built.notes } })
}

fn check_opset(graph: &Graph<'_>) -> Result<()> {
    let reason = match graph.opset("") {
        Some(version) if version >= OLDEST_OPSET => return Ok(()),
        Some(version) => {
            format!("its operators have version {version} (opset); only {OLDEST_OPSET} and later are read")
        }
        None => "it does not state the version of its operators (opset)".into(),
    };
    Err(Error::model(format!(
        "{reason}; export it again with opset_version=17 (skl2onnx: target_opset=17), or convert the file: \
         onnx.version_converter.convert_version(model, 17)"
    )))
}

/// Refuses an operator that is not known, before anything else is said of the graph. `depending` are the values that
/// depend on an input.
fn check_operator<'a>(graph: &'a Graph<'a>, index: usize, depending: &mut HashSet<&'a str>) -> Result<()> {
    let Some(node) = graph.nodes.get(index) else { return Ok(()) };
    let depends = node.inputs().iter().any(|name| depending.contains(name.as_str()));
    if depends {
        depending.extend(node.outputs().iter().map(String::as_str));
    }
    let ml = SUPPORTED_ML.contains(&node.operator());
    let known = match node.domain() {
        "" if !depends && OF_CONSTANTS.contains(&node.operator()) => true,
        "" => !ml && SUPPORTED.contains(&node.operator()),
        ML_DOMAIN => ml,
        _ => {
            let reason = match node.domain() {
                "com.microsoft" | "com.microsoft.nchwc" => {
                    "it was written by onnxruntime when it optimised the graph; give the file from before, or optimise \
                     with ORT_ENABLE_BASIC"
                }
                _ => "it is not a standard ONNX operator; export with standard operators, and with functions inlined",
            };
            return Err(node.unsupported(reason));
        }
    };
    if known {
        return Ok(());
    }
    // Graphs within a node read what they like.
    let operator = node.operator();
    let inner = matches!(operator, "If" | "Loop" | "Scan" | "SequenceMap") || operator.contains("uantize");
    Err(node.unsupported(if depends || inner { without_form(operator) } else { fold::CONSTANT.into() }))
}

/// Why there is no spiking form of an operator, and what to use in its place.
fn without_form(operator: &str) -> String {
    let has = |part| operator.contains(part);
    match operator {
        "Celu" | "Elu" | "Gelu" | "HardSigmoid" | "HardSwish" | "LeakyRelu" | "Mish" | "PRelu" | "Selu"
        | "Softplus" | "Softsign" | "Swish" | "Tanh" | "ThresholdedRelu" => ONLY_RELU.into(),
        "LRN" => ONLY_BATCH_NORM.into(),
        _ if has("Normalization") => ONLY_BATCH_NORM.into(),
        "Erf" | "Exp" | "Log" | "Pow" | "Sqrt" => {
            format!("it is often part of GELU or a normalisation; {ONLY_RELU}, and with batch normalisation")
        }
        _ if has("uantize") || has("QLinear") || has("Integer") => {
            "quantised models are not supported; export the one with floating-point weights".into()
        }
        "GatherND" => {
            "it picks values by their places; for channels in another order (`x[:, [2, 1, 0]]`) export with \
             dynamo=False, or use torch.flip; for adaptive pooling to a size that does not divide its input, use a pool \
             with a fixed kernel"
                .into()
        }
        "Resize" | "Upsample" => {
            "it picks values out of an image; use a pool with a fixed kernel, or inputs of that size".into()
        }
        "Tile" => "it repeats its input; for copies of a channel, concatenate them (torch.cat([x, x, x], 1))".into(),
        "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Where" => {
            format!("values cannot be chosen by comparing them; for a threshold at 0, {ONLY_RELU}")
        }
        "ReduceSum" => "use a mean over the same axes (ReduceMean), and the factor in the weights behind it".into(),
        "LinearClassifier" | "LinearRegressor" | "SVMClassifier" | "TreeEnsembleClassifier" => {
            "only neural networks of scikit-learn are read (MLPClassifier); a linear model is one dense layer, which can \
             be described with its `coef_` and `intercept_`"
                .into()
        }
        _ => format!("it has no spiking form, or is unknown; only {} are supported", SUPPORTED.join(", ")),
    }
}

/// What an activation is refused for.
const ONLY_RELU: &str = "the only activation supported between layers is ReLU, also with a maximum (Relu, Clip from \
                         0); train the network with it";
const ONLY_BATCH_NORM: &str = "the only normalisation supported is batch normalisation, which does not depend on the \
                               input; train the network with it";

fn broken(error: prost::DecodeError) -> Error {
    Error::model(format!("the ONNX file is broken or cut off: {error}"))
}
