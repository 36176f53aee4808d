//! What Photoshop's own files all name for their texts to refer to, with their values.

use document::Alignment;

use super::engine_data::Node;
use super::style::{normal_style, paragraph};

/// At the end of every set of fonts.
const INVISIBLE_FONT: &str = "AdobeInvisFont";

pub fn resources(font: &str) -> Node {
    let named = |name: &str, entries: Vec<(&'static str, Node)>| {
        let name = ("Name", Node::Text(name.to_owned()));
        Node::Dict([vec![name], entries].concat())
    };
    let font_entry = |name: &str, kind| {
        let entries = vec![
            ("Script", Node::Int(0)),
            ("FontType", Node::Int(kind)),
            ("Synthetic", Node::Int(0)),
        ];
        named(name, entries)
    };
    let mojikumi = |number| {
        let name = format!("Photoshop6MojiKumiSet{number}");
        Node::Dict(vec![("InternalName", Node::Text(name))])
    };
    Node::Dict(vec![
        (
            "KinsokuSet",
            Node::List(vec![
                named("PhotoshopKinsokuHard", kinsoku(HARD_NO_START, HARD_NO_END)),
                named("PhotoshopKinsokuSoft", kinsoku(SOFT_NO_START, SOFT_NO_END)),
            ]),
        ),
        ("MojiKumiSet", Node::List((1..=4).map(mojikumi).collect())),
        ("TheNormalStyleSheet", Node::Int(0)),
        ("TheNormalParagraphSheet", Node::Int(0)),
        (
            "ParagraphSheetSet",
            Node::List(vec![named(
                "Normal RGB",
                vec![
                    ("DefaultStyleSheet", Node::Int(0)),
                    ("Properties", paragraph(Alignment::Left, true)),
                ],
            )]),
        ),
        (
            "StyleSheetSet",
            Node::List(vec![named(
                "Normal RGB",
                vec![("StyleSheetData", normal_style())],
            )]),
        ),
        (
            "FontSet",
            Node::List(vec![font_entry(font, 1), font_entry(INVISIBLE_FONT, 0)]),
        ),
        ("SuperscriptSize", Node::Float(0.583)),
        ("SuperscriptPosition", Node::Float(0.333)),
        ("SubscriptSize", Node::Float(0.583)),
        ("SubscriptPosition", Node::Float(0.333)),
        ("SmallCapSize", Node::Float(0.7)),
    ])
}

/// Which characters begin or end no line of Japanese.
fn kinsoku(no_start: &str, no_end: &str) -> Vec<(&'static str, Node)> {
    let text = |text: &str| Node::Text(text.to_owned());
    vec![
        ("NoStart", text(no_start)),
        ("NoEnd", text(no_end)),
        ("Keep", text("―‥")),
        ("Hanging", text("、。.,")),
    ]
}

const HARD_NO_START: &str = "、。，．・：；？！ー―’”）〕］｝〉》」』】ヽヾゝゞ々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ゛゜?!)]},.:;℃℉¢％‰";
const HARD_NO_END: &str = "‘“（〔［｛〈《「『【([{￥＄£＠§〒＃";
const SOFT_NO_START: &str = "、。，．・：；？！’”）〕］｝〉》」』】ヽヾゝゞ々";
const SOFT_NO_END: &str = "‘“（〔［｛〈《「『【";
