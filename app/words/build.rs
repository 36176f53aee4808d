//! Lists the languages: every file of `languages/`, by its name.
#![allow(clippy::expect_used, reason = "a failure stops the build")]

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder");
    let folder = Path::new(&root).join("languages");
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(&folder).expect("the languages are there");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("a file").path())
        .filter(|file| file.extension().is_some_and(|end| end == "ftl"))
        .collect();
    files.sort();
    let mut list = String::from("&[");
    for file in files {
        let name = file.file_stem().expect("a name").to_string_lossy();
        write!(list, "({name:?}, include_str!({file:?})),").expect("text grows");
    }
    list.push(']');
    let out = env::var("OUT_DIR").expect("cargo names a folder");
    fs::write(Path::new(&out).join("languages.rs"), list).expect("the list is written");
}
