//! The graph of a file: its nodes, where their values come from, and the order in which they can be read.

use std::collections::HashMap;

use prost::Message;

use super::proto::{AttributeProto, NodeProto, OperatorSetIdProto, TensorName, ValueInfoProto, field, kind};
use super::wire::{Fields, limit};
use super::{MAX_ENDS, MAX_LISTED, MAX_NODES, MAX_PARTS, broken, shown};
use crate::ann::MAX_VALUES;
use crate::error::{Error, Result};

/// A file whose parts were counted; tensors and attributes are still as they are stored.
#[derive(Debug, Default)]
pub(super) struct Graph<'a> {
    pub(super) name: String,
    /// Versions of the operators, by their domain.
    pub(super) opsets: Vec<(String, i64)>,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) initializers: HashMap<String, &'a [u8]>,
    /// What the graph reads, apart from its initializers.
    pub(super) inputs: Vec<ValueInfoProto>,
    pub(super) outputs: Vec<String>,
}

/// A node as it is stored.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) index: usize,
    proto: NodeProto,
    attributes: Vec<&'a [u8]>,
}

impl<'a> Graph<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut graph = Self::default();
        let mut content = None;
        for (count, field) in Fields::of(bytes).enumerate() {
            let (tag, part) = field?;
            if count >= MAX_LISTED {
                return Err(Error::model(format!("the model has more than {MAX_LISTED} parts")));
            }
            match tag {
                field::MODEL_GRAPH => content = Some(part),
                field::MODEL_OPSET => {
                    let set = OperatorSetIdProto::decode(part).map_err(broken)?;
                    graph.opsets.push((set.domain, set.version));
                }
                _ => {}
            }
        }
        graph.read_content(content.ok_or_else(|| Error::model("the ONNX file has no graph"))?)?;
        Ok(graph)
    }

    fn read_content(&mut self, content: &'a [u8]) -> Result<()> {
        // Of all nodes together.
        let mut parts = 0;
        for (count, field) in Fields::of(content).enumerate() {
            let (tag, part) = field?;
            if count >= MAX_PARTS || self.nodes.len() > MAX_NODES || parts > MAX_PARTS {
                return Err(Error::model(format!(
                    "the graph is too large: at most {MAX_NODES} nodes, and {MAX_PARTS} parts in all, are read"
                )));
            }
            match tag {
                field::GRAPH_NODE => {
                    let mut attributes = Vec::new();
                    for field in Fields::of(part) {
                        let (tag, part) = field?;
                        parts += 1;
                        if tag == field::NODE_ATTRIBUTE && parts <= MAX_PARTS {
                            attributes.push(part);
                        }
                    }
                    if parts <= MAX_PARTS {
                        let proto = NodeProto::decode(part).map_err(broken)?;
                        self.nodes.push(Node { index: self.nodes.len(), proto, attributes });
                    }
                }
                field::GRAPH_NAME => self.name = String::from_utf8_lossy(part).into_owned(),
                field::GRAPH_INITIALIZER => {
                    let name = TensorName::decode(part).map_err(broken)?.name;
                    if let Some(name) = self.initializers.contains_key(&name).then(|| shown(&name)) {
                        return Err(Error::model(format!("there are two initializers named `{name}`")));
                    }
                    self.initializers.insert(name, part);
                }
                field::GRAPH_INPUT => self.inputs.push(value_info(part)?),
                field::GRAPH_OUTPUT => self.outputs.push(value_info(part)?.name),
                _ => {}
            }
        }
        let initializers = &self.initializers;
        // Old files list their weights as inputs, too.
        self.inputs.retain(|input| !initializers.contains_key(&input.name));
        if self.outputs.is_empty() {
            return Err(Error::model("the graph has no output"));
        }
        if self.inputs.len().max(self.outputs.len()) > MAX_ENDS {
            return Err(Error::model(format!("the graph has more than {MAX_ENDS} inputs or outputs")));
        }
        Ok(())
    }

    /// The version of the operators of a domain; the default domain is "".
    pub(super) fn opset(&self, domain: &str) -> Option<i64> {
        let same = |other: &str| other == domain || (domain.is_empty() && other == "ai.onnx");
        self.opsets.iter().find(|(other, _)| same(other)).map(|&(_, version)| version)
    }

    /// The nodes that the outputs need, each after those that it reads, and how often each of their values is read.
    pub(super) fn order(&self) -> Result<(Vec<usize>, HashMap<&str, usize>)> {
        let makers = self.makers()?;
        let mut state = vec![State::New; self.nodes.len()];
        let mut order = Vec::new();
        // Nodes that wait for what they read, with how much of that has been looked at.
        let mut waiting: Vec<(usize, usize)> = Vec::new();
        for output in &self.outputs {
            match makers.get(output.as_str()) {
                Some(&node) if state[node] == State::New => waiting.push((node, 0)),
                Some(_) => {}
                None => return Err(Error::model(format!("no node makes the output `{}`", shown(output)))),
            }
            while let Some((index, read)) = waiting.pop() {
                let node = &self.nodes[index];
                state[index] = State::Waiting;
                let Some(name) = node.proto.input.get(read) else {
                    state[index] = State::Done;
                    order.push(index);
                    continue;
                };
                waiting.push((index, read + 1));
                match makers.get(name.as_str()) {
                    Some(&maker) => match state[maker] {
                        State::New => waiting.push((maker, 0)),
                        State::Waiting => return Err(self.cycle(maker, &waiting)),
                        State::Done => {}
                    },
                    None if self.is_given(name) => {}
                    None => return Err(node.broken(format!("reads `{}`, which nothing makes", shown(name)))),
                }
            }
        }
        let mut uses = HashMap::new();
        let read = order.iter().flat_map(|&index| &self.nodes[index].proto.input).chain(&self.outputs);
        read.for_each(|name| *uses.entry(name.as_str()).or_insert(0) += 1);
        Ok((self.as_filed(order, &makers), uses))
    }

    /// Which node makes each value.
    fn makers(&self) -> Result<HashMap<&str, usize>> {
        let mut makers = HashMap::new();
        for node in &self.nodes {
            for name in node.proto.output.iter().filter(|name| !name.is_empty()) {
                if self.is_given(name) || makers.insert(name.as_str(), node.index).is_some() {
                    return Err(node.broken(format!("makes `{}`, which is made elsewhere, too", shown(name))));
                }
            }
        }
        Ok(makers)
    }

    /// Whether a value comes with the file or from outside, or is left out.
    fn is_given(&self, name: &str) -> bool {
        name.is_empty() || self.initializers.contains_key(name) || self.inputs.iter().any(|input| input.name == name)
    }

    fn cycle(&self, maker: usize, waiting: &[(usize, usize)]) -> Error {
        let round = waiting.iter().rev().map(|&(index, _)| index);
        let mut first = maker;
        for index in round.take_while(|&index| index != maker) {
            first = first.min(index);
        }
        self.nodes[first].broken("depends on its own output: the graph has a cycle")
    }

    /// Nodes as they stand in the file, where each is behind those that it reads, as it should be.
    fn as_filed(&self, order: Vec<usize>, makers: &HashMap<&str, usize>) -> Vec<usize> {
        let reads = |&index: &usize| self.nodes[index].proto.input.iter().map(move |name| (index, name));
        let later = |(index, name): (usize, &String)| makers.get(name.as_str()).is_some_and(|&maker| maker >= index);
        if order.iter().flat_map(reads).any(later) {
            return order;
        }
        let mut order = order;
        order.sort_unstable();
        order
    }

    /// The first node that reads `name`.
    pub(super) fn reader(&self, name: &str) -> Option<&Node<'a>> {
        self.nodes.iter().find(|node| node.proto.input.iter().any(|input| input == name))
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Waiting,
    Done,
}

