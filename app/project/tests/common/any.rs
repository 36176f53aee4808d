//! Random projects with all that a document can have.

use document::{
    Alignment, BlendMode, Document, Group, Guide, Layer, LayerContent, LayerId, Locks, Metadata,
    Pixels, Raster, Recolor, Text, Tint, Transform, Variants,
};
use glam::DVec2;
use project::Project;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::{option, sample as choose};

use super::picture;

pub fn any_project() -> impl Strategy<Value = Project> {
    let aside = vec(stack(), 0..3);
    let side = || 1u32..40;
    (
        stack(),
        aside,
        side(),
        side(),
        metadata(),
        option::of(0u32..9),
        0..3,
    )
        .prop_map(
            |(mut layers, aside, width, height, metadata, source, runs)| {
                let mut next = 100;
                number(&mut layers, &mut || scattered(&mut next));
                let source = source.map(|seed| picture(width, height, seed));
                let pixels_per_inch = metadata.pixels_per_inch;
                let document =
                    Document::restored((width, height), source, pixels_per_inch, layers).unwrap();
                let mut variants = Variants::default();
                for (index, mut layers) in aside.into_iter().enumerate() {
                    number(&mut layers, &mut || scattered(&mut next));
                    variants.add(format!("{index}"), layers);
                }
                let document = document.with_metadata(metadata);
                Project {
                    document: document.with_variants(variants).unwrap(),
                    runs: (0..runs)
                        .map(|run| serde_json::json!({"seed": run}))
                        .collect(),
                }
            },
        )
}

/// As files name it: a profile of RGB, a resolution between 2 and 10,000.
fn metadata() -> impl Strategy<Value = Metadata> {
    let guide = (-1e5..1e5, any::<bool>()).prop_map(|(position, is_horizontal)| Guide {
        position,
        is_horizontal,
    });
    (2.0..10_000.0, vec(guide, 0..4), any::<bool>()).prop_map(
        |(pixels_per_inch, guides, has_profile)| Metadata {
            pixels_per_inch,
            profile: has_profile.then(profile),
            guides,
        },
    )
}

/// Display P3.
fn profile() -> std::sync::Arc<[u8]> {
    let file = std::fs::read("../import/tests/fixtures/p3.png").unwrap();
    import::decode(&file).unwrap().profile.unwrap().into()
}

/// Layers and groups, bottom first, whose ids are still to be given.
fn stack() -> impl Strategy<Value = Vec<Layer>> {
    vec(layer(raster()), 0..4).prop_recursive(4, 24, 4, |inner| {
        let group = (inner.clone(), any::<bool>()).prop_map(|(children, collapsed)| {
            LayerContent::Group(Group {
                children,
                collapsed,
            })
        });
        (vec(layer(group), 0..3), inner).prop_map(|(groups, mut layers)| {
            layers.extend(groups);
            layers
        })
    })
}

/// One layer, whose id is still to be given.
pub fn any_layer() -> impl Strategy<Value = Layer> {
    layer(raster())
}

fn layer(content: impl Strategy<Value = LayerContent>) -> impl Strategy<Value = Layer> {
    let look = (
        prop_oneof![Just(255), any::<u8>()],
        any_blend(),
        any::<bool>(),
    );
    (any_name(), any::<bool>(), any_locks(), look, content).prop_map(
        |(name, passes, locks, (opacity, blend, visible), content)| Layer {
            id: LayerId(0),
            name,
            visible,
            locks,
            opacity,
            blend: match &content {
                LayerContent::Group(_) if passes => BlendMode::PassThrough,
                _ => blend,
            },
            content,
        },
    )
}

/// Of every script, with what cannot be seen, and longer than other programs hold.
pub fn any_name() -> impl Strategy<Value = String> {
    let given = [
        "",
        " ",
        "</Layer group>",
        "a\0",
        "tab\tand\r\nline",
        "👩‍👩‍👧‍👦 🏳️‍🌈",
        "\u{FFFE}\u{FFFF}\u{85}\u{2028}",
        "\u{202E}right to left\u{200B}",
        "<&\">'",
    ];
    prop_oneof![
        2 => any::<String>(),
        2 => choose::select(given.to_vec()).prop_map(str::to_owned),
        2 => vec(any::<char>(), 0..12).prop_map(String::from_iter),
        1 => vec(any::<char>(), 120..300).prop_map(String::from_iter),
    ]
}

