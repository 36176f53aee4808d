//! How the letters of a Photoshop document's text layers are set, and what damage to that costs.
#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

use std::fs;

use import::{PictureFile, PsdAlignment, PsdContent, PsdTypeLayer};
use proptest::prelude::*;

/// As Photoshop writes it, of a short word in one style and a long one in another, of which one has less to say.
const ENGINE_DATA: &str = "\n\n<<
\t/EngineDict
\t<<
\t\t/Editor << /Text (\u{fe}) >>
\t\t/ParagraphRun << /RunArray [
\t\t\t<< /ParagraphSheet << /Properties << /Justification 2 >> >> >>
\t\t\t<< /ParagraphSheet << /Properties << >> >> >>
\t\t] /RunLengthArray [ 3 1 ] >>
\t\t/StyleRun
\t\t<<
\t\t\t/RunArray [
\t\t\t<< /StyleSheet << /StyleSheetData << /Font 0 /FontSize 99.0 >> >> >>
\t\t\t<<
\t\t\t\t/StyleSheet
\t\t\t\t<<
\t\t\t\t\t/StyleSheetData
\t\t\t\t\t<<
\t\t\t\t\t\t/Font 1
\t\t\t\t\t\t/AutoLeading false
\t\t\t\t\t\t/Leading 30.5
\t\t\t\t\t\t/FillColor
\t\t\t\t\t\t<<
\t\t\t\t\t\t\t/Type 1
\t\t\t\t\t\t\t/Values [ 1.0 .8 0.0 1.0 ]
\t\t\t\t\t\t>>
\t\t\t\t\t>>
\t\t\t\t>>
\t\t\t>>
\t\t\t]
\t\t\t/RunLengthArray [ 3 7 ]
\t\t>>
\t\t/Rendered << /Shapes << /Children [ << /ShapeType 1 >> ] >> >>
\t>>
\t/ResourceDict
\t<<
\t\t/TheNormalStyleSheet 0
\t\t/StyleSheetSet [ << /StyleSheetData << /Font 0 /FontSize 12.5 >> >> ]
\t\t/FontSet [ << /Name (One) >> << /Name (\\(Two-Bold\\)) >> ]
\t>>
>>";

fn put32(out: &mut Vec<u8>, number: usize) {
    out.extend((number as u32).to_be_bytes());
}

fn type_layer(engine_data: &[u8]) -> Vec<u8> {
    let mut block = vec![0, 1];
    for value in [0.0, 2.0, -2.0, 0.0, 31.5, 40.0_f64] {
        block.extend(value.to_be_bytes());
    }
    block.extend(b"Txt TEXT");
    put32(&mut block, 4);
    block.extend("A\rb\0".encode_utf16().flat_map(u16::to_be_bytes));
    for (key, [left, right]) in [("bounds", [0.0, 99.0_f64]), ("boundingBox", [-1.5, 20.25])] {
        block.extend(key.as_bytes());
        block.extend(b"ObjcLeftUntF#Pnt");
        block.extend(left.to_be_bytes());
        block.extend(b"RghtUntF#Pnt");
        block.extend(right.to_be_bytes());
    }
    block.extend(b"TextIndexlong\0\0\0\x01EngineDatatdta");
    put32(&mut block, engine_data.len());
    block.extend(engine_data);
    block
}

/// A file of one pixel with one layer of none, which has this block.
fn file(mode: u8, block: &[u8]) -> Vec<u8> {
    file_with(mode, block, None)
}

/// And one that says how its texts are laid out.
fn file_with(mode: u8, block: &[u8], layouts: Option<&[u8]>) -> Vec<u8> {
    let mut record = vec![0; 18]; // no area, no channels
    record.extend(b"8BIMnorm\xff\0\0\0");
    let mut extra = vec![0; 12]; // no mask, ranges or name
    extra.extend(b"8BIMTySh");
    put32(&mut extra, block.len());
    extra.extend(block);
    put32(&mut record, extra.len());
    record.extend(extra);
    let mut file = [b"8BPS\0\x01".as_slice(), &[0; 6], &[0, 3]].concat();
    file.extend([0, 0, 0, 1, 0, 0, 0, 1, 0, 8, 0, mode]);
    file.extend([0; 8]);
    let mut after = vec![0; 4]; // no mask over all
    if let Some(layouts) = layouts {
        after.extend(b"8BIMTxt2");
        put32(&mut after, layouts.len());
        after.extend(layouts);
        after.resize(after.len().next_multiple_of(4), 0);
    }
    put32(&mut file, record.len() + 6 + after.len());
    put32(&mut file, record.len() + 2);
    file.extend([0, 1]);
    file.extend(record);
    file.extend(after);
    file
}

fn read(file: &[u8]) -> PsdTypeLayer {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.psd");
    fs::write(&path, file).unwrap();
    let read = PictureFile::read(&path).unwrap().layers().unwrap().unwrap();
    match &read.layers[0].content {
        PsdContent::Pixels { text, .. } => *text.clone().unwrap(),
        PsdContent::Group { .. } => panic!("no group"),
    }
}

