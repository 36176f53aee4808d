//! What was saved opens as it was.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use std::fs;
use std::path::Path;

use common::{always, picture, sample};
use document::{
    BlendMode, Document, Edit, Group, History, Layer, LayerContent, LayerId, Locks, Pixels,
    Property, Raster, Recolor, Text, Tint, Transform, Variants,
};
use glam::DVec2;
use project::{Project, open, save};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::{option, sample as choose};

/// Made by `cargo test -p project --test round_trip -- --ignored write_the_fixture`, once for each format.
const FIXTURE: &str = "tests/fixtures/format_1.lamina";

#[test]
fn a_file_of_format_1_opens_for_ever() {
    let opened = open(Path::new(FIXTURE)).unwrap();
    assert_eq!(opened, sample());
}

#[test]
#[ignore = "writes the fixture of a new format"]
fn write_the_fixture() {
    save(&sample(), Path::new(FIXTURE), None, &mut always).unwrap();
}

#[test]
fn a_second_save_writes_what_has_changed_and_keeps_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poster.lamina");
    let project = sample();
    let saved = save(&project, &path, None, &mut always).unwrap();
    let mut history = History::new(project.document.clone());
    let transform = Transform::at(7.0, 1.5, 9, 5);
    history
        .apply(Edit::Set(LayerId(5), Property::Transform(transform)))
        .unwrap();
    history.apply(Edit::Remove { id: LayerId(1) }).unwrap();
    let changed = Project {
        document: history.document().clone(),
        ..project
    };
    save(&changed, &path, Some(&saved), &mut always).unwrap();
    assert_eq!(open(&path).unwrap(), changed);
}

#[test]
fn pictures_are_not_taken_from_a_file_that_another_window_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poster.lamina");
    let project = sample();
    let saved = save(&project, &path, None, &mut always).unwrap();
    let other = Document::from_source(picture(24, 16, 99), None);
    save(
        &Project {
            document: other,
            runs: Vec::new(),
        },
        &path,
        None,
        &mut always,
    )
    .unwrap();
    save(&project, &path, Some(&saved), &mut always).unwrap();
    assert_eq!(open(&path).unwrap(), project);
    fs::remove_file(&path).unwrap();
    save(&project, &path, Some(&saved), &mut always).unwrap();
    assert_eq!(open(&path).unwrap(), project);
}

