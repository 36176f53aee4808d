/// A tensor of the model, or a part of one that a file has in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub name: String,
    pub part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Whole,
    /// Rows above and below others.
    Rows(usize),
    /// One frame of a kernel [out, in, frames, rows, columns].
    Frame(usize),
}

impl From<String> for Target {
    fn from(name: String) -> Self {
        Self {
            name,
            part: Part::Whole,
        }
    }
}
