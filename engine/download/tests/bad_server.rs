//! Downloads from a server on this computer that does all that servers do wrong.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use download::{DownloadError, Fetched, RemoteFile, Server, Tuning, Wanted, Watch, fetch};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const SIZE: usize = 300_000;

fn content() -> Vec<u8> {
    (0..SIZE as u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the server does to a request for bytes, by how many there have been.
type Manner = Box<dyn Fn(u32) -> Answer + Send + Sync>;

#[derive(Clone, Copy)]
enum Answer {
    Right,
    /// Ends after so many bytes.
    BreaksOff(usize),
    Status(u16),
    /// With `Retry-After: 0`.
    Busy(u16),
    IgnoresRanges,
    OtherSize,
    OtherBytes,
    /// Sends the head, and then nothing.
    Stalls,
}

struct BadServer {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl BadServer {
    fn new(manner: impl Fn(u32) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (manner, count) = (
            Arc::new(Box::new(manner) as Manner),
            Arc::new(AtomicU32::new(0)),
        );
        let log = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (manner, count, log) = (manner.clone(), count.clone(), log.clone());
                thread::spawn(move || serve(stream.unwrap(), &manner, &count, &log));
            }
        });
        Self { address, asked }
    }

    fn server(&self) -> Server {
        Server::new(&self.address).with_tuning(Tuning {
            answer: Duration::from_secs(5),
            part: Duration::from_millis(700),
            failures: 4,
            pause: Duration::from_millis(10),
            part_bytes: 64 << 10,
        })
    }
}

fn serve(stream: TcpStream, manner: &Manner, count: &AtomicU32, log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|count| count > 2) {
        head += &line;
        line.clear();
    }
    log.lock().unwrap().push(head.clone());
    let mut stream = stream;
    // A client that goes away is its own business.
    let _ = answer(&mut stream, &head, manner, count);
}

fn answer(
    stream: &mut TcpStream,
    head: &str,
    manner: &Manner,
    count: &AtomicU32,
) -> std::io::Result<()> {
    let whole = content();
    if head.starts_with("GET /api/") {
        let list = format!(
            r#"[{{"type":"directory","path":"a"}},{{"type":"file","path":"a/big","size":9,"lfs":{{"oid":"{}","size":{SIZE}}}}},{{"type":"file","path":"small","size":3}}]"#,
            hash(&whole)
        );
        return write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{list}",
            list.len()
        );
    }
    let range = head.lines().find_map(|line| {
        let range = line.to_lowercase();
        let (first, last) = range
            .strip_prefix("range: bytes=")?
            .trim()
            .split_once('-')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))?;
        Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?))
    });
    let manner = manner(count.fetch_add(1, Ordering::SeqCst));
    let range = range.filter(|_| !matches!(manner, Answer::IgnoresRanges));
    let (first, last) = range.unwrap_or((0, SIZE - 1));
    let size = if matches!(manner, Answer::OtherSize) {
        SIZE + 5
    } else {
        SIZE
    };
    let status = match manner {
        Answer::Status(status) => {
            return write!(
                stream,
                "HTTP/1.1 {status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
        }
        Answer::Busy(status) => {
            return write!(
                stream,
                "HTTP/1.1 {status} No\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
        }
        _ if range.is_some() => {
            format!("206 Partial\r\ncontent-range: bytes {first}-{last}/{size}")
        }
        _ => "200 OK".to_owned(),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        last + 1 - first
    )?;
    let mut body = whole[first..=last].to_vec();
    match manner {
        Answer::BreaksOff(count) => body.truncate(count),
        Answer::OtherBytes => body[0] ^= 1,
        Answer::Stalls => {
            stream.flush()?;
            thread::sleep(Duration::from_secs(2));
            return Ok(());
        }
        _ => {}
    }
    stream.write_all(&body)
}

fn wanted(folder: &TempDir) -> Wanted {
    Wanted {
        repository: "owner/name".into(),
        file: RemoteFile {
            path: "a/big".into(),
            size: SIZE as u64,
            sha256: Some(hash(&content())),
        },
        to: folder.path().join("folder/big"),
    }
}

fn names(folder: &TempDir) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.path().join("folder")).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into())
        .collect();
    names.sort();
    names
}

/// The file is there and nothing else.
fn assert_whole(folder: &TempDir) {
    assert!(fs::read(folder.path().join("folder/big")).unwrap() == content());
    assert_eq!(names(folder), [PathBuf::from("big")]);
}

#[track_caller]
fn arrives(manner: impl Fn(u32) -> Answer + Send + Sync + 'static) -> BadServer {
    let (server, folder) = (BadServer::new(manner), tempfile::tempdir().unwrap());
    let fetched = fetch(&server.server(), &wanted(&folder), &()).unwrap();
    assert_eq!(fetched, Fetched::Now);
    assert_whole(&folder);
    server
}

#[track_caller]
fn fails(manner: impl Fn(u32) -> Answer + Send + Sync + 'static) -> (DownloadError, TempDir) {
    let (server, folder) = (BadServer::new(manner), tempfile::tempdir().unwrap());
    let error = fetch(&server.server(), &wanted(&folder), &()).unwrap_err();
    let text = error.to_string();
    assert!(
        !text.contains('\n') && text.contains(&server.address),
        "{text}"
    );
    assert!(!folder.path().join("folder/big").exists());
    (error, folder)
}

