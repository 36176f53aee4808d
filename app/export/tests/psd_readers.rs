//! What we write, read back by three other programs' code.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use ag_psd::psd::{Layer as AgLayer, Psd as AgPsd, ReadOptions};
use common::*;
use document::{Document, LayerContent, Locks, composite, render_layer};
use export::{PsdOptions, write_psd};
use image::RgbaImage;
use proptest::prelude::*;
use rawpsd::LayerInfo;

fn read_with_ag_psd(bytes: &[u8]) -> AgPsd {
    let options = ReadOptions {
        use_image_data: Some(true),
        ..ReadOptions::default()
    };
    ag_psd::read_psd(bytes, &options).unwrap()
}

fn ag_psd_nodes(layers: &[AgLayer]) -> Vec<Node> {
    layers.iter().map(ag_psd_node).collect()
}

fn ag_psd_node(layer: &AgLayer) -> Node {
    let name = layer.additional_info.name.clone().unwrap();
    let opacity = (layer.opacity.unwrap() * 255.0).round() as u8;
    let visible = layer.hidden != Some(true);
    if let Some(children) = &layer.children {
        return Node::group(
            &name,
            opacity,
            visible,
            layer.opened.unwrap(),
            ag_psd_nodes(children),
        );
    }
    let image = match &layer.image_data {
        Some(data) => RgbaImage::from_raw(data.width, data.height, data.data.clone()).unwrap(),
        None => RgbaImage::new(0, 0),
    };
    let corner = (layer.left.unwrap() as i32, layer.top.unwrap() as i32);
    Node::pixels(&name, opacity, visible, corner, &image)
}

fn rawpsd_nodes(bytes: &[u8]) -> Vec<Node> {
    let mut layers = rawpsd::parse_layer_records(bytes).unwrap();
    // Like the file, from the bottom: a group's end comes first, its name last.
    let mut open = vec![Vec::new()];
    for layer in layers.drain(..) {
        if layer.group_closer {
            open.push(Vec::new());
        } else {
            let children = if layer.group_opener {
                open.pop().unwrap()
            } else {
                Vec::new()
            };
            open.last_mut().unwrap().push(rawpsd_node(layer, children));
        }
    }
    assert_eq!(open.len(), 1, "groups are balanced");
    open.pop().unwrap()
}

