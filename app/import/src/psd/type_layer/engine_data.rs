//! The text form in which Photoshop's text engine keeps what it knows: dictionaries, lists and values.

/// Of dictionaries and lists in each other; Photoshop's own go to about 10.
const MAX_DEPTH: usize = 32;
/// Far more than thousands of changes of style take.
const MAX_BYTES: usize = 4 << 20;

#[derive(Debug)]
pub enum Node<'a> {
    Dict(Vec<(&'a [u8], Node<'a>)>),
    List(Vec<Node<'a>>),
    Bool(bool),
    Number(f64),
    Text(String),
    /// After a slash.
    Name(&'a [u8]),
    Unknown,
}

impl<'a> Node<'a> {
    /// `None` of what is damaged or too large.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() > MAX_BYTES {
            return None;
        }
        Parser(bytes).value(0)
    }

    /// Of a dictionary in a dictionary and so on.
    pub fn get(&self, path: &[&str]) -> Option<&Self> {
        let mut node = self;
        for key in path {
            let Self::Dict(entries) = node else {
                return None;
            };
            let found = entries.iter().find(|(name, _)| *name == key.as_bytes());
            node = &found?.1;
        }
        Some(node)
    }

    /// Empty of what is none.
    pub fn list(&self) -> &[Self] {
        match self {
            Self::List(nodes) => nodes,
            _ => &[],
        }
    }

    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

struct Parser<'a>(&'a [u8]);

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Option<Node<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.takes(b"<<") {
            let mut entries = Vec::new();
            while !self.takes(b">>") {
                if !self.takes(b"/") {
                    return None;
                }
                entries.push((self.token(), self.value(depth + 1)?));
            }
            return Some(Node::Dict(entries));
        }
        if self.takes(b"[") {
            let mut nodes = Vec::new();
            while !self.takes(b"]") {
                nodes.push(self.value(depth + 1)?);
            }
            return Some(Node::List(nodes));
        }
        if self.takes(b"(") {
            return self.text().map(Node::Text);
        }
        if self.takes(b"/") {
            return Some(Node::Name(self.token()));
        }
        match self.token() {
            b"" => None,
            b"true" => Some(Node::Bool(true)),
            b"false" => Some(Node::Bool(false)),
            token => {
                let number = std::str::from_utf8(token).ok()?.parse().ok();
                Some(number.map_or(Node::Unknown, Node::Number))
            }
        }
    }

    /// Whether it comes next, after what is blank.
    fn takes(&mut self, what: &[u8]) -> bool {
        self.0 = self.0.trim_ascii_start();
        let rest = self.0.strip_prefix(what);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Up to what is blank or has a meaning.
    fn token(&mut self) -> &'a [u8] {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"<>[]()/".contains(byte);
        let end = self.0.iter().position(ends).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        token
    }

    /// Up to the parenthesis that closes it: UTF-16 after its mark, with a backslash before some bytes.
    fn text(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        loop {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            match byte {
                b')' => break,
                b'\\' => {
                    let (&escaped, rest) = self.0.split_first()?;
                    self.0 = rest;
                    bytes.push(escaped);
                }
                byte => bytes.push(byte),
            }
        }
        let Some(utf16) = bytes.strip_prefix(b"\xFE\xFF") else {
            return Some(String::from_utf8_lossy(&bytes).into_owned());
        };
        let (pairs, _) = utf16.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
        Some(String::from_utf16_lossy(&units))
    }
}
