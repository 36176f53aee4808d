//! What the text engine's tree says of a text: its words, and how its paragraphs and its one style look.

use document::Alignment;

use super::TypeLayer;
use super::engine_data::Node;

pub fn engine_dict(layer: &TypeLayer, text: &str) -> Node {
    let units = |text: &str| Node::Int(text.encode_utf16().count() as i64);
    let paragraphs: Vec<&str> = text.split_inclusive('\r').collect();
    let sheet = |properties| {
        Node::Dict(vec![
            (
                "ParagraphSheet",
                Node::Dict(vec![
                    ("DefaultStyleSheet", Node::Int(0)),
                    ("Properties", properties),
                ]),
            ),
            (
                "Adjustments",
                Node::Dict(vec![
                    ("Axis", Node::floats([1.0, 0.0, 1.0])),
                    ("XY", Node::floats([0.0, 0.0])),
                ]),
            ),
        ])
    };
    let own_paragraph = paragraph(layer.alignment, false);
    let style = |data| {
        Node::Dict(vec![(
            "StyleSheet",
            Node::Dict(vec![("StyleSheetData", data)]),
        )])
    };
    Node::Dict(vec![
        (
            "Editor",
            Node::Dict(vec![("Text", Node::Text(text.to_owned()))]),
        ),
        (
            "ParagraphRun",
            Node::Dict(vec![
                ("DefaultRunData", sheet(Node::Dict(Vec::new()))),
                (
                    "RunArray",
                    Node::List(
                        paragraphs
                            .iter()
                            .map(|_| sheet(own_paragraph.clone()))
                            .collect(),
                    ),
                ),
                (
                    "RunLengthArray",
                    Node::Row(paragraphs.iter().map(|text| units(text)).collect()),
                ),
                ("IsJoinable", Node::Int(1)),
            ]),
        ),
        (
            "StyleRun",
            Node::Dict(vec![
                ("DefaultRunData", style(Node::Dict(Vec::new()))),
                ("RunArray", Node::List(vec![style(own_style(layer))])),
                ("RunLengthArray", Node::Row(vec![units(text)])),
                ("IsJoinable", Node::Int(2)),
            ]),
        ),
        ("GridInfo", grid()),
        ("AntiAlias", Node::Int(1)),
        ("UseFractionalGlyphWidths", Node::Bool(true)),
        ("Rendered", rendered()),
    ])
}

fn own_style(layer: &TypeLayer) -> Node {
    let colour = layer.colour.map(|value| f64::from(value) / 255.0);
    // What Photoshop itself puts where it decides.
    let leading = layer.leading.unwrap_or(layer.size * 1.2);
    let mut entries = vec![
        ("Font", Node::Int(0)),
        ("FontSize", Node::Float(layer.size)),
    ];
    entries.extend(common_style(
        layer.leading.is_none(),
        leading,
        1,
        14,
        colour,
    ));
    entries.extend([
        ("YUnderline", Node::Int(1)),
        ("HindiNumbers", Node::Bool(false)),
        ("Kashida", Node::Int(1)),
    ]);
    Node::Dict(entries)
}

fn common_style(
    auto_leading: bool,
    leading: f64,
    baseline_direction: i64,
    language: i64,
    [red, green, blue]: [f64; 3],
) -> Vec<(&'static str, Node)> {
    let colour = |values| {
        Node::Dict(vec![
            ("Type", Node::Int(1)),
            ("Values", Node::floats(values)),
        ])
    };
    vec![
        ("FauxBold", Node::Bool(false)),
        ("FauxItalic", Node::Bool(false)),
        ("AutoLeading", Node::Bool(auto_leading)),
        ("Leading", Node::Float(leading)),
        ("HorizontalScale", Node::Float(1.0)),
        ("VerticalScale", Node::Float(1.0)),
        ("Tracking", Node::Int(0)),
        ("AutoKerning", Node::Bool(true)),
        ("Kerning", Node::Int(0)),
        ("BaselineShift", Node::Float(0.0)),
        ("FontCaps", Node::Int(0)),
        ("FontBaseline", Node::Int(0)),
        ("Underline", Node::Bool(false)),
        ("Strikethrough", Node::Bool(false)),
        ("Ligatures", Node::Bool(true)),
        ("DLigatures", Node::Bool(false)),
        ("BaselineDirection", Node::Int(baseline_direction)),
        ("Tsume", Node::Float(0.0)),
        ("StyleRunAlignment", Node::Int(2)),
        ("Language", Node::Int(language)),
        ("NoBreak", Node::Bool(false)),
        // Alpha first.
        ("FillColor", colour([1.0, red, green, blue])),
        ("StrokeColor", colour([1.0, 0.0, 0.0, 0.0])),
    ]
}

