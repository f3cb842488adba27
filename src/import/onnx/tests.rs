//! What the fixtures of real exporters do not reach.

use prost::Message;

use super::proto::{
    AttributeProto, DimensionProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TensorTypeProto,
    TypeProto, ValueInfoProto, kind,
};
use super::read;
use crate::ann::Layer;

/// A field of bytes: its tag and its length as numbers of seven bits a byte.
fn field(tag: u32, bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    prost::encoding::encode_varint(u64::from((tag << 3) | 2), &mut all);
    prost::encoding::encode_varint(bytes.len() as u64, &mut all);
    all.extend_from_slice(bytes);
    all
}

fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[AttributeProto]) -> Vec<u8> {
    let node = NodeProto {
        input: inputs.iter().map(ToString::to_string).collect(),
        output: vec![output.into()],
        name: output.into(),
        op_type: operator.into(),
        ..NodeProto::default()
    };
    let attributes = attributes.iter().flat_map(|attribute| field(5, &attribute.encode_to_vec()));
    node.encode_to_vec().into_iter().chain(attributes).collect()
}

/// A tensor of `data_type` with its raw data.
fn tensor(name: &str, dims: &[i64], data_type: i32, raw: &[u8]) -> Vec<u8> {
    let tensor = TensorProto { dims: dims.to_vec(), data_type, name: name.into(), ..TensorProto::default() };
    [tensor.encode_to_vec(), field(TensorProto::RAW_DATA, raw)].concat()
}

fn floats(name: &str, dims: &[i64], value: f32) -> Vec<u8> {
    tensor(name, dims, 1, &value.to_le_bytes().repeat(dims.iter().product::<i64>() as usize))
}

/// An input or output, of sizes that are known or not.
fn end(name: &str, sizes: &[i64]) -> Vec<u8> {
    let dim = sizes.iter().map(|&size| DimensionProto { dim_value: size, ..DimensionProto::default() }).collect();
    let tensor_type = Some(TensorTypeProto { elem_type: 1, shape: Some(TensorShapeProto { dim }) });
    ValueInfoProto { name: name.into(), r#type: Some(TypeProto { tensor_type }) }.encode_to_vec()
}

/// A model from `x` to `y`.
fn model(input: &[i64], nodes: &[Vec<u8>], tensors: &[Vec<u8>]) -> Vec<u8> {
    let mut graph: Vec<u8> = nodes.iter().flat_map(|node| field(1, node)).collect();
    graph.extend(tensors.iter().flat_map(|tensor| field(5, tensor)));
    graph.extend([field(11, &end("x", input)), field(12, &end("y", &[1, 0]))].concat());
    let opset = OperatorSetIdProto { domain: String::new(), version: 17 }.encode_to_vec();
    [vec![0x08, 8], field(7, &graph), field(8, &opset)].concat()
}

#[test]
fn same_puts_the_odd_cell_on_the_side_that_it_names() {
    for (side, padding) in [("SAME_UPPER", [0, 1, 1, 1]), ("SAME_LOWER", [1, 1, 0, 1])] {
        let text = AttributeProto {
            name: "auto_pad".into(),
            s: side.into(),
            r#type: kind::STRING,
            ..AttributeProto::default()
        };
        let nodes = [node("Conv", &["x", "w"], "y", &[text])];
        let model = read(&model(&[1, 1, 4, 4], &nodes, &[floats("w", &[1, 1, 2, 3], 1.0)])).unwrap();
        let Layer::Conv2d(conv) = &model.network.nodes()[0].layer else { panic!("no convolution") };
        assert_eq!(conv.window().padding, padding, "{side}");
    }
}

#[test]
fn what_is_made_of_a_small_file_is_counted() {
    // A million numbers of one, again and again.
    let with = |copies: usize| {
        let mut nodes = vec![node("Expand", &["s", "sizes"], "w0", &[])];
        for k in 0..copies {
            nodes.push(node("Identity", &[&format!("w{k}")], &format!("w{}", k + 1), &[]));
        }
        nodes.push(node("MatMul", &["x", &format!("w{copies}")], "y", &[]));
        let sizes = tensor("sizes", &[2], 7, &1024_i64.to_le_bytes().repeat(2));
        read(&model(&[1, 1024], &nodes, &[floats("s", &[1], 0.5), sizes]))
    };
    assert_eq!(with(1).unwrap().network.outputs(), 1024);
    let error = with(5).unwrap_err();
    assert_eq!(error.code(), "shape-mismatch");
    assert!(error.to_string().contains("accounts for"), "{error}");
}
