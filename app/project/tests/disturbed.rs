//! Whatever happens to a save, the last saved state opens, and the user is told in a sentence: killed, on a full disk, in a
//! folder that may not be written, beside another window. `LAMINA_KILLS=1000` sets how often it is killed.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{always, picture, sample};
use document::{Edit, History, Layer, LayerId, Property};
use project::{
    Abandoned, Autosave, Opened, Origin, Project, ProjectError, open, open_any, save, save_again,
};

const FOLDER: &str = "LAMINA_TEST_FOLDER";
const KILLS: u64 = 60;
/// Microseconds from a child's start within which it is killed; its first save begins after some milliseconds.
const KILLED_WITHIN: std::ops::Range<u64> = 3_000..70_000;
/// Before a child's answer on its standard output.
const SAID: &str = "SAID ";
/// "nobody" of every Unix.
const NOBODY: u32 = 65534;

/// The sample and some pictures, with the lowest layer's name telling which save it is of.
fn state(number: usize) -> Project {
    let mut history = History::new(sample().document);
    for seed in 0..4 {
        let id = history.new_layer_id();
        let layer = Layer::of_pixels(id, "", picture(60, 40 + seed, seed), 0, 0);
        let index = history.document().layers().len();
        let insert = Edit::Insert {
            parent: None,
            index,
            layer,
        };
        history.apply(insert).unwrap();
    }
    let project = Project {
        document: history.document().clone(),
        ..sample()
    };
    numbered(project, number)
}

fn numbered(project: Project, number: usize) -> Project {
    let mut history = History::new(project.document);
    let (id, name) = (LayerId(1), number.to_string());
    history.apply(Edit::Set(id, Property::Name(name))).unwrap();
    Project {
        document: history.document().clone(),
        ..project
    }
}

/// The number of a state that is whole.
fn number_of(project: &Project) -> usize {
    let name = &project.document.layer(LayerId(1)).unwrap().name;
    let number = name.parse().unwrap();
    assert_eq!(*project, state(number));
    number
}

fn file_in(folder: &Path) -> PathBuf {
    folder.join("poster.lamina")
}

fn autosaves_in(folder: &Path) -> PathBuf {
    folder.join("unsaved")
}

fn origin() -> Origin {
    Origin {
        name: "poster.png".to_owned(),
        project: None,
    }
}

/// A folder with a saved state 0, also as an autosave whose window is gone.
fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    folder
}

fn prepare(folder: &Path) {
    save(&state(0), &file_in(folder), None, &mut always).unwrap();
    let mut window = Autosave::claim(&autosaves_in(folder)).unwrap();
    window.write(&state(0), &origin(), &mut always).unwrap();
}

/// Both are whole; the numbers of their states.
fn found_in(folder: &Path) -> [usize; 2] {
    let saved = number_of(&open(&file_in(folder)).unwrap());
    let [left] = Abandoned::all_in(&autosaves_in(folder)).try_into().unwrap();
    [saved, number_of(&open(&left.document()).unwrap())]
}

fn assert_no_parts(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(!name.to_string_lossy().ends_with(".part"), "{name:?}");
    }
}

/// This program again, for one of the tests that are children of others.
fn child(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "--nocapture", test])
        .env(FOLDER, folder);
    command
}

fn folder_of_child() -> PathBuf {
    PathBuf::from(std::env::var_os(FOLDER).unwrap())
}

/// What a child said of its save and of its autosave.
fn said(mut child: Command) -> Vec<String> {
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let answers = text.lines().filter_map(|line| line.strip_prefix(SAID));
    let answers: Vec<String> = answers.map(str::to_owned).collect();
    assert!(output.status.success(), "{text}");
    answers
}

#[test]
#[ignore = "a child"]
fn saves_without_end() {
    let folder = folder_of_child();
    let mut window = Autosave::claim(&autosaves_in(&folder)).unwrap();
    for number in 0.. {
        save(&state(number), &file_in(&folder), None, &mut always).unwrap();
        window
            .write(&state(number), &origin(), &mut always)
            .unwrap();
    }
}

