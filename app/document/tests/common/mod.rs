//! Random pictures, layers and documents.
#![allow(dead_code)] // Each test binary uses its part.
#![allow(clippy::unwrap_used)]

use document::{
    BlendMode, Document, Edit, History, Layer, LayerContent, LayerId, Locks, Raster, Recolor, Tint,
    Transform,
};
use glam::DVec2;
use image::{Rgba, RgbaImage};
use proptest::prelude::*;

pub const CANVAS: (u32, u32) = (24, 18);

/// Transparent, opaque and in between are equally likely.
pub fn pixel() -> impl Strategy<Value = [u8; 4]> {
    let alpha = prop_oneof![Just(0), Just(255), any::<u8>()];
    (any::<[u8; 3]>(), alpha).prop_map(|([r, g, b], a)| [r, g, b, a])
}

pub fn picture() -> impl Strategy<Value = RgbaImage> {
    (1..10_u32, 1..10_u32).prop_flat_map(|(width, height)| {
        let pixels = proptest::collection::vec(pixel(), (width * height) as usize);
        pixels.prop_map(move |pixels| RgbaImage::from_raw(width, height, pixels.concat()).unwrap())
    })
}

pub fn transform() -> impl Strategy<Value = Transform> {
    let factor = || prop_oneof![Just(1.0), Just(-1.0), 0.1..4.0, -4.0..-0.1];
    let rotation = prop_oneof![Just(0.0), -7.0..7.0];
    (-10.0..34.0, -10.0..28.0, factor(), factor(), rotation).prop_map(
        |(x, y, across, down, rotation)| Transform {
            center: DVec2::new(x, y),
            scale: DVec2::new(across, down),
            rotation,
        },
    )
}

pub fn recolor() -> impl Strategy<Value = Recolor> {
    let change = (
        -180.0_f32..=180.0,
        -1.0_f32..=1.0,
        -1.0_f32..=1.0,
        any::<[u8; 3]>(),
        0.0_f32..=1.0,
    );
    change.prop_map(|(hue, saturation, lightness, color, strength)| Recolor {
        hue,
        saturation,
        lightness,
        tint: Tint { color, strength },
    })
}

/// An untransformed raster, without an id yet.
pub fn plain_raster() -> impl Strategy<Value = Layer> {
    (picture(), -8..24, -8..18)
        .prop_map(|(picture, left, top)| Layer::raster(LayerId(0), "plain", picture, left, top))
}

/// A raster that may be transformed and recoloured.
pub fn raster() -> impl Strategy<Value = Layer> {
    let changes = (
        proptest::option::of(transform()),
        proptest::option::of(recolor()),
    );
    (plain_raster(), changes).prop_map(|(mut layer, (transform, recolor))| {
        let raster = raster_mut(&mut layer);
        raster.transform = transform.unwrap_or(raster.transform);
        raster.recolor = recolor.unwrap_or_default();
        layer
    })
}

/// Mostly none.
pub fn locks() -> impl Strategy<Value = Locks> {
    let some = any::<[bool; 3]>().prop_map(|[transparency, pixels, position]| Locks {
        transparency,
        pixels,
        position,
    });
    prop_oneof![4 => Just(Locks::NONE), 1 => some]
}

/// Of a layer; half of them normal.
pub fn blend_mode() -> impl Strategy<Value = BlendMode> {
    prop_oneof![
        Just(BlendMode::Normal),
        proptest::sample::select(BlendMode::OF_LAYERS.to_vec())
    ]
}

/// A tree of layers with fresh ids.
pub fn layers() -> impl Strategy<Value = Vec<Layer>> {
    let settings = |layer: BoxedStrategy<Layer>| {
        let opacity = prop_oneof![Just(255), any::<u8>()];
        (
            layer,
            opacity,
            proptest::bool::weighted(0.8),
            locks(),
            blend_mode(),
        )
            .prop_map(|(layer, opacity, visible, locks, blend)| Layer {
                opacity,
                visible,
                locks,
                blend,
                ..layer
            })
            .boxed()
    };
    let tree = settings(raster().boxed()).prop_recursive(3, 10, 4, move |inner| {
        let group = proptest::collection::vec(inner, 0..4)
            .prop_map(|inside| Layer::group(LayerId(0), "group", inside));
        (settings(group.boxed()), proptest::bool::weighted(0.3)).prop_map(|(group, passes)| Layer {
            blend: if passes {
                BlendMode::PassThrough
            } else {
                group.blend
            },
            ..group
        })
    });
    proptest::collection::vec(tree, 0..5).prop_map(|mut layers| {
        number(&mut layers, &mut 0);
        layers
    })
}

pub fn number(layers: &mut [Layer], last_id: &mut u64) {
    for layer in layers {
        *last_id += 1;
        layer.id = LayerId(*last_id);
        if let LayerContent::Group(group) = &mut layer.content {
            number(&mut group.children, last_id);
        }
    }
}

pub fn document_of(mut layers: Vec<Layer>) -> Document {
    number(&mut layers, &mut 0);
    let mut history = History::new(Document::new(CANVAS.0, CANVAS.1));
    history.apply(Edit::SetLayers { layers }).unwrap();
    history.document().clone()
}

pub fn raster_mut(layer: &mut Layer) -> &mut Raster {
    match &mut layer.content {
        LayerContent::Raster(raster) => raster,
        LayerContent::Group(_) => panic!("not a raster"),
    }
}

/// An opaque disc of one colour on transparent black, with a soft edge.
pub fn disc(side: u32, color: [u8; 3]) -> RgbaImage {
    let middle = f64::from(side) / 2.0;
    RgbaImage::from_fn(side, side, |x, y| {
        let distance = (f64::from(x) + 0.5 - middle).hypot(f64::from(y) + 0.5 - middle);
        match ((middle - 1.0 - distance) * 255.0).clamp(0.0, 255.0) as u8 {
            0 => Rgba([0; 4]),
            alpha => Rgba([color[0], color[1], color[2], alpha]),
        }
    })
}
