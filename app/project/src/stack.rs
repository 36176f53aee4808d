//! `stack.xml`, the layers as OpenRaster 0.0.6 has them: front first, each a PNG as it appears, at its place.

use std::io;

use document::{BlendMode, Document, Layer, LayerContent, LayerId};
use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, Event};

/// Where a raster layer's appearance is in the ZIP, and where its corner lies on the canvas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    pub picture: String,
    pub left: i32,
    pub top: i32,
}

pub fn stack_xml(
    document: &Document,
    placement: &dyn Fn(LayerId) -> Placement,
) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    writer.write_event(Event::Decl(quick_xml::events::BytesDecl::new(
        "1.0",
        Some("UTF-8"),
        None,
    )))?;
    let resolution = document.pixels_per_inch().round().max(1.0).to_string();
    let image = BytesStart::new("image").with_attributes([
        ("version", "0.0.6"),
        ("w", &document.width().to_string()),
        ("h", &document.height().to_string()),
        ("xres", &resolution),
        ("yres", &resolution),
    ]);
    writer.write_event(Event::Start(image))?;
    writer.write_event(Event::Start(BytesStart::new("stack")))?;
    write_layers(&mut writer, document.layers(), placement)?;
    writer.write_event(Event::End(BytesEnd::new("stack")))?;
    writer.write_event(Event::End(BytesEnd::new("image")))?;
    Ok(writer.into_inner())
}

fn write_layers(
    writer: &mut Writer<Vec<u8>>,
    layers: &[Layer],
    placement: &dyn Fn(LayerId) -> Placement,
) -> io::Result<()> {
    for layer in layers.iter().rev() {
        match &layer.content {
            LayerContent::Group(group) => {
                let mut start = element("stack", layer);
                let isolation = match layer.blend {
                    BlendMode::PassThrough => "auto",
                    _ => "isolate",
                };
                start.push_attribute(("isolation", isolation));
                writer.write_event(Event::Start(start))?;
                write_layers(writer, &group.children, placement)?;
                writer.write_event(Event::End(BytesEnd::new("stack")))?;
            }
            LayerContent::Raster(_) => {
                let placement = placement(layer.id);
                let mut empty = element("layer", layer);
                empty.push_attribute(("src", placement.picture.as_str()));
                empty.push_attribute(("x", placement.left.to_string().as_str()));
                empty.push_attribute(("y", placement.top.to_string().as_str()));
                writer.write_event(Event::Empty(empty))?;
            }
        }
    }
    Ok(())
}

fn element<'a>(tag: &'a str, layer: &Layer) -> BytesStart<'a> {
    // XML 1.0 has no place for these, not even escaped.
    let is_kept = |c: &char| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
    let name: String = layer.name.chars().filter(is_kept).collect();
    let opacity = (f32::from(layer.opacity) / 255.0).to_string();
    let mut element = BytesStart::new(tag).with_attributes([
        ("name", name.as_str()),
        ("opacity", opacity.as_str()),
        ("composite-op", layer.blend.openraster_name()),
        (
            "visibility",
            if layer.visible { "visible" } else { "hidden" },
        ),
    ]);
    if layer.locks.is_all() {
        element.push_attribute(("edit-locked", "true"));
    }
    element
}