#[test]
fn a_file_arrives_in_parts_and_is_not_fetched_twice() {
    let server = BadServer::new(|_| Answer::Right);
    let folder = tempfile::tempdir().unwrap();
    let wanted = wanted(&folder);
    assert_eq!(fetch(&server.server(), &wanted, &()).unwrap(), Fetched::Now);
    assert_whole(&folder);
    let asked = server.asked.lock().unwrap().len();
    assert_eq!(asked, SIZE.div_ceil(64 << 10));
    assert_eq!(
        fetch(&server.server(), &wanted, &()).unwrap(),
        Fetched::Already
    );
    assert_eq!(server.asked.lock().unwrap().len(), asked);
    // Unless it is damaged.
    fs::write(&wanted.to, vec![0; SIZE]).unwrap();
    assert_eq!(fetch(&server.server(), &wanted, &()).unwrap(), Fetched::Now);
    assert_whole(&folder);
}

#[test]
fn breaks_stalls_and_busy_answers_are_lived_through() {
    arrives(|count| {
        if count % 2 == 0 {
            Answer::BreaksOff(20_000)
        } else {
            Answer::Right
        }
    });
    arrives(|count| {
        if count == 1 {
            Answer::Stalls
        } else {
            Answer::Right
        }
    });
    arrives(|count| {
        if count < 3 {
            Answer::Busy(429)
        } else {
            Answer::Right
        }
    });
    arrives(|count| {
        if count == 2 {
            Answer::Status(503)
        } else {
            Answer::Right
        }
    });
}

#[test]
fn a_server_without_ranges_sends_the_whole_file() {
    arrives(|_| Answer::IgnoresRanges);
    arrives(|count| {
        if count > 2 {
            Answer::IgnoresRanges
        } else {
            Answer::Right
        }
    });
}

#[test]
fn what_will_not_pass_is_said() {
    let (error, _) = fails(|_| Answer::Status(404));
    assert!(matches!(error, DownloadError::NotThere(_)), "{error}");
    for status in [401, 403] {
        let (error, _) = fails(move |_| Answer::Status(status));
        assert!(error.to_string().contains("HF_TOKEN"), "{error}");
    }
    let (error, _) = fails(|_| Answer::Status(503));
    assert!(
        matches!(error, DownloadError::Refused { status: 503, .. }),
        "{error}"
    );
    let (error, _) = fails(|_| Answer::BreaksOff(0));
    assert!(
        matches!(error, DownloadError::Unreachable { .. }),
        "{error}"
    );
    let (error, _) = fails(|_| Answer::OtherSize);
    assert!(matches!(error, DownloadError::WrongSize { .. }), "{error}");
}

#[test]
fn other_bytes_are_deleted() {
    let (error, folder) = fails(|count| {
        if count == 3 {
            Answer::OtherBytes
        } else {
            Answer::Right
        }
    });
    assert!(matches!(error, DownloadError::WrongBytes { .. }), "{error}");
    assert_eq!(names(&folder), [""; 0].map(PathBuf::from));
}

/// Stops once so many bytes are there.
struct StopsAt(u64, AtomicU64);

impl Watch for StopsAt {
    fn bytes(&self, there: u64, all: u64) {
        assert!(there <= all);
        self.1.store(there, Ordering::SeqCst);
    }

    fn is_cancelled(&self) -> bool {
        self.1.load(Ordering::SeqCst) >= self.0
    }
}

#[test]
fn a_stopped_download_goes_on_where_it_was() {
    let server = BadServer::new(|_| Answer::Right);
    let folder = tempfile::tempdir().unwrap();
    let wanted = wanted(&folder);
    let stops = StopsAt(100_000, AtomicU64::new(0));
    let stopped = fetch(&server.server(), &wanted, &stops);
    assert!(matches!(stopped, Err(DownloadError::Cancelled)));
    assert!(!wanted.to.exists());
    let there = stops.1.load(Ordering::SeqCst);
    assert!(there >= 100_000);
    server.asked.lock().unwrap().clear();
    let first = Mutex::new(None);
    struct First<'a>(&'a Mutex<Option<u64>>);
    impl Watch for First<'_> {
        fn bytes(&self, there: u64, _: u64) {
            self.0.lock().unwrap().get_or_insert(there);
        }
    }
    fetch(&server.server(), &wanted, &First(&first)).unwrap();
    assert!(first.into_inner().unwrap() >= Some(there));
    assert_whole(&folder);
}

#[test]
fn lists_have_sizes_and_hashes_and_the_token_is_shown() {
    let server = BadServer::new(|_| Answer::Right);
    let list = server
        .server()
        .with_token("secret")
        .list("owner/name")
        .unwrap();
    let expected = RemoteFile {
        path: "a/big".into(),
        size: SIZE as u64,
        sha256: Some(hash(&content())),
    };
    assert_eq!(list[0], expected);
    assert_eq!(
        (list[1].path.as_str(), list[1].size, &list[1].sha256),
        ("small", 3, &None)
    );
    let asked = server.asked.lock().unwrap();
    assert!(
        asked[0]
            .to_lowercase()
            .contains("authorization: bearer secret"),
        "{asked:?}"
    );
}
