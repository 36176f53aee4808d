use std::time::Duration;

/// What one server lets its clients take, so that none can fill its memory, its disk or its time.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body: u64,
    /// Pixels of a picture.
    pub pixels: u64,
    /// Jobs that wait.
    pub queue: usize,
    /// Pictures that are received at a time; more wait.
    pub uploads: usize,
    /// For a picture to arrive, its turn included.
    pub upload_time: Duration,
    /// Open connections; more wait.
    pub connections: usize,
    /// Ended jobs and their results are kept so long ...
    pub keep_for: Duration,
    /// ... while all results take no more bytes than this; then the oldest go first.
    pub keep_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 256 << 20,
            pixels: 100_000_000,
            queue: 256,
            uploads: 4,
            upload_time: Duration::from_secs(120),
            connections: 1024,
            keep_for: Duration::from_secs(7 * 24 * 3600),
            keep_bytes: 20 << 30,
        }
    }
}

/// Bytes of a request's body that is not a picture.
pub(crate) const SMALL_BODY: usize = 1 << 20;
/// For a request's head to arrive, and for a connection to be idle.
pub(crate) const HEAD_TIME: Duration = Duration::from_secs(30);
/// For a short question to be answered.
pub(crate) const ANSWER_TIME: Duration = Duration::from_secs(30);
/// Times a job may be begun; one that ends the program each time is given up.
pub(crate) const ATTEMPTS: u32 = 3;
