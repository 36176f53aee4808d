//! `lamina model` with a server on this computer that has the tiny model in the published one's place.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::thread;

use sha2::{Digest, Sha256};
use support::{assert_one_sentence, folder, lamina, stderr, write_picture};

fn published() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/qwen_image_layered/tests/fixtures/folder")
}

/// Its address.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away is its own business.
            thread::spawn(move || answer(stream).ok());
        }
    });
    address
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or(Ok(String::new()))?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut range = None;
    for line in lines {
        let line = line?.to_lowercase();
        if let Some(bytes) = line.strip_prefix("range: bytes=") {
            range = bytes
                .split_once('-')
                .map(|(a, b)| (a.parse::<usize>().ok(), b.parse::<usize>().ok()));
        }
        if line.is_empty() {
            break;
        }
    }
    let model = "Qwen/Qwen-Image-Layered";
    let bytes = if path.starts_with(&format!("/api/models/{model}/tree/main")) {
        Some(list().into_bytes())
    } else {
        let file = path.strip_prefix(&format!("/{model}/resolve/main/"));
        file.and_then(|file| fs::read(published().join(file)).ok())
    };
    let Some(bytes) = bytes else {
        return write!(stream, "HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n");
    };
    let size = bytes.len();
    match range {
        Some((Some(first), Some(last))) => {
            let last = size.min(last + 1);
            let part = &bytes[first..last];
            write!(
                stream,
                "HTTP/1.1 206 Part\r\ncontent-length: {}\r\ncontent-range: bytes {first}-{}/{size}\r\nconnection: close\r\n\r\n",
                part.len(),
                last - 1
            )?;
            stream.write_all(part)
        }
        _ => {
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-length: {size}\r\nconnection: close\r\n\r\n"
            )?;
            stream.write_all(&bytes)
        }
    }
}

/// As Hugging Face lists a repository.
fn list() -> String {
    let mut entries = Vec::new();
    let folders = fs::read_dir(published()).expect("the model").flatten();
    for folder in folders.filter(|entry| entry.path().is_dir()) {
        for file in fs::read_dir(folder.path()).expect("a part").flatten() {
            let bytes = fs::read(file.path()).expect("a file");
            let name = format!(
                "{}/{}",
                folder.file_name().to_string_lossy(),
                file.file_name().to_string_lossy()
            );
            let mut entry = serde_json::json!({"type": "file", "path": name, "size": bytes.len()});
            if name.ends_with(".safetensors") {
                let digest = Sha256::digest(&bytes);
                let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                entry["lfs"] = serde_json::json!({"oid": hash, "size": bytes.len()});
            }
            entries.push(entry);
        }
    }
    serde_json::Value::from(entries).to_string()
}

struct Models {
    folder: tempfile::TempDir,
    server: String,
}

impl Models {
    fn new() -> Self {
        Self {
            folder: folder(),
            server: serve(),
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = lamina();
        command
            .args(arguments)
            .env("LAMINA_MODELS", self.folder.path())
            .env("HF_ENDPOINT", &self.server)
            .env_remove("HF_HUB_OFFLINE");
        command.output().expect("lamina starts")
    }

    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}

#[test]
fn a_model_is_downloaded_found_checked_mended_and_deleted() {
    let models = Models::new();
    let listed = models.says(&["model", "list"]);
    assert!(listed.contains("bf16") && listed.contains("q4_k_m") && listed.contains("Apache-2.0"));
    assert!(!listed.contains("here]"), "{listed}");
    assert!(
        models
            .says(&["model", "verify"])
            .contains("no model is here")
    );

    models.says(&["model", "pull", "bf16"]);
    let listed = models.says(&["model", "list"]);
    assert!(
        listed
            .lines()
            .any(|line| line.starts_with("bf16") && line.contains("[here")),
        "{listed}"
    );
    models.says(&["model", "verify"]);

    let dir = folder();
    let input = dir.path().join("poster.png");
    write_picture(&input, 32, 32);
    let (input, out) = (input.to_str().expect("UTF-8"), dir.path().join("out"));
    let mut job = vec![
        "decompose",
        input,
        "--backend",
        "qwen",
        "--device",
        "cpu",
        "--raw",
    ];
    job.extend([
        "--steps", "1", "--layers", "1", "--prompt", "a disc", "--rng", "cpu",
    ]);
    job.extend(["--no-negative-prompt", "-o", out.to_str().expect("UTF-8")]);
    models.says(&job);
    assert!(out.join("layer_0.png").exists());

    let vae = models
        .folder
        .path()
        .join("bf16/vae/diffusion_pytorch_model.safetensors");
    let mut bytes = fs::read(&vae).expect("the VAE");
    bytes[500_000] ^= 1;
    fs::write(&vae, bytes).expect("written");
    let output = models.run(&["model", "verify", "bf16"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stdout)
            .contains("diffusion_pytorch_model.safetensors is damaged")
    );
    models.says(&["model", "pull", "bf16"]);
    models.says(&["model", "verify"]);

    let own = models.folder.path().join("bf16/mine.txt");
    fs::write(&own, "mine").expect("written");
    models.says(&["model", "remove", "bf16"]);
    assert!(own.exists() && !vae.exists());
    assert!(!models.folder.path().join("bf16/vae").exists());
}

#[test]
fn what_keeps_a_model_from_being_downloaded_is_said_in_one_sentence() {
    let models = Models::new();
    // The server has only one repository.
    let output = models.run(&["model", "pull", "q4_k_m"]);
    assert_eq!(output.status.code(), Some(1));
    assert_one_sentence(&stderr(&output));
    assert!(stderr(&output).contains("404"), "{}", stderr(&output));
    let mut offline = lamina();
    offline
        .args(["model", "pull", "bf16"])
        .env("LAMINA_MODELS", models.folder.path())
        .env("HF_HUB_OFFLINE", "1");
    let output = offline.output().expect("lamina starts");
    assert!(
        stderr(&output).contains("HF_HUB_OFFLINE"),
        "{}",
        stderr(&output)
    );
    for arguments in [
        &["model", "remove", "bf16"][..],
        &["model", "pull", "nonesuch"],
    ] {
        let output = models.run(arguments);
        assert!(!output.status.success());
        assert_one_sentence(&stderr(&output));
    }
}
