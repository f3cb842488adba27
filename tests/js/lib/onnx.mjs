// ONNX files made up here: graphs of a few nodes, in the messages of onnx.proto that they need.

import protobuf from "protobufjs";

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Model { int64 ir_version = 1; Graph graph = 7; repeated OperatorSet opset_import = 8; }
  message OperatorSet { string domain = 1; int64 version = 2; }
  message Graph {
    repeated Node node = 1; string name = 2; repeated Tensor initializer = 5;
    repeated ValueInfo input = 11; repeated ValueInfo output = 12;
  }
  message Node {
    repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
    repeated Attribute attribute = 5; string domain = 7;
  }
  message Attribute {
    string name = 1; float f = 2; int64 i = 3; bytes s = 4; Tensor t = 5; Graph g = 6;
    repeated float floats = 7; repeated int64 ints = 8; int32 type = 20;
  }
  message Tensor {
    repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9;
    repeated Entry external_data = 13; int32 data_location = 14;
  }
  message Entry { string key = 1; string value = 2; }
  message ValueInfo { string name = 1; Type type = 2; }
  message Type { TensorType tensor_type = 1; }
  message TensorType { int32 elem_type = 1; Shape shape = 2; }
  message Shape { repeated Dimension dim = 1; }
  message Dimension { int64 dim_value = 1; string dim_param = 2; }
`,
  { keepCase: true },
);
const Model = root.lookupType("Model");

/** What an attribute is in the file. */
function attribute([name, value]) {
  if (typeof value === "string") return { name, type: 3, s: Buffer.from(value) };
  if (Array.isArray(value)) return { name, type: 7, ints: value };
  if (value.dims) return { name, type: 4, t: value };
  return Number.isInteger(value) ? { name, type: 2, i: value } : { name, type: 1, f: value };
}

/** A node of one output, which is called as the node is. */
export const node = (name, operator, input, attributes = {}) => ({
  name,
  op_type: operator,
  input,
  output: [name],
  attribute: Object.entries(attributes).map(attribute),
});

/** An initializer of these 32-bit (or 64-bit whole) numbers. */
export const tensor = (name, dims, values) => ({
  name,
  dims,
  data_type: values instanceof BigInt64Array ? 7 : 1,
  raw_data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

/** An input of these sizes, or an output whose sizes are left open. */
const value = (name, dims) => {
  const shape = dims && { dim: dims.map((size) => ({ dim_value: size })) };
  return { name, type: { tensor_type: { elem_type: 1, ...(shape && { shape }) } } };
};

/** A model from the input `x`, of these sizes with the batch, to what the last node gives. */
export function onnx(dims, nodes, tensors = [], { opset = 17, outputs = [nodes.at(-1).output[0]] } = {}) {
  const graph = {
    name: "made",
    node: nodes,
    initializer: tensors,
    input: [value("x", dims)],
    output: outputs.map((name) => value(name)),
  };
  return Model.encode(Model.create({ ir_version: 8, opset_import: [{ domain: "", version: opset }], graph })).finish();
}
