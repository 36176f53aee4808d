//! Other programs see what the window shows: `stack.xml` and its pictures compose to the canvas.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use common::{always, blended_sample, sample};
use document::{
    BlendMode, Document, Edit, History, Layer, LayerContent, LayerId, Locks, Pixels, Property,
    Recolor, Transform, composite,
};
use project::{Opened, open_any, save, save_openraster};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

type Zip = ZipArchive<File>;

fn bytes(zip: &mut Zip, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

fn picture(zip: &mut Zip, name: &str) -> image::RgbaImage {
    let png = bytes(zip, name);
    image::load_from_memory(&png).unwrap().into_rgba8()
}

/// As the OpenRaster specification says; nothing of `lamina.json`.
fn document_of(path: &Path) -> Document {
    let mut zip = ZipArchive::new(File::open(path).unwrap()).unwrap();
    assert_eq!(zip.by_index(0).unwrap().name().unwrap(), "mimetype");
    assert_eq!(bytes(&mut zip, "mimetype"), b"image/openraster");
    let xml = String::from_utf8(bytes(&mut zip, "stack.xml")).unwrap();
    let mut reader = Reader::from_str(&xml);
    let (mut size, mut id) = ((0, 0), 0);
    // Front first within each stack; the outermost is the root.
    let mut open: Vec<(Layer, Vec<Layer>)> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == b"image" => {
                let of = attributes(&tag);
                size = (of["w"].parse().unwrap(), of["h"].parse().unwrap());
            }
            Event::Start(tag) => {
                id += 1;
                let group = Layer::group(LayerId(id), "", Vec::new());
                open.push((with_attributes(group, &attributes(&tag)), Vec::new()));
            }
            Event::Empty(tag) => {
                id += 1;
                let of = attributes(&tag);
                let pixels = Pixels::new(picture(&mut zip, &of["src"]));
                let (x, y) = (of["x"].parse().unwrap(), of["y"].parse().unwrap());
                let layer = Layer::of_pixels(LayerId(id), "", pixels, x, y);
                open.last_mut().unwrap().1.push(with_attributes(layer, &of));
            }
            Event::End(tag) if tag.name().as_ref() == b"stack" => {
                let (mut group, mut children) = open.pop().unwrap();
                children.reverse();
                let Some((_, siblings)) = open.last_mut() else {
                    let merged = picture(&mut zip, "mergedimage.png");
                    let document = Document::restored(size, None, 72.0, children).unwrap();
                    assert_eq!(composite(&document), merged);
                    return document;
                };
                if let LayerContent::Group(content) = &mut group.content {
                    content.children = children;
                }
                siblings.push(group);
            }
            Event::Eof => panic!("the stack does not end"),
            _ => {}
        }
    }
}

fn attributes(tag: &BytesStart<'_>) -> HashMap<String, String> {
    tag.attributes()
        .map(|attribute| {
            let attribute = attribute.unwrap();
            let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
            let value = std::str::from_utf8(&attribute.value).unwrap();
            (
                key,
                quick_xml::escape::unescape(value).unwrap().into_owned(),
            )
        })
        .collect()
}

fn with_attributes(layer: Layer, of: &HashMap<String, String>) -> Layer {
    let Some(name) = of.get("name") else {
        return layer;
    };
    let opacity: f32 = of["opacity"].parse().unwrap();
    Layer {
        name: name.clone(),
        visible: of["visibility"] == "visible",
        opacity: (opacity * 255.0).round() as u8,
        ..layer
    }
}

#[test]
fn the_stack_composes_to_the_canvas() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = sample();
    // A turned and recoloured layer shows too.
    let mut history = document::History::new(project.document);
    history
        .apply(document::Edit::Set(
            LayerId(9),
            document::Property::Visible(true),
        ))
        .unwrap();
    project.document = history.document().clone();
    let path = folder.path().join("poster.lamina");
    save(&project, &path, None, &mut always).unwrap();
    let plain = folder.path().join("poster.ora");
    save_openraster(&project.document, &plain, &mut always).unwrap();
    for path in [path, plain] {
        let read = document_of(&path);
        assert_eq!(composite(&read), composite(&project.document));
        let names: Vec<&str> = read.walk().map(|(_, layer)| layer.name.as_str()).collect();
        // Without the control character; the layer that has no pixels has no name.
        let expected = [
            "Background",
            "Group",
            "Text \"1\" \u{1F980}",
            "",
            "Empty group",
            "Copy",
        ];
        assert_eq!(names, expected);
    }
}

