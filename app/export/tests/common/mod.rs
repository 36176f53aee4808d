//! Random documents, and what every reader should find in their files.
#![allow(dead_code)] // each test file uses a part

use document::{
    Alignment, BlendMode, Document, Edit, History, Layer, LayerContent, LayerId, Pixels, Recolor,
    Text, Tint, composite, render_layer,
};
use export::{PsdOptions, write_psd};
use image::{Rgba, RgbaImage};
use proptest::prelude::*;
use serde::Deserialize;

/// A layer or group as a reader reports it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Node {
    pub name: String,
    pub opacity: u8,
    pub visible: bool,
    /// `None` for a layer of pixels.
    pub open: Option<bool>,
    /// All 0 for a group and for an empty layer.
    pub left: i32,
    pub top: i32,
    pub width: u32,
    pub height: u32,
    /// RGBA bytes, hexadecimal.
    pub rgba: String,
    /// To what is beneath.
    pub clipped: bool,
    /// Of a layer that recolours: degrees and percent of Hue/Saturation, or the fill's colour.
    pub recolours: Option<[i32; 3]>,
    /// Bottom first.
    pub children: Vec<Node>,
}

impl Node {
    pub fn pixels(
        name: &str,
        opacity: u8,
        visible: bool,
        (left, top): (i32, i32),
        image: &RgbaImage,
    ) -> Self {
        let (left, top) = if image.is_empty() {
            (0, 0)
        } else {
            (left, top)
        };
        let (width, height) = if image.is_empty() {
            (0, 0)
        } else {
            image.dimensions()
        };
        let (name, rgba, children) = (name.to_string(), hex(image.as_raw()), Vec::new());
        Self {
            name,
            opacity,
            visible,
            open: None,
            left,
            top,
            width,
            height,
            rgba,
            clipped: false,
            recolours: None,
            children,
        }
    }

    pub fn recolouring(name: &str, opacity: u8, recolours: [i32; 3]) -> Self {
        let empty = Self::pixels(name, opacity, true, (0, 0), &RgbaImage::new(0, 0));
        Self {
            clipped: true,
            recolours: Some(recolours),
            ..empty
        }
    }

    /// For readers that do not say how layers recolour and clip.
    pub fn plain(mut self) -> Self {
        self.clipped = false;
        self.recolours = None;
        self.children = self.children.into_iter().map(Self::plain).collect();
        self
    }

