//! The block `TySh` of a text layer: what it says and how it is set. Damage costs what it hits; the words stay.

mod engine_data;
mod layout;

use super::cursor::Cursor;
use engine_data::Node;
pub use layout::Layouts;

/// What is written on a text layer. How it is set is `None` where the file does not say it in a way that one can read; where
/// it has several styles or alignments, that of the longest stretch counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PsdTypeLayer {
    /// Line by line, as Photoshop broke them where the file says it.
    pub words: String,
    /// Of the em, in units of the text; above 0.
    pub size: Option<f64>,
    /// From one line's baseline to the next, in units of the text; `None` leaves it to Photoshop (1.2 of the size).
    pub leading: Option<f64>,
    /// In the file's own RGB.
    pub colour: Option<[u8; 3]>,
    /// PostScript name.
    pub font: Option<String>,
    /// From units of the text to the canvas: x' = a·x + c·y + e, y' = b·x + d·y + f, as `[a, b, c, d, e, f]`, finite.
    pub transform: Option<[f64; 6]>,
    /// Left and right of the letters, in units of the text.
    pub sides: Option<[f64; 2]>,
    /// Of the first line, in units of the text. `None` in a box of which the file does not say it: its lines hang from 0.
    pub baseline: Option<f64>,
    pub alignment: PsdAlignment,
}

/// Where a paragraph's lines meet, of a justified one the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PsdAlignment {
    #[default]
    Left,
    Right,
    Center,
}

/// A text layer before it is known how its lines were broken.
#[derive(Debug, Clone)]
pub struct TypeBlock {
    layer: PsdTypeLayer,
    /// As Photoshop writes it.
    text: String,
    /// Counts the document's text layers.
    index: Option<usize>,
}

/// Key and type of the descriptor's entries.
const WORDS: &[u8] = b"Txt TEXT";
const BOUNDS: &[u8] = b"boundsObjc";
const INK: &[u8] = b"boundingBoxObjc";
const INDEX: &[u8] = b"TextIndexlong";
const ENGINE_DATA: &[u8] = b"EngineDatatdta";
/// PostScript names have at most 63 bytes.
const MAX_FONT_NAME: usize = 63;

/// `None` without words.
pub fn read(block: &[u8]) -> Option<TypeBlock> {
    let (descriptor, engine_data) = match after(block, ENGINE_DATA) {
        Some(data) => (&block[..block.len() - data.len()], engine_bytes(data)),
        None => (block, None),
    };
    let text = Cursor::new(after(block, WORDS)?).unicode().ok()?;
    let mut layer = PsdTypeLayer {
        words: words(&text)?,
        transform: transform(block),
        ..PsdTypeLayer::default()
    };
    let tree = engine_data.and_then(Node::parse);
    if let Some(tree) = &tree {
        layer.read_style(tree);
    }
    let is_boxed = tree.as_ref().is_some_and(is_boxed);
    layer.baseline = (!is_boxed).then_some(0.0);
    // A box may be much wider than what stands in it.
    let around = [INK, BOUNDS];
    let mut around = around[usize::from(!is_boxed)..].iter();
    layer.sides = around.find_map(|key| sides(after(descriptor, key)?));
    let index = after(descriptor, INDEX).and_then(|index| Cursor::new(index).u32().ok());
    Some(TypeBlock {
        layer,
        text,
        index: index.and_then(|index| usize::try_from(index).ok()),
    })
}

impl TypeBlock {
    pub fn laid_out(&self, layouts: &Layouts) -> PsdTypeLayer {
        let mut layer = self.layer.clone();
        let layout = self.index.and_then(|index| layouts.of(index, &self.text));
        if let Some(layout) = layout {
            layer.words = layout.words;
            layer.baseline = Some(layout.baseline);
            layer.leading = layout.leading.or(layer.leading);
        }
        layer
    }
}