#[test]
fn killed_anywhere_it_leaves_a_whole_state() {
    let kills = std::env::var("LAMINA_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    save(&state(0), &file_in(folder.path()), None, &mut always).unwrap();
    let (mut recovered, mut interrupted) = (0, 0);
    for kill in 0..kills {
        let mut running = child("saves_without_end", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Steps of the golden ratio fill a range evenly, however many there are.
        let share = (kill as f64 * 0.618_033_988_75).fract();
        let span = (KILLED_WITHIN.end - KILLED_WITHIN.start) as f64;
        let wait = KILLED_WITHIN.start + (share * span) as u64;
        std::thread::sleep(Duration::from_micros(wait));
        running.kill().unwrap();
        running.wait().unwrap();
        let is_part = |entry: std::io::Result<fs::DirEntry>| {
            let name = entry.unwrap().file_name();
            name.to_string_lossy().ends_with(".part")
        };
        interrupted += usize::from(fs::read_dir(folder.path()).unwrap().any(is_part));
        number_of(&open(&file_in(folder.path())).unwrap());
        for left in Abandoned::all_in(&autosaves_in(folder.path())) {
            number_of(&open(&left.document()).unwrap());
            left.discard();
            recovered += 1;
        }
    }
    println!("of {kills} kills {interrupted} interrupted a save, and {recovered} left an autosave");
    assert!(recovered > 0, "no child lived long enough to be killed");
    save(&state(1), &file_in(folder.path()), None, &mut always).unwrap();
    assert_no_parts(folder.path());
}

/// State 1 over state 0, in the project's file and in the autosave.
#[test]
#[ignore = "a child"]
fn saves_once() {
    let folder = folder_of_child();
    let saved = save(&state(1), &file_in(&folder), None, &mut always);
    println!("\n{SAID}{}", sentence(saved.map(drop)));
    let [left] = Abandoned::all_in(&autosaves_in(&folder))
        .try_into()
        .unwrap();
    let kept = left.adopt().write(&state(1), &origin(), &mut always);
    println!("{SAID}{}", sentence(kept));
}

fn sentence(outcome: Result<(), ProjectError>) -> String {
    outcome.map_or_else(|error| error.to_string(), |()| String::new())
}

/// The disk is full for each file that grows past so many KiB.
#[test]
fn where_there_is_no_room_the_older_states_stay() {
    let folder = prepared();
    let most = fs::metadata(file_in(folder.path())).unwrap().len() / 1024;
    let mut refused = 0;
    for room in 0..=most + 1 {
        let plain = child("saves_once", folder.path());
        let mut limited = Command::new("bash");
        let script = format!("trap '' XFSZ; ulimit -f {room}; exec \"$0\" \"$@\"");
        limited
            .args(["-c", &script])
            .arg(plain.get_program())
            .args(plain.get_args())
            .env(FOLDER, folder.path());
        let answers = said(limited);
        check_full(&answers, found_in(folder.path()));
        assert_no_parts(folder.path());
        refused += answers.iter().filter(|answer| !answer.is_empty()).count();
        if answers.iter().all(String::is_empty) {
            assert_eq!(found_in(folder.path()), [1, 1]);
        }
    }
    assert!(refused as u64 > most, "{refused} saves found no room");
}

/// Each either says that there was no room and left state 0, or is done.
fn check_full(answers: &[String], found: [usize; 2]) {
    assert_eq!(answers.len(), 2);
    for (answer, number) in answers.iter().zip(found) {
        let is_told =
            answer.starts_with("the disk is full: ") && answer.contains("free some space");
        assert!(
            is_told && number == 0 || answer.is_empty() && number == 1,
            "{answer} {number}"
        );
    }
}

/// On a disk of its own, of 256 KiB, with less and less room.
#[test]
#[ignore = "a child"]
fn saves_on_a_small_disk() {
    let folder = folder_of_child();
    prepare(&folder);
    let mut refused = 0;
    for pages in 0.. {
        let ballast = folder.join("ballast");
        if fs::write(&ballast, vec![1; pages * 4096]).is_err() {
            break;
        }
        let answer = sentence(save(&state(1), &file_in(&folder), None, &mut always).map(drop));
        let [saved, _] = found_in(&folder);
        if saved == 1 {
            assert_eq!(answer, "");
            fs::remove_file(ballast).unwrap();
            save(&state(0), &file_in(&folder), None, &mut always).unwrap();
        } else {
            assert!(answer.starts_with("the disk is full: "), "{answer}");
            assert_no_parts(&folder);
            refused += 1;
        }
    }
    println!("\n{SAID}{refused}");
}

#[test]
fn on_a_full_disk_the_older_state_stays() {
    let folder = tempfile::tempdir().unwrap();
    // A mount of the child's own, which ends with it.
    let own_disk = |program: &Command| {
        let mut command = Command::new("unshare");
        let script =
            "mount -t tmpfs -o size=256k tmpfs \"$LAMINA_TEST_FOLDER\" && exec \"$0\" \"$@\"";
        command
            .args(["--map-root-user", "--mount", "bash", "-c", script])
            .arg(program.get_program())
            .args(program.get_args())
            .env(FOLDER, folder.path());
        command
    };
    let allowed = own_disk(&Command::new("true")).output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no disk can be mounted here");
        return;
    }
    let [refused] = said(own_disk(&child("saves_on_a_small_disk", folder.path())))
        .try_into()
        .unwrap();
    assert!(refused.parse::<u32>().unwrap() > 0);
}

#[test]
fn in_a_folder_that_may_not_be_written_the_user_is_told() {
    let outer = prepared();
    let folder = outer.path();
    let allow = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    allow(folder, 0o555);
    let mut writer = child("saves_once_where_it_may_not", folder);
    if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        // Root may write everywhere.
        writer.uid(NOBODY).gid(NOBODY);
        if writer.output().is_err() {
            eprintln!("skipped: no other user may run this test");
            return;
        }
    }
    let [answer] = said(writer).try_into().unwrap();
    allow(folder, 0o755);
    assert!(
        answer.contains("poster.lamina may not be written"),
        "{answer}"
    );
    assert!(answer.contains("choose another folder"), "{answer}");
    assert_eq!(found_in(folder), [0, 0]);
}

