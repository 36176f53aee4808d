//! `lamina decompose` on many pictures: folders, lists, and runs that go on where an earlier one stopped.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

mod support;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use support::{
    assert_one_sentence, decompose, folder, interrupt, lamina, png_bytes, report, signal, stderr,
    write_picture,
};

/// How many pictures were decomposed, and how many had been before: each has a line.
fn counts(output: &Output) -> (usize, usize) {
    let said = String::from_utf8_lossy(&output.stdout);
    let (done, skipped): (Vec<_>, Vec<_>) = said.lines().partition(|line| line.contains(" → "));
    assert!(
        skipped.iter().all(|line| line.ends_with("was done before")),
        "{said}"
    );
    (done.len(), skipped.len())
}

/// Three pictures, one of them in a folder below, a bad one, and what is no picture.
fn pictures(folder: &Path) {
    fs::create_dir_all(folder.join("below")).expect("made");
    write_picture(&folder.join("a.png"), 64, 48);
    write_picture(&folder.join("b.PNG"), 48, 64);
    write_picture(&folder.join("below/a.png"), 32, 32);
    fs::write(folder.join("bad.jpg"), "no picture").expect("written");
    fs::write(folder.join("notes.txt"), "mine").expect("written");
    fs::write(folder.join(".hidden.png"), "mine").expect("written");
}

#[test]
fn the_pictures_of_a_folder_are_decomposed_and_a_bad_one_is_named() {
    let dir = folder();
    let (input, out) = (dir.path().join("in"), dir.path().join("out"));
    pictures(&input);
    let summary = dir.path().join("summary.json");
    let result = decompose(
        &[&input],
        &out,
        &["--summary", summary.to_str().expect("UTF-8")],
    );
    assert_eq!(result.status.code(), Some(2), "{}", stderr(&result));
    assert_one_sentence(&stderr(&result));
    assert!(stderr(&result).contains("bad.jpg"));
    assert!(out.join("a.psd").exists() && out.join("b.psd").exists());
    assert!(
        !out.join("below").exists(),
        "folders below are not asked for"
    );
    assert_eq!(counts(&result), (2, 0));

    let summary = report(&summary);
    assert_eq!(summary["done"], 2);
    assert_eq!(summary["failed"], 1);
    let pictures = summary["pictures"].as_array().expect("a list");
    let states: Vec<_> = pictures.iter().map(|one| one["state"].as_str()).collect();
    assert_eq!(states, [Some("done"), Some("done"), Some("failed")]);
    assert!(
        pictures[2]["error"]
            .as_str()
            .expect("a sentence")
            .contains("bad.jpg")
    );
}

#[test]
fn folders_below_keep_their_place_and_results_are_no_pictures() {
    let dir = folder();
    let input = dir.path().join("in");
    pictures(&input);
    fs::remove_file(input.join("bad.jpg")).expect("it was there");
    let out = input.join("out");
    for _ in 0..2 {
        let result = decompose(&[&input], &out, &["--recursive"]);
        assert!(result.status.success(), "{}", stderr(&result));
        assert_eq!(counts(&result), (3, 0));
    }
    assert!(
        out.join("below/a.psd").exists() && out.join("below/a/layer_00_Background.png").exists()
    );
    let result = decompose(&[&input], &input, &["--recursive"]);
    assert_eq!(result.status.code(), Some(2));
    assert_one_sentence(&stderr(&result));
}

#[test]
fn what_is_done_is_passed_over_until_the_picture_or_the_request_changes() {
    let dir = folder();
    let (input, out) = (dir.path().join("in"), dir.path().join("out"));
    fs::create_dir(&input).expect("made");
    let (a, b) = (input.join("a.png"), input.join("b.png"));
    write_picture(&a, 64, 48);
    write_picture(&b, 48, 64);
    let run = |options: &[&str]| {
        let result = decompose(&[&input], &out, options);
        assert!(result.status.success(), "{}", stderr(&result));
        counts(&result)
    };
    assert_eq!(run(&["--skip-done"]), (2, 0));
    assert_eq!(run(&["--skip-done"]), (0, 2));
    assert_eq!(run(&[]), (2, 0), "only where it is asked for");
    write_picture(&a, 65, 48);
    assert_eq!(run(&["--skip-done"]), (1, 1));
    fs::remove_file(out.join("b.psd")).expect("it was there");
    assert_eq!(run(&["--skip-done"]), (1, 1));
    assert_eq!(run(&["--skip-done", "--seed", "5"]), (2, 0));
    fs::write(out.join("a.json"), "half a rep").expect("written");
    assert_eq!(run(&["--skip-done", "--seed", "5"]), (1, 1));
    let also = ["--skip-done", "--seed", "5", "--also", "svg"];
    assert_eq!(run(&also), (2, 0), "there was none");
    assert_eq!(run(&also), (0, 2));
}