#[test]
fn a_text_layer_says_how_its_longest_stretch_is_set() {
    let block = type_layer(ENGINE_DATA.as_bytes());
    let expected = PsdTypeLayer {
        words: "A\nb".to_owned(),
        size: Some(12.5),
        leading: Some(30.5),
        colour: Some([204, 0, 255]),
        font: Some("(Two-Bold)".to_owned()),
        transform: Some([0.0, 2.0, -2.0, 0.0, 31.5, 40.0]),
        sides: Some([-1.5, 20.25]),
        baseline: None,
        alignment: PsdAlignment::Center,
    };
    assert_eq!(read(&file(3, &block)), expected);
    // Of a text without a box the line begins at its bounds.
    let unboxed = ENGINE_DATA.replace("/ShapeType 1", "/ShapeType 0");
    let read_unboxed = read(&file(3, &type_layer(unboxed.as_bytes())));
    assert_eq!(
        (read_unboxed.sides, read_unboxed.baseline),
        (Some([0.0, 99.0]), Some(0.0))
    );
    // What becomes sRGB is another colour there.
    let colour = None;
    assert_eq!(read(&file(4, &block)), PsdTypeLayer { colour, ..expected });
}

#[test]
fn a_justified_paragraph_is_aligned_as_its_last_line() {
    let aligned = |justification: &str| {
        let data = ENGINE_DATA.replace("Justification 2", justification);
        read(&file(3, &type_layer(data.as_bytes()))).alignment
    };
    let justifications = [0, 1, 3, 4, 5, 6, 7, -1].map(|j| aligned(&format!("Justification {j}")));
    use PsdAlignment::{Center, Left, Right};
    assert_eq!(
        justifications,
        [Left, Right, Left, Right, Center, Left, Left, Left]
    );
    assert_eq!(aligned("Other 2"), Left);
}

/// Of a text that comes second, in columns of rows of lines.
fn layouts(text: &str, lines: &[(usize, f64, bool)]) -> Vec<u8> {
    let mut rows = String::new();
    for (units, baseline, is_hyphenated) in lines {
        let hyphen = if *is_hyphenated { "/17 1" } else { "" };
        rows += &format!(
            "<< /99 /L /10 {baseline} /6 [ << /99 /S /15 << /0 {units} >> {hyphen} >> ] >> "
        );
    }
    let mut block =
        b" /98 << /0 13 >> /0 << >> /1 << /0 /nil /1 [ << >> << /0 << /0 (\xfe\xff".to_vec();
    block.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    let rest =
        format!(") >> /1 << /2 [ << /99 /PC /6 [ << /99 /R /6 [ {rows}] >> ] >> ] >> >> ] >>");
    block.extend(rest.as_bytes());
    block
}

#[test]
fn lines_are_those_that_photoshop_broke() {
    let data = ENGINE_DATA.replace("/AutoLeading false", "/AutoLeading true");
    let text = "One of 🎈 balloons\rThe other";
    let mut block = type_layer(data.as_bytes());
    let short: Vec<u8> = "A\rb\0".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let at = block.windows(8).position(|window| window == short).unwrap();
    let long = format!("{text}\0");
    block.splice(at..at + 8, long.encode_utf16().flat_map(u16::to_be_bytes));
    block.splice(
        at - 4..at,
        (long.encode_utf16().count() as u32).to_be_bytes(),
    );
    let read_with = |own: &str, lines: &[_]| {
        let read = read(&file_with(3, &block, Some(&layouts(own, lines))));
        (read.words, read.baseline, read.leading)
    };
    let own = format!("{text}\r");
    let lines = [
        (7, 9.5, false),
        (6, 20.0, true),
        (6, 30.5, false),
        (10, 41.0, false),
    ];
    let broken = "One of\n🎈 bal-\nloons\nThe other".to_owned();
    assert_eq!(read_with(&own, &lines), (broken, Some(9.5), Some(10.5)));
    // Not where part of the text is in no line, or it is the layout of another.
    let plain = (text.replace('\r', "\n"), None, None);
    assert_eq!(read_with(&own, &lines[..3]), plain);
    assert_eq!(read_with(&own, &[(usize::MAX, 1.0, false); 3]), plain);
    assert_eq!(read_with("Another text, as long as it\r", &lines), plain);
}

#[test]
fn dictionaries_without_an_end_cost_no_more_than_themselves() {
    for deep in ["[", "<< /A ", "<<", "(", "(\\", "<< /A", "[ [ ] "] {
        let text = read(&file(3, &type_layer(deep.repeat(200_000).as_bytes())));
        assert_eq!((text.words.as_str(), text.size), ("A\nb", None));
    }
    let long = [" ".repeat(20 << 20).as_bytes(), ENGINE_DATA.as_bytes()].concat();
    assert_eq!(read(&file(3, &type_layer(&long))).size, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn damage_to_the_style_leaves_the_words(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..9),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut data = ENGINE_DATA.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(data.len());
            data[at] = byte;
        }
        if let Some(cut) = cut {
            data.truncate(cut.index(data.len()));
        }
        let text = read(&file(3, &type_layer(&data)));
        prop_assert_eq!(text.words, "A\nb");
        prop_assert!(text.size.is_none_or(|size| size > 0.0));
    }
}
