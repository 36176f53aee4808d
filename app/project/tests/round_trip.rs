//! What was saved opens as it was.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use std::fs;
use std::path::Path;

use common::any::any_project;
use common::{always, picture, sample};
use document::{Document, Edit, History, LayerId, Property, Transform};
use project::{Project, open, save};
use proptest::prelude::*;

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

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_document_opens_as_it_was_saved(project in any_project()) {
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
