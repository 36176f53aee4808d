//! Photoshop's descriptors: named values of many types ("Descriptor structure" in Adobe's specification).

use super::bytes::PutBytes;

pub enum Value<'a> {
    Text(&'a str),
    /// Of a type, one of its values.
    Enum(&'a str, &'a str),
    Double(f64),
    Long(i32),
    /// Points of typography.
    Points(f64),
    Bytes(&'a [u8]),
    Object(&'a str, Items<'a>),
}

/// In the order of the file, which Photoshop keeps.
pub type Items<'a> = Vec<(&'a str, Value<'a>)>;

/// A descriptor of its version, 16.
pub fn put_descriptor(out: &mut Vec<u8>, class: &str, items: &Items) {
    out.put_u32(16);
    put_object(out, class, items);
}

fn put_object(out: &mut Vec<u8>, class: &str, items: &Items) {
    put_unicode(out, ""); // nobody reads its name
    put_id(out, class);
    out.put_len(items.len());
    for (key, value) in items {
        put_id(out, key);
        put_value(out, value);
    }
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Text(text) => {
            out.put(b"TEXT");
            put_unicode(out, text);
        }
        Value::Enum(kind, value) => {
            out.put(b"enum");
            put_id(out, kind);
            put_id(out, value);
        }
        Value::Double(value) => {
            out.put(b"doub");
            out.put(&value.to_be_bytes());
        }
        Value::Long(value) => {
            out.put(b"long");
            out.put_i32(*value);
        }
        Value::Points(value) => {
            out.put(b"UntF#Pnt");
            out.put(&value.to_be_bytes());
        }
        Value::Bytes(bytes) => {
            out.put(b"tdta");
            out.put_len(bytes.len());
            out.put(bytes);
        }
        Value::Object(class, items) => {
            out.put(b"Objc");
            put_object(out, class, items);
        }
    }
}

/// Four letters stand as they are after a length of 0.
fn put_id(out: &mut Vec<u8>, id: &str) {
    out.put_len(if id.len() == 4 { 0 } else { id.len() });
    out.put(id.as_bytes());
}

/// Unlike a layer's name it ends with a NUL, which counts.
fn put_unicode(out: &mut Vec<u8>, text: &str) {
    let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
    out.put_len(units.len());
    units.into_iter().for_each(|unit| out.put_u16(unit));
}
