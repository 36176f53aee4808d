/// Messages in the corner of the window.
#[derive(Default)]
pub struct Notifications {
    shown: Vec<Notification>,
    next_id: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    pub id: u64,
    pub kind: NotificationKind,
    pub text: String,
    /// When it goes by itself, in seconds of the window's clock; `None`: when the user closes it.
    expires: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationKind {
    Info,
    Success,
    Error,
}

/// Long enough to read two lines, and a path.
const INFO_SECONDS: f64 = 8.0;
const SUCCESS_SECONDS: f64 = 20.0;
/// Older ones make place.
const MOST_SHOWN: usize = 5;

impl Notifications {
    pub fn iter(&self) -> impl Iterator<Item = &Notification> {
        self.shown.iter()
    }

    /// Goes by itself.
    pub fn info(&mut self, now: f64, text: impl Into<String>) {
        self.push(
            NotificationKind::Info,
            text.into(),
            Some(now + INFO_SECONDS),
        );
    }

    /// Goes by itself, later.
    pub fn success(&mut self, now: f64, text: impl Into<String>) {
        self.push(
            NotificationKind::Success,
            text.into(),
            Some(now + SUCCESS_SECONDS),
        );
    }

    /// Stays until it is closed. `text` is one sentence; its first letter and full stop are made right.
    pub fn error(&mut self, text: impl Into<String>) {
        self.push(NotificationKind::Error, text.into(), None);
    }

    pub fn dismiss(&mut self, id: u64) {
        self.shown.retain(|notification| notification.id != id);
    }

    /// Drops what has been shown long enough; returns the seconds until the next one goes.
    pub fn expire(&mut self, now: f64) -> Option<f64> {
        self.shown
            .retain(|notification| notification.expires.is_none_or(|expires| now < expires));
        let left = self
            .shown
            .iter()
            .filter_map(|notification| notification.expires)
            .map(|expires| expires - now);
        left.min_by(f64::total_cmp)
    }

    fn push(&mut self, kind: NotificationKind, text: String, expires: Option<f64>) {
        let text = sentence(&text);
        self.shown.retain(|notification| notification.text != text);
        let excess = (self.shown.len() + 1).saturating_sub(MOST_SHOWN);
        self.shown.drain(..excess);
        self.next_id += 1;
        self.shown.push(Notification {
            id: self.next_id,
            kind,
            text,
            expires,
        });
    }
}

/// Library errors begin small and end without a stop, so that they can be joined; here they stand alone.
pub fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let mut sentence: String = letters
        .next()
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default();
    sentence.push_str(letters.as_str());
    if !sentence.ends_with(['.', '!', '?', '。']) {
        sentence.push('.');
    }
    sentence
}