#[test]
fn a_killed_run_goes_on_where_it_stopped() {
    let dir = folder();
    let (input, out) = (dir.path().join("in"), dir.path().join("out"));
    fs::create_dir(&input).expect("made");
    for number in 0..6 {
        write_picture(&input.join(format!("{number}.png")), 200 + number, 150);
    }
    let mut child = start(&input, &out, &[]);
    wait_for(&mut child, &out.join("1.json"));
    signal(&child, "KILL");
    child.wait().expect("ends");
    let result = decompose(&[&input], &out, &["--skip-done"]);
    assert!(result.status.success(), "{}", stderr(&result));
    let (done, skipped) = counts(&result);
    assert!(skipped >= 2 && done + skipped == 6, "{done} and {skipped}");
    for number in 0..6 {
        assert!(out.join(format!("{number}.psd")).exists(), "{number}");
    }
    let left = fs::read_dir(&out).expect("it is there").flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with('.'));
    assert_eq!(left.count(), 0, "nothing half done stays");
}

#[test]
fn a_list_gives_each_picture_settings_of_its_own() {
    let dir = folder();
    write_picture(&dir.path().join("a.png"), 64, 48);
    let list = dir.path().join("list.jsonl");
    let lines = [
        r#"{"picture": "a.png", "layers": 2, "seed": 5}"#,
        "",
        r#"{"picture": "a.png", "layers": "1", "diffusion": {"prompt": "a square"}}"#,
        r#"{"picture": "a.png", "sead": 5}"#,
        r#"{"layers": 2}"#,
        r#"{"picture": "a.png", "layers": 0}"#,
        "not JSON",
    ];
    // As some editors begin a file.
    fs::write(&list, format!("\u{feff}{}", lines.join("\n"))).expect("written");
    let out = dir.path().join("out");
    let list = list.to_str().expect("UTF-8");
    let result = decompose(&[], &out, &["--jobs-file", list, "--seed", "9"]);
    assert_eq!(result.status.code(), Some(2));
    let said = stderr(&result);
    assert_eq!(said.lines().count(), 4, "{said}");
    for (line, part) in [(4, "sead"), (5, "picture"), (6, "1 to 64"), (7, "JSON")] {
        let told = said
            .lines()
            .find(|told| told.contains(&format!("line {line}")));
        assert!(told.expect("the line is named").contains(part), "{said}");
    }
    let [first, second] = ["a.json", "a-2.json"].map(|file| report(&out.join(file)));
    assert_eq!(first["request"]["layers"], 2);
    assert_eq!(first["request"]["seed"], 5);
    assert_eq!(second["request"]["seed"], 9, "else the command line's");
    assert_eq!(second["request"]["diffusion"]["prompt"], "a square");
}

#[test]
fn a_watched_folder_s_new_pictures_are_decomposed_until_ctrl_c() {
    let dir = folder();
    let (input, out) = (dir.path().join("in"), dir.path().join("out"));
    fs::create_dir(&input).expect("made");
    let mut child = start(&input, &out, &["--watch"]);
    write_picture(&input.join("first.png"), 40, 30);
    wait_for(&mut child, &out.join("first.json"));
    write_picture(&input.join("second.png"), 30, 40);
    wait_for(&mut child, &out.join("second.json"));
    interrupt(&child);
    assert_eq!(child.wait().expect("ends").code(), Some(130));
}

#[test]
fn a_picture_is_waited_for_while_it_is_written() {
    let dir = folder();
    let (input, out) = (dir.path().join("in"), dir.path().join("out"));
    fs::create_dir(&input).expect("made");
    let picture = input.join("slow.png");
    let whole = png_bytes(&support::picture(300, 200));
    let (first, rest) = whole.split_at(whole.len() / 2);
    fs::write(&picture, first).expect("written");
    // It is there, and by half, when the program starts.
    let mut child = start(&input, &out, &["--watch"]);
    let mut file = fs::File::options().append(true).open(&picture);
    let file = file.as_mut().expect("opens");
    for bytes in rest.chunks(rest.len() / 50) {
        std::thread::sleep(Duration::from_millis(50));
        file.write_all(bytes).expect("written");
    }
    wait_for(&mut child, &out.join("slow.json"));
    interrupt(&child);
    let ended = child.wait_with_output().expect("ends");
    assert_eq!(stderr(&ended), "", "nobody took it by half");
}

#[test]
fn a_folder_without_pictures_and_a_list_that_is_not_there_are_refused() {
    let dir = folder();
    let (empty, out) = (dir.path().join("empty"), dir.path().join("out"));
    fs::create_dir(&empty).expect("made");
    let nowhere = dir.path().join("nowhere.jsonl");
    for result in [
        decompose(&[&empty], &out, &[]),
        decompose(
            &[],
            &out,
            &["--jobs-file", nowhere.to_str().expect("UTF-8")],
        ),
        decompose(&[], &out, &["--watch"]),
    ] {
        assert_eq!(result.status.code(), Some(2), "{}", stderr(&result));
        assert_one_sentence(&stderr(&result));
    }
}

fn start(input: &Path, out: &Path, options: &[&str]) -> Child {
    let mut command = lamina();
    command
        .arg("decompose")
        .arg(input)
        .arg("-o")
        .arg(out)
        .args(options);
    let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect("starts")
}

fn wait_for(child: &mut Child, file: &Path) {
    let long = Instant::now() + Duration::from_secs(120);
    while !file.exists() {
        assert!(
            child.try_wait().expect("waits").is_none(),
            "it is still at work"
        );
        assert!(Instant::now() < long, "{} never came", file.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}
