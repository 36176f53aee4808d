//! A server on this computer that answers as Hugging Face does and has the tiny model in the published one's place.
#![allow(clippy::expect_used, reason = "a failure is the test's answer")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};

pub fn published() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("engine/qwen_image_layered/tests/fixtures/folder"))
        .find(|folder| folder.is_dir())
        .expect("the tiny model")
}

/// Of a body, while the server is slow.
const SLOW_BYTES: usize = 4 << 10;
const SLOW_PAUSE: Duration = Duration::from_millis(40);

pub struct Hub {
    pub address: String,
    /// Bodies come in drops.
    pub is_slow: Arc<AtomicBool>,
}

impl Hub {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let is_slow = Arc::new(AtomicBool::new(false));
        let slow = is_slow.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let slow = slow.clone();
                // A client that goes away is its own business.
                thread::spawn(move || answer(stream, &slow).ok());
            }
        });
        Self { address, is_slow }
    }
}

/// In drops for as long as the server is slow.
fn send(stream: &mut TcpStream, body: &[u8], slow: &AtomicBool) -> std::io::Result<()> {
    for bytes in body.chunks(SLOW_BYTES) {
        if slow.load(Ordering::Relaxed) {
            thread::sleep(SLOW_PAUSE);
        }
        stream.write_all(bytes)?;
    }
    Ok(())
}

fn answer(mut stream: TcpStream, slow: &AtomicBool) -> std::io::Result<()> {
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
            send(&mut stream, part, slow)
        }
        _ => {
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-length: {size}\r\nconnection: close\r\n\r\n"
            )?;
            send(&mut stream, &bytes, slow)
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