#[test]
#[ignore = "a child"]
fn saves_once_where_it_may_not() {
    let saved = save(&state(1), &file_in(&folder_of_child()), None, &mut always);
    println!("\n{SAID}{}", sentence(saved.map(drop)));
}

const COUNTS: usize = 40;

/// As a window does whose user opens the file again whenever it was changed meanwhile.
#[test]
#[ignore = "a child"]
fn counts_up() {
    let file = file_in(&folder_of_child());
    let (mut counted, mut told) = (0, 0);
    while counted < COUNTS {
        let Opened::Project(project, before) = open_any(&file).unwrap() else {
            panic!("it is a project")
        };
        let next = number_of(&project) + 1;
        match save_again(&numbered(project, next), &before, &mut always) {
            Ok(_) => counted += 1,
            Err(ProjectError::ChangedMeanwhile(_)) => told += 1,
            Err(error) => panic!("{error}"),
        }
    }
    println!("\n{SAID}{told}");
}

/// Neither loses what the other has saved, and whoever looks meanwhile sees a whole state.
#[test]
fn two_windows_do_not_replace_each_others_work() {
    let folder = prepared();
    let file = file_in(folder.path());
    let windows = [(), ()].map(|()| {
        let window = child("counts_up", folder.path());
        std::thread::spawn(move || said(window))
    });
    let mut last = 0;
    while !windows.iter().all(std::thread::JoinHandle::is_finished) {
        let number = number_of(&open(&file).unwrap());
        assert!(number >= last, "{number} after {last}");
        last = number;
    }
    let told = windows.map(|window| window.join().unwrap().concat());
    println!("told {told:?} times that the file was changed");
    assert_eq!(number_of(&open(&file).unwrap()), 2 * COUNTS);
    assert_no_parts(folder.path());
}

#[test]
fn what_was_changed_meanwhile_is_said_and_stays() {
    let folder = prepared();
    let file = file_in(folder.path());
    let Opened::Project(_, opened) = open_any(&file).unwrap() else {
        panic!("it is a project")
    };
    // The same again is nobody's loss.
    save(&state(0), &file, None, &mut always).unwrap();
    let mine = save_again(&state(1), &opened, &mut always).unwrap();
    save(&state(2), &file, None, &mut always).unwrap();
    let error = save_again(&state(3), &mine, &mut always).unwrap_err();
    assert!(
        error.to_string().contains("was changed by another window"),
        "{error}"
    );
    assert_eq!(number_of(&open(&file).unwrap()), 2);
    fs::write(&file, b"no project").unwrap();
    save_again(&state(3), &mine, &mut always).unwrap_err();
    assert_eq!(fs::read(&file).unwrap(), b"no project");
    // Of a file that is gone nothing can be lost.
    fs::remove_file(&file).unwrap();
    save_again(&state(3), &mine, &mut always).unwrap();
    assert_eq!(number_of(&open(&file).unwrap()), 3);
}