fn rawpsd_node(layer: LayerInfo, children: Vec<Node>) -> Node {
    let opacity = (layer.opacity * 255.0).round() as u8;
    if layer.group_opener {
        return Node::group(
            &layer.name,
            opacity,
            layer.is_visible,
            layer.group_expanded,
            children,
        );
    }
    let image = RgbaImage::from_raw(layer.w, layer.h, layer.image_data_rgba).unwrap();
    Node::pixels(
        &layer.name,
        opacity,
        layer.is_visible,
        (layer.x, layer.y),
        &image,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn ag_psd_and_rawpsd_read_what_was_written(document in any_document(), include_source: bool) {
        let options = PsdOptions { include_source, ..PsdOptions::default() };
        let bytes = psd_bytes(&document, options);
        let expected: Vec<Node> = expected(&document, options).into_iter().map(Node::plain).collect();
        let read = read_with_ag_psd(&bytes);
        prop_assert_eq!((read.width as u32, read.height as u32), (document.width(), document.height()));
        prop_assert_eq!(&ag_psd_nodes(read.children.as_deref().unwrap_or_default()), &expected);
        let resolution = read.image_resources.unwrap().resolution_info.unwrap();
        prop_assert!((resolution.horizontal_resolution - document.pixels_per_inch()).abs() < 1e-3);
        if !expected.is_empty() {
            prop_assert_eq!(&rawpsd_nodes(&bytes), &expected);
        }
    }

    #[test]
    fn ag_psd_reads_the_same_from_a_psb(document in any_document()) {
        let folder = tempfile::tempdir().unwrap();
        let options = PsdOptions::default();
        let path = write_psd(&document, &folder.path().join("large.psb"), options, &mut |_| true).unwrap();
        prop_assert_eq!(path.extension().unwrap(), "psb");
        let bytes = std::fs::read(path).unwrap();
        prop_assert_eq!(&bytes[..6], b"8BPS\0\x02");
        let read = read_with_ag_psd(&bytes);
        prop_assert_eq!(&ag_psd_nodes(read.children.as_deref().unwrap_or_default()), &expected(&document, options).into_iter().map(Node::plain).collect::<Vec<_>>());
    }

    /// `psd` 0.3.5 reads neither layers that leave the canvas nor empty ones, lists the topmost first and tells
    /// visibility the wrong way round; the rest must agree.
    #[test]
    fn psd_reads_flat_documents_within_the_canvas(
        pictures in prop::collection::vec((picture(30), 0..20_i32, 0..20_i32, name(), any::<(u8, bool)>()), 1..5),
    ) {
        let layers = pictures.into_iter().map(|(image, left, top, name, (opacity, visible))| {
            let mut layer = layer(&name, image, left, top);
            (layer.opacity, layer.visible) = (opacity, visible);
            layer
        });
        let layers: Vec<_> = layers.filter(|layer| !layer.bounds().is_empty()).collect();
        prop_assume!(!layers.is_empty());
        let document = document_of(64, 64, layers);
        let read = psd::Psd::from_bytes(&psd_bytes(&document, PsdOptions::default())).unwrap();

        prop_assert_eq!(read.layers().len(), document.layers().len());
        for (found, layer) in read.layers().iter().rev().zip(document.layers()) {
            prop_assert_eq!(found.name(), &layer.name);
            prop_assert_eq!((found.opacity(), !found.visible()), (layer.opacity, layer.visible));
            prop_assert_eq!(found.rgba(), on_canvas(&document, layer).into_raw());
        }
        let opaque = composite(&document).pixels().all(|pixel| pixel[3] == 255);
        let merged: Vec<u8> = if opaque {
            expected_merged(&document, PsdOptions::default()).chunks(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect()
        } else {
            expected_merged(&document, PsdOptions::default())
        };
        prop_assert_eq!(read.rgba(), merged);
    }
}

fn on_canvas(document: &Document, layer: &document::Layer) -> RgbaImage {
    let LayerContent::Raster(raster) = &layer.content else {
        unreachable!()
    };
    let (pixels, left, top) = render_layer(raster, document.canvas());
    let mut canvas = RgbaImage::new(document.width(), document.height());
    image::imageops::replace(&mut canvas, pixels.image(), left.into(), top.into());
    canvas
}

#[test]
fn names_are_never_empty_nor_longer_than_photoshop_allows() {
    let pixel = || RgbaImage::from_pixel(1, 1, image::Rgba([1, 2, 3, 255]));
    let names = [
        "",
        "\0\n",
        &"長".repeat(320),
        &format!("a{}", "🎈".repeat(320)),
    ];
    let document = document_of(
        4,
        4,
        names
            .iter()
            .map(|name| layer(name, pixel(), 0, 0))
            .collect(),
    );
    let bytes = psd_bytes(&document, PsdOptions::default());
    let read: Vec<String> = ag_psd_nodes(&read_with_ag_psd(&bytes).children.unwrap())
        .into_iter()
        .map(|node| node.name)
        .collect();
    let expected = [
        "Layer".to_string(),
        "Layer".to_string(),
        "長".repeat(255),
        format!("a{}", "🎈".repeat(127)),
    ];
    assert_eq!(read, expected);
    let read: Vec<String> = rawpsd_nodes(&bytes)
        .into_iter()
        .map(|node| node.name)
        .collect();
    assert_eq!(read, expected);
}

#[test]
fn locked_layers_and_groups_are_protected() {
    let pixel = RgbaImage::from_pixel(1, 1, image::Rgba([1, 2, 3, 255]));
    let mut locked = layer("locked", pixel.clone(), 0, 0);
    locked.locks = Locks::ALL;
    let mut locked_group = group("group", vec![layer("free", pixel, 0, 0)]);
    locked_group.locks = Locks {
        position: true,
        ..Locks::NONE
    };
    let document = document_of(4, 4, vec![locked, locked_group]);
    let read = read_with_ag_psd(&psd_bytes(&document, PsdOptions::default()))
        .children
        .unwrap();
    let is_locked = |layer: &AgLayer| {
        let protected = layer.additional_info.protected_info.clone().unwrap();
        [
            protected.transparency,
            protected.composite,
            protected.position,
        ]
        .map(|flag| flag == Some(true))
    };
    assert_eq!(is_locked(&read[0]), [true; 3]);
    assert_eq!(is_locked(&read[1]), [false, false, true]);
    assert_eq!(
        is_locked(&read[1].children.as_ref().unwrap()[0]),
        [false; 3]
    );
}

#[test]
fn a_psd_for_live2d_has_each_name_once_and_few_levels() {
    let pixel = || RgbaImage::from_pixel(2, 2, image::Rgba([200, 100, 50, 200]));
    let mut inner = layer("Hair", pixel(), 1, 1);
    if let LayerContent::Raster(raster) = &mut inner.content {
        raster.recolor.hue = 120.0;
    }
    let mut stack = vec![inner, layer("Hair", pixel(), 3, 3)];
    for _ in 0..7 {
        stack = vec![group("Hair", stack), layer("Eye", pixel(), 0, 0)];
    }
    let document = document_of(8, 8, stack);
    let options = PsdOptions {
        live2d: true,
        ..PsdOptions::default()
    };
    let read = ag_psd_nodes(
        &read_with_ag_psd(&psd_bytes(&document, options))
            .children
            .unwrap(),
    );
    fn walk<'a>(nodes: &'a [Node], depth: usize, found: &mut Vec<(usize, &'a Node)>) {
        for node in nodes {
            found.push((depth, node));
            walk(&node.children, depth + 1, found);
        }
    }
    let mut found = Vec::new();
    walk(&read, 0, &mut found);
    let names: std::collections::HashSet<&str> =
        found.iter().map(|(_, n)| n.name.as_str()).collect();
    assert_eq!(names.len(), found.len(), "{names:?}");
    assert!(names.contains("Eye 7"), "{names:?}");
    assert!(
        found
            .iter()
            .all(|(depth, node)| node.open.is_none() || *depth < 4)
    );
    // Nine layers and four of seven groups; the recolouring is in the pixels.
    assert_eq!(found.len(), 13);
}
