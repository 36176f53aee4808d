//! A PSD that was exported opens again as the same layers.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use common::{always, blended_sample};
use document::{BlendMode, Document, Locks, composite};
use export::{PsdOptions, write_psd};
use project::{Opened, open_any};

#[test]
fn an_exported_psd_or_psb_opens_with_its_layers() {
    let folder = tempfile::tempdir().unwrap();
    let document = &blended_sample();
    for name in ["poster.psd", "poster.psb"] {
        let path = folder.path().join(name);
        write_psd(document, &path, PsdOptions::default(), &mut always).unwrap();
        let Opened::Layers(read, notes) = open_any(&path).unwrap() else {
            panic!("{name} has layers")
        };
        assert!(notes.is_empty(), "{notes:?}");
        assert_eq!(composite(&read), composite(document));
        assert_eq!(facts(&read), facts(document));
        assert!((read.pixels_per_inch() - document.pixels_per_inch()).abs() < 0.001);
    }
}

/// Depth, opacity, visibility, locks, blend mode, and whether a group is folded.
fn facts(document: &Document) -> Vec<(usize, u8, bool, Locks, BlendMode, Option<bool>)> {
    let walk = document.walk();
    walk.map(|(depth, layer)| {
        let folded = layer.as_group().map(|group| group.collapsed);
        (
            depth,
            layer.opacity,
            layer.visible,
            layer.locks,
            layer.blend,
            folded,
        )
    })
    .collect()
}
