//! The block `Txt2`: how Photoshop laid out the document's texts, the only place that says where it broke lines in a box.
//!
//! Adobe does not document it. That it lists each text's lines in order, with their lengths and baselines, holds for all 42
//! files that have one among the test files of psd-tools, ag-psd and PhotoshopAPI.

use super::engine_data::Node;

/// Dictionaries that say what they are.
const KIND: &str = "99";
const LINE: &[u8] = b"L";
const SEGMENT: &[u8] = b"S";
/// What such a dictionary consists of.
const PARTS: &str = "6";

/// Of all texts, by their index.
#[derive(Debug, Default)]
pub struct Layouts(Vec<Lines>);

#[derive(Debug)]
struct Lines {
    /// Ended by a paragraph's end.
    text: String,
    lines: Vec<Line>,
}

#[derive(Debug, Default)]
struct Line {
    /// Of UTF-16.
    units: usize,
    baseline: f64,
    /// With a hyphen that is not in the text.
    is_hyphenated: bool,
}

/// In units of the text.
#[derive(Debug)]
pub struct Layout {
    /// Line by line.
    pub words: String,
    /// Of the first line.
    pub baseline: f64,
    /// From one line's baseline to the next, on average.
    pub leading: Option<f64>,
}

impl Layouts {
    /// Empty of what is damaged.
    pub fn read(block: &[u8]) -> Self {
        // Its outermost dictionary has no brackets.
        let bracketed = [b"<<", block, b">>"].concat();
        let tree = Node::parse(&bracketed);
        let texts = tree.as_ref().and_then(|tree| tree.get(&["1", "1"]));
        Self(
            texts
                .map_or(&[][..], Node::list)
                .iter()
                .map(lines)
                .collect(),
        )
    }

    /// `None` where it is of another text, or not of all of it.
    pub fn of(&self, index: usize, text: &str) -> Option<Layout> {
        let Lines { text: own, lines } = self.0.get(index)?;
        let units: Vec<u16> = own.encode_utf16().collect();
        let mut lengths = lines.iter().map(|line| line.units);
        let length = lengths.try_fold(0_usize, usize::checked_add);
        if own.strip_suffix('\r') != Some(text) || length != Some(units.len()) {
            return None;
        }
        let mut rest = units.as_slice();
        let words = lines.iter().map(|line| {
            let (units, after) = rest.split_at(line.units);
            rest = after;
            let hyphen = if line.is_hyphenated { "-" } else { "" };
            let words = String::from_utf16_lossy(units);
            format!("{}{hyphen}", words.trim_end_matches(ends_line))
        });
        let words = words.collect::<Vec<_>>().join("\n");
        let (first, last) = (lines.first()?.baseline, lines.last()?.baseline);
        let steps = lines.len() - 1;
        let leading = (steps > 0).then(|| (last - first) / steps as f64);
        Some(Layout {
            words: words.trim_end().to_owned(),
            baseline: first,
            leading: leading.filter(|leading| *leading > 0.0),
        })
    }
}

/// Shift+Enter is 3.
fn ends_line(character: char) -> bool {
    character.is_whitespace() || character == '\u{3}'
}

fn lines(text: &Node) -> Lines {
    let mut lines = Vec::new();
    if let Some(shapes) = text.get(&["1", "2"]) {
        collect(shapes, &mut lines);
    }
    let text = text.get(&["0", "0"]).and_then(Node::text);
    Lines {
        text: text.unwrap_or_default().to_owned(),
        lines,
    }
}

/// Those of columns, of their rows, and so on.
fn collect(parts: &Node, lines: &mut Vec<Line>) {
    for part in parts.list() {
        let number = |key: &str| part.get(&[key]).and_then(Node::number);
        match part.get(&[KIND]) {
            Some(Node::Name(LINE)) => lines.push(Line {
                baseline: number("10").filter(|y| y.is_finite()).unwrap_or(0.0),
                ..Line::default()
            }),
            Some(Node::Name(SEGMENT)) => {
                let units = part.get(&["15", "0"]).and_then(Node::number);
                if let Some(line) = lines.last_mut() {
                    line.units = line.units.saturating_add(units.unwrap_or(0.0) as usize);
                    line.is_hyphenated = number("17") == Some(1.0);
                }
                continue;
            }
            _ => {}
        }
        if let Some(parts) = part.get(&[PARTS]) {
            collect(parts, lines);
        }
    }
}