    pub fn group(name: &str, opacity: u8, visible: bool, open: bool, children: Vec<Node>) -> Self {
        let empty = Self::pixels(name, opacity, visible, (0, 0), &RgbaImage::new(0, 0));
        Self {
            open: Some(open),
            children,
            ..empty
        }
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a reader should find.
pub fn expected(document: &Document, options: PsdOptions) -> Vec<Node> {
    let original = document.source().filter(|_| options.include_source);
    let original =
        original.map(|pixels| Node::pixels("Original", 255, false, (0, 0), pixels.image()));
    original
        .into_iter()
        .chain(
            document
                .layers()
                .iter()
                .flat_map(|layer| expected_nodes(layer, document)),
        )
        .collect()
}

/// A layer, and clipped to it what recolours it; of [`any_document`] all recolourings are whole degrees and percent.
fn expected_nodes(layer: &Layer, document: &Document) -> Vec<Node> {
    match &layer.content {
        LayerContent::Raster(raster) => {
            let mut plain = raster.clone();
            plain.recolor = Recolor::default();
            let (pixels, left, top) = render_layer(&plain, document.canvas());
            let base = Node::pixels(
                &layer.name,
                layer.opacity,
                layer.visible,
                (left, top),
                pixels.image(),
            );
            let Recolor {
                hue,
                saturation,
                lightness,
                tint,
            } = raster.recolor;
            let percent = |share: f32| (share * 100.0).round() as i32;
            let change = [hue as i32, percent(saturation), percent(lightness)];
            let change =
                (change != [0; 3]).then(|| Node::recolouring("Hue/Saturation", 255, change));
            let opacity = (tint.strength * 255.0).round() as u8;
            let tint = (opacity > 0).then(|| {
                let bounds = raster.bounds().intersection(&document.canvas());
                let [r, g, b] = tint.color;
                let pixels =
                    RgbaImage::from_pixel(bounds.width(), bounds.height(), Rgba([r, g, b, 255]));
                let corner = (bounds.left, bounds.top);
                Node {
                    clipped: true,
                    recolours: Some([r, g, b].map(i32::from)),
                    ..Node::pixels("Tint", opacity, true, corner, &pixels)
                }
            });
            [Some(base), change, tint].into_iter().flatten().collect()
        }
        LayerContent::Group(group) => {
            let children = group
                .children
                .iter()
                .flat_map(|child| expected_nodes(child, document))
                .collect();
            vec![Node::group(
                &layer.name,
                layer.opacity,
                layer.visible,
                !group.collapsed,
                children,
            )]
        }
    }
}

/// The merged picture's planes, interleaved: RGB over white, and alpha where any pixel is not opaque.
pub fn expected_merged(document: &Document, options: PsdOptions) -> Vec<u8> {
    let picture = composite(document);
    let has_layers = !expected(document, options).is_empty();
    let transparent = has_layers && picture.pixels().any(|pixel| pixel[3] < 255);
    let over_white = |c: u8, a: u8| {
        let a = f64::from(a) / 255.0;
        (f64::from(c) * a + 255.0 * (1.0 - a)).round() as u8
    };
    picture
        .pixels()
        .flat_map(|&Rgba([r, g, b, a])| {
            let mut pixel = vec![over_white(r, a), over_white(g, a), over_white(b, a)];
            pixel.extend(transparent.then_some(a));
            pixel
        })
        .collect()
}

/// The bytes of the document's PSD.
pub fn psd_bytes(document: &Document, options: PsdOptions) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = write_psd(
        document,
        &folder.path().join("test.psd"),
        options,
        &mut |_| true,
    )
    .unwrap();
    std::fs::read(path).unwrap()
}

/// A document of these layers, with fresh ids.
pub fn document_of(width: u32, height: u32, layers: Vec<Layer>) -> Document {
    with_layers(Document::new(width, height), layers)
}

fn with_layers(document: Document, mut layers: Vec<Layer>) -> Document {
    let mut history = History::new(document);
    layers
        .iter_mut()
        .for_each(|layer| number(layer, &mut history));
    history.apply(Edit::SetLayers { layers }).unwrap();
    history.document().clone()
}

fn number(layer: &mut Layer, history: &mut History) {
    layer.id = history.new_layer_id();
    if let LayerContent::Group(group) = &mut layer.content {
        group
            .children
            .iter_mut()
            .for_each(|child| number(child, history));
    }
}

/// A layer whose id is still to be given.
pub fn layer(name: &str, image: RgbaImage, left: i32, top: i32) -> Layer {
    Layer::raster(LayerId(0), name, image, left, top)
}

pub fn group(name: &str, children: Vec<Layer>) -> Layer {
    Layer::group(LayerId(0), name, children)
}

/// Random pixels of one of several kinds, colours under full transparency among them.
pub fn noise(width: u32, height: u32, seed: u64, style: u8) -> RgbaImage {
    let mut state = seed | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u32
    };
    let flat = random().to_be_bytes();
    RgbaImage::from_fn(width, height, |x, _| match style {
        0 => Rgba(flat),
        1 => Rgba(random().to_be_bytes()),
        2 if x % 7 < 4 => Rgba(flat),
        3 => Rgba([
            flat[0],
            flat[1],
            flat[2],
            if random() % 3 == 0 { 0 } else { 255 },
        ]),
        _ => Rgba([random() as u8, 200, 10, 255]),
    })
}

pub fn picture(max_side: u32) -> impl Strategy<Value = RgbaImage> {
    (1..=max_side, 1..=max_side, any::<u64>(), 0..5_u8).prop_map(|(width, height, seed, style)| {
        // One in eight is empty, which trimming makes of any transparent picture.
        if seed % 8 == 0 {
            RgbaImage::new(width, height)
        } else {
            noise(width, height, seed, style)
        }
    })
}

pub fn name() -> impl Strategy<Value = String> {
    let given = [
        "背景",
        "見出し、上",
        "배경 2",
        "👩‍👩‍👧‍👦 family 🏳️‍🌈",
        "zero\u{200B}width",
        "e\u{301}",
        "</Layer group>",
        " ",
    ];
    prop_oneof![
        "[ -~]{1,40}",
        "\\PC{1,60}",
        prop::sample::select(given.to_vec()).prop_map(String::from)
    ]
}

