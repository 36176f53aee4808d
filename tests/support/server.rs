//! `lamina serve` run as a user runs it, and its clients.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;

use super::{lamina, signal};

/// Killed when dropped.
pub struct Server {
    pub child: Child,
    /// Open, so that the server can go on printing.
    _stdout: BufReader<ChildStdout>,
    pub address: String,
    agent: Agent,
    token: Option<String>,
}

/// What a server said.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub kind: String,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// A job's, where the answer is one.
    pub fn id(&self) -> String {
        let id = self.json()["id"].as_str().map(str::to_owned);
        id.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&self.body)))
    }

    /// Of problem details, whose form is checked.
    pub fn problem(&self) -> String {
        assert_eq!(self.kind, "application/problem+json", "{self:?}");
        let details = self.json();
        assert_eq!(details["status"], self.status);
        let detail = details["detail"].as_str().expect("a sentence");
        assert!(
            !detail.is_empty() && !detail.contains("panicked"),
            "{detail}"
        );
        let kind = details["type"].as_str().expect("a type");
        kind.rsplit(':').next().expect("a part").to_owned()
    }
}

impl Server {
    /// On a free port; `options` divided by spaces.
    pub fn start(data: &Path, options: &str) -> Self {
        Self::start_at(data, &format!("--listen 127.0.0.1:0 {options}"))
    }

    /// Where the options say.
    pub fn start_at(data: &Path, options: &str) -> Self {
        let mut command = lamina();
        command
            .args(["serve", "--data"])
            .arg(data)
            .args(options.split_whitespace());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        stdout
            .read_line(&mut line)
            .expect("it says where it serves");
        let address = line
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        let address = address.unwrap_or_else(|| panic!("no address in {line:?}"));
        let config = Agent::config_builder().http_status_as_error(false);
        Self {
            child,
            _stdout: stdout,
            address: address.to_owned(),
            agent: config.build().into(),
            token: None,
        }
    }

    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.get(self.url(path));
        for (name, value) in self.all(headers) {
            request = request.header(name, value);
        }
        answer(request.call().expect("it answers"))
    }

    pub fn delete(&self, path: &str) -> Answer {
        answer(
            self.agent
                .delete(self.url(path))
                .call()
                .expect("it answers"),
        )
    }

    pub fn post(&self, path: &str, kind: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.post(self.url(path)).header("content-type", kind);
        for (name, value) in self.all(headers) {
            request = request.header(name, value);
        }
        answer(request.send(body).expect("it answers"))
    }

    /// Queues a picture with settings such as `layers=4&seed=5`.
    pub fn submit(&self, picture: &[u8], settings: &str) -> Answer {
        let path = format!("/v1/decompositions?{settings}");
        self.post(&path, "application/octet-stream", picture, &[])
    }

    fn all(&self, headers: &[(&str, &str)]) -> Vec<(String, String)> {
        let token = self.token.iter();
        let token = token.map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        token.chain(headers).collect()
    }

    pub fn job(&self, id: &str) -> Value {
        self.get(&format!("/v1/decompositions/{id}")).json()
    }

    /// Waits until the job is in one of these states, and returns it.
    pub fn wait(&self, id: &str, states: &[&str]) -> Value {
        self.wait_until(id, |job| states.iter().any(|state| job["state"] == *state))
    }

    pub fn wait_until(&self, id: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let long = Instant::now() + Duration::from_secs(120);
        loop {
            let job = self.job(id);
            if is_so(&job) {
                return job;
            }
            assert!(Instant::now() < long, "it never came to that: {job}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A job's events until their end, as (id, name, data).
    pub fn events(&self, id: &str, after: Option<u64>) -> Vec<(u64, String, Value)> {
        let after = after.map(|id| id.to_string());
        let headers = after.iter().map(|id| ("last-event-id", id.as_str()));
        let headers: Vec<_> = headers.collect();
        let answer = self.get_with(&format!("/v1/decompositions/{id}/events"), &headers);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.kind.starts_with("text/event-stream"), "{answer:?}");
        let text = String::from_utf8(answer.body).expect("UTF-8");
        let field = |event: &str, name: &str| {
            let mut lines = event.lines();
            let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            found.map(|value| value.trim().to_owned())
        };
        let events = text.split("\n\n").filter_map(|event| {
            let data = serde_json::from_str(&field(event, "data")?).expect("JSON");
            let id = field(event, "id")?.parse().expect("a number");
            Some((id, field(event, "event")?, data))
        });
        events.collect()
    }

    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).expect("it accepts")
    }

    pub fn kill(&mut self) {
        signal(&self.child, "KILL");
        self.child.wait().expect("ends");
    }

    /// As a service manager ends it.
    pub fn terminate(&mut self) {
        signal(&self.child, "TERM");
        let status = self.child.wait().expect("ends");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answer(response: Response<ureq::Body>) -> Answer {
    let kind = response.headers().get("content-type");
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    Answer {
        status: response.status().as_u16(),
        kind: kind.to_owned(),
        headers: response.headers().clone(),
        body: response
            .into_body()
            .read_to_vec()
            .expect("it arrives whole"),
    }
}