#[test]
fn a_cancelled_save_leaves_the_older_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poster.lamina");
    save(&sample(), &path, None, &mut always).unwrap();
    let before = fs::read(&path).unwrap();
    for stop_at in 0..3 {
        let mut calls = 0;
        let mut cancel = |_| {
            calls += 1;
            calls <= stop_at
        };
        let mut project = sample();
        project.runs.clear();
        let error = save(&project, &path, None, &mut cancel).unwrap_err();
        assert!(error.to_string().contains("cancelled"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_folder_that_may_not_be_written_is_said_so() {
    let path = Path::new("/proc/poster.lamina");
    if Path::new("/proc/self").exists() {
        let error = save(&sample(), path, None, &mut always).unwrap_err();
        assert!(
            error.to_string().contains("choose another folder"),
            "{error}"
        );
    }
}

fn finite(range: std::ops::Range<f64>) -> impl Strategy<Value = f64> {
    range.prop_filter("a number", |x| x.is_finite())
}

fn raster(pictures: Vec<Pixels>) -> impl Strategy<Value = LayerContent> {
    let transform = (
        [finite(-1e4..1e4), finite(-1e4..1e4)],
        [finite(0.01..20.0), finite(-20.0..-0.01)],
        finite(-10.0..10.0),
        any::<bool>(),
    );
    let recolor = (
        -180f32..180.0,
        -1f32..1.0,
        -1f32..1.0,
        any::<[u8; 3]>(),
        0f32..1.0,
        any::<bool>(),
    );
    let text = (
        ".{0,12}",
        any::<[u8; 3]>(),
        [-9f32..9.0, 0f32..99.0, 0f32..1.0],
    );
    (
        choose::select(pictures),
        transform,
        recolor,
        option::of(text),
    )
        .prop_map(
            |(
                pixels,
                (center, scale, rotation, placed),
                (hue, saturation, lightness, color, strength, plain),
                text,
            )| {
                let transform = Transform {
                    center: center.into(),
                    scale: DVec2::from_array(scale) / 20.0,
                    rotation,
                };
                LayerContent::Raster(Raster {
                    transform: if placed {
                        Transform::at(center[0].round(), 3.0, pixels.width(), pixels.height())
                    } else {
                        transform
                    },
                    recolor: if plain {
                        Recolor::default()
                    } else {
                        Recolor {
                            hue,
                            saturation,
                            lightness,
                            tint: Tint { color, strength },
                        }
                    },
                    text: text.map(|(words, colour, [angle, size, confidence])| Text {
                        words,
                        colour,
                        angle,
                        size,
                        family: (confidence > 0.5).then(|| "Noto Sans".to_owned()),
                        confidence,
                        quad: [
                            [0.1, size],
                            [angle, size],
                            [angle, 0.3],
                            [confidence, confidence],
                        ],
                    }),
                    pixels,
                })
            },
        )
}

fn project() -> impl Strategy<Value = Project> {
    let pictures: Vec<Pixels> = (0..4).map(|n| picture(3 * n, 2 + n, n)).collect();
    let leaf = raster(pictures);
    let stack = vec(layer(leaf), 0..4).prop_recursive(4, 24, 4, |inner| {
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
    });
    let aside = vec(stack.clone(), 0..3);
    let side = || 1u32..40;
    (
        stack,
        aside,
        side(),
        side(),
        1f64..1200.0,
        option::of(0u32..9),
    )
        .prop_map(
            |(mut layers, aside, width, height, pixels_per_inch, source)| {
                let mut next = 100;
                number(&mut layers, &mut next);
                let source = source.map(|seed| picture(width, height, seed));
                let document =
                    Document::restored((width, height), source, pixels_per_inch, layers).unwrap();
                let mut variants = Variants::default();
                for (index, mut layers) in aside.into_iter().enumerate() {
                    number(&mut layers, &mut next);
                    variants.add(format!("{index}"), layers);
                }
                let document = document.with_variants(variants).unwrap();
                Project {
                    document,
                    runs: Vec::new(),
                }
            },
        )
}

fn layer(content: impl Strategy<Value = LayerContent>) -> impl Strategy<Value = Layer> {
    let look = (any::<u8>(), choose::select(BlendMode::OF_LAYERS.to_vec()));
    (any::<String>(), any::<[bool; 5]>(), look, content).prop_map(
        |(name, [visible, passes, transparency, pixels, position], (opacity, blend), content)| {
            let passes = passes && matches!(content, LayerContent::Group(_));
            Layer {
                id: LayerId(0),
                name,
                visible,
                locks: Locks {
                    transparency,
                    pixels,
                    position,
                },
                opacity,
                blend: if passes {
                    BlendMode::PassThrough
                } else {
                    blend
                },
                content,
            }
        },
    )
}

/// Ids in no order.
fn number(layers: &mut [Layer], next: &mut u64) {
    for layer in layers {
        layer.id = LayerId(*next ^ 5);
        *next += 8;
        if let LayerContent::Group(group) = &mut layer.content {
            number(&mut group.children, next);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_document_opens_as_it_was_saved(project in project()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("any.lamina");
        let saved = save(&project, &path, None, &mut always).unwrap();
        let mut opened = open(&path).unwrap();
        prop_assert_eq!(&opened, &project);
        opened.document.validate_invariants().unwrap();
        prop_assert!(opened.document.layer(opened.document.clone().new_layer_id()).is_none());
        // Once more, by copying.
        save(&project, &path, Some(&saved), &mut always).unwrap();
        opened = open(&path).unwrap();
        prop_assert_eq!(&opened, &project);
    }
}