fn value_info(part: &[u8]) -> Result<ValueInfoProto> {
    // A name and a type; the type holds the dimensions, which take two bytes each at least.
    limit("an input or output", part, MAX_LISTED, &[2])?;
    ValueInfoProto::decode(part).map_err(broken)
}

impl Node<'_> {
    pub(super) fn operator(&self) -> &str {
        &self.proto.op_type
    }

    /// The domain of its operator, "" for the default one.
    pub(super) fn domain(&self) -> &str {
        if self.proto.domain == "ai.onnx" { "" } else { &self.proto.domain }
    }

    /// Its name, or that of its first output where it has none.
    pub(super) fn name(&self) -> String {
        let name = if self.proto.name.is_empty() { self.proto.output.first() } else { Some(&self.proto.name) };
        shown(name.map_or("", String::as_str))
    }

    /// How messages call it: ``Conv `name` ``.
    pub(super) fn label(&self) -> String {
        format!("{} `{}`", shown(self.operator()), self.name())
    }

    pub(super) fn inputs(&self) -> &[String] {
        &self.proto.input
    }

    pub(super) fn outputs(&self) -> &[String] {
        &self.proto.output
    }

    pub(super) fn attributes(&self) -> Result<Attributes<'_>> {
        let attributes = self.attributes.iter().map(|part| {
            limit(&format!("an attribute of {}", self.label()), part, MAX_PARTS, &AttributeProto::LISTS)?;
            AttributeProto::decode(*part).map_err(broken)
        });
        Ok(Attributes { node: self, list: attributes.collect::<Result<_>>()? })
    }

    /// The refusal of an operator, or of how it is used here.
    pub(super) fn unsupported(&self, reason: impl Into<String>) -> Error {
        let operator = match self.domain() {
            "" => shown(self.operator()),
            domain => format!("{}.{}", shown(domain), shown(self.operator())),
        };
        Error::UnsupportedLayer { layer: self.index, name: self.name(), operator, reason: reason.into() }
    }

    /// The error for a node that no file should have.
    pub(super) fn broken(&self, reason: impl AsRef<str>) -> Error {
        Error::model(format!("{} {}", self.label(), reason.as_ref()))
    }

    /// Names the node in an error of one of its parts.
    pub(super) fn named(&self, error: Error) -> Error {
        let of = |what: String| format!("{what} of {}", self.label());
        match error {
            Error::ShapeMismatch { what, expected, received } => {
                Error::ShapeMismatch { what: of(what), expected, received }
            }
            Error::InvalidInput { what, allowed, received, index } => {
                Error::InvalidInput { what: of(what), allowed, received, index }
            }
            Error::InvalidOption { option, received, allowed } => {
                Error::shape(format!("{option} of {}", self.label()), allowed, received)
            }
            other => other,
        }
    }
}

