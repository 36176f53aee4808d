//! Unsaved work outlives its process, and belongs to one window at a time.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{always, sample};
use document::{Edit, History, LayerId, Property};
use project::{Abandoned, Autosave, Origin, Project, open, save};

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

/// The sample, with its opacity telling which save it is of.
fn state(number: u8) -> Project {
    let mut history = History::new(sample().document);
    history
        .apply(Edit::Set(LayerId(1), Property::Opacity(number)))
        .unwrap();
    Project {
        document: history.document().clone(),
        ..sample()
    }
}

const FOLDER: &str = "LAMINA_TEST_FOLDER";

#[test]
#[ignore = "the child that the next test kills"]
fn saves_without_end() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let mut window = Autosave::claim(&folder.join("unsaved")).unwrap();
    for number in (0..=255).cycle() {
        save(
            &state(number),
            &folder.join("poster.lamina"),
            None,
            &mut always,
        )
        .unwrap();
        window
            .write(&state(number), &origin(), &mut always)
            .unwrap();
    }
}

#[test]
fn a_process_killed_anywhere_leaves_a_whole_state() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("poster.lamina");
    save(&state(0), &file, None, &mut always).unwrap();
    let whole = |project: Project| {
        let opacity = project.document.layer(LayerId(1)).unwrap().opacity;
        assert_eq!(project, state(opacity));
    };
    let mut recovered = 0;
    for round in 0..60 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "saves_without_end"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(5_000 + round * 977));
        child.kill().unwrap();
        child.wait().unwrap();
        whole(open(&file).unwrap());
        for left in Abandoned::all_in(&folder.path().join("unsaved")) {
            whole(open(&left.document()).unwrap());
            left.discard();
            recovered += 1;
        }
    }
    assert!(recovered > 0, "no child lived long enough to be killed");
    save(&state(1), &file, None, &mut always).unwrap();
    let parts = fs::read_dir(folder.path()).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().ends_with(".part")
    });
    assert_eq!(parts.count(), 0, "the next save removes what was left");
}