fn raster(max_side: u32) -> impl Strategy<Value = Layer> {
    let moved = (
        -3.0..3.0_f64,
        0.3..1.8_f64,
        0.3..1.8_f64,
        any::<bool>(),
        -0.7..0.7_f64,
    );
    let color = (
        -180..=180_i16,
        prop_oneof![2 => -100..=0_i16, 1 => 1..=100_i16],
        -100..=100_i16,
        any::<[u8; 3]>(),
        prop_oneof![2 => Just(0.0), 1 => 0.0..1.0_f32],
    );
    (
        picture(max_side),
        -30..60_i32,
        -30..60_i32,
        prop::option::of(moved),
        prop::option::of(color),
    )
        .prop_map(|(image, left, top, moved, color)| {
            let mut layer = layer("", image, left, top);
            if let LayerContent::Raster(raster) = &mut layer.content {
                if let Some((offset, x, y, flip, rotation)) = moved {
                    raster.transform.center += glam::DVec2::new(offset, -offset);
                    raster.transform.scale = glam::DVec2::new(if flip { -x } else { x }, y);
                    raster.transform.rotation = rotation;
                }
                if let Some((hue, saturation, lightness, color, strength)) = color {
                    raster.recolor = Recolor {
                        hue: hue.into(),
                        saturation: f32::from(saturation) / 100.0,
                        lightness: f32::from(lightness) / 100.0,
                        tint: Tint { color, strength },
                    };
                }
            }
            layer
        })
}

/// Any tree of layers and groups.
pub fn any_layer() -> impl Strategy<Value = Layer> {
    let properties = || {
        (
            name(),
            prop_oneof![1 => Just(255), 1 => any::<u8>()],
            prop::bool::weighted(0.8),
            prop_oneof![
                Just(BlendMode::Normal),
                prop::sample::select(BlendMode::OF_LAYERS.to_vec())
            ],
        )
    };
    let dressed =
        |(layer, (name, opacity, visible, blend)): (Layer, (String, u8, bool, BlendMode))| Layer {
            name,
            opacity,
            visible,
            blend,
            ..layer
        };
    (raster(40), properties())
        .prop_map(dressed)
        .prop_recursive(4, 16, 4, move |inner| {
            (
                prop::collection::vec(inner, 0..4),
                any::<bool>(),
                prop::bool::weighted(0.3),
                properties(),
            )
                .prop_map(move |(children, collapsed, passes, properties)| {
                    let mut folder = group("", children);
                    if let LayerContent::Group(group) = &mut folder.content {
                        group.collapsed = collapsed;
                    }
                    let mut folder = dressed((folder, properties));
                    if passes {
                        folder.blend = BlendMode::PassThrough;
                    }
                    folder
                })
        })
}

pub fn any_document() -> impl Strategy<Value = Document> {
    (
        1..=48_u32,
        1..=48_u32,
        1..2000_u32,
        prop::collection::vec(any_layer(), 0..6),
    )
        .prop_map(|(width, height, pixels_per_inch, layers)| {
            let source = Pixels::new(noise(width, height, u64::from(width * height), 1));
            with_layers(
                Document::from_source(source, Some(f64::from(pixels_per_inch))),
                layers,
            )
        })
}

/// Two layers of lettering: one line as it was found, and two that are turned, doubled and recoloured.
pub fn lettered() -> Document {
    let strokes = |width, height| {
        RgbaImage::from_fn(width, height, |x, y| {
            image::Rgba([200, 40, 90, if (x / 3 + y / 5) % 2 == 0 { 255 } else { 0 }])
        })
    };
    let text = |words: &str, [left, top, right, bottom]: [f32; 4], size| Text {
        words: words.to_owned(),
        quad: [[left, top], [right, top], [right, bottom], [left, bottom]],
        angle: 0.0,
        size,
        colour: [200, 40, 90],
        family: None,
        confidence: 0.9,
        alignment: Alignment::Left,
    };
    let mut level = layer("level", strokes(120, 30), 20, 40);
    let mut turned = layer("turned", strokes(60, 50), 100, 100);
    if let LayerContent::Raster(raster) = &mut level.content {
        raster.text = Some(text("Élan (1\\2) 🎈", [0.0, 0.0, 120.0, 30.0], 30.0));
    }
    if let LayerContent::Raster(raster) = &mut turned.content {
        raster.text = Some(Text {
            family: Some("Noto Sans".to_owned()),
            alignment: Alignment::Center,
            ..text("TWO\nLINES", [0.0, 0.0, 60.0, 50.0], 20.0)
        });
        raster.transform.scale = glam::DVec2::splat(2.0);
        raster.transform.rotation = std::f64::consts::FRAC_PI_2;
        raster.recolor.hue = 90.0;
    }
    document_of(300, 200, vec![level, turned])
}