/// The decoded attributes of a node.
pub(super) struct Attributes<'a> {
    node: &'a Node<'a>,
    list: Vec<AttributeProto>,
}

impl Attributes<'_> {
    /// The attribute of this name; refused where it is not of the kind that the operator has.
    pub(super) fn get(&self, name: &str, kind: i32) -> Result<Option<&AttributeProto>> {
        let mut named = self.list.iter().filter(|attribute| attribute.name == name);
        let Some(attribute) = named.next() else { return Ok(None) };
        if named.next().is_some() {
            return Err(self.node.broken(format!("has two attributes named `{name}`")));
        }
        if attribute.r#type == kind || attribute.r#type == 0 {
            return Ok(Some(attribute));
        }
        Err(self.node.broken(format!("has an attribute `{name}` of a kind that it cannot have")))
    }

    pub(super) fn int(&self, name: &str, default: i64) -> Result<i64> {
        Ok(self.get(name, kind::INT)?.map_or(default, |attribute| attribute.i))
    }

    pub(super) fn float(&self, name: &str, default: f32) -> Result<f32> {
        Ok(self.get(name, kind::FLOAT)?.map_or(default, |attribute| attribute.f))
    }

    pub(super) fn ints(&self, name: &str) -> Result<Option<&[i64]>> {
        Ok(self.get(name, kind::INTS)?.map(|attribute| attribute.ints.as_slice()))
    }

    pub(super) fn floats(&self, name: &str) -> Result<Option<&[f32]>> {
        Ok(self.get(name, kind::FLOATS)?.map(|attribute| attribute.floats.as_slice()))
    }

    pub(super) fn text(&self, name: &str, default: &str) -> Result<String> {
        let attribute = self.get(name, kind::STRING)?;
        Ok(attribute.map_or_else(|| default.into(), |attribute| String::from_utf8_lossy(&attribute.s).into_owned()))
    }

    /// A size from 1 on.
    pub(super) fn size(&self, name: &str, default: usize) -> Result<usize> {
        let Some(attribute) = self.get(name, kind::INT)? else { return Ok(default) };
        self.checked(name, attribute.i, 1)
    }

    /// `N` sizes from `least` on.
    pub(super) fn sizes<const N: usize>(&self, name: &str, least: usize) -> Result<Option<[usize; N]>> {
        let Some(list) = self.ints(name)? else { return Ok(None) };
        let list = list.iter().map(|&size| self.checked(name, size, least)).collect::<Result<Vec<_>>>()?;
        let count = list.len();
        let sizes = <[usize; N]>::try_from(list);
        sizes.map(Some).map_err(|_| {
            self.node.unsupported(format!("its `{name}` has {count} numbers instead of {N}; only images are supported"))
        })
    }

    fn checked(&self, name: &str, size: i64, least: usize) -> Result<usize> {
        usize::try_from(size).ok().filter(|size| (least..=MAX_VALUES).contains(size)).ok_or_else(|| {
            Error::shape(
                format!("`{name}` of {}", self.node.label()),
                format!("numbers from {least} to {MAX_VALUES}"),
                size,
            )
        })
    }
}