pub fn any_locks() -> impl Strategy<Value = Locks> {
    any::<[bool; 3]>().prop_map(|[transparency, pixels, position]| Locks {
        transparency,
        pixels,
        position,
    })
}

pub fn any_blend() -> impl Strategy<Value = BlendMode> {
    choose::select(BlendMode::OF_LAYERS.to_vec())
}

/// Also far beyond the canvas, mirrored, and made very small.
pub fn any_transform() -> impl Strategy<Value = Transform> {
    (
        [near_or_far(), near_or_far()],
        [0.0005..1.5, -1.5..-0.0005],
        any::<bool>(),
        -10.0..10.0,
    )
        .prop_map(|(center, [x, y], turned_over, rotation)| Transform {
            center: center.into(),
            scale: if turned_over {
                DVec2::new(x, y)
            } else {
                DVec2::new(x, -y)
            },
            rotation,
        })
}

fn near_or_far() -> impl Strategy<Value = f64> {
    prop_oneof![3 => -20.0..50.0, 1 => -1e4..1e4]
}

/// Half of them such as sliders of whole degrees and percent make.
pub fn any_recolor() -> impl Strategy<Value = Recolor> {
    let percent = || -100..=100_i16;
    let whole = (-180..=180_i16, percent(), percent(), any::<u8>()).prop_map(
        |(hue, saturation, lightness, strength)| {
            let share = |percent: i16| f32::from(percent) / 100.0;
            let strength = f32::from(strength) / 255.0;
            (hue.into(), share(saturation), share(lightness), strength)
        },
    );
    let any_numbers = (-180f32..180.0, -1f32..1.0, -1f32..1.0, 0f32..1.0);
    let change = prop_oneof![whole, any_numbers];
    let recolor = (change, any::<[u8; 3]>(), 0..3).prop_map(
        |((hue, saturation, lightness, strength), color, kind)| {
            let tint = Tint { color, strength };
            let shifted = Recolor {
                hue,
                saturation,
                lightness,
                tint: Tint::default(),
            };
            match kind {
                0 => shifted,
                1 => Recolor {
                    tint,
                    ..Recolor::default()
                },
                _ => Recolor { tint, ..shifted },
            }
        },
    );
    prop_oneof![1 => Just(Recolor::default()), 1 => recolor]
}

/// Words as one types them, line by line.
pub fn any_text() -> impl Strategy<Value = Text> {
    let family = choose::select(vec!["Noto Sans", "Times New Roman", "思源黑體", ""]);
    let words = "[^\\p{Cc}]{0,12}(\n[^\\p{Cc}]{1,5}){0,2}";
    let measures = [-9f32..9.0, 0f32..99.0, 0f32..1.0];
    let alignment = choose::select(vec![Alignment::Left, Alignment::Center, Alignment::Right]);
    let set = (option::of(family), alignment);
    (words, any::<[u8; 3]>(), measures, set).prop_map(
        |(words, colour, [angle, size, confidence], (family, alignment))| Text {
            words,
            colour,
            angle,
            size,
            family: family.map(str::to_owned),
            confidence,
            alignment,
            quad: [
                [0.1, size],
                [angle, size],
                [angle, 0.3],
                [confidence, confidence],
            ],
        },
    )
}

/// Some of whole pixels, some of none.
fn raster() -> impl Strategy<Value = LayerContent> {
    // The same few, so that layers share them.
    let pictures: Vec<Pixels> = (0..4).map(|n| picture(3 * n, 2 + n, n)).collect();
    let corner = option::of((-40..60, -40..60));
    (
        choose::select(pictures),
        corner,
        any_transform(),
        any_recolor(),
        option::of(any_text()),
    )
        .prop_map(|(pixels, corner, transform, recolor, text)| {
            let (width, height) = (pixels.width(), pixels.height());
            let at =
                |(left, top): (i32, i32)| Transform::at(left.into(), top.into(), width, height);
            LayerContent::Raster(Raster {
                transform: corner.map_or(transform, at),
                recolor,
                text,
                pixels,
            })
        })
}

/// In no order.
fn scattered(next: &mut u64) -> LayerId {
    *next += 8;
    LayerId(*next ^ 5)
}

pub fn number(layers: &mut [Layer], next: &mut impl FnMut() -> LayerId) {
    for layer in layers {
        layer.id = next();
        if let LayerContent::Group(group) = &mut layer.content {
            number(&mut group.children, next);
        }
    }
}