impl PsdTypeLayer {
    fn read_style(&mut self, tree: &Node) {
        let resources = ["ResourceDict", "DocumentResources"];
        let resource = |key: &str| resources.iter().find_map(|dict| tree.get(&[dict, key]));
        // What a stretch does not say is as in the style that all share.
        let normal = resource("TheNormalStyleSheet").and_then(Node::number);
        let normal = resource("StyleSheetSet")
            .and_then(|set| set.list().get(normal.unwrap_or(0.0) as usize))
            .and_then(|sheet| sheet.get(&["StyleSheetData"]));
        let own = tree
            .get(&["EngineDict", "StyleRun"])
            .and_then(longest)
            .and_then(|run| run.get(&["StyleSheet", "StyleSheetData"]));
        let style = |key: &str| [own, normal].iter().find_map(|style| (*style)?.get(&[key]));
        let length = |key: &str| style(key)?.number().filter(|length| *length > 0.0);

        self.size = length("FontSize");
        self.leading = match style("AutoLeading") {
            Some(Node::Bool(false)) => length("Leading"),
            _ => None,
        };
        self.colour = style("FillColor").and_then(colour);
        let font = style("Font").and_then(Node::number);
        let font = font.and_then(|font| resource("FontSet")?.list().get(font as usize));
        let name = font.and_then(|font| font.get(&["Name"])?.text());
        self.font = name.filter(|name| is_font_name(name)).map(str::to_owned);

        let normal = resource("TheNormalParagraphSheet").and_then(Node::number);
        let normal = resource("ParagraphSheetSet")
            .and_then(|set| set.list().get(normal.unwrap_or(0.0) as usize))
            .and_then(|sheet| sheet.get(&["Properties", "Justification"]));
        let own = tree
            .get(&["EngineDict", "ParagraphRun"])
            .and_then(longest)
            .and_then(|run| run.get(&["ParagraphSheet", "Properties", "Justification"]));
        self.alignment = alignment(own.or(normal));
    }
}

/// Set in a box, whose top left corner is (0, 0); else text begins at a point, which is (0, 0).
fn is_boxed(tree: &Node) -> bool {
    let shapes = tree.get(&["EngineDict", "Rendered", "Shapes", "Children"]);
    let kind = shapes.and_then(|shapes| shapes.list().first()?.get(&["ShapeType"])?.number());
    kind == Some(1.0)
}

/// From 3 on justified, and named by the last line; 6 stretches that too.
fn alignment(justification: Option<&Node>) -> PsdAlignment {
    match justification.and_then(Node::number) {
        Some(1.0 | 4.0) => PsdAlignment::Right,
        Some(2.0 | 5.0) => PsdAlignment::Center,
        _ => PsdAlignment::Left,
    }
}

/// The first of the longest stretches that are set alike.
fn longest<'n, 'a>(runs: &'n Node<'a>) -> Option<&'n Node<'a>> {
    let lengths = runs.get(&["RunLengthArray"]).map_or(&[][..], Node::list);
    let length = |index: usize| lengths.get(index).and_then(Node::number).unwrap_or(0.0);
    let runs = runs.get(&["RunArray"])?.list();
    let longer = |a: usize, b: usize| if length(b) > length(a) { b } else { a };
    runs.get((0..runs.len()).reduce(longer)?)
}

/// Alpha first; of type 0 one grey, of type 1 red, green and blue.
fn colour(fill: &Node) -> Option<[u8; 3]> {
    let values = fill.get(&["Values"])?.list();
    let value = |index: usize| {
        let value = values.get(index)?.number()?;
        Some((value.clamp(0.0, 1.0) * 255.0).round() as u8)
    };
    match fill.get(&["Type"])?.number()? {
        0.0 => value(1).map(|grey| [grey; 3]),
        1.0 => Some([value(1)?, value(2)?, value(3)?]),
        _ => None,
    }
}

fn is_font_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_FONT_NAME && name.chars().all(|c| !c.is_control())
}

/// Photoshop ends lines as Mac OS did; Shift+Enter is 3.
fn words(text: &str) -> Option<String> {
    let text = text.replace(['\r', '\u{3}'], "\n");
    let text = text.trim_end().to_owned();
    (!text.is_empty()).then_some(text)
}

fn transform(block: &[u8]) -> Option<[f64; 6]> {
    let mut cursor = Cursor::new(block);
    if cursor.u16().ok()? != 1 {
        return None;
    }
    let mut transform = [0.0; 6];
    for value in &mut transform {
        *value = cursor.f64().ok().filter(|value| value.is_finite())?;
    }
    Some(transform)
}

fn sides(bounds: &[u8]) -> Option<[f64; 2]> {
    let side = |key: &[u8]| {
        let mut value = Cursor::new(after(bounds, key)?);
        value.key().ok()?; // points or pixels, which are the same here
        value.f64().ok().filter(|side| side.is_finite())
    };
    Some([side(b"LeftUntF")?, side(b"RghtUntF")?])
}

fn engine_bytes(data: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor::new(data);
    let length = cursor.length(false).ok()?;
    cursor.take(length).ok()
}

fn after<'a>(bytes: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    let at = bytes.windows(what.len()).position(|w| w == what)?;
    Some(&bytes[at + what.len()..])
}