pub fn paragraph(alignment: Alignment, hyphenate: bool) -> Node {
    let justification = match alignment {
        Alignment::Left => 0,
        Alignment::Right => 1,
        Alignment::Center => 2,
    };
    Node::Dict(vec![
        ("Justification", Node::Int(justification)),
        ("FirstLineIndent", Node::Float(0.0)),
        ("StartIndent", Node::Float(0.0)),
        ("EndIndent", Node::Float(0.0)),
        ("SpaceBefore", Node::Float(0.0)),
        ("SpaceAfter", Node::Float(0.0)),
        ("AutoHyphenate", Node::Bool(hyphenate)),
        ("HyphenatedWordSize", Node::Int(6)),
        ("PreHyphen", Node::Int(2)),
        ("PostHyphen", Node::Int(2)),
        ("ConsecutiveHyphens", Node::Int(8)),
        ("Zone", Node::Float(36.0)),
        ("WordSpacing", Node::floats([0.8, 1.0, 1.33])),
        ("LetterSpacing", Node::floats([0.0, 0.0, 0.0])),
        ("GlyphSpacing", Node::floats([1.0, 1.0, 1.0])),
        ("AutoLeading", Node::Float(1.2)),
        ("LeadingType", Node::Int(0)),
        ("Hanging", Node::Bool(false)),
        ("Burasagari", Node::Bool(false)),
        ("KinsokuOrder", Node::Int(0)),
        ("EveryLineComposer", Node::Bool(false)),
    ])
}

fn grid() -> Node {
    let black = || {
        Node::Dict(vec![
            ("Type", Node::Int(1)),
            ("Values", Node::floats([0.0, 0.0, 0.0, 1.0])),
        ])
    };
    Node::Dict(vec![
        ("GridIsOn", Node::Bool(false)),
        ("ShowGrid", Node::Bool(false)),
        ("GridSize", Node::Float(18.0)),
        ("GridLeading", Node::Float(22.0)),
        ("GridColor", black()),
        ("GridLeadingFillColor", black()),
        ("AlignLineHeightToGridFlags", Node::Bool(false)),
    ])
}

/// One shape, text that begins at a point.
fn rendered() -> Node {
    let base = Node::Dict(vec![
        ("ShapeType", Node::Int(0)),
        ("TransformPoint0", Node::floats([1.0, 0.0])),
        ("TransformPoint1", Node::floats([0.0, 1.0])),
        ("TransformPoint2", Node::floats([0.0, 0.0])),
    ]);
    let photoshop = Node::Dict(vec![
        ("ShapeType", Node::Int(0)),
        ("PointBase", Node::floats([0.0, 0.0])),
        ("Base", base),
    ]);
    let lines = Node::Dict(vec![
        ("WritingDirection", Node::Int(0)),
        ("Children", Node::Row(Vec::new())),
    ]);
    let shape = Node::Dict(vec![
        ("ShapeType", Node::Int(0)),
        ("Procession", Node::Int(0)),
        ("Lines", lines),
        ("Cookie", Node::Dict(vec![("Photoshop", photoshop)])),
    ]);
    let shapes = Node::Dict(vec![
        ("WritingDirection", Node::Int(0)),
        ("Children", Node::List(vec![shape])),
    ]);
    Node::Dict(vec![("Version", Node::Int(1)), ("Shapes", shapes)])
}

pub fn normal_style() -> Node {
    let mut entries = vec![("Font", Node::Int(0)), ("FontSize", Node::Float(12.0))];
    entries.extend(common_style(true, 0.0, 2, 0, [0.0; 3]));
    entries.extend([
        ("FillFlag", Node::Bool(true)),
        ("StrokeFlag", Node::Bool(false)),
        ("FillFirst", Node::Bool(true)),
        ("YUnderline", Node::Int(1)),
        ("OutlineWidth", Node::Float(1.0)),
        ("CharacterDirection", Node::Int(0)),
        ("HindiNumbers", Node::Bool(false)),
        ("Kashida", Node::Int(1)),
        ("DiacriticPos", Node::Int(2)),
    ]);
    Node::Dict(entries)
}
