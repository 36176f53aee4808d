//! A NATS server of Debian's package, and a network that fails.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Killed when dropped.
pub struct Nats {
    child: Child,
    folder: TempDir,
    pub port: u16,
}

impl Nats {
    /// With JetStream.
    pub fn start() -> Self {
        Self::with("jetstream { store_dir: STORE }")
    }

    /// `config` in the server's own language; `STORE` stands for a folder.
    pub fn with(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let store = format!("\"{}\"", folder.path().join("store").display());
        let config = config.replace("STORE", &store);
        let text = format!("listen: \"127.0.0.1:{port}\"\n{config}\n");
        fs::write(folder.path().join("nats.conf"), text).expect("written");
        let child = run(&folder, port);
        Self {
            child,
            folder,
            port,
        }
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// With SIGKILL.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// After a kill, with what the server had on its disk.
    pub fn start_again(&mut self) {
        self.child = run(&self.folder, self.port);
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}

fn run(folder: &TempDir, port: u16) -> Child {
    let log = folder.path().join("nats.log");
    let child = Command::new("nats-server")
        .arg("--config")
        .arg(folder.path().join("nats.conf"))
        .arg("--log")
        .arg(&log)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("Debian's nats-server is installed");
    let long = Instant::now() + Duration::from_secs(20);
    while !is_there(port) {
        let said = || fs::read_to_string(&log).unwrap_or_default();
        assert!(
            Instant::now() < long,
            "nats-server does not start: {}",
            said()
        );
        thread::sleep(Duration::from_millis(20));
    }
    child
}

/// A server greets.
fn is_there(port: u16) -> bool {
    let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let mut line = String::new();
    let read = BufReader::new(stream).read_line(&mut line);
    read.is_ok() && line.starts_with("INFO")
}

/// Stands between clients and a server, and cuts their connections when it is told to.
pub struct Proxy {
    pub port: u16,
    open: Arc<Mutex<Vec<TcpStream>>>,
    is_down: Arc<AtomicBool>,
}

impl Proxy {
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let proxy = Self {
            port: listener.local_addr().expect("an address").port(),
            open: Arc::default(),
            is_down: Arc::default(),
        };
        let (open, is_down) = (Arc::clone(&proxy.open), Arc::clone(&proxy.is_down));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if is_down.load(Ordering::Relaxed) {
                    continue;
                }
                if let Ok(server) = TcpStream::connect(("127.0.0.1", port)) {
                    let both = [(&client, &server), (&server, &client)];
                    for (from, to) in both {
                        let copies = (from.try_clone(), to.try_clone());
                        if let (Ok(from), Ok(to)) = copies {
                            thread::spawn(move || copy(from, to));
                        }
                    }
                    open.lock().expect("held").extend([client, server]);
                }
            }
        });
        proxy
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Cuts all connections and lets none through for a time.
    pub fn drop_for(&self, time: Duration) {
        self.is_down.store(true, Ordering::Relaxed);
        for stream in self.open.lock().expect("held").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        thread::sleep(time);
        self.is_down.store(false, Ordering::Relaxed);
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