#[test]
fn the_whole_canvas_is_shown_as_it_became() {
    let folder = tempfile::tempdir().unwrap();
    let [path, fresh] = ["again", "fresh"].map(|name| folder.path().join(name));
    let mut project = sample();
    let mut history = History::new(project.document.clone());
    let mut saved = save(&project, &path, None, &mut always).unwrap();
    let id = LayerId(1);
    let recolor = Recolor {
        hue: 50.0,
        ..Recolor::default()
    };
    let turned = Transform {
        rotation: 0.4,
        ..Transform::at(2.0, 1.0, 9, 5)
    };
    for property in [
        Property::Name("Sky".to_owned()),
        Property::Transform(Transform::at(3.0, 2.0, 9, 5)),
        Property::Opacity(100),
        Property::Locks(Locks::ALL),
        Property::Recolor(recolor),
        Property::Transform(turned),
        Property::Blend(BlendMode::Screen),
        Property::Visible(false),
    ] {
        history.apply(Edit::Set(id, property.clone())).unwrap();
        project.document = history.document().clone();
        saved = save(&project, &path, Some(&saved), &mut always).unwrap();
        save(&project, &fresh, None, &mut always).unwrap();
        let [mut again, mut fresh] =
            [&path, &fresh].map(|path| ZipArchive::new(File::open(path).unwrap()).unwrap());
        let merged = picture(&mut fresh, "mergedimage.png");
        assert_eq!(merged, composite(&project.document), "{property:?}");
        for name in ["mergedimage.png", "Thumbnails/thumbnail.png"] {
            assert_eq!(
                bytes(&mut again, name),
                bytes(&mut fresh, name),
                "{property:?}"
            );
        }
    }
}

#[test]
fn plain_openraster_holds_nothing_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poster.ora");
    save_openraster(&sample().document, &path, &mut always).unwrap();
    let zip = ZipArchive::new(File::open(&path).unwrap()).unwrap();
    assert!(zip.index_for_name("lamina.json").is_none());
}

#[test]
fn openraster_opens_as_its_layers_appear() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poster.ora");
    let document = blended_sample();
    save_openraster(&document, &path, &mut always).unwrap();
    let Opened::Layers(read, notes) = open_any(&path).unwrap() else {
        panic!("it holds nothing of Lamina's")
    };
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(composite(&read), composite(&document));
    let facts = |document: &Document| -> Vec<(usize, u8, bool, BlendMode)> {
        document
            .walk()
            .map(|(depth, layer)| (depth, layer.opacity, layer.visible, layer.blend))
            .collect()
    };
    assert_eq!(facts(&read), facts(&document));
}

#[test]
fn a_blend_mode_that_is_not_shown_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.ora");
    let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    let mut png = std::io::Cursor::new(Vec::new());
    let pixel = image::DynamicImage::ImageLuma16(image::ImageBuffer::from_pixel(
        1,
        1,
        image::Luma([0x8080]),
    ));
    pixel.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let stack = r#"<image w="3" h="2"><stack><layer name="a &amp; b" src="data/1.png" x="2" y="1" composite-op="svg:hue-in-no-program"/></stack></image>"#;
    for (name, bytes) in [
        ("stack.xml", stack.as_bytes()),
        ("data/1.png", png.get_ref()),
    ] {
        zip.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut zip, bytes).unwrap();
    }
    zip.finish().unwrap();
    let Opened::Layers(read, notes) = open_any(&path).unwrap() else {
        panic!("it holds nothing of Lamina's")
    };
    assert!(notes[0].contains("svg:hue-in-no-program"), "{notes:?}");
    assert_eq!(read.layers()[0].name, "a & b");
    assert_eq!(composite(&read).get_pixel(2, 1).0, [0x80, 0x80, 0x80, 0xff]);
}
