//! What `packaging/install.sh` puts into `bin/` starts the build for CUDA only where its libraries are.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

const ONE_LIBRARY: &str = "int one(void) { return 1; }\n";
const BUILD_FOR_CUDA: &str = r#"#include <stdio.h>
int one(void);
int main(int count, char **words) { printf("cuda %d %s\n", one(), words[count - 1]); }
"#;

fn compile(folder: &Path, arguments: &[&str]) {
    let done = Command::new("cc")
        .current_dir(folder)
        .args(arguments)
        .status();
    assert!(done.unwrap().success());
}

/// An installation whose build for CUDA needs `libone.so`.
fn install(prefix: &Path) {
    let builds = prefix.join("lib/lamina");
    fs::create_dir_all(&builds).unwrap();
    fs::create_dir(prefix.join("bin")).unwrap();
    let launcher = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/lamina.sh");
    fs::copy(launcher, prefix.join("bin/lamina")).unwrap();
    let cpu = builds.join("lamina-cpu");
    fs::write(&cpu, "#!/bin/sh\necho cpu \"$2\"\nexit 3\n").unwrap();
    fs::set_permissions(&cpu, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(builds.join("one.c"), ONE_LIBRARY).unwrap();
    fs::write(builds.join("main.c"), BUILD_FOR_CUDA).unwrap();
    compile(&builds, &["-shared", "-fPIC", "one.c", "-o", "libone.so"]);
    compile(&builds, &["main.c", "-L.", "-lone", "-o", "lamina-cuda"]);
}

fn start(program: &Path, libraries: &Path) -> Output {
    let mut command = Command::new(program);
    command.env("LD_LIBRARY_PATH", libraries);
    command
        .args(["decompose", "a picture.png"])
        .output()
        .unwrap()
}

#[test]
fn the_build_that_can_run_is_started_and_what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path();
    install(prefix);
    let builds = prefix.join("lib/lamina");
    let program = prefix.join("bin/lamina");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();

    let found = start(&program, &builds);
    assert_eq!(text(&found.stdout), "cuda 1 a picture.png\n");
    assert_eq!(text(&found.stderr), "");

    let lost = start(&program, prefix);
    assert_eq!(text(&lost.stdout), "cpu a picture.png\n");
    assert_eq!(lost.status.code(), Some(3));
    let sentence = text(&lost.stderr);
    assert!(sentence.contains("libone.so"), "{sentence}");
    assert_eq!(sentence.lines().count(), 1);

    fs::remove_file(builds.join("lamina-cuda")).unwrap();
    let link = prefix.join("link");
    symlink(&program, &link).unwrap();
    let alone = start(&link, prefix);
    assert_eq!(text(&alone.stdout), "cpu a picture.png\n");
    assert_eq!(text(&alone.stderr), "");
}
