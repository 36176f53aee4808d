//! Unsaved work outlives its process, and belongs to one window at a time.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{always, sample};
use project::{Abandoned, Autosave, Origin, open};

fn origin() -> Origin {
    Origin {
        name: "poster.png".to_owned(),
        project: Some(PathBuf::from("/home/me/poster.lamina")),
    }
}

#[test]
fn what_a_process_left_is_offered_once_and_can_be_gone_on_with() {
    let root = tempfile::tempdir().unwrap();
    let mut window = Autosave::claim(root.path()).unwrap();
    window.write(&sample(), &origin(), &mut always).unwrap();
    assert!(
        Abandoned::all_in(root.path()).is_empty(),
        "its window is there"
    );
    drop(window);
    let [left] = Abandoned::all_in(root.path()).try_into().unwrap();
    assert!(
        Abandoned::all_in(root.path()).is_empty(),
        "another window offers it"
    );
    assert_eq!(*left.origin(), origin());
    assert_eq!(open(&left.document()).unwrap(), sample());
    let adopted = left.adopt();
    assert!(Abandoned::all_in(root.path()).is_empty());
    adopted.discard();
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_in_which_nothing_was_kept_is_removed() {
    let root = tempfile::tempdir().unwrap();
    drop(Autosave::claim(root.path()).unwrap());
    assert!(Abandoned::all_in(root.path()).is_empty());
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}
