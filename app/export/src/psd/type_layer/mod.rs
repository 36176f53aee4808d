//! The block `TySh`, which makes of a layer one whose text Photoshop can edit. The layer's pixels show until someone does.
//!
//! What Photoshop needs and in which order was counted in 81 text layers of Photoshop's own files (the test files of
//! psd-tools, ag-psd and PhotoshopAPI).

mod engine_data;
mod resources;
mod style;

use document::Alignment;

use super::bytes::PutBytes;
use super::descriptor::{Items, Value, put_descriptor};
use engine_data::Node;

/// Text that begins, ends or has its middle at a point, line below line.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeLayer {
    /// Lines are divided by `\n`.
    pub text: String,
    /// Of the em, in units of the text.
    pub size: f64,
    /// From one line's baseline to the next; `None` leaves it to Photoshop (1.2 of the size).
    pub leading: Option<f64>,
    /// sRGB.
    pub colour: [u8; 3],
    /// PostScript name.
    pub font: String,
    /// From units of the text, where (0, 0) is that point on the first baseline, to the canvas:
    /// x' = a·x + c·y + e, y' = b·x + d·y + f, as `[a, b, c, d, e, f]`.
    pub transform: [f64; 6],
    /// Around the letters, in units of the text: left, top, right, bottom.
    pub bounds: [f64; 4],
    pub alignment: Alignment,
}

impl TypeLayer {
    /// `index` counts the document's text layers.
    pub fn block(&self, index: i32) -> Vec<u8> {
        // Photoshop ends lines as Mac OS did.
        let text = self.text.replace("\r\n", "\n").replace('\n', "\r");
        let engine_data = engine_data::serialize(&self.engine_tree(&text));
        let mut out = Vec::new();
        out.put_u16(1);
        for value in self.transform {
            out.put(&value.to_be_bytes());
        }
        out.put_u16(50);
        put_descriptor(
            &mut out,
            "TxLr",
            &vec![
                ("Txt ", Value::Text(&text)),
                ("textGridding", Value::Enum("textGridding", "None")),
                ("Ornt", Value::Enum("Ornt", "Hrzn")),
                ("AntA", Value::Enum("Annt", "AnCr")),
                ("bounds", Value::Object("bounds", self.box_items())),
                (
                    "boundingBox",
                    Value::Object("boundingBox", self.box_items()),
                ),
                ("TextIndex", Value::Long(index)),
                ("EngineData", Value::Bytes(&engine_data)),
            ],
        );
        out.put_u16(1);
        put_descriptor(&mut out, "warp", &no_warp());
        out.put(&[0; 16]); // a warped text's bounds
        out.resize(out.len().next_multiple_of(4), 0);
        out
    }

    fn box_items(&self) -> Items<'_> {
        ["Left", "Top ", "Rght", "Btom"]
            .into_iter()
            .zip(self.bounds.map(Value::Points))
            .collect()
    }

    fn engine_tree(&self, text: &str) -> Node {
        // One more ends the last paragraph.
        let text = format!("{text}\r");
        let resources = || resources::resources(&self.font);
        Node::Dict(vec![
            ("EngineDict", style::engine_dict(self, &text)),
            ("ResourceDict", resources()),
            ("DocumentResources", resources()),
        ])
    }
}

fn no_warp() -> Items<'static> {
    vec![
        ("warpStyle", Value::Enum("warpStyle", "warpNone")),
        ("warpValue", Value::Double(0.0)),
        ("warpPerspective", Value::Double(0.0)),
        ("warpPerspectiveOther", Value::Double(0.0)),
        ("warpRotate", Value::Enum("Ornt", "Hrzn")),
    ]
}
