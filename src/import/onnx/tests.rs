//! What the fixtures of real exporters do not reach.

use ndarray::{Array2, array};
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
    node_of(operator, inputs, &[output], attributes)
}

fn node_of(operator: &str, inputs: &[&str], outputs: &[&str], attributes: &[AttributeProto]) -> Vec<u8> {
    let node = NodeProto {
        input: inputs.iter().map(ToString::to_string).collect(),
        output: outputs.iter().map(ToString::to_string).collect(),
        name: outputs[0].into(),
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
fn of_two_weights_or_attributes_of_one_name_one_was_taken_without_a_word() {
    let alpha = |f| AttributeProto { name: "alpha".into(), f, r#type: kind::FLOAT, ..AttributeProto::default() };
    let gemm = |attributes: &[AttributeProto]| [node("Gemm", &["x", "w"], "y", attributes)];
    let weights = |value| floats("w", &[2, 1], value);
    let refused = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    let message = refused(&model(&[1, 2], &gemm(&[]), &[weights(1.0), weights(2.0)]));
    assert!(message.contains("two initializers named `w`"), "{message}");
    let message = refused(&model(&[1, 2], &gemm(&[alpha(1.0), alpha(2.0)]), &[weights(1.0)]));
    assert!(message.contains("two attributes named `alpha`"), "{message}");
    assert!(read(&model(&[1, 2], &gemm(&[alpha(2.0)]), &[weights(1.0)])).is_ok());
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
fn a_mean_over_the_edge_was_refused() {
    // The numbers of the reference of ONNX and of PyTorch: what is behind the padding does not count.
    for (counts, corners) in [(1, [4.0 / 9.0, 1.0, 0.25]), (0, [1.0; 3])] {
        let window = [ints("kernel_shape", &[3, 3]), ints("strides", &[2, 2]), ints("pads", &[1, 1, 1, 1])];
        let more = [int("ceil_mode", 1), int("count_include_pad", counts)];
        let pool = node("AveragePool", &["x"], "y", &[&window[..], &more].concat());
        let network = read(&model(&[1, 1, 4, 4], &[pool], &[])).unwrap().network;
        let means = network.predict(ndarray::Array2::ones((1, 16)).view()).unwrap();
        let found = [0, 4, 8].map(|index| means[[0, index]]);
        assert!(found.iter().zip(corners).all(|(mean, corner)| (mean - corner).abs() < 1e-6), "{found:?}");
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

fn values(name: &str, dims: &[i64], values: &[f32]) -> Vec<u8> {
    tensor(name, dims, 1, &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
}

fn sizes(name: &str, values: &[i64]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, &[values.len() as i64], 7, &raw)
}

fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto { name: name.into(), ints: ints.into(), r#type: kind::INTS, ..AttributeProto::default() }
}

fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.into(), i, r#type: kind::INT, ..AttributeProto::default() }
}

fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { name: name.into(), f, r#type: kind::FLOAT, ..AttributeProto::default() }
}

#[test]
fn nodes_give_what_onnx_says_of_their_constants() {
    let gives = |nodes: &[Vec<u8>], tensors: &[Vec<u8>], expected: &[f32]| {
        let some = [("w", &[2, 2][..], &[1.0, 2.0, 3.0, 4.0][..]), ("c", &[1], &[2.0]), ("d", &[2], &[10.0, 20.0])];
        let some = some.map(|(name, dims, numbers)| values(name, dims, numbers));
        let tensors = [&some, tensors].concat();
        let network = read(&model(&[1, 2], nodes, &tensors)).unwrap().network;
        assert_eq!(network.predict(array![[1.0, 0.5]].view()).unwrap().into_raw_vec_and_offset().0, expected);
    };
    let product = || node("MatMul", &["x", "w"], "m", &[]);
    gives(&[node("Gemm", &["x", "w", "c"], "y", &[float("alpha", 2.0), float("beta", 0.5)])], &[], &[6.0, 9.0]);
    // What has a bias keeps it, and so does what something else reads.
    let sums = [product(), node("Add", &["m", "c"], "a", &[]), node("Add", &["a", "d"], "y", &[])];
    gives(&sums, &[], &[14.5, 26.0]);
    gives(&[product(), node("Add", &["m", "d"], "a", &[]), node("Add", &["m", "a"], "y", &[])], &[], &[15.0, 28.0]);
    gives(&[product(), node("Sub", &["d", "m"], "y", &[])], &[], &[7.5, 16.0]);
    gives(&[product(), node("Neg", &["m"], "y", &[])], &[], &[-2.5, -4.0]);
    gives(&[product(), node("Add", &["m", "d"], "a", &[]), node("Sub", &["a", "m"], "y", &[])], &[], &[10.0, 20.0]);
    let none = || [values("zero", &[], &[0.0]), values("one", &[1, 1], &[1.0])];
    let nothing = [
        product(),
        node("Add", &["zero", "m"], "a", &[]),
        node("Sub", &["a", "zero"], "b", &[]),
        node("Mul", &["b", "one"], "c1", &[]),
        node("Div", &["c1", "one"], "y", &[]),
    ];
    gives(&nothing, &none(), &[2.5, 4.0]);
    let dropped =
        read(&model(&[1, 2], &nothing, &[&none()[..], &[values("w", &[2, 2], &[1.0, 2.0, 3.0, 4.0])]].concat()));
    assert_eq!(dropped.unwrap().network.nodes().len(), 1);
    gives(&[product(), node("Sub", &["zero", "m"], "y", &[])], &none(), &[-2.5, -4.0]);
    gives(&[product(), node("Div", &["m", "e"], "y", &[])], &[values("e", &[2], &[2.0, 4.0])], &[1.25, 1.0]);
    // Weights that are worked out.
    let worked =
        |operator: &str, inputs: &[&str], attributes: &[AttributeProto], tensors: &[Vec<u8>], expected: &[f32]| {
            gives(&[node(operator, inputs, "v", attributes), node("MatMul", &["x", "v"], "y", &[])], tensors, expected);
        };
    worked("Transpose", &["w"], &[], &[], &[2.0, 5.0]);
    let backwards = [sizes("from", &[-1]), sizes("to", &[-100]), sizes("axes", &[1]), sizes("steps", &[-1])];
    worked("Slice", &["w", "from", "to", "axes", "steps"], &[], &backwards, &[4.0, 2.5]);
    worked("Gather", &["w", "at"], &[int("axis", 1)], &[sizes("at", &[-1, 0])], &[4.0, 2.5]);
    worked("Reshape", &["w", "to"], &[], &[sizes("to", &[0, -1])], &[2.5, 4.0]);
    worked("Cast", &["n"], &[int("to", 10)], &[values("n", &[2, 1], &[1.0001, 2.0])], &[2.0]);
    worked("Squeeze", &["n", "axes"], &[], &[values("n", &[1, 2, 1], &[1.0, 2.0]), sizes("axes", &[0])], &[2.0]);
    let turned = [
        node("Unsqueeze", &["n", "axes"], "u", &[]),
        node("Reshape", &["u", "to"], "v", &[]),
        node("MatMul", &["x", "v"], "y", &[]),
    ];
    // From [2] to [1, 1, 2]; then the second axis stays, and the others are one.
    let tensors = [values("n", &[2], &[1.0, 2.0]), sizes("axes", &[1, 0]), sizes("to", &[-1, 0])];
    gives(&turned, &tensors, &[2.0]);
    let every_second = [sizes("from", &[0]), sizes("to", &[3]), sizes("axes", &[1]), sizes("steps", &[2])];
    let wide = values("n", &[2, 3], &[1.0, 9.0, 2.0, 3.0, 9.0, 4.0]);
    let tensors = [&every_second[..], &[wide]].concat();
    worked("Slice", &["n", "from", "to", "axes", "steps"], &[], &tensors, &[2.5, 4.0]);
}

#[test]
fn a_slice_backwards_from_before_the_first_value_was_empty() {
    // ONNX begins with the first value then, where NumPy has none.
    let cut = [sizes("from", &[-5]), sizes("to", &[-100]), sizes("axes", &[1]), sizes("steps", &[-1])];
    let tensors = [&cut[..], &[values("n", &[2, 2], &[1.0, 3.0, 2.0, 4.0])]].concat();
    let nodes = [node("Slice", &["n", "from", "to", "axes", "steps"], "v", &[]), node("MatMul", &["x", "v"], "y", &[])];
    let network = read(&model(&[1, 2], &nodes, &tensors)).unwrap().network;
    assert_eq!(network.predict(array![[1.0, 0.5]].view()).unwrap(), array![[2.0]]);
}

#[test]
fn tensors_are_of_the_type_and_in_the_place_that_they_name() {
    let with = |weights: Vec<u8>| read(&model(&[1, 2], &[node("MatMul", &["x", "n"], "y", &[])], &[weights]));
    let head = |data_location| {
        let name = "n".into();
        TensorProto { dims: vec![2, 1], data_type: 16, name, data_location, ..TensorProto::default() }.encode_to_vec()
    };
    // 1 and 2 in bfloat16: raw, and as numbers of 32 bits.
    let raw: Vec<u8> = [0x3f80_u16, 0x4000].iter().flat_map(|bits| bits.to_le_bytes()).collect();
    let mut listed = Vec::new();
    for bits in [0x3f80, 0x4000] {
        prost::encoding::encode_varint(bits, &mut listed);
    }
    let (raw, listed) = (field(TensorProto::RAW_DATA, &raw), field(TensorProto::INT32_DATA, &listed));
    for data in [&raw, &listed] {
        let network = with([head(0), data.clone()].concat()).unwrap().network;
        assert_eq!(network.predict(array![[1.0, 0.5]].view()).unwrap(), array![[2.0]]);
    }
    for (data, text) in [([head(0), raw.clone(), raw].concat(), "several pieces"), (head(1), "another file")] {
        let error = with(data).unwrap_err();
        assert_eq!(error.code(), "invalid-model");
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[test]
fn nodes_give_what_onnx_says_of_images() {
    let gives = |image: &[i64], nodes: &[Vec<u8>], tensors: &[Vec<u8>], input: &[f32], expected: &[f32]| {
        let nodes = [nodes, &[node("Flatten", &["z"], "y", &[])]].concat();
        let network = read(&model(&[&[1], image].concat(), &nodes, tensors)).unwrap().network;
        let input = Array2::from_shape_vec((1, input.len()), input.to_vec()).unwrap();
        assert_eq!(network.predict(input.view()).unwrap().into_raw_vec_and_offset().0, expected);
    };
    let weights = [values("w", &[1, 1, 1, 1], &[2.0]), values("b", &[1], &[1.0]), values("d", &[1, 1, 1, 1], &[10.0])];
    let nodes = [node("Conv", &["x", "w", "b"], "c", &[]), node("Add", &["c", "d"], "z", &[])];
    gives(&[1, 1, 2], &nodes, &weights, &[1.0, 0.5], &[13.0, 12.0]);
    for operator in ["ReduceMax", "ReduceMean"] {
        let nodes = [node("Conv", &["x", "w", "b"], "c", &[]), node(operator, &["c"], "z", &[ints("axes", &[2, 3])])];
        gives(&[1, 1, 2], &nodes, &weights, &[1.0, 0.5], &[if operator == "ReduceMax" { 3.0 } else { 2.5 }]);
    }
    // One axis at a time, kept or not, and both as one.
    let input = [0.5, 1.0, 0.0, 0.25, 0.25, 1.0];
    for (operator, expected) in [("ReduceMax", 3.0), ("ReduceMean", 2.0)] {
        for (keeps, second) in [(0, 2), (1, 2)] {
            let reduce = |from, to, axis| node(operator, &[from], to, &[ints("axes", &[axis]), int("keepdims", keeps)]);
            let nodes = [node("Conv", &["x", "w", "b"], "c", &[]), reduce("c", "r", 3), reduce("r", "z", second)];
            gives(&[1, 2, 3], &nodes, &weights, &input, &[expected]);
        }
        let nodes = [
            node("Conv", &["x", "w", "b"], "c", &[]),
            node("Reshape", &["c", "flat"], "r", &[]),
            node(operator, &["r"], "z", &[ints("axes", &[-1]), int("keepdims", 0)]),
        ];
        gives(&[1, 2, 3], &nodes, &[&weights[..], &[sizes("flat", &[0, 0, -1])]].concat(), &input, &[expected]);
    }
    let nodes = [node("Conv", &["x", "w"], "c", &[]), node("Squeeze", &["c"], "z", &[])];
    gives(&[1, 1, 2], &nodes, &weights, &[1.0, 0.5], &[2.0, 1.0]);
    // Zeros around zeros around the image.
    let pads = [sizes("p", &[0, 0, 0, 1, 0, 0, 0, 0]), floats("k", &[1, 1, 1, 3], 1.0)];
    let nodes =
        [node("Pad", &["x", "p"], "a", &[]), node("Pad", &["a", "p"], "b", &[]), node("Conv", &["b", "k"], "z", &[])];
    gives(&[1, 1, 2], &nodes, &pads, &[1.0, 0.5], &[1.0, 1.5]);
}

#[test]
fn shortcuts_that_leave_pixels_out_and_add_channels_of_zeros_were_refused() {
    let gives = |nodes: &[Vec<u8>], tensors: &[Vec<u8>], expected: &[f32]| {
        let nodes = [nodes, &[node("Flatten", &["z"], "y", &[])]].concat();
        let network = read(&model(&[1, 1, 3, 3], &nodes, tensors)).unwrap().network;
        let input = Array2::from_shape_fn((1, 9), |(_, i)| i as f32 / 16.0);
        let outputs = network.predict(input.view()).unwrap();
        assert_eq!(outputs.mapv(|value| value * 16.0).into_raw_vec_and_offset().0, expected);
    };
    let numbers = [
        values("k", &[1, 1, 1, 1], &[1.0]),
        sizes("from", &[0, 0]),
        sizes("to", &[i64::MAX, 3]),
        sizes("axes", &[2, -1]),
        sizes("steps", &[2, 2]),
        sizes("p", &[0, 1, 0, 0, 0, 2, 0, 0]),
    ];
    let conv = || node("Conv", &["x", "k"], "c", &[]);
    let slice = |to: &str| node("Slice", &["c", "from", "to", "axes", "steps"], to, &[]);
    gives(&[conv(), slice("z")], &numbers, &[0.0, 2.0, 6.0, 8.0]);
    let none = [0.0; 4];
    let expected = [&none[..], &[0.0, 2.0, 6.0, 8.0], &none, &none].concat();
    gives(&[conv(), slice("s"), node("Pad", &["s", "p"], "z", &[])], &numbers, &expected);
    // The zeros as constants beside the image.
    let zeros = [floats("one", &[1, 1, 2, 2], 0.0), floats("two", &[1, 2, 2, 2], 0.0)];
    let joined = node("Concat", &["one", "s", "two"], "z", &[int("axis", 1)]);
    gives(&[conv(), slice("s"), joined], &[&numbers[..], &zeros].concat(), &expected);
    for (dims, value, axis) in
        [([1, 1, 2, 1], 0.0, 1), ([1, 1, 2, 2], 0.5, 1), ([1, 1, 2, 2], 0.0, 2), ([1, 1, 0, 2], 0.0, 1)]
    {
        let joined = node("Concat", &["s", "other"], "y", &[int("axis", axis)]);
        let tensors = [&numbers[..], &[floats("other", &dims, value)]].concat();
        let error = read(&model(&[1, 1, 3, 3], &[conv(), slice("s"), joined], &tensors)).unwrap_err();
        assert!(error.to_string().contains("is a constant") || error.code() == "shape-mismatch", "{error}");
    }
    // One axis at a time, and what keeps all values.
    let one = [sizes("none", &[0]), sizes("all", &[i64::MAX]), sizes("rows", &[2]), sizes("two", &[2])];
    let sliced = [
        conv(),
        node("Slice", &["c", "none", "all", "rows", "two"], "r", &[]),
        node("Slice", &["r", "none", "all", "rows"], "z", &[]),
    ];
    gives(&sliced, &[&numbers[..], &one].concat(), &[0.0, 1.0, 2.0, 6.0, 7.0, 8.0]);
    let refused = |from: i64, to: i64, axis: i64, step: i64| {
        let cut = [sizes("a", &[from]), sizes("b", &[to]), sizes("c", &[axis]), sizes("d", &[step])];
        let nodes = [node("Conv", &["x", "k"], "v", &[]), node("Slice", &["v", "a", "b", "c", "d"], "y", &[])];
        let error = read(&model(&[1, 1, 3, 3], &nodes, &[&numbers[..1], &cut].concat())).unwrap_err();
        assert_eq!(error.code(), "unsupported-layer", "{error}");
        error.to_string()
    };
    for (from, to, axis, step) in [(1, 3, 2, 1), (0, 2, 2, 1), (0, -1, 3, 1), (-1, -4, 2, -1), (0, 1, 0, 1)] {
        let message = refused(from, to, axis, step);
        assert!(message.contains("only every so many"), "{message}");
    }
}

#[test]
fn channels_that_are_taken_apart_or_change_places_were_refused() {
    // Channel `c` of the image is `10 (c + 1)` times the input, at each of two pixels.
    let first = [values("k", &[4, 1, 1, 1], &[10.0, 20.0, 30.0, 40.0]), sizes("one", &[1])];
    let read = |nodes: &[Vec<u8>], tensors: &[Vec<u8>]| {
        let conv = node("Conv", &["x", "k"], "c", &[]);
        let nodes = [&[conv], nodes, &[node("Flatten", &["z"], "y", &[])]].concat();
        read(&model(&[1, 1, 1, 2], &nodes, &[&first[..], tensors].concat()))
    };
    let gives = |nodes: &[Vec<u8>], tensors: &[Vec<u8>], channels: &[f32]| {
        let network = read(nodes, tensors).unwrap().network;
        let outputs = network.predict(array![[1.0, 0.5]].view()).unwrap();
        let expected: Vec<f32> = channels.iter().flat_map(|&channel| [10.0 * channel, 5.0 * channel]).collect();
        assert_eq!(outputs.into_raw_vec_and_offset().0, expected);
    };
    let cut = |from, to, step| [sizes("a", &[from]), sizes("b", &[to]), sizes("d", &[step])];
    let slice = node("Slice", &["c", "a", "b", "one", "d"], "z", &[]);
    gives(std::slice::from_ref(&slice), &cut(1, 3, 1), &[2.0, 3.0]);
    gives(std::slice::from_ref(&slice), &cut(-1, i64::MIN, -2), &[4.0, 2.0]);
    let error = read(std::slice::from_ref(&slice), &cut(2, 2, 1)).unwrap_err();
    assert!(error.to_string().contains("sizes above 0"), "{error}");
    let gather = node("Gather", &["c", "at"], "z", &[int("axis", 1)]);
    gives(std::slice::from_ref(&gather), &[sizes("at", &[3, 0, 0, -2])], &[4.0, 1.0, 1.0, 3.0]);
    assert_eq!(read(std::slice::from_ref(&gather), &[sizes("at", &[4])]).unwrap_err().code(), "invalid-model");
    // Two groups, interleaved.
    let shuffle = [
        node("Reshape", &["c", "two"], "r", &[]),
        node("Transpose", &["r"], "t", &[ints("perm", &[0, 2, 1, 3, 4])]),
        node("Reshape", &["t", "four"], "z", &[]),
    ];
    gives(&shuffle, &[sizes("two", &[-1, 2, 2, 1, 2]), sizes("four", &[-1, 4, 1, 2])], &[1.0, 3.0, 2.0, 4.0]);
    let split = |names: &[&str], inputs: &[&str]| node_of("Split", inputs, names, &[int("axis", 1)]);
    let swapped = node("Concat", &["q", "p"], "z", &[int("axis", 1)]);
    gives(&[split(&["p", "q"], &["c"]), swapped.clone()], &[], &[3.0, 4.0, 1.0, 2.0]);
    let parts = |list: &[i64]| [sizes("parts", list)];
    gives(&[split(&["p", "q"], &["c", "parts"]), swapped.clone()], &parts(&[3, 1]), &[4.0, 1.0, 2.0, 3.0]);
    gives(&[split(&["p", "z"], &["c"])], &[], &[3.0, 4.0]);
    for list in [&[3, 2][..], &[4, 0], &[4], &[5, -1]] {
        let error = read(&[split(&["p", "q"], &["c", "parts"]), swapped.clone()], &parts(list)).unwrap_err();
        assert!(error.to_string().contains("splits 4 channels into"), "{error}");
    }
    for nodes in [
        [node("Gather", &["c", "one"], "z", &[int("axis", 2)]), node("Identity", &["c"], "i", &[])],
        [node("Flatten", &["c"], "f", &[]), node("Slice", &["f", "one", "two", "one"], "z", &[])],
        [node("Flatten", &["c"], "f", &[]), node_of("Split", &["f"], &["z", "q"], &[int("axis", 1)])],
    ] {
        let error = read(&nodes, &[sizes("two", &[2])]).unwrap_err();
        assert!(error.to_string().contains("weights of 0 for those that are left out"), "{error}");
    }
}

#[test]
fn a_probability_of_one_score_is_a_choice_between_its_halves() {
    let scored = |rest: &[Vec<u8>]| {
        let nodes = [&[node("MatMul", &["x", "s"], "m", &[]), node("Sigmoid", &["m"], "p", &[])], rest].concat();
        let tensors = [values("s", &[2, 1], &[1.0, -2.0]), values("one", &[], &[1.0]), values("two", &[], &[2.0])];
        read(&model(&[1, 2], &nodes, &tensors))
    };
    let opposite = || node("Sub", &["one", "p"], "q", &[]);
    let both = |first, second, to| node("Concat", &[first, second], to, &[int("axis", 1)]);
    for rest in [
        vec![node("Identity", &["p"], "y", &[])],
        // As scikit-learn writes it.
        vec![opposite(), both("q", "p", "z"), node("ArgMax", &["z"], "y", &[int("axis", 1)])],
    ] {
        let model = scored(&rest).unwrap();
        let outputs = model.network.predict(array![[0.75, 0.25], [0.25, 0.75]].view()).unwrap();
        assert_eq!(outputs, array![[-0.125, 0.125], [0.625, -0.625]]);
        assert!(model.report.notes[0].contains("two scores here"), "{:?}", model.report.notes);
        assert_eq!(model.network.nodes().len(), 1);
    }
    let refused = |rest: &[Vec<u8>], text: &str| {
        let message = scored(rest).unwrap_err().to_string();
        assert!(message.contains(text), "{message}");
    };
    refused(&[node("Sub", &["one", "p"], "y", &[])], "the other class");
    refused(&[opposite(), both("p", "q", "y")], "its result is read by");
    refused(&[opposite(), node("Cast", &["q"], "y", &[int("to", 1)])], "its result is read by");
    refused(&[node("Sub", &["two", "p"], "y", &[])], "its result is read by");
    refused(&[node("Sub", &["p", "one"], "y", &[])], "its result is read by");
    // An image of one pixel, and a score without a sigmoid.
    let conv = [node("Conv", &["x", "k"], "c", &[]), node("Sigmoid", &["c"], "y", &[])];
    let pixel = read(&model(&[1, 1, 1, 1], &conv, &[values("k", &[1, 1, 1, 1], &[-1.0])])).unwrap();
    assert_eq!(pixel.network.predict(array![[0.5]].view()).unwrap(), array![[0.25, -0.25]]);
    let alone = [node("MatMul", &["x", "s"], "y", &[])];
    let alone = read(&model(&[1, 2], &alone, &[values("s", &[2, 1], &[1.0, -2.0])])).unwrap();
    assert_eq!(alone.network.outputs(), 1);
    assert!(alone.report.notes[0].contains("end it with a sigmoid"), "{:?}", alone.report.notes);
}

#[test]
fn weights_are_computed_with_roots_and_signs() {
    let nodes = [
        node("Sqrt", &["v"], "r", &[]),
        node("Neg", &["r"], "n", &[]),
        node("Div", &["w", "n"], "k", &[]),
        node("MatMul", &["x", "k"], "y", &[]),
    ];
    let tensors = [values("v", &[2], &[4.0, 16.0]), values("w", &[2, 2], &[1.0, 2.0, 3.0, 4.0])];
    let network = read(&model(&[1, 2], &nodes, &tensors)).unwrap().network;
    assert_eq!(network.predict(array![[1.0, 0.5]].view()).unwrap(), array![[-1.25, -1.0]]);
    let of_input = read(&model(&[1, 2], &[node("Sqrt", &["x"], "y", &[])], &[])).unwrap_err();
    assert!(of_input.to_string().contains("GELU or a normalisation"), "{of_input}");
    let of_whole = [node("Neg", &["v"], "n", &[]), node("Reshape", &["x", "n"], "y", &[])];
    let of_whole = read(&model(&[1, 2], &of_whole, &[sizes("v", &[-1, -2])])).unwrap_err();
    assert!(of_whole.to_string().contains("computes with a constant"), "{of_whole}");
}

#[test]
fn what_would_give_other_numbers_is_refused() {
    let refused = |input: &[i64], nodes: &[Vec<u8>], tensors: &[Vec<u8>], text: &str| {
        let error = read(&model(&[&[1], input].concat(), nodes, tensors)).expect_err(text);
        assert_eq!(error.code(), "unsupported-layer", "{error}");
        assert!(error.to_string().contains(text), "{text} is not in: {error}");
    };
    let w = || values("w", &[2, 2], &[1.0, 2.0, 3.0, 4.0]);
    refused(&[2], &[node("Gemm", &["x", "w"], "y", &[int("transA", 1)])], &[w()], "transA");
    refused(&[2], &[node("Max", &["x", "c"], "y", &[])], &[values("c", &[], &[0.5])], "a ReLU");
    let norm = [("s", 1.0), ("o", 0.0), ("u", 0.0), ("v", 1.0)].map(|(name, value)| floats(name, &[2], value));
    let training = node("BatchNormalization", &["x", "s", "o", "u", "v"], "y", &[int("training_mode", 1)]);
    refused(&[2], &[training], &norm, "training mode");
    let dropout = node("Dropout", &["x", "", "t"], "y", &[]);
    refused(&[2], &[dropout], &[tensor("t", &[], 9, &[1])], "training mode");
    refused(&[2], &[node("Reshape", &["x", "to"], "y", &[])], &[sizes("to", &[-1, -1])], "reshapes");
    refused(&[2, 1, 2], &[node("Flatten", &["x"], "y", &[int("axis", 2)])], &[], "the batch");
    refused(&[2, 1, 2], &[node("Softmax", &["x"], "y", &[int("axis", 1)])], &[], "all scores");
    // Images.
    let conv = || node("Conv", &["x", "k"], "c", &[]);
    let one = || values("k", &[1, 1, 1, 1], &[-1.0]);
    let places = [conv(), node("Add", &["c", "p"], "y", &[])];
    refused(&[1, 1, 2], &places, &[one(), values("p", &[1, 2], &[1.0, 2.0])], "per channel");
    let turned =
        [conv(), node("Transpose", &["c"], "t", &[ints("perm", &[0, 1, 3, 2])]), node("Add", &["c", "t"], "y", &[])];
    refused(&[1, 2, 2], &turned, &[one()], "different orders");
    let flat = |from: &str, to: &str| node("Flatten", &[from], to, &[]);
    let two = values("k", &[2, 1, 1, 1], &[1.0, 2.0]);
    let joined = [
        conv(),
        node("Transpose", &["c"], "t", &[ints("perm", &[0, 2, 3, 1])]),
        flat("t", "f"),
        flat("c", "g"),
        node("Concat", &["f", "g"], "y", &[int("axis", 1)]),
    ];
    refused(&[1, 1, 2], &joined, &[two], "channels last");
    let pads = || sizes("p", &[0, 0, 0, 1, 0, 0, 0, 0]);
    let pool = |from: &str, operator: &str, more: &[AttributeProto]| {
        node(operator, &[from], "y", &[&[ints("kernel_shape", &[1, 2]), ints("strides", &[1, 2])], more].concat())
    };
    let padded = [conv(), node("Pad", &["c", "p"], "a", &[]), pool("a", "MaxPool", &[])];
    refused(&[1, 1, 3], &padded, &[one(), pads()], "below 0 would win");
    let text =
        AttributeProto { name: "mode".into(), s: "edge".into(), r#type: kind::STRING, ..AttributeProto::default() };
    for (inputs, mode) in [(&["x", "p"][..], &[text][..]), (&["x", "p", "c"], &[])] {
        let nodes = [node("Pad", inputs, "a", mode), node("Conv", &["a", "k"], "y", &[])];
        refused(&[1, 1, 3], &nodes, &[one(), pads(), values("c", &[], &[0.5])], "other than zeros");
    }
}
