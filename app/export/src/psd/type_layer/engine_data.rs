//! The text form in which Photoshop's text engine keeps what it knows: dictionaries, lists and values, indented by tabs.
//!
//! Written by these rules, the data of 82 text layers of Photoshop's own files comes out byte for byte as it is there.

#[derive(Debug, Clone)]
pub enum Node {
    Dict(Vec<(&'static str, Node)>),
    /// Of dictionaries.
    List(Vec<Node>),
    /// Of numbers.
    Row(Vec<Node>),
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

impl Node {
    pub fn floats<const N: usize>(values: [f64; N]) -> Self {
        Self::Row(values.map(Self::Float).into())
    }
}

pub fn serialize(top: &Node) -> Vec<u8> {
    let mut out = b"\n\n".to_vec();
    put_dict_or_value(&mut out, top, 0);
    out
}

fn put_dict_or_value(out: &mut Vec<u8>, node: &Node, depth: usize) {
    match node {
        Node::Dict(entries) => {
            out.extend(b"<<\n");
            for (key, value) in entries {
                indent(out, depth + 1);
                out.push(b'/');
                out.extend(key.as_bytes());
                put_after_key(out, value, depth + 1);
                out.push(b'\n');
            }
            indent(out, depth);
            out.extend(b">>");
        }
        Node::List(nodes) => {
            out.extend(b"[\n");
            for node in nodes {
                indent(out, depth);
                put_dict_or_value(out, node, depth);
                out.push(b'\n');
            }
            indent(out, depth);
            out.push(b']');
        }
        Node::Row(numbers) => {
            out.extend(b"[ ");
            for number in numbers {
                put_dict_or_value(out, number, depth);
                out.push(b' ');
            }
            out.push(b']');
        }
        Node::Bool(value) => out.extend(value.to_string().as_bytes()),
        Node::Int(value) => out.extend(value.to_string().as_bytes()),
        Node::Float(value) => out.extend(float(*value).as_bytes()),
        Node::Text(text) => put_text(out, text),
    }
}

/// A dictionary begins on a line of its own, all else beside its key.
fn put_after_key(out: &mut Vec<u8>, value: &Node, depth: usize) {
    match value {
        Node::Dict(_) => {
            out.push(b'\n');
            indent(out, depth);
        }
        _ => out.push(b' '),
    }
    put_dict_or_value(out, value, depth);
}

fn indent(out: &mut Vec<u8>, depth: usize) {
    out.resize(out.len() + depth, b'\t');
}

/// At most five decimals, at least one, and nothing before the point of what is below 1 but of zero.
fn float(value: f64) -> String {
    let text = format!("{value:.5}");
    let text = text.trim_end_matches('0');
    let text = match text.strip_suffix('.') {
        Some(whole) => format!("{whole}.0"),
        None => text.to_owned(),
    };
    match text.as_str() {
        "0.0" | "-0.0" => "0.0".to_owned(),
        other => match (other.strip_prefix("0."), other.strip_prefix("-0.")) {
            (Some(decimals), _) => format!(".{decimals}"),
            (_, Some(decimals)) => format!("-.{decimals}"),
            _ => other.to_owned(),
        },
    }
}

/// UTF-16 in parentheses, a backslash before each byte that would read as one of those or as a backslash.
fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend(b"(\xFE\xFF");
    for byte in text.encode_utf16().flat_map(u16::to_be_bytes) {
        if matches!(byte, b'(' | b')' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b')');
}
